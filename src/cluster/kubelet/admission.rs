//! What the node turns away (kubelet: lifecycle/predicate.go, scheduler framework plugins/noderesources, 1.36).

use k8s_openapi::api::core::v1::PodStatus;

use super::Cx;
use super::status::is_terminal;
use super::worker::{Life, Worker};
use crate::api::{Kind, Object, Pod, resources};
use crate::cluster::world::World;
use crate::cluster::{Config, ObjectKey, scheduler};

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
}

impl Taken {
    /// With one more Pod.
    pub fn with(self, (cpu, memory): Amount) -> Self {
        Self { pods: self.pods + 1, cpu: self.cpu + u128::from(cpu), memory: self.memory + u128::from(memory) }
    }

    /// Without one of them.
    pub fn without(self, (cpu, memory): Amount) -> Self {
        Self {
            pods: self.pods.saturating_sub(1),
            cpu: self.cpu.saturating_sub(u128::from(cpu)),
            memory: self.memory.saturating_sub(u128::from(memory)),
        }
    }
}

/// Which of the node's resources `pod` would be short of beside what is `taken`, if any.
pub(super) fn short_of(taken: Taken, pod: &Pod, config: &Config) -> Option<Rejection> {
    let bounded = |sum: u128| u64::try_from(sum).unwrap_or(u64::MAX);
    let (count, cpu, memory) = (taken.pods, bounded(taken.cpu), bounded(taken.memory));
    let (own_cpu, own_memory) = requests(pod);
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
    None
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
    if let Some(short) = short_of(taken, pod, &world.config) {
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

/// CPU in millicores and memory in bytes.
pub(super) type Amount = (u64, u64);

/// What a Pod requests.
pub(super) fn requests(pod: &Pod) -> Amount {
    let amounts = resources::pod_requests(&pod.spec);
    let cpu = amounts.get("cpu").map_or(0, |quantity| quantity.milli_value());
    let memory = amounts.get("memory").map_or(0, |quantity| quantity.value());
    (u64::try_from(cpu).unwrap_or(0), u64::try_from(memory).unwrap_or(0))
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
