//! Killing containers: grace, preStop, the order in which sidecars stop (kubelet: kuberuntime_container.go
//! killContainer, kuberuntime_termination_order.go, 1.36).

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, LifecycleHandler};

use super::actions::{KillReason, ToKill};
use super::container_statuses::as_container;
use super::probing;
use super::restart::init_containers;
use super::sync::{Doing, Flow, Run, hook};
use super::worker::Worker;
use super::{Cx, Timer};
use crate::api::Pod;
use crate::api::containers::{in_order, is_sidecar};
use crate::cluster::runtime::program::HttpAnswer;
use crate::cluster::runtime::{Instance, State};
use crate::cluster::{Happening, Reason, RuntimeEvent, RuntimeNote, Time};

/// A container gets at least so many seconds between SIGTERM and SIGKILL.
const MINIMUM_GRACE: i64 = 2;

/// The kills of a run that go on at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Killing {
    kills: Vec<Kill>,
    /// Whether sidecars wait for their turn.
    ordered: bool,
}

/// One container being killed.
#[derive(Clone, Debug)]
pub(super) struct Kill {
    id: u64,
    name: Rc<str>,
    attempt: u32,
    /// Seconds that are left.
    grace: i64,
    order: Order,
    /// A preStop command outlasted the grace; it fails when the container ends.
    abandoned: bool,
    stage: Stage,
}

/// Which part a container has in the order of stopping.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    /// An app container: sidecars wait for it.
    App,
    /// A sidecar, with the place among the init containers of it and of the sidecar listed next.
    Sidecar { place: usize, next: Option<usize> },
    /// Regular init containers and ephemeral ones: nobody waits for them.
    Free,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// The preStop hook runs: since when, and how it will end if the container lives; none when it outlasts the grace.
    PreStop {
        since: Time,
        ok: Option<bool>,
        exec: bool,
    },
    /// It waits for its turn.
    Waits {
        since: Time,
    },
    /// StopContainer is under way.
    Stopping,
    Done,
}

/// The container `name` of any list.
pub(super) fn container_of<'a>(pod: &'a Pod, name: &str) -> Option<Cow<'a, Container>> {
    let written = in_order(&pod.spec).find(|c| c.name == name);
    written.map(Cow::Borrowed).or_else(|| {
        let added = pod.spec.ephemeral_containers.as_deref()?.iter().find(|c| c.name == name);
        added.map(as_container).map(Cow::Owned)
    })
}

impl Worker {
    /// Begins to kill all of `kills` at once; `grace` overrides what the Pod and its probes say.
    pub(super) fn begin_kills(
        &mut self,
        run: &mut Run,
        kills: Vec<ToKill>,
        grace: Option<i64>,
        ordered: bool,
        cx: &mut Cx,
    ) -> Flow {
        run.killing = Killing { kills: Vec::new(), ordered };
        let view = cx.runtime.view(&self.uid);
        for kill in kills {
            let Some(instance) = view.instance(kill.id) else { continue };
            run.killing.kills.push(self.new_kill(instance, &kill, grace, cx));
        }
        let ids: Vec<u64> = run.killing.kills.iter().map(|kill| kill.id).collect();
        for id in ids {
            self.begin_kill(run, id, grace != Some(0), cx);
        }
        self.take_turns(run, cx)
    }

    /// The grace of one kill, and its event (killContainer, setTerminationGracePeriod).
    fn new_kill(&self, instance: &Instance, kill: &ToKill, grace: Option<i64>, cx: &mut Cx) -> Kill {
        let container = container_of(&self.pod, &instance.name);
        let own = container.as_ref().and_then(|container| match kill.reason {
            KillReason::Startup => container.startup_probe.as_ref()?.termination_grace_period_seconds,
            KillReason::Liveness => container.liveness_probe.as_ref()?.termination_grace_period_seconds,
            KillReason::Other => None,
        });
        let spec = self.pod.spec.termination_grace_period_seconds.unwrap_or(30);
        let usual = self.pod.metadata.deletion_grace_period_seconds.or(own).unwrap_or(spec);
        let grace = grace.unwrap_or(usual);
        if kill.reason != KillReason::Other
            && let Some(container) = &container
        {
            let (probe, spec) = match kill.reason {
                KillReason::Startup => ("startup", &container.startup_probe),
                _ => ("liveness", &container.liveness_probe),
            };
            let threshold = spec.as_ref().and_then(|probe| probe.failure_threshold).unwrap_or(3);
            self.decide(cx, &instance.name, Reason::KilledByProbe { probe, threshold });
        }
        self.container_event(cx, &instance.name, false, "Killing", &kill.message);
        Kill {
            id: instance.id,
            name: instance.name.clone(),
            attempt: instance.attempt,
            grace,
            order: Order::of(&self.pod, &instance.name),
            abandoned: false,
            stage: Stage::Waits { since: cx.world.now },
        }
    }

