//! The scheduler: puts Pods on nodes.

mod filter;
mod nodes;
mod pod_affinity;
mod preempt;
mod queue;
mod refused;
mod score;
mod spread;

use collections::{Map as BTreeMap, Set as BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::PodCondition;
use k8s_openapi::{Text, pooled};

use super::api_server;
use super::events::{self, EventNote, SCHEDULER};
use super::world::{Due, World};
use super::{Change, Decision, ObjectKey, Propagation, Reason};
use crate::api::{Kind, Object, Pod};
use filter::{Asking, Plugin, Rejection, filter};
pub(crate) use filter::{node_affinity, tolerates, turned_away};
use nodes::{Claim, NodeInfo, Nodes};
use queue::{Helps, Queue};
use refused::Refused;

/// From one attempt to the next while Pods wait: what a scheduling cycle takes.
const CYCLE: Duration = Duration::from_micros(300);

/// A timer of the scheduler.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// The next Pod is tried.
    Cycle,
    /// A Pod has waited long for something that helps.
    Flush(ObjectKey),
}

/// The scheduler's own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scheduler {
    nodes: Nodes,
    queue: Queue,
    /// Pods that preempted others, by the node they wait for.
    nominated: BTreeMap<ObjectKey, (String, Rc<Claim>)>,
    /// Why the last Pod was refused.
    refused: Option<Refused>,
    /// Whether the next cycle is due already.
    busy: bool,
}

