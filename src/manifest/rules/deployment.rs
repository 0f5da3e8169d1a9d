//! Rules on Deployments and ReplicaSets (kubernetes: pkg/apis/apps/validation/validation.go, 1.36).

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, ReplicaSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::errors::{Errors, Shown};
use super::workload::{self, Words};
use super::{go, metadata, names, numbers, shown};
use crate::api::{Path, int_or_string};

/// `deployment/selector`, `deployment/selector-matches-template`, `deployment/restart-policy` and
/// `deployment/active-deadline`: a Deployment finds its Pods by its selector, so the selector must be there, have a
/// condition, and match the template's labels; its containers run for ever, so they are always restarted.
///
/// A selector that does not match would make the ReplicaSet create Pods without end, each of them unowned. The server
/// says `deployment` for a ReplicaSet too.
///
/// Bad:
/// ```yaml
/// kind: Deployment
/// spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: b}}}}
/// ```
/// Good:
/// ```yaml
/// kind: Deployment
/// spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}}}
/// ```
const WORDS: Words = Words {
    selector: "deployment/selector",
    matches: "deployment/selector-matches-template",
    restart_policy: "deployment/restart-policy",
    deadline: "deployment/active-deadline",
    empty: "empty selector is invalid for deployment",
    unusable: "invalid label selector",
    no_deadline: "activeDeadlineSeconds in ReplicaSet is not Supported",
};

/// Every rule of a Deployment.
pub fn validate(deployment: &Deployment, errors: &mut Errors) {
    metadata::validate(&deployment.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    spec(deployment, errors);
}

/// The rules of a Deployment but those of its metadata.
pub fn spec(deployment: &Deployment, errors: &mut Errors) {
    let Some(spec) = &deployment.spec else { return };
    let path = Path::ROOT.field("spec");
    replicas(spec.replicas, &path, errors);
    if workload::selector(&WORDS, &spec.selector, &path, errors) {
        workload::matches_unless_empty(WORDS.matches, &spec.selector, &spec.template, &path, errors);
        workload::template(&WORDS, &spec.template, &path, errors);
    }
    if let Some(it) = &spec.strategy {
        strategy(it, &path.field("strategy"), errors);
    }
    seconds_and_history(spec, &path, errors);
}

/// Every rule of a ReplicaSet.
pub fn validate_replica_set(set: &ReplicaSet, errors: &mut Errors) {
    metadata::validate(&set.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    replica_set_spec(set, errors);
}

/// The rules of a ReplicaSet but those of its metadata.
pub fn replica_set_spec(set: &ReplicaSet, errors: &mut Errors) {
    let Some(spec) = &set.spec else { return };
    let path = Path::ROOT.field("spec");
    replicas(spec.replicas, &path, errors);
    let seconds = spec.min_ready_seconds.map(i64::from);
    numbers::not_negative(workload::MIN_READY_SECONDS, seconds, &path.field("minReadySeconds"), errors);
    if workload::selector(&WORDS, &spec.selector, &path, errors)
        && let Some(template) = &spec.template
    {
        workload::matches_unless_empty(WORDS.matches, &spec.selector, template, &path, errors);
        workload::template(&WORDS, template, &path, errors);
    }
}

/// `workload/replicas`: there cannot be fewer than no Pods.
///
/// Bad:
/// ```yaml
/// kind: Deployment
/// spec: {replicas: -1}
/// ```
/// Good:
/// ```yaml
/// kind: Deployment
/// spec: {replicas: 0}
/// ```
pub fn replicas(replicas: Option<i32>, spec: &Path<'_>, errors: &mut Errors) {
    numbers::not_negative("workload/replicas", replicas.map(i64::from), &spec.field("replicas"), errors);
}

/// `deployment/seconds`: times and counts are not negative, and progress is given up only after a Pod had the time to
/// count as available.
///
/// With `progressDeadlineSeconds` at or below `minReadySeconds` every rollout would fail before its first Pod counts.
///
/// Bad:
/// ```yaml
/// kind: Deployment
/// spec: {minReadySeconds: 600}
/// ```
/// Good:
/// ```yaml
/// kind: Deployment
/// spec: {minReadySeconds: 600, progressDeadlineSeconds: 1200}
/// ```
fn seconds_and_history(spec: &DeploymentSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "deployment/seconds";
    let ready = spec.min_ready_seconds.unwrap_or(0);
    numbers::not_negative(CODE, Some(i64::from(ready)), &path.field("minReadySeconds"), errors);
    let history = spec.revision_history_limit.map(i64::from);
    numbers::not_negative(CODE, history, &path.field("revisionHistoryLimit"), errors);
    if let Some(progress) = spec.progress_deadline_seconds {
        let at = path.field("progressDeadlineSeconds");
        numbers::not_negative(CODE, Some(i64::from(progress)), &at, errors);
        if progress <= ready {
            errors.invalid(CODE, &at, progress, "must be greater than minReadySeconds");
            errors.related(&path.field("minReadySeconds"));
        }
    }
}

/// `deployment/strategy`: the strategy is `Recreate` or `RollingUpdate`, and only the latter has settings; at least
/// one Pod may be missing or one too many, or an update could never take a step.
///
/// Bad:
/// ```yaml
/// kind: Deployment
/// spec: {strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}}
/// ```
/// Good:
/// ```yaml
/// kind: Deployment
/// spec: {strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}}
/// ```
fn strategy(strategy: &DeploymentStrategy, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "deployment/strategy";
    let rolling = strategy.rolling_update.as_ref();
    let at = path.field("rollingUpdate");
    match go::text(&strategy.type_) {
        "Recreate" if rolling.is_some() => {
            errors.forbidden(CODE, &at, "may not be specified when strategy `type` is 'Recreate'");
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let Some(rolling) = rolling else { return };
            let zero = IntOrString::Int(0);
            let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
            let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
            let at_unavailable = at.field("maxUnavailable");
            numbers::count_or_percent(CODE, unavailable, &at_unavailable, errors);
            numbers::count_or_percent(CODE, surge, &at.field("maxSurge"), errors);
            if int_or_string::number_or_percent(unavailable) == 0 && int_or_string::number_or_percent(surge) == 0 {
                let value = shown::int_or_string(unavailable);
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.invalid(CODE, &at_unavailable, Shown::Json(&value), detail);
                errors.related(&at.field("maxSurge"));
            }
            numbers::at_most_100_percent(CODE, unavailable, &at_unavailable, errors);
        }
        type_ => {
            let rolling = rolling.map(|rolling| {
                go::Struct::new()
                    .raw("MaxUnavailable", &shown::optional_int_or_string(rolling.max_unavailable.as_ref(), "0"))
                    .raw("MaxSurge", &shown::optional_int_or_string(rolling.max_surge.as_ref(), "0"))
            });
            let value = go::Struct::new().string("Type", type_).optional_struct("RollingUpdate", rolling).finish();
            errors.not_supported_value(CODE, path, Shown::Json(&value), &["Recreate", "RollingUpdate"]);
        }
    }
}
