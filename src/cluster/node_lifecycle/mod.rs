//! Nodes that fall silent and return: their conditions and taints, and the eviction of their Pods
//! (kubernetes: pkg/controller/nodelifecycle/node_lifecycle_controller.go, 1.36).

mod taint_eviction;
mod taint_queue;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Taint};

use super::events::{self, EventNote, Topic};
use super::world::{Due, World};
use super::{Change, ChangeKind, ObjectKey, Time, api_server};
use crate::api::{Kind, Object};
use taint_eviction::TaintEviction;
use taint_queue::TaintQueue;

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
    /// It looks which nodes were lost before.
    Look,
    /// A lost node may be tainted.
    Taint,
    /// It finds that this node is no more.
    Removed { node: ObjectKey, uid: String },
    /// What a Pod tolerates is over.
    Evict { pod: ObjectKey, token: u64 },
}

/// The controller's own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeLifecycle {
    eviction: TaintEviction,
    queue: TaintQueue,
    /// Whether a look is to come.
    looks: bool,
    /// Whether a node is to be tainted.
    taints: bool,
}

/// Lets the controller find out that the kubelet of `node` has fallen silent.
pub(super) fn falls_silent(node: &Rc<str>, world: &mut World) {
    if world.silent.contains_key(node) {
        return;
    }
    world.silent.insert(node.clone(), world.now);
    let late = until_look(world.now + GRACE);
    world.wake(GRACE + late, Due::NodeLifecycle(Timer::Monitor(node.clone())));
}

/// How long it is from `at` until the controller looks at the nodes; nothing where it does just then.
fn until_look(at: Time) -> Duration {
    let late = at.as_micros() % PERIOD.as_micros() as u64;
    if late == 0 { Duration::ZERO } else { PERIOD - Duration::from_micros(late) }
}

impl NodeLifecycle {
    /// Hears of a change.
    pub fn see(&mut self, change: &Change, world: &mut World) {
        match change.key.kind {
            Kind::Node => {
                if change.kind == ChangeKind::Deleted {
                    let uid = change.object.metadata().uid.as_deref().unwrap_or_default().to_owned();
                    let found = Timer::Removed { node: change.key.clone(), uid };
                    world.wake(until_look(world.now), Due::NodeLifecycle(found));
                }
                retaint(world);
                self.expect_look(world);
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
                    self.measure(world);
                }
            }
            Timer::Look => {
                self.looks = false;
                self.look(world);
            }
            Timer::Taint => {
                self.taints = false;
                self.taint(world);
            }
            Timer::Removed { node, uid } => {
                let text = format!("Node {0} event: Removing Node {0} from Controller", node.name);
                say(world, node, uid, "node-controller", false, "RemovingNode", text);
            }
            Timer::Evict { pod, token } => self.eviction.over(&pod, token, world),
        }
    }

    /// Lets the controller find at its next look what has come upon a node since its last: a node that it gives up is
    /// tainted only when it finds it given up (monitorNodeHealth hands the condition observed before it was changed to
    /// processTaintBaseEviction). Where nothing is new, it need not look.
    fn expect_look(&mut self, world: &mut World) {
        let waits = self.queue.is_held() || nodes(world).iter().any(|(_, node)| is_lost(node) && !is_driven(node));
        let wait = match until_look(world.now) {
            Duration::ZERO => PERIOD,
            wait => wait,
        };
        if waits && !self.looks {
            self.looks = true;
            world.wake(wait, Due::NodeLifecycle(Timer::Look));
        }
    }

    /// How many nodes are lost says how fast they may be tainted.
    fn measure(&mut self, world: &World) {
        let nodes = nodes(world);
        let ready = nodes.iter().filter(|(_, node)| condition(node, "Ready") == "True").count();
        self.queue.look(ready, nodes.len() - ready, world.now);
    }

    /// Looks at all nodes: those that are lost wait to be tainted, the others do not (processTaintBaseEviction).
    fn look(&mut self, world: &mut World) {
        for (key, node) in nodes(world) {
            match is_lost(&node) && !is_driven(&node) {
                true => self.queue.add(&key.name),
                false => self.queue.remove(&key.name),
            }
        }
        self.measure(world);
        // What else is found in the same look comes first: it may be that too many are lost.
        self.expect_taint(world);
    }

    fn expect_taint(&mut self, world: &mut World) {
        let Some(at) = self.queue.due(world.now).filter(|_| !self.taints) else { return };
        self.taints = true;
        world.wake(at.since(world.now), Due::NodeLifecycle(Timer::Taint));
    }

    /// Taints the node that has waited longest, where it is lost still (doNoExecuteTaintingPass).
    fn taint(&mut self, world: &mut World) {
        let found = nodes(world);
        for (key, _) in found.iter().filter(|(_, node)| !is_lost(node) || is_driven(node)) {
            self.queue.remove(&key.name);
        }
        if let Some(name) = self.queue.take(world.now)
            && let Some((key, node)) = found.into_iter().find(|(key, _)| key.name == name)
        {
            let wanted = wanted(&node, true);
            set_taints(key, &node, &wanted, world);
        }
        self.expect_taint(world);
    }
}

