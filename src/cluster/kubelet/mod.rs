//! The kubelet of one node: a worker per Pod, each sync publishes the status first, then acts
//! (kubelet: kubelet.go, pod_workers.go, 1.36).

mod actions;
mod admission;
mod backoff;
mod conditions;
mod container_statuses;
mod containers;
mod environment;
mod eviction;
mod host_path;
mod jitter;
mod kill;
mod local_storage;
mod node_status;
mod phase;
mod pleg;
mod probes;
mod probing;
mod publish;
mod pulling;
mod resize;
mod restart;
mod status;
mod steady;
mod sync;
mod sysctls;
#[cfg(test)]
mod tests;
pub(super) mod timer;
mod volumes;
mod worker;

use collections::{Map as BTreeMap, Set as BTreeSet, Table};
use std::rc::Rc;
use std::time::Duration;

use super::probe_kind::ProbeKind;
use super::runtime::program::ExecAnswer;
use super::runtime::{Command, Runtime};
use super::world::{Due, World};
use super::{Action, Change, ChangeKind, ObjectKey, Time, node_lifecycle};
use crate::api::{Kind, Object, Pod};
use eviction::{Pressure, Signal};
use pulling::Puller;
use resize::Wholes;
use timer::ProbeKey;
pub(crate) use timer::Timer;
use worker::{Life, Worker};

/// A kubelet's own state.
#[derive(Clone, Debug)]
pub(crate) struct Kubelet {
    node: Node,
    workers: Table<Rc<str>, Rc<Worker>>,
    /// What their Pods take together.
    taken: admission::Taken,
}

/// What belongs to the node and not to one Pod.
#[derive(Clone, Debug)]
struct Node {
    name: Rc<str>,
    address: Rc<str>,
    /// Where in the second the relist and the tick of the work queue fall.
    relist_phase: Duration,
    tick_phase: Duration,
    /// Pods of which the runtime has something new, or whose next run waits for a relist; one may be there twice.
    dirty: Vec<Rc<str>>,
    /// When the next relist is, where one is set.
    relist: Option<Time>,
    tokens: u64,
    /// Pods whose resize is pending, and when they are looked at again.
    resizes: BTreeSet<Rc<str>>,
    retry: Option<Time>,
    /// What its Pods request together, shared among those that request the same.
    wholes: Wholes,
    /// The node's pulls, where they are limited.
    puller: Puller,
    /// What the node is short of.
    pressures: BTreeMap<Signal, Pressure>,
    /// When the kubelet came up, where that was in this run.
    started: Option<Time>,
    /// It is away; the token of its return.
    away: Option<u64>,
    /// Whether the node took no new Pods when the kubelet looked last.
    cordoned: bool,
    /// Whether a look at the node is to come.
    looks: bool,
}

/// The work queue is looked at so often.
const TICK: Duration = Duration::from_secs(1);
/// The relist comes a second after the last one has ended, and takes a little itself.
const RELIST: Duration = Duration::from_millis(1_050);

impl Node {
    /// A number that was never given out.
    fn token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }

    /// Sets a timer of the kubelet.
    fn timer(&self, after: Duration, timer: Timer, world: &mut World) {
        world.wake(after, Due::Kubelet(self.name.clone(), timer));
    }

    /// The last instant of the relist's grid up to `now`.
    fn last_relist(&self, now: Time) -> Time {
        let first = Time::ZERO + self.relist_phase;
        let since = now.since(first).as_micros();
        let past = since - since % RELIST.as_micros();
        let past = Duration::from_micros(u64::try_from(past).unwrap_or(u64::MAX));
        if now < first { Time::ZERO } else { first + past }
    }
}

/// What a worker needs beside itself.
struct Cx<'a> {
    /// Where among the kubelet's workers it is.
    slot: u32,
    node: &'a mut Node,
    runtime: &'a mut Runtime,
    world: &'a mut World,
}