    /// The preStop hook comes first, where there is one and any grace to run it in.
    fn begin_kill(&mut self, run: &mut Run, id: u64, hooks: bool, cx: &mut Cx) {
        let now = cx.world.now;
        let Some(kill) = run.killing.kills.iter_mut().find(|kill| kill.id == id) else { return };
        let container = container_of(&self.pod, &kill.name);
        let hook_spec = container
            .as_deref()
            .and_then(|container| container.lifecycle.as_ref()?.pre_stop.as_ref())
            .filter(|_| hooks && kill.grace > 0);
        let (Some(hook_spec), Some(container)) = (hook_spec, &container) else { return };
        if cx.runtime.process(&self.uid, id).is_none() && hook_spec.exec.is_some() {
            self.note_hook(kill, hook("preStop", None), cx);
            self.pre_stop_failed(kill, cx);
            return;
        }
        let grace = seconds(kill.grace);
        let (after, ok) = hook_result(self, container, hook_spec, id, cx);
        let (after, ok) = match after {
            Some(after) if after <= grace => (after, Some(ok)),
            _ => (grace, None),
        };
        kill.stage = Stage::PreStop { since: now, ok, exec: hook_spec.exec.is_some() };
        self.decide(cx, &kill.name, Reason::Terminating { until: now + grace });
        self.note_hook(kill, hook("preStop", None), cx);
        let timer = Timer::Kill { pod: self.uid.clone(), token: run.token, id };
        cx.timer(after, timer);
    }

    fn note_hook(&self, kill: &Kill, event: RuntimeEvent, cx: &mut Cx) {
        cx.world.note(Happening::Runtime(RuntimeNote {
            pod: self.uid.clone(),
            container: kill.name.clone(),
            attempt: kill.attempt,
            event,
        }));
    }

    fn pre_stop_failed(&self, kill: &Kill, cx: &mut Cx) {
        self.note_hook(kill, hook("preStop", Some(false)), cx);
        self.container_event(cx, &kill.name, true, "FailedPreStopHook", "PreStopHook failed");
    }

    /// A container has ended after SIGTERM, and with it a hook that had outlasted the grace.
    fn stopped(&mut self, kill: &mut Kill, cx: &mut Cx) {
        kill.stage = Stage::Done;
        if kill.abandoned {
            self.pre_stop_failed(kill, cx);
        }
    }

    /// Sends SIGTERM to whoever has its turn, until nothing more moves.
    fn take_turns(&mut self, run: &mut Run, cx: &mut Cx) -> Flow {
        loop {
            let turn = run.killing.kills.iter().position(|kill| {
                matches!(kill.stage, Stage::Waits { since } if {
                    let waited = cx.world.now.since(since);
                    !run.killing.must_wait(kill) || kill.grace <= 0 || waited >= seconds(kill.grace)
                })
            });
            let Some(kill) = turn.and_then(|index| run.killing.kills.get_mut(index)) else { break };
            if let Stage::Waits { since } = kill.stage {
                let waited = i64::try_from(cx.world.now.since(since).as_secs()).unwrap_or(i64::MAX);
                kill.grace = kill.grace.saturating_sub(waited);
            }
            kill.stage = Stage::Stopping;
            let (id, grace) = (kill.id, kill.grace.max(MINIMUM_GRACE));
            let name = kill.name.clone();
            let until = cx.world.now + seconds(grace);
            self.decide(cx, &name, Reason::Terminating { until });
            cx.dirty(&self.uid);
            if !cx.runtime.stop(&self.uid, id, grace, cx.world)
                && let Some(kill) = run.killing.kills.iter_mut().find(|kill| kill.id == id)
            {
                self.stopped(kill, cx);
            }
        }
        if run.killing.kills.iter().all(|kill| kill.stage == Stage::Done) {
            run.doing = Doing::Nothing;
            return Flow::Next;
        }
        run.doing = Doing::Kills;
        for kill in &run.killing.kills {
            if let Stage::Waits { since } = kill.stage {
                let left = seconds(kill.grace).saturating_sub(cx.world.now.since(since));
                let timer = Timer::Kill { pod: self.uid.clone(), token: run.token, id: kill.id };
                cx.timer(left, timer);
                let others = run.killing.before(kill);
                self.decide(cx, &kill.name, Reason::StopsAfter { others: others.into() });
            }
        }
        Flow::Wait(None)
    }

    /// A hook is over, or a wait.
    pub(super) fn kill_goes_on(&mut self, run: &mut Run, id: u64, cx: &mut Cx) -> Flow {
        self.end_hook(run, id, cx);
        self.take_turns(run, cx)
    }

