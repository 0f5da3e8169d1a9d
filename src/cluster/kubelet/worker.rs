//! The worker of one Pod: what it knows, when its next sync may begin, and how it goes on after one
//! (kubelet: pod_workers.go, 1.36).

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{PodSpec, PodStatus};
use k8s_openapi::{Text, pooled};

use super::admission::{self, Amount};
use super::backoff::BackOff;
use super::container_statuses::Reasons;
use super::jitter::Jitter;
use super::local_storage::Measured;
use super::probes::{ProbeWorker, Results};
use super::resize::{Resize, Wholes};
use super::restart::init_containers;
use super::sync::{Outcome, Run};
use super::timer::ProbeKey;
use super::volumes::Mounting;
use super::{Cx, Timer, pleg};
use crate::api::{Pod, Shared};
use crate::cluster::events::{self, EventNote, Topic};
use crate::cluster::fnv::fnv1a;
use crate::cluster::runtime::{PodView, Runtime};
use crate::cluster::world::World;
use crate::cluster::{Decision, ObjectKey, Reason, Time};

/// Where a Pod is in its life on the node (kubelet: pod_workers.go PodWorkerState).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    /// It should run.
    Syncing,
    /// It is being stopped.
    Terminating,
    /// Nothing of it runs; its volumes go.
    Terminated,
    /// Nothing is left to do.
    Finished,
}

/// A number that goes with the name of a Pod.
fn seed_of(pod: &Pod) -> u64 {
    fnv1a(pod.namespace().bytes().chain([b'/']).chain(pod.name().bytes()))
}

/// A reason of the node's own to end a Pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evicted {
    pub reason: &'static str,
    pub message: String,
    /// Whether that is a disruption, for which the Pod is not to blame.
    pub disrupts: bool,
}

/// The worker of one Pod.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub uid: Rc<str>,
    /// Its name, and what its Events begin with.
    topic: Rc<Topic>,
    /// What it requests, and the spec that says so.
    claim: (Shared<PodSpec>, Amount),
    /// What its kubelet counts it for.
    pub counted: Option<Amount>,
    /// The Pod as its present run was given it.
    pub pod: Rc<Pod>,
    /// The Pod as the API last told it.
    pub seen: Rc<Pod>,
    /// The Pod as the run that was asked for will be given it; a run that only goes on from the one before keeps that
    /// one's (kubelet: pod_workers.go requeueLastPodUpdate).
    asked: Option<Rc<Pod>>,
    pub life: Life,
    /// The API has removed the Pod.
    pub removed: bool,
    /// The node never took it.
    pub rejected: bool,
    pub evicted: Option<Evicted>,
    /// Another run was asked for.
    pending: bool,
    /// A timer that begins it is set.
    queued: bool,
    pub run: Option<Run>,
    /// When the last run ended.
    last_end: Option<Time>,
    /// When the work queue hands the Pod out again, as the last run wants it.
    requeue: Option<Time>,
    /// The instant for which a timer of it is set, and the timer's token: while that is not later than it is wanted, it serves.
    requeue_timer: Option<(Time, u64)>,
    /// Of its own, so that what one Pod does changes nothing for another.
    pub jitter: Jitter,

    /// The runtime as the last relist saw it, and what PLEG has told of.
    pub cache: Rc<PodView>,
    /// It was looked at since the last run ended.
    fresh: bool,
    /// Its next run waits for a relist.
    waits: bool,
    recorded: Rc<PodView>,

    /// The status that the status manager holds, what has been written of it, and whether a write is due.
    pub status: Option<Shared<PodStatus>>,
    pub write_due: bool,
    pub started_at: Option<Time>,

    pub reasons: Reasons,
    pub crashes: BackOff,
    pub pulls: BackOff,
    pub pull_errors: BTreeMap<Rc<str>, String>,

    pub probes: BTreeMap<ProbeKey, ProbeWorker>,
    pub results: Results,
    pub forced: BTreeMap<ProbeKey, bool>,

    pub mounted: bool,
    pub mounting: Option<Mounting>,
    pub storage: Measured,
    pub resize: Resize,
}

