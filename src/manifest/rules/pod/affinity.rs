//! Rules on `affinity`.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm,
    WeightedPodAffinityTerm,
};

use super::spread::merged_keys;
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, names, selectors};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const WEIGHT: &str = "affinity/weight";
const WEIGHT_RANGE: &str = "must be in the range 1-100";

/// The labels of the Pod, which `matchLabelKeys` looks up; `None` in a template, where nothing is looked up yet, and in
/// a stored Pod, whose selectors have what was found.
pub type PodLabels<'a> = Option<&'a BTreeMap<String, String>>;

/// Every rule of `affinity`.
pub fn validate(affinity: &Affinity, labels: PodLabels<'_>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(node) = &affinity.node_affinity {
        node_affinity(node, &path.field("nodeAffinity"), errors);
    }
    let mut pods = |field: &'static str, required: &Option<Vec<_>>, preferred: &Option<Vec<_>>| {
        let at = path.field(field);
        let terms = at.field(REQUIRED);
        for (i, term) in go::list(required).iter().enumerate() {
            pod_term(term, labels, &terms.index(i), errors);
        }
        let terms = at.field(PREFERRED);
        for (i, term) in go::list(preferred).iter().enumerate() {
            weighted_term(term, labels, &terms.index(i), errors);
        }
    };
    if let Some(together) = &affinity.pod_affinity {
        pods(
            "podAffinity",
            &together.required_during_scheduling_ignored_during_execution,
            &together.preferred_during_scheduling_ignored_during_execution,
        );
    }
    if let Some(apart) = &affinity.pod_anti_affinity {
        pods(
            "podAntiAffinity",
            &apart.required_during_scheduling_ignored_during_execution,
            &apart.preferred_during_scheduling_ignored_during_execution,
        );
    }
}

/// `affinity/node-terms`: a required node affinity has at least one term.
///
/// Bad:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}}}
/// ```
/// Good:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: Exists}]}]}}}}
/// ```
fn node_affinity(affinity: &NodeAffinity, path: &Path<'_>, errors: &mut Errors) {
    if let Some(selector) = &affinity.required_during_scheduling_ignored_during_execution {
        node_selector(selector, &path.field(REQUIRED), errors);
    }
    let at = path.field(PREFERRED);
    let terms = go::list(&affinity.preferred_during_scheduling_ignored_during_execution);
    for (i, term) in terms.iter().enumerate() {
        let entry = at.index(i);
        weight(term.weight, &entry, errors);
        node_term(&term.preference, false, &entry.field("preference"), errors);
    }
}

/// Every rule of a choice of nodes; also of those that a volume can be reached from.
pub fn node_selector(selector: &NodeSelector, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("nodeSelectorTerms");
    if selector.node_selector_terms.is_empty() {
        errors.required("affinity/node-terms", &at, "must have at least one node selector term");
    }
    for (i, term) in selector.node_selector_terms.iter().enumerate() {
        node_term(term, true, &at.index(i), errors);
    }
}

/// `affinity/weight`: the weight of a preference lies between 1 and 100.
///
/// Bad:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 101, preference: {}}]}}}
/// ```
/// Good:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, preference: {}}]}}}
/// ```
fn weight(weight: i32, path: &Path<'_>, errors: &mut Errors) {
    if !(1..=100).contains(&weight) {
        errors.invalid(WEIGHT, &path.field("weight"), weight, WEIGHT_RANGE);
    }
}

fn node_term(term: &NodeSelectorTerm, check_values: bool, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("matchExpressions");
    for (i, requirement) in go::list(&term.match_expressions).iter().enumerate() {
        node_expression(requirement, check_values, &at.index(i), errors);
    }
    let at = path.field("matchFields");
    for (i, requirement) in go::list(&term.match_fields).iter().enumerate() {
        node_field(requirement, &at.index(i), errors);
    }
}

