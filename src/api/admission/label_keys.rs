//! `matchLabelKeys` and `mismatchLabelKeys`, which stand for conditions on the Pod's own labels.

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Affinity, PodAffinityTerm, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use crate::api::Pod;
use crate::api::labels::Labels;

/// Adds to the selectors of a new Pod what its keys stand for: the values that its labels have now
/// (kubernetes: pkg/registry/core/pod/strategy.go mutatePodAffinity, mutateTopologySpreadConstraints).
pub(super) fn merge(pod: &mut Pod) {
    if !has_keys(&pod.spec) {
        return;
    }
    let metadata = pod.metadata.clone();
    let Some(labels) = &metadata.labels else { return };
    let spec = pod.spec.make_mut();
    if let Some(affinity) = &mut spec.affinity {
        each_term(affinity, &mut |term| {
            extend(&mut term.label_selector, &term.match_label_keys, "In", labels);
            extend(&mut term.label_selector, &term.mismatch_label_keys, "NotIn", labels);
        });
    }
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        extend(&mut constraint.label_selector, &constraint.match_label_keys, "In", labels);
    }
}

fn has_keys(spec: &PodSpec) -> bool {
    let some = |keys: &Option<Vec<String>>| keys.as_ref().is_some_and(|keys| !keys.is_empty());
    let of_term = |term: &PodAffinityTerm| some(&term.match_label_keys) || some(&term.mismatch_label_keys);
    let affinity = spec.affinity.as_ref();
    let near = affinity.and_then(|it| it.pod_affinity.as_ref()).map(|it| {
        (
            &it.preferred_during_scheduling_ignored_during_execution,
            &it.required_during_scheduling_ignored_during_execution,
        )
    });
    let apart = affinity.and_then(|it| it.pod_anti_affinity.as_ref()).map(|it| {
        (
            &it.preferred_during_scheduling_ignored_during_execution,
            &it.required_during_scheduling_ignored_during_execution,
        )
    });
    near.into_iter().chain(apart).any(|(preferred, required)| {
        preferred.iter().flatten().any(|it| of_term(&it.pod_affinity_term)) || required.iter().flatten().any(of_term)
    }) || spec.topology_spread_constraints.iter().flatten().any(|it| some(&it.match_label_keys))
}

fn each_term(affinity: &mut Affinity, visit: &mut dyn FnMut(&mut PodAffinityTerm)) {
    let near = affinity.pod_affinity.as_mut().map(|it| {
        (
            &mut it.preferred_during_scheduling_ignored_during_execution,
            &mut it.required_during_scheduling_ignored_during_execution,
        )
    });
    let apart = affinity.pod_anti_affinity.as_mut().map(|it| {
        (
            &mut it.preferred_during_scheduling_ignored_during_execution,
            &mut it.required_during_scheduling_ignored_during_execution,
        )
    });
    for (preferred, required) in near.into_iter().chain(apart) {
        preferred.iter_mut().flatten().for_each(|it| visit(&mut it.pod_affinity_term));
        required.iter_mut().flatten().for_each(&mut *visit);
    }
}

/// A condition for each key that the Pod has as a label. No selector matches nothing, and stays so.
fn extend(selector: &mut Option<LabelSelector>, keys: &Option<Vec<String>>, operator: &'static str, labels: &Labels) {
    let Some(selector) = selector else { return };
    for key in keys.iter().flatten() {
        let Some(value) = labels.get(key) else { continue };
        selector.match_expressions.get_or_insert_default().push(LabelSelectorRequirement {
            key: key.as_str().into(),
            operator: Text::constant(operator),
            values: Some(vec![value.clone()]),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::{Kind, Object};

    #[test]
    fn the_keys_of_labels_that_the_pod_has_become_conditions() {
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        let term = |selector: Value| {
            json!({"topologyKey": "zone", "labelSelector": selector, "matchLabelKeys": ["hash", "none"],
                "mismatchLabelKeys": ["tenant"]})
        };
        let value = json!({
            "metadata": {"name": "p", "labels": {"hash": "1", "tenant": "x"}},
            "spec": {
                "containers": [{"name": "a", "image": "i"}],
                "affinity": {"podAffinity": {required: [term(json!({})), term(json!(null))]}},
                "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "matchLabelKeys": ["hash"],
                    "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"a": "b"}}}],
            },
        });
        let Object::Pod(mut pod) = Object::from_json(Kind::Pod, value).unwrap() else { panic!("a Pod") };
        merge(std::rc::Rc::make_mut(&mut pod));
        let spec = pod.to_json()["spec"].take();
        let hash = json!({"key": "hash", "operator": "In", "values": ["1"]});
        let tenant = json!({"key": "tenant", "operator": "NotIn", "values": ["x"]});
        let terms = &spec["affinity"]["podAffinity"][required];
        assert_eq!(terms[0]["labelSelector"], json!({"matchExpressions": [hash, tenant]}));
        assert_eq!(terms[1]["labelSelector"], json!(null));
        let selector = &spec["topologySpreadConstraints"][0]["labelSelector"];
        assert_eq!(*selector, json!({"matchExpressions": [hash], "matchLabels": {"a": "b"}}));
    }
}