fn nodes(world: &World) -> Vec<(ObjectKey, Rc<Node>)> {
    let all = world.store.list(Kind::Node).filter_map(|(key, object)| match object {
        Object::Node(node) => Some((key.clone(), node.clone())),
        _ => None,
    });
    all.collect()
}

/// Whether the node says that it is not ready, or nothing any more.
fn is_lost(node: &Node) -> bool {
    matches!(condition(node, "Ready"), "False" | "Unknown")
}

/// Whether the node has a taint already that drives Pods away because it is lost.
fn is_driven(node: &Node) -> bool {
    let mut taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    taints.any(|taint| taint.effect == "NoExecute" && matches!(taint.key.as_str(), UNREACHABLE | NOT_READY))
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

/// Gives nodes the taints that their conditions ask for, and takes away those they do not (doNoScheduleTaintingPass,
/// markNodeAsReachable). Those that drive Pods away are given later, one node after the other; here one is only changed
/// for the other. Where no node is ready at all, the fault is sought in the network of the control plane, and they are
/// taken away (handleDisruption).
fn retaint(world: &mut World) {
    let nodes = nodes(world);
    let any_ready = nodes.iter().any(|(_, node)| condition(node, "Ready") == "True");
    for (key, node) in nodes {
        let wanted = wanted(&node, any_ready && is_driven(&node));
        set_taints(key, &node, &wanted, world);
    }
}

/// The taints that a node ought to have; with one that drives Pods away where it is lost and that is its turn.
fn wanted(node: &Node, driven: bool) -> Vec<(&'static str, &'static str)> {
    let mut wanted = Vec::new();
    for (type_, status, taint) in BY_CONDITION {
        if condition(node, type_) == status {
            wanted.push((taint, "NoSchedule"));
            if type_ == "Ready" && driven {
                wanted.push((taint, "NoExecute"));
            }
        }
    }
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        wanted.push(("node.kubernetes.io/unschedulable", "NoSchedule"));
    }
    wanted
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
    let news = AGAIN.iter().filter(|(type_, _)| match *type_ {
        "Ready" => !ready,
        pressure => condition(node, pressure) != "False",
    });
    let news: Vec<&'static str> = news.map(|(_, reason)| *reason).collect();
    let mut node = node.as_ref().clone();
    node.status.get_or_insert_default().conditions = Some(well);
    let uid = node.metadata.uid.clone().unwrap_or_default();
    world.store.put(key.clone(), Object::Node(node.into()));
    for reason in news {
        let text = format!("Node {name} status is now: {reason}");
        say(world, key.clone(), uid.to_string(), "kubelet", false, reason, text);
    }
}

/// What a kubelet says of each condition that is well again, in its order (kubelet: nodestatus/setters.go).
const AGAIN: [(&str, &str); 4] = [
    ("MemoryPressure", "NodeHasSufficientMemory"),
    ("DiskPressure", "NodeHasNoDiskPressure"),
    ("PIDPressure", "NodeHasSufficientPID"),
    ("Ready", "NodeReady"),
];

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
    let topic = Topic::new(object, uid.into(), source, host);
    events::record(world, EventNote { topic, field_path: "".into(), warning, reason, message: message.into() });
}

/// Since when a kubelet is silent; none while it is heard.
pub(super) type Silent = collections::Map<Rc<str>, Time>;
