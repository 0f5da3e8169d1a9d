//! Rules on DaemonSets (kubernetes: pkg/apis/apps/validation/validation.go ValidateDaemonSetSpec, 1.36).

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetUpdateStrategy, RollingUpdateDaemonSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::errors::{Errors, Shown};
use super::workload::{self, Words};
use super::{go, metadata, names, numbers, pod, selectors, shown};
use crate::api::{Path, int_or_string, labels};

/// `daemonset/selector`, `daemonset/selector-matches-template`, `daemonset/restart-policy` and
/// `daemonset/active-deadline`: a DaemonSet finds its Pods by its selector, so the selector must match the template's
/// labels and have a condition; its containers are always restarted.
///
/// Without a selector the server says only that it does not match.
///
/// Bad:
/// ```yaml
/// kind: DaemonSet
/// spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: b}}}}
/// ```
/// Good:
/// ```yaml
/// kind: DaemonSet
/// spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}}}
/// ```
const WORDS: Words = Words {
    selector: "daemonset/selector",
    matches: "daemonset/selector-matches-template",
    restart_policy: "daemonset/restart-policy",
    deadline: "daemonset/active-deadline",
    empty: "empty selector is invalid for daemonset",
    unusable: "invalid label selector",
    no_deadline: "activeDeadlineSeconds in DaemonSet is not Supported",
};

/// Every rule of a DaemonSet.
pub fn validate(set: &DaemonSet, errors: &mut Errors) {
    metadata::validate(&set.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    spec(set, errors);
}

/// The rules of a DaemonSet but those of its metadata.
pub fn spec(set: &DaemonSet, errors: &mut Errors) {
    let Some(spec) = &set.spec else { return };
    let path = Path::ROOT.field("spec");
    let selector = workload::given(&spec.selector);
    selectors::validate(selector, &path.field("selector"), errors);
    if selector.is_none_or(labels::is_usable) {
        workload::matches(WORDS.matches, selector, &spec.template, &path, errors);
    }
    if let Some(selector) = selector {
        workload::not_empty(&WORDS, selector, &path, errors);
    }
    let template = path.field("template");
    pod::validate_template(&spec.template, &template, errors);
    workload::always_restarted(&WORDS, &spec.template, &template, errors);
    let seconds = spec.min_ready_seconds.map(i64::from);
    numbers::not_negative(workload::MIN_READY_SECONDS, seconds, &path.field("minReadySeconds"), errors);
    if let Some(it) = &spec.update_strategy {
        strategy(it, &path.field("updateStrategy"), errors);
    }
    let history = spec.revision_history_limit.map(i64::from);
    numbers::not_negative(workload::REVISION_HISTORY, history, &path.field("revisionHistoryLimit"), errors);
}

/// `daemonset/strategy`: the strategy is `RollingUpdate` or `OnDelete`.
///
/// Bad:
/// ```yaml
/// kind: DaemonSet
/// spec: {updateStrategy: {type: Recreate}}
/// ```
/// Good:
/// ```yaml
/// kind: DaemonSet
/// spec: {updateStrategy: {type: OnDelete}}
/// ```
fn strategy(strategy: &DaemonSetUpdateStrategy, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "daemonset/strategy";
    let at = path.field("rollingUpdate");
    match (go::text(&strategy.type_), &strategy.rolling_update) {
        ("OnDelete", _) => {}
        ("RollingUpdate", None) => errors.required(CODE, &at, ""),
        ("RollingUpdate", Some(rolling)) => rolling_update(rolling, &at, errors),
        (type_, rolling) => {
            let rolling = rolling.as_ref().map(|rolling| {
                go::Struct::new()
                    .raw("MaxUnavailable", &shown::optional_int_or_string(rolling.max_unavailable.as_ref(), "0"))
                    .raw("MaxSurge", &shown::optional_int_or_string(rolling.max_surge.as_ref(), "0"))
            });
            let value = go::Struct::new().string("Type", type_).optional_struct("RollingUpdate", rolling).finish();
            errors.not_supported_value(CODE, path, Shown::Json(&value), &["RollingUpdate", "OnDelete"]);
        }
    }
}

/// `daemonset/rolling-update`: exactly one of `maxUnavailable` and `maxSurge` is above zero.
///
/// A node has one Pod of the set: either the old one goes first, or the new one comes first.
///
/// Bad:
/// ```yaml
/// kind: DaemonSet
/// spec: {updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}}
/// ```
/// Good:
/// ```yaml
/// kind: DaemonSet
/// spec: {updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}
/// ```
fn rolling_update(rolling: &RollingUpdateDaemonSet, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "daemonset/rolling-update";
    let zero = IntOrString::Int(0);
    let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
    let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
    let (at_unavailable, at_surge) = (path.field("maxUnavailable"), path.field("maxSurge"));
    numbers::count_or_percent(CODE, unavailable, &at_unavailable, errors);
    numbers::count_or_percent(CODE, surge, &at_surge, errors);
    numbers::at_most_100_percent(CODE, unavailable, &at_unavailable, errors);
    numbers::at_most_100_percent(CODE, surge, &at_surge, errors);
    let above_zero = |value| int_or_string::number_or_percent(value) != 0;
    match (above_zero(unavailable), above_zero(surge)) {
        (true, true) => {
            let value = shown::int_or_string(surge);
            errors.invalid(CODE, &at_surge, Shown::Json(&value), "may not be set when maxUnavailable is non-zero");
            errors.related(&at_unavailable);
        }
        (false, false) => errors.required(CODE, &at_unavailable, "cannot be 0 when maxSurge is 0"),
        _ => {}
    }
}
