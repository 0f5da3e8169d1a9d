//! What the node turns away (kubelet: lifecycle/predicate.go, scheduler framework plugins/noderesources, 1.36).

use k8s_openapi::api::core::v1::PodStatus;

use super::Cx;
use super::status::is_terminal;
use super::worker::{Life, Worker};
use crate::api::{Kind, Object, Pod, quantity, resources};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, scheduler};

/// Why a Pod is turned away.
#[derive(Clone, Debug)]
pub(super) struct Rejection {
    pub reason: &'static str,
    pub message: String,
}

/// What the Pods of a node take together that are not over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pods: u64,
    cpu: u128,
    memory: u128,
    storage: u128,
}

impl Taken {
    /// With one more Pod.
    pub fn with(self, more: Amount) -> Self {
        Self {
            pods: self.pods + 1,
            cpu: self.cpu + u128::from(more.cpu),
            memory: self.memory + u128::from(more.memory),
            storage: self.storage + u128::from(more.storage),
        }
    }

    /// Without one of them.
    pub fn without(self, less: Amount) -> Self {
        Self {
            pods: self.pods.saturating_sub(1),
            cpu: self.cpu.saturating_sub(u128::from(less.cpu)),
            memory: self.memory.saturating_sub(u128::from(less.memory)),
            storage: self.storage.saturating_sub(u128::from(less.storage)),
        }
    }
}

/// Which of the resources of the node `name` `pod` would be short of beside what is `taken`, if any.
pub(super) fn short_of(taken: Taken, pod: &Pod, name: &str, world: &World) -> Option<Rejection> {
    let config = &world.config;
    let bounded = |sum: u128| u64::try_from(sum).unwrap_or(u64::MAX);
    let (count, cpu, memory) = (taken.pods, bounded(taken.cpu), bounded(taken.memory));
    let Amount { cpu: own_cpu, memory: own_memory, storage: own_storage } = requests(pod);
    let short = |resource: &str, requested: u64, used: u64, capacity: u64| {
        format!(
            "Node didn't have enough resource: {resource}, requested: {requested}, used: {used}, capacity: {capacity}"
        )
    };
    if count >= u64::from(config.node_pods) {
        let message = short("pods", 1, count, u64::from(config.node_pods));
        return Some(Rejection { reason: "OutOfpods", message });
    }
    if own_cpu > 0 && cpu.saturating_add(own_cpu) > config.node_cpu_millis {
        let message = short("cpu", own_cpu, cpu, config.node_cpu_millis);
        return Some(Rejection { reason: "OutOfcpu", message });
    }
    if own_memory > 0 && memory.saturating_add(own_memory) > config.node_memory {
        let message = short("memory", own_memory, memory, config.node_memory);
        return Some(Rejection { reason: "OutOfmemory", message });
    }
    if own_storage > 0 {
        let (used, capacity) = (bounded(taken.storage), storage(name, world));
        if used.saturating_add(own_storage) > capacity {
            let message = short(STORAGE, own_storage, used, capacity);
            return Some(Rejection { reason: "OutOfephemeral-storage", message });
        }
    }
    None
}

const STORAGE: &str = "ephemeral-storage";

/// How much the node `name` has of it, bytes.
fn storage(name: &str, world: &World) -> u64 {
    let Some(Object::Node(node)) = world.store.get(&ObjectKey::new(Kind::Node, "", name)) else { return u64::MAX };
    let amount = node.status.as_ref().and_then(|status| status.allocatable.as_ref()?.get(STORAGE));
    amount.map_or(0, |field| u64::try_from(quantity::of(field).value()).unwrap_or(0))
}

/// Why the node `name` does not take `pod` beside the Pods of `workers`, if it does not (predicate.go Admit).
pub(super) fn refusal<'a>(
    taken: Taken,
    workers: impl Iterator<Item = &'a Worker>,
    pod: &Pod,
    name: &str,
    world: &World,
) -> Option<Rejection> {
    if pod.spec.os.as_ref().is_some_and(|os| os.name != "linux") {
        let message = "Failed to admit pod as the OS field doesn't match node OS".to_owned();
        return Some(Rejection { reason: "PodOSNotSupported", message });
    }
    if let Some(short) = short_of(taken, pod, name, world) {
        return Some(short);
    }
    let Some(Object::Node(node)) = world.store.get(&ObjectKey::new(Kind::Node, "", name)) else { return None };
    let others = workers.filter(|worker| !is_over(worker)).map(|worker| &*worker.pod);
    let (plugin, reason) = scheduler::turned_away(pod, name, node, others)?;
    Some(Rejection { reason: plugin, message: format!("Predicate {plugin} failed: {reason}") })
}

/// What a worker's Pod counts for: nothing once it is over.
pub(super) fn weight(worker: &Worker) -> Option<Amount> {
    (!is_over(worker)).then(|| worker.claim())
}

fn is_over(worker: &Worker) -> bool {
    worker.status.as_ref().is_some_and(|status| is_terminal(status)) || worker.life == Life::Finished
}

/// What a Pod requests: CPU in millicores, memory and storage of the node in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    cpu: u64,
    memory: u64,
    storage: u64,
}

/// What a Pod requests.
pub(super) fn requests(pod: &Pod) -> Amount {
    let amounts = resources::pod_requests(&pod.spec);
    let positive = |amount: i64| u64::try_from(amount).unwrap_or(0);
    let bytes = |name: &str| positive(amounts.get(name).map_or(0, |quantity| quantity.value()));
    let cpu = positive(amounts.get("cpu").map_or(0, |quantity| quantity.milli_value()));
    Amount { cpu, memory: bytes("memory"), storage: bytes(STORAGE) }
}

impl Worker {
    /// The node does not take the Pod (kubelet.go rejectPod).
    pub(super) fn reject(&mut self, rejection: Rejection, cx: &mut Cx) {
        self.rejected = true;
        self.life = Life::Finished;
        self.pod_event(cx, true, rejection.reason, &rejection.message);
        let status = PodStatus {
            phase: Some("Failed".into()),
            reason: Some(rejection.reason.into()),
            message: Some(format!("Pod was rejected: {}", rejection.message).into()),
            observed_generation: self.pod.metadata.generation,
            qos_class: self.pod.status.qos_class.clone(),
            ..PodStatus::default()
        };
        self.set_status(status, cx);
    }
}
