//! Event objects: what components tell about objects, correlated and counted as client-go does.

use super::ObjectKey;
use super::world::World;

/// What a component says about an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventNote {
    /// The object.
    pub object: ObjectKey,
    /// The object's uid.
    pub uid: String,
    /// A field of it (`spec.containers{app}`), empty for the whole.
    pub field_path: String,
    /// Who says it (`kubelet`, `default-scheduler`, `replicaset-controller`).
    pub source: &'static str,
    /// The node it is said from; empty for others than kubelets.
    pub host: String,
    /// Whether it is a `Warning`, else `Normal`.
    pub warning: bool,
    /// The reason (`Pulled`).
    pub reason: &'static str,
    /// The text.
    pub message: String,
}

/// Records `note`: a new Event, or a count on an equal one.
pub(crate) fn record(_world: &mut World, _note: EventNote) {}
