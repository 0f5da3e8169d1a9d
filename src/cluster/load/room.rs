//! The state of all load: looks at who receives and who listens, lets time pass between two looks, and tells of it.

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::backend::{Backend, Outcome, Server};
use super::latency::Latencies;
use super::receivers::{Receiver, receivers};
use super::{Load, LoadSample, Spent, Timer};
use crate::api::{Kind, Object};
use crate::cluster::runtime::{Runtime, network};
use crate::cluster::world::{Due, World};
use crate::cluster::{Happening, ObjectKey, Time};

/// kube-proxy brings its rules up to date at most so often (kubernetes: pkg/proxy/apis/config, iptables.minSyncPeriod).
const PROXY_PERIOD: Duration = Duration::from_secs(1);
/// A look while things are as they were.
const CALM: Duration = Duration::from_secs(1);
/// A look while they change.
const ALERT: Duration = Duration::from_millis(100);
/// So long after a change things are looked at more often …
const ALERT_FOR: Duration = Duration::from_secs(3);
/// … where there are at most so many Pods.
const ALERT_PODS: usize = 500;

/// So many requests a second to each target are sent one by one.
const SENT: usize = 2;

/// The load of the whole cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    flows: BTreeMap<ObjectKey, Flow>,
    backends: BTreeMap<Rc<str>, Backend>,
    /// When it was looked at last.
    looked: Time,
    /// Until when it is looked at more often.
    alert: Time,
    token: u32,
    /// When the newest timer runs out; none where none runs.
    due: Option<Time>,
}

/// The requests to one target.
#[derive(Clone, Debug)]
struct Flow {
    load: Load,
    set: Time,
    /// How many came when it was set.
    before: f64,
    /// What kube-proxy knows.
    receivers: Vec<Receiver>,
    /// The state of the endpoints that it knows, and since when.
    revision: u64,
    synced: Time,
    sum: Sum,
}

/// What a sample is made of.
#[derive(Clone, Debug, Default)]
struct Sum {
    from: Time,
    requests: f64,
    outcome: Outcome,
    latencies: Latencies,
}

impl Room {
    /// Sets what comes to `target` from now on.
    pub fn set(&mut self, target: &ObjectKey, load: Load, runtime: &Runtime, world: &mut World) {
        self.look(runtime, world);
        let now = world.now;
        match self.flows.get_mut(target) {
            Some(flow) => {
                flow.before = flow.load.rate(flow.before, now.since(flow.set));
                (flow.load, flow.set) = (load, now);
            }
            None if load.per_second == 0 => return,
            None => {
                let sum = Sum { from: now, ..Sum::default() };
                let receivers = receivers(target, world);
                let revision = world.endpoints.revision();
                let flow = Flow { load, set: now, before: 0.0, receivers, revision, synced: now, sum };
                self.flows.insert(target.clone(), flow);
            }
        }
        self.alert = now + ALERT_FOR;
        self.look(runtime, world);
    }

    /// What is set for `target`, and since when.
    pub fn of(&self, target: &ObjectKey) -> Option<(Load, Time)> {
        self.flows.get(target).map(|flow| (flow.load, flow.set))
    }

    /// What the load has cost the Pod of `uid` so far.
    pub fn spent(&self, uid: &str) -> Option<Spent> {
        let backend = self.backends.get(uid)?;
        Some(Spent { container: backend.container.clone(), milli_seconds: backend.milli_seconds })
    }

    /// Whether anything flowed after `since`.
    pub fn spent_since(&self, since: Time) -> bool {
        !self.backends.is_empty() && self.looked >= since
    }

    /// Whether anything flows.
    pub fn is_active(&self) -> bool {
        !self.flows.is_empty()
    }

    /// A timer runs out.
    pub fn wake(&mut self, timer: Timer, runtime: &mut Runtime, world: &mut World) {
        if timer.token == self.token {
            self.due = None;
            self.look(runtime, world);
            if world.now.as_micros().is_multiple_of(1_000_000) {
                self.send_some(runtime, world);
            }
        }
    }

