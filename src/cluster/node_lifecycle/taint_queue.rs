//! Which lost nodes wait for the taint that drives their Pods away, and how fast they get it
//! (kubernetes: pkg/controller/nodelifecycle/node_lifecycle_controller.go doNoExecuteTaintingPass, handleDisruption;
//! scheduler/rate_limited_queue.go, 1.36). All nodes count as one zone.

use std::rc::Rc;
use std::time::Duration;

use super::Time;

/// One node in so long (`--node-eviction-rate`); a right that is not used does not add up (EvictionRateLimiterBurst).
const EVERY: Duration = Duration::from_secs(10);
/// The same where many nodes of a large cluster are lost (`--secondary-node-eviction-rate`).
const EVERY_SECOND: Duration = Duration::from_secs(100);
/// Of how many nodes on a cluster is large (`--large-cluster-size-threshold`).
const LARGE: usize = 50;

/// The nodes that wait, and the right to taint the next.
#[derive(Clone, Debug, Default)]
pub(super) struct TaintQueue {
    waiting: Vec<Rc<str>>,
    pace: Pace,
    /// From when on the next may be tainted.
    next: Time,
}

/// How fast nodes are tainted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pace {
    #[default]
    Normal,
    Slow,
    /// So many are lost that the fault is sought elsewhere.
    Never,
}

impl Pace {
    /// How long after one node the next may be tainted; none where none may.
    fn every(self) -> Option<Duration> {
        match self {
            Pace::Normal => Some(EVERY),
            Pace::Slow => Some(EVERY_SECOND),
            Pace::Never => None,
        }
    }
}

impl TaintQueue {
    /// A look at all nodes: how many are ready, and how many are not (ComputeZoneState, SwapLimiter). Who may not taint
    /// before has to wait for its first right.
    pub fn look(&mut self, ready: usize, lost: usize, now: Time) {
        let partial = lost > 2 && lost.saturating_mul(100) >= (lost + ready).saturating_mul(55);
        let pace = match () {
            () if ready == 0 && lost > 0 => Pace::Never,
            () if partial && lost + ready > LARGE => Pace::Slow,
            () if partial => Pace::Never,
            () => Pace::Normal,
        };
        if pace == self.pace {
            return;
        }
        if let Some(every) = pace.every() {
            let drained = self.pace == Pace::Never || now < self.next;
            self.next = if drained { now + every } else { now };
        }
        self.pace = pace;
    }

    /// Whether nodes are tainted less often than they might be.
    pub fn is_held(&self) -> bool {
        self.pace != Pace::Normal
    }

    /// Lets a node wait.
    pub fn add(&mut self, node: &Rc<str>) {
        if !self.waiting.contains(node) {
            self.waiting.push(node.clone());
        }
    }

    /// A node does not wait any more.
    pub fn remove(&mut self, node: &str) {
        self.waiting.retain(|waiting| **waiting != *node);
    }

    /// When the next one may be tainted; none where none waits or may.
    pub fn due(&self, now: Time) -> Option<Time> {
        (!self.waiting.is_empty() && self.pace.every().is_some()).then(|| self.next.max(now))
    }

    /// The node to be tainted now.
    pub fn take(&mut self, now: Time) -> Option<Rc<str>> {
        let every = self.pace.every()?;
        if now < self.next || self.waiting.is_empty() {
            return None;
        }
        self.next = now + every;
        Some(self.waiting.remove(0))
    }
}
