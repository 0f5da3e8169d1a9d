//! Following one Pod through its history: what each container is, since when, and what it is busy with.
//!
//! Lanes, scenes and explanations all come from this one walk, so that they never disagree.

use collections::Map as BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Probe};

use super::Tone;
use super::scene::{Beat, HookScene, PastScene, PullScene, Role, SignalScene, StopScene, Timer, TimerKind};
use crate::api::{Object, Pod, containers};
use crate::cluster::{Happening, ProgramSource, Reason, Record, RuntimeEvent, RuntimeNote, Time, program_source};

/// What a container is at an instant, in a word.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub tone: Tone,
    pub word: Rc<str>,
    pub detail: Rc<str>,
    pub exit_code: Option<i32>,
}

/// How many verdicts of a probe are kept to be drawn.
const BEATS: usize = 12;

/// The last verdicts of a probe about the running instance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub at: Time,
    pub ok: bool,
    pub message: Rc<str>,
    pub in_a_row: u32,
    /// The newest ones, in order.
    pub beats: Vec<Beat>,
}

/// One container.
#[derive(Clone, Debug)]
pub(super) struct ContainerTrack {
    pub role: Role,
    /// Where what its program does comes from.
    pub program: ProgramSource,
    pub view: View,
    pub since: Time,
    /// Which instance, from 1; 0 before the first.
    pub attempt: u32,
    pub running: bool,
    pub stopping: Option<Timer>,
    /// How the end of the running instance goes, once it was decided.
    pub stop: Option<StopScene>,
    pub back_off: Option<Timer>,
    pub pull: Option<PullScene>,
    /// Why its image could not be pulled, since it was tried last; the status says so only at the kubelet's next sync.
    pub pull_failed: Option<Rc<str>>,
    /// The hooks of the newest instance, in order.
    pub hooks: Vec<HookScene>,
    /// The signals that reached the newest instance, in order.
    pub signals: Vec<SignalScene>,
    /// The instances that ended, in order.
    pub past: Vec<PastScene>,
    pub verdicts: BTreeMap<&'static str, Verdict>,
    /// The newest decision about it.
    pub decision: Option<(Time, Reason)>,
    /// A probe that had the running instance killed.
    pub killed_by: Option<(&'static str, i32)>,
    created: bool,
    ended: Option<(i32, Rc<str>)>,
}

impl ContainerTrack {
    fn new(role: Role, program: ProgramSource, at: Time) -> Self {
        let view = View { tone: Tone::Waiting, word: "Waiting".into(), detail: "".into(), exit_code: None };
        Self {
            role,
            program,
            view,
            since: at,
            attempt: 0,
            running: false,
            stopping: None,
            stop: None,
            back_off: None,
            pull: None,
            pull_failed: None,
            hooks: Vec::new(),
            signals: Vec::new(),
            past: Vec::new(),
            verdicts: BTreeMap::new(),
            decision: None,
            killed_by: None,
            created: false,
            ended: None,
        }
    }

    /// The hook that is running.
    pub fn hook(&self) -> Option<&HookScene> {
        self.hooks.last().filter(|hook| hook.ended.is_none())
    }

    /// Its postStart hook, while that runs: the kubelet does nothing else for the Pod meanwhile.
    pub fn post_start(&self) -> Option<&HookScene> {
        self.hook().filter(|hook| hook.hook == "postStart")
    }

