//! The picture of one container.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, ContainerPort};

use super::place::Place;
use crate::api::quantity::Quantity;
use crate::cluster::{ProgramSource, Reason, RuntimeEvent, Time};
use crate::trace::ahead::Ahead;
use crate::trace::track::{self, ContainerTrack, Track};
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
    /// The CPU it asks for, in thousandths of a core, where it does.
    pub cpu: Option<i64>,
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
    /// The hooks of its newest instance, in order.
    pub hooks: Vec<HookScene>,
    /// The pull that is running.
    pub pull: Option<PullScene>,
    /// The signals that reached its newest instance, in order.
    pub signals: Vec<SignalScene>,
    /// How the end of the running instance goes, once it was decided.
    pub stop: Option<StopScene>,
    /// Its instances that ended, in order.
    pub past: Vec<PastScene>,
    /// When the running instance ends, for an init container, as far as the trace knows.
    pub ends: Option<Time>,
    /// The container that it waits for: to start, or to be stopped after it.
    pub waits_for: Option<Rc<str>>,
    /// Where the manifest speaks of it.
    pub origin: Option<Origin>,
}

impl ContainerScene {
    /// Whether an instance of it runs.
    pub fn running(&self) -> bool {
        matches!(self.tone, Tone::Running | Tone::Ready | Tone::Terminating)
    }

    /// Whether it runs, but fails a probe: it is not asked to work.
    pub fn falters(&self) -> bool {
        self.tone == Tone::Running && self.probes.iter().any(|probe| probe.ok == Some(false))
    }

    /// What it looks like: its tone, but for one that [falters](Self::falters), which must not look calm.
    pub fn look(&self) -> Tone {
        if self.falters() { Tone::BackOff } else { self.tone }
    }
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
    /// Its newest verdicts, in order.
    pub beats: Vec<Beat>,
    /// When it asks next, as far as the trace knows.
    pub next: Option<Time>,
}

/// One verdict of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// When.
    pub at: Time,
    /// Whether it passed.
    pub ok: bool,
}

/// A hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookScene {
    /// `postStart` or `preStop`.
    pub hook: &'static str,
    /// When it began.
    pub since: Time,
    /// When it ended and whether it went well; none while it runs.
    pub ended: Option<(Time, bool)>,
}

/// The end of an instance as the kubelet brings it about: preStop, SIGTERM, and SIGKILL when the grace is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopScene {
    /// When it began.
    pub from: Time,
    /// When SIGKILL comes.
    pub until: Time,
}

/// An instance that ended.
#[derive(Clone, Debug, PartialEq)]
pub struct PastScene {
    /// When it ended.
    pub at: Time,
    /// Which it was, from 1.
    pub attempt: u32,
    /// Its exit code.
    pub code: i32,
    /// The runtime's word for its end (`Completed`, `Error`, `OOMKilled`).
    pub reason: Rc<str>,
    /// The probe that had it killed.
    pub killed_by: Option<&'static str>,
}

impl PastScene {
    /// What its end looks like: one that a probe had killed failed, whatever its exit code.
    pub fn tone(&self) -> Tone {
        if self.code == 0 && self.killed_by.is_none() { Tone::Done } else { Tone::Failed }
    }
}

