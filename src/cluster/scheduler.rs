//! The scheduler: puts Pods on nodes.

use super::Change;
use super::world::World;
use crate::api::Kind;

/// A timer of the scheduler.
#[derive(Clone, Debug)]
pub(crate) enum Timer {}

/// The scheduler's own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scheduler {}

impl Scheduler {
    /// Whether changes of `kind` concern it.
    pub fn watches(kind: Kind) -> bool {
        matches!(kind, Kind::Pod | Kind::Node)
    }

    /// Hears of a change.
    pub fn see(&mut self, _change: &Change, _world: &mut World) {}

    /// A timer of it runs out.
    pub fn wake(&mut self, timer: Timer, _world: &mut World) {
        match timer {}
    }
}