    /// Takes in what the runtime did; true where that may change the view.
    fn note(&mut self, at: Time, note: &RuntimeNote) -> bool {
        match &note.event {
            RuntimeEvent::Created => {
                self.attempt = note.attempt.saturating_add(1);
                (self.created, self.running, self.ended) = (true, false, None);
                (self.stopping, self.stop, self.back_off, self.killed_by) = (None, None, None, None);
                self.hooks.clear();
                self.signals.clear();
                self.verdicts.clear();
            }
            RuntimeEvent::Started => self.running = true,
            RuntimeEvent::Exited { code, reason } => {
                self.running = false;
                self.ended = Some((*code, reason.clone()));
                self.past.push(PastScene {
                    at,
                    attempt: self.attempt,
                    code: *code,
                    reason: reason.clone(),
                    killed_by: self.killed_by.map(|(probe, _)| probe),
                });
                self.stopping = None;
                self.end_hook(at, false);
            }
            RuntimeEvent::StartFailed { .. } => (self.running, self.created) = (false, false),
            RuntimeEvent::PullStarted { image } => {
                self.pull = Some(PullScene { image: image.clone(), since: at, until: None });
                self.pull_failed = None;
            }
            RuntimeEvent::PullEnded { error, .. } => (self.pull, self.pull_failed) = (None, error.clone()),
            RuntimeEvent::Stopping { grace_seconds } => {
                let grace = std::time::Duration::from_secs(u64::try_from(*grace_seconds).unwrap_or_default());
                self.stopping = Some(Timer { kind: TimerKind::Grace, from: at, until: at + grace });
                self.stops(at, at + grace);
            }
            RuntimeEvent::Signal { name } => self.signals.push(SignalScene { name, at }),
            RuntimeEvent::HookStarted { hook } => self.hooks.push(HookScene { hook, since: at, ended: None }),
            RuntimeEvent::HookEnded { ok, .. } => self.end_hook(at, *ok),
            RuntimeEvent::Probed { probe, ok, message } => {
                let before = self.verdicts.remove(probe);
                let same = before.as_ref().filter(|before| before.ok == *ok);
                let in_a_row = same.map_or(0, |before| before.in_a_row).saturating_add(1);
                let mut beats = before.map(|before| before.beats).unwrap_or_default();
                if beats.len() == BEATS {
                    beats.remove(0);
                }
                beats.push(Beat { at, ok: *ok });
                self.verdicts.insert(probe, Verdict { at, ok: *ok, message: message.clone(), in_a_row, beats });
                return false;
            }
            RuntimeEvent::Removed
            | RuntimeEvent::SandboxStarting
            | RuntimeEvent::SandboxReady { .. }
            | RuntimeEvent::SandboxFailed { .. }
            | RuntimeEvent::SandboxStopped => return false,
        }
        true
    }

    fn end_hook(&mut self, at: Time, ok: bool) {
        if let Some(hook) = self.hooks.last_mut().filter(|hook| hook.ended.is_none()) {
            hook.ended = Some((at, ok));
        }
    }

    /// Its end was decided at `at` and lasts until `until` at most; later words about it move only that.
    fn stops(&mut self, at: Time, until: Time) {
        self.stop.get_or_insert(StopScene { from: at, until }).until = until;
    }

    fn decide(&mut self, at: Time, reason: &Reason) {
        match reason {
            Reason::CrashBackOff { delay, until } => {
                self.back_off = Some(Timer { kind: TimerKind::CrashBackOff, from: *until - *delay, until: *until });
            }
            Reason::ImageBackOff { delay, until, .. } => {
                self.back_off = Some(Timer { kind: TimerKind::ImageBackOff, from: *until - *delay, until: *until });
            }
            Reason::Terminating { until } => self.stops(at, *until),
            Reason::KilledByProbe { probe, threshold } => self.killed_by = Some((probe, *threshold)),
            _ => {}
        }
        self.decision = Some((at, reason.clone()));
    }

    /// What it is now: the runtime knows first what lives and dies, the status knows why something waits.
    fn look(&self, status: Option<&ContainerStatus>, startup_probe: bool, bound: bool, deleted: bool) -> View {
        let view =
            |tone, word: &str, detail: String| View { tone, word: word.into(), detail: detail.into(), exit_code: None };
        if self.pull.is_some() {
            return view(Tone::Pulling, "Pulling", String::new());
        }
        let state = status.and_then(|status| status.state.as_ref());
        if self.running {
            return match (self.hook(), &self.stopping) {
                (Some(HookScene { hook: "preStop", .. }), _) => view(Tone::Terminating, "PreStop", String::new()),
                (_, Some(_)) => view(
                    Tone::Terminating,
                    "Stopping",
                    self.signals.last().map_or_else(String::new, |signal| format!("SIG{}", signal.name)),
                ),
                (Some(_), None) => view(Tone::Running, "PostStart", String::new()),
                // The status of the instance before this one says nothing of it yet.
                (None, None) if state.is_none_or(|state| state.running.is_none()) => {
                    view(Tone::Running, "Running", String::new())
                }
                (None, None) if startup_probe && status.is_some_and(|status| status.started != Some(true)) => {
                    view(Tone::Running, "Starting", String::new())
                }
                (None, None) if self.role != Role::Init && status.is_some_and(|status| status.ready) => {
                    view(Tone::Ready, "Ready", String::new())
                }
                (None, None) => view(Tone::Running, "Running", String::new()),
            };
        }
        let waiting = state.and_then(|state| state.waiting.as_ref());
        let reason = waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default();
        let message = || waiting.and_then(|waiting| waiting.message.clone()).unwrap_or_default();
        // A waiting reason of its own comes after an end; the ones every container begins with do not.
        let begins = matches!(reason, "" | "PodInitializing" | "ContainerCreating");
        if let Some((code, reason)) = self.ended.as_ref().filter(|_| begins) {
            return self.end(*code, reason, deleted);
        }
        if let Some(ended) = state.and_then(|state| state.terminated.as_ref()) {
            return self.end(ended.exit_code, ended.reason.as_deref().unwrap_or_default(), deleted);
        }
        if self.created && begins {
            return view(Tone::Pulling, "Creating", String::new());
        }
        match reason {
            "" => view(Tone::Waiting, "Waiting", String::new()),
            "PodInitializing" => view(Tone::Waiting, "PodInitializing", String::new()),
            "ContainerCreating" if bound => view(Tone::Pulling, "ContainerCreating", String::new()),
            "CrashLoopBackOff" | "ImagePullBackOff" => View {
                exit_code: self.ended.as_ref().map(|(code, _)| *code),
                ..view(Tone::BackOff, reason, message().to_string())
            },
            other => view(Tone::Failed, other, message().to_string()),
        }
    }

