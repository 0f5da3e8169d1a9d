//! Warnings on where a Pod may run.

use k8s_openapi::api::core::v1::{NodeSelectorTerm, PodSpec};

use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, names};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const NULL_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// What to write instead of an old node label (kubernetes: pkg/api/node/util.go).
pub fn old_label(key: &str) -> Option<&'static str> {
    Some(match key {
        "beta.kubernetes.io/arch" => "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        "beta.kubernetes.io/os" => "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "failure-domain.beta.kubernetes.io/region" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"
        }
        "failure-domain.beta.kubernetes.io/zone" => {
            "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"
        }
        "beta.kubernetes.io/instance-type" => {
            "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"
        }
        "app.kubernetes.io/created-by" => "deprecated since v1.9",
        "scheduler.alpha.kubernetes.io/preferAvoidPods" => "deprecated since v1.22; use Taints and Tolerations instead",
        "node-role.kubernetes.io/master" => "use \"node-role.kubernetes.io/control-plane\" instead",
        _ => return None,
    })
}

/// `scheduling/old-label`: a node label that another has replaced.
///
/// Bad:
/// ```yaml
/// spec: {nodeSelector: {beta.kubernetes.io/os: linux}}
/// ```
/// Good:
/// ```yaml
/// spec: {nodeSelector: {kubernetes.io/os: linux}}
/// ```
///
/// At run time nodes may no longer carry the old label, and the Pod stays pending.
pub fn labels(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let selector = path.field("nodeSelector");
    for key in spec.node_selector.iter().flatten().map(|(key, _)| key) {
        if let Some(text) = old_label(key) {
            errors.warning(OLD_LABEL, &selector.key(key), text, true);
        }
    }
    let affinity = path.field("affinity");
    let affinity = affinity.field("nodeAffinity");
    if let Some(node) = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref()) {
        let required = affinity.field(REQUIRED);
        let terms = required.field("nodeSelectorTerms");
        let selector = &node.required_during_scheduling_ignored_during_execution;
        for (i, term) in selector.iter().flat_map(|selector| &selector.node_selector_terms).enumerate() {
            node_term(term, false, &terms.index(i), errors);
        }
        let terms = affinity.field(PREFERRED);
        let list = go::list(&node.preferred_during_scheduling_ignored_during_execution);
        for (i, term) in list.iter().enumerate() {
            node_term(&term.preference, true, &terms.index(i).field("preference"), errors);
        }
    }
    spread(spec, &path.field("topologySpreadConstraints"), errors);
}

/// The code of labels that another has replaced.
pub const OLD_LABEL: &str = "scheduling/old-label";

/// `scheduling/value`: a preference asks for a value that no label can have.
///
/// Bad:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: a, operator: In, values: ["x y"]}]}}]}}}
/// ```
/// Good:
/// ```yaml
/// spec: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: a, operator: In, values: [x-y]}]}}]}}}
/// ```
pub fn node_term(term: &NodeSelectorTerm, check_values: bool, path: &Path<'_>, errors: &mut Errors) {
    let expressions = path.field("matchExpressions");
    for (i, expression) in go::list(&term.match_expressions).iter().enumerate() {
        let at = expressions.index(i);
        if let Some(text) = old_label(&expression.key) {
            let text = [&expression.key, " is ", text].concat();
            errors.warning(OLD_LABEL, &at.field("key"), &text, true);
        }
        let values = at.field("values");
        for (j, value) in go::list(&expression.values).iter().enumerate().filter(|_| check_values) {
            for fault in names::label_value(value) {
                let text = [value, " is invalid, ", fault].concat();
                errors.warning("scheduling/value", &values.index(j), &text, true);
            }
        }
    }
}

/// Warnings on spread constraints (`scheduling/old-label`, `scheduling/null-selector`).
fn spread(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    for (i, constraint) in go::list(&spec.topology_spread_constraints).iter().enumerate() {
        let at = path.index(i);
        if let Some(text) = old_label(&constraint.topology_key) {
            let text = [&constraint.topology_key, " is ", text].concat();
            errors.warning(OLD_LABEL, &at.field("topologyKey"), &text, true);
        }
        null_selector(constraint.label_selector.is_none(), &at, errors);
    }
}

/// `scheduling/null-selector`: a term about other Pods has no selector, and so speaks of none.
///
/// Bad:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]}
/// ```
/// Good:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]}
/// ```
fn null_selector(absent: bool, path: &Path<'_>, errors: &mut Errors) {
    if absent {
        errors.warning("scheduling/null-selector", &path.field("labelSelector"), NULL_SELECTOR, true);
    }
}

/// Warnings on pod affinity and anti-affinity; `path` is the place of `affinity`.
pub fn empty_selectors(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let Some(affinity) = &spec.affinity else { return };
    let mut check = |field: &'static str, required: &Option<Vec<_>>, preferred: &Option<Vec<_>>| {
        let at = path.field(field);
        let terms = at.field(REQUIRED);
        for (i, term) in go::list(required).iter().enumerate() {
            let term: &k8s_openapi::api::core::v1::PodAffinityTerm = term;
            null_selector(term.label_selector.is_none(), &terms.index(i), errors);
        }
        let terms = at.field(PREFERRED);
        for (i, term) in go::list(preferred).iter().enumerate() {
            let term: &k8s_openapi::api::core::v1::WeightedPodAffinityTerm = term;
            let absent = term.pod_affinity_term.label_selector.is_none();
            null_selector(absent, &terms.index(i).field("podAffinityTerm"), errors);
        }
    };
    if let Some(together) = &affinity.pod_affinity {
        check(
            "podAffinity",
            &together.required_during_scheduling_ignored_during_execution,
            &together.preferred_during_scheduling_ignored_during_execution,
        );
    }
    if let Some(apart) = &affinity.pod_anti_affinity {
        check(
            "podAntiAffinity",
            &apart.required_during_scheduling_ignored_during_execution,
            &apart.preferred_during_scheduling_ignored_during_execution,
        );
    }
}
