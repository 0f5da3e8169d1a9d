//! Rules on `topologySpreadConstraints`.

use collections::Set as BTreeSet;

use k8s_openapi::api::core::v1::TopologySpreadConstraint;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::affinity::PodLabels;
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::names::POSITIVE;
use crate::manifest::rules::{go, names, selectors};

/// Every rule of `topologySpreadConstraints`.
pub fn validate(constraints: &[TopologySpreadConstraint], labels: PodLabels<'_>, path: &Path<'_>, errors: &mut Errors) {
    for (i, constraint) in constraints.iter().enumerate() {
        let at = path.index(i);
        basics(constraint, &at, errors);
        not_repeated(constraints, i, path, errors);
        min_domains(constraint, &at, errors);
        policies(constraint, &at, errors);
        label_keys(constraint, labels, &at.field("matchLabelKeys"), errors);
        selectors::validate(constraint.label_selector.as_ref(), &at.field("labelSelector"), errors);
    }
}

/// `spread/basics`: a constraint has a skew above zero, a topology key, and says what to do when it cannot be met.
///
/// Bad:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}]}
/// ```
fn basics(constraint: &TopologySpreadConstraint, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "spread/basics";
    if constraint.max_skew <= 0 {
        errors.invalid(CODE, &path.field("maxSkew"), constraint.max_skew, POSITIVE);
    }
    if constraint.topology_key.is_empty() {
        errors.required(CODE, &path.field("topologyKey"), "can not be empty");
    }
    let known = &["DoNotSchedule", "ScheduleAnyway"];
    let action = constraint.when_unsatisfiable.as_str();
    if !known.contains(&action) {
        errors.not_supported(CODE, &path.field("whenUnsatisfiable"), action, known);
    }
}

/// `spread/duplicate`: one constraint for each pair of topology key and action.
///
/// Bad:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}, {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}, {maxSkew: 2, topologyKey: node, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}]}
/// ```
fn not_repeated(constraints: &[TopologySpreadConstraint], index: usize, path: &Path<'_>, errors: &mut Errors) {
    let Some(constraint) = constraints.get(index) else { return };
    let pair = |other: &TopologySpreadConstraint| {
        other.topology_key == constraint.topology_key && other.when_unsatisfiable == constraint.when_unsatisfiable
    };
    let Some((second, _)) = constraints.iter().enumerate().skip(index + 1).find(|(_, other)| pair(other)) else {
        return;
    };
    let value = ["{", &constraint.topology_key, ", ", &constraint.when_unsatisfiable, "}"].concat();
    let at = path.index(index);
    // The name in braces is the server's own.
    errors.duplicate("spread/duplicate", &at.field("{topologyKey, whenUnsatisfiable}"), &value);
    errors.related(&at);
    errors.related(&path.index(second));
}

/// `spread/min-domains`: `minDomains` is above zero and goes with `DoNotSchedule`.
///
/// Bad:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, minDomains: 2, labelSelector: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 2, labelSelector: {}}]}
/// ```
fn min_domains(constraint: &TopologySpreadConstraint, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "spread/min-domains";
    let Some(count) = constraint.min_domains else { return };
    let at = path.field("minDomains");
    if count <= 0 {
        errors.invalid(CODE, &at, count, POSITIVE);
    }
    let action = constraint.when_unsatisfiable.as_str();
    if action != "DoNotSchedule" {
        let detail = ["can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ", action].concat();
        errors.invalid(CODE, &at, count, &detail);
    }
}

/// `spread/policy`: the node policies are `Honor` or `Ignore`.
///
/// Bad:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, nodeTaintsPolicy: Obey, labelSelector: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, nodeTaintsPolicy: Honor, labelSelector: {}}]}
/// ```
fn policies(constraint: &TopologySpreadConstraint, path: &Path<'_>, errors: &mut Errors) {
    let known = &["Honor", "Ignore"];
    let policies = [
        ("nodeAffinityPolicy", constraint.node_affinity_policy.as_deref()),
        ("nodeTaintsPolicy", constraint.node_taints_policy.as_deref()),
    ];
    for (field, policy) in policies {
        if let Some(policy) = policy.filter(|policy| !known.contains(policy)) {
            errors.not_supported("spread/policy", &path.field(field), policy, known);
        }
    }
}

/// `spread/label-keys`: `matchLabelKeys` extends the selector, so there must be one, without the same key.
///
/// Bad:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [x]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [x], labelSelector: {}}]}
/// ```
fn label_keys(constraint: &TopologySpreadConstraint, labels: PodLabels<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "spread/label-keys";
    let keys = go::list(&constraint.match_label_keys);
    if keys.is_empty() {
        return;
    }
    if constraint.label_selector.is_none() {
        errors.forbidden(CODE, path, "must not be specified when labelSelector is not set");
    }
    for (i, key) in keys.iter().enumerate() {
        errors.invalid_each(CODE, &path.index(i), key, names::qualified_name(key));
    }
    if let Some(selector) = &constraint.label_selector {
        for (i, key) in merged_keys(selector, keys, &[], labels) {
            errors.invalid(CODE, &path.index(i), key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}

/// Which of `keys` clash with the selector, with their index in `keys`.
///
/// On create the server adds an expression for each key that the Pod has as a label (kubernetes:
/// pkg/registry/core/pod/strategy.go applyMatchLabelKeysAndMismatchLabelKeys), and then looks for keys that are
/// written twice.
pub fn merged_keys<'a>(
    selector: &'a LabelSelector,
    keys: &'a [String],
    mismatch_keys: &'a [String],
    labels: PodLabels<'_>,
) -> Vec<(usize, &'a str)> {
    let has = |key: &&String| labels.is_some_and(|labels| labels.contains_key(*key));
    let written = go::list(&selector.match_expressions).iter().map(|expression| expression.key.as_str());
    let added = keys.iter().filter(has).chain(mismatch_keys.iter().filter(has)).map(String::as_str);
    let mut seen: BTreeSet<&str> = selector.match_labels.iter().flatten().map(|(key, _)| key.as_str()).collect();
    let mut clashes = Vec::new();
    for key in written.chain(added) {
        let index = keys.iter().rposition(|each| *each == key);
        if let Some(index) = index.filter(|_| seen.contains(key)) {
            clashes.push((index, key));
        }
        seen.insert(key);
    }
    clashes
}
