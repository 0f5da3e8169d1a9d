//! What flows is told to the journal: one by one, or together where there is much of a kind.

use std::rc::Rc;

use super::{Flow, Timer, thin};
use crate::cluster::journal::Happening;
use crate::cluster::world::{Due, World};

impl World {
    /// Notes a flow in the journal, together with others of its kind where there are many.
    pub fn flow(&mut self, flow: Flow) {
        if let Some(flow) = self.network.thinning.take(flow, self.now) {
            match flow {
                thin::Taken::Told(flow) => self.note(Happening::Flow(flow)),
                thin::Taken::Held(key, after) => self.wake(after, Due::Network(Timer(key))),
            }
        }
    }

    /// A timer of the network runs out.
    pub fn network_timer(&mut self, timer: Timer) {
        if let Some(flow) = self.network.thinning.release(&timer.0) {
            self.note(Happening::Flow(Rc::new(flow)));
        }
    }
}