/// The scheduler's answer for one Pod.
enum Outcome<'a> {
    /// This node.
    Node(String),
    /// No node, and why: the reasons of each, and the plugins that gave them.
    Nowhere { rejections: Vec<(&'a str, Rejection)> },
    /// Something the Pod needs is missing wherever it goes.
    Missing { message: String },
}

/// That no node takes a Pod, and what is to be done.
struct Nowhere {
    plugins: BTreeSet<Plugin>,
    message: String,
    plan: Option<preempt::Plan>,
}

impl Scheduler {
    /// Whether changes of `kind` concern it.
    pub fn watches(kind: Kind) -> bool {
        matches!(kind, Kind::Pod | Kind::Node | Kind::PersistentVolumeClaim)
    }

    /// Hears of a change.
    pub fn see(&mut self, change: &Change, world: &mut World) {
        match change.key.kind {
            Kind::Node => match world.store.get(&change.key) {
                Some(Object::Node(node)) => {
                    if self.nodes.set(node) {
                        self.queue.helped(Helps::Node, world.now);
                    }
                }
                _ => self.nodes.remove(&change.key.name),
            },
            Kind::Pod => self.see_pod(change, world),
            Kind::PersistentVolumeClaim => self.queue.helped(Helps::Claim, world.now),
            _ => {}
        }
        self.work(world.config.latencies.schedule, world);
    }

    fn see_pod(&mut self, change: &Change, world: &mut World) {
        let key = &change.key;
        let Some(pod) = world.store.get(key).and_then(Object::as_pod) else {
            self.queue.remove(key);
            if self.nominated.remove(key).is_some() {
                self.give_back(change, world);
            }
            self.leave(key, world);
            return;
        };
        let resized = change.old.as_ref().and_then(Object::as_pod).is_none_or(|old| old.spec != pod.spec);
        let terminal = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        match pod.spec.node_name.as_deref().filter(|name| !name.is_empty()) {
            Some(_) if terminal => {
                self.queue.remove(key);
                self.leave(key, world);
            }
            // It was there before and asks for no more.
            Some(_) if !resized && self.nodes.knows(key) => {}
            Some(node) => {
                self.queue.remove(key);
                self.nominated.remove(key);
                if (resized || !self.nodes.knows(key)) && self.nodes.place(key, node, pod, Rc::new(Claim::of(pod))) {
                    self.queue.helped(Helps::PodCame, world.now);
                }
            }
            None if terminal || pod.metadata.deletion_timestamp.is_some() => self.queue.remove(key),
            None => self.see_waiting(change, pod, world),
        }
    }

    /// A Pod without a node: it queues unless gates hold it; a change of its status alone is no reason to try again.
    fn see_waiting(&mut self, change: &Change, pod: &Pod, world: &World) {
        let ours = pod.spec.scheduler_name.as_deref().is_none_or(|name| name == SCHEDULER);
        let gated = pod.spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
        if !ours || gated {
            return self.queue.remove(&change.key);
        }
        let old = change.old.as_ref().and_then(Object::as_pod);
        let changed = old.is_none_or(|old| old.spec != pod.spec || old.metadata.labels != pod.metadata.labels);
        if changed || !self.queue.contains(&change.key) {
            self.queue.add(&change.key, pod.spec.priority.unwrap_or(0), world.now);
        }
    }

    /// Room was promised to a Pod that is gone: those who are not more important counted it as taken, and are tried again
    /// (scheduler: eventhandlers.go deletePodFromSchedulingQueue, 1.33).
    fn give_back(&mut self, change: &Change, world: &World) {
        let priority = change.object.as_pod().and_then(|pod| pod.spec.priority).unwrap_or(0);
        self.queue.helped_up_to(priority, Helps::PodLeft, world.now);
    }

    fn leave(&mut self, key: &ObjectKey, world: &World) {
        if self.nodes.free(key) {
            self.queue.helped(Helps::PodLeft, world.now);
        }
    }

    /// A timer of it runs out.
    pub fn wake(&mut self, timer: Timer, world: &mut World) {
        match timer {
            Timer::Cycle => {
                self.busy = false;
                if let Some(key) = self.queue.pop() {
                    self.attempt(&key, world);
                }
                self.work(CYCLE, world);
            }
            Timer::Flush(key) => {
                self.queue.flush(&key, world.now);
                self.work(CYCLE, world);
            }
        }
    }

    /// Sees to it that the next cycle comes, where there is something to do.
    fn work(&mut self, after: Duration, world: &mut World) {
        if !self.busy && !self.queue.is_idle() {
            self.busy = true;
            world.wake(after, Due::Scheduler(Timer::Cycle));
        }
    }

    /// One scheduling cycle.
    fn attempt(&mut self, key: &ObjectKey, world: &mut World) {
        let Some(Object::Pod(pod)) = world.store.get(key).cloned() else {
            return self.queue.remove(key);
        };
        if pod.metadata.deletion_timestamp.is_some() || pod.spec.node_name.is_some() {
            return self.queue.remove(key);
        }
        let limit = world.config.max_pods;
        if self.nodes.placed() >= limit as usize {
            let message = format!("the simulation runs at most {limit} Pods: this one waits for another to go");
            return self.fail(key, &pod, BTreeSet::from([Plugin::NodeResourcesFit]), message.into(), None, world);
        }
        let claim = Rc::new(Claim::of(&pod));
        let known = self.refused.as_ref().filter(|_| self.nominated.is_empty());
        if let Some(known) = known.filter(|known| known.holds(&pod, &claim, &self.nodes)) {
            let (plugins, message) = (known.plugins.clone(), known.message.clone());
            return self.fail(key, &pod, plugins, message, None, world);
        }
        match Self::choose(&self.nodes, &self.nominated, key, &pod, &claim, world) {
            Outcome::Node(node) => self.bind(key, &pod, &node, claim, world),
            Outcome::Nowhere { rejections } => {
                let found = Self::nowhere(&self.nodes, &pod, &claim, &rejections, world);
                self.give_up(key, &pod, &claim, found, world);
            }
            Outcome::Missing { message } => {
                let count = self.nodes.by_name.len();
                let unhelpful = explain(count, &vec!["Preemption is not helpful for scheduling"; count]);
                let message = format!(
                    "0/{count} nodes are available: {message}. no new claims to deallocate, preemption: {unhelpful}"
                );
                self.fail(key, &pod, BTreeSet::from([Plugin::VolumeBinding]), message.into(), None, world);
            }
        }
    }

    fn choose<'a>(
        nodes: &'a Nodes,
        nominated: &BTreeMap<ObjectKey, (String, Rc<Claim>)>,
        key: &ObjectKey,
        pod: &Pod,
        claim: &Rc<Claim>,
        world: &mut World,
    ) -> Outcome<'a> {
        if let Some(message) = missing_claim(pod, world) {
            return Outcome::Missing { message };
        }
        let store = &world.store;
        let asking = Asking {
            pod,
            claim,
            affinity: pod_affinity::Terms::of(pod, nodes, store, &nodes.with_anti_affinity),
            spread: spread::Constraints::hard(pod, nodes, store),
        };
        let mut rejections = Vec::new();
        let mut candidates: Vec<(&str, &NodeInfo)> = Vec::new();
        for (name, node) in &nodes.by_name {
            // Room that more important Pods wait for is not given away.
            let promised: Vec<(&ObjectKey, &Rc<Claim>)> = nominated
                .iter()
                .filter(|(other, (on, theirs))| on == name && *other != key && theirs.priority >= claim.priority)
                .map(|(other, (_, theirs))| (other, theirs))
                .collect();
            let verdict = if promised.is_empty() {
                filter(&asking, name, node)
            } else {
                let mut fuller = nodes.only(name);
                for (other, theirs) in promised {
                    fuller.assign(other, name, theirs.clone());
                }
                fuller.by_name.get(name).map_or(Ok(()), |node| filter(&asking, name, node))
            };
            match verdict {
                Ok(()) => candidates.push((name, node)),
                Err(rejection) => rejections.push((name.as_str(), rejection)),
            }
        }
        // A node that this Pod made room on is taken when it fits there.
        let promised = pod.status.nominated_node_name.as_deref();
        if let Some(node) = promised.filter(|node| candidates.iter().any(|(name, _)| name == node)) {
            return Outcome::Node(node.to_owned());
        }
        match score::best(pod, claim, &candidates, nodes, &world.store, &mut world.rng) {
            Some(node) => Outcome::Node(node.to_owned()),
            None => Outcome::Nowhere { rejections },
        }
    }

    fn bind(&mut self, key: &ObjectKey, pod: &Pod, node: &str, claim: Rc<Claim>, world: &mut World) {
        self.queue.remove(key);
        self.nominated.remove(key);
        if api_server::bind(world, key, node).is_err() {
            return;
        }
        if let Some(bound) = world.store.get(key).and_then(Object::as_pod) {
            self.nodes.place(key, node, bound, claim);
        }
        self.queue.helped(Helps::PodCame, world.now);
        let reason = Reason::Scheduled { node: node.into() };
        world.decide(Decision { pod: pod.shared_uid(), container: pooled(""), reason });
        let message = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
        say(world, key, pod.uid(), false, "Scheduled", message);
    }

    /// What follows from it that no node takes the Pod: the words of its refusal, the plugins that refused it, and the plan
    /// to make room for it or why there is none.
    fn nowhere(
        nodes: &Nodes,
        pod: &Pod,
        claim: &Rc<Claim>,
        rejections: &[(&str, Rejection)],
        world: &World,
    ) -> Nowhere {
        let count = nodes.by_name.len();
        if count == 0 {
            return Nowhere {
                plugins: BTreeSet::from([Plugin::NodeName]),
                message: "no nodes available to schedule pods".to_owned(),
                plan: None,
            };
        }
        let reasons: Vec<&str> =
            rejections.iter().flat_map(|(_, rejection)| rejection.reasons.iter().map(|reason| &**reason)).collect();
        let plugins = rejections.iter().map(|(_, rejection)| rejection.plugin).collect();
        let message = explain(count, &reasons);
        let asking =
            Asking { pod, claim, affinity: pod_affinity::Terms::default(), spread: spread::Constraints::default() };
        match preempt::preempt(&asking, rejections, nodes, &world.store) {
            Ok(plan) => Nowhere { plugins, message, plan: Some(plan) },
            Err(why) => {
                let message = format!("{message} no new claims to deallocate, preemption: {why}");
                Nowhere { plugins, message, plan: None }
            }
        }
    }

    /// The Pod waits; others may have to leave for it.
    fn give_up(&mut self, key: &ObjectKey, pod: &Rc<Pod>, claim: &Rc<Claim>, found: Nowhere, world: &mut World) {
        let message: Rc<str> = found.message.into();
        let Some(plan) = found.plan else {
            // What was promised to others may be given back without any change of a node: then the reason is gone.
            let lasts = self.nominated.is_empty();
            self.refused = lasts.then(|| Refused::of(pod, claim, &self.nodes, &found.plugins, &message)).flatten();
            return self.fail(key, pod, found.plugins, message, None, world);
        };
        self.nominated.insert(key.clone(), (plan.node.clone(), claim.clone()));
        self.fail(key, pod, found.plugins, message, Some(&plan.node), world);
        for victim in plan.victims {
            preempt_victim(world, &victim, pod, &plan.node);
        }
    }

    /// Says that the Pod cannot be scheduled, in its conditions and by an event, and lets it wait.
    fn fail(
        &mut self,
        key: &ObjectKey,
        pod: &Pod,
        plugins: BTreeSet<Plugin>,
        message: Rc<str>,
        nominated: Option<&str>,
        world: &mut World,
    ) {
        if let Some(until) = self.queue.fail(key, plugins, world.now) {
            world.wake(until.since(world.now), Due::Scheduler(Timer::Flush(key.clone())));
        }
        let reason = Reason::Unschedulable { message: message.clone() };
        world.decide(Decision { pod: pod.shared_uid(), container: pooled(""), reason });
        mark_unschedulable(world, key, &message, nominated);
        say(world, key, pod.uid(), true, "FailedScheduling", message);
    }
}

