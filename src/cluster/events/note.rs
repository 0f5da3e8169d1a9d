//! What a component says about an object.

use std::rc::Rc;

use super::recent::Hash;
use crate::cluster::ObjectKey;

/// The component whose events go through the newer API: they have an action and a series instead of a count.
pub(crate) const SCHEDULER: &str = "default-scheduler";

/// Who speaks about what: the same for all that a kubelet says of a Pod, which is a lot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Topic {
    /// The object.
    pub object: ObjectKey,
    /// The object's uid.
    pub uid: Rc<str>,
    /// Who says it (`kubelet`, `default-scheduler`, `replicaset-controller`).
    pub source: &'static str,
    /// The node it is said from; empty for others than kubelets.
    pub host: Rc<str>,
    /// What the keys that its Events are counted under begin with.
    pub(super) begin: Hash,
}

impl Topic {
    /// What `source` on `host` says of the object of `uid`.
    pub fn new(object: ObjectKey, uid: Rc<str>, source: &'static str, host: Rc<str>) -> Rc<Self> {
        let begin = Hash::of(&[object.kind.name(), &object.namespace, &object.name, &uid]);
        Rc::new(Self { object, uid, source, host, begin })
    }
}

/// What a component says about an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventNote {
    /// Who, about what.
    pub topic: Rc<Topic>,
    /// A field of it (`spec.containers{app}`), empty for the whole.
    pub field_path: Rc<str>,
    /// Whether it is a `Warning`, else `Normal`.
    pub warning: bool,
    /// The reason (`Pulled`).
    pub reason: &'static str,
    /// The text.
    pub message: Rc<str>,
}

impl EventNote {
    pub(super) fn type_(&self) -> &'static str {
        if self.warning { "Warning" } else { "Normal" }
    }
}

/// The action that goes with a reason of the scheduler.
pub(super) fn action(reason: &str) -> &'static str {
    match reason {
        "Scheduled" => "Binding",
        "Preempted" => "Preempting",
        _ => "Scheduling",
    }
}