impl Worker {
    pub fn new(pod: Rc<Pod>, key: ObjectKey, wholes: &mut Wholes, runtime: &Runtime, world: &World) -> Self {
        let uid = pod.shared_uid();
        let host = pod.spec.node_name.as_ref().map(Text::to_shared).unwrap_or_default();
        let topic = Topic::new(key, uid.clone(), "kubelet", host);
        let cache = runtime.view(&uid);
        Self {
            uid,
            topic,
            claim: (pod.spec.clone(), admission::requests(&pod)),
            counted: None,
            life: Life::Syncing,
            removed: false,
            rejected: false,
            evicted: None,
            pending: false,
            queued: false,
            run: None,
            last_end: None,
            requeue: None,
            requeue_timer: None,
            jitter: Jitter::new(world.config.seed, seed_of(&pod)),
            recorded: cache.clone(),
            cache,
            fresh: false,
            waits: false,
            status: None,
            write_due: false,
            started_at: None,
            reasons: Reasons::default(),
            crashes: BackOff::default(),
            pulls: BackOff::default(),
            pull_errors: BTreeMap::new(),
            probes: BTreeMap::new(),
            results: Results::default(),
            forced: BTreeMap::new(),
            mounted: false,
            mounting: None,
            storage: Measured::default(),
            resize: Resize::of(&pod, wholes),
            seen: pod.clone(),
            asked: None,
            pod,
        }
    }

    /// The key of the Pod.
    pub fn key(&self) -> ObjectKey {
        self.topic.object.clone()
    }

    /// What the Pod requests.
    pub fn claim(&self) -> Amount {
        if Shared::ptr_eq(&self.claim.0, &self.pod.spec) { self.claim.1 } else { admission::requests(&self.pod) }
    }

    /// The Pod as the kubelet's texts name it (kubelet: util/format Pod).
    pub fn title(&self) -> String {
        format!("{}_{}({})", self.pod.name(), self.pod.namespace(), self.uid)
    }

    /// Asks for a run; what is asked for while one goes on is done once, after it.
    pub fn ask_for_sync(&mut self, cx: &mut Cx) {
        if self.life == Life::Finished {
            return;
        }
        self.pending = true;
        self.asked = Some(self.seen.clone());
        self.try_begin(cx);
    }

    fn try_begin(&mut self, cx: &mut Cx) {
        if self.run.is_some() || self.queued || !self.pending {
            return;
        }
        if self.is_fresh(cx) {
            self.queued = true;
            cx.timer(Duration::ZERO, Timer::Run { pod: self.uid.clone() });
        } else {
            self.waits = true;
            cx.dirty(&self.uid);
        }
    }

    /// Whether the runtime was looked at since the last run ended (kubelet: container/cache.go GetNewerThan).
    fn is_fresh(&self, cx: &Cx) -> bool {
        self.fresh || self.last_end.is_none_or(|end| cx.node.last_relist(cx.world.now) > end)
    }

    /// Begins the run that was asked for.
    pub fn begin_asked(&mut self, cx: &mut Cx) {
        self.queued = false;
        if self.run.is_none() && self.pending {
            self.pending = false;
            if let Some(pod) = self.asked.take() {
                self.pod = self.resize.apply(pod);
                self.claim = (self.pod.spec.clone(), self.claim());
            }
            self.begin_run(cx);
        }
    }

    /// The relist looks at the Pod: what has changed asks for a sync. A worker that waited for it begins first.
    pub fn relist(&mut self, cx: &mut Cx) {
        let waited = std::mem::take(&mut self.waits);
        let view = cx.runtime.view(&self.uid);
        self.cache = view.clone();
        self.fresh = true;
        if waited {
            self.begin_asked(cx);
        }
        let seen = pleg::compare(&self.recorded, &view);
        self.recorded = view;
        if seen.died {
            pleg::remove_older_dead(&self.uid, &self.cache, cx);
        }
        if seen.started || seen.died {
            self.ask_for_sync(cx);
        }
    }

    /// A run has ended (kubelet: pod_workers.go podWorkerLoop, completeWork).
    pub fn run_ended(&mut self, outcome: Outcome, cx: &mut Cx) {
        let now = cx.world.now;
        self.last_end = Some(now);
        self.fresh = false;
        if outcome.failed.is_none() && outcome.acted && outcome.synced {
            // PLEGOnDemandRelist: what was just done is looked at without waiting for the second, also where the deletion
            // of the Pod came meanwhile.
            let view = cx.runtime.view(&self.uid);
            let seen = pleg::compare(&self.recorded, &view);
            self.recorded = view.clone();
            self.cache = view;
            self.fresh = true;
            if seen.started || seen.died || outcome.again {
                self.pending = true;
                self.asked = Some(self.seen.clone());
            }
        }
        if outcome.next_life {
            self.pending = true;
            self.life = match self.life {
                Life::Syncing => Life::Terminating,
                Life::Terminating => Life::Terminated,
                Life::Terminated | Life::Finished => Life::Finished,
            };
        }
        if self.life == Life::Finished {
            self.pending = false;
            return;
        }
        let delay = match outcome.failed {
            None if self.is_quiet(&outcome, cx) => None,
            None => Some(Duration::from_secs(60)),
            Some(None) => Some(Duration::from_secs(10)),
            Some(Some(until)) => Some(until.since(now).min(Duration::from_secs(60))),
        };
        self.requeue = None;
        if let Some(delay) = delay.filter(|_| self.life == Life::Syncing) {
            let delay = self.jitter.lengthen(delay);
            self.requeue = Some(now + cx.until_tick(now + delay));
            self.set_requeue_timer(cx);
        }
        self.try_begin(cx);
    }