/// `0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu.` (scheduler: framework/types.go FitError.Error).
fn explain(nodes: usize, reasons: &[impl AsRef<str>]) -> String {
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

/// A claim that the Pod names and that does not exist (scheduler: plugins/volumebinding).
fn missing_claim(pod: &Pod, world: &World) -> Option<String> {
    let claims = pod.spec.volumes.iter().flatten().filter_map(|volume| volume.persistent_volume_claim.as_ref());
    let missing = claims
        .map(|claim| &claim.claim_name)
        .find(|name| world.store.get(&ObjectKey::new(Kind::PersistentVolumeClaim, pod.namespace(), name)).is_none())?;
    Some(format!("persistentvolumeclaim \"{missing}\" not found"))
}

fn mark_unschedulable(world: &mut World, key: &ObjectKey, message: &Rc<str>, nominated: Option<&str>) {
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
    if let Some(node) = nominated {
        status.nominated_node_name = Some(node.into());
    }
    world.store.put(key.clone(), Object::Pod(pod.into()));
}

/// Removes a less important Pod: it is told why, deleted with its grace, and an event says for whom.
fn preempt_victim(world: &mut World, victim: &ObjectKey, by: &Pod, node: &str) {
    let Some(uid) = world.store.get(victim).and_then(|object| object.metadata().uid.clone()) else { return };
    let message = format!("{SCHEDULER}: preempting to accommodate a higher priority pod");
    api_server::disrupt(world, victim, "PreemptionByScheduler", &message);
    if api_server::delete(world, victim, None, Propagation::Background).is_ok() {
        let message = format!("Preempted by pod {} on node {node}", by.uid());
        say(world, victim, &uid, false, "Preempted", message);
    }
}

fn say(
    world: &mut World,
    object: &ObjectKey,
    uid: &str,
    warning: bool,
    reason: &'static str,
    message: impl Into<Rc<str>>,
) {
    let note = EventNote {
        object: object.clone(),
        uid: uid.into(),
        field_path: pooled(""),
        source: SCHEDULER,
        host: pooled(""),
        warning,
        reason,
        message: message.into(),
    };
    events::record(world, note);
}

#[cfg(test)]
mod tests;
