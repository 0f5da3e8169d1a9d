//! The status of a Deployment and how far its rollout is (sync.go calculateStatus, progress.go syncRolloutStatus).

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus, ReplicaSetCondition, ReplicaSetStatus};
use k8s_openapi::jiff::SignedDuration;

use super::super::timer::Controller;
use super::{Rollout, available, conditions, name};
use crate::api::Object;
use crate::cluster::{ApiError, api_server};

fn some(count: i32) -> Option<i32> {
    Some(count).filter(|count| *count != 0)
}

fn count(of: Option<i32>) -> i32 {
    of.unwrap_or(0)
}

impl Rollout<'_> {
    fn sum(&self, of: impl Fn(&ReplicaSetStatus) -> i32) -> i32 {
        let statuses = self.sets.iter().filter_map(|set| set.status.as_ref());
        statuses.fold(0, |sum, status| sum.saturating_add(of(status)))
    }

    /// The status by what the ReplicaSets say.
    fn calculate(&self) -> DeploymentStatus {
        let available = self.sets.iter().fold(0_i32, |sum, set| sum.saturating_add(available(set)));
        let updated = self.new_set().and_then(|set| set.status.as_ref()).map_or(0, |status| status.replicas);
        let old = self.deployment.status.clone().unwrap_or_default();
        let mut status = DeploymentStatus {
            observed_generation: self.deployment.metadata.generation,
            replicas: some(self.sum(|status| status.replicas)),
            updated_replicas: some(updated),
            ready_replicas: some(self.sum(|status| count(status.ready_replicas))),
            available_replicas: some(available),
            unavailable_replicas: some(self.total().saturating_sub(available).max(0)),
            terminating_replicas: Some(self.sum(|status| count(status.terminating_replicas))),
            collision_count: old.collision_count,
            conditions: old.conditions,
        };
        let now = self.world.timestamp();
        let enough = available >= self.desired().saturating_sub(self.max_unavailable());
        let (value, reason, message) = match enough {
            true => ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
            false => ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
        };
        conditions::set(&mut status, "Available", value, reason, message.to_owned(), &now);
        status
    }

    /// Writes the status, without a word about progress.
    pub(super) fn write_status(&mut self) -> Result<(), ApiError> {
        let status = self.calculate();
        self.change_status(|present| *present = status)
    }

    /// Writes the status, and how the rollout goes.
    pub(super) fn write_progress(&mut self) -> Result<(), ApiError> {
        let mut new = self.calculate();
        let old = self.deployment.status.clone().unwrap_or_default();
        let present = conditions::get(&old, "Progressing").cloned();
        if self.deadline().is_none() {
            conditions::remove(&mut new, "Progressing");
        }
        let over = count(new.replicas) == count(new.updated_replicas)
            && present.as_ref().is_some_and(|it| it.reason.as_deref() == Some(conditions::AVAILABLE));
        let now = self.world.timestamp();
        if self.deadline().is_some() && !over {
            let what = match self.new_set() {
                Some(set) => format!("ReplicaSet \"{}\"", name(set)),
                None => format!("Deployment \"{}\"", self.key.name),
            };
            if self.is_complete(&new) {
                let message = format!("{what} has successfully progressed.");
                conditions::set(&mut new, "Progressing", "True", conditions::AVAILABLE, message, &now);
            } else if is_progressing(&old, &new) {
                let message = format!("{what} is progressing.");
                conditions::refresh(&mut new, conditions::UPDATED, message, &now);
            } else if self.is_late(&new) {
                let message = format!("{what} has timed out progressing.");
                conditions::set(&mut new, "Progressing", "False", conditions::TIMED_OUT, message, &now);
            }
        }
        match self.failure() {
            Some(failure) => {
                let (reason, message) = (failure.reason.unwrap_or_default(), failure.message.unwrap_or_default());
                conditions::set(&mut new, "ReplicaFailure", &failure.status, &reason, message.to_string(), &now);
            }
            None => conditions::remove(&mut new, "ReplicaFailure"),
        }
        if new == old {
            self.come_back(&new);
            return Ok(());
        }
        self.change_status(|status| *status = new)
    }

    /// Whether everything is new and available (deployment_util.go DeploymentComplete).
    pub(super) fn is_complete(&self, status: &DeploymentStatus) -> bool {
        let desired = self.desired();
        count(status.updated_replicas) == desired
            && count(status.replicas) == desired
            && count(status.available_replicas) == desired
            && status.observed_generation >= self.deployment.metadata.generation
    }

    /// Whether the rollout has been without progress for longer than its deadline.
    fn is_late(&self, status: &DeploymentStatus) -> bool {
        let Some(condition) = conditions::get(status, "Progressing") else { return false };
        match condition.reason.as_deref() {
            Some(conditions::AVAILABLE) => return false,
            Some(conditions::TIMED_OUT) => return true,
            _ => {}
        }
        let (Some(since), Some(seconds)) = (&condition.last_update_time, self.deadline()) else { return false };
        let late = since.0.checked_add(SignedDuration::from_secs(i64::from(seconds)));
        late.is_ok_and(|late| late < self.world.now.to_timestamp(self.world.config.epoch))
    }

    /// What a ReplicaSet says about Pods that cannot be made: the new one's word counts first.
    fn failure(&self) -> Option<ReplicaSetCondition> {
        let sets = self.new_set().into_iter().chain(&self.sets);
        sets.filter_map(|set| set.status.as_ref())
            .flat_map(|status| status.conditions.iter().flatten())
            .find(|condition| condition.type_ == "ReplicaFailure")
            .cloned()
    }

    /// Nothing changed: the next look is when the deadline is past (progress.go requeueStuckDeployment).
    fn come_back(&mut self, status: &DeploymentStatus) {
        let Some(seconds) = self.deadline() else { return };
        let Some(condition) = conditions::get(status, "Progressing") else { return };
        if self.is_complete(status) || condition.reason.as_deref() == Some(conditions::TIMED_OUT) {
            return;
        }
        let Some(since) = &condition.last_update_time else { return };
        let now = self.world.now.to_timestamp(self.world.config.epoch);
        let Ok(late) = since.0.checked_add(SignedDuration::from_secs(i64::from(seconds))) else { return };
        let left = late.duration_since(now);
        let wait = if left < SignedDuration::from_secs(1) { SignedDuration::ZERO } else { left };
        let wait = wait + SignedDuration::from_secs(1);
        let wait = Duration::try_from(wait).unwrap_or(Duration::from_secs(1));
        self.queue.add(Controller::Deployment, self.key, wait, self.world);
    }

    /// Changes the status and writes it where it differs.
    pub(super) fn change_status(&mut self, change: impl FnOnce(&mut DeploymentStatus)) -> Result<(), ApiError> {
        let mut deployment = Deployment::clone(&self.deployment);
        change(deployment.status.get_or_insert_default());
        if deployment.status == self.deployment.status {
            return Ok(());
        }
        self.write(deployment)
    }

    /// Writes status and annotations.
    pub(super) fn write(&mut self, deployment: Deployment) -> Result<(), ApiError> {
        if let Object::Deployment(written) =
            api_server::update_status(self.world, Object::Deployment(Rc::new(deployment)))?
        {
            self.deployment = written;
        }
        Ok(())
    }

    /// Sets `Progressing`.
    pub(super) fn set_progressing(&mut self, value: &str, reason: &str, message: String) -> Result<(), ApiError> {
        let now = self.world.timestamp();
        self.change_status(|status| _ = conditions::set(status, "Progressing", value, reason, message, &now))
    }

    /// Says in the conditions that the Deployment was paused or resumed (sync.go checkPausedConditions).
    pub(super) fn check_paused(&mut self) -> Result<(), ApiError> {
        if self.deadline().is_none() {
            return Ok(());
        }
        let status = self.deployment.status.clone().unwrap_or_default();
        let reason = conditions::get(&status, "Progressing").and_then(|it| it.reason.clone());
        if reason.as_deref() == Some(conditions::TIMED_OUT) {
            return Ok(());
        }
        let said = reason.as_deref() == Some(conditions::PAUSED);
        match (self.spec.paused == Some(true), said) {
            (true, false) => self.set_progressing("Unknown", conditions::PAUSED, "Deployment is paused".to_owned()),
            (false, true) => self.set_progressing("Unknown", conditions::RESUMED, "Deployment is resumed".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Whether anything went forward (deployment_util.go DeploymentProgressing).
fn is_progressing(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    let outdated = |status: &DeploymentStatus| count(status.replicas).saturating_sub(count(status.updated_replicas));
    count(new.updated_replicas) > count(old.updated_replicas)
        || outdated(new) < outdated(old)
        || count(new.ready_replicas) > count(old.ready_replicas)
        || count(new.available_replicas) > count(old.available_replicas)
}
