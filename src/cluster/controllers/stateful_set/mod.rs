//! The StatefulSet controller (kubernetes: pkg/controller/statefulset/stateful_set_control.go, 1.36): Pods with
//! names and places of their own, made and removed in order.

mod claim;
mod identity;
mod retention;
mod status;
mod storage;

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::jiff::Timestamp;

use super::family::{Member, Phase, next_available};
use super::orphans::Orphans;
use super::pod_template;
use super::queue::WorkQueue;
use super::revisions::{Revisions, TemplateRevision};
use super::timer::Controller;
use crate::api::{Object, Pod};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Propagation, api_server};
use status::Counts;

const SOURCE: &str = "statefulset-controller";
/// The label with the revision that a Pod was made of.
pub(super) const REVISION_LABEL: &str = "controller-revision-hash";
/// So many Pods at most are created or deleted in one sync.
const BURST: usize = 500;

/// A Pod of the set that exists.
#[derive(Clone, Debug)]
struct Replica {
    key: ObjectKey,
    member: Member,
    revision: String,
    failed: bool,
    succeeded: bool,
    /// Whether it has the labels that tell its name and its number.
    named: bool,
}

impl Replica {
    /// Whether it does not count as one that serves (stateful_set_utils.go isUnavailable).
    fn unavailable(&self, min_ready: i32, now: Timestamp) -> bool {
        self.member.deleting || !self.available(min_ready, now)
    }

    fn running_and_ready(&self) -> bool {
        self.member.phase == Phase::Running && self.member.ready.is_some()
    }

    fn available(&self, min_ready: i32, now: Timestamp) -> bool {
        self.member.phase == Phase::Running && self.member.available(min_ready, now)
    }
}

/// One set for the length of one sync.
struct Sync<'a> {
    key: &'a ObjectKey,
    set: Rc<StatefulSet>,
    spec: StatefulSetSpec,
    current: TemplateRevision,
    update: TemplateRevision,
    counts: Counts,
    world: &'a mut World,
    done: usize,
    /// Whether something could not be done, so that the set is looked at again soon.
    again: bool,
}

