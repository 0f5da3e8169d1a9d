//! Rules that the kinds which keep Pods running have in common: the selector, the template, its restart policy.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::errors::{Errors, Shown};
use super::{go, pod, selectors, shown};
use crate::api::{Path, labels};

/// The words and codes in which the kinds differ.
pub struct Words {
    /// The code of errors of the selector itself.
    pub selector: &'static str,
    /// The code of a template whose labels the selector does not match.
    pub matches: &'static str,
    /// The code of a wrong restart policy.
    pub restart_policy: &'static str,
    /// The code of a deadline for the Pods.
    pub deadline: &'static str,
    /// What is said of a selector without conditions.
    pub empty: &'static str,
    /// What is said after a selector that cannot be evaluated.
    pub unusable: &'static str,
    /// What is said of a deadline.
    pub no_deadline: &'static str,
}

/// The selector as the server has it: `None` where the manifest has none at all.
pub fn given(selector: &LabelSelector) -> Option<&LabelSelector> {
    (selector.match_labels.is_some() || selector.match_expressions.is_some()).then_some(selector)
}

/// `workload/min-ready-seconds`: how long a new Pod must be ready before it counts cannot be negative.
///
/// Bad:
/// ```yaml
/// kind: DaemonSet
/// spec: {minReadySeconds: -1}
/// ```
/// Good:
/// ```yaml
/// kind: DaemonSet
/// spec: {minReadySeconds: 10}
/// ```
pub const MIN_READY_SECONDS: &str = "workload/min-ready-seconds";

/// `workload/revision-history`: the number of old revisions that are kept cannot be negative.
///
/// Bad:
/// ```yaml
/// kind: DaemonSet
/// spec: {revisionHistoryLimit: -1}
/// ```
/// Good:
/// ```yaml
/// kind: DaemonSet
/// spec: {revisionHistoryLimit: 3}
/// ```
pub const REVISION_HISTORY: &str = "workload/revision-history";

/// A selector must be there, well formed, and not empty; the return says whether it can be evaluated.
pub fn selector(words: &Words, selector: &LabelSelector, spec: &Path<'_>, errors: &mut Errors) -> bool {
    let path = spec.field("selector");
    match given(selector) {
        None => errors.required(words.selector, &path, ""),
        Some(selector) => {
            selectors::validate(Some(selector), &path, errors);
            not_empty(words, selector, spec, errors);
        }
    }
    let usable = labels::is_usable(selector);
    if !usable {
        errors.invalid(words.selector, &path, Shown::Json(&shown::selector(selector)), words.unusable);
    }
    usable
}

/// A selector that is there has a condition: an empty one would own every Pod of the namespace.
pub fn not_empty(words: &Words, selector: &LabelSelector, spec: &Path<'_>, errors: &mut Errors) {
    if labels::is_empty(selector) {
        errors.invalid(words.selector, &spec.field("selector"), Shown::Json("{}"), words.empty);
    }
}

/// The template's labels must meet the selector, or the controller would make Pods without end and own none of them.
pub fn matches(
    code: &'static str,
    selector: Option<&LabelSelector>,
    template: &PodTemplateSpec,
    spec: &Path<'_>,
    errors: &mut Errors,
) {
    let own = template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
    if labels::matches(selector, own) {
        return;
    }
    let (at_template, at_selector) = (spec.field("template"), spec.field("selector"));
    let metadata = at_template.field("metadata");
    let value = shown::labels(own);
    errors.invalid(code, &metadata.field("labels"), Shown::Json(&value), "`selector` does not match template `labels`");
    errors.related(&at_selector);
}

/// [`matches`], except that a selector without conditions was complained about already.
pub fn matches_unless_empty(
    code: &'static str,
    selector: &LabelSelector,
    template: &PodTemplateSpec,
    spec: &Path<'_>,
    errors: &mut Errors,
) {
    let selector = given(selector);
    if !selector.is_some_and(labels::is_empty) {
        matches(code, selector, template, spec, errors);
    }
}

/// The template: every rule of a Pod, and then that its containers are restarted always and without a deadline.
pub fn template(words: &Words, template: &PodTemplateSpec, spec: &Path<'_>, errors: &mut Errors) {
    let path = spec.field("template");
    pod::validate_template(template, &path, errors);
    always_restarted(words, template, &path, errors);
}

/// Containers of a controller's Pods are restarted always, and its Pods have no deadline.
pub fn always_restarted(words: &Words, template: &PodTemplateSpec, path: &Path<'_>, errors: &mut Errors) {
    let Some(pod) = &template.spec else { return };
    let spec = path.field("spec");
    let policy = go::text(&pod.restart_policy);
    if policy != "Always" {
        errors.not_supported(words.restart_policy, &spec.field("restartPolicy"), policy, &["Always"]);
    }
    if pod.active_deadline_seconds.is_some() {
        errors.forbidden(words.deadline, &spec.field("activeDeadlineSeconds"), words.no_deadline);
    }
}
