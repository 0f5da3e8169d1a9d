//! The controllers: they bring what is nearer to what was asked for.

use super::Change;
use super::world::World;
use crate::api::Kind;

/// A timer of the controllers.
#[derive(Clone, Debug)]
pub(crate) enum Timer {}

/// The controllers' own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Controllers {}

impl Controllers {
    /// Whether changes of `kind` concern any of them.
    pub fn watches(kind: Kind) -> bool {
        !matches!(kind, Kind::Event)
    }

    /// Hear of a change.
    pub fn see(&mut self, _change: &Change, _world: &mut World) {}

    /// A timer of theirs runs out.
    pub fn wake(&mut self, timer: Timer, _world: &mut World) {
        match timer {}
    }
}
