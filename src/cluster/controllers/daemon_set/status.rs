//! The status of a DaemonSet (daemon_controller.go updateDaemonSetStatus).

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};

use super::Sync;
use crate::api::Object;
use crate::cluster::api_server;

fn some(count: i32) -> Option<i32> {
    Some(count).filter(|count| *count != 0)
}

impl Sync<'_> {
    /// Writes it; true where Pods are Ready but not yet for long enough.
    pub(super) fn write_status(&mut self) -> bool {
        let daemons = self.daemons();
        let now = self.world.timestamp().0;
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let mut new = DaemonSetStatus { observed_generation: self.set.metadata.generation, ..Default::default() };
        let (mut available, mut updated) = (0, 0);
        for place in &self.places {
            let first = daemons.get(&place.name).and_then(|here| here.first());
            if !place.should_run {
                new.number_misscheduled += i32::from(first.is_some());
                continue;
            }
            new.desired_number_scheduled += 1;
            let Some(first) = first else { continue };
            new.current_number_scheduled += 1;
            new.number_ready += i32::from(first.member.ready.is_some());
            available += i32::from(first.member.available(min_ready, now));
            updated += i32::from(first.hash == self.revision.hash);
        }
        new.number_available = some(available);
        new.updated_number_scheduled = some(updated);
        new.number_unavailable = some(new.desired_number_scheduled - available);
        let waits = available < new.number_ready;
        let Some(Object::DaemonSet(present)) = self.world.store.get(self.key) else { return false };
        if present.status.as_ref() != Some(&new) {
            let mut changed = DaemonSet::clone(present);
            changed.status = Some(new);
            // Nobody else writes it: a refusal means that the set is gone.
            let _ = api_server::update_status(self.world, Object::DaemonSet(Rc::new(changed)));
        }
        waits
    }
}
