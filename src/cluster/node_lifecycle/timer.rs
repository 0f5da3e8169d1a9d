//! What the controller that looks after nodes waits for.

use std::rc::Rc;

use crate::cluster::ObjectKey;

/// A timer of the controller.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// It looks whether this node's kubelet has been heard of.
    Monitor(Rc<str>),
    /// It looks which nodes were lost before.
    Look,
    /// A lost node may be tainted.
    Taint,
    /// It finds that this node is no more.
    Removed { node: ObjectKey, uid: String },
    /// What a Pod tolerates is over.
    Evict { pod: ObjectKey, token: u64 },
}
