//! What stands around Pods: the objects that own them and the nodes they run on.

use collections::Map as BTreeMap;
use std::rc::Rc;

use k8s_openapi::jiff::Timestamp;

use super::autoscaler::{AutoscalerScene, autoscalers};
use super::build::controller;
use super::work::WorkScene;
use crate::api::cron::Schedule;
use crate::api::{Kind, Object, quantity, table, time_zones};
use crate::cluster::{ObjectKey, Time};
use crate::trace::crowd::Crowd;
use crate::trace::{Run, Tone};

/// An object that keeps Pods, or keeps others that do (a Deployment its ReplicaSets).
#[derive(Clone, Debug, PartialEq)]
pub struct OwnerScene {
    /// Which object.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: Rc<str>,
    /// Its state in one word (`Available`, `Rolling out`, `Complete`, `Scaled down`).
    pub word: Rc<str>,
    /// What that looks like.
    pub tone: Tone,
    /// How many Pods it wants.
    pub desired: i32,
    /// How many Pods it has.
    pub current: i32,
    /// How many of them are ready.
    pub ready: i32,
    /// How many are of its newest template, where it tells (Deployment, StatefulSet, DaemonSet).
    pub updated: Option<i32>,
    /// How many of its Pods keep an older template, since its `partition` says so.
    pub kept: i32,
    /// How many have been ready long enough, where it tells.
    pub available: Option<i32>,
    /// How far it has come, where it is a Job.
    pub work: Option<WorkScene>,
    /// What an autoscaler makes of it, where one looks after it.
    pub autoscaler: Option<AutoscalerScene>,
    /// Its revision, where it has one.
    pub revision: Option<Rc<str>>,
    /// Whether its rollout is held back (`kubectl rollout pause`).
    pub paused: bool,
    /// When a CronJob is due next, unless it is suspended.
    pub next: Option<Time>,
    /// When it was created.
    pub created: Time,
    /// When its deletion was asked for.
    pub deleted: Option<Time>,
    /// The owners it owns, newest first.
    pub owners: Vec<OwnerScene>,
    /// How many Pods it owns itself.
    pub pods: usize,
    /// The hash of the revision that its Pods are to be of, where it (or its Deployment) tells: Pods of another one are
    /// old ([`OwnerScene::is_old`]).
    pub hash: Option<Rc<str>>,
    /// Whether it is a ReplicaSet of a revision that its Deployment has left.
    pub old: bool,
}

impl OwnerScene {
    /// The one of `key` among `owners` and those they own.
    pub fn find<'a>(owners: &'a [OwnerScene], key: &ObjectKey) -> Option<&'a OwnerScene> {
        owners.iter().find_map(|owner| if owner.key == *key { Some(owner) } else { Self::find(&owner.owners, key) })
    }

    /// Whether it is on its way from one revision to the next.
    pub fn rolls(&self) -> bool {
        self.owners.iter().any(|child| child.old && child.current > 0)
            || self.updated.is_some_and(|updated| updated + self.kept < self.current)
    }

    /// Whether it keeps Pods of `key`: itself, or one that it owns.
    pub fn keeps(&self, key: &ObjectKey) -> bool {
        self.key == *key || self.owners.iter().any(|child| child.keeps(key))
    }

    /// Whether a Pod of it that was made from the revision `hash` is of an old one.
    pub fn is_old(&self, hash: &str) -> bool {
        self.old || self.hash.as_ref().is_some_and(|newest| **newest != *hash)
    }
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeScene {
    /// Its name.
    pub name: Rc<str>,
    /// Its state in one word, as `kubectl get nodes` says it (`Ready`, `NotReady,SchedulingDisabled`).
    pub word: Rc<str>,
    /// What that looks like.
    pub tone: Tone,
    /// Allocatable CPU, millicores.
    pub cpu_millis: u64,
    /// Allocatable memory, bytes.
    pub memory: u64,
    /// How many Pods it takes.
    pub max_pods: u64,
    /// How many Pods are bound to it.
    pub pods: usize,
    /// Whether no new Pods come to it (`kubectl cordon`).
    pub cordoned: bool,
}

/// The kinds that keep Pods.
const KEEPERS: [Kind; 6] =
    [Kind::Deployment, Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet, Kind::CronJob, Kind::Job];

/// The owners at `at` that nobody owns.
pub(super) fn owners(run: &Run, at: Time, crowd: &Crowd) -> Vec<OwnerScene> {
    let (mut roots, mut owned) = (Vec::new(), BTreeMap::<ObjectKey, Vec<OwnerScene>>::new());
    let autoscalers = autoscalers(run, at);
    // The owned come first, so that they are there when their owner is made.
    for kind in [Kind::Job, Kind::ReplicaSet, Kind::CronJob, Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet] {
        for (key, object) in run.objects_at(kind, at) {
            let mut children = owned.remove(key).unwrap_or_default();
            collections::sort_by(&mut children, |a, b| b.created.cmp(&a.created).then_with(|| a.key.cmp(&b.key)));
            let next = next_due(run, at, object);
            let autoscaler = autoscalers.iter().find(|(target, _)| target == key).map(|(_, scene)| scene.clone());
            let scene = OwnerScene { next, autoscaler, ..owner(run, key, object, children, crowd.owned(key)) };
            match controller(object).filter(|owner| KEEPERS.contains(&owner.kind) && run.object_at(owner, at).is_some())
            {
                Some(owner) => owned.entry(owner).or_default().push(scene),
                None => roots.push(scene),
            }
        }
    }
    collections::sort_by(&mut roots, |a, b| a.key.cmp(&b.key));
    roots
}

