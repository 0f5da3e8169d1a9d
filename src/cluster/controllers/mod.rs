//! The controllers: they bring what is nearer to what was asked for.
//!
//! Each has a queue of the objects it has to look at and one function that looks at one of them and does the next
//! step. They read the store, never a memory of their own, so a sync can be repeated at any time.

mod autoscaler;
mod cron_job;
mod daemon_set;
mod deployment;
mod disruption;
mod ephemeral;
mod family;
mod garbage;
mod job;
mod namespace;
mod orphans;
mod persistent_volume;
mod pod_template;
mod queue;
mod replica_set;
mod revisions;
mod stateful_set;
pub(super) mod timer;
mod upkeep;

use k8s_openapi::Text;
use std::time::Duration;

use super::world::World;
use super::{Change, ChangeKind, ObjectKey};
use crate::api::{Kind, Object, Pod, controller_of};
use autoscaler::Autoscalers;
pub use autoscaler::PERIOD as AUTOSCALER_PERIOD;
use family::{Families, Member};
use job::Jobs;
use orphans::Orphans;
use queue::WorkQueue;
use revisions::Revisions;
pub use revisions::TemplateRevision;
use timer::Controller;
pub(crate) use timer::Timer;

/// From a change seen to the sync it causes.
const SYNC_AFTER: Duration = Duration::from_millis(2);
/// What every further member of a family adds to that: large families are looked at less often, as real ones are,
/// because each look takes longer.
const SYNC_AFTER_PER_MEMBER: Duration = Duration::from_micros(20);

/// The controllers' own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Controllers {
    queue: WorkQueue,
    families: Families,
    orphans: Orphans,
    jobs: Jobs,
    revisions: Revisions,
    failed_daemons: daemon_set::FailedPods,
    autoscalers: Autoscalers,
}

impl Controllers {
    /// Whether changes of `kind` concern any of them.
    pub fn watches(kind: Kind) -> bool {
        !matches!(kind, Kind::Event)
    }

    /// The templates that the StatefulSet or DaemonSet of `uid` has had, the present one last.
    pub fn template_revisions(&self, uid: &str) -> &[TemplateRevision] {
        self.revisions.of(uid)
    }

    /// Hear of a change.
    pub fn see(&mut self, change: &Change, world: &mut World) {
        // None of them writes an object yet: what is there now is looked up once.
        let now = world.store.get(&change.key).cloned();
        self.orphans.see(change, now.as_ref());
        garbage::see(change, &mut self.queue, world);
        upkeep::see(change, now.is_none(), &mut self.queue, world);
        persistent_volume::see(change, now.is_none(), &mut self.queue, world);
        ephemeral::see(change, now.is_none(), &mut self.queue, world);
        world.endpoints.see(change, now.as_ref(), &world.store);
        match change.key.kind {
            Kind::Pod => self.see_pod(change, now.as_ref().and_then(Object::as_pod), world),
            Kind::ReplicaSet => {
                self.enqueue(Controller::ReplicaSet, &change.key, world);
                self.see_dependent(Controller::Deployment, Kind::Deployment, change, world);
                if change.kind == ChangeKind::Deleted {
                    self.families.forget(change.object.metadata().uid.as_deref().unwrap_or_default());
                }
            }
            Kind::Deployment => self.enqueue(Controller::Deployment, &change.key, world),
            Kind::Job => self.see_job(change, world),
            Kind::StatefulSet => self.see_set(Controller::StatefulSet, change, world),
            Kind::DaemonSet => self.see_set(Controller::DaemonSet, change, world),
            Kind::Node => self.see_node(change, world),
            Kind::CronJob => self.see_cron_job(change, world),
            Kind::HorizontalPodAutoscaler => match change.kind {
                ChangeKind::Added => self.queue.add(Controller::Autoscaler, &change.key, autoscaler::PERIOD, world),
                ChangeKind::Modified => {}
                ChangeKind::Deleted => self.autoscalers.forget(&change.key),
            },
            Kind::PodDisruptionBudget => self.enqueue(Controller::Disruption, &change.key, world),
            _ => {}
        }
    }

