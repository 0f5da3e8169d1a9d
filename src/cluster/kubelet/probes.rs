//! Probe workers: ticks, pokes, thresholds, and the results they leave (kubelet: prober/worker.go,
//! prober/prober_manager.go, prober/results, 1.36).

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodStatus, Probe};
use k8s_openapi::jiff::Timestamp;
use k8s_openapi::pooled;

use super::probing::{self, Attempt};
use super::restart::{all_restart, restarts_after};
use super::steady::Ground;
use super::timer::{ProbeKey, Steady};
use super::worker::Worker;
use super::{Cx, Timer};
use crate::api::Pod;
use crate::api::containers::{is_sidecar, lasting};
use crate::cluster::Time;
use crate::cluster::probe_kind::ProbeKind;
use crate::cluster::runtime::Instance;
use crate::cluster::runtime::network::Ask;

/// The standing result of a probe for one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// Not known yet: startup probes begin so.
    Unknown,
    Success,
    Failure,
}

/// The standing results, by instance (its id in the API) and probe.
#[derive(Clone, Debug, Default)]
pub(super) struct Results(BTreeMap<(Rc<str>, ProbeKind), Health>);

impl Results {
    /// The result for `instance`.
    pub fn get(&self, instance: &Instance, kind: ProbeKind) -> Option<Health> {
        self.of(&instance.container_id, kind)
    }

    /// The result for the instance with this id.
    pub fn of(&self, container_id: &Rc<str>, kind: ProbeKind) -> Option<Health> {
        self.0.get(&(container_id.clone(), kind)).copied()
    }

    /// Whether the probe failed as often as it may.
    pub fn failed(&self, instance: &Instance, kind: ProbeKind) -> bool {
        self.get(instance, kind) == Some(Health::Failure)
    }

    fn set(&mut self, container_id: Rc<str>, kind: ProbeKind, health: Health) -> bool {
        self.0.insert((container_id, kind), health) != Some(health)
    }

    fn remove(&mut self, container_id: &Rc<str>, kind: ProbeKind) {
        self.0.remove(&(container_id.clone(), kind));
    }
}

/// One probe of one container.
#[derive(Clone, Debug)]
pub(super) struct ProbeWorker {
    /// Tells its newest timer from those before.
    pub token: u64,
    /// When the ticker ticks next.
    pub next_tick: Time,
    period: Duration,
    pub container_id: Option<Rc<str>>,
    on_hold: bool,
    last: Option<bool>,
    run: i32,
    /// A poke came while it was busy.
    poked: bool,
    /// An attempt under way.
    attempt: Option<Attempt>,
    /// What it asks of its container, over and over, where it asks over HTTP or TCP.
    ask: Option<Rc<Ask>>,
    /// No timer runs: nothing can come of a tick until the container changes.
    parked: bool,
    /// What the turn that is due depends on, where the last one passed and this one may go like it.
    pub ground: Option<Ground>,
}

/// The name of a probe in texts.
pub(super) fn name(kind: ProbeKind) -> &'static str {
    match kind {
        ProbeKind::Startup => "startup",
        ProbeKind::Liveness => "liveness",
        ProbeKind::Readiness => "readiness",
    }
}

/// The probe of `kind` that `container` has.
pub(super) fn spec(container: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Startup => container.startup_probe.as_deref(),
        ProbeKind::Liveness => container.liveness_probe.as_deref(),
        ProbeKind::Readiness => container.readiness_probe.as_deref(),
    }
}

/// The containers that can have probes: sidecars and app containers.
fn probed(pod: &Pod) -> impl Iterator<Item = &Container> {
    lasting(&pod.spec)
}

/// The container `name`, where it can have probes.
pub(super) fn find<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    probed(pod).find(|container| container.name == name)
}

/// The status of the container `name`.
pub(super) fn container_status<'a>(status: &'a PodStatus, name: &str) -> Option<&'a ContainerStatus> {
    let lists = [&status.init_container_statuses, &status.container_statuses];
    lists.into_iter().flatten().flatten().find(|status| status.name == name)
}

