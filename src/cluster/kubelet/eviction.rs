//! Node pressure: which Pod the node ends when it runs short of something (kubelet: eviction/eviction_manager.go,
//! eviction/helpers.go, 1.36).
//!
//! What the containers really use is nobody's business here: each is taken to use [`USAGE`] of memory, or its limit
//! where that is less.

use std::cmp::Reverse;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, NodeCondition};

use super::worker::{Evicted, Life, Worker};
use super::{Cx, Kubelet, Timer, admission};
use crate::api::containers::lasting;
use crate::api::quantity::{self, Quantity};
use crate::api::{Kind, Object, Pod};
use crate::cluster::events::{self, EventNote, Topic};
use crate::cluster::runtime::Runtime;
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Reason, Time};

/// How long a condition outlasts the pressure (evictionPressureTransitionPeriod).
const TRANSITION: Duration = Duration::from_secs(300);
/// How often the node looks whether an evicted Pod has gone …
const POLL: Duration = Duration::from_secs(1);
/// … and for how long, before it evicts the next (podCleanupTimeout).
const CLEANUP: Duration = Duration::from_secs(30);
/// The memory that a container is taken to use, bytes.
const USAGE: i64 = 64 << 20;
/// Pods of this priority are critical: they are not evicted (scheduling.SystemCriticalPriority).
pub(super) const CRITICAL: i32 = 2_000_000_000;

/// What a node can be short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Signal {
    Memory,
    Disk,
    Pid,
}

/// The words for a signal.
struct Words {
    condition: &'static str,
    resource: &'static str,
    /// The threshold, and what is left where it is met.
    threshold: &'static str,
    available: &'static str,
    /// The reason and message of the condition while it holds, and the reason of the event.
    short: (&'static str, &'static str, &'static str),
    enough: (&'static str, &'static str, &'static str),
}

const WORDS: [Words; 3] = [
    Words {
        condition: "MemoryPressure",
        resource: "memory",
        threshold: "100Mi",
        available: "90Mi",
        short: (
            "KubeletHasInsufficientMemory",
            "kubelet has insufficient memory available",
            "NodeHasInsufficientMemory",
        ),
        enough: ("KubeletHasSufficientMemory", "kubelet has sufficient memory available", "NodeHasSufficientMemory"),
    },
    Words {
        condition: "DiskPressure",
        resource: "ephemeral-storage",
        threshold: "10Gi",
        available: "9Gi",
        short: ("KubeletHasDiskPressure", "kubelet has disk pressure", "NodeHasDiskPressure"),
        enough: ("KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure"),
    },
    Words {
        condition: "PIDPressure",
        resource: "pids",
        threshold: "1k",
        available: "900",
        short: ("KubeletHasInsufficientPID", "kubelet has insufficient PID available", "NodeHasInsufficientPID"),
        enough: ("KubeletHasSufficientPID", "kubelet has sufficient PID available", "NodeHasSufficientPID"),
    },
];

impl Signal {
    /// The signal of this name: `memory`, `disk` or `pid`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "memory" => Some(Self::Memory),
            "disk" => Some(Self::Disk),
            "pid" => Some(Self::Pid),
            _ => None,
        }
    }

    fn words(self) -> &'static Words {
        match self {
            Self::Memory => &WORDS[0],
            Self::Disk => &WORDS[1],
            Self::Pid => &WORDS[2],
        }
    }
}

/// A shortage of the node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pressure {
    /// How many Pods have to go until there is enough again.
    pods: u32,
    /// When the last of them was told to.
    evicted: Option<Time>,
    /// When the condition goes.
    ends: Option<Time>,
}

impl Kubelet {
    /// The node becomes short of something until `pods` of its Pods are gone; with 0 it has enough again.
    pub(super) fn press(&mut self, signal: Signal, pods: u32, runtime: &mut Runtime, world: &mut World) {
        let known = self.node.pressures.contains_key(&signal);
        if pods == 0 && !known {
            return;
        }
        self.node.pressures.insert(signal, Pressure { pods, evicted: None, ends: None });
        if !known {
            self.post(signal, true, world);
        }
        self.relieve(runtime, world);
    }

