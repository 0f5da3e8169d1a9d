//! Nodes that fall silent and return: their conditions and taints, and the eviction of their Pods
//! (kubernetes: pkg/controller/nodelifecycle/node_lifecycle_controller.go, 1.36).

mod taint_eviction;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Taint};

use super::events::{self, EventNote};
use super::world::{Due, World};
use super::{Change, ObjectKey, Time, api_server};
use crate::api::{Kind, Object};
use taint_eviction::TaintEviction;

/// A node is given up when its kubelet was silent for so long (`--node-monitor-grace-period`) …
const GRACE: Duration = Duration::from_secs(50);
/// … which is looked at this often (`--node-monitor-period`).
const PERIOD: Duration = Duration::from_secs(5);

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// The taints that follow from conditions, with the status that brings them (nodeConditionToTaintKeyStatusMap).
const BY_CONDITION: [(&str, &str, &str); 5] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];

/// A timer of the controller.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// It looks whether this node's kubelet has been heard of.
    Monitor(Rc<str>),
    /// What a Pod tolerates is over.
    Evict { pod: ObjectKey, token: u64 },
}

/// The controller's own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeLifecycle {
    eviction: TaintEviction,
}

/// Lets the controller find out that the kubelet of `node` has fallen silent.
pub(super) fn falls_silent(node: &Rc<str>, world: &mut World) {
    if world.silent.contains_key(node) {
        return;
    }
    world.silent.insert(node.clone(), world.now);
    let at = world.now + GRACE;
    let late = at.as_micros() % PERIOD.as_micros() as u64;
    let late = if late == 0 { Duration::ZERO } else { PERIOD - Duration::from_micros(late) };
    world.wake(GRACE + late, Due::NodeLifecycle(Timer::Monitor(node.clone())));
}

impl NodeLifecycle {
    /// Hears of a change.
    pub fn see(&mut self, change: &Change, world: &mut World) {
        match change.key.kind {
            Kind::Node => {
                retaint(world);
                self.eviction.see_node(&change.key.name, world);
            }
            Kind::Pod => self.eviction.see_pod(change, world),
            _ => {}
        }
    }

    /// A timer runs out.
    pub fn wake(&mut self, timer: Timer, world: &mut World) {
        match timer {
            Timer::Monitor(node) => {
                if world.silent.get(&node).is_some_and(|&since| world.now.since(since) >= GRACE) {
                    give_up(&node, world);
                }
            }
            Timer::Evict { pod, token } => self.eviction.over(&pod, token, world),
        }
    }
}

/// Nothing was heard of a node for too long: nobody knows how it is (monitorNodeHealth, tryUpdateNodeHealth).
fn give_up(name: &Rc<str>, world: &mut World) {
    let key = ObjectKey::new(Kind::Node, "", name);
    let Some(Object::Node(node)) = world.store.get(&key) else { return };
    let mut node = node.as_ref().clone();
    if condition(&node, "Ready") == "Unknown" {
        return;
    }
    let (was_ready, now) = (condition(&node, "Ready") == "True", world.timestamp());
    for condition in node.status.iter_mut().flat_map(|status| status.conditions.iter_mut().flatten()) {
        if matches!(condition.type_.as_str(), "Ready" | "MemoryPressure" | "DiskPressure" | "PIDPressure") {
            condition.status = "Unknown".into();
            condition.reason = Some("NodeStatusUnknown".into());
            condition.message = Some("Kubelet stopped posting node status.".into());
            condition.last_transition_time = Some(now.clone());
        }
    }
    let uid = node.metadata.uid.clone().unwrap_or_default();
    world.store.put(key.clone(), Object::Node(node.into()));
    if was_ready {
        let text = format!("Node {name} status is now: NodeNotReady");
        say(world, key, uid.to_string(), "node-controller", false, "NodeNotReady", text);
        pods_not_ready(name, world);
    }
}

/// The Pods of a node that is not ready are not ready either (nodeutil.MarkPodsNotReady).
fn pods_not_ready(node: &str, world: &mut World) {
    let mine: Vec<_> = world.store.pods().filter(|pod| pod.spec.node_name.as_deref() == Some(node)).cloned().collect();
    let now = world.timestamp();
    for mut pod in mine {
        let ready = |condition: &&mut _| -> bool {
            let condition: &k8s_openapi::api::core::v1::PodCondition = condition;
            condition.type_ == "Ready" && condition.status == "True"
        };
        let conditions = pod.status.make_mut().conditions.iter_mut().flatten();
        let Some(condition) = conditions.into_iter().find(ready) else { continue };
        condition.status = "False".into();
        condition.last_transition_time = Some(now.clone());
        let (key, uid) = (ObjectKey::new(Kind::Pod, pod.namespace(), pod.name()), pod.uid().to_owned());
        world.store.put(key.clone(), Object::Pod(pod.into()));
        say(world, key, uid, "node-controller", true, "NodeNotReady", "Node is not ready".to_owned());
    }
}