/// Whether the kubelet found the container running when it came up, and so leaves `started` and `ready` as they were. One
/// that began in the last seconds before counts as new (prober_manager.go kubeletRestartGracePeriod).
pub(super) fn found_running(container: &ContainerStatus, cx: &Cx) -> bool {
    let Some(came_up) = cx.node.started else { return false };
    let running = container.state.as_ref().and_then(|state| state.running.as_ref());
    let Some(since) = running.and_then(|running| running.started_at.as_ref()) else { return false };
    Timestamp::constant(since.0.as_second().saturating_add(10), 0) < came_up.to_timestamp(cx.world.config.epoch)
}

const KINDS: [ProbeKind; 3] = [ProbeKind::Startup, ProbeKind::Readiness, ProbeKind::Liveness];

impl Worker {
    /// Starts the workers of the probes until it meets one that has a worker: those that have ended since the last sync
    /// begin anew only where no other one comes before them (kubelet: prober_manager.go AddPod).
    pub(super) fn add_probes(&mut self, cx: &mut Cx) {
        let pod = self.pod.clone();
        for container in probed(&pod) {
            for kind in KINDS {
                let Some(probe) = spec(container, kind) else { continue };
                if self.has_probe(&container.name, kind) {
                    return;
                }
                let seconds = u64::try_from(probe.period_seconds.filter(|&s| s > 0).unwrap_or(10)).unwrap_or(10);
                let period = Duration::from_secs(seconds);
                // A kubelet that has just come up spreads the first probes over a period.
                let young = cx.node.started.is_some_and(|at| cx.world.now.since(at) < period);
                let wait = if young { period.mul_f64(cx.world.rng.unit()) } else { Duration::ZERO };
                let worker = ProbeWorker {
                    token: cx.node.token(),
                    next_tick: cx.world.now + wait,
                    period,
                    container_id: None,
                    on_hold: false,
                    last: None,
                    run: 0,
                    poked: false,
                    attempt: None,
                    ask: probing::ask_of(container, probe).map(Rc::new),
                    ground: None,
                    parked: false,
                };
                let key = (container.name.to_shared(), kind);
                cx.probe(&self.uid, &key, wait, worker.token);
                self.probes.insert(key, worker);
            }
        }
    }

    /// Whether `container` has a worker for its probe of `kind`.
    pub(super) fn has_probe(&self, container: &str, kind: ProbeKind) -> bool {
        self.probes.keys().any(|(name, known)| **name == *container && *known == kind)
    }

    /// Stops the workers that `keep` does not keep.
    pub(super) fn stop_probes(&mut self, keep: impl Fn(&ProbeKey) -> bool) {
        self.probes.retain(|key, _| keep(key));
    }

    /// Asks the readiness worker of `container` for a probe now (kubelet: worker.go manualTriggerCh).
    pub(super) fn poke(&mut self, container: &str, cx: &mut Cx) {
        let key = (pooled(container), ProbeKind::Readiness);
        let Some(worker) = self.probes.get_mut(&key) else { return };
        if worker.attempt.is_some() {
            worker.poked = true;
        } else if !worker.poked {
            // It runs after the sync that poked it has set the status.
            worker.poked = true;
            worker.token = cx.node.token();
            cx.probe(&self.uid, &key, Duration::ZERO, worker.token);
        }
    }

    /// The instance of this id has ended, and with it every probe that is a command in it.
    pub(super) fn end_commands(&mut self, instance: u64, cx: &mut Cx) {
        for (key, worker) in &mut self.probes {
            if worker.attempt.as_ref().is_some_and(|attempt| attempt.runs_in(instance)) {
                worker.token = cx.node.token();
                cx.probe(&self.uid, key, Duration::ZERO, worker.token);
            }
        }
    }