    /// A few requests of each second are sent one by one, so that servers have something to write down.
    fn send_some(&self, runtime: &mut Runtime, world: &mut World) {
        for (target, flow) in &self.flows {
            let rate = flow.load.rate(flow.before, world.now.since(flow.set));
            let Some(Object::Service(service)) = world.store.get(target) else { continue };
            let Some(spec) = service.spec.as_ref() else { continue };
            let address = spec.cluster_ip.as_deref().filter(|address| !address.is_empty() && *address != "None");
            let port = spec.ports.iter().flatten().next().map(|port| port.port);
            if let (Some(address), Some(port)) = (address, port) {
                let url = format!("http://{address}:{port}/");
                for _ in 0..(rate as usize).min(SENT) {
                    network::visit(runtime, &url, world);
                }
            }
        }
    }

    /// Something happened: where it concerns who receives or who listens, there is a look at once.
    pub fn after_step(&mut self, runtime: &Runtime, world: &mut World) {
        let stirred = std::mem::take(&mut world.stirred);
        if self.flows.is_empty() {
            return;
        }
        let revision = world.endpoints.revision();
        let heard =
            self.flows.values().any(|flow| flow.revision != revision && world.now >= flow.synced + PROXY_PERIOD);
        if stirred || self.flows.values().any(|flow| flow.revision != revision) {
            self.alert = world.now + ALERT_FOR;
        }
        let small = self.backends.len() <= ALERT_PODS;
        if (heard || stirred) && (small || world.now >= self.looked + CALM) {
            self.look(runtime, world);
        } else if !small || self.alert > world.now {
            self.wait(world);
        }
    }

    /// Lets the time since the last look pass as things were then, and sees how they are now.
    fn look(&mut self, runtime: &Runtime, world: &mut World) {
        self.pass(world.now);
        self.tell(world);
        let now = world.now;
        self.flows.retain(|_, flow| {
            let over = flow.load.is_over(flow.before, now.since(flow.set));
            let waited = over
                && flow
                    .receivers
                    .iter()
                    .any(|receiver| self.backends.get(&receiver.uid).is_some_and(Backend::is_waited_at));
            !over || waited
        });
        self.sync_proxies(world);
        self.see_servers(runtime, world);
        self.wait(world);
    }

    /// kube-proxy takes in what changed, where its period has passed.
    fn sync_proxies(&mut self, world: &World) {
        let revision = world.endpoints.revision();
        for (target, flow) in &mut self.flows {
            let service = target.kind == Kind::Service;
            if (service && flow.revision == revision) || world.now < flow.synced + PROXY_PERIOD {
                continue;
            }
            flow.receivers = receivers(target, world);
            (flow.revision, flow.synced) = (revision, world.now);
        }
    }

    /// Finds out who listens.
    fn see_servers(&mut self, runtime: &Runtime, world: &World) {
        let mut backends = std::mem::take(&mut self.backends);
        for receiver in self.flows.values().flat_map(|flow| &flow.receivers) {
            if !backends.contains_key(&receiver.uid) {
                backends.insert(receiver.uid.clone(), Backend::default());
            }
        }
        let ports: BTreeMap<Rc<str>, (ObjectKey, u16)> = self
            .flows
            .values()
            .flat_map(|flow| &flow.receivers)
            .map(|receiver| (receiver.uid.clone(), (receiver.key.clone(), receiver.port)))
            .collect();
        for (uid, backend) in &mut backends {
            let Some((key, port)) = ports.get(uid) else { continue };
            let found = runtime.listener(uid, *port, world.now);
            let known = backend.server.as_ref().zip(found.as_ref());
            if known.is_some_and(|(server, (container, _))| server.container == *container) {
                continue;
            }
            let pod = world.store.get(key).and_then(Object::as_pod);
            backend.server = found.zip(pod).map(|((container, said), pod)| Server::of(pod, &container, said));
        }
        // Who is out of it keeps its line and its account for as long as the Pod is there.
        backends.retain(|uid, _| ports.contains_key(uid) || runtime.has(uid));
        for (uid, backend) in &mut backends {
            if !ports.contains_key(uid) && backend.is_waited_at() && runtime.processes(uid).next().is_none() {
                backend.server = None;
            }
        }
        self.backends = backends;
    }

