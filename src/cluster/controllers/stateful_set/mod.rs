//! The StatefulSet controller (kubernetes: pkg/controller/statefulset/stateful_set_control.go, 1.36): Pods with
//! names and places of their own, made and removed in order.

mod identity;
mod retention;
mod status;

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::jiff::Timestamp;

use super::family::{Member, Phase};
use super::pod_template;
use super::queue::{Controller, WorkQueue};
use super::revisions::{Revision, Revisions};
use crate::api::int_or_string::scaled;
use crate::api::{Kind, Object, Pod};
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey, Propagation, api_server};
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
}

impl Replica {
    fn healthy(&self) -> bool {
        self.running_and_ready() && !self.member.deleting
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
    current: Revision,
    update: Revision,
    counts: Counts,
    world: &'a mut World,
    done: usize,
}

/// Looks at one StatefulSet.
pub(super) fn sync(key: &ObjectKey, revisions: &mut Revisions, queue: &mut WorkQueue, world: &mut World) {
    let Some(Object::StatefulSet(set)) = world.store.get(key).cloned() else { return };
    let Some(spec) = set.spec.clone() else { return };
    let uid = set.metadata.uid.clone().unwrap_or_default();
    let update = revisions.present(&uid, &key.name, &spec.template);
    let written = set.status.as_ref().and_then(|status| status.current_revision.as_deref());
    let current = written.and_then(|name| revisions.named(&uid, name)).cloned().unwrap_or_else(|| update.clone());
    let replicas = replicas(&uid, world);
    let now = world.timestamp().0;
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    let counts = Counts::of(replicas.iter().map(|(_, replica)| replica), &current, &update, min_ready, now);
    let live = |revision: &Revision| {
        revision.name == current.name
            || revision.name == update.name
            || replicas.iter().any(|(_, replica)| replica.revision == revision.name)
    };
    let limit = usize::try_from(spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
    revisions.trim(&uid, limit, live);
    let waits = replicas
        .iter()
        .filter_map(|(_, replica)| replica.member.ready)
        .any(|since| min_ready > 0 && now.as_second().saturating_sub(since.as_second()) < i64::from(min_ready));
    let mut sync = Sync { key, set, spec, current, update, counts, world, done: 0 };
    let result = if sync.set.metadata.deletion_timestamp.is_none() { sync.step(replicas) } else { Ok(()) };
    sync.write_status();
    if waits {
        queue.add(Controller::StatefulSet, key, std::time::Duration::from_secs(1), world);
    }
    match result {
        Ok(()) => queue.succeeded(Controller::StatefulSet, key),
        Err(_) => queue.retry(Controller::StatefulSet, key, world),
    }
}

/// The Pods of the set by their number.
fn replicas(uid: &str, world: &World) -> Vec<(i64, Replica)> {
    let pods = world.store.dependents(uid).filter(|key| key.kind == Kind::Pod);
    let mut replicas: Vec<(i64, Replica)> = pods
        .filter_map(|key| {
            let pod = world.store.get(key)?.as_pod()?;
            let ordinal = key.name.rsplit_once('-')?.1.parse().ok()?;
            let labels = pod.metadata.labels.as_ref();
            let phase = pod.status.phase.as_deref();
            let replica = Replica {
                key: key.clone(),
                member: Member::of(pod),
                revision: labels.and_then(|labels| labels.get(REVISION_LABEL)).cloned().unwrap_or_default(),
                failed: phase == Some("Failed"),
                succeeded: phase == Some("Succeeded"),
            };
            Member::belongs(pod, uid).then_some((ordinal, replica))
        })
        .collect();
    collections::sort_by_key(&mut replicas, |(ordinal, _)| *ordinal);
    replicas
}

impl Sync<'_> {
    fn ordered(&self) -> bool {
        self.spec.pod_management_policy.as_deref() != Some("Parallel")
    }

    fn first(&self) -> i64 {
        self.spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).map_or(0, i64::from)
    }

    fn wanted(&self) -> i64 {
        i64::from(self.spec.replicas.unwrap_or(1).max(0))
    }

    /// One pass: make what is missing in order, remove what is too much from the end, then roll.
    fn step(&mut self, replicas: Vec<(i64, Replica)>) -> Result<(), ApiError> {
        let (first, end) = (self.first(), self.first().saturating_add(self.wanted()));
        let (kept, condemned): (Vec<_>, Vec<_>) =
            replicas.into_iter().partition(|(ordinal, _)| (first..end).contains(ordinal));
        self.own_claims(&kept, &condemned);
        if self.fill(&kept, first, end)? {
            return Ok(());
        }
        if self.shrink(&kept, condemned) {
            return Ok(());
        }
        self.roll(&kept, first);
        Ok(())
    }