impl Cx<'_> {
    fn timer(&mut self, after: Duration, timer: Timer) {
        self.node.timer(after, timer, self.world);
    }

    fn probe(&mut self, pod: &Rc<str>, key: &ProbeKey, after: Duration, token: u64) {
        self.timer(after, Timer::Probe { pod: pod.clone(), container: key.0.clone(), kind: key.1, token });
    }

    /// The runtime has something new of `pod`: the next relist will see it.
    fn dirty(&mut self, pod: &Rc<str>) {
        if self.node.dirty.last() != Some(pod) {
            self.node.dirty.push(pod.clone());
        }
        self.want_relist();
    }

    /// Sets the timer of the next relist.
    fn want_relist(&mut self) {
        if self.node.relist.is_none() {
            let at = self.node.last_relist(self.world.now);
            let at = if at == Time::ZERO { at + self.node.relist_phase } else { at + RELIST };
            self.node.relist = Some(at);
            self.timer(at.since(self.world.now), Timer::Relist);
        }
    }

    /// How long until the first tick of the work queue at or after `at`.
    fn until_tick(&self, at: Time) -> Duration {
        let first = Time::ZERO + self.node.tick_phase;
        let since = at.since(first);
        let mut tick = first + Duration::from_secs(since.as_secs());
        if tick < at {
            tick = tick + TICK;
        }
        tick.since(self.world.now)
    }
}

impl Kubelet {
    /// The kubelet of `node`, registered.
    pub fn new(node: Rc<str>, world: &mut World) -> Self {
        let digits: String = node.chars().filter(char::is_ascii_digit).collect();
        let number: u32 = digits.parse().unwrap_or(1);
        let phase = |world: &mut World| Duration::from_micros(world.rng.below(1_000_000));
        let node = Node {
            name: node,
            address: format!("172.20.0.{}", number.saturating_add(9)).into(),
            relist_phase: phase(world),
            tick_phase: phase(world),
            dirty: Vec::new(),
            relist: None,
            tokens: 0,
            resizes: BTreeSet::new(),
            retry: None,
            wholes: Wholes::default(),
            puller: Puller::default(),
            pressures: BTreeMap::new(),
            started: None,
            away: None,
            cordoned: false,
            looks: false,
        };
        Self { node, workers: Table::default(), taken: admission::Taken::default() }
    }

    /// Its workers, in no order that means anything.
    fn workers(&self) -> impl Iterator<Item = &Worker> + Clone {
        self.workers.iter().map(|(_, worker)| worker.as_ref())
    }

    /// Its workers by the uids of their Pods.
    fn sorted(&self) -> Vec<&Worker> {
        let mut workers: Vec<&Worker> = self.workers().collect();
        collections::sort_by(&mut workers, |a, b| a.uid.cmp(&b.uid));
        workers
    }

    /// Lets the worker of `pod` do something.
    fn with(
        &mut self,
        pod: &Rc<str>,
        runtime: &mut Runtime,
        world: &mut World,
        act: impl FnOnce(&mut Worker, &mut Cx),
    ) {
        let Some(slot) = self.workers.slot(pod) else { return };
        let Some(worker) = self.workers.at_mut(slot) else { return };
        let mut cx = Cx { slot, node: &mut self.node, runtime, world };
        let worker = Rc::make_mut(worker);
        act(worker, &mut cx);
        let weight = admission::weight(worker);
        if weight != worker.counted {
            let before = worker.counted.map_or(self.taken, |counted| self.taken.without(counted));
            self.taken = weight.map_or(before, |weight| before.with(weight));
            worker.counted = weight;
        }
        if worker.removed && worker.life == Life::Finished && worker.run.is_none() {
            if let Some(counted) = worker.counted {
                self.taken = self.taken.without(counted);
            }
            self.workers.remove(pod);
            runtime.forget(pod);
        }
    }

    /// Whether nothing is heard of it.
    pub fn is_away(&self) -> bool {
        self.node.away.is_some()
    }

