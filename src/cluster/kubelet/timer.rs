//! What a kubelet waits for.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::probe_kind::ProbeKind;

/// Which probe of a Pod: the container's name, and its kind.
pub(super) type ProbeKey = (Rc<str>, ProbeKind);

/// A timer of a kubelet.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// PLEG looks at the runtime.
    Relist,
    /// A run that was asked for begins.
    Run { pod: Rc<str> },
    /// The work queue hands out a Pod.
    Requeue { pod: Rc<str>, token: u64 },
    /// A step of a run is over.
    Step { pod: Rc<str>, token: u64 },
    /// A hook or a wait of a kill is over.
    Kill { pod: Rc<str>, token: u64, id: u64 },
    /// A probe worker ticks, or its attempt is over.
    Probe { pod: Rc<str>, container: Rc<str>, kind: ProbeKind, token: u64 },
    /// A probe that passes again and again is due.
    ProbeAgain { probe: Rc<Steady> },
    /// It is answered.
    ProbedAgain { probe: Rc<Steady> },
    /// The volumes of a Pod are tried again.
    Mount { pod: Rc<str> },
    /// The status is written.
    Write { pod: Rc<str> },
    /// The eviction manager looks at what a Pod has written.
    Storage { pod: Rc<str> },
    /// activeDeadlineSeconds is over.
    Deadline { pod: Rc<str> },
    /// The runtime saw an instance end.
    Exited { pod: Rc<str>, id: u64 },
    /// The runtime saw a sandbox die.
    SandboxDied { pod: Rc<str> },
    /// The eviction manager looks again at what the node is short of.
    Pressure,
    /// Pending resizes are looked at again.
    Resizes,
    /// The kubelet looks at its node.
    Status,
    /// The kubelet is back after a restart.
    Returned { token: u64 },
}

/// A turn of a probe that passed, and will again while its ground holds.
#[derive(Clone, Debug)]
pub(crate) struct Steady {
    pub(super) pod: Rc<str>,
    /// Where among its kubelet's workers the Pod's is.
    pub(super) slot: u32,
    pub(super) key: ProbeKey,
    /// The worker's, while nobody has set another timer of it.
    pub(super) token: u64,
    pub(super) period: Duration,
    /// Which instance of the container is probed.
    pub(super) attempt: u32,
}