/// Looks at one StatefulSet.
pub(super) fn sync(
    key: &ObjectKey,
    revisions: &mut Revisions,
    orphans: &Orphans,
    queue: &mut WorkQueue,
    world: &mut World,
) {
    let Some(Object::StatefulSet(set)) = world.store.get(key).cloned() else { return };
    let Some(spec) = set.spec.clone() else { return };
    let uid = set.metadata.uid.clone().unwrap_or_default();
    let update = revisions.present(&set.metadata, &spec.template, world.timestamp());
    let written = set.status.as_ref().and_then(|status| status.current_revision.as_deref());
    let current = written.and_then(|name| revisions.named(&uid, name)).cloned().unwrap_or_else(|| update.clone());
    if set.metadata.deletion_timestamp.is_none() {
        claim::claim(key, &uid, &spec.selector, orphans, world);
    }
    let replicas = claim::replicas(&uid, world);
    let now = world.timestamp().0;
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    let counts = Counts::of(replicas.iter().map(|(_, replica)| replica), &current, &update, min_ready, now);
    let live = |revision: &TemplateRevision| {
        revision.name == current.name
            || revision.name == update.name
            || replicas.iter().any(|(_, replica)| replica.revision == revision.name)
    };
    let limit = usize::try_from(spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
    revisions.trim(&uid, limit, live);
    let next = next_available(replicas.iter().map(|(_, replica)| &replica.member), min_ready, now);
    let mut sync = Sync { key, set, spec, current, update, counts, world, done: 0, again: false };
    if sync.set.metadata.deletion_timestamp.is_none() {
        sync.step(replicas);
    }
    sync.write_status();
    let again = sync.again;
    if let Some(at) = next {
        queue.add(Controller::StatefulSet, key, world.until(at), world);
    }
    match again {
        false => queue.succeeded(Controller::StatefulSet, key),
        true => queue.retry(Controller::StatefulSet, key, world),
    }
}

/// Whether the replica in this place is the first of a batch: there are batches of 1, 2, 4 and so on, and once 256 were tried
/// (511 with those before) of [`BURST`] (slowStartBatch).
fn begins_batch(place: usize) -> bool {
    match (place + 1).checked_sub(512) {
        Some(after) => after % BURST == 0,
        None => (place + 1).is_power_of_two(),
    }
}

impl Sync<'_> {
    fn ordered(&self) -> bool {
        self.spec.pod_management_policy.as_deref() != Some("Parallel")
    }

    fn first(&self) -> i64 {
        self.spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).map_or(0, i64::from)
    }

    /// What the Pod number `ordinal` is called.
    fn name_of(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", self.key.name)
    }

    fn wanted(&self) -> i64 {
        i64::from(self.spec.replicas.unwrap_or(1).max(0))
    }

    /// One pass: make what is missing in order, remove what is too much from the end, then roll.
    fn step(&mut self, replicas: Vec<(i64, Replica)>) {
        let (first, end) = (self.first(), self.first().saturating_add(self.wanted()));
        let (kept, condemned): (Vec<_>, Vec<_>) =
            replicas.into_iter().partition(|(ordinal, _)| (first..end).contains(ordinal));
        if self.fill(&kept, first, end) {
            return;
        }
        self.hand_over_claims(&condemned);
        if !self.shrink(&kept, &condemned) {
            self.roll(&kept, first, end);
        }
    }

    /// Makes sure of each replica in turn; true where the rest has to wait (processReplica). What fails holds up all others
    /// where they are in order, else those of the next batch (runForAll, slowStartBatch).
    fn fill(&mut self, kept: &[(i64, Replica)], first: i64, end: i64) -> bool {
        let now = self.world.timestamp().0;
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let mut present = kept.iter().peekable();
        let mut failed = false;
        for (place, ordinal) in (0..).zip(first..end) {
            if self.done >= BURST || (failed && (self.ordered() || begins_batch(place))) {
                return true;
            }
            let Some((_, replica)) = present.next_if(|(at, _)| *at == ordinal) else {
                failed |= !self.has_stale_claim(ordinal) && !self.create(ordinal);
                if self.ordered() {
                    return true;
                }
                continue;
            };
            if replica.failed || replica.succeeded {
                // Its place is filled again when it is gone.
                if !replica.member.deleting {
                    self.delete(replica);
                }
                if self.ordered() {
                    return true;
                }
                continue;
            }
            if replica.member.phase == Phase::Pending && !self.restore_claims(ordinal) {
                failed = true;
                continue;
            }
            if self.ordered() && replica.unavailable(min_ready, now) {
                return true;
            }
            self.update(replica, ordinal);
        }
        failed
    }

    /// Removes replicas beyond the size, the last first; true where the rest has to wait.
    fn shrink(&mut self, kept: &[(i64, Replica)], condemned: &[(i64, Replica)]) -> bool {
        let now = self.world.timestamp().0;
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let unavailable = |(_, replica): &&(i64, Replica)| replica.unavailable(min_ready, now);
        let first = kept.iter().chain(condemned).find(unavailable).map(|(ordinal, _)| *ordinal);
        for (ordinal, replica) in condemned.iter().rev() {
            if replica.member.deleting {
                if self.ordered() {
                    return true;
                }
                continue;
            }
            if self.ordered() && !replica.available(min_ready, now) && first != Some(*ordinal) {
                return true;
            }
            self.delete(replica);
            self.counts.gone(replica, &self.current, &self.update);
            if self.ordered() {
                return true;
            }
        }
        false
    }

    /// Replaces old replicas from the end, one at a time, also where they are started and stopped all at once
    /// (MaxUnavailableStatefulSet is off in 1.36).
    fn roll(&mut self, kept: &[(i64, Replica)], first: i64, end: i64) {
        let strategy = self.spec.update_strategy.clone().unwrap_or_default();
        if strategy.type_.as_deref() == Some("OnDelete") {
            return;
        }
        let now = self.world.timestamp().0;
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let rolling = strategy.rolling_update.unwrap_or_default();
        let partition = first.saturating_add(i64::from(rolling.partition.unwrap_or(0)));
        let mut present = kept.iter().rev().peekable();
        for ordinal in (partition..end).rev() {
            // One that was made just now is new, and not available yet.
            let Some((_, replica)) = present.next_if(|(at, _)| *at == ordinal) else { return };
            if replica.revision != self.update.name && !replica.member.deleting {
                self.delete(replica);
                self.counts.gone(replica, &self.current, &self.update);
                return;
            }
            if replica.unavailable(min_ready, now) {
                return;
            }
        }
    }

    /// Makes a replica, its claims first; false where that fails (stateful_pod_control.go CreateStatefulPod).
    fn create(&mut self, ordinal: i64) -> bool {
        let strategy = self.spec.update_strategy.as_ref();
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let partition = rolling.and_then(|rolling| rolling.partition).unwrap_or(0);
        let old = strategy.and_then(|strategy| strategy.type_.as_deref()) != Some("OnDelete")
            && ordinal < self.first().saturating_add(i64::from(partition));
        let revision = if old { self.current.clone() } else { self.update.clone() };
        self.done += 1;
        let made = self.make_claims(ordinal).and_then(|()| {
            let pod: Pod = identity::pod(&self.set, &self.spec, self.key, &revision, ordinal);
            match api_server::create(self.world, Object::Pod(pod.into())) {
                // Somebody else's Pod has the name: it is tried again, and nothing is said.
                Err(error) if error.reason == "AlreadyExists" => Ok(false),
                made => made.map(|_| true).map_err(|error| error.to_string()),
            }
        });
        let (name, set) = (self.name_of(ordinal), &self.key.name);
        match made {
            Ok(true) => {
                let message = format!("Create Pod {name} in StatefulSet {set} successful");
                self.own(ordinal, self.owner_of_claims());
                self.say(false, "SuccessfulCreate", message);
                return true;
            }
            Ok(false) => {}
            Err(why) => {
                let message = format!("Create Pod {name} in StatefulSet {set} failed error: {why}");
                self.say(true, "FailedCreate", message);
            }
        }
        self.again = true;
        false
    }

    fn delete(&mut self, replica: &Replica) {
        self.done += 1;
        if api_server::delete(self.world, &replica.key, None, Propagation::Background).is_ok() {
            let (pod, set) = (&replica.key.name, &self.key.name);
            let message = format!("Delete Pod {pod} in StatefulSet {set} successful");
            self.say(false, "SuccessfulDelete", message);
        }
    }

    fn say(&mut self, warning: bool, reason: &'static str, message: String) {
        pod_template::say(self.world, self.key, SOURCE, warning, reason, message);
    }
}