    /// Evicts the next Pod, or lets a condition go (eviction_manager.go synchronize).
    pub(super) fn relieve(&mut self, runtime: &mut Runtime, world: &mut World) {
        let now = world.now;
        for signal in [Signal::Memory, Signal::Disk, Signal::Pid] {
            let Some(mut pressure) = self.node.pressures.get(&signal).copied() else { continue };
            if pressure.ends.is_some_and(|ends| ends <= now) {
                self.node.pressures.remove(&signal);
                self.post(signal, false, world);
                continue;
            }
            if pressure.ends.is_some() {
                continue;
            }
            let leaving = self.workers().any(|worker| worker.evicted.is_some() && worker.life < Life::Finished);
            if leaving && pressure.evicted.is_some_and(|at| now.since(at) < CLEANUP) {
                self.node.timer(POLL, Timer::Pressure, world);
                continue;
            }
            if pressure.pods == 0 {
                pressure.ends = Some(now + TRANSITION);
                self.node.timer(TRANSITION, Timer::Pressure, world);
            } else if self.evict_first(signal, runtime, world) {
                pressure.pods -= 1;
                pressure.evicted = Some(now);
                self.node.timer(POLL, Timer::Pressure, world);
            }
            self.node.pressures.insert(signal, pressure);
        }
    }

    /// Evicts the Pod that ranks first; false where there is none.
    fn evict_first(&mut self, signal: Signal, runtime: &mut Runtime, world: &mut World) -> bool {
        let candidates = self
            .sorted()
            .into_iter()
            .filter(|worker| worker.life == Life::Syncing && worker.pod.spec.priority.unwrap_or(0) < CRITICAL);
        let Some(uid) = candidates.min_by_key(|worker| rank(signal, worker)).map(|worker| worker.uid.clone()) else {
            return false;
        };
        let words = signal.words();
        let text = format!("Attempting to reclaim {}", words.resource);
        self.say(true, "EvictionThresholdMet", text, world);
        self.with(&uid, runtime, world, |worker, cx| worker.evict(signal, cx));
        true
    }

    /// Writes the condition of a signal, and says so.
    fn post(&self, signal: Signal, holds: bool, world: &mut World) {
        let words = signal.words();
        let (reason, message, event) = if holds { words.short } else { words.enough };
        let key = ObjectKey::new(Kind::Node, "", &self.node.name);
        let Some(Object::Node(node)) = world.store.get(&key) else { return };
        let (mut node, now) = (node.as_ref().clone(), world.timestamp());
        let conditions = node.status.get_or_insert_default().conditions.get_or_insert_default();
        let condition = NodeCondition {
            type_: words.condition.into(),
            status: if holds { "True" } else { "False" }.into(),
            reason: Some(reason.into()),
            message: Some(message.into()),
            last_heartbeat_time: Some(now.clone()),
            last_transition_time: Some(now),
        };
        match conditions.iter_mut().find(|present| present.type_ == condition.type_) {
            Some(present) => *present = condition,
            None => conditions.push(condition),
        }
        world.store.put(key, Object::Node(node.into()));
        self.say(false, event, format!("Node {} status is now: {event}", self.node.name), world);
    }

    /// Says something about the node.
    fn say(&self, warning: bool, reason: &'static str, message: String, world: &mut World) {
        let object = ObjectKey::new(Kind::Node, "", &self.node.name);
        let (uid, host) = (self.node.name.clone(), self.node.name.clone());
        let topic = Topic::new(object, uid, "kubelet", host);
        events::record(world, EventNote { topic, field_path: "".into(), warning, reason, message: message.into() });
    }