    /// Wakes parked workers whose container is another one than they knew.
    pub(super) fn unpark_probes(&mut self, cx: &mut Cx) {
        if self.probes.values().all(|worker| !worker.parked) {
            return;
        }
        let Some(status) = self.status.clone() else { return };
        for (key, worker) in &mut self.probes {
            if !worker.parked {
                continue;
            }
            let Some(container) = container_status(&status, &key.0) else { continue };
            let running = container.state.as_ref().is_some_and(|state| state.running.is_some());
            let same = container.container_id.as_deref() == worker.container_id.as_deref();
            if !same || (!running && !worker.on_hold) {
                worker.parked = false;
                worker.token = cx.node.token();
                while worker.next_tick <= cx.world.now {
                    worker.next_tick = worker.next_tick + worker.period;
                }
                cx.probe(&self.uid, key, worker.next_tick.since(cx.world.now), worker.token);
            }
        }
    }

    /// A timer of a probe worker runs out: a tick, a poke, or the end of an attempt.
    pub(super) fn probe_timer(&mut self, key: &ProbeKey, token: u64, cx: &mut Cx) {
        let Some(worker) = self.probes.get_mut(key).filter(|worker| worker.token == token) else { return };
        worker.ground = None;
        let mut steady = None;
        let goes_on = match worker.attempt.take() {
            Some(mut attempt) => {
                steady = attempt.ground.take().map(|ground| (ground, attempt.number(self)));
                self.attempt_ends(key, attempt, cx);
                true
            }
            None => {
                if worker.poked {
                    worker.poked = false;
                    worker.next_tick = cx.world.now + worker.period;
                } else {
                    worker.next_tick = worker.next_tick + worker.period;
                }
                self.probe_once(key, cx)
            }
        };
        let Some(worker) = self.probes.get_mut(key) else { return };
        if !goes_on {
            if let Some(id) = worker.container_id.take() {
                self.results.remove(&id, key.1);
            }
            self.probes.remove(key);
        } else if let Some(attempt) = &worker.attempt {
            worker.token = cx.node.token();
            cx.probe(&self.uid, key, attempt.takes, worker.token);
        } else if worker.poked {
            worker.token = cx.node.token();
            cx.probe(&self.uid, key, Duration::ZERO, worker.token);
        } else if !worker.parked {
            worker.token = cx.node.token();
            let (token, period, after) = (worker.token, worker.period, worker.next_tick.since(cx.world.now));
            match steady {
                Some((ground, attempt)) => {
                    let (pod, slot, key) = (self.uid.clone(), cx.slot, key.clone());
                    worker.ground = Some(ground);
                    let probe = Rc::new(Steady { pod, slot, key, token, period, attempt });
                    cx.timer(after, Timer::ProbeAgain { probe });
                }
                None => cx.probe(&self.uid, key, after, token),
            }
        }
    }