/// What an owner wants and has.
struct Counts {
    desired: i32,
    current: i32,
    ready: i32,
    updated: Option<i32>,
    kept: i32,
    available: Option<i32>,
    work: Option<WorkScene>,
}

fn counts(object: &Object) -> Counts {
    let none = Counts { desired: 0, current: 0, ready: 0, updated: None, kept: 0, available: None, work: None };
    match object {
        Object::Deployment(it) => {
            let status = it.status.clone().unwrap_or_default();
            Counts {
                desired: it.spec.as_ref().map_or(0, |spec| spec.replicas.unwrap_or(1)),
                current: status.replicas.unwrap_or_default(),
                ready: status.ready_replicas.unwrap_or_default(),
                updated: Some(status.updated_replicas.unwrap_or_default()),
                available: Some(status.available_replicas.unwrap_or_default()),
                ..none
            }
        }
        Object::ReplicaSet(it) => {
            let status = it.status.clone().unwrap_or_default();
            Counts {
                desired: it.spec.as_ref().map_or(0, |spec| spec.replicas.unwrap_or(1)),
                current: status.replicas,
                ready: status.ready_replicas.unwrap_or_default(),
                available: Some(status.available_replicas.unwrap_or_default()),
                ..none
            }
        }
        Object::StatefulSet(it) => {
            let status = it.status.clone().unwrap_or_default();
            let strategy = it.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref());
            let partition = strategy.and_then(|it| it.rolling_update.as_ref()?.partition).unwrap_or_default();
            let desired = it.spec.as_ref().map_or(0, |spec| spec.replicas.unwrap_or(1));
            Counts {
                desired,
                kept: partition.clamp(0, desired.max(0)),
                current: status.replicas,
                ready: status.ready_replicas.unwrap_or_default(),
                updated: Some(status.updated_replicas.unwrap_or_default()),
                available: status.available_replicas,
                ..none
            }
        }
        Object::DaemonSet(it) => {
            let status = it.status.clone().unwrap_or_default();
            Counts {
                desired: status.desired_number_scheduled,
                current: status.current_number_scheduled,
                ready: status.number_ready,
                updated: Some(status.updated_number_scheduled.unwrap_or_default()),
                available: Some(status.number_available.unwrap_or_default()),
                ..none
            }
        }
        Object::Job(it) => {
            let work = WorkScene::of(it);
            let ready = it.status.as_ref().and_then(|status| status.ready).unwrap_or_default();
            Counts { desired: work.wanted, current: work.running, ready, work: Some(work), ..none }
        }
        _ => none,
    }
}

fn owner(run: &Run, key: &ObjectKey, object: &Object, mut owners: Vec<OwnerScene>, pods: usize) -> OwnerScene {
    let counts = counts(object);
    let metadata = object.metadata();
    let (word, tone) = state(object, &counts);
    let mut changes = run.chronicle().changes(key).filter(|(_, change)| change.object.metadata().uid == metadata.uid);
    let created = changes.next().map_or(Time::ZERO, |(at, _)| at);
    let deleted = metadata.deletion_timestamp.as_ref().and_then(|_| {
        let asked = |(_, change): &(Time, &crate::cluster::Change)| {
            change.object.metadata().uid == metadata.uid && change.object.metadata().deletion_timestamp.is_some()
        };
        run.chronicle().changes(key).find(asked).map(|(at, _)| at)
    });
    let revision = metadata.annotations.as_ref().and_then(|all| all.get("deployment.kubernetes.io/revision"));
    let revision: Option<Rc<str>> = revision.map(|revision| revision.as_str().into());
    // deployment: FindNewReplicaSet goes by the template; its revision is the Deployment's from then on.
    if key.kind == Kind::Deployment {
        owners.iter_mut().for_each(|child| child.old = revision.is_some() && child.revision != revision);
        collections::sort_by_key(&mut owners, |child| child.old);
    }
    let hash = match object {
        Object::StatefulSet(it) => {
            it.status.as_ref().and_then(|status| status.update_revision.as_deref().map(Rc::from))
        }
        _ => None,
    };
    let scene = OwnerScene {
        key: key.clone(),
        uid: metadata.uid.as_deref().unwrap_or_default().into(),
        word: word.into(),
        tone,
        desired: counts.desired,
        current: counts.current,
        ready: counts.ready,
        updated: counts.updated,
        kept: counts.kept,
        available: counts.available,
        work: counts.work,
        autoscaler: None,
        revision,
        paused: is_paused(object),
        next: None,
        created,
        deleted,
        owners,
        pods,
        hash,
        old: false,
    };
    let rolls = &*scene.word == "Progressing" && scene.rolls();
    OwnerScene { word: if rolls { "Rolling out".into() } else { scene.word.clone() }, ..scene }
}

