//! Starting a container: back-off, image, create, start, postStart (kubelet: kuberuntime_container.go startContainer,
//! kuberuntime_manager.go doBackOff, 1.36).

use std::borrow::Cow;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, LifecycleHandler};
use k8s_openapi::json::to_json;
use k8s_openapi::{Text, pooled};

use super::Cx;
use super::actions::{KillReason, ToKill};
use super::container_statuses::as_container;
use super::environment::config_error;
use super::kill::hook_result;
use super::probing;
use super::pulling::Image;
use super::restart::init_containers;
use super::sync::{Doing, Flow, Run, Step, hook};
use super::worker::Worker;
use crate::api::containers::is_sidecar;
use crate::api::{Pod, image};
use crate::cluster::runtime::program::{ExecAnswer, Program, Setup};
use crate::cluster::runtime::{Command, Disks, NewInstance, State, volumes};
use crate::cluster::world::World;
use crate::cluster::{Happening, Reason, RuntimeNote, Time, go_duration};

/// Which container to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Ephemeral(usize),
    Init(usize),
    App(usize),
}

/// A container being started.
#[derive(Clone, Debug)]
pub(super) struct Start {
    target: Target,
    attempt: u32,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// The image is being pulled.
    Pull(super::pulling::Pulling, Rc<Program>),
    /// CreateContainer is under way.
    Create(Rc<Program>),
    /// StartContainer is under way.
    Start(u64),
    /// The postStart hook runs: in which instance, and how it ends.
    PostStart { id: u64, ok: bool, exec: bool },
}

impl Start {
    /// Whether a hook that needs this instance runs.
    pub fn hook_runs_in(&self, instance: u64) -> bool {
        matches!(self.stage, Stage::PostStart { id, exec: true, .. } if id == instance)
    }
}

/// The container of `pod` that is meant.
fn container(pod: &Pod, target: Target) -> Option<Cow<'_, Container>> {
    match target {
        Target::Ephemeral(index) => {
            pod.spec.ephemeral_containers.as_deref()?.get(index).map(|it| Cow::Owned(as_container(it)))
        }
        Target::Init(index) => init_containers(pod).get(index).map(Cow::Borrowed),
        Target::App(index) => pod.spec.containers.get(index).map(Cow::Borrowed),
    }
}

impl Worker {
    fn program(&self, target: Target, container: &Container, cx: &Cx) -> Rc<Program> {
        let image = container.image.as_deref().unwrap_or_default();
        let words = || -> Vec<String> { container.command.iter().chain(&container.args).flatten().cloned().collect() };
        let terminal = container.stdin == Some(true) && container.tty == Some(true);
        if terminal && image::reads_lines(image, &words()) {
            // A shell at a terminal waits for lines, and ignores the signal that would end others.
            let waits = ["sh", "-c", "trap '' TERM; while true; do sleep 3600; done"].map(str::to_owned);
            return Program::of_image(image, &waits, &[]);
        }
        if matches!(target, Target::Ephemeral(_)) && !cx.world.config.sim_variables {
            let command = container.command.as_deref().unwrap_or_default();
            let args = container.args.as_deref().unwrap_or_default();
            return Program::of_image(container.image.as_deref().unwrap_or_default(), command, args);
        }
        Program::of(&self.pod, container, cx.world.config.sim_variables)
    }

    /// What a container is started with.
    fn setup(&self, container: &Container, cx: &mut Cx) -> Setup {
        let address = cx.runtime.view(&self.uid).ready_sandbox().map(|sandbox| sandbox.ip.clone()).unwrap_or_default();
        volumes::setup(&self.pod, container, &address, cx.world, &mut cx.runtime.disks)
    }

