//! The picture of one Pod.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::Text;
use k8s_openapi::jiff::Timestamp;

use super::place::Place;
use super::{ContainerScene, Role, VolumeScene, build, container, volume};
use crate::api::{Object, Pod, table};
use crate::cluster::{ObjectKey, Time};
use crate::trace::ahead::Ahead;
use crate::trace::crowd::revision_hash;
use crate::trace::track::{self, Track};
use crate::trace::{Origin, Run, Tone};

/// A Pod: its containers in order, what they share, and how it fares as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct PodScene {
    /// Its name and namespace.
    pub key: ObjectKey,
    /// Its uid: another Pod of the same name later is another one.
    pub uid: Rc<str>,
    /// What `kubectl get pods` says under STATUS (`Init:0/2`, `CrashLoopBackOff`, `Terminating`).
    pub word: Rc<str>,
    /// What that looks like.
    pub tone: Tone,
    /// The phase (`Pending`, `Running`, `Succeeded`, `Failed`).
    pub phase: Rc<str>,
    /// The reason of the status, where there is one (`Evicted`, `DeadlineExceeded`).
    pub reason: Option<Rc<str>>,
    /// The message of the status, where there is one.
    pub message: Option<Rc<str>>,
    /// How many containers are ready, as `kubectl get pods` counts.
    pub ready: u32,
    /// Of how many.
    pub total: u32,
    /// How many restarts `kubectl get pods` counts.
    pub restarts: i32,
    /// When the newest of them happened.
    pub last_restart: Option<Time>,
    /// The node it is bound to.
    pub node: Option<Rc<str>>,
    /// Its address.
    pub ip: Option<Rc<str>>,
    /// When it was created.
    pub created: Time,
    /// The object that owns it and counts it among its own.
    pub owner: Option<ObjectKey>,
    /// The hash of the owner's revision that it was made from, or nothing.
    pub hash: Rc<str>,
    /// Its conditions, in the status' order.
    pub conditions: Vec<ConditionScene>,
    /// The entries of `initContainers` in order: steps of the chain ([`Role::Init`]) and native sidecars
    /// ([`Role::Sidecar`], painted as rails beside it).
    pub init: Vec<ContainerScene>,
    /// The entries of `containers`.
    pub apps: Vec<ContainerScene>,
    /// The entries of `ephemeralContainers`.
    pub ephemeral: Vec<ContainerScene>,
    /// The volumes that containers mount.
    pub volumes: Vec<VolumeScene>,
    /// How its end goes, once its deletion has been asked for.
    pub termination: Option<Termination>,
    /// Where the manifest speaks of it.
    pub origin: Option<Origin>,
}

impl PodScene {
    /// Whether it runs, but a container of it fails a probe.
    pub fn falters(&self) -> bool {
        self.tone == Tone::Running && self.containers().any(ContainerScene::falters)
    }

    /// What it looks like: its tone, but for one that [falters](Self::falters), as its container does.
    pub fn look(&self) -> Tone {
        if self.falters() { Tone::BackOff } else { self.tone }
    }

    /// Every container: the init list, the apps, then the ephemeral ones.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerScene> {
        self.init.iter().chain(&self.apps).chain(&self.ephemeral)
    }

    /// The container `name`.
    pub fn container(&self, name: &str) -> Option<&ContainerScene> {
        self.containers().find(|container| &*container.name == name)
    }

    /// How much it asks to be looked at, the smallest number first: the worst of it counts.
    pub fn urgency(&self) -> u8 {
        let worst = self.containers().map(|container| container.tone.urgency()).fold(self.tone.urgency(), u8::min);
        // One that has done its work is asked about after those that still run.
        if self.tone == Tone::Done { worst.saturating_add(1) } else { worst }
    }

    /// The sidecars, in order.
    pub fn sidecars(&self) -> impl Iterator<Item = &ContainerScene> {
        self.init.iter().filter(|container| container.role == Role::Sidecar)
    }
}

/// One condition of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionScene {
    /// The type (`Ready`).
    pub name: Rc<str>,
    /// `True`, `False` or `Unknown`.
    pub status: Rc<str>,
    /// The reason, or nothing.
    pub reason: Rc<str>,
    /// The message, or nothing.
    pub message: Rc<str>,
    /// Since when it has this status.
    pub since: Time,
}

