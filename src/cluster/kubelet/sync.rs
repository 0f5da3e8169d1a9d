//! One run of a Pod's worker, as a queue of steps of which some take time (kubelet: kubelet.go SyncPod,
//! SyncTerminatingPod, SyncTerminatedPod; kuberuntime_manager.go SyncPod, 1.36).

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::Text;

use super::actions::{self, ToKill};
use super::containers::{Start, Target};
use super::kill::Killing;
use super::publish::UNMOUNT;
use super::restart::init_containers;
use super::status::is_terminal;
use super::worker::{Life, Worker};
use super::{Cx, Timer, probes};
use crate::api::containers::{in_order, is_sidecar};
use crate::cluster::Time;
use crate::cluster::probe_kind::ProbeKind;
use crate::cluster::runtime::PodView;
use crate::cluster::{Reason, RuntimeEvent};

/// A step of a run.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Wait for the volumes.
    Volumes,
    /// Decide what to do, and queue it.
    Act,
    /// Kill every container that runs; with the Pod's own grace, or with so many seconds.
    KillAll { grace: Option<i64> },
    /// Stop the sandbox.
    StopSandbox,
    /// Kill one container.
    Kill(ToKill),
    /// Kill (with no grace) and remove an instance, so that its container begins anew.
    Reset(u64),
    /// Remove the instance that `Reset` has killed.
    Remove(u64),
    /// Remove what is left of the init containers.
    PurgeInit,
    /// Run a sandbox.
    Sandbox,
    /// Start a container.
    Start(Target),
    /// A resize is under way or done.
    Resized,
    /// Publish how the containers ended.
    FinalStatus,
    /// Wait until the volumes are gone.
    Unmount,
}

/// What a run waits for.
#[derive(Clone, Debug)]
pub(super) enum Doing {
    Nothing,
    Volumes {
        give_up: Time,
    },
    Sandbox,
    StopSandbox,
    Kills,
    Unmount,
    /// A container being started, and how far it is.
    Start(Start),
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// Whether it was a sync of the Pod, and no part of its end.
    pub synced: bool,
    /// Whether anything was done to the runtime.
    pub acted: bool,
    /// Whether the status was the same as before.
    pub unchanged: bool,
    /// An error, with the end of the back-off where that was it.
    pub failed: Option<Option<Time>>,
    /// Whether the next sync follows at once.
    pub again: bool,
    /// Whether the Pod goes on to the next part of its life.
    pub next_life: bool,
}

impl Outcome {
    /// Notes an error; of several back-offs the earliest end counts.
    pub fn fail(&mut self, until: Option<Time>) {
        self.failed = Some(match (self.failed.flatten(), until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        });
    }
}

/// A run under way.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Tells its timers from those of runs before.
    pub token: u64,
    /// The runtime as the run knows it: from before its own acts.
    pub view: Rc<PodView>,
    pub steps: VecDeque<Step>,
    pub doing: Doing,
    pub killing: Killing,
    pub outcome: Outcome,
}

/// How a step leaves its run.
pub(super) enum Flow {
    /// The next step may begin.
    Next,
    /// The run goes on after this while, or, with none, when something it waits for happens.
    Wait(Option<Duration>),
}

impl Worker {
    /// Begins a run.
    pub(super) fn begin_run(&mut self, cx: &mut Cx) {
        let view = self.cache.clone();
        let mut run = Run {
            token: cx.node.token(),
            view: view.clone(),
            steps: VecDeque::new(),
            doing: Doing::Nothing,
            killing: Killing::default(),
            outcome: Outcome::default(),
        };
        match self.life {
            Life::Syncing => {
                run.outcome.synced = true;
                let status = self.generate_status(&view, false, cx);
                let terminal = is_terminal(&status);
                run.outcome.unchanged = !self.set_status(status, cx);
                if terminal {
                    self.decide_finished(cx);
                    run.outcome.next_life = true;
                } else {
                    if !self.mounted {
                        run.steps.push_back(Step::Volumes);
                    }
                    run.steps.push_back(Step::Act);
                }
            }
            Life::Terminating => {
                let mut status = self.generate_status(&view, false, cx);
                self.evict_status(&mut status);
                self.set_status(status, cx);
                let sidecars: Vec<&str> = init_containers(&self.pod).iter().map(|c| c.name.as_str()).collect();
                let keep: Vec<Rc<str>> = sidecars.into_iter().map(Rc::from).collect();
                self.stop_probes(|key| key.1 == ProbeKind::Readiness || keep.contains(&key.0));
                let grace = self.termination_grace();
                run.steps.extend([Step::KillAll { grace: Some(grace) }, Step::StopSandbox, Step::FinalStatus]);
                run.outcome.next_life = true;
            }
            Life::Terminated => {
                let mut status = self.generate_status(&view, true, cx);
                self.evict_status(&mut status);
                self.set_status(status, cx);
                run.steps.push_back(Step::Unmount);
                run.outcome.next_life = true;
            }
            Life::Finished => return,
        }
        self.go_on(run, cx);
    }