    /// Runs a command in the running instance `id`; none where it does not run. With `effects` it does there what it
    /// does, else only its answer is found out.
    pub(super) fn exec(
        &self,
        container: &Container,
        id: u64,
        command: Command<'_>,
        effects: bool,
        cx: &mut Cx,
    ) -> Option<ExecAnswer> {
        let address = cx.runtime.view(&self.uid).ready_sandbox().map(|sandbox| sandbox.ip.clone()).unwrap_or_default();
        let mut setup =
            |disks: &mut Disks, world: &World| Rc::new(volumes::setup(&self.pod, container, &address, world, disks));
        cx.runtime.exec(&self.uid, id, command, effects, &mut setup, cx.world)
    }

    /// Runs a command in the running instance of the container `name`.
    pub(super) fn exec_in(&self, name: &str, command: Command<'_>, cx: &mut Cx) -> Option<ExecAnswer> {
        let spec = &self.pod.spec;
        let ephemeral = spec.ephemeral_containers.iter().flatten().find(|it| it.name == name).map(as_container);
        let mut written = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let container = ephemeral.or_else(|| written.find(|it| it.name == name).cloned())?;
        let id = cx.runtime.view(&self.uid).running().find(|instance| *instance.name == *name)?.id;
        self.exec(&container, id, command, true, cx)
    }

    /// Begins to start a container.
    pub(super) fn begin_start(&mut self, run: &mut Run, target: Target, cx: &mut Cx) -> Flow {
        let pod = self.pod.clone();
        let Some(container) = container(&pod, target) else { return Flow::Next };
        if let Some((until, message)) = self.crash_back_off(run, &container, cx) {
            return self.start_failed(run, target, &container, "CrashLoopBackOff", message, Some(until));
        }
        let program = self.program(target, &container, cx);
        match self.ensure_image(&container, program.pull(), cx) {
            Image::Present => self.create(run, target, &container, program, cx),
            Image::Pulls(pulling) => {
                let takes = pulling.takes();
                run.doing = Doing::Start(Start { target, attempt: 0, stage: Stage::Pull(pulling, program) });
                Flow::Wait(Some(takes))
            }
            Image::Fails(reason, message) => self.image_failed(run, target, &container, reason, message, cx),
        }
    }

    /// Whether a crash before forbids to start now (doBackOff): until when, and the kubelet's words.
    fn crash_back_off(&mut self, run: &Run, container: &Container, cx: &mut Cx) -> Option<(Time, String)> {
        let exited = run
            .view
            .instances
            .iter()
            .find(|instance| *instance.name == *container.name && instance.state == State::Exited)?;
        let finished = exited.finished_at.unwrap_or(cx.world.now);
        let resources = container.resources.as_ref().map(|resources| to_json(resources).to_string());
        let image = container.image.as_deref().unwrap_or_default();
        let key: Rc<str> = format!("{}\n{image}\n{}", container.name, resources.unwrap_or_default()).into();
        let now = cx.world.now;
        let Some(until) = self.crashes.holds_since(&key, finished, now) else {
            self.crashes.next(key, finished, now);
            return None;
        };
        let title = self.title();
        let name = &container.name;
        let text = format!("Back-off restarting failed container {name} in pod {title}");
        self.container_event(cx, name, true, "BackOff", text);
        let delay = self.crashes.delay(&key);
        self.decide(cx, name, Reason::CrashBackOff { delay, until });
        let delay = go_duration(delay);
        Some((until, format!("back-off {delay} restarting failed container={name} pod={title}")))
    }

    /// The image step failed: one more event, and the reason is kept.
    fn image_failed(
        &mut self,
        run: &mut Run,
        target: Target,
        container: &Container,
        reason: &'static str,
        message: String,
        cx: &mut Cx,
    ) -> Flow {
        self.container_event(cx, &container.name, true, "Failed", format!("Error: {reason}"));
        self.start_failed(run, target, container, reason, message, None)
    }