    /// A Pod changed; `now` is what it is meanwhile.
    fn see_pod(&mut self, change: &Change, now: Option<&Pod>, world: &mut World) {
        let before = change.old.as_ref().and_then(Object::as_pod);
        let owner = Member::owner(change.object.as_pod(), now);
        if let Some(owner) = owner {
            let uid = owner.uid.as_str();
            let member = now.filter(|pod| Member::belongs(pod, uid)).map(Member::of);
            self.families.set(uid, &change.key, member);
        }
        let former = before.and_then(|pod| Member::owner(Some(pod), None));
        let former = former.filter(|former| owner.is_none_or(|owner| owner.uid != former.uid));
        if let Some(former) = former {
            self.families.set(&former.uid, &change.key, None);
        }
        for owner in [owner, former].into_iter().flatten() {
            let (namespace, name) = (&change.key.namespace, &owner.name);
            let key = |kind| ObjectKey { kind, namespace: namespace.clone(), name: name.to_shared() };
            match owner.kind.as_str() {
                "Job" => self.queue.add(Controller::Job, &key(Kind::Job), job::BATCH, world),
                "StatefulSet" => self.enqueue(Controller::StatefulSet, &key(Kind::StatefulSet), world),
                "DaemonSet" => self.enqueue(Controller::DaemonSet, &key(Kind::DaemonSet), world),
                _ => {}
            }
            if owner.kind == "ReplicaSet" {
                let key = key(Kind::ReplicaSet);
                let relabelled = before.is_some_and(|old| {
                    change.object.as_pod().is_some_and(|new| old.metadata.labels != new.metadata.labels)
                });
                if relabelled {
                    self.families.look_at_labels(&owner.uid);
                }
                self.enqueue_family(&key, &owner.uid, world);
                if change.kind == ChangeKind::Deleted {
                    self.see_last_pod(&key, world);
                }
            }
        }
        self.wake_adopters(change, world);
        disruption::see_pod(change, &mut self.queue, world);
    }

    /// A CronJob that is new or was changed in any way is looked at, also where it was its own status; one with other times
    /// when it is due the next time (cronjob_controllerv2.go updateCronJob).
    fn see_cron_job(&mut self, change: &Change, world: &mut World) {
        let Object::CronJob(cron) = &change.object else { return };
        let Some(Object::CronJob(old)) = &change.old else {
            return self.enqueue(Controller::CronJob, &change.key, world);
        };
        if old.spec.schedule != cron.spec.schedule || old.spec.time_zone != cron.spec.time_zone {
            if let Some(after) = cron_job::next_look(&change.key, world) {
                self.queue.add(Controller::CronJob, &change.key, after, world);
            }
        } else {
            self.enqueue(Controller::CronJob, &change.key, world);
        }
    }

    /// A new Job, or one asked for something else, is looked at soon; a status of its own making can wait.
    fn see_job(&mut self, change: &Change, world: &mut World) {
        if let Some(owner) = controller_of(change.object.metadata()).filter(|owner| owner.kind == "CronJob") {
            let key = ObjectKey::new(Kind::CronJob, &change.key.namespace, &owner.name);
            self.enqueue(Controller::CronJob, &key, world);
        }
        if change.kind == ChangeKind::Deleted {
            return self.jobs.forget(change.object.metadata().uid.as_deref().unwrap_or_default());
        }
        // Its own controller may wait with it, that of its time to live does not.
        if matches!(&change.object, Object::Job(job) if job::passes(job)) {
            self.queue.add(Controller::TtlAfterFinished, &change.key, SYNC_AFTER, world);
        }
        let generation = |object: &Object| object.metadata().generation;
        let same = change.old.as_ref().is_some_and(|old| generation(old) == generation(&change.object));
        let after = if same { job::BATCH } else { SYNC_AFTER };
        self.queue.add(Controller::Job, &change.key, after, world);
    }

    fn see_set(&mut self, controller: Controller, change: &Change, world: &mut World) {
        if change.kind == ChangeKind::Deleted {
            let uid = change.object.metadata().uid.as_deref().unwrap_or_default();
            self.failed_daemons.forget(uid);
            return self.revisions.forget(uid);
        }
        self.enqueue(controller, &change.key, world);
    }

    /// A node that came, went, or has other labels or taints may concern every DaemonSet.
    fn see_node(&mut self, change: &Change, world: &mut World) {
        let essence = |object: &Object| match object {
            Object::Node(node) => Some((node.metadata.labels.clone(), node.spec.clone())),
            _ => None,
        };
        if change.kind == ChangeKind::Modified && change.old.as_ref().and_then(essence) == essence(&change.object) {
            return;
        }
        let sets: Vec<ObjectKey> = world.store.list(Kind::DaemonSet).map(|(key, _)| key.clone()).collect();
        for key in sets {
            self.enqueue(Controller::DaemonSet, &key, world);
        }
    }

