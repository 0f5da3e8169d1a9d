//! Why: what a part of the cluster decided, with the numbers it decided by. Explanations are made of these.

use std::rc::Rc;
use std::time::Duration;

use super::Time;

/// A decision about one Pod, or one container of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The uid of the Pod, empty for other objects.
    pub pod: Rc<str>,
    /// The container, empty where the decision is about the whole Pod.
    pub container: Rc<str>,
    /// What was decided, and by what.
    pub reason: Reason,
}

/// What was decided. The words for people are in `locales/`.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The scheduler chose a node.
    Scheduled {
        /// The node's name.
        node: Rc<str>,
    },
    /// No node fits; the text is the scheduler's own.
    Unschedulable {
        /// The event's message.
        message: Rc<str>,
    },
    /// Something the Pod needs before its sandbox is missing (a ConfigMap, a Secret, a claim).
    WaitsForVolume {
        /// The volume.
        volume: Rc<str>,
        /// The kubelet's text.
        message: Rc<str>,
    },
    /// An init container has to finish first.
    WaitsForInit {
        /// The one that is not done.
        init: Rc<str>,
    },
    /// A sidecar has to be started (and pass its startup probe) first.
    WaitsForSidecar {
        /// The one that is not started.
        sidecar: Rc<str>,
    },
    /// The image is being pulled.
    Pulling {
        /// The image.
        image: Rc<str>,
    },
    /// The image could not be pulled; tried again at `until`.
    ImageBackOff {
        /// The image.
        image: Rc<str>,
        /// The back-off.
        delay: Duration,
        /// When the back-off ends.
        until: Time,
    },
    /// The container started.
    Started {
        /// Why: first start or restart.
        restart: bool,
    },
    /// The container crashed before; it is not started before `until`.
    CrashBackOff {
        /// The back-off.
        delay: Duration,
        /// When the back-off ends; the kubelet acts at its next sync after it.
        until: Time,
    },
    /// The restart policy says it stays as it is.
    NotRestarted {
        /// The policy that decided (`Never`, `OnFailure`).
        policy: Rc<str>,
    },
    /// A probe had its verdict and the container is killed for it.
    KilledByProbe {
        /// `liveness` or `startup`.
        probe: &'static str,
        /// How many failures in a row were allowed.
        threshold: i32,
    },
    /// The Pod is being deleted; what is left of its grace runs out at `until`.
    Terminating {
        /// When SIGKILL comes.
        until: Time,
    },
    /// A sidecar waits for the containers before it to be gone before it is stopped.
    StopsAfter {
        /// What it waits for.
        others: Rc<str>,
    },
    /// The node ends the Pod because it is short of something.
    Evicted {
        /// What it is short of (`memory`).
        resource: &'static str,
        /// The event's message.
        message: Rc<str>,
    },
    /// Every container that counts is done: the Pod is finished.
    Finished {
        /// Whether all of them succeeded.
        succeeded: bool,
    },
}
