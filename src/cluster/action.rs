//! What a person (or a recording) does to the cluster: values, so that a run can be replayed.

use std::rc::Rc;
use std::time::Duration;

use super::{Load, ObjectKey};
use crate::api::{Kind, Object};

/// One act upon the cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Create `0`; refused where it exists.
    Create(Object),
    /// Put `0` in place of what has its name: the spec and metadata of it, the status stays.
    Update(Object),
    /// Put `0`'s status in place of the status there (`kubectl patch --subresource=status`).
    UpdateStatus(Object),
    /// Put the resources of `0`'s containers in place of those there (`kubectl patch --subresource=resize`).
    Resize(Object),
    /// Delete an object.
    Delete {
        /// Which.
        key: ObjectKey,
        /// Seconds of grace; none means what the object says.
        grace: Option<i64>,
        /// What becomes of the objects it owns.
        propagation: Propagation,
    },
    /// Ask for the eviction of a Pod, as `kubectl drain` does.
    Evict {
        /// The Pod.
        key: ObjectKey,
        /// Seconds of grace; none means what the Pod says.
        grace: Option<i64>,
    },
    /// The kubelet of a node stops, and starts again after a while; containers run on.
    RestartKubelet {
        /// The node.
        node: Rc<str>,
        /// How long it is away.
        down: Duration,
    },
    /// A node loses power or network; nothing on it answers until it returns.
    NodeDown {
        /// The node.
        node: Rc<str>,
    },
    /// A node runs short of something, until so many of its Pods are evicted.
    NodePressure {
        /// The node.
        node: Rc<str>,
        /// `memory`, `disk` or `pid`.
        resource: Rc<str>,
        /// How many Pods have to go until there is enough again; with 0 there is enough now.
        pods: u32,
    },
    /// A lost node returns.
    NodeUp {
        /// The node.
        node: Rc<str>,
    },
    /// The main process of a container ends, as if it had crashed.
    KillContainer {
        /// The Pod.
        pod: ObjectKey,
        /// The container's name.
        container: Rc<str>,
        /// Its exit code.
        exit_code: i32,
    },
    /// A probe of a container is made to pass or fail, whatever the program says; `None` gives it back.
    ForceProbe {
        /// The Pod.
        pod: ObjectKey,
        /// The container's name.
        container: Rc<str>,
        /// `startup`, `liveness` or `readiness`.
        probe: Rc<str>,
        /// The verdict.
        passes: Option<bool>,
    },
    /// A command is run in a container (`kubectl exec`).
    Exec {
        /// The Pod.
        pod: ObjectKey,
        /// The container's name.
        container: Rc<str>,
        /// The command and its arguments.
        command: Rc<[String]>,
        /// What it reads from standard input.
        input: Rc<[u8]>,
    },
    /// An owner of Pods wants so many (`kubectl scale`, the `scale` subresource).
    Scale {
        /// A Deployment, ReplicaSet or StatefulSet.
        key: ObjectKey,
        /// How many.
        replicas: i32,
    },
    /// An owner replaces its Pods by new ones of the same kind (`kubectl rollout restart`).
    Restart {
        /// A Deployment, StatefulSet or DaemonSet.
        key: ObjectKey,
    },
    /// So many nodes join the cluster, like those it began with.
    AddNodes {
        /// How many.
        count: u32,
    },
    /// So many users come to a Service, to the Pods of an owner, or to a Pod, from now on.
    SetLoad {
        /// To whom.
        target: ObjectKey,
        /// How many, and how that changes with time; [`Load::NONE`] ends it.
        load: Load,
    },
    /// An image becomes (un)available to every node.
    SetImage {
        /// The image as manifests write it.
        image: Rc<str>,
        /// Whether it can be pulled.
        available: bool,
    },
    /// The world outside of the cluster, or one host of it, can(not) be reached.
    SetNetwork {
        /// The host's name; none for everything outside.
        host: Option<Rc<str>>,
        /// Whether it can be reached.
        on: bool,
    },
}

impl Action {
    /// The object it is about, where it is about one.
    pub fn subject(&self) -> Option<ObjectKey> {
        match self {
            Action::Create(object) | Action::Update(object) | Action::UpdateStatus(object) | Action::Resize(object) => {
                ObjectKey::of(object)
            }
            Action::Delete { key, .. }
            | Action::Evict { key, .. }
            | Action::Scale { key, .. }
            | Action::Restart { key } => Some(key.clone()),
            Action::KillContainer { pod, .. } | Action::ForceProbe { pod, .. } | Action::Exec { pod, .. } => {
                Some(pod.clone())
            }
            Action::RestartKubelet { node, .. }
            | Action::NodeDown { node }
            | Action::NodePressure { node, .. }
            | Action::NodeUp { node } => Some(ObjectKey::new(Kind::Node, "", node)),
            Action::SetLoad { target, .. } => Some(target.clone()),
            Action::SetImage { .. } | Action::SetNetwork { .. } | Action::AddNodes { .. } => None,
        }
    }

    /// What it does, in a word or two.
    pub fn verb(&self) -> &'static str {
        match self {
            Action::Create(_) => "create",
            Action::Update(_) => "update",
            Action::UpdateStatus(_) => "update status",
            Action::Resize(_) => "resize",
            Action::Delete { .. } => "delete",
            Action::Evict { .. } => "evict",
            Action::RestartKubelet { .. } => "restart kubelet",
            Action::NodeDown { .. } => "node down",
            Action::NodePressure { .. } => "node pressure",
            Action::NodeUp { .. } => "node up",
            Action::KillContainer { .. } => "kill",
            Action::ForceProbe { .. } => "force probe",
            Action::Exec { .. } => "exec",
            Action::Scale { .. } => "scale",
            Action::Restart { .. } => "restart",
            Action::AddNodes { .. } => "add nodes",
            Action::SetLoad { .. } => "load",
            Action::SetImage { .. } => "image",
            Action::SetNetwork { .. } => "network",
        }
    }
}

/// What becomes of the objects that a deleted object owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They go after it.
    #[default]
    Background,
    /// They go before it.
    Foreground,
    /// They stay.
    Orphan,
}
