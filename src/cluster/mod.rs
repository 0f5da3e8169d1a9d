//! Floor 3: the simulated cluster; knows neither text nor browser.
//!
//! [`Cluster`] owns time. Its parts (API server, scheduler, controllers, kubelets, container runtime) are state
//! machines without I/O: each gets what it heard and the shared [`world::World`], and leaves writes, timers and
//! journal entries there. The same configuration, objects, actions and seed give the same journal, byte for byte.

mod action;
mod api_server;
mod by_key;
mod clock;
mod config;
mod controllers;
mod decision;
mod endpoints;
mod events;
pub(crate) mod fnv;
mod hex;
mod journal;
mod kubelet;
mod load;
mod logs;
mod metrics;
mod network;
mod node_lifecycle;
mod pod_gc;
mod probe_kind;
mod rng;
mod runtime;
mod scheduler;
mod storage;
mod store;
mod world;

use collections::Listed;
use std::rc::Rc;

use k8s_openapi::jiff::Timestamp;

pub use action::{Action, Propagation};
pub use api_server::ApiError;
pub(crate) use by_key::ByKey;
pub use clock::{Queue, Time, go_duration};
pub use config::{Config, EPOCH, Latencies};
pub use decision::{Decision, Reason};
pub use endpoints::{Endpoint, Endpoints};
pub use events::has_expired;
pub use journal::{FileChange, FileNote, Happening, LogLine, Record, RuntimeEvent, RuntimeNote, Toucher};
pub use load::{Curve, Load, LoadSample};
pub use metrics::{ContainerMetrics, PodMetrics};
pub use network::{Fault, Flow, Party, Protocol};
pub use node_lifecycle::Patience;
pub use rng::Rng;
pub use runtime::Usage;
pub use runtime::program::{
    Handled, ProgramSource, ScriptAdvice, Trial, program_source, run_script, run_tool, script_advice,
};
pub use store::{Change, ChangeKind, ObjectKey, Store};

use crate::api::Object;
use controllers::Controllers;
pub use controllers::{AUTOSCALER_PERIOD, TemplateRevision};
use kubelet::Kubelet;
use logs::Logs;
use node_lifecycle::NodeLifecycle;
use pod_gc::PodGc;
use runtime::{Command, Runtime};
use scheduler::Scheduler;
use world::{Due, World};

/// A whole cluster at one instant. A clone of it is a checkpoint: specs are shared, only state is copied.
#[derive(Clone, Debug)]
pub struct Cluster {
    world: World,
    runtime: Runtime,
    /// By the names of their nodes.
    kubelets: Listed<Rc<str>, Kubelet>,
    scheduler: Scheduler,
    controllers: Controllers,
    node_lifecycle: NodeLifecycle,
    pod_gc: PodGc,
    load: load::Room,
}

/// What a command that was run in a container gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// What it wrote, standard output and standard error as they came.
    pub output: String,
    /// Standard output alone.
    pub stdout: Vec<u8>,
    /// Standard error alone.
    pub stderr: Vec<u8>,
    /// Its exit code; none where it does not end by itself.
    pub exit_code: Option<i32>,
}

/// How many nodes a cluster may have in all.
const MOST_NODES: u32 = 500;

impl Cluster {
    /// An empty cluster: its nodes, namespaces and service accounts, and time zero.
    pub fn new(mut config: Config) -> Self {
        // Time counts microseconds. A date between two of them would be waited for and never reached.
        let nanos = config.epoch.subsec_nanosecond();
        config.epoch = Timestamp::constant(config.epoch.as_second(), nanos - nanos % 1_000);
        let seed = config.seed;
        let rng = Rng::new(seed);
        let world = World {
            now: Time::ZERO,
            config: Rc::new(config),
            store: Store::default(),
            rng,
            queue: Queue::default(),
            events: events::Correlators::default(),
            endpoints: Endpoints::default(),
            journal: Vec::new(),
            logs: Logs::default(),
            metrics: metrics::Metrics::default(),
            mould: api_server::Mould::default(),
            silent: collections::Map::new(),
            ending: collections::Set::new(),
            network: network::Network::new(seed),
            stirred: false,
        };
        let mut cluster = Self {
            world,
            runtime: Runtime::default(),
            kubelets: Listed::default(),
            scheduler: Scheduler::default(),
            controllers: Controllers::default(),
            node_lifecycle: NodeLifecycle::default(),
            pod_gc: PodGc::default(),
            load: load::Room::default(),
        };
        api_server::bootstrap(&mut cluster.world);
        for number in 1..=cluster.world.config.nodes {
            cluster.start_kubelet(number);
        }
        cluster.settle();
        cluster
    }

