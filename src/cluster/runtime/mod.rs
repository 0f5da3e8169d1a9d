//! The container runtime: sandboxes, instances of containers, what their programs do, images.

mod program;

use super::world::World;

/// Something that comes to its end.
#[derive(Clone, Debug)]
pub(crate) enum Timer {}

/// The runtime of all nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runtime {}

impl Runtime {
    /// Something comes to its end.
    pub fn wake(&mut self, timer: Timer, _world: &mut World) {
        match timer {}
    }
}
