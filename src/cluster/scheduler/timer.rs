//! What the scheduler waits for.

use crate::cluster::{ObjectKey, Time};

/// A timer of the scheduler.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// The next Pod is tried.
    Cycle,
    /// A Pod has waited long for something that helps.
    Flush(ObjectKey),
    /// The claims of a Pod that was given its node then are looked at.
    Bind(ObjectKey, Time),
}