/// `affinity/node-expression`: an expression has a label key, a known operator, and as many values as it takes.
///
/// Bad:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In}]}]}}}}
/// ```
/// Good:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}}}
/// ```
///
/// `Gt` and `Lt` compare numbers; a value that is none is accepted and matches no node.
fn node_expression(requirement: &NodeSelectorRequirement, check_values: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "affinity/node-expression";
    let values = go::list(&requirement.values);
    let at = path.field("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => errors.required(CODE, &at, selectors::VALUES_REQUIRED),
        "Exists" | "DoesNotExist" if !values.is_empty() => errors.forbidden(CODE, &at, selectors::VALUES_FORBIDDEN),
        "Gt" | "Lt" if values.len() != 1 => {
            errors.required(CODE, &at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => {
            errors.invalid(CODE, &path.field("operator"), Shown::Named(other), selectors::OPERATOR_INVALID);
        }
    }
    errors.invalid_each(CODE, &path.field("key"), &requirement.key, names::qualified_name(&requirement.key));
    // A preference with a bad value may still be met on a cluster of one node: it is only a warning.
    if check_values {
        for (i, value) in values.iter().enumerate() {
            errors.invalid_each(CODE, &at.index(i), value, names::label_value(value));
        }
    }
}

/// `affinity/node-field`: `matchFields` knows only the name of a node, one at a time.
///
/// Bad:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: spec.x, operator: In, values: [a]}]}]}}}}
/// ```
/// Good:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [node-1]}]}]}}}}
/// ```
fn node_field(requirement: &NodeSelectorRequirement, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "affinity/node-field";
    let values = go::list(&requirement.values);
    let at = path.field("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if values.len() == 1 => {}
        "In" | "NotIn" => {
            let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            errors.required(CODE, &at, detail);
        }
        other => {
            errors.invalid(CODE, &path.field("operator"), Shown::Named(other), selectors::OPERATOR_INVALID);
        }
    }
    if requirement.key != "metadata.name" {
        errors.invalid(CODE, &path.field("key"), &requirement.key, "not a valid field selector key");
        return;
    }
    for (i, value) in values.iter().enumerate() {
        errors.invalid_each(CODE, &at.index(i), value, names::dns1123_subdomain(value));
    }
}

fn weighted_term(term: &WeightedPodAffinityTerm, labels: PodLabels<'_>, path: &Path<'_>, errors: &mut Errors) {
    weight(term.weight, path, errors);
    pod_term(&term.pod_affinity_term, labels, &path.field("podAffinityTerm"), errors);
}

/// `affinity/pod-term`: a term about other Pods has good selectors and namespaces and a topology key.
///
/// The topology key says what "together" means: the same node, the same zone.
///
/// Bad:
/// ```yaml
/// spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {a: b}}}]}}}
/// ```
/// Good:
/// ```yaml
/// spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {a: b}}, topologyKey: kubernetes.io/hostname}]}}}
/// ```
fn pod_term(term: &PodAffinityTerm, labels: PodLabels<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "affinity/pod-term";
    selectors::validate(term.label_selector.as_ref(), &path.field("labelSelector"), errors);
    selectors::validate(term.namespace_selector.as_ref(), &path.field("namespaceSelector"), errors);
    for namespace in go::list(&term.namespaces) {
        // The path says `namespace`, though the field is called `namespaces`.
        errors.invalid_each(CODE, &path.field("namespace"), namespace, names::dns1123_label(namespace));
    }
    label_keys(term, labels, path, errors);
    let at = path.field("topologyKey");
    if term.topology_key.is_empty() {
        errors.required(CODE, &at, "can not be empty");
    }
    errors.invalid_each(CODE, &at, &term.topology_key, names::qualified_name(&term.topology_key));
}

/// `affinity/label-keys`: `matchLabelKeys` and `mismatchLabelKeys` extend a selector, so there must be one; a key is
/// in one of them and not in the selector too.
///
/// Bad:
/// ```yaml
/// spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: a, matchLabelKeys: [x]}]}}}
/// ```
/// Good:
/// ```yaml
/// spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: a, labelSelector: {}, matchLabelKeys: [x]}]}}}
/// ```
fn label_keys(term: &PodAffinityTerm, labels: PodLabels<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "affinity/label-keys";
    let matching = go::list(&term.match_label_keys);
    let mismatching = go::list(&term.mismatch_label_keys);
    for (field, keys) in [("matchLabelKeys", matching), ("mismatchLabelKeys", mismatching)] {
        let at = path.field(field);
        if !keys.is_empty() && term.label_selector.is_none() {
            errors.forbidden(CODE, &at, "must not be specified when labelSelector is not set");
            continue;
        }
        for (i, key) in keys.iter().enumerate() {
            errors.invalid_each(CODE, &at.index(i), key, names::qualified_name(key));
        }
    }
    if let Some(selector) = &term.label_selector {
        for (i, key) in merged_keys(selector, matching, mismatching, labels) {
            errors.invalid(CODE, &path.index(i), key, "exists in both matchLabelKeys and labelSelector");
        }
    }
    let at = path.field("matchLabelKeys");
    for (i, key) in matching.iter().enumerate().filter(|(_, key)| mismatching.contains(key)) {
        errors.invalid(CODE, &at.index(i), key, "exists in both matchLabelKeys and mismatchLabelKeys");
    }
}