    /// Why the Pod ends, where the node decided it.
    fn evict_status(&self, status: &mut k8s_openapi::api::core::v1::PodStatus) {
        if let Some(evicted) = &self.evicted {
            status.phase = Some("Failed".into());
            status.reason = Some(evicted.reason.into());
            status.message = Some(evicted.message.clone().into());
        }
    }

    fn decide_finished(&self, cx: &mut Cx) {
        let succeeded = self.status.as_ref().is_some_and(|status| status.phase.as_deref() == Some("Succeeded"));
        self.decide(cx, "", Reason::Finished { succeeded });
        let view = self.cache.clone();
        self.decide_stays(&view, cx);
    }

    /// Notes which containers ended and stay so, and by which policy.
    fn decide_stays(&self, view: &PodView, cx: &mut Cx) {
        if self.pod.metadata.deletion_timestamp.is_some() {
            return;
        }
        for container in in_order(&self.pod.spec) {
            let ended = view.newest(&container.name);
            let Some(ended) = ended.filter(|it| it.state == crate::cluster::runtime::State::Exited) else { continue };
            // That an init container succeeded and is not run again is no matter of its policy.
            let init = ended.exit_code == 0 && init_containers(&self.pod).iter().any(|it| it.name == container.name);
            if !init && !super::restart::restarts_after(&self.pod, container, ended.exit_code) {
                let policy = container.restart_policy.as_deref().unwrap_or(super::restart::pod_policy(&self.pod));
                self.decide(cx, &container.name, Reason::NotRestarted { policy: policy.into() });
            }
        }
    }

    /// Performs steps until one takes time or none is left.
    pub(super) fn go_on(&mut self, mut run: Run, cx: &mut Cx) {
        while let Some(step) = run.steps.pop_front() {
            if let Flow::Wait(after) = self.perform(&mut run, step, cx) {
                return self.wait(run, after, cx);
            }
        }
        self.run = None;
        self.run_ended(run.outcome, cx);
    }

    fn wait(&mut self, run: Run, after: Option<Duration>, cx: &mut Cx) {
        if let Some(after) = after {
            cx.timer(after, Timer::Step { pod: self.uid.clone(), token: run.token });
        }
        self.run = Some(run);
    }

    fn perform(&mut self, run: &mut Run, step: Step, cx: &mut Cx) -> Flow {
        match step {
            Step::Volumes => self.wait_for_volumes(run, cx),
            Step::Act => {
                if let Some(secrets) = self.missing_pull_secrets(cx.world) {
                    let text = format!(
                        "Unable to retrieve some image pull secrets ({secrets}); attempting to pull the image may not \
                         succeed."
                    );
                    self.pod_event(cx, true, "FailedToRetrieveImagePullSecret", text);
                }
                self.add_probes(cx);
                self.act(run, cx);
                Flow::Next
            }
            Step::KillAll { grace } => {
                let kills: Vec<ToKill> = run
                    .view
                    .running()
                    .map(|instance| ToKill {
                        id: instance.id,
                        message: format!("Stopping container {}", instance.name),
                        reason: actions::KillReason::Other,
                    })
                    .collect();
                self.begin_kills(run, kills, grace, actions::stops_in_order(&self.pod), cx)
            }
            Step::Kill(kill) => {
                run.outcome.acted = true;
                self.begin_kills(run, vec![kill], None, false, cx)
            }
            Step::Reset(id) => {
                run.outcome.acted = true;
                run.steps.push_front(Step::Remove(id));
                if cx.runtime.process(&self.uid, id).is_none() {
                    return Flow::Next;
                }
                let kill = ToKill { id, message: "killing".to_owned(), reason: actions::KillReason::Other };
                self.begin_kills(run, vec![kill], Some(0), false, cx)
            }
            Step::Remove(id) => {
                cx.runtime.remove(&self.uid, id, true, cx.world);
                cx.dirty(&self.uid);
                Flow::Next
            }
            Step::StopSandbox => {
                run.outcome.acted = true;
                if cx.runtime.view(&self.uid).ready_sandbox().is_none() {
                    return Flow::Next;
                }
                cx.runtime.stop_sandboxes(&self.uid, cx.world);
                cx.dirty(&self.uid);
                run.doing = Doing::StopSandbox;
                Flow::Wait(Some(cx.world.config.latencies.stop_sandbox))
            }
            Step::PurgeInit => {
                self.purge_init(cx);
                Flow::Next
            }
            Step::Sandbox => {
                run.outcome.acted = true;
                run.doing = Doing::Sandbox;
                let node = cx.node.name.clone();
                Flow::Wait(Some(cx.runtime.begin_sandbox(&node, &self.pod, cx.world)))
            }
            Step::Start(target) => {
                run.outcome.acted = true;
                self.begin_start(run, target, cx)
            }
            Step::Resized => {
                self.resized(cx);
                run.outcome.acted = true;
                run.outcome.again = true;
                Flow::Next
            }
            Step::FinalStatus => {
                let view = cx.runtime.view(&self.uid);
                self.stop_probes(|_| false);
                let mut status = self.generate_status(&view, true, cx);
                self.evict_status(&mut status);
                self.set_status(status, cx);
                Flow::Next
            }
            Step::Unmount => {
                run.doing = Doing::Unmount;
                Flow::Wait(Some(UNMOUNT))
            }
        }
    }

