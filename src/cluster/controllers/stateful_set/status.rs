//! The status of a StatefulSet (stateful_set_control.go updateStatus, completeRollingUpdate).

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetStatus};
use k8s_openapi::jiff::Timestamp;

use super::super::revisions::TemplateRevision;
use super::{Replica, Sync};
use crate::api::Object;
use crate::cluster::api_server;

/// What a sync saw, less what it deleted since.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    replicas: i32,
    ready: i32,
    available: i32,
    current: i32,
    updated: i32,
}

impl Counts {
    pub fn of<'a>(
        replicas: impl Iterator<Item = &'a Replica>,
        current: &TemplateRevision,
        update: &TemplateRevision,
        min_ready: i32,
        now: Timestamp,
    ) -> Self {
        let mut counts = Self::default();
        for replica in replicas {
            counts.replicas += 1;
            counts.ready += i32::from(replica.running_and_ready());
            counts.available += i32::from(replica.available(min_ready, now));
            if !replica.member.deleting {
                counts.current += i32::from(replica.revision == current.name);
                counts.updated += i32::from(replica.revision == update.name);
            }
        }
        counts
    }

    /// A replica was deleted.
    pub fn gone(&mut self, replica: &Replica, current: &TemplateRevision, update: &TemplateRevision) {
        self.current -= i32::from(replica.revision == current.name);
        self.updated -= i32::from(replica.revision == update.name);
    }
}

fn some(count: i32) -> Option<i32> {
    Some(count).filter(|count| *count != 0)
}

impl Sync<'_> {
    pub(super) fn write_status(&mut self) {
        let Some(Object::StatefulSet(present)) = self.world.store.get(self.key) else { return };
        let counts = self.counts;
        let old = present.status.clone().unwrap_or_default();
        let mut new = StatefulSetStatus {
            observed_generation: self.set.metadata.generation,
            replicas: counts.replicas,
            ready_replicas: some(counts.ready),
            available_replicas: Some(counts.available),
            current_replicas: some(counts.current),
            updated_replicas: some(counts.updated),
            current_revision: Some(self.current.name.clone().into()),
            update_revision: Some(self.update.name.clone().into()),
            collision_count: Some(0),
            conditions: old.conditions.clone(),
        };
        let wanted = i32::try_from(self.wanted()).unwrap_or(i32::MAX);
        let on_delete = self.spec.update_strategy.as_ref().and_then(|it| it.type_.as_deref()) == Some("OnDelete");
        if !on_delete && counts.updated == wanted && counts.ready == wanted && counts.replicas == wanted {
            new.current_replicas = new.updated_replicas;
            new.current_revision.clone_from(&new.update_revision);
        }
        if new == old {
            return;
        }
        let mut changed = StatefulSet::clone(present);
        changed.status = Some(new);
        // Nobody else writes it: a refusal means that the set is gone.
        let _ = api_server::update_status(self.world, Object::StatefulSet(Rc::new(changed)));
    }
}