    /// Whether the node takes no such Pod while it is short of something (eviction_manager.go Admit).
    pub(super) fn pressed_for(&self, pod: &Pod) -> Option<admission::Rejection> {
        let pressures = &self.node.pressures;
        if pressures.is_empty() || pod.spec.priority.unwrap_or(0) >= CRITICAL {
            return None;
        }
        let only_memory = pressures.keys().all(|signal| *signal == Signal::Memory);
        let tolerates = pod.spec.tolerations.iter().flatten().any(|toleration| {
            let key = toleration.key.as_deref().unwrap_or_default();
            key.is_empty() || key == "node.kubernetes.io/memory-pressure"
        });
        if only_memory && (crate::api::resources::qos_class(&pod.spec) != "BestEffort" || tolerates) {
            return None;
        }
        let conditions: Vec<&str> = pressures.keys().map(|signal| signal.words().condition).collect();
        let message = format!("The node had condition: [{}]. ", conditions.join(" "));
        Some(admission::Rejection { reason: "Evicted", message })
    }
}

/// In which order Pods go: those first that use more than they asked for, then the less important, then those that use
/// most (helpers.go rankMemoryPressure, rankDiskPressureFunc, rankPIDPressure).
fn rank(signal: Signal, worker: &Worker) -> (Reverse<bool>, i32, Reverse<i64>) {
    let over = usage(worker) - amount(&worker.pod, "memory");
    let priority = worker.pod.spec.priority.unwrap_or(0);
    match signal {
        Signal::Memory => (Reverse(over > 0), priority, Reverse(over)),
        Signal::Disk | Signal::Pid => (Reverse(false), priority, Reverse(running(worker).count() as i64)),
    }
}

fn running(worker: &Worker) -> impl Iterator<Item = &Container> {
    lasting(&worker.pod.spec).filter(|container| worker.cache.newest(&container.name).is_some_and(super::kill::runs))
}

fn usage(worker: &Worker) -> i64 {
    running(worker).map(used).sum()
}

/// What a container is taken to use of memory.
fn used(container: &Container) -> i64 {
    let limits = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
    let limit = limits.and_then(|limits| limits.get("memory")).map(|field| quantity::of(field).value());
    limit.unwrap_or(USAGE).min(USAGE)
}

/// What a Pod asks for of a resource.
fn amount(pod: &Pod, resource: &str) -> i64 {
    crate::api::resources::pod_requests(&pod.spec).get(resource).map_or(0, |quantity| quantity.value())
}

impl Worker {
    /// The node ends the Pod (evictPod): at once, with what is left of a second.
    fn evict(&mut self, signal: Signal, cx: &mut Cx) {
        let words = signal.words();
        let mut message = format!(
            "The node was low on resource: {}. Threshold quantity: {}, available: {}. ",
            words.resource, words.threshold, words.available
        );
        for container in running(self) {
            let Some(used) = self.used(signal, container, cx) else { continue };
            let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
            let request = requests.and_then(|requests| requests.get(words.resource));
            let asked = request.map_or(0, |field| quantity::of(field).value());
            if used > asked {
                message.push_str(&format!(
                    "Container {} was using {}, request is {}, has larger consumption of {}. ",
                    container.name,
                    Quantity::from_bytes(used),
                    Quantity::from_bytes(asked),
                    words.resource
                ));
            }
        }
        self.end_for(words.resource, message, true, cx);
    }

    /// How much a container takes of what the node is short of, where that is counted for each (helpers.go
    /// evictionMessage).
    fn used(&self, signal: Signal, container: &Container, cx: &Cx) -> Option<i64> {
        match signal {
            Signal::Memory => Some(used(container)),
            Signal::Disk => Some(self.stored(&container.name, cx)),
            Signal::Pid => None,
        }
    }

    /// The node ends the Pod for the sake of `resource`; whether that `disrupts` it, or is its own doing.
    pub(super) fn end_for(&mut self, resource: &'static str, message: String, disrupts: bool, cx: &mut Cx) {
        self.pod_event(cx, true, "Evicted", &message);
        self.decide(cx, "", Reason::Evicted { resource, message: Rc::from(message.trim_end()) });
        self.evicted = Some(Evicted { reason: "Evicted", message, disrupts });
        self.life = Life::Terminating;
        self.ask_for_sync(cx);
        self.cancel_wait(cx);
    }
}