/// Whether it is a Deployment whose rollout is held back.
fn is_paused(object: &Object) -> bool {
    matches!(object, Object::Deployment(it) if it.spec.as_ref().is_some_and(|spec| spec.paused == Some(true)))
}

/// When `object` is due next after `at`, where it is a CronJob that is not suspended (cronjob_controllerv2.go syncCronJob).
fn next_due(run: &Run, at: Time, object: &Object) -> Option<Time> {
    let Object::CronJob(cron) = object else { return None };
    let zone = cron.spec.time_zone.as_deref().unwrap_or_default();
    let stopped = cron.spec.suspend == Some(true) || cron.metadata.deletion_timestamp.is_some();
    if stopped || (!zone.is_empty() && time_zones::fault(zone).is_some()) {
        return None;
    }
    let epoch = run.config().epoch;
    let schedule = Schedule::parse(&cron.spec.schedule).ok()?;
    let due = schedule.next_in(time_zones::zone(zone), at.to_timestamp(epoch).as_second())?;
    Some(Time::of_timestamp(Timestamp::from_second(due).ok()?, epoch))
}

/// The state of an owner in a word: its conditions where it has some, its counts elsewhere.
fn state(object: &Object, counts: &Counts) -> (&'static str, Tone) {
    if object.metadata().deletion_timestamp.is_some() {
        return ("Terminating", Tone::Terminating);
    }
    if let Object::Job(job) = object {
        let conditions = job.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
        let holds = |name: &str| conditions.iter().any(|one| one.type_ == name && one.status == "True");
        return match () {
            () if holds("Complete") => ("Complete", Tone::Done),
            () if holds("Failed") => ("Failed", Tone::Failed),
            () if holds("Suspended") => ("Suspended", Tone::Waiting),
            // It has failed, and waits for its Pods to end (job_controller.go: the interim conditions).
            () if holds("FailureTarget") => ("Failing", Tone::Terminating),
            () => ("Running", Tone::Running),
        };
    }
    if let Object::Deployment(deployment) = object {
        let conditions = deployment.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
        let says = |reason: &str| conditions.iter().any(|one| one.reason.as_deref() == Some(reason));
        if says("ProgressDeadlineExceeded") {
            return ("ProgressDeadlineExceeded", Tone::Failed);
        }
        if is_paused(object) {
            return ("Rollout paused", Tone::Waiting);
        }
        // Its rollout was complete, and some have fallen back since: nothing progresses.
        let whole = counts.current == counts.desired && counts.updated == Some(counts.desired);
        if whole && counts.ready < counts.desired && says("NewReplicaSetAvailable") {
            return ("Not all ready", Tone::BackOff);
        }
    }
    if let Object::CronJob(cron) = object {
        let suspended = cron.spec.suspend == Some(true);
        return (if suspended { "Suspended" } else { "Scheduled" }, Tone::Waiting);
    }
    let updated = counts.updated.map_or(counts.desired, |updated| (updated + counts.kept).min(counts.desired));
    match counts.desired {
        0 if counts.current == 0 => ("Scaled down", Tone::Done),
        desired if counts.ready == desired && counts.current == desired && updated == desired => {
            ("Available", Tone::Ready)
        }
        _ => ("Progressing", Tone::Running),
    }
}

/// The nodes at `at`.
pub(super) fn nodes(run: &Run, at: Time, crowd: &Crowd) -> Vec<NodeScene> {
    let node = |(key, object): (&ObjectKey, &Object)| {
        let word = match object {
            Object::Node(node) => table::node_status(node),
            _ => String::new(),
        };
        let allocatable = match object {
            Object::Node(node) => node.status.as_ref().and_then(|status| status.allocatable.as_ref()),
            _ => None,
        };
        let amount = |name: &str| allocatable.and_then(|all| all.get(name)).map(quantity::of).unwrap_or_default();
        NodeScene {
            name: key.name.clone(),
            tone: match word.as_str() {
                "Ready" => Tone::Ready,
                "Ready,SchedulingDisabled" => Tone::Waiting,
                _ => Tone::Failed,
            },
            word: word.into(),
            cpu_millis: u64::try_from(amount("cpu").milli_value()).unwrap_or_default(),
            memory: u64::try_from(amount("memory").value()).unwrap_or_default(),
            max_pods: u64::try_from(amount("pods").value()).unwrap_or_default(),
            pods: crowd.held(&key.name),
            cordoned: matches!(object, Object::Node(node) if node.spec.as_ref().is_some_and(|spec| spec.unschedulable == Some(true))),
        }
    };
    run.objects_at(Kind::Node, at).map(node).collect()
}
