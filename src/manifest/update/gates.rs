//! What of a Pod may change while scheduling gates hold it (kubernetes: pkg/apis/core/validation/validation.go
//! validateOnlyDeletedSchedulingGates, validateNodeSelectorMutation, validateNodeAffinityMutation, 1.36).

use k8s_openapi::api::core::v1::{Affinity, NodeAffinity, NodeSelectorTerm, PodSpec};
use k8s_openapi::json::to_json;

use super::internal::{self, Origin};
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, shown};

/// `update/pod-gates`: scheduling gates are removed, never added.
///
/// A gate holds a Pod back before it is scheduled; afterwards it would be too late.
pub(super) fn only_removed(old: &PodSpec, new: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("schedulingGates");
    let before = go::list(&old.scheduling_gates);
    for (i, gate) in go::list(&new.scheduling_gates).iter().enumerate() {
        if !before.iter().any(|known| known.name == gate.name) {
            let detail = ["only deletion is allowed, but found new scheduling gate '", &gate.name, "'"].concat();
            errors.forbidden("update/pod-gates", &at.index(i).field("name"), &detail);
        }
    }
}

/// `update/gated-pod`: where a Pod that still waits may run can be narrowed, not widened.
///
/// Who decides about the gate may add conditions; conditions of the Pod's author stay.
pub(super) fn waiting(old: &PodSpec, munged: &mut PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if munged.node_selector.clone().unwrap_or_default() != old.node_selector.clone().unwrap_or_default() {
        node_selector(old, munged, path, errors);
        munged.node_selector.clone_from(&old.node_selector);
    }
    let before = old.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let after = munged.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    if before == after {
        return;
    }
    let affinity = path.field("affinity");
    node_affinity(before, after, &affinity.field("nodeAffinity"), errors);
    let only_nodes = |it: &Affinity| it.pod_affinity.is_none() && it.pod_anti_affinity.is_none();
    match &mut munged.affinity {
        None => {
            munged.affinity =
                before.map(|before| Affinity { node_affinity: Some(before.clone()), ..Affinity::default() }.into());
        }
        Some(it) if old.affinity.is_none() && only_nodes(it) => munged.affinity = None,
        Some(it) => it.node_affinity = before.cloned(),
    }
}

fn node_selector(old: &PodSpec, new: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let after = new.node_selector.as_ref();
    let kept = |(key, value): (&String, &String)| after.and_then(|it| it.get(key)) == Some(value);
    if !old.node_selector.iter().flatten().all(kept) {
        let at = path.field("nodeSelector");
        let value = shown::labels(after);
        errors.invalid("update/gated-pod", &at, Shown::Json(&value), ONLY_ADDITIONS);
    }
}

const ONLY_ADDITIONS: &str = "only additions are allowed (no mutations or deletions)";

fn node_affinity(old: Option<&NodeAffinity>, new: Option<&NodeAffinity>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "update/gated-pod";
    let required = old.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_ref());
    let Some(required) = required.filter(|required| !required.node_selector_terms.is_empty()) else { return };
    let before = &required.node_selector_terms;
    let at = path.field("requiredDuringSchedulingIgnoredDuringExecution");
    let at = at.field("nodeSelectorTerms");
    let after = new.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_ref());
    let after = after.map(|it| &it.node_selector_terms[..]).unwrap_or_default();
    if before.len() != after.len() {
        let json = after.iter().map(|term| to_json(term)).collect();
        let value = internal::compact("[]NodeSelectorTerm", &json, Origin::Sent);
        let value = if after.is_empty() { "[]" } else { &value };
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        errors.invalid(CODE, &at, Shown::Json(value), detail);
        return;
    }
    for (i, (before, after)) in before.iter().zip(after).enumerate() {
        if !is_narrower(before, after) {
            let json = to_json(after);
            let value = internal::compact("NodeSelectorTerm", &json, Origin::Sent);
            errors.invalid(CODE, &at.index(i), Shown::Json(&value), ONLY_ADDITIONS);
        }
    }
}

/// Whether every condition of the term is still there, in its place.
fn is_narrower(before: &NodeSelectorTerm, after: &NodeSelectorTerm) -> bool {
    let (labels, fields) = (go::list(&before.match_expressions), go::list(&before.match_fields));
    // A term without any condition matches nothing and may not become one that does.
    if labels.is_empty() && fields.is_empty() {
        return go::list(&after.match_expressions).is_empty() && go::list(&after.match_fields).is_empty();
    }
    go::list(&after.match_expressions).starts_with(labels) && go::list(&after.match_fields).starts_with(fields)
}