/// The status of a node's condition; empty where it has none.
fn condition<'a>(node: &'a Node, type_: &str) -> &'a str {
    let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.find(|condition| condition.type_ == type_).map_or("", |condition| condition.status.as_str())
}

/// Gives every node the taints that its conditions ask for, and takes away those they do not (doNoScheduleTaintingPass,
/// doNoExecuteTaintingPass). Where no node is ready at all, the fault is sought in the network of the control plane,
/// and nothing is evicted (handleDisruption).
fn retaint(world: &mut World) {
    let nodes: Vec<(ObjectKey, Rc<Node>)> = world
        .store
        .list(Kind::Node)
        .filter_map(|(key, object)| match object {
            Object::Node(node) => Some((key.clone(), node.clone())),
            _ => None,
        })
        .collect();
    let any_ready = nodes.iter().any(|(_, node)| condition(node, "Ready") == "True");
    for (key, node) in nodes {
        let mut wanted: Vec<(&str, &str)> = Vec::new();
        for (type_, status, taint) in BY_CONDITION {
            if condition(&node, type_) == status {
                wanted.push((taint, "NoSchedule"));
                if type_ == "Ready" && any_ready {
                    wanted.push((taint, "NoExecute"));
                }
            }
        }
        let unschedulable = node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
        if unschedulable {
            wanted.push(("node.kubernetes.io/unschedulable", "NoSchedule"));
        }
        set_taints(key, &node, &wanted, world);
    }
}

fn set_taints(key: ObjectKey, node: &Rc<Node>, wanted: &[(&str, &str)], world: &mut World) {
    let ours = |taint: &Taint| {
        taint.key == "node.kubernetes.io/unschedulable" || BY_CONDITION.iter().any(|(_, _, key)| *key == taint.key)
    };
    let present = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let same = |taint: &Taint, (key, effect): &(&str, &str)| taint.key == *key && taint.effect == *effect;
    let mut taints: Vec<Taint> =
        present.iter().filter(|taint| !ours(taint) || wanted.iter().any(|want| same(taint, want))).cloned().collect();
    for want in wanted.iter().filter(|want| !present.iter().any(|taint| same(taint, want))) {
        taints.push(Taint {
            key: want.0.into(),
            effect: want.1.into(),
            time_added: Some(world.timestamp()),
            value: None,
        });
    }
    if taints.as_slice() == present {
        return;
    }
    let mut node = node.as_ref().clone();
    node.spec.get_or_insert_default().taints = Some(taints).filter(|taints| !taints.is_empty());
    world.store.put(key, Object::Node(node.into()));
}

/// A kubelet is heard again: it posts that its node is well (kubelet: kubelet_node_status.go).
pub(super) fn speaks_again(name: &Rc<str>, world: &mut World) {
    world.silent.remove(name);
    let key = ObjectKey::new(Kind::Node, "", name);
    let Some(Object::Node(node)) = world.store.get(&key) else { return };
    let ready = condition(node, "Ready") == "True";
    let well = api_server::node_conditions(world);
    if well.iter().all(|it| condition(node, &it.type_) == it.status) {
        return;
    }
    let mut node = node.as_ref().clone();
    node.status.get_or_insert_default().conditions = Some(well);
    let uid = node.metadata.uid.clone().unwrap_or_default();
    world.store.put(key.clone(), Object::Node(node.into()));
    if ready {
        return;
    }
    say(world, key, uid.to_string(), "kubelet", false, "NodeReady", format!("Node {name} status is now: NodeReady"));
}

fn say(
    world: &mut World,
    object: ObjectKey,
    uid: String,
    source: &'static str,
    warning: bool,
    reason: &'static str,
    message: String,
) {
    let host = if source == "kubelet" { object.name.clone() } else { "".into() };
    let (uid, message) = (uid.into(), message.into());
    events::record(world, EventNote { object, uid, field_path: "".into(), source, host, warning, reason, message });
}

/// Since when a kubelet is silent; none while it is heard.
pub(super) type Silent = collections::Map<Rc<str>, Time>;
