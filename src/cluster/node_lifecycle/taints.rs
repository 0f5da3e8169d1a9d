//! The taints that follow from a node's state: those that keep new Pods away, and those that drive Pods away because it is
//! lost (kubernetes: pkg/controller/nodelifecycle/node_lifecycle_controller.go, 1.36).

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, Taint};

use crate::api::Object;
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// The effect of the taints that drive Pods away …
const DRIVES: &str = "NoExecute";
/// … and of those that keep new ones away.
const KEEPS: &str = "NoSchedule";

/// The taints that follow from conditions, with the status that brings them (nodeConditionToTaintKeyStatusMap).
const BY_CONDITION: [(&str, &str, &str); 5] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];

/// The status of a node's condition; empty where it has none.
pub(super) fn condition<'a>(node: &'a Node, type_: &str) -> &'a str {
    let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.find(|condition| condition.type_ == type_).map_or("", |condition| condition.status.as_str())
}

pub(super) fn is_ready(node: &Node) -> bool {
    condition(node, "Ready") == "True"
}

/// The key of the taint that drives Pods away from a lost node; none where it is ready.
pub(super) fn driver(node: &Node) -> Option<&'static str> {
    match condition(node, "Ready") {
        "False" => Some(NOT_READY),
        "Unknown" => Some(UNREACHABLE),
        _ => None,
    }
}

/// Whether the taint drives Pods away because its node is lost.
fn drives(taint: &Taint) -> bool {
    taint.effect == DRIVES && matches!(taint.key.as_str(), UNREACHABLE | NOT_READY)
}

/// Whether the taint keeps new Pods away for the sake of the node's state.
fn keeps(taint: &Taint) -> bool {
    let known = taint.key == UNSCHEDULABLE || BY_CONDITION.iter().any(|(.., key)| *key == taint.key);
    known && taint.effect == KEEPS
}

/// The keys of the taints that the node has and that drive Pods away because it is lost.
fn drivers(node: &Node) -> impl Iterator<Item = &str> {
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    taints.filter(|taint| drives(taint)).map(|taint| taint.key.as_str())
}

/// Whether the node says that it is not ready, or nothing any more, and no Pods are driven away from it yet.
pub(super) fn waits(node: &Node) -> bool {
    driver(node).is_some() && drivers(node).next().is_none()
}

/// Whether a look would leave the node the taints that drive Pods away.
pub(super) fn is_driven_rightly(node: &Node, any_ready: bool) -> bool {
    drivers(node).all(|key| any_ready && driver(node) == Some(key))
}

/// Gives a node the taints that its conditions ask for and that keep new Pods away, and takes away those they do not
/// (doNoScheduleTaintingPass).
pub(super) fn keep_away(key: ObjectKey, node: &Rc<Node>, world: &mut World) {
    let holds = |(type_, status, _): &&(&str, &str, &str)| condition(node, type_) == *status;
    let mut wanted: Vec<&str> = BY_CONDITION.iter().filter(holds).map(|(.., taint)| *taint).collect();
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        wanted.push(UNSCHEDULABLE);
    }
    set(key, node, (KEEPS, keeps), &wanted, world);
}

/// Leaves a node of the taints that drive Pods away because it is lost only that of this key.
pub(super) fn drive(key: ObjectKey, node: &Rc<Node>, driver: Option<&str>, world: &mut World) {
    set(key, node, (DRIVES, drives), driver.as_slice(), world);
}

/// Gives a node of `ours`, which all have this effect, those taints that are `wanted`, by their keys.
fn set(
    key: ObjectKey,
    node: &Rc<Node>,
    (effect, ours): (&str, fn(&Taint) -> bool),
    wanted: &[&str],
    world: &mut World,
) {
    let present = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let stays = |taint: &&Taint| !ours(taint) || wanted.contains(&taint.key.as_str());
    let mut taints: Vec<Taint> = present.iter().filter(stays).cloned().collect();
    for key in wanted.iter().filter(|key| !present.iter().any(|taint| ours(taint) && taint.key == **key)) {
        let (key, effect) = ((*key).into(), effect.into());
        taints.push(Taint { key, effect, time_added: Some(world.timestamp()), value: None });
    }
    if taints.as_slice() == present {
        return;
    }
    let mut node = node.as_ref().clone();
    node.spec.get_or_insert_default().taints = Some(taints).filter(|taints| !taints.is_empty());
    world.store.put(key, Object::Node(node.into()));
}