    fn start_kubelet(&mut self, number: u32) {
        let name: Rc<str> = format!("node-{number}").into();
        let kubelet = Kubelet::new(name.clone(), &mut self.world);
        self.kubelets.insert(name, kubelet);
    }

    /// So many nodes register, each with the first number that is free.
    fn add_nodes(&mut self, count: u32) -> Result<(), ApiError> {
        let (mut number, mut left) = (1, count.min(MOST_NODES));
        while left > 0 && number <= MOST_NODES {
            if !self.kubelets.contains_key(format!("node-{number}").as_str()) {
                api_server::register_node(&mut self.world, number)?;
                self.start_kubelet(number);
                left -= 1;
            }
            number += 1;
        }
        Ok(())
    }

    /// A cluster that holds exactly `objects`, as another cluster printed them, with its clock at `config.epoch`. It
    /// has no kubelets, so nothing happens to them of itself.
    pub fn of_objects(config: Config, objects: impl IntoIterator<Item = Object>) -> Self {
        let mut cluster = Self { kubelets: Listed::default(), ..Self::new(Config { nodes: 0, ..config }) };
        cluster.world.store = Store::default();
        cluster.world.queue = Queue::default();
        cluster.world.endpoints = Endpoints::default();
        cluster.world.journal.clear();
        objects.into_iter().for_each(|object| cluster.world.store.load(object));
        cluster
    }

    /// Takes a line into a container's log, as if the container had written it now.
    pub fn load_log(&mut self, line: &LogLine) {
        let now = self.world.now;
        self.world.logs.append(now, line);
    }

    /// Takes in what the metrics server of a recorded cluster told, of a Pod by its uid or of a node by its name.
    pub fn load_metrics(&mut self, key: &str, told: PodMetrics) {
        self.world.metrics.load(key, told);
    }

    /// Whether there is a metrics server to ask.
    pub fn has_metrics(&self) -> bool {
        self.is_live() || self.world.metrics.running
    }

    /// Whether it has kubelets, and so goes on by itself.
    pub fn is_live(&self) -> bool {
        !self.kubelets.is_empty()
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.world.now
    }

    /// Whether the API server serves this object no more, though the store has it: an Event that is over. Of a cluster that
    /// was read from elsewhere all are served.
    pub fn is_over(&self, object: &Object) -> bool {
        let Object::Event(event) = object else { return false };
        self.is_live() && has_expired(event, self.world.now.to_timestamp(self.world.config.epoch))
    }

    /// What it was started with.
    pub fn config(&self) -> &Config {
        &self.world.config
    }

    /// The objects as they are now.
    pub fn store(&self) -> &Store {
        &self.world.store
    }

    /// Runs `command`, which reads `input`, in a container of a Pod now; none where the container does not run.
    pub fn exec(&mut self, pod: &ObjectKey, container: &str, command: &[String], input: &[u8]) -> Option<Ran> {
        let action = Action::Exec {
            pod: pod.clone(),
            container: container.into(),
            command: command.into(),
            input: input.into(),
        };
        self.world.note(Happening::Acted(Rc::new(action)));
        let mut answer = None;
        self.kubelets.for_each_mut(|kubelet| {
            if answer.is_none() {
                let command = Command { words: command, input };
                answer = kubelet.exec(pod, container, command, &mut self.runtime, &mut self.world);
            }
        });
        let answer = answer?;
        self.settle();
        let exit_code = answer.after.map(|_| answer.code);
        Some(Ran { output: answer.output, stdout: answer.stdout, stderr: answer.stderr, exit_code })
    }

    /// What instance `attempt` of a container has written, line by line; empty once its log is no longer kept.
    pub fn log(&self, pod_uid: &str, container: &str, attempt: u32) -> &[(Time, Rc<str>)] {
        self.world.logs.lines(pod_uid, container, attempt)
    }

    /// What a running container uses now; none where it does not run.
    pub fn usage(&self, pod_uid: &str, container: &str) -> Option<Usage> {
        self.runtime.usage(pod_uid, container)
    }

    /// The load that is set for `target`, and since when.
    pub fn load(&self, target: &ObjectKey) -> Option<(Load, Time)> {
        self.load.of(target)
    }