    /// Queues what the Pod needs now.
    fn act(&mut self, run: &mut Run, cx: &mut Cx) {
        let resized = self.begin_resize();
        let actions = actions::compute(&self.pod, &run.view, &self.results, &resized);
        self.decide_waits(&actions, &run.view, cx);
        if !actions.reset.is_empty() {
            run.steps.extend(actions.reset.into_iter().map(Step::Reset));
            run.outcome.again = true;
            return;
        }
        if actions.create_sandbox && actions.sandbox_changed {
            let text = "Pod sandbox changed, it will be killed and re-created.".to_owned();
            self.pod_event(cx, false, "SandboxChanged", text);
        }
        if actions.kill_pod {
            run.steps.extend([Step::KillAll { grace: None }, Step::StopSandbox]);
            if actions.create_sandbox {
                run.steps.push_back(Step::PurgeInit);
            }
        }
        if !actions.kill_pod {
            run.steps.extend(actions.kill.into_iter().map(Step::Kill));
        }
        if actions.create_sandbox {
            run.steps.push_back(Step::Sandbox);
        } else if actions.kill_pod {
            return;
        }
        run.steps.extend(actions.start_ephemeral.into_iter().map(|index| Step::Start(Target::Ephemeral(index))));
        run.steps.extend(actions.start_init.into_iter().map(|index| Step::Start(Target::Init(index))));
        run.steps.extend(actions.start.into_iter().map(|index| Step::Start(Target::App(index))));
        if self.resize.in_progress() {
            run.steps.push_back(Step::Resized);
        }
    }

    /// A new sandbox begins without the remains of init containers (purgeInitContainers).
    fn purge_init(&self, cx: &mut Cx) {
        let view = cx.runtime.view(&self.uid);
        let inits = init_containers(&self.pod);
        for instance in view.instances.iter().filter(|i| inits.iter().any(|c| *c.name == *i.name)) {
            cx.runtime.remove(&self.uid, instance.id, false, cx.world);
        }
        cx.dirty(&self.uid);
    }

    /// A timer of the run has run out.
    pub(super) fn step_ends(&mut self, token: u64, cx: &mut Cx) {
        let Some(mut run) = self.run.take_if(|run| run.token == token) else { return };
        let flow = match std::mem::replace(&mut run.doing, Doing::Nothing) {
            Doing::Nothing => Flow::Next,
            Doing::Kills => {
                run.doing = Doing::Kills;
                Flow::Wait(None)
            }
            Doing::Volumes { give_up } => self.volumes_waited(&mut run, give_up, cx),
            Doing::Sandbox => self.sandbox_ends(&mut run, cx),
            Doing::StopSandbox => Flow::Next,
            Doing::Unmount => {
                self.terminate_status(cx);
                Flow::Next
            }
            Doing::Start(start) => self.start_goes_on(&mut run, start, cx),
        };
        match flow {
            Flow::Next => self.go_on(run, cx),
            Flow::Wait(after) => self.wait(run, after, cx),
        }
    }