    /// Runs a command in a container of one of its Pods; none where the container does not run here.
    pub fn exec(
        &mut self,
        pod: &ObjectKey,
        container: &str,
        command: Command<'_>,
        runtime: &mut Runtime,
        world: &mut World,
    ) -> Option<ExecAnswer> {
        let uid = self.uid_of(pod)?;
        let mut answer = None;
        self.with(&uid, runtime, world, |worker, cx| answer = worker.exec_in(container, command, cx));
        answer
    }

    /// Hears of a change of its node, of one of its Pods, or of a ConfigMap, Secret or claim.
    pub fn see(&mut self, change: &Change, runtime: &mut Runtime, world: &mut World) {
        if self.node.away.is_some() {
            return;
        }
        if let Object::Node(node) = &change.object {
            return self.see_node(node, world);
        }
        let Object::Pod(pod) = &change.object else {
            if matches!(change.object, Object::ConfigMap(_) | Object::Secret(_)) {
                self.sorted().iter().for_each(|worker| runtime.refresh_later(&worker.pod, world));
            }
            return;
        };
        if pod.spec.node_name.as_deref() != Some(&*self.node.name) {
            return;
        }
        let uid = pod.shared_uid();
        if change.kind == ChangeKind::Deleted {
            self.with(&uid, runtime, world, |worker, cx| worker.gone(pod, cx));
            return self.retry_resizes(runtime, world);
        }
        if self.workers.contains_key(&uid) {
            self.with(&uid, runtime, world, |worker, cx| worker.changed(pod, cx));
            return self.see_resize(&uid, runtime, world);
        }
        self.add(pod, change.key.clone(), runtime, world);
    }

    /// Takes a Pod on, or turns it away (kubelet.go HandlePodAdditions).
    fn add(&mut self, pod: &Rc<Pod>, key: ObjectKey, runtime: &mut Runtime, world: &mut World) {
        let uid = pod.shared_uid();
        let rejection = match pod.status.phase.as_deref() {
            Some("Failed" | "Succeeded") => None,
            _ if pod.status.start_time.is_some() => None,
            _ => self
                .pressed_for(pod)
                .or_else(|| sysctls::refusal(pod))
                .or_else(|| admission::refusal(self.taken, self.workers(), pod, &self.node.name, world)),
        };
        let worker = Worker::new(pod.clone(), key, &mut self.node.wholes, runtime, world);
        self.workers.insert(uid.clone(), Rc::new(worker));
        self.with(&uid, runtime, world, |worker, cx| match rejection {
            Some(rejection) => worker.reject(rejection, cx),
            None => worker.taken(cx),
        });
    }

    /// A timer of it runs out.
    pub fn wake(&mut self, timer: Timer, runtime: &mut Runtime, world: &mut World) {
        if let Some(return_token) = self.node.away {
            if matches!(timer, Timer::Returned { token } if token == return_token) {
                self.come_back(false, runtime, world);
            }
            return;
        }
        match timer {
            Timer::Relist => self.relist(runtime, world),
            Timer::Run { pod } => self.with(&pod, runtime, world, |worker, cx| worker.begin_asked(cx)),
            Timer::Requeue { pod, token } => {
                self.with(&pod, runtime, world, |worker, cx| worker.requeued(token, cx));
            }
            Timer::Step { pod, token } => {
                self.with(&pod, runtime, world, |worker, cx| worker.step_ends(token, cx));
            }
            Timer::Kill { pod, token, id } => {
                self.with(&pod, runtime, world, |worker, cx| worker.kill_timer(token, id, cx));
            }
            Timer::Probe { pod, container, kind, token } => {
                let key = (container, kind);
                self.with(&pod, runtime, world, |worker, cx| worker.probe_timer(&key, token, cx));
            }
            Timer::ProbeAgain { probe } => self.probe_again(probe, runtime, world),
            Timer::ProbedAgain { probe } => self.probed_again(probe, world),
            Timer::Mount { pod } => self.with(&pod, runtime, world, |worker, cx| worker.mount_timer(cx)),
            Timer::Write { pod } => self.with(&pod, runtime, world, |worker, cx| worker.write(cx)),
            Timer::Storage { pod } => self.with(&pod, runtime, world, |worker, cx| worker.storage_timer(cx)),
            Timer::Deadline { pod } => self.with(&pod, runtime, world, |worker, cx| worker.ask_for_sync(cx)),
            Timer::Exited { pod, id } => self.with(&pod, runtime, world, |worker, cx| {
                cx.dirty(&worker.uid);
                worker.instance_ended(id, cx);
                worker.end_commands(id, cx);
            }),
            Timer::SandboxDied { pod } => self.with(&pod, runtime, world, |worker, cx| cx.dirty(&worker.uid)),
            Timer::Pressure => self.relieve(runtime, world),
            Timer::Resizes => self.retry_resizes(runtime, world),
            Timer::Status => self.look_at_node(world),
            Timer::Returned { .. } => {}
        }
    }