    /// The templates that the StatefulSet or DaemonSet of `uid` has had, the present one last.
    pub fn template_revisions(&self, uid: &str) -> &[TemplateRevision] {
        self.controllers.template_revisions(uid)
    }

    /// Which Pods stand behind each Service.
    pub fn endpoints(&self) -> &Endpoints {
        &self.world.endpoints
    }

    /// When something is due next; none when the cluster is at rest for good.
    pub fn next_due(&self) -> Option<Time> {
        self.world.queue.next_at()
    }

    /// Keeps the Event of `key` as `packed`, where it still is the very `whole`: nothing of it changes but its size.
    pub(crate) fn slim(&mut self, key: &ObjectKey, whole: &Object, packed: &Object) {
        self.world.store.slim(key, whole, packed);
    }

    /// What has been noted since the last call, in order.
    pub fn take_journal(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.world.journal)
    }

    /// Hands back what [`Cluster::take_journal`] gave, emptied, so that its room is used again.
    pub(crate) fn reuse_journal(&mut self, mut journal: Vec<Record>) {
        if self.world.journal.is_empty() {
            journal.clear();
            self.world.journal = journal;
        }
    }

    /// Does `action` now, as the API server (or the world outside) would.
    ///
    /// # Errors
    /// What the API server answers when it refuses.
    pub fn act(&mut self, action: Action) -> Result<Option<Object>, ApiError> {
        self.world.note(Happening::Acted(Rc::new(action.clone())));
        let result = match action {
            Action::Create(object) => api_server::create(&mut self.world, object).map(Some),
            Action::Update(object) => api_server::update(&mut self.world, object).map(Some),
            Action::Resize(object) => api_server::resize(&mut self.world, object).map(Some),
            Action::UpdateStatus(object) => api_server::update_status(&mut self.world, object).map(Some),
            Action::Delete { key, grace, propagation } => {
                api_server::delete(&mut self.world, &key, grace, propagation).map(|()| None)
            }
            Action::Scale { key, replicas } => api_server::scale(&mut self.world, &key, replicas).map(Some),
            Action::Restart { key } => api_server::restart(&mut self.world, &key).map(Some),
            Action::AddNodes { count } => self.add_nodes(count).map(|()| None),
            Action::Evict { key, grace } => api_server::evict(&mut self.world, &key, grace).map(|()| None),
            Action::SetNetwork { host, on } => {
                self.world.network.switch(host.as_ref(), on);
                Ok(None)
            }
            Action::SetLoad { target, load } => {
                self.load.set(&target, load, &self.runtime, &mut self.world);
                Ok(None)
            }
            outside => {
                let (runtime, world) = (&mut self.runtime, &mut self.world);
                self.kubelets.for_each_mut(|kubelet| kubelet.outside(&outside, runtime, world));
                Ok(None)
            }
        };
        self.settle();
        result
    }

    /// Lets everything happen that is due up to `until`, and makes that the present.
    pub fn run_until(&mut self, until: Time) {
        while self.next_due().is_some_and(|at| at <= until) {
            self.step();
        }
        self.world.now = self.world.now.max(until);
    }

    /// Lets at most `steps` due things happen, none after `until`; true when nothing more is due by then.
    /// The page slices long runs with it, so that it stays answerable.
    pub fn run_some(&mut self, until: Time, steps: usize) -> bool {
        for _ in 0..steps {
            if self.next_due().is_none_or(|at| at > until) {
                self.world.now = self.world.now.max(until);
                return true;
            }
            self.step();
        }
        false
    }

    /// Lets the next due thing happen.
    fn step(&mut self) {
        let Some((at, due)) = self.world.queue.pop() else { return };
        self.world.now = at;
        let world = &mut self.world;
        match due {
            Due::Heard(change) => return self.tell(&change),
            Due::Scheduler(timer) => self.scheduler.wake(timer, world),
            Due::Controllers(timer) => self.controllers.wake(timer, world),
            Due::NodeLifecycle(timer) => self.node_lifecycle.wake(timer, world),
            Due::PodGc => self.pod_gc.look(world),
            Due::Kubelet(node, timer) => {
                if let Some(kubelet) = self.kubelets.get_mut(&node) {
                    kubelet.wake(timer, &mut self.runtime, world);
                }
            }
            Due::Runtime(timer) => self.runtime.wake(timer, world),
            Due::Network(timer) => world.network_timer(timer),
            Due::Load(timer) => self.load.wake(timer, &mut self.runtime, world),
            Due::Scrape => self.scrape(),
        }
        self.after_step();
    }

    /// Those who watch hear of a change: the scheduler, the controllers, the kubelets whom it concerns, in this order. What
    /// one of them writes is there before the next one hears.
    fn tell(&mut self, change: &Change) {
        if Scheduler::watches(change.key.kind) {
            self.scheduler.see(change, &mut self.world);
            self.after_step();
        }
        if Controllers::watches(change.key.kind) {
            self.node_lifecycle.see(change, &mut self.world);
            self.pod_gc.see(change, &mut self.world);
            self.controllers.see(change, &mut self.world);
            self.after_step();
        }
        match &change.object {
            Object::Pod(pod) => {
                if let Some(node) = &pod.spec.node_name {
                    self.tell_kubelet(node, change);
                }
            }
            Object::ConfigMap(_) | Object::Secret(_) | Object::PersistentVolumeClaim(_) => {
                let nodes: Vec<Rc<str>> = self.kubelets.keys().cloned().collect();
                nodes.iter().for_each(|node| self.tell_kubelet(node, change));
            }
            Object::Node(_) => self.tell_kubelet(&change.key.name, change),
            _ => {}
        }
    }

    fn tell_kubelet(&mut self, node: &str, change: &Change) {
        if let Some(kubelet) = self.kubelets.get_mut(node) {
            kubelet.see(change, &mut self.runtime, &mut self.world);
            self.after_step();
        }
    }

    /// What follows from each thing that happens.
    fn after_step(&mut self) {
        self.load.after_step(&self.runtime, &mut self.world);
        self.watch_metrics();
        self.settle();
    }

    /// The metrics server begins to ask where somebody wants to know: an autoscaler, or whoever looks at load.
    fn watch_metrics(&mut self) {
        let wanted = self.load.is_active() || self.world.store.count(crate::api::Kind::HorizontalPodAutoscaler) > 0;
        if wanted && !self.world.metrics.running {
            self.world.metrics.running = true;
            self.next_scrape();
        }
    }

    /// It asks at every quarter of a minute.
    fn next_scrape(&mut self) {
        let period = metrics::RESOLUTION;
        let into = std::time::Duration::from_micros(self.world.now.as_micros() % period.as_micros() as u64);
        self.world.wake(period - into, Due::Scrape);
    }

    /// The metrics server asks all kubelets that answer.
    fn scrape(&mut self) {
        let wanted = self.load.is_active() || self.world.store.count(crate::api::Kind::HorizontalPodAutoscaler) > 0;
        if !wanted && !self.load.spent_since(self.world.now - metrics::RESOLUTION * 4) {
            return self.world.metrics.rest();
        }
        let away = |node: &str| self.kubelets.get(node).is_none_or(Kubelet::is_away);
        let answers = self.runtime.all_usage(&away, &|uid| self.load.spent(uid));
        self.world.metrics.take(self.world.now, answers);
        self.next_scrape();
    }

    /// What the metrics API tells of a Pod; none where it knows too little yet, or there is no metrics server.
    pub fn metrics(&self, uid: &str) -> Option<PodMetrics> {
        if self.world.metrics.running {
            return self.world.metrics.of(uid).map(|metrics| metrics.as_ref().clone());
        }
        // Nobody asked so far: had it been asked all the time, it would tell of what goes on now.
        let (_, answers) = self.runtime.usage_of(uid, &|_| None)?;
        metrics::Metrics::steady(self.world.now, &answers)
    }

    /// Journals what changed in the store and tells those who watch it, each after its latency.
    fn settle(&mut self) {
        while let Some(change) = self.world.store.take_change() {
            let change = Rc::new(change);
            self.world.note(Happening::Changed(change.clone()));
            let watched = Scheduler::watches(change.key.kind) || Controllers::watches(change.key.kind);
            if watched {
                self.world.wake(self.world.config.latencies.watch, Due::Heard(change));
            }
        }
    }
}

/// How much of its resource (`pods`, `requests.cpu`) the objects that `quota` counts use, in quantity's notation.
pub fn quota_usage(store: &Store, quota: &Object, resource: &str) -> String {
    api_server::quota_usage(store, quota, resource).to_string()
}

/// The key of each volume of a Pod by the volume's name, under which its files are known ([`FileNote::disk`]).
pub fn volume_keys(pod: &crate::api::Pod) -> Vec<(String, Rc<str>)> {
    runtime::volumes::keys(pod).map(|(name, key)| (name.to_owned(), key)).collect()
}