    fn create(
        &mut self,
        run: &mut Run,
        target: Target,
        container: &Container,
        program: Rc<Program>,
        cx: &mut Cx,
    ) -> Flow {
        if let Some(message) = config_error(self, container, cx.world) {
            self.container_event(cx, &container.name, true, "Failed", format!("Error: {message}"));
            return self.start_failed(run, target, container, "CreateContainerConfigError", message, None);
        }
        let attempt = match run.view.newest(&container.name) {
            Some(instance) => instance.attempt.saturating_add(1),
            None => cx.runtime.logged(&self.uid, &container.name).map_or(0, |attempt| attempt.saturating_add(1)),
        };
        run.doing = Doing::Start(Start { target, attempt, stage: Stage::Create(program) });
        Flow::Wait(Some(cx.world.config.latencies.create))
    }

    /// Something that a start waited for is over.
    pub(super) fn start_goes_on(&mut self, run: &mut Run, start: Start, cx: &mut Cx) -> Flow {
        let pod = self.pod.clone();
        let Some(container) = container(&pod, start.target) else { return Flow::Next };
        let name = container.name.to_shared();
        match start.stage {
            Stage::Pull(pulling, program) => match self.pull_ends(&container, pulling, cx) {
                Ok(()) => self.create(run, start.target, &container, program, cx),
                Err(message) => self.image_failed(run, start.target, &container, "ErrImagePull", message, cx),
            },
            Stage::Create(program) => {
                if let Some(message) = program.create_error(start.attempt) {
                    self.container_event(cx, &name, true, "Failed", format!("Error: {message}"));
                    return self.start_failed(run, start.target, &container, "CreateContainerError", message, None);
                }
                let setup = program.is_interpreted().then(|| Rc::new(self.setup(&container, cx)));
                if setup.is_none() {
                    volumes::prepare(&self.pod, cx.world, &mut cx.runtime.disks);
                }
                let made = NewInstance {
                    name: name.clone(),
                    attempt: start.attempt,
                    image: container.image.as_ref().map(Text::to_shared).unwrap_or_default(),
                    program,
                    tail: container.termination_message_policy.as_deref() == Some("FallbackToLogsOnError"),
                    setup,
                    memory_limit: volumes::memory_limit(&container),
                    cpu_limit: volumes::cpu_limit(&container),
                };
                let id = cx.runtime.create(&self.uid, made, cx.world);
                cx.dirty(&self.uid);
                self.container_event(cx, &name, false, "Created", "Container created");
                let Start { target, attempt, .. } = start;
                run.doing = Doing::Start(Start { target, attempt, stage: Stage::Start(id) });
                Flow::Wait(Some(cx.world.config.latencies.start))
            }
            Stage::Start(id) => {
                cx.dirty(&self.uid);
                if let Err(message) = cx.runtime.start(&self.uid, id, cx.world) {
                    self.container_event(cx, &name, true, "Failed", format!("Error: {message}"));
                    return self.start_failed(run, start.target, &container, "RunContainerError", message, None);
                }
                self.container_event(cx, &name, false, "Started", "Container started");
                self.decide(cx, &name, Reason::Started { restart: start.attempt > 0 });
                self.post_start(run, start, &container, id, cx)
            }
            Stage::PostStart { id, ok, .. } => self.hook_ends(run, &start, &container, id, ok, None, cx),
        }
    }

