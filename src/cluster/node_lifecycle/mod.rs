//! Nodes that fall silent and return: their conditions and taints, and the eviction of their Pods
//! (kubernetes: pkg/controller/nodelifecycle/node_lifecycle_controller.go, 1.36).

mod taint_eviction;

pub use taint_eviction::Patience;
mod taint_queue;
mod taints;
#[cfg(test)]
mod tests;
pub(super) mod timer;

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Node;

use super::events::{self, EventNote, Topic};
use super::world::{Due, World};
use super::{Change, ChangeKind, ObjectKey, Time, api_server};
use crate::api::{Kind, Object};
use taint_eviction::TaintEviction;
use taint_queue::TaintQueue;
use taints::condition;
pub(crate) use timer::Timer;

/// A node is given up when its kubelet was silent for so long (`--node-monitor-grace-period`) …
const GRACE: Duration = Duration::from_secs(50);
/// … which is looked at this often (`--node-monitor-period`).
const PERIOD: Duration = Duration::from_secs(5);

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
                for (key, node) in nodes(world) {
                    taints::keep_away(key, &node, world);
                }
                self.expect_look(world);
                self.eviction.see_node(change, world);
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
    /// processTaintBaseEviction), and one that is back loses that taint then. Where nothing is new, it need not look.
    fn expect_look(&mut self, world: &mut World) {
        let nodes = nodes(world);
        let any_ready = nodes.iter().any(|(_, node)| taints::is_ready(node));
        let news = |node: &Rc<Node>| taints::waits(node) || !taints::is_driven_rightly(node, any_ready);
        let waits = self.queue.is_held() || nodes.iter().any(|(_, node)| news(node));
        let wait = match until_look(world.now) {
            Duration::ZERO => PERIOD,
            wait => wait,
        };
        if waits && !self.looks {
            self.looks = true;
            world.wake(wait, Due::NodeLifecycle(Timer::Look));
        }
    }

    /// How many nodes are lost says how fast they may be tainted. Where no node is ready at all, the fault is sought in the
    /// network of the control plane, and what drives Pods away is taken off all (handleDisruption).
    fn measure(&mut self, world: &mut World) {
        let nodes = nodes(world);
        let ready = nodes.iter().filter(|(_, node)| taints::is_ready(node)).count();
        self.queue.look(ready, nodes.len() - ready, world.now);
        for (key, node) in nodes.into_iter().filter(|_| ready == 0) {
            taints::drive(key, &node, None, world);
        }
    }

    /// Looks at all nodes: those that are lost wait to be tainted, the others do not; a taint that drives Pods away is
    /// changed for the other, or taken off where the node is back (processTaintBaseEviction, markNodeAsReachable).
    fn look(&mut self, world: &mut World) {
        for (key, node) in nodes(world) {
            if taints::waits(&node) {
                self.queue.add(&key.name);
                continue;
            }
            self.queue.remove(&key.name);
            taints::drive(key, &node, taints::driver(&node), world);
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
        for (key, _) in found.iter().filter(|(_, node)| !taints::waits(node)) {
            self.queue.remove(&key.name);
        }
        if let Some(name) = self.queue.take(world.now)
            && let Some((key, node)) = found.into_iter().find(|(key, _)| key.name == name)
        {
            taints::drive(key, &node, taints::driver(&node), world);
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

/// A kubelet is heard again: it says that it starts, and posts that its node is well. Of a machine that was `booted` it says
/// that too (kubelet: kubelet.go BirthCry, kubelet_node_status.go initialNode and tryUpdateNodeStatus, nodestatus/setters.go
/// MachineInfo, cm/node_container_manager_linux.go enforceNodeAllocatableCgroups).
pub(super) fn speaks_again(name: &Rc<str>, booted: bool, world: &mut World) {
    world.silent.remove(name);
    let key = ObjectKey::new(Kind::Node, "", name);
    let Some(Object::Node(known)) = world.store.get(&key).cloned() else { return };
    say_by_kubelet(name, false, "Starting", "Starting kubelet.".to_owned(), world);
    let enforced = "Updated Node Allocatable limit across pods";
    say_by_kubelet(name, false, "NodeAllocatableEnforced", enforced.to_owned(), world);
    // It first makes up a node as if there were none, whose conditions are all new to it; only of Ready it keeps silent.
    for (_, reason) in AGAIN.iter().filter(|(type_, _)| *type_ != "Ready") {
        say_status(name, reason, world);
    }
    let mut node = known.as_ref().clone();
    if booted {
        let id = api_server::boot_id(world, name);
        node.status.get_or_insert_default().node_info.get_or_insert_default().boot_id = id.clone().into();
        say_by_kubelet(name, true, "Rebooted", format!("Node {name} has been rebooted, boot id: {id}"), world);
    }
    let is = |type_: &str, status: &str| condition(&known, type_) == status;
    let well = api_server::node_conditions(world);
    let news = AGAIN.iter().filter(|(type_, _)| !is(type_, if *type_ == "Ready" { "True" } else { "False" }));
    let news: Vec<&'static str> = news.map(|(_, reason)| *reason).collect();
    if !well.iter().all(|it| is(&it.type_, &it.status)) {
        node.status.get_or_insert_default().conditions = Some(well);
    }
    if node != *known {
        world.store.put(key, Object::Node(node.into()));
    }
    for reason in news {
        say_status(name, reason, world);
    }
}

/// What a kubelet says of each condition that is well again, in its order (kubelet: nodestatus/setters.go).
const AGAIN: [(&str, &str); 4] = [
    ("MemoryPressure", "NodeHasSufficientMemory"),
    ("DiskPressure", "NodeHasNoDiskPressure"),
    ("PIDPressure", "NodeHasSufficientPID"),
    ("Ready", "NodeReady"),
];

/// The kubelet of the node `name` says what its status is now (kubelet_node_status.go recordNodeStatusEvent).
pub(super) fn say_status(name: &str, reason: &'static str, world: &mut World) {
    say_by_kubelet(name, false, reason, format!("Node {name} status is now: {reason}"), world);
}

/// The kubelet of the node `name` says something of it.
fn say_by_kubelet(name: &str, warning: bool, reason: &'static str, message: String, world: &mut World) {
    let key = ObjectKey::new(Kind::Node, "", name);
    let uid = world.store.get(&key).and_then(|node| node.metadata().uid.clone()).unwrap_or_default();
    say(world, key, uid.to_string(), "kubelet", warning, reason, message);
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
    let topic = Topic::new(object, uid.into(), source, host);
    events::record(world, EventNote { topic, field_path: "".into(), warning, reason, message: message.into() });
}
