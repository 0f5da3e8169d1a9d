//! The kubelet of one node: a worker per Pod, each sync publishes the status first, then acts.

use std::rc::Rc;

use super::runtime::Runtime;
use super::world::World;
use super::{Action, Change};

/// A timer of a kubelet.
#[derive(Clone, Debug)]
pub(crate) enum Timer {}

/// A kubelet's own state.
#[derive(Clone, Debug)]
pub(crate) struct Kubelet {
    node: Rc<str>,
}

impl Kubelet {
    /// The kubelet of `node`, registered.
    pub fn new(node: Rc<str>, _world: &mut World) -> Self {
        Self { node }
    }

    /// Hears of a change of one of its Pods, or of a ConfigMap, Secret or claim.
    pub fn see(&mut self, _change: &Change, _runtime: &mut Runtime, _world: &mut World) {}

    /// A timer of it runs out.
    pub fn wake(&mut self, timer: Timer, _runtime: &mut Runtime, _world: &mut World) {
        match timer {}
    }

    /// Something from outside the API befalls the node or its containers.
    pub fn outside(&mut self, _action: &Action, _runtime: &mut Runtime, _world: &mut World) {}
}