    /// It has ended. Where the kubelet has decided to wait before it starts it again it waits already, though the status
    /// says so only at the kubelet's next sync.
    fn end(&self, code: i32, reason: &str, deleted: bool) -> View {
        let (detail, exit_code) = (format!("exit code {code}").into(), Some(code));
        if !deleted && self.back_off.is_some_and(|timer| timer.kind == TimerKind::CrashBackOff) {
            return View { tone: Tone::BackOff, word: "WaitsToRestart".into(), detail, exit_code };
        }
        let tone = if code == 0 && reason != "OOMKilled" { Tone::Done } else { Tone::Failed };
        let word = match reason {
            "" if code == 0 => "Completed",
            "" => "Error",
            reason => reason,
        };
        View { tone, word: word.into(), detail, exit_code }
    }
}

/// What is known of a Pod's sandbox.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Sandbox {
    /// Not begun: volumes come first.
    #[default]
    None,
    Starting,
    Ready,
    Failed(Rc<str>),
}

/// A Pod followed up to an instant.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub pod: Pod,
    pub created: Time,
    /// When its deletion was asked for.
    pub deleted: Option<Time>,
    /// When the object was gone.
    pub gone: Option<Time>,
    pub containers: BTreeMap<Rc<str>, ContainerTrack>,
    /// Since when each condition has its status.
    pub conditions: BTreeMap<Rc<str>, (Rc<str>, Time)>,
    /// The newest decision about the Pod as a whole.
    pub decision: Option<(Time, Reason)>,
    pub sandbox: Sandbox,
    /// What keeps a volume from being mounted.
    pub volume_problem: Option<(Rc<str>, Rc<str>)>,
}

/// A container whose view changed, as it was and from when.
pub(super) struct Before {
    pub container: Rc<str>,
    pub view: View,
    pub since: Time,
}

impl Track {
    fn new(pod: &Pod, at: Time) -> Self {
        Self {
            pod: pod.clone(),
            created: at,
            deleted: None,
            gone: None,
            containers: BTreeMap::new(),
            conditions: BTreeMap::new(),
            decision: None,
            sandbox: Sandbox::None,
            volume_problem: None,
        }
    }