    fn post_start(&mut self, run: &mut Run, start: Start, container: &Container, id: u64, cx: &mut Cx) -> Flow {
        let hook_spec = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.post_start.as_ref());
        let Some(hook_spec) = hook_spec else {
            self.reasons.remove(container.name.as_str());
            return Flow::Next;
        };
        self.note(&container.name, start.attempt, hook("postStart", None), cx);
        let exec = hook_spec.exec.is_some();
        if exec && cx.runtime.process(&self.uid, id).is_none() {
            return self.hook_ends(run, &start, container, id, false, Some(137), cx);
        }
        let (after, ok) = hook_result(self, container, hook_spec, id, cx);
        run.doing = Doing::Start(Start { stage: Stage::PostStart { id, ok, exec }, ..start });
        Flow::Wait(after)
    }

    fn note(&self, container: &str, attempt: u32, event: crate::cluster::RuntimeEvent, cx: &mut Cx) {
        let note = RuntimeNote { pod: self.uid.clone(), container: pooled(container), attempt, event };
        cx.world.note(Happening::Runtime(note));
    }

    /// The container died under its postStart command.
    pub(super) fn hook_died(&mut self, run: &mut Run, start: Start, cx: &mut Cx) -> Flow {
        let pod = self.pod.clone();
        let Some(container) = container(&pod, start.target) else { return Flow::Next };
        let Stage::PostStart { id, .. } = start.stage else { return Flow::Next };
        self.hook_ends(run, &start, &container, id, false, Some(137), cx)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one failure's text")]
    fn hook_ends(
        &mut self,
        run: &mut Run,
        start: &Start,
        container: &Container,
        id: u64,
        ok: bool,
        died: Option<i32>,
        cx: &mut Cx,
    ) -> Flow {
        self.note(&container.name, start.attempt, hook("postStart", Some(ok)), cx);
        if ok {
            self.reasons.remove(container.name.as_str());
            return Flow::Next;
        }
        let hook_spec = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.post_start.as_ref());
        let message = hook_spec.map(|hook| self.hook_text(container, hook, id, died, cx)).unwrap_or_default();
        self.container_event(cx, &container.name, true, "FailedPostStartHook", "PostStartHook failed");
        let target = start.target;
        let flow = self.start_failed(run, target, container, "PostStartHookError", message, None);
        let kill = ToKill { id, message: "FailedPostStartHook".to_owned(), reason: KillReason::Other };
        run.steps.push_front(Step::Kill(kill));
        flow
    }

    /// The kubelet's words for a hook that failed (kubelet: lifecycle/handlers.go).
    fn hook_text(
        &self,
        container: &Container,
        hook: &LifecycleHandler,
        id: u64,
        died: Option<i32>,
        cx: &mut Cx,
    ) -> String {
        let place = format!("for Container \"{}\" in Pod \"{}\" failed", container.name, self.title());
        if let Some(exec) = &hook.exec {
            let command = exec.command.as_deref().unwrap_or_default().join(" ");
            let words = exec.command.as_deref().unwrap_or_default();
            let answer = self.exec(container, id, words.into(), false, cx);
            let missing = answer.as_ref().filter(|_| died.is_none()).and_then(|answer| answer.missing(words));
            if let Some(missing) = missing {
                let error = probing::exec_error(&missing.text(&self.uid, cx.world.now));
                return format!("Exec lifecycle hook ([{command}]) {place} - error: {error}, message: \"\"");
            }
            let code = died.or(answer.as_ref().map(|answer| answer.code)).unwrap_or(137);
            let output = answer.map(|answer| answer.output).filter(|_| died.is_none()).unwrap_or_default();
            return format!(
                "Exec lifecycle hook ([{command}]) {place} - error: command '{command}' exited with {code}: , message: \
                 {output:?}"
            );
        }
        if let Some(get) = &hook.http_get {
            let port = probing::port_of(container, &get.port).unwrap_or(80);
            let path = get.path.as_deref().unwrap_or("/");
            let ip = cx.runtime.view(&self.uid).ready_sandbox().map(|s| s.ip.to_string()).unwrap_or_default();
            let host = get.host.as_deref().filter(|host| !host.is_empty()).unwrap_or(&ip);
            let url = probing::url(get.scheme.as_deref(), host, port, path);
            return format!(
                "HTTP lifecycle hook ({path}) {place} - error: Get \"{url}\": dial tcp {host}:{port}: connect: \
                 connection refused"
            );
        }
        format!("Lifecycle hook {place}")
    }

    /// A start did not succeed: its reason is kept, and what may follow it follows.
    fn start_failed(
        &mut self,
        run: &mut Run,
        target: Target,
        container: &Container,
        reason: &'static str,
        message: String,
        until: Option<Time>,
    ) -> Flow {
        self.reasons.insert(container.name.to_shared(), (reason, message.into()));
        run.outcome.fail(until);
        if matches!(target, Target::Init(_)) && !is_sidecar(container) {
            // Nothing after an init container that could not be started.
            run.steps.clear();
        }
        Flow::Next
    }
}