    fn sandbox_ends(&mut self, run: &mut Run, cx: &mut Cx) -> Flow {
        let address = cx.node.address.clone();
        let host_ip = (self.pod.spec.host_network == Some(true)).then_some(&*address);
        match cx.runtime.end_sandbox(&self.uid, host_ip, cx.world) {
            Ok(()) => {
                cx.dirty(&self.uid);
                self.sandbox_ready(cx);
            }
            Err(message) => {
                let text = format!("Failed to create pod sandbox: {message}");
                self.pod_event(cx, true, "FailedCreatePodSandBox", text);
                run.outcome.fail(None);
                run.steps.clear();
            }
        }
        Flow::Next
    }

    /// The status says at once that containers may start, whatever the run does next.
    fn sandbox_ready(&mut self, cx: &mut Cx) {
        let Some(status) = &self.status else { return };
        let mut status = status.as_ref().clone();
        for condition in status.conditions.iter_mut().flatten() {
            if condition.type_ == "PodReadyToStartContainers" && condition.status != "True" {
                condition.status = Text::constant("True");
                condition.reason = None;
                condition.message = None;
            }
        }
        self.set_status(status, cx);
    }

    /// The run may be waiting for the end of an instance.
    pub(super) fn instance_ended(&mut self, id: u64, cx: &mut Cx) {
        let Some(mut run) = self.run.take() else { return };
        let flow = match std::mem::replace(&mut run.doing, Doing::Nothing) {
            Doing::Kills => self.kill_ended(&mut run, id, cx),
            Doing::Start(start) if start.hook_runs_in(id) => {
                run.token = cx.node.token();
                self.hook_died(&mut run, start, cx)
            }
            doing => {
                run.doing = doing;
                Flow::Wait(None)
            }
        };
        match flow {
            Flow::Next => self.go_on(run, cx),
            Flow::Wait(after) => self.wait(run, after, cx),
        }
    }

    /// A timer of one of the run's kills has run out.
    pub(super) fn kill_timer(&mut self, token: u64, id: u64, cx: &mut Cx) {
        let Some(mut run) = self.run.take_if(|run| run.token == token) else { return };
        let flow =
            if matches!(run.doing, Doing::Kills) { self.kill_goes_on(&mut run, id, cx) } else { Flow::Wait(None) };
        match flow {
            Flow::Next => self.go_on(run, cx),
            Flow::Wait(after) => self.wait(run, after, cx),
        }
    }

    /// A wait that a termination cuts short: the kubelet cancels the context of a running sync, which only the wait
    /// for volumes heeds.
    pub(super) fn cancel_wait(&mut self, cx: &mut Cx) {
        if let Some(mut run) = self.run.take_if(|run| matches!(run.doing, Doing::Volumes { .. })) {
            run.steps.clear();
            run.outcome.fail(None);
            self.go_on(run, cx);
        }
    }

    /// The grace of a Pod that is being stopped (kubelet: pod_workers.go calculateEffectiveGracePeriod): at least 1.
    fn termination_grace(&self) -> i64 {
        let spec = self.pod.spec.termination_grace_period_seconds.unwrap_or(30);
        let asked = self.pod.metadata.deletion_grace_period_seconds.unwrap_or(spec);
        let asked = if self.evicted.is_some() { asked.min(1) } else { asked };
        asked.max(1)
    }

    /// Notes what holds the app containers back.
    fn decide_waits(&self, actions: &actions::Actions, view: &PodView, cx: &mut Cx) {
        self.decide_stays(view, cx);
        if !actions.start.is_empty() || actions.create_sandbox || actions.kill_pod {
            return;
        }
        for container in init_containers(&self.pod) {
            let Some(instance) = view.newest(&container.name) else { return };
            if instance.state != crate::cluster::runtime::State::Running {
                continue;
            }
            let name = container.name.to_shared();
            if !is_sidecar(container) {
                return self.decide(cx, "", Reason::WaitsForInit { init: name });
            }
            let passed = self.results.get(instance, ProbeKind::Startup) == Some(probes::Health::Success);
            if container.startup_probe.is_some() && !passed {
                return self.decide(cx, "", Reason::WaitsForSidecar { sidecar: name });
            }
        }
    }
}

/// Only used in notes of the runtime about hooks.
pub(super) fn hook(name: &'static str, ok: Option<bool>) -> RuntimeEvent {
    match ok {
        None => RuntimeEvent::HookStarted { hook: name },
        Some(ok) => RuntimeEvent::HookEnded { hook: name, ok },
    }
}
