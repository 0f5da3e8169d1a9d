//! Scaling without a rollout, and in the middle of one: in proportion (sync.go scale).

use std::cmp::Reverse;
use std::rc::Rc;

use k8s_openapi::api::apps::v1::ReplicaSet;

use super::{Rollout, annotations, available, name, order, update_set, wanted};
use crate::api::rollout::strategy;
use crate::cluster::ApiError;

impl Rollout<'_> {
    /// Whether the Deployment's size was changed since its ReplicaSets were last scaled.
    pub(super) fn is_scaling(&self) -> bool {
        self.sets.iter().filter(|set| wanted(set) > 0).any(|set| {
            let desired = annotations::number(&set.metadata.annotations, annotations::DESIRED);
            desired.is_some_and(|desired| desired != i64::from(self.desired()))
        })
    }

    /// Brings the ReplicaSets to the Deployment's size.
    pub(super) fn scale(&mut self) -> Result<(), ApiError> {
        let desired = self.desired();
        if let Some(only) = self.active_or_latest() {
            if wanted(&only) != desired {
                self.resize(&only, desired)?;
            }
            return Ok(());
        }
        if self.is_saturated() {
            for set in self.active_old_sets() {
                self.resize(&set, 0)?;
            }
            return Ok(());
        }
        if strategy(&self.spec) == "RollingUpdate" { self.scale_in_proportion() } else { Ok(()) }
    }

    /// The one ReplicaSet that has Pods; where none has, the new one or else the latest.
    fn active_or_latest(&self) -> Option<Rc<ReplicaSet>> {
        let active: Vec<&Rc<ReplicaSet>> = self.sets.iter().filter(|set| wanted(set) > 0).collect();
        match active.as_slice() {
            [] => self.new_set().or_else(|| self.old_sets().last()).cloned(),
            [one] => Some(Rc::clone(one)),
            _ => None,
        }
    }

    /// Whether the new ReplicaSet is at full size and available.
    fn is_saturated(&self) -> bool {
        let desired = self.desired();
        self.new_set().is_some_and(|set| {
            let meant = annotations::number(&set.metadata.annotations, annotations::DESIRED);
            wanted(set) == desired && meant == Some(i64::from(desired)) && available(set) == desired
        })
    }

    fn scale_in_proportion(&mut self) -> Result<(), ApiError> {
        let mut active: Vec<Rc<ReplicaSet>> = self.sets.iter().filter(|set| wanted(set) > 0).cloned().collect();
        let desired = self.desired();
        let allowed = if desired > 0 { desired.saturating_add(self.surge()) } else { 0 };
        let to_add = allowed.saturating_sub(self.total());
        // The largest come first; of equally large ones the newer ones grow first, the older ones shrink first.
        collections::sort_by(&mut active, |a, b| match to_add > 0 {
            true => (Reverse(wanted(a)), Reverse(order(a))).cmp(&(Reverse(wanted(b)), Reverse(order(b)))),
            false => (Reverse(wanted(a)), order(a)).cmp(&(Reverse(wanted(b)), order(b))),
        });
        let mut added = 0_i32;
        let mut sizes: Vec<i32> = Vec::new();
        for set in &active {
            let share = if to_add == 0 { 0 } else { self.proportion(set, to_add, added) };
            sizes.push(wanted(set).saturating_add(share));
            added = added.saturating_add(share);
        }
        if let Some(first) = sizes.first_mut().filter(|_| to_add != 0) {
            *first = first.saturating_add(to_add.saturating_sub(added)).max(0);
        }
        for (set, size) in active.iter().zip(sizes) {
            self.resize(set, size)?;
        }
        Ok(())
    }

    /// A ReplicaSet's share of `to_add`, of which `added` is given away already
    /// (deployment_util.go GetReplicaSetProportion).
    fn proportion(&self, set: &ReplicaSet, to_add: i32, added: i32) -> i32 {
        if wanted(set) == 0 || to_add == added {
            return 0;
        }
        let share = self.fraction(set);
        let left = to_add.saturating_sub(added);
        if to_add > 0 { share.min(left) } else { share.max(left) }
    }

    /// By how much the ReplicaSet would change in proportion to the whole.
    fn fraction(&self, set: &ReplicaSet) -> i32 {
        let size = wanted(set);
        if self.desired() == 0 {
            return size.saturating_neg();
        }
        let before = annotations::number(&set.metadata.annotations, annotations::MAX).filter(|before| *before > 0);
        let status = self.deployment.status.as_ref().and_then(|status| status.replicas);
        let before = before.unwrap_or_else(|| i64::from(status.unwrap_or(0)));
        if before <= 0 {
            return 0;
        }
        let after = i64::from(self.desired().saturating_add(self.surge()));
        let new = (i64::from(size) * after) as f64 / before as f64;
        (new.round() as i32).saturating_sub(size)
    }

    /// Gives a ReplicaSet its size and writes down what it was meant for; true where anything changed.
    pub(super) fn resize(&mut self, set: &Rc<ReplicaSet>, size: i32) -> Result<bool, ApiError> {
        let from = wanted(set);
        let mut changed = ReplicaSet::clone(set);
        let noted = annotations::set_sizes(&mut changed.metadata.annotations, self.desired(), self.surge());
        if from == size && !noted {
            return Ok(false);
        }
        if let Some(spec) = &mut changed.spec {
            spec.replicas = Some(size);
        }
        let updated = update_set(self.world, changed)?;
        self.replace(updated);
        if from != size {
            let direction = if size > from { "up" } else { "down" };
            let message = format!("Scaled {direction} replica set {} from {from} to {size}", name(set));
            self.say(false, "ScalingReplicaSet", message);
        }
        Ok(from != size)
    }
}
