//! The last Pod that no node could take, and why: of the hundreds that a rollout lets wait all alike are refused for the
//! same reasons, until something about the nodes changes.

use collections::Set as BTreeSet;
use std::rc::Rc;

use super::claim::Claim;
use super::nodes::Nodes;
use super::rejection::Plugin;
use crate::api::Pod;
use crate::cluster::storage;

/// A refusal that holds for every Pod alike.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// [`Nodes::changes`] then.
    changes: u64,
    pod: Rc<Pod>,
    claim: Rc<Claim>,
    pub plugins: BTreeSet<Plugin>,
    pub message: Rc<str>,
}

impl Refused {
    /// Remembers that `pod` was refused; none where the reasons may lie in more than the nodes and the Pod's own spec.
    pub fn of(
        pod: &Rc<Pod>,
        claim: &Rc<Claim>,
        nodes: &Nodes,
        plugins: &BTreeSet<Plugin>,
        message: &Rc<str>,
    ) -> Option<Self> {
        (is_plain(pod) && nodes.keep_apart.is_empty()).then(|| Self {
            changes: nodes.changes(),
            pod: pod.clone(),
            claim: claim.clone(),
            plugins: plugins.clone(),
            message: message.clone(),
        })
    }

    /// Whether `pod` would be refused in the same words.
    pub fn holds(&self, pod: &Pod, claim: &Claim, nodes: &Nodes) -> bool {
        let (a, b) = (&self.pod.spec, &pod.spec);
        self.changes == nodes.changes()
            && is_plain(pod)
            && *self.claim == *claim
            && a.node_selector == b.node_selector
            && a.tolerations == b.tolerations
            && a.preemption_policy == b.preemption_policy
    }
}

/// Whether it asks for nothing that depends on other Pods or on volumes, and waits for no node in particular.
pub(super) fn is_plain(pod: &Pod) -> bool {
    let spec = &pod.spec;
    spec.affinity.is_none()
        && spec.topology_spread_constraints.is_none()
        && spec.node_name.is_none()
        && pod.status.nominated_node_name.is_none()
        && storage::claims(pod).next().is_none()
}
