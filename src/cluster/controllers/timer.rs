//! What the controllers wait for.

use crate::cluster::ObjectKey;

/// The controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controller {
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    /// Finished Jobs whose time is over.
    TtlAfterFinished,
    CronJob,
    Autoscaler,
    /// Budgets of disruptions.
    Disruption,
    /// Namespaces, and claims on their way out.
    Upkeep,
    /// Claims and volumes.
    PersistentVolume,
    /// The provisioner begins to make a volume …
    Provision,
    /// … and ends, or takes one away.
    Provisioned,
    /// The claims of ephemeral volumes.
    Ephemeral,
    /// Garbage collection, for the object named.
    Garbage,
}

/// A timer of the controllers.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// An object is looked at.
    Sync(Controller, ObjectKey),
}