/// The end of a Pod that is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Termination {
    /// When its deletion was asked for.
    pub since: Time,
    /// How many seconds of grace it has.
    pub grace_seconds: i64,
    /// When the grace runs out and what still runs is killed.
    pub until: Time,
}

/// The picture of the Pod that `track` followed up to `at`.
pub(super) fn build(run: &Run, at: Time, key: &ObjectKey, track: &Track, ahead: &Ahead) -> PodScene {
    let pod = &track.pod;
    let object = Object::Pod(pod.clone().into());
    let row = table::pod_row(pod);
    let text = |value: &Option<Text>| value.as_deref().filter(|value| !value.is_empty()).map(Rc::from);
    let place = Place::of(run, at, &object, key);
    let picture = |(number, (_, name)): (usize, (Role, &str))| {
        track.containers.get(name).map(|it| container::build(track, name, number, it, &place, ahead))
    };
    let of = |wanted: &[Role]| -> Vec<ContainerScene> {
        track::names(pod).filter(|(role, _)| wanted.contains(role)).enumerate().filter_map(picture).collect()
    };
    let (init, apps) = (of(&[Role::Init, Role::Sidecar]), of(&[Role::App]));
    let tone = tone(pod, &row.status, track.deleted.is_some(), &init, &apps);
    let instant = |then: Timestamp| {
        let micros = then.duration_since(run.config().epoch).as_micros();
        Time::from_micros(u64::try_from(micros).unwrap_or_default())
    };
    let conditions = pod.status.conditions.iter().flatten().map(|condition| ConditionScene {
        name: condition.type_.as_str().into(),
        status: condition.status.as_str().into(),
        reason: condition.reason.as_deref().unwrap_or_default().into(),
        message: condition.message.as_deref().unwrap_or_default().into(),
        since: track.conditions.get(condition.type_.as_str()).map_or(track.created, |(_, since)| *since),
    });
    PodScene {
        key: key.clone(),
        uid: pod.shared_uid(),
        word: row.status.as_str().into(),
        tone,
        phase: pod.status.phase.as_deref().unwrap_or("Pending").into(),
        reason: text(&pod.status.reason),
        message: text(&pod.status.message),
        ready: row.ready,
        total: row.total,
        restarts: row.restarts,
        last_restart: row.last_restart.map(instant),
        node: text(&pod.spec.node_name),
        ip: text(&pod.status.pod_ip),
        created: track.created,
        owner: build::controller(&object),
        hash: revision_hash(pod.metadata.labels.as_ref()).into(),
        conditions: conditions.collect(),
        init,
        apps,
        ephemeral: of(&[Role::Ephemeral]),
        volumes: volume::build(pod, track, &place),
        termination: track.deleted.map(|since| {
            let grace_seconds = pod.metadata.deletion_grace_period_seconds.unwrap_or_default();
            let grace = Duration::from_secs(u64::try_from(grace_seconds).unwrap_or_default());
            Termination { since, grace_seconds, until: since + grace }
        }),
        origin: Some(place.at(&[])),
    }
}

/// What the whole Pod looks like: its STATUS where that says it, its containers elsewhere.
fn tone(pod: &Pod, status: &str, deleted: bool, init: &[ContainerScene], apps: &[ContainerScene]) -> Tone {
    let phase = pod.status.phase.as_deref().unwrap_or("Pending");
    let word = status.strip_prefix("Init:").unwrap_or(status);
    match word {
        _ if deleted && status == "Terminating" => Tone::Terminating,
        // Its containers may have ended well all the same: one that was evicted.
        _ if phase == "Failed" => Tone::Failed,
        "Completed" | "Succeeded" => Tone::Done,
        _ if phase == "Succeeded" => Tone::Done,
        "Pending" | "SchedulingGated" | "PodInitializing" => Tone::Waiting,
        "ContainerCreating" => Tone::Pulling,
        "Running" if !apps.is_empty() && apps.iter().all(|app| app.ready) => Tone::Ready,
        "Running" | "NotReady" => Tone::Running,
        _ if word.contains("BackOff") => Tone::BackOff,
        _ if word.starts_with(|first: char| first.is_ascii_digit()) => {
            // `Init:1/3`: the step that is not done says it.
            let busy = init.iter().find(|step| !matches!(step.tone, Tone::Done | Tone::Ready));
            busy.map_or(Tone::Running, |step| step.tone)
        }
        _ => Tone::Failed,
    }
}
