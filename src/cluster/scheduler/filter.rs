//! Which nodes can take a Pod, and why the others cannot. Each check is a plugin of the real scheduler
//! (scheduler: framework/plugins/*, 1.36), in its order; the first that says no gives the reason.

use std::borrow::Cow;

use collections::Set as BTreeSet;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Node, Taint};

use super::claim::{Claim, host_ports};
use super::node_terms::{node_affinity, tolerates, untolerated};
use super::nodes::{NodeInfo, Nodes};
use super::rejection::{Plugin, Rejection};
use super::{pod_affinity, spread, volumes};
use crate::api::Pod;
use crate::api::labels::Labels;
use crate::api::quantity::Quantity;
use crate::cluster::Store;

/// What is computed once for a Pod before the nodes are looked at.
pub(super) struct Asking<'a> {
    pub pod: &'a Pod,
    pub claim: &'a Claim,
    /// The only nodes that its node affinity names, where it names any.
    pub named: Option<BTreeSet<String>>,
    pub affinity: pod_affinity::Terms,
    pub spread: spread::Constraints,
    pub volumes: volumes::Claims<'a>,
}

impl<'a> Asking<'a> {
    /// What `pod`, which takes `claim`, asks of `nodes`, of which it names some where `named` says so.
    pub fn of(
        pod: &'a Pod,
        claim: &'a Claim,
        named: Option<BTreeSet<String>>,
        nodes: &Nodes,
        store: &'a Store,
    ) -> Self {
        Self {
            pod,
            claim,
            named,
            affinity: pod_affinity::Terms::of(pod, nodes, store),
            spread: spread::Constraints::hard(pod, nodes, store),
            volumes: volumes::Claims::of(pod, nodes, store),
        }
    }

    /// What `pod`, which takes `claim`, asks of a node by itself: nothing of other Pods or nodes, nor of its volumes.
    pub fn alone(pod: &'a Pod, claim: &'a Claim) -> Self {
        Self {
            pod,
            claim,
            named: None,
            affinity: pod_affinity::Terms::default(),
            spread: spread::Constraints::default(),
            volumes: volumes::Claims::default(),
        }
    }
}

const MISMATCH: &str = "node(s) didn't match Pod's node affinity/selector";
const PORTS_TAKEN: &str = "node(s) didn't have free ports for the requested pod ports";

/// Whether the node `name` can take the Pod.
pub(super) fn filter(asking: &Asking<'_>, name: &str, node: &NodeInfo) -> Result<(), Rejection> {
    let spec = &asking.pod.spec;
    if asking.named.as_ref().is_some_and(|named| !named.contains(name)) {
        let reason = "node(s) didn't satisfy plugin(s) [NodeAffinity]";
        return Err(Rejection::new(Plugin::NodeAffinity, reason, false));
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    if cordoned(asking.pod, node) {
        return Err(Rejection::new(Plugin::NodeUnschedulable, "node(s) were unschedulable", false));
    }
    if spec.node_name.as_deref().is_some_and(|wanted| !wanted.is_empty() && wanted != name) {
        let reason = "node(s) didn't match the requested node name";
        return Err(Rejection::new(Plugin::NodeName, reason, false));
    }
    if untolerated(&node.taints, tolerations).is_some() {
        return Err(Rejection::new(Plugin::TaintToleration, "node(s) had untolerated taint(s)", false));
    }
    if !node_affinity(asking.pod, name, &node.labels) {
        return Err(Rejection::new(Plugin::NodeAffinity, MISMATCH, false));
    }
    if !asking.claim.ports.is_empty()
        && node.pods.iter().any(|(_, other)| ports_meet(&asking.claim.ports, &other.ports))
    {
        return Err(Rejection::new(Plugin::NodePorts, PORTS_TAKEN, true));
    }
    fits(asking.claim, node)?;
    asking.volumes.filter(name, &node.labels)?;
    asking.spread.filter(&node.labels)?;
    asking.affinity.filter(&node.labels)
}

/// What keeps the node `name` from taking a Pod that was bound to it past the scheduler, beside its resources: the
/// plugin that says no, and its reason (scheduler: scheduler.go AdmissionCheck; kubelet: lifecycle/predicate.go).
pub(crate) fn turned_away<'a>(
    pod: &Pod,
    name: &str,
    node: &Node,
    mut others: impl Iterator<Item = &'a Pod>,
) -> Option<(&'static str, &'static str)> {
    if !node_affinity(pod, name, node.metadata.labels.as_ref().unwrap_or(&Labels::new())) {
        return Some(("NodeAffinity", MISMATCH));
    }
    let ports = host_ports(pod);
    if !ports.is_empty() && others.any(|other| ports_meet(&ports, &host_ports(other))) {
        return Some(("NodePorts", PORTS_TAKEN));
    }
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    let mut executing = taints.iter().filter(|taint| taint.effect == "NoExecute");
    executing
        .any(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)))
        .then_some(("TaintToleration", "node(s) had taints that the pod didn't tolerate"))
}

/// Whether the node takes no new Pods, and this one does not get past that.
pub(super) fn cordoned(pod: &Pod, node: &NodeInfo) -> bool {
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    node.unschedulable && !tolerations.iter().any(|it| tolerates(it, &unschedulable_taint()))
}

fn unschedulable_taint() -> Taint {
    Taint { key: "node.kubernetes.io/unschedulable".into(), effect: "NoSchedule".into(), ..Taint::default() }
}

pub(super) fn ports_meet(wanted: &[(Text, Text, i32)], taken: &[(Text, Text, i32)]) -> bool {
    wanted.iter().any(|(ip, protocol, port)| {
        taken.iter().any(|(other_ip, other_protocol, other)| {
            port == other && protocol == other_protocol && (ip == other_ip || ip == "0.0.0.0" || other_ip == "0.0.0.0")
        })
    })
}

/// Whether the node has room (scheduler: plugins/noderesources/fit.go fitsRequest). What exceeds the whole node cannot
/// be helped by removing Pods.
fn fits(claim: &Claim, node: &NodeInfo) -> Result<(), Rejection> {
    let whole = |name: &str| node.allocatable.of(name);
    let has_room =
        |(name, amount): (&String, &Quantity)| amount.is_zero() || node.requested.of(name) + *amount <= whole(name);
    let count = i64::try_from(node.pods.len()).unwrap_or(i64::MAX);
    if count < node.most_pods && claim.requests.iter().all(has_room) {
        return Ok(());
    }
    let mut reasons = Vec::new();
    let mut resolvable = true;
    if i64::try_from(node.pods.len()).unwrap_or(i64::MAX).saturating_add(1) > whole("pods").value() {
        reasons.push(Cow::Borrowed("Too many pods"));
    }
    let rank = |name: &str| match name {
        "cpu" => 0,
        "memory" => 1,
        "ephemeral-storage" => 2,
        _ => 3,
    };
    let mut asked: Vec<(&String, &Quantity)> = claim.requests.iter().filter(|(_, amount)| !amount.is_zero()).collect();
    collections::sort_by_key(&mut asked, |(name, _)| rank(name));
    for (name, amount) in asked {
        let used = node.requested.of(name);
        if used + *amount > whole(name) {
            reasons.push(match name.as_str() {
                "cpu" => Cow::Borrowed("Insufficient cpu"),
                "memory" => Cow::Borrowed("Insufficient memory"),
                other => Cow::Owned(format!("Insufficient {other}")),
            });
            resolvable &= *amount <= whole(name);
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Rejection { plugin: Plugin::NodeResourcesFit, reasons, resolvable })
}
