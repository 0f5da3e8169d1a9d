//! The strategy Recreate: all old Pods go before the first new one comes (recreate.go).

use super::{Rollout, wanted};
use crate::api::{Kind, Object};
use crate::cluster::ApiError;

impl Rollout<'_> {
    /// One step of it.
    pub(super) fn recreate(&mut self) -> Result<(), ApiError> {
        self.sync_revision(false)?;
        let old = self.active_old_sets();
        if !old.is_empty() {
            for set in old {
                self.resize(&set, 0)?;
            }
            return self.write_progress();
        }
        if self.old_pods_live() {
            return self.write_progress();
        }
        self.sync_revision(true)?;
        if let Some(new) = self.new_set().cloned()
            && wanted(&new) != self.desired()
        {
            self.resize(&new, self.desired())?;
        }
        if self.is_complete(&self.deployment.status.clone().unwrap_or_default()) {
            self.clean_up();
        }
        self.write_progress()
    }

    /// Whether any old Pod that is not over is left; one that is on its way out counts.
    fn old_pods_live(&self) -> bool {
        self.old_sets().any(|set| {
            let uid = set.metadata.uid.as_deref().unwrap_or_default();
            let counted = set.status.as_ref().map_or(0, |status| status.replicas);
            let living = self.world.store.dependents(uid).filter(|key| key.kind == Kind::Pod).any(|key| {
                let pod = self.world.store.get(key).and_then(Object::as_pod);
                pod.is_some_and(|pod| !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")))
            });
            counted > 0 || living || self.families.get(uid).is_some_and(|family| family.totals.active > 0)
        })
    }
}
