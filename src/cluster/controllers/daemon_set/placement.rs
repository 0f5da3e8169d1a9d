//! Which nodes a DaemonSet's Pod may run on, and how it is aimed at one of them
//! (kubernetes: pkg/controller/daemon/{daemon_controller,util/daemonset_util}.go).

use k8s_openapi::Items;
use k8s_openapi::api::core::v1::{
    Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, PodTemplateSpec, Toleration,
};

use super::Place;
use crate::api::{Kind, Object, Pod};
use crate::cluster::scheduler::{node_affinity, tolerates};
use crate::cluster::world::World;

/// What the Pods of every DaemonSet tolerate, with the effect.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

fn tolerations(spec: &PodSpec) -> Items<Toleration> {
    let mut all = spec.tolerations.clone().unwrap_or_default();
    let network = ("node.kubernetes.io/network-unavailable", "NoSchedule");
    let network = Some(network).filter(|_| spec.host_network == Some(true));
    for (key, effect) in TOLERATED.into_iter().chain(network) {
        let toleration = Toleration {
            key: Some(key.into()),
            operator: Some("Exists".into()),
            effect: Some(effect.into()),
            ..Toleration::default()
        };
        tolerate(&mut all, toleration);
    }
    all
}

/// Puts a toleration in place of those that cover the same, else behind the others: for how long the template bears a
/// taint does not count (kubernetes: pkg/apis/core/v1/helper AddOrUpdateTolerationInPodSpec; MatchToleration).
fn tolerate(all: &mut Items<Toleration>, toleration: Toleration) {
    let covers = |it: &Toleration| (it.key.clone(), it.effect.clone(), it.operator.clone(), it.value.clone());
    let mut known = false;
    for present in all.iter_mut().filter(|present| covers(present) == covers(&toleration)) {
        known = true;
        *present = toleration.clone();
    }
    if !known {
        all.push(toleration);
    }
}

/// All nodes, and what a Pod of `template` may do there.
pub(super) fn places(template: &PodTemplateSpec, world: &World) -> Vec<Place> {
    let nodes = world.store.list(Kind::Node);
    nodes
        .filter_map(|(_, object)| match object {
            Object::Node(node) => {
                let (should_run, should_stay) = allows(template, node);
                let name = node.metadata.name.clone().unwrap_or_default().into();
                Some(Place { name, should_run, should_stay })
            }
            _ => None,
        })
        .collect()
}

/// Whether a Pod should be started on `node`, and whether one that is there may stay.
fn allows(template: &PodTemplateSpec, node: &Node) -> (bool, bool) {
    let spec = template.spec.clone().unwrap_or_default();
    let name = node.metadata.name.clone().unwrap_or_default();
    let tolerations = tolerations(&spec);
    if spec.node_name.as_ref().is_some_and(|wanted| !wanted.is_empty() && *wanted != name) {
        return (false, false);
    }
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let pod = Pod { spec: spec.into(), ..Pod::default() };
    if !node_affinity(&pod, &name, &labels) {
        return (false, false);
    }
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let keeps = |effect: &str| {
        let taint = |it: &&k8s_openapi::api::core::v1::Taint| it.effect == effect;
        taints.iter().filter(taint).any(|taint| !tolerations.iter().any(|it| tolerates(it, taint)))
    };
    let (no_schedule, no_execute) = (keeps("NoSchedule"), keeps("NoExecute"));
    (!no_schedule && !no_execute, !no_execute)
}

/// Aims a Pod at `node`: the default scheduler then binds it there (ReplaceDaemonSetPodNodeNameNodeAffinity).
pub(super) fn aim(spec: &mut PodSpec, node: &str) {
    spec.tolerations = Some(tolerations(spec));
    let requirement = NodeSelectorRequirement {
        key: "metadata.name".into(),
        operator: "In".into(),
        values: Some(vec![node.to_owned()]),
    };
    // What the template requires is met already: the node would not have been chosen otherwise.
    let term = NodeSelectorTerm { match_fields: Some(vec![requirement]), ..NodeSelectorTerm::default() };
    let affinity = spec.affinity.get_or_insert_default().node_affinity.get_or_insert_default();
    affinity.required_during_scheduling_ignored_during_execution =
        Some(NodeSelector { node_selector_terms: vec![term] });
}

/// The node that a Pod is on, or aimed at.
pub(super) fn target(pod: &Pod) -> Option<String> {
    let bound = pod.spec.node_name.as_ref().map(String::from).filter(|name| !name.is_empty());
    bound.or_else(|| {
        let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
        let terms = &affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
        let fields = terms.iter().flat_map(|term| term.match_fields.iter().flatten());
        let named = fields.into_iter().find(|field| field.key == "metadata.name")?;
        named.values.as_ref()?.first().cloned()
    })
}
