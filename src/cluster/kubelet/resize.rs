//! Resizing a running Pod in place (kubelet: allocation/allocation_manager.go, kuberuntime_manager.go
//! doPodResizeAction, 1.36).
//!
//! What a manifest asks for is first allocated, if the node has room beside what its other Pods were allocated, and then
//! given to the containers. Until it is allocated the Pod runs as before, and says that its resize is pending.

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, PodCondition, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::{Common, Text};
use serde_json::{Value, json};

use super::conditions;
use super::restart::init_containers;
use super::worker::{Life, Worker};
use super::{Cx, Kubelet, Timer, admission};
use crate::api::containers::in_order;
use crate::api::{self, Pod};
use crate::cluster::runtime::Runtime;
use crate::cluster::world::World;

/// Resizes that do not fit are looked at again after so long, or when a Pod leaves the node.
const RETRY: Duration = Duration::from_secs(180);

type Resources = BTreeMap<Text, Common<ResourceRequirements>>;

type Amounts = BTreeMap<String, Quantity>;

/// The resources of the containers: those the node allocated, and those they run with.
#[derive(Clone, Debug)]
pub(super) struct Resize {
    allocated: Rc<Resources>,
    actual: Rc<Resources>,
    /// The same of the whole Pod.
    pod_allocated: Whole,
    pod_actual: Whole,
    /// Why the resources that the manifest asks for are not allocated.
    pending: Option<PodCondition>,
}

fn containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    in_order(&pod.spec)
}

fn resources(pod: &Pod) -> Resources {
    containers(pod).map(|c| (c.name.clone(), c.resources.clone().unwrap_or_default())).collect()
}

impl Resize {
    /// A Pod is taken with what its spec says.
    pub fn of(pod: &Pod, known: &mut Wholes) -> Self {
        let own = Rc::new(resources(pod));
        let whole = Whole::of(pod, known);
        Self { allocated: own.clone(), actual: own, pod_allocated: whole.clone(), pod_actual: whole, pending: None }
    }

    /// What the node allocated to the container `name`.
    pub fn allocated(&self, name: &str) -> Option<&Common<ResourceRequirements>> {
        self.allocated.get(name)
    }

    /// What the container `name` has.
    pub fn actual(&self, name: &str) -> Option<&Common<ResourceRequirements>> {
        self.actual.get(name)
    }

    /// What is allocated to the whole Pod; none where it requests nothing.
    pub fn pod_requests(&self) -> Option<Common<Amounts>> {
        self.pod_allocated.requests.clone()
    }

    /// What the whole Pod has.
    pub fn pod_resources(&self) -> Common<ResourceRequirements> {
        self.pod_actual.resources.clone()
    }

    /// Whether containers are being given other resources.
    pub fn in_progress(&self) -> bool {
        self.allocated != self.actual
    }

    fn differs(&self, pod: &Pod) -> bool {
        containers(pod).any(|container| {
            let allocated = self.allocated.get(&container.name);
            match &container.resources {
                Some(wanted) => allocated != Some(wanted),
                None => allocated.is_none_or(|allocated| **allocated != ResourceRequirements::default()),
            }
        })
    }

    /// `pod` with the resources that are allocated (allocation_manager.go UpdatePodFromAllocation).
    pub fn apply(&self, mut pod: Rc<Pod>) -> Rc<Pod> {
        if !self.differs(&pod) {
            return pod;
        }
        let spec = Rc::make_mut(&mut pod).spec.make_mut();
        for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
            if let Some(allocated) = self.allocated.get(&container.name) {
                container.resources = Some(allocated.clone());
            }
        }
        pod
    }
}

impl Kubelet {
    /// A Pod asks for other resources than it has, or asks no more.
    pub(super) fn see_resize(&mut self, uid: &Rc<str>, runtime: &mut Runtime, world: &mut World) {
        let Some(worker) = self.workers.get(uid) else { return };
        if worker.life != Life::Syncing || !worker.resize.differs(&worker.seen) && worker.resize.pending.is_none() {
            return;
        }
        self.node.resizes.insert(uid.clone());
        self.retry_resizes(runtime, world);
    }

    /// Looks again at every resize that is pending (retryPendingResizes).
    pub(super) fn retry_resizes(&mut self, runtime: &mut Runtime, world: &mut World) {
        for uid in std::mem::take(&mut self.node.resizes) {
            let Some(worker) = self.workers.get(&uid).filter(|worker| worker.life == Life::Syncing) else { continue };
            let wanted = worker.seen.clone();
            let others = worker.counted.map_or(self.taken, |counted| self.taken.without(counted));
            let refusal = admission::short_of(others, &wanted, &self.node.name, world);
            let mut deferred = false;
            self.with(&uid, runtime, world, |worker, cx| match refusal {
                None => worker.allocate(cx),
                Some(refusal) => {
                    deferred = true;
                    worker.defer(refusal.reason, refusal.message, cx);
                }
            });
            if deferred {
                self.node.resizes.insert(uid);
                if self.node.retry.is_none_or(|at| at <= world.now) {
                    self.node.retry = Some(world.now + RETRY);
                    self.node.timer(RETRY, Timer::Resizes, world);
                }
            }
        }
    }
}

impl Worker {
    /// The node has room for what the Pod asks for.
    fn allocate(&mut self, cx: &mut Cx) {
        let was_pending = self.resize.pending.take().is_some();
        if self.resize.differs(&self.seen) {
            self.resize.allocated = Rc::new(resources(&self.seen));
            self.resize.pod_allocated = Whole::of(&self.seen, &mut cx.node.wholes);
            let text = format!("Pod resize started: {}", described(&self.seen, None));
            self.pod_event(cx, false, "ResizeStarted", text);
        } else if !was_pending {
            return;
        }
        self.ask_for_sync(cx);
    }

