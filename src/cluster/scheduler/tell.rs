//! What the scheduler tells of its verdicts: in words, in the status of Pods, by events.

use collections::Map as BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::PodCondition;
use k8s_openapi::{Text, pooled};

use crate::api::{Object, Pod};
use crate::cluster::events::{self, EventNote, SCHEDULER, Topic};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Propagation, api_server};

/// What becomes of the node that a Pod was promised.
#[derive(Clone, Copy, Debug)]
pub(super) enum Nomination<'a> {
    /// It stays what it is.
    Stays,
    /// There is none any more.
    Ends,
    /// This one.
    Is(&'a str),
}

/// `0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu.` (scheduler: framework/types.go FitError.Error).
pub(super) fn explain(nodes: usize, reasons: &[impl AsRef<str>]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason.as_ref()).or_default() += 1;
    }
    let mut parts: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    collections::sort(&mut parts);
    match parts.is_empty() {
        true => format!("0/{nodes} nodes are available:"),
        false => format!("0/{nodes} nodes are available: {}.", parts.join(", ")),
    }
}

/// Writes into the Pod's status that it cannot be scheduled, and what becomes of its nomination.
pub(super) fn mark_unschedulable(world: &mut World, key: &ObjectKey, message: &Rc<str>, nomination: Nomination<'_>) {
    let Some(mut pod) = world.store.get(key).and_then(Object::as_pod).cloned() else { return };
    let generation = pod.metadata.generation;
    let now = world.timestamp();
    let status = pod.status.make_mut();
    let conditions = status.conditions.get_or_insert_default();
    let present = conditions.iter().position(|condition| condition.type_ == "PodScheduled");
    let since = present.and_then(|at| conditions.get(at)).filter(|condition| condition.status == "False");
    let condition = PodCondition {
        type_: Text::constant("PodScheduled"),
        status: Text::constant("False"),
        reason: Some(Text::constant("Unschedulable")),
        message: Some(message.into()),
        observed_generation: generation,
        last_transition_time: since.and_then(|condition| condition.last_transition_time.clone()).or(Some(now)),
        ..PodCondition::default()
    };
    match present.and_then(|at| conditions.get_mut(at)) {
        Some(present) => *present = condition,
        None => conditions.push(condition),
    }
    match nomination {
        Nomination::Stays => {}
        Nomination::Ends => status.nominated_node_name = None,
        Nomination::Is(node) => status.nominated_node_name = Some(node.into()),
    }
    world.store.put(key.clone(), Object::Pod(pod.into()));
}

/// Removes a less important Pod: it is told why, deleted with its grace, and an event says for whom.
pub(super) fn preempt_victim(world: &mut World, victim: &ObjectKey, by: &Pod, node: &str) {
    let Some(Object::Pod(pod)) = world.store.get(victim).cloned() else { return };
    let message = format!("{SCHEDULER}: preempting to accommodate a higher priority pod");
    api_server::disrupt(world, victim, "PreemptionByScheduler", &message);
    if api_server::delete(world, victim, None, Propagation::Background).is_ok() {
        let message = format!("Preempted by pod {} on node {node}", by.uid());
        say(world, victim, &pod, false, "Preempted", message);
    }
}

/// Says something about the Pod of `key`, which was as in `pod` when the attempt began.
pub(super) fn say(
    world: &mut World,
    key: &ObjectKey,
    pod: &Pod,
    warning: bool,
    reason: &'static str,
    message: impl Into<Rc<str>>,
) {
    let note = EventNote {
        topic: Topic::new(key.clone(), pod.shared_uid(), SCHEDULER, pooled("")),
        field_path: pooled(""),
        warning,
        reason,
        message: message.into(),
    };
    events::record_at(world, note, pod.resource_version.as_deref().unwrap_or_default());
}
