//! What a Pod asks of a node by itself: its labels, its name and its taints
//! (scheduler: plugins/nodeaffinity, plugins/tainttoleration, 1.36).

use collections::{Map as BTreeMap, Set as BTreeSet};

use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Taint, Toleration};

use crate::api::Pod;
use crate::api::labels::{self, Labels};

/// The first taint that keeps Pods away and is not tolerated.
pub(crate) fn untolerated<'a>(taints: &'a [Taint], tolerations: &[Toleration]) -> Option<&'a Taint> {
    taints
        .iter()
        .filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute"))
        .find(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
}

/// Whether the toleration covers the taint (api: core/v1/toleration.go ToleratesTaint).
pub(crate) fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or("");
    let key = toleration.key.as_deref().unwrap_or("");
    if (!effect.is_empty() && effect != taint.effect) || (!key.is_empty() && key != taint.key) {
        return false;
    }
    match toleration.operator.as_deref() {
        Some("Exists") => true,
        None | Some("" | "Equal") => toleration.value.as_deref().unwrap_or("") == taint.value.as_deref().unwrap_or(""),
        Some(_) => false,
    }
}

/// The nodes that the required node affinity names, as that of a DaemonSet's Pod does; the others are not even looked at.
/// None where a term names no node; no node at all where the terms contradict themselves
/// (plugins/nodeaffinity PreFilter).
pub(super) fn named_nodes(pod: &Pod) -> Option<BTreeSet<String>> {
    let terms = &required_terms(pod)?.node_selector_terms;
    let mut all: Option<BTreeSet<String>> = None;
    for term in terms.iter() {
        let fields = term.match_fields.iter().flatten();
        let named = fields.filter(|field| field.key == "metadata.name" && field.operator == "In");
        let sets = named.map(|field| field.values.iter().flatten().cloned().collect::<BTreeSet<String>>());
        let both =
            |a: BTreeSet<String>, b: BTreeSet<String>| a.iter().filter(|name| b.contains(*name)).cloned().collect();
        let one = sets.reduce(both)?;
        all.get_or_insert_default().extend(one);
    }
    all
}

fn required_terms(pod: &Pod) -> Option<&NodeSelector> {
    let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    affinity.required_during_scheduling_ignored_during_execution.as_ref()
}

/// Whether the node has the labels that `nodeSelector` and the required node affinity ask for.
pub(crate) fn node_affinity(pod: &Pod, name: &str, node: &Labels) -> bool {
    labels::contains(node, pod.spec.node_selector.as_ref())
        && required_terms(pod).is_none_or(|selector| node_selector(selector, name, node))
}

/// Terms are alternatives, the requirements in one of them are not.
pub(super) fn node_selector(selector: &NodeSelector, name: &str, node: &Labels) -> bool {
    selector.node_selector_terms.iter().any(|term| node_term(term, name, node))
}

/// Whether the node meets one term; a term without requirements meets nothing.
pub(super) fn node_term(term: &NodeSelectorTerm, name: &str, node: &Labels) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let by_name = BTreeMap::from([("metadata.name".to_owned(), name.to_owned())]);
    !(expressions.is_empty() && fields.is_empty())
        && expressions.iter().all(|requirement| node_requirement(requirement, node))
        && fields.iter().all(|requirement| node_requirement(requirement, &by_name))
}

fn node_requirement(requirement: &NodeSelectorRequirement, node: &Labels) -> bool {
    let value = node.get(requirement.key.as_str());
    let values = requirement.values.as_deref().unwrap_or_default();
    let number = |text: &String| text.parse::<i64>().ok();
    let compared = || Some((number(value?)?, number(values.first()?)?));
    match requirement.operator.as_str() {
        "In" => value.is_some_and(|value| values.contains(value)),
        "NotIn" => !value.is_some_and(|value| values.contains(value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compared().is_some_and(|(value, bound)| value > bound),
        "Lt" => compared().is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}