    /// It has not (handlePodResourcesResize).
    fn defer(&mut self, reason: &'static str, message: String, cx: &mut Cx) {
        let mut condition = conditions::because("PodResizePending", true, reason, message.clone());
        condition.observed_generation = self.seen.metadata.generation;
        if self.resize.pending.as_ref() == Some(&condition) {
            return;
        }
        self.resize.pending = Some(condition);
        let text = format!("Pod resize {reason}: {}", described(&self.seen, Some(&message)));
        self.pod_event(cx, true, "ResizeDeferred", text);
        self.ask_for_sync(cx);
    }

    /// The containers that have to be started anew for their new resources.
    pub(super) fn begin_resize(&self) -> Vec<Text> {
        let none = Common::default();
        let needs_restart = |container: &&Container| {
            let now = self.resize.allocated.get(&container.name).unwrap_or(&none);
            let before = self.resize.actual.get(&container.name).unwrap_or(&none);
            container.resize_policy.as_deref().unwrap_or_default().iter().any(|policy| {
                let of = |list: &Option<BTreeMap<String, _>>| {
                    list.as_ref().and_then(|l| l.get(policy.resource_name.as_str())).cloned()
                };
                policy.restart_policy == "RestartContainer"
                    && (of(&now.requests) != of(&before.requests) || of(&now.limits) != of(&before.limits))
            })
        };
        if !self.resize.in_progress() {
            return Vec::new();
        }
        containers(&self.pod).filter(needs_restart).map(|container| container.name.clone()).collect()
    }

    /// The containers have what was allocated.
    pub(super) fn resized(&mut self, cx: &mut Cx) {
        self.resize.actual = self.resize.allocated.clone();
        self.resize.pod_actual = self.resize.pod_allocated.after(&self.resize.pod_actual, &mut cx.node.wholes);
        let text = format!("Pod resize completed: {}", described(&self.pod, None));
        self.pod_event(cx, false, "ResizeCompleted", text);
    }

    /// PodResizePending and PodResizeInProgress, while they hold.
    pub(super) fn resize_conditions(&self) -> impl Iterator<Item = PodCondition> {
        let progress = self.resize.in_progress().then(|| conditions::plain("PodResizeInProgress", true));
        self.resize.pending.clone().into_iter().chain(progress)
    }
}

/// What the containers of a Pod request and may use together, as its status says it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Whole {
    requests: Option<Common<Amounts>>,
    resources: Common<ResourceRequirements>,
}

/// Those that a node made last: the Pods of a template have the same, and so has whoever asks for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Wholes(Vec<Whole>);

impl Wholes {
    /// So many are remembered.
    const MOST: usize = 16;

    fn shared(&mut self, requests: Option<Amounts>, limits: Option<Amounts>) -> Whole {
        let same = |it: &&Whole| it.resources.requests == requests && it.resources.limits == limits;
        if let Some(whole) = self.0.iter().find(same) {
            return whole.clone();
        }
        let resources = ResourceRequirements { requests, limits, ..ResourceRequirements::default() };
        let whole = Whole { requests: resources.requests.clone().map(Common::from), resources: resources.into() };
        self.0.truncate(Self::MOST - 1);
        self.0.insert(0, whole.clone());
        whole
    }
}

impl Whole {
    fn of(pod: &Pod, known: &mut Wholes) -> Self {
        let fields = |amounts: api::resources::Amounts| -> Option<Amounts> {
            (!amounts.is_empty())
                .then(|| amounts.into_iter().map(|(name, it)| (name, Quantity(it.to_string()))).collect())
        };
        let mut limits = fields(api::resources::container_limits(&pod.spec));
        let own = pod.spec.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        for (name, amount) in own.into_iter().flatten() {
            limits.get_or_insert_default().insert(name.clone(), amount.clone());
        }
        known.shared(fields(api::resources::pod_requests(&pod.spec)), limits)
    }

    /// The same once the containers that had `before` have it. No cgroup tells the request of memory, which stays what the
    /// status said (recording resize-mem-restart, 16.131).
    fn after(&self, before: &Whole, known: &mut Wholes) -> Self {
        let mut requests = self.resources.requests.clone();
        let said = before.resources.requests.as_ref().and_then(|requests| requests.get("memory"));
        if let (Some(requests), Some(said)) = (&mut requests, said) {
            requests.insert("memory".to_owned(), said.clone());
        }
        known.shared(requests, self.resources.limits.clone())
    }
}

/// What the events say of the resources (events/resize.go).
fn described(pod: &Pod, error: Option<&str>) -> String {
    let list = |containers: &[Container]| -> Value {
        let container = |c: &Container| json!({ "name": c.name, "resources": c.resources.clone().unwrap_or_default() });
        containers.iter().map(container).collect()
    };
    let mut text = String::from("{");
    if !init_containers(pod).is_empty() {
        text.push_str(&format!("\"initContainers\":{},", list(init_containers(pod))));
    }
    let generation = pod.metadata.generation.unwrap_or_default();
    text.push_str(&format!("\"containers\":{},\"generation\":{generation}", list(&pod.spec.containers)));
    if let Some(error) = error {
        text.push_str(&format!(",\"error\":{}", Value::from(error)));
    }
    text + "}"
}
