//! The rolling update (rolling.go).

use std::rc::Rc;

use k8s_openapi::api::apps::v1::ReplicaSet;

use super::{Rollout, available, name, wanted};
use crate::api::rollout::strategy;
use crate::cluster::ApiError;

impl Rollout<'_> {
    /// One step: scale up the new ReplicaSet, or else scale down old ones, or else tidy up.
    pub(super) fn roll(&mut self) -> Result<(), ApiError> {
        self.sync_revision(true)?;
        if self.grow_new()? || self.shrink_old()? {
            return self.write_progress();
        }
        if self.is_complete(&self.deployment.status.clone().unwrap_or_default()) {
            self.clean_up();
        }
        self.write_progress()
    }

    /// The size the new ReplicaSet may have beside the others, where it has `present` now
    /// (deployment_util.go NewRSNewReplicas).
    pub(super) fn size_of_new(&self, present: i32) -> i32 {
        let desired = self.desired();
        if strategy(&self.spec) != "RollingUpdate" {
            return desired;
        }
        let most = desired.saturating_add(self.surge());
        let total = self.total();
        if total >= most {
            return present;
        }
        present.saturating_add(most.saturating_sub(total).min(desired.saturating_sub(present)))
    }

    fn grow_new(&mut self) -> Result<bool, ApiError> {
        let Some(new) = self.new_set().cloned() else { return Ok(false) };
        let present = wanted(&new);
        let desired = self.desired();
        let size = match present.cmp(&desired) {
            std::cmp::Ordering::Equal => return Ok(false),
            std::cmp::Ordering::Greater => desired,
            std::cmp::Ordering::Less => self.size_of_new(present),
        };
        // Without room nothing is written, not even what the size is measured by (scaleReplicaSetAndRecordEvent).
        if size == present { Ok(false) } else { self.resize(&new, size) }
    }

    fn shrink_old(&mut self) -> Result<bool, ApiError> {
        let old = self.active_old_sets();
        let Some(new) = self.new_set().cloned().filter(|_| !old.is_empty()) else { return Ok(false) };
        let least = self.desired().saturating_sub(self.max_unavailable());
        let new_unavailable = wanted(&new).saturating_sub(available(&new));
        let most = self.total().saturating_sub(least).saturating_sub(new_unavailable);
        if most <= 0 {
            return Ok(false);
        }
        // A failure here ends this look at the old ones and nothing else: the status is written all the same
        // (reconcileOldReplicaSets).
        let Ok(cleaned) = self.shrink_unhealthy(&old, most) else { return Ok(false) };
        let shrunk = self.shrink_available(least).unwrap_or(false);
        Ok(cleaned || shrunk)
    }

    /// Old Pods that are not available may go first; their going makes nothing worse.
    fn shrink_unhealthy(&mut self, old: &[Rc<ReplicaSet>], most: i32) -> Result<bool, ApiError> {
        let mut gone = 0_i32;
        for set in old {
            if gone >= most {
                break;
            }
            let unhealthy = wanted(set).saturating_sub(available(set));
            if unhealthy < 0 {
                // Its status is older than its size: nothing is safe to take before it has caught up.
                return Err(self.stale(set));
            }
            let count = unhealthy.min(most.saturating_sub(gone));
            if count > 0 {
                self.resize(set, wanted(set).saturating_sub(count))?;
                gone = gone.saturating_add(count);
            }
        }
        Ok(gone > 0)
    }

    fn stale(&self, set: &ReplicaSet) -> ApiError {
        let name = name(set);
        let (size, more) = (wanted(set), available(set));
        let message = format!(
            "when cleaning up unhealthy replicas, got invalid request to scale down {}/{name} {size} -> {more}",
            self.key.namespace
        );
        ApiError { code: 500, reason: "InternalError", message }
    }

    /// Then as many as the minimum of available ones allows.
    fn shrink_available(&mut self, least: i32) -> Result<bool, ApiError> {
        let all = self.sets.iter().fold(0_i32, |sum, set| sum.saturating_add(available(set)));
        let spare = all.saturating_sub(least);
        let mut gone = 0_i32;
        for set in self.active_old_sets() {
            let count = wanted(&set).min(spare.saturating_sub(gone));
            if count <= 0 {
                break;
            }
            self.resize(&set, wanted(&set).saturating_sub(count))?;
            gone = gone.saturating_add(count);
        }
        Ok(gone > 0)
    }
}