    /// PLEG looks at every Pod of which there is something new, and lets those begin that waited for it.
    fn relist(&mut self, runtime: &mut Runtime, world: &mut World) {
        self.node.relist = None;
        let mut dirty = std::mem::take(&mut self.node.dirty);
        collections::sort(&mut dirty);
        dirty.dedup();
        for pod in &dirty {
            self.with(pod, runtime, world, |worker, cx| worker.relist(cx));
        }
    }

    /// Something from outside the API befalls the node or its containers.
    pub fn outside(&mut self, action: &Action, runtime: &mut Runtime, world: &mut World) {
        match action {
            Action::RestartKubelet { node, down } if *node == self.node.name => {
                self.leave(world);
                let token = self.node.token();
                self.node.away = Some(token);
                self.node.timer(*down, Timer::Returned { token }, world);
            }
            Action::NodeDown { node } if *node == self.node.name => {
                runtime.lose_node(&self.node.name, world);
                self.leave(world);
                self.node.away = Some(self.node.token());
            }
            Action::NodeUp { node } if *node == self.node.name && self.node.away.is_some() => {
                self.come_back(true, runtime, world);
            }
            Action::KillContainer { pod, container, exit_code } => {
                let Some(uid) = self.uid_of(pod) else { return };
                let view = runtime.view(&uid);
                let running = view.newest(container).filter(|instance| kill::runs(instance));
                if let Some(instance) = running {
                    runtime.crash(&uid, instance.id, *exit_code, world);
                }
            }
            Action::ForceProbe { pod, container, probe, passes } => {
                let Some(uid) = self.uid_of(pod) else { return };
                let kind = match &**probe {
                    "startup" => ProbeKind::Startup,
                    "liveness" => ProbeKind::Liveness,
                    _ => ProbeKind::Readiness,
                };
                let key = (container.clone(), kind);
                self.with(&uid, runtime, world, |worker, _| {
                    match passes {
                        Some(passes) => worker.forced.insert(key, *passes),
                        None => worker.forced.remove(&key),
                    };
                });
            }
            Action::NodePressure { node, resource, pods } if *node == self.node.name && self.node.away.is_none() => {
                if let Some(signal) = Signal::named(resource) {
                    self.press(signal, *pods, runtime, world);
                }
            }
            Action::Exec { pod, container, command, input } => {
                let command = Command { words: command, input };
                let _answer = self.exec(pod, container, command, runtime, world);
            }
            Action::SetImage { image, available } => runtime.images.set(image, *available),
            _ => {}
        }
    }

    fn uid_of(&self, key: &ObjectKey) -> Option<Rc<str>> {
        self.workers().find(|worker| worker.key() == *key && !worker.removed).map(|worker| worker.uid.clone())
    }

