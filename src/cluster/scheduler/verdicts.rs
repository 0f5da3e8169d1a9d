//! What each node is to the last Pod: the next one of the same template is told the same, but for the nodes that are other
//! than they were, which mostly is the one that took the last.

use std::rc::Rc;

use k8s_openapi::api::core::v1::PodSpec;

use super::claim::Claim;
use super::filter::{Asking, filter};
use super::nodes::{NodeInfo, Nodes};
use super::refused::is_plain;
use super::rejection::Rejection;
use super::score::Marks;
use crate::api::{Pod, Shared};

/// What a node scores by itself, or why it does not take the Pod.
pub(super) type Verdict = Result<Marks, Rejection>;

/// The verdict on the node `name`.
pub(super) fn verdict(asking: &Asking<'_>, name: &str, node: &NodeInfo) -> Verdict {
    filter(asking, name, node).map(|()| Marks::of(asking.pod, asking.claim, name, node))
}

/// The verdicts on all nodes for one Pod.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdicts {
    /// Whom they are for; nobody before the first Pod.
    of: Option<(Shared<PodSpec>, Rc<Claim>)>,
    /// By the name of the node, each with [`NodeInfo::version`] then.
    nodes: Vec<(u64, Verdict)>,
}

impl Verdicts {
    /// Whether the verdicts for `pod` depend on nothing but itself and each node alone. Whether room is promised to others
    /// is for the caller to know.
    pub fn hold(pod: &Pod, nodes: &Nodes) -> bool {
        is_plain(pod) && nodes.keep_apart.is_empty() && nodes.with_wishes.is_empty()
    }

    /// The verdicts for `pod`, which takes `claim`, in the order of the nodes; to be asked only where they [`hold`].
    ///
    /// [`hold`]: Self::hold
    pub fn on(&mut self, nodes: &Nodes, pod: &Pod, claim: &Rc<Claim>) -> impl Iterator<Item = &Verdict> + Clone {
        if !self.of.as_ref().is_some_and(|known| alike(known, pod, claim)) {
            self.nodes.clear();
        }
        // What is kept is the newest, which the next one most likely shares with this one.
        self.of = Some((pod.spec.clone(), claim.clone()));
        let asking = Asking::alone(pod, claim);
        // No state of a node has the version zero, and no two have the same: where a node is at the place of another one,
        // it is looked at anew.
        self.nodes.resize_with(nodes.by_name.len(), || (0, Ok(Marks::default())));
        for ((name, node), (version, known)) in nodes.by_name.iter().zip(&mut self.nodes) {
            if *version != node.version {
                *known = verdict(&asking, name, node);
                *version = node.version;
            }
        }
        self.nodes.iter().map(|(_, verdict)| verdict)
    }
}

/// Whether a Pod, plain as the one before it, asks of every node what that one did.
fn alike((spec, known): &(Shared<PodSpec>, Rc<Claim>), pod: &Pod, claim: &Rc<Claim>) -> bool {
    (Rc::ptr_eq(known, claim) || *known == *claim)
        && (Shared::ptr_eq(spec, &pod.spec)
            || (spec.node_selector == pod.spec.node_selector && spec.tolerations == pod.spec.tolerations))
}