    /// A Deployment that recreates waits for the last of its old Pods to be gone.
    fn see_last_pod(&mut self, replica_set: &ObjectKey, world: &mut World) {
        let owner = world.store.get(replica_set).and_then(|object| controller_of(object.metadata()));
        if let Some(owner) = owner.filter(|owner| owner.kind == "Deployment") {
            let key = ObjectKey::new(Kind::Deployment, &replica_set.namespace, &owner.name);
            if deployment::recreates(world, &key) {
                self.enqueue(Controller::Deployment, &key, world);
            }
        }
    }

    /// Tells the owners of what changed, the present and the former one.
    fn see_dependent(&mut self, controller: Controller, kind: Kind, change: &Change, world: &mut World) {
        let metadata = change.old.iter().chain([&change.object]).map(Object::metadata);
        let owners: Vec<Text> = metadata
            .filter_map(controller_of)
            .filter(|owner| owner.kind == kind.name())
            .map(|owner| owner.name.clone())
            .collect();
        for name in owners {
            self.enqueue(controller, &ObjectKey::new(kind, &change.key.namespace, &name), world);
        }
        self.wake_adopters(change, world);
    }

    /// Something without a controller may be adopted by those whose selectors match it.
    fn wake_adopters(&mut self, change: &Change, world: &mut World) {
        if !self.orphans.contains(&change.key) {
            return;
        }
        for (controller, key) in orphans::adopters(&change.object, world) {
            self.enqueue(controller, &key, world);
        }
    }

    fn enqueue(&mut self, controller: Controller, key: &ObjectKey, world: &mut World) {
        if controller != Controller::ReplicaSet {
            return self.queue.add(controller, key, SYNC_AFTER, world);
        }
        let uid = world.store.get(key).and_then(|object| object.metadata().uid.clone());
        self.enqueue_family(key, uid.as_deref().unwrap_or_default(), world);
    }

    /// Lets the ReplicaSet of `key` and `uid` be looked at: the larger its family is, the later.
    fn enqueue_family(&mut self, key: &ObjectKey, uid: &str, world: &mut World) {
        let members = u32::try_from(self.families.len(uid)).unwrap_or(u32::MAX);
        let after = SYNC_AFTER + SYNC_AFTER_PER_MEMBER.saturating_mul(members);
        self.queue.add(Controller::ReplicaSet, key, after, world);
    }

    /// A timer of theirs runs out.
    pub fn wake(&mut self, timer: Timer, world: &mut World) {
        let Timer::Sync(controller, key) = timer;
        if !self.queue.take(controller, &key, world.now) {
            return;
        }
        match controller {
            Controller::ReplicaSet => {
                replica_set::sync(&key, &mut self.families, &self.orphans, &mut self.queue, world);
            }
            Controller::Deployment => deployment::sync(&key, &self.families, &self.orphans, &mut self.queue, world),
            Controller::StatefulSet => {
                stateful_set::sync(&key, &mut self.revisions, &self.orphans, &mut self.queue, world);
            }
            Controller::DaemonSet => {
                let (revisions, failed) = (&mut self.revisions, &mut self.failed_daemons);
                daemon_set::sync(&key, revisions, failed, &self.orphans, &mut self.queue, world);
            }
            Controller::Upkeep => upkeep::sync(&key, &mut self.queue, world),
            Controller::PersistentVolume => persistent_volume::sync(&key, &mut self.queue, world),
            Controller::Provision => persistent_volume::provision(&key, false, &mut self.queue, world),
            Controller::Provisioned => persistent_volume::provision(&key, true, &mut self.queue, world),
            Controller::Ephemeral => ephemeral::sync(&key, &mut self.queue, world),
            Controller::Job => self.jobs.sync(&key, &mut self.queue, world),
            Controller::TtlAfterFinished => job::clean_up(&key, &mut self.queue, world),
            Controller::CronJob => cron_job::sync(&key, &mut self.queue, world),
            Controller::Autoscaler => self.autoscalers.sync(&key, &mut self.queue, world),
            Controller::Disruption => disruption::sync(&key, &mut self.queue, world),
            Controller::Garbage => garbage::sync(&key, &mut self.queue, world),
        }
    }
}

#[cfg(test)]
mod tests;