    /// Lets time pass up to `now`.
    fn pass(&mut self, now: Time) {
        let seconds = now.since(self.looked).as_secs_f64();
        let middle = self.looked + now.since(self.looked) / 2;
        self.looked = now;
        if seconds <= 0.0 || self.flows.is_empty() {
            return;
        }
        let mut shares = Vec::with_capacity(self.flows.len());
        for flow in self.flows.values_mut() {
            let requests = flow.load.rate(flow.before, middle.since(flow.set)) * seconds;
            flow.sum.requests += requests;
            let share = requests / flow.receivers.len().max(1) as f64;
            if flow.receivers.is_empty() {
                flow.sum.outcome.refused += requests;
            }
            for receiver in &flow.receivers {
                if let Some(backend) = self.backends.get_mut(&receiver.uid) {
                    backend.arrivals += share;
                }
            }
            shares.push(share);
        }
        let arrivals: Vec<f64> = self.backends.values().map(|backend| backend.arrivals).collect();
        let outcomes: BTreeMap<Rc<str>, (f64, Outcome)> = self
            .backends
            .iter_mut()
            .zip(arrivals)
            .map(|((uid, backend), arrivals)| (uid.clone(), (arrivals, backend.pass(seconds))))
            .collect();
        let mut rest = outcomes.clone();
        for (flow, share) in self.flows.values_mut().zip(shares) {
            for receiver in &flow.receivers {
                let Some((arrivals, outcome)) = outcomes.get(&receiver.uid) else { continue };
                let part = if *arrivals > 0.0 { share / arrivals } else { 1.0 };
                flow.sum.add(&outcome.share(part));
                rest.remove(&receiver.uid);
            }
        }
        // Who waits at a Pod that nothing is sent to any more is accounted for by the first who sends at all.
        if let Some(flow) = self.flows.values_mut().next() {
            rest.values().for_each(|(_, outcome)| flow.sum.add(outcome));
        }
    }

    /// Tells of the second that is over.
    fn tell(&mut self, world: &mut World) {
        if !world.now.as_micros().is_multiple_of(1_000_000) {
            return;
        }
        for (target, flow) in &mut self.flows {
            if flow.sum.from == world.now {
                continue;
            }
            let sum = std::mem::replace(&mut flow.sum, Sum { from: world.now, ..Sum::default() });
            let listens =
                |receiver: &&Receiver| self.backends.get(&receiver.uid).is_some_and(|backend| backend.server.is_some());
            let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            let sample = LoadSample {
                target: target.clone(),
                from: sum.from,
                to: world.now,
                requests: sum.requests,
                answered: sum.outcome.answered,
                refused: sum.outcome.refused,
                timed_out: sum.outcome.timed_out,
                latency_p50: sum.latencies.quantile(0.5),
                latency_p95: sum.latencies.quantile(0.95),
                cpu_millis: sum.outcome.milli_seconds / world.now.since(sum.from).as_secs_f64(),
                receivers: count(flow.receivers.len()),
                listening: count(flow.receivers.iter().filter(listens).count()),
            };
            world.note(Happening::Load(Rc::new(sample)));
        }
    }

    /// Lets the next look come in time.
    fn wait(&mut self, world: &mut World) {
        if self.flows.is_empty() {
            return;
        }
        let next_second = Time::from_micros((world.now.as_micros() / 1_000_000 + 1) * 1_000_000);
        let mut at = next_second;
        if self.alert > world.now && self.backends.len() <= ALERT_PODS {
            at = at.min(world.now + ALERT);
        }
        let revision = world.endpoints.revision();
        for flow in self.flows.values().filter(|flow| flow.revision != revision) {
            at = at.min((flow.synced + PROXY_PERIOD).max(world.now + Duration::from_millis(1)));
        }
        if self.due.is_some_and(|due| due <= at && due > world.now) {
            return;
        }
        self.token = self.token.wrapping_add(1);
        self.due = Some(at);
        world.wake(at.since(world.now), Due::Load(Timer { token: self.token }));
    }
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) {
        self.outcome.answered += outcome.answered;
        self.outcome.refused += outcome.refused;
        self.outcome.timed_out += outcome.timed_out;
        self.outcome.milli_seconds += outcome.milli_seconds;
        outcome.tell(&mut self.latencies);
    }
}
