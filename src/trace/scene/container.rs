//! The picture of one container.

use std::rc::Rc;

use k8s_openapi::api::core::v1::ContainerPort;

use super::place::Place;
use crate::api::Pod;
use crate::cluster::{ProgramSource, Time, program_source};
use crate::trace::track::{self, ContainerTrack};
use crate::trace::{Origin, Tone};

/// What a container is in its Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// An init container: runs to its end before the next begins.
    Init,
    /// A native sidecar: an init container with `restartPolicy: Always`, runs beside what comes after it.
    Sidecar,
    /// An app container.
    App,
    /// An ephemeral container, added to debug.
    Ephemeral,
}

impl Role {
    /// Its name in style sheets and message ids (`sidecar`).
    pub fn id(self) -> &'static str {
        match self {
            Role::Init => "init",
            Role::Sidecar => "sidecar",
            Role::App => "app",
            Role::Ephemeral => "ephemeral",
        }
    }
}

impl Role {
    /// The list of the Pod's spec that holds such containers.
    pub fn list(self) -> &'static str {
        match self {
            Role::Init | Role::Sidecar => "initContainers",
            Role::App => "containers",
            Role::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerScene {
    /// Its name.
    pub name: Rc<str>,
    /// What it is in its Pod.
    pub role: Role,
    /// Its place in its list of the spec, from 1.
    pub number: usize,
    /// Its image as the manifest writes it.
    pub image: Rc<str>,
    /// The ports it declares.
    pub ports: Vec<Port>,
    /// Where what its program does comes from.
    pub program: ProgramSource,
    /// Its state in one word (`Waiting`, `Pulling`, `Running`, `Ready`, `Completed`, `CrashLoopBackOff`).
    pub word: Rc<str>,
    /// What that looks like.
    pub tone: Tone,
    /// What there is to say more (`exit code 1`, the kubelet's message), or nothing.
    pub detail: Rc<str>,
    /// The exit code, where its newest instance has ended.
    pub exit_code: Option<i32>,
    /// Which instance of it this is, from 1; 0 before the first.
    pub attempt: u32,
    /// How often it was restarted, as the status counts.
    pub restarts: i32,
    /// Since when it is in this state.
    pub since: Time,
    /// Something that runs down and ends by itself: drawn as a ring.
    pub timer: Option<Timer>,
    /// Whether it counts as ready.
    pub ready: bool,
    /// Whether it counts as started (startup probe passed, or none).
    pub started: bool,
    /// Its probes, in the order startup, liveness, readiness.
    pub probes: Vec<ProbeScene>,
    /// The hook that is running.
    pub hook: Option<HookScene>,
    /// The pull that is running.
    pub pull: Option<PullScene>,
    /// The newest signal that reached this instance.
    pub signal: Option<SignalScene>,
    /// Where the manifest speaks of it.
    pub origin: Option<Origin>,
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its name, or nothing.
    pub name: Rc<str>,
    /// Its number.
    pub number: i32,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Rc<str>,
}

/// A span of time that is known to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// What runs down.
    pub kind: TimerKind,
    /// Its beginning.
    pub from: Time,
    /// Its end.
    pub until: Time,
}

impl Timer {
    /// How much of it has passed at `at`, from 0 to 1.
    pub fn passed(&self, at: Time) -> f64 {
        let whole = self.until.since(self.from).as_secs_f64();
        if whole <= 0.0 { 1.0 } else { (at.since(self.from).as_secs_f64() / whole).min(1.0) }
    }
}

/// What runs down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// The back-off after a crash.
    CrashBackOff,
    /// The back-off after an image could not be pulled.
    ImageBackOff,
    /// The grace after SIGTERM, until SIGKILL.
    Grace,
}

/// A probe and how it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeScene {
    /// `startup`, `liveness` or `readiness`.
    pub probe: &'static str,
    /// When it last gave a verdict about this instance.
    pub at: Option<Time>,
    /// The last verdict, where there was one.
    pub ok: Option<bool>,
    /// What the probe said.
    pub message: Rc<str>,
    /// How many equal verdicts there have been in a row.
    pub in_a_row: u32,
    /// How many failures in a row are allowed to add up before they count.
    pub failure_threshold: i32,
    /// Seconds from one to the next.
    pub period_seconds: i32,
}

/// A hook that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookScene {
    /// `postStart` or `preStop`.
    pub hook: &'static str,
    /// When it began.
    pub since: Time,
}

/// A pull that is running.
#[derive(Clone, Debug, PartialEq)]
pub struct PullScene {
    /// The image.
    pub image: Rc<str>,
    /// When it began.
    pub since: Time,
}

/// A signal that reached the container's first process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalScene {
    /// `TERM` or `KILL`.
    pub name: &'static str,
    /// When.
    pub at: Time,
}

/// The picture of the container `name`, the one at `index` of its list.
pub(super) fn build(pod: &Pod, name: &str, index: usize, track: &ContainerTrack, place: &Place) -> ContainerScene {
    let spec = track::container(pod, name);
    let status = track::status(pod, name);
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten().find(|container| container.name == name);
    let image = spec.and_then(|spec| spec.image.as_deref()).or(ephemeral.and_then(|it| it.image.as_deref()));
    let port = |port: &ContainerPort| Port {
        name: port.name.as_deref().unwrap_or_default().into(),
        number: port.container_port,
        protocol: port.protocol.as_deref().unwrap_or("TCP").into(),
    };
    let probes = spec.into_iter().flat_map(track::probes).map(|(name, probe)| {
        let verdict = track.verdicts.get(name);
        ProbeScene {
            probe: name,
            at: verdict.map(|verdict| verdict.at),
            ok: verdict.map(|verdict| verdict.ok),
            message: verdict.map(|verdict| verdict.message.clone()).unwrap_or_default(),
            in_a_row: verdict.map_or(0, |verdict| verdict.in_a_row),
            failure_threshold: probe.failure_threshold.unwrap_or(3),
            period_seconds: probe.period_seconds.unwrap_or(10),
        }
    });
    let timer = match track.view.tone {
        // The status says `Error` for most of the time that the back-off runs down.
        Tone::BackOff | Tone::Failed | Tone::Done => track.back_off,
        Tone::Terminating => track.stopping,
        _ => None,
    };
    ContainerScene {
        name: name.into(),
        role: track.role,
        number: index + 1,
        image: image.unwrap_or_default().into(),
        ports: spec.and_then(|spec| spec.ports.as_ref()).into_iter().flatten().map(port).collect(),
        program: spec.map_or(ProgramSource::Assumed, |spec| program_source(pod, spec)),
        word: track.view.word.clone(),
        tone: track.view.tone,
        detail: track.view.detail.clone(),
        exit_code: track.view.exit_code,
        attempt: track.attempt,
        restarts: status.map_or(0, |status| status.restart_count),
        since: track.since,
        timer,
        ready: status.is_some_and(|status| status.ready),
        started: status.is_some_and(|status| status.started == Some(true)),
        probes: probes.collect(),
        hook: track.hook,
        pull: track.pull.clone(),
        signal: track.signal,
        origin: Some(place.element(track.role.list(), index)),
    }
}
