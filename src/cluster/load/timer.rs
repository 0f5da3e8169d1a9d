//! What the load waits for.

/// A timer of the load: the newest one counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    pub(super) token: u32,
}