/// A pull that is running.
#[derive(Clone, Debug, PartialEq)]
pub struct PullScene {
    /// The image.
    pub image: Rc<str>,
    /// When it began.
    pub since: Time,
    /// When it ends, as far as the trace knows.
    pub until: Option<Time>,
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
pub(super) fn build(
    of: &Track,
    name: &str,
    index: usize,
    track: &ContainerTrack,
    place: &Place,
    ahead: &Ahead,
) -> ContainerScene {
    let pod = &of.pod;
    let spec = track::container(pod, name);
    let status = track::status(pod, name);
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten().find(|container| container.name == name);
    let image = spec.and_then(|spec| spec.image.as_deref()).or(ephemeral.and_then(|it| it.image.as_deref()));
    let port = |port: &ContainerPort| Port {
        name: port.name.as_deref().unwrap_or_default().into(),
        number: port.container_port,
        protocol: port.protocol.as_deref().unwrap_or("TCP").into(),
    };
    let started = status.is_some_and(|status| status.started == Some(true));
    let asks = |probe: &str| track.running && track.stopping.is_none() && (probe == "startup") != started;
    let own: Rc<str> = name.into();
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
            beats: verdict.map(|verdict| verdict.beats.clone()).unwrap_or_default(),
            // A startup probe that has passed asks no more, and until then the others do not ask.
            next: (asks(name)).then(|| ahead.probe(&own, name)).flatten(),
        }
    });
    let timer = match track.view.tone {
        // The status says `Error` for most of the time that the back-off runs down.
        Tone::BackOff | Tone::Failed | Tone::Done => track.back_off.map(|timer| till_started(timer, name, ahead)),
        Tone::Terminating => track.stopping,
        _ => None,
    };
    ContainerScene {
        name: name.into(),
        role: track.role,
        number: index + 1,
        image: image.unwrap_or_default().into(),
        ports: spec.and_then(|spec| spec.ports.as_ref()).into_iter().flatten().map(port).collect(),
        cpu: spec.and_then(cpu),
        program: track.program,
        word: track.view.word.clone(),
        tone: track.view.tone,
        detail: track.view.detail.clone(),
        exit_code: track.view.exit_code,
        attempt: track.attempt,
        restarts: status.map_or(0, |status| status.restart_count),
        since: track.since,
        timer,
        ready: status.is_some_and(|status| status.ready),
        started,
        probes: probes.collect(),
        hooks: track.hooks.clone(),
        pull: track.pull.clone().map(|pull| PullScene {
            until: ahead.event(name, &|event| matches!(event, RuntimeEvent::PullEnded { .. })),
            ..pull
        }),
        signals: track.signals.clone(),
        stop: track.stop.filter(|_| track.running),
        past: track.past.clone(),
        ends: (track.role == Role::Init && track.running)
            .then(|| ahead.event(name, &|event| matches!(event, RuntimeEvent::Exited { .. })))
            .flatten(),
        waits_for: waits_for(of, name, track),
        origin: Some(place.element(track.role.list(), index)),
    }
}

/// The kubelet looks at a container whose wait is over at its next sync, which may be seconds later: the wait that a
/// person sees ends when something happens.
fn till_started(timer: Timer, name: &str, ahead: &Ahead) -> Timer {
    if timer.kind != TimerKind::CrashBackOff {
        return timer;
    }
    let tries = |event: &RuntimeEvent| matches!(event, RuntimeEvent::Started | RuntimeEvent::StartFailed { .. });
    Timer { until: ahead.event(name, &tries).unwrap_or(timer.until).max(timer.until), ..timer }
}

/// The CPU that a container asks for, in thousandths of a core.
fn cpu(spec: &Container) -> Option<i64> {
    let requests = spec.resources.as_ref()?.requests.as_ref()?;
    Some(Quantity::parse(&requests.get("cpu")?.0).ok()?.milli_value())
}

/// The container that `name` waits for, by the kubelet's own decision.
pub(in crate::trace) fn waits_for(of: &Track, name: &str, track: &ContainerTrack) -> Option<Rc<str>> {
    if track.running {
        return match &track.decision {
            Some((_, Reason::StopsAfter { others })) => Some(others.clone()),
            _ => None,
        };
    }
    if track.view.tone != Tone::Waiting {
        return None;
    }
    let unfinished =
        |name: &str| of.containers.get(name).is_none_or(|it| !matches!(it.view.tone, Tone::Done | Tone::Ready));
    if let Some((_, Reason::WaitsForInit { init: other } | Reason::WaitsForSidecar { sidecar: other })) = &of.decision
        && unfinished(other)
    {
        // It holds for all that comes after that container.
        let mut order = track::names(&of.pod).map(|(_, name)| name).skip_while(|one| *one != &**other);
        return (order.next().is_some() && order.any(|one| one == name)).then(|| other.clone());
    }
    // The decision is made at a sync: what it named may be done since, and the next one is at work.
    let before = track::names(&of.pod).take_while(|(_, one)| *one != name);
    let mut inits = before.filter(|(role, one)| match role {
        Role::Init => true,
        Role::Sidecar => of.containers.get(*one).is_none_or(|it| !it.running),
        Role::App | Role::Ephemeral => false,
    });
    (&*track.view.word == "PodInitializing")
        .then(|| inits.find(|(_, one)| unfinished(one)))
        .flatten()
        .map(|(_, one)| one.into())
}
