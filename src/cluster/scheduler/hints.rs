//! What may help a Pod that waits: each plugin that refused it judges by itself whether an event concerns it
//! (scheduler: the QueueingHintFn of framework/plugins/*, 1.36).

use super::claim::{Claim, host_ports};
use super::filter::{cordoned, ports_meet};
use super::node_terms::{node_affinity, untolerated};
use super::nodes::NodeInfo;
use super::rejection::Plugin;
use super::volumes::share_claim;
use super::{pod_affinity, spread};
use crate::api::{Object, Pod};
use crate::cluster::{ObjectKey, Store, storage};

/// Something that happened to the nodes, to the Pods on them, or to a claim.
pub(super) enum Event<'a> {
    /// The node `name` came, or is other than it was.
    Node { name: &'a str, old: Option<&'a NodeInfo>, new: &'a NodeInfo },
    /// A node is gone.
    NodeGone(&'a NodeInfo),
    /// A Pod got a node.
    PodCame(&'a Pod),
    /// A Pod on a node has other labels.
    PodChanged { old: &'a Pod, new: &'a Pod },
    /// A Pod on a node may ask for less than it did.
    PodResized,
    /// A Pod left its node.
    PodLeft(&'a Pod),
    /// A claim came or changed.
    Claim(&'a ObjectKey),
    /// A volume or a class came or changed.
    Volume,
}

impl Event<'_> {
    /// Whether it can help anybody whom `plugin` turned down: who waits for something else is not even looked at.
    pub fn concerns(&self, plugin: Plugin) -> bool {
        use Plugin::{
            InterPodAffinity, NodeName, NodePorts, NodeResourcesFit, PodTopologySpread, VolumeBinding,
            VolumeRestrictions,
        };
        match self {
            Event::Node { old: None, .. } => true,
            Event::Node { .. } => !matches!(plugin, NodeName | NodePorts),
            Event::NodeGone(_) => plugin == PodTopologySpread,
            Event::PodCame(_) | Event::PodChanged { .. } => matches!(plugin, PodTopologySpread | InterPodAffinity),
            Event::PodResized => plugin == NodeResourcesFit,
            Event::PodLeft(_) => {
                matches!(
                    plugin,
                    NodeResourcesFit | NodePorts | VolumeRestrictions | PodTopologySpread | InterPodAffinity
                )
            }
            Event::Claim(_) => matches!(plugin, VolumeRestrictions | VolumeBinding),
            Event::Volume => plugin == VolumeBinding,
        }
    }

    /// Whether the Pod of `key`, which `plugin` turned down, may fit now.
    pub fn helps(&self, plugin: Plugin, key: &ObjectKey, store: &Store) -> bool {
        // Ten thousand may wait for room: none of them has to be looked at.
        if plugin == Plugin::NodeResourcesFit && matches!(self, Event::PodLeft(_) | Event::PodResized) {
            return true;
        }
        let Some(pod) = store.get(key).and_then(Object::as_pod) else { return true };
        let spreads = plugin == Plugin::PodTopologySpread;
        match self {
            Event::Node { name, old, new } => helped_by_node(plugin, pod, name, *old, new),
            Event::NodeGone(node) => spread::helped_by_node(pod, Some(node), None),
            Event::PodCame(other) if spreads => spread::helped_by_pod(pod, other),
            Event::PodCame(other) => pod_affinity::helped_by_coming(pod, other, store),
            Event::PodChanged { old, new } if spreads => spread::helped_by_change(pod, old, new),
            Event::PodChanged { old, new } => pod_affinity::helped_by_change(pod, old, new, store),
            Event::PodLeft(other) if plugin == Plugin::NodePorts => ports_meet(&host_ports(pod), &host_ports(other)),
            Event::PodLeft(other) if plugin == Plugin::VolumeRestrictions => share_claim(pod, other),
            Event::PodLeft(other) if spreads => spread::helped_by_pod(pod, other),
            Event::PodLeft(other) => pod_affinity::helped_by_leaving(pod, other, store),
            Event::PodResized | Event::Volume => true,
            Event::Claim(claim) => storage::claims(pod).any(|(_, key)| key == **claim),
        }
    }
}

/// A change of a node helps where what was in the way is gone from it, or where it is new.
fn helped_by_node(plugin: Plugin, pod: &Pod, name: &str, old: Option<&NodeInfo>, new: &NodeInfo) -> bool {
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    let takes = |node: &NodeInfo| match plugin {
        Plugin::NodeUnschedulable => !cordoned(pod, node),
        Plugin::TaintToleration => untolerated(&node.taints, tolerations).is_none(),
        _ => node_affinity(pod, name, &node.labels),
    };
    match plugin {
        Plugin::NodeUnschedulable | Plugin::TaintToleration | Plugin::NodeAffinity => {
            takes(new) && !old.is_some_and(takes)
        }
        Plugin::NodeResourcesFit => has_grown(&Claim::of(pod), old, new),
        Plugin::PodTopologySpread => spread::helped_by_node(pod, old, Some(new)),
        Plugin::InterPodAffinity => pod_affinity::helped_by_node(pod, old, new),
        Plugin::VolumeBinding => old.is_none_or(|old| old.labels != new.labels),
        Plugin::NodeName | Plugin::NodePorts | Plugin::VolumeRestrictions => old.is_none(),
    }
}

/// Whether the Pod would fit the empty node, and of something that it takes there is more than before
/// (plugins/noderesources/fit.go isSchedulableAfterNodeChange).
fn has_grown(claim: &Claim, old: Option<&NodeInfo>, new: &NodeInfo) -> bool {
    let mut asked = claim.requests.iter().filter(|(_, amount)| !amount.is_zero());
    let fits = new.most_pods > 0 && asked.clone().all(|(name, amount)| *amount <= new.allocatable.of(name));
    fits && old.is_none_or(|old| {
        new.most_pods > old.most_pods || asked.any(|(name, _)| new.allocatable.of(name) > old.allocatable.of(name))
    })
}
