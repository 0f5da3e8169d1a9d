//! What a kubelet says of its own node when it looks at it: whether Pods may be scheduled there
//! (kubernetes: pkg/kubelet/kubelet_node_status.go recordNodeSchedulableEvent, 1.36).

use std::time::Duration;

use k8s_openapi::api::core::v1::Node;

use super::{Kubelet, Timer};
use crate::api::{Kind, Object};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Time, node_lifecycle};

/// A kubelet looks at its node this often (nodeStatusUpdateFrequency).
const PERIOD: Duration = Duration::from_secs(10);

impl super::Node {
    /// How long it is until the kubelet looks at its node again.
    fn until_round(&self, now: Time) -> Duration {
        // Where in the period it looks follows from its other phase, so that nothing more has to be drawn.
        let first = self.started.unwrap_or(Time::ZERO + self.tick_phase * 10);
        let late = now.since(first).as_micros() % PERIOD.as_micros();
        match now < first {
            true => first.since(now),
            false => PERIOD - Duration::from_micros(u64::try_from(late).unwrap_or_default()),
        }
    }
}

impl Kubelet {
    /// Its node was changed: what is new about it is found at the next look.
    pub(super) fn see_node(&mut self, node: &Node, world: &mut World) {
        if is_cordoned(node) != self.node.cordoned && !self.node.looks {
            self.node.looks = true;
            self.node.timer(self.node.until_round(world.now), Timer::Status, world);
        }
    }

    /// Says whether the node takes new Pods, where that is other than at the last look.
    pub(super) fn look_at_node(&mut self, world: &mut World) {
        self.node.looks = false;
        let key = ObjectKey::new(Kind::Node, "", &self.node.name);
        let Some(Object::Node(node)) = world.store.get(&key) else { return };
        let cordoned = is_cordoned(node);
        if cordoned == std::mem::replace(&mut self.node.cordoned, cordoned) {
            return;
        }
        let reason = if cordoned { "NodeNotSchedulable" } else { "NodeSchedulable" };
        node_lifecycle::say_status(&self.node.name, reason, world);
    }
}

/// Whether the node takes no new Pods.
fn is_cordoned(node: &Node) -> bool {
    node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true)
}