    /// Makes sure of each replica in turn; true where the rest has to wait.
    fn fill(&mut self, kept: &[(i64, Replica)], first: i64, end: i64) -> Result<bool, ApiError> {
        let now = self.world.timestamp().0;
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let mut present = kept.iter().peekable();
        for ordinal in first..end {
            if self.done >= BURST {
                return Ok(true);
            }
            let Some((_, replica)) = present.next_if(|(at, _)| *at == ordinal) else {
                self.create(ordinal)?;
                if self.ordered() {
                    return Ok(true);
                }
                continue;
            };
            if replica.failed || replica.succeeded {
                // Its place is filled again when it is gone.
                if !replica.member.deleting {
                    self.delete(replica);
                }
                return Ok(true);
            }
            let ready = replica.running_and_ready() && replica.available(min_ready, now);
            if self.ordered() && (replica.member.deleting || !ready) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes replicas beyond the size, the last first; true where the rest has to wait.
    fn shrink(&mut self, kept: &[(i64, Replica)], condemned: Vec<(i64, Replica)>) -> bool {
        let now = self.world.timestamp().0;
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let unhealthy = kept.iter().chain(&condemned).find(|(_, replica)| !replica.healthy());
        let unhealthy = unhealthy.map(|(ordinal, _)| *ordinal);
        for (ordinal, replica) in condemned.iter().rev() {
            if replica.member.deleting {
                if self.ordered() {
                    return true;
                }
                continue;
            }
            let ready = replica.running_and_ready() && replica.available(min_ready, now);
            if self.ordered() && !ready && unhealthy != Some(*ordinal) {
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

    /// Replaces old replicas from the end, as many at a time as may be missing.
    fn roll(&mut self, kept: &[(i64, Replica)], first: i64) {
        let strategy = self.spec.update_strategy.clone().unwrap_or_default();
        if strategy.type_.as_deref() == Some("OnDelete") {
            return;
        }
        let rolling = strategy.rolling_update.unwrap_or_default();
        let partition = first.saturating_add(i64::from(rolling.partition.unwrap_or(0)));
        let most =
            rolling.max_unavailable.as_ref().and_then(|most| scaled(most, self.spec.replicas.unwrap_or(1), false));
        let most = usize::try_from(most.unwrap_or(1).max(1)).unwrap_or(1);
        let mut missing = if most > 1 { kept.iter().filter(|(_, replica)| !replica.healthy()).count() } else { 0 };
        for (_, replica) in kept.iter().rev().filter(|(ordinal, _)| *ordinal >= partition) {
            if most > 1 && missing >= most {
                return;
            }
            if replica.revision != self.update.name && !replica.member.deleting {
                self.delete(replica);
                self.counts.gone(replica, &self.current, &self.update);
                if most == 1 {
                    return;
                }
                missing += usize::from(replica.healthy());
            } else if !replica.healthy() && most == 1 {
                return;
            }
        }
    }

    fn create(&mut self, ordinal: i64) -> Result<(), ApiError> {
        let strategy = self.spec.update_strategy.as_ref();
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let partition = rolling.and_then(|rolling| rolling.partition).unwrap_or(0);
        let old = strategy.and_then(|strategy| strategy.type_.as_deref()) != Some("OnDelete")
            && ordinal < self.first().saturating_add(i64::from(partition));
        let revision = if old { self.current.clone() } else { self.update.clone() };
        self.done += 1;
        let name = format!("{}-{ordinal}", self.key.name);
        for mut claim in identity::claims(&self.spec, self.key, ordinal) {
            claim.metadata.generate_name = None;
            claim.metadata.owner_references = self.owner_of_claims().map(|owner| vec![owner].into());
            let claim_name = claim.metadata.name.clone().unwrap_or_default();
            let key = ObjectKey::new(Kind::PersistentVolumeClaim, &self.key.namespace, &claim_name);
            if self.world.store.get(&key).is_none() {
                api_server::create(self.world, Object::PersistentVolumeClaim(Rc::new(claim)))?;
                let set = &self.key.name;
                let message = format!("Create Claim {claim_name} Pod {name} in StatefulSet {set} success");
                self.say(false, "SuccessfulCreate", message);
            }
        }
        let pod: Pod = identity::pod(&self.set, &self.spec, self.key, &revision, ordinal);
        let set = self.key.name.clone();
        match api_server::create(self.world, Object::Pod(pod.into())) {
            Ok(_) => {
                self.say(false, "SuccessfulCreate", format!("Create Pod {name} in StatefulSet {set} successful"));
                Ok(())
            }
            Err(error) => {
                let message = format!("Create Pod {name} in StatefulSet {set} failed error: {error}");
                self.say(true, "FailedCreate", message);
                Err(error)
            }
        }
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