    /// Whether another sync would change nothing before something happens: then none is scheduled, and an idle Pod
    /// costs nothing.
    fn is_quiet(&self, outcome: &Outcome, cx: &Cx) -> bool {
        let Some(status) = &self.status else { return false };
        let lists = [&status.init_container_statuses, &status.container_statuses];
        let settled = lists.into_iter().flatten().flatten().all(|container| {
            let state = container.state.as_ref();
            let ended = state.is_some_and(|state| state.terminated.is_some());
            ended || (container.ready && state.is_some_and(|state| state.running.is_some()))
        });
        !outcome.acted
            && outcome.unchanged
            && settled
            && self.reasons.is_empty()
            && self.missing_pull_secrets(cx.world).is_none()
    }

    /// The time of a requeue has come.
    pub fn requeued(&mut self, token: u64, cx: &mut Cx) {
        if self.requeue_timer.take_if(|(_, set)| *set == token).is_none() {
            return;
        }
        if self.requeue.is_some_and(|at| at <= cx.world.now) {
            self.ask_for_sync(cx);
        } else {
            self.set_requeue_timer(cx);
        }
    }

    /// Sees to it that a timer runs out when the Pod is to be handed out again, or before: each run wants it later than the
    /// run before, so that one timer serves many.
    fn set_requeue_timer(&mut self, cx: &mut Cx) {
        let Some(at) = self.requeue else { return };
        if self.requeue_timer.is_none_or(|(set, _)| set > at) {
            let token = cx.node.token();
            self.requeue_timer = Some((at, token));
            cx.timer(at.since(cx.world.now), Timer::Requeue { pod: self.uid.clone(), token });
        }
    }

    /// When activeDeadlineSeconds is over.
    pub fn deadline(&self) -> Option<Time> {
        let seconds = u64::try_from(self.pod.spec.active_deadline_seconds?).ok()?;
        Some(self.started_at? + Duration::from_secs(seconds))
    }

    /// Says something about the Pod.
    pub fn pod_event(&self, cx: &mut Cx, warning: bool, reason: &'static str, message: impl AsRef<str>) {
        self.event(cx, "", warning, reason, message.as_ref());
    }

    /// Says something about one of its containers.
    pub fn container_event(
        &self,
        cx: &mut Cx,
        container: &str,
        warning: bool,
        reason: &'static str,
        message: impl AsRef<str>,
    ) {
        let list = if self.pod.spec.containers.iter().any(|c| c.name == container) {
            "containers"
        } else if init_containers(&self.pod).iter().any(|c| c.name == container) {
            "initContainers"
        } else {
            "ephemeralContainers"
        };
        let path = ["spec.", list, "{", container, "}"].concat();
        self.event(cx, &path, warning, reason, message.as_ref());
    }

    fn event(&self, cx: &mut Cx, field_path: &str, warning: bool, reason: &'static str, message: &str) {
        let note = EventNote {
            topic: self.topic.clone(),
            field_path: pooled(field_path),
            warning,
            reason,
            message: pooled(message),
        };
        events::record(cx.world, note);
    }

    /// Notes a decision about `container`, or the Pod where that is empty.
    pub fn decide(&self, cx: &mut Cx, container: &str, reason: Reason) {
        cx.world.decide(Decision { pod: self.uid.clone(), container: pooled(container), reason });
    }

    /// The message of the node's own reason to end the Pod.
    pub fn evicted_message(&self) -> String {
        self.evicted.as_ref().map(|evicted| evicted.message.clone()).unwrap_or_default()
    }
}

impl Worker {
    /// A kubelet that has come back takes the statuses of the API for its own.
    pub fn after_restart(&mut self) {
        let status = self.pod.status.clone();
        if status.start_time.is_some() {
            self.status = Some(status);
        }
        // PLEG's first look came before the kubelet knew of any Pod, and what it saw was thrown away
        // (kubelet.go syncLoopIteration, plegCh).
        self.recorded = self.cache.clone();
    }
}