    fn end_hook(&mut self, run: &mut Run, id: u64, cx: &mut Cx) {
        let Some(kill) = run.killing.kills.iter_mut().find(|kill| kill.id == id) else { return };
        let Stage::PreStop { since, ok, exec } = kill.stage else { return };
        let used = i64::try_from(cx.world.now.since(since).as_secs()).unwrap_or(i64::MAX);
        kill.grace = kill.grace.saturating_sub(used);
        kill.stage = Stage::Waits { since: cx.world.now };
        match ok {
            Some(true) => self.note_hook(kill, hook("preStop", Some(true)), cx),
            Some(false) => self.pre_stop_failed(kill, cx),
            None => kill.abandoned = exec,
        }
    }

    /// A container that is being killed has ended.
    pub(super) fn kill_ended(&mut self, run: &mut Run, id: u64, cx: &mut Cx) -> Flow {
        if let Some(kill) = run.killing.kills.iter_mut().find(|kill| kill.id == id) {
            match kill.stage {
                Stage::PreStop { exec: true, .. } => {
                    kill.stage = match kill.stage {
                        Stage::PreStop { since, .. } => Stage::PreStop { since, ok: Some(false), exec: true },
                        other => other,
                    };
                    self.end_hook(run, id, cx);
                }
                Stage::Stopping => self.stopped(kill, cx),
                _ => {}
            }
        }
        self.take_turns(run, cx)
    }
}

impl Order {
    fn of(pod: &Pod, name: &str) -> Self {
        if pod.spec.containers.iter().any(|container| container.name == name) {
            return Self::App;
        }
        let sidecars = || init_containers(pod).iter().enumerate().filter(|(_, container)| is_sidecar(container));
        match sidecars().find(|(_, container)| container.name == name) {
            Some((place, _)) => {
                Self::Sidecar { place, next: sidecars().map(|(place, _)| place).find(|&other| other > place) }
            }
            None => Self::Free,
        }
    }
}

impl Killing {
    /// Whether a sidecar has to wait for others (terminationOrdering).
    fn must_wait(&self, kill: &Kill) -> bool {
        self.ordered && self.blockers(kill).next().is_some()
    }

    /// What a sidecar waits for: the app containers, and the sidecar that is listed next.
    fn blockers<'a>(&'a self, kill: &'a Kill) -> impl Iterator<Item = &'a Kill> {
        self.kills.iter().filter(move |other| {
            let Order::Sidecar { next, .. } = kill.order else { return false };
            other.stage != Stage::Done
                && match other.order {
                    Order::App => true,
                    Order::Sidecar { place, .. } => next == Some(place),
                    Order::Free => false,
                }
        })
    }

    fn before(&self, kill: &Kill) -> String {
        self.blockers(kill).map(|other| other.name.to_string()).collect::<Vec<_>>().join(" ")
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// How long a hook takes in the running instance `id`, and whether it succeeds; none when it never ends.
pub(super) fn hook_result(
    worker: &Worker,
    container: &Container,
    hook: &LifecycleHandler,
    id: u64,
    cx: &mut Cx,
) -> (Option<Duration>, bool) {
    let exec_time = cx.world.config.latencies.exec;
    if let Some(exec) = &hook.exec {
        let command = exec.command.as_deref().unwrap_or_default();
        let Some(answer) = worker.exec(container, id, command.into(), true, cx) else {
            return (Some(Duration::ZERO), false);
        };
        return (answer.after.map(|after| after + exec_time), answer.code == 0);
    }
    if let Some(get) = &hook.http_get {
        let port = probing::port_of(container, &get.port).unwrap_or(80);
        let path = get.path.as_deref().unwrap_or("/");
        let host = get.host.as_deref().filter(|host| !host.is_empty());
        return match probing::http(worker, host, port, path, cx) {
            HttpAnswer::Status(_) => {
                // The recordings' listeners know no TLS; the kubelet asks once more without it (lifecycle/handlers.go).
                if get.scheme.as_deref() == Some("HTTPS") && cx.world.config.sim_variables {
                    let ip = cx.runtime.view(&worker.uid).ready_sandbox().map(|sandbox| sandbox.ip.to_string());
                    let host = host.map(str::to_owned).or(ip).unwrap_or_default();
                    let text = format!(
                        "request to HTTPS lifecycle hook {host}:{port} got HTTP response, retry with HTTP succeeded"
                    );
                    worker.pod_event(cx, true, "LifecycleHTTPFallback", text);
                }
                (Some(Duration::from_millis(2)), true)
            }
            HttpAnswer::Refused => (Some(Duration::from_millis(2)), false),
            HttpAnswer::Hangs => (None, false),
        };
    }
    if let Some(sleep) = &hook.sleep {
        return (Some(seconds(sleep.seconds)), true);
    }
    (Some(Duration::ZERO), false)
}

/// Whether `instance` still runs.
pub(super) fn runs(instance: &Instance) -> bool {
    instance.state == State::Running
}