    /// The kubelet stops: what it had in its head is lost.
    fn leave(&mut self, world: &mut World) {
        node_lifecycle::falls_silent(&self.node.name, world);
        world.events.forget(&self.node.name);
        self.workers = Table::default();
        self.taken = admission::Taken::default();
        self.node.dirty.clear();
        self.node.relist = None;
        self.node.resizes.clear();
        self.node.pressures.clear();
        (self.node.cordoned, self.node.looks) = (false, false);
    }

    /// The kubelet starts again, its machine with it or not: it finds its Pods in the API and their containers in the
    /// runtime.
    fn come_back(&mut self, booted: bool, runtime: &mut Runtime, world: &mut World) {
        self.node.away = None;
        self.node.started = Some(world.now);
        node_lifecycle::speaks_again(&self.node.name, booted, world);
        self.look_at_node(world);
        let here = |(key, object): (&ObjectKey, &Object)| match object {
            Object::Pod(pod) if pod.spec.node_name.as_deref() == Some(&*self.node.name) => {
                Some((key.clone(), pod.clone()))
            }
            _ => None,
        };
        let mine: Vec<(ObjectKey, Rc<Pod>)> = world.store.list(Kind::Pod).filter_map(here).collect();
        let uids: Vec<&str> = mine.iter().map(|(_, pod)| pod.uid()).collect();
        runtime.kill_orphans(&self.node.name, &uids, world);
        for (key, pod) in mine {
            self.add(&pod, key, runtime, world);
        }
    }
}

impl Worker {
    /// The node took the Pod.
    fn taken(&mut self, cx: &mut Cx) {
        let came_back = cx.node.started.is_some();
        if matches!(self.pod.status.phase.as_deref(), Some("Failed" | "Succeeded")) {
            self.life = Life::Finished;
            self.status = Some(self.pod.status.clone());
            self.write_soon(cx);
            return;
        }
        if came_back {
            self.after_restart();
        }
        if self.pod.metadata.deletion_timestamp.is_some() {
            self.life = Life::Terminating;
        }
        self.watch_storage(cx);
        self.ask_for_sync(cx);
    }

    /// The API told of a change of the Pod (kubelet: config.go podsDifferSemantically, kubelet.go HandlePodReconcile).
    fn changed(&mut self, pod: &Rc<Pod>, cx: &mut Cx) {
        let old = std::mem::replace(&mut self.seen, pod.clone());
        if old.spec.active_deadline_seconds != pod.spec.active_deadline_seconds {
            self.watch_deadline(cx);
        }
        let (before, now) = (&old.metadata, &pod.metadata);
        let deleted = now.deletion_timestamp.is_some();
        if self.life == Life::Finished {
            if deleted {
                self.write_soon(cx);
            }
            return;
        }
        if deleted && self.life == Life::Syncing {
            self.life = Life::Terminating;
            self.ask_for_sync(cx);
            return self.cancel_wait(cx);
        }
        let differs = old.spec != pod.spec || before.labels != now.labels || before.annotations != now.annotations;
        let gates = pod.spec.readiness_gates.as_ref().is_some_and(|gates| !gates.is_empty())
            && old.status.conditions != pod.status.conditions
            && self.gates_changed();
        if self.life == Life::Syncing && (differs || gates) {
            self.ask_for_sync(cx);
        }
    }

    /// Whether Ready is not what the conditions of the readiness gates now ask for.
    fn gates_changed(&self) -> bool {
        let Some(status) = &self.status else { return false };
        let [now, _] = conditions::readiness(&self.seen, status);
        let told = self.seen.status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready");
        told.is_some_and(|told| told.status != now.status || told.message != now.message)
    }

    /// The API has removed the Pod.
    fn gone(&mut self, pod: &Rc<Pod>, cx: &mut Cx) {
        self.removed = true;
        if pod.metadata.deletion_timestamp.is_some() {
            self.seen = pod.clone();
        }
        if self.life == Life::Syncing {
            self.life = Life::Terminating;
            self.ask_for_sync(cx);
            self.cancel_wait(cx);
        }
    }
}