    /// One turn of a worker (kubelet: worker.go doProbe); false when it ends for good.
    fn probe_once(&mut self, key: &ProbeKey, cx: &mut Cx) -> bool {
        let Some(status) = self.status.clone() else { return true };
        if matches!(status.phase.as_deref(), Some("Failed" | "Succeeded")) {
            return false;
        }
        let pod = self.pod.clone();
        let Some(container) = find(&pod, &key.0) else { return false };
        let Some(probe) = spec(container, key.1) else { return false };
        let Some(seen) = container_status(&status, &key.0) else { return true };
        let Some(id) = &seen.container_id else { return true };
        let Some(worker) = self.probes.get_mut(key) else { return false };
        let mut told = None;
        if worker.container_id.as_deref() != Some(id.as_str()) {
            let id = id.to_shared();
            if let Some(before) = worker.container_id.replace(id.clone()) {
                self.results.remove(&before, key.1);
            }
            let seed = match key.1 {
                ProbeKind::Startup => Health::Unknown,
                ProbeKind::Liveness => Health::Success,
                ProbeKind::Readiness => Health::Failure,
            };
            told = if !found_running(seen, cx) {
                Some((id, seed))
            } else if key.1 == ProbeKind::Startup && is_sidecar(container) && seen.started == Some(true) {
                // The containers after a sidecar ask for this result.
                Some((id, Health::Success))
            } else {
                None
            };
            worker.on_hold = false;
        }
        let id = id.to_shared();
        let running = seen.state.as_ref().and_then(|state| state.running.as_ref());
        let on_hold = worker.on_hold;
        if let Some((id, seed)) = told {
            self.tell(key, id, seed, cx);
        }
        let Some(worker) = self.probes.get_mut(key) else { return false };
        if on_hold {
            worker.parked = true;
            return true;
        }
        if running.is_none() {
            let ended = seen.state.as_ref().and_then(|state| state.terminated.as_ref());
            let goes_on = ended
                .is_none_or(|ended| restarts_after(&pod, container, ended.exit_code) || all_restart(&pod, &self.cache));
            self.tell(key, id, Health::Failure, cx);
            return goes_on;
        }
        let instance = self.cache.instances.iter().find(|instance| *instance.container_id == *id);
        let started_at = instance.and_then(|instance| instance.started_at).unwrap_or(cx.world.now);
        let delay = u64::try_from(probe.initial_delay_seconds.unwrap_or(0)).unwrap_or(0);
        // The status has whole seconds, so the delay counts from the second in which the container started.
        let started_at = Time::from_micros(started_at.as_micros() / 1_000_000 * 1_000_000);
        if cx.world.now.since(started_at).as_secs() < delay {
            return true;
        }
        let started = seen.started == Some(true);
        if key.1 == ProbeKind::Startup && started {
            // Nothing more to do before there is another instance; a result that is still to come keeps it awake. Of a
            // container that the kubelet found running there is none.
            worker.parked = self.results.of(&id, key.1).is_none_or(|health| health == Health::Success);
            return true;
        }
        if key.1 != ProbeKind::Startup && !started {
            return true;
        }
        let Some(instance) = instance.map(|instance| instance.id) else { return true };
        let forced = self.forced.get(key).copied();
        let ask = self.probes.get(key).and_then(|worker| worker.ask.clone());
        let mut attempt = probing::begin(self, container, (key.1, probe, ask.as_deref()), instance, forced, cx);
        if attempt.passes() {
            attempt.ground = Ground::of(self, key, ask.as_deref(), cx);
        }
        if let Some(worker) = self.probes.get_mut(key) {
            worker.attempt = Some(attempt);
        }
        true
    }

    fn attempt_ends(&mut self, key: &ProbeKey, attempt: Attempt, cx: &mut Cx) {
        let Some(passes) = probing::end(self, key, &attempt, cx) else { return };
        let Some(worker) = self.probes.get_mut(key) else { return };
        if worker.last == Some(passes) {
            worker.run = worker.run.saturating_add(1);
        } else {
            worker.last = Some(passes);
            worker.run = 1;
        }
        let (successes, failures) = attempt.thresholds;
        if worker.run < if passes { successes } else { failures } {
            return;
        }
        let health = if passes { Health::Success } else { Health::Failure };
        if key.1 == ProbeKind::Startup || (key.1 == ProbeKind::Liveness && !passes) {
            worker.on_hold = true;
            worker.run = 0;
        }
        if let Some(id) = worker.container_id.clone() {
            self.tell(key, id, health, cx);
        }
    }

    /// Keeps a result, and lets the kubelet hear when it is a new one (kubelet.go syncLoopIteration).
    fn tell(&mut self, key: &ProbeKey, id: Rc<str>, health: Health, cx: &mut Cx) {
        if !self.results.set(id.clone(), key.1, health) {
            return;
        }
        match key.1 {
            ProbeKind::Liveness if health != Health::Failure => return,
            ProbeKind::Liveness => {}
            ProbeKind::Readiness => self.set_container_ready(&id, health == Health::Success, cx),
            ProbeKind::Startup => self.set_container_started(&id, health == Health::Success, cx),
        }
        self.ask_for_sync(cx);
    }
}