    /// Follows a Pod through its `story`. `changed` hears of every view that ends.
    pub fn follow<'a>(story: impl Iterator<Item = &'a Record>, mut changed: impl FnMut(Time, Before)) -> Option<Self> {
        let mut track = None;
        Self::go_on(&mut track, story, &mut changed);
        track
    }

    /// Follows on from where `track` has come to, through what came after.
    pub fn go_on<'a>(
        track: &mut Option<Self>,
        story: impl Iterator<Item = &'a Record>,
        changed: &mut impl FnMut(Time, Before),
    ) {
        for record in story {
            if let Happening::Changed(change) = &record.what
                && let Object::Pod(pod) = &change.object
            {
                let track = track.get_or_insert_with(|| Self::new(pod, record.at));
                track.take(record.at, pod, change.kind == crate::cluster::ChangeKind::Deleted);
                track.look(record.at, None, changed);
            } else if let Some(track) = track {
                track.hear(record, changed);
            }
        }
    }

    fn take(&mut self, at: Time, pod: &Pod, gone: bool) {
        self.pod = pod.clone();
        if gone {
            self.gone = Some(at);
        }
        if pod.metadata.deletion_timestamp.is_some() {
            self.deleted.get_or_insert(at);
        }
        for condition in pod.status.conditions.iter().flatten() {
            match self.conditions.get_mut(condition.type_.as_str()) {
                Some((status, _)) if **status == *condition.status => {}
                _ => {
                    let status = (condition.status.as_str().into(), at);
                    self.conditions.insert(condition.type_.as_str().into(), status);
                }
            }
        }
        if pod.status.container_statuses.iter().flatten().any(|status| status.container_id.is_some()) {
            self.volume_problem = None;
        }
        for (role, name) in names(pod) {
            if !self.containers.contains_key(name) {
                let program =
                    container(pod, name).map_or(ProgramSource::Assumed, |container| program_source(pod, container));
                self.containers.insert(name.into(), ContainerTrack::new(role, program, at));
            }
        }
    }

    fn hear(&mut self, record: &Record, changed: &mut impl FnMut(Time, Before)) {
        match &record.what {
            Happening::Runtime(note) => {
                match &note.event {
                    RuntimeEvent::SandboxStarting => {
                        self.sandbox = Sandbox::Starting;
                        self.volume_problem = None;
                    }
                    RuntimeEvent::SandboxReady { .. } => self.sandbox = Sandbox::Ready,
                    RuntimeEvent::SandboxFailed { message } => self.sandbox = Sandbox::Failed(message.clone()),
                    RuntimeEvent::SandboxStopped => self.sandbox = Sandbox::None,
                    _ => {}
                }
                if let Some(container) = self.containers.get_mut(&note.container)
                    && container.note(record.at, note)
                {
                    self.look(record.at, Some(&note.container.clone()), changed);
                }
            }
            Happening::Decided(decision) => {
                if let Reason::WaitsForVolume { volume, message } = &decision.reason {
                    self.volume_problem = Some((volume.clone(), message.clone()));
                }
                match self.containers.get_mut(&decision.container) {
                    Some(container) => {
                        container.decide(record.at, &decision.reason);
                        self.look(record.at, Some(&decision.container), changed);
                    }
                    None => self.decision = Some((record.at, decision.reason.clone())),
                }
            }
            _ => {}
        }
    }

    /// Looks again at one container, or at all of them.
    fn look(&mut self, at: Time, only: Option<&Rc<str>>, changed: &mut impl FnMut(Time, Before)) {
        let pod = &self.pod;
        let bound = pod.spec.node_name.is_some();
        for (name, track) in &mut self.containers {
            if only.is_some_and(|only| only != name) {
                continue;
            }
            let startup = container(pod, name).is_some_and(|container| container.startup_probe.is_some());
            let view = track.look(status(pod, name), startup, bound, self.deleted.is_some());
            if view != track.view {
                let view = std::mem::replace(&mut track.view, view);
                let since = std::mem::replace(&mut track.since, at);
                changed(at, Before { container: name.clone(), view, since });
            }
        }
    }
}

/// The containers of a Pod with their roles, in the order of its spec.
pub(super) fn names(pod: &Pod) -> impl Iterator<Item = (Role, &str)> {
    let init = containers::init(&pod.spec).iter().map(|container| {
        (if containers::is_sidecar(container) { Role::Sidecar } else { Role::Init }, container.name.as_str())
    });
    let apps = pod.spec.containers.iter().map(|container| (Role::App, container.name.as_str()));
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten();
    init.chain(apps).chain(ephemeral.map(|container| (Role::Ephemeral, container.name.as_str())))
}

/// The container `name` of the spec; ephemeral ones are of another type and have no probes.
pub(super) fn container<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    containers::in_order(&pod.spec).find(|container| container.name == name)
}

/// The status of the container `name`.
pub(super) fn status<'a>(pod: &'a Pod, name: &str) -> Option<&'a ContainerStatus> {
    let status = &pod.status;
    let lists = [&status.init_container_statuses, &status.container_statuses, &status.ephemeral_container_statuses];
    lists.into_iter().flatten().flatten().find(|status| status.name == name)
}

/// The probes of a container by name, in the order startup, liveness, readiness.
pub(super) fn probes(container: &Container) -> impl Iterator<Item = (&'static str, &Probe)> {
    let probes = [
        ("startup", &container.startup_probe),
        ("liveness", &container.liveness_probe),
        ("readiness", &container.readiness_probe),
    ];
    probes.into_iter().filter_map(|(name, probe)| Some((name, probe.as_deref()?)))
}
