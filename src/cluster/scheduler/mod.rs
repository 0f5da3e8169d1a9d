//! The scheduler: puts Pods on nodes.

mod behind;
mod binding;
mod budgets;
mod choice;
mod claim;
mod filter;
mod hints;
mod node_terms;
mod nodes;
mod pod_affinity;
mod pod_terms;
mod preempt;
mod queue;
mod refused;
mod rejection;
mod score;
mod spread;
mod taken;
mod tell;
pub(super) mod timer;
mod verdicts;
mod volumes;

use collections::Set as BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::pooled;

use super::api_server;
use super::events::SCHEDULER;
use super::world::{Due, World};
use super::{Change, Decision, ObjectKey, Reason};
use crate::api::{Kind, Object, Pod};
use binding::Binding;
use choice::{Nominated, Outcome, choose};
use claim::Claim;
use filter::Asking;
pub(crate) use filter::turned_away;
use hints::Event;
pub(crate) use node_terms::{node_affinity, tolerates};
use nodes::{Nodes, Seen};
use preempt::NoPlan;
use queue::Queue;
use refused::Refused;
use rejection::{Plugin, Rejection};
use taken::Taken;
use tell::{Nomination, explain, mark_unschedulable, preempt_victim, say};
pub(crate) use timer::Timer;
use verdicts::Verdicts;

/// From one attempt to the next while Pods wait: what a scheduling cycle takes.
const CYCLE: Duration = Duration::from_micros(300);

/// The scheduler's own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scheduler {
    nodes: Nodes,
    queue: Queue,
    /// Pods that preempted others.
    nominated: Nominated,
    /// Pods that have a node and wait for their volumes there.
    binding: Binding,
    /// Why the last Pod was refused.
    refused: Option<Refused>,
    /// What the last Pod takes.
    taken: Taken,
    /// What the nodes were to the last Pod.
    verdicts: Verdicts,
    /// Whether the next cycle is due already.
    busy: bool,
}

/// That no node takes a Pod, and what is to be done.
struct Nowhere {
    plugins: BTreeSet<Plugin>,
    message: String,
    plan: Option<preempt::Plan>,
    /// Whether the Pod cannot hope for the node it was promised any more.
    hopeless: bool,
}

impl Scheduler {
    /// Whether changes of `kind` concern it.
    pub fn watches(kind: Kind) -> bool {
        matches!(
            kind,
            Kind::Pod | Kind::Node | Kind::PersistentVolumeClaim | Kind::PersistentVolume | Kind::StorageClass
        )
    }

    /// Hears of a change.
    pub fn see(&mut self, change: &Change, world: &mut World) {
        match change.key.kind {
            Kind::Node => self.see_node(&change.key, world),
            Kind::Pod => self.see_pod(change, world),
            Kind::PersistentVolumeClaim if world.store.get(&change.key).is_some() => {
                self.queue.helped(&Event::Claim(&change.key), &world.store, world.now);
            }
            Kind::PersistentVolume | Kind::StorageClass => self.queue.helped(&Event::Volume, &world.store, world.now),
            _ => {}
        }
        self.work(world.config.latencies.schedule, world);
    }

    fn see_node(&mut self, key: &ObjectKey, world: &World) {
        let name = &*key.name;
        let Some(Object::Node(node)) = world.store.get(key) else {
            if let Some(gone) = self.nodes.remove(name) {
                self.queue.helped(&Event::NodeGone(&gone), &world.store, world.now);
            }
            return;
        };
        let old = match self.nodes.set(node) {
            Seen::Same => return,
            Seen::New => None,
            Seen::Changed(old) => Some(old),
        };
        if let Some(new) = self.nodes.by_name.get(name) {
            self.queue.helped(&Event::Node { name, old: old.as_deref(), new }, &world.store, world.now);
        }
    }

    fn see_pod(&mut self, change: &Change, world: &mut World) {
        let key = &change.key;
        let Some(pod) = world.store.get(key).and_then(Object::as_pod) else {
            self.queue.remove(key);
            self.binding.remove(key);
            if let Some(gone) = change.object.as_pod() {
                self.give_back(key, gone, world);
                self.leave(key, gone, world);
            }
            return;
        };
        let old = change.old.as_ref().and_then(Object::as_pod);
        let resized = old.is_none_or(|old| old.spec != pod.spec);
        let terminal = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        match pod.spec.node_name.as_deref().filter(|name| !name.is_empty()) {
            Some(_) if terminal => {
                self.queue.remove(key);
                self.leave(key, pod, world);
            }
            // It was there before and asks for no more.
            Some(_) if !resized && self.nodes.knows(key) => {
                if let Some(old) = old.filter(|old| old.metadata.labels != pod.metadata.labels) {
                    self.queue.helped(&Event::PodChanged { old, new: pod }, &world.store, world.now);
                }
            }
            Some(node) => {
                self.queue.remove(key);
                self.nominated.remove(key);
                let by = if self.nodes.knows(key) { Event::PodResized } else { Event::PodCame(pod) };
                if self.nodes.assign(key, node, self.taken.by(pod)) {
                    self.queue.helped(&by, &world.store, world.now);
                }
            }
            None if terminal || pod.metadata.deletion_timestamp.is_some() => {
                self.queue.remove(key);
                if self.binding.remove(key).is_some() {
                    self.leave(key, pod, world);
                }
            }
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

    /// A Pod is gone, or hopes no more for the room it was promised: those who are not more important counted it as taken,
    /// and are tried again (scheduler: eventhandlers.go deletePodFromSchedulingQueue, 1.33).
    fn give_back(&mut self, key: &ObjectKey, pod: &Pod, world: &World) {
        if self.nominated.remove(key).is_some() {
            let priority = pod.spec.priority.unwrap_or(0);
            self.queue.helped_up_to(priority, &Event::PodLeft(pod), &world.store, world.now);
        }
    }

    fn leave(&mut self, key: &ObjectKey, pod: &Pod, world: &World) {
        if self.nodes.free(key) {
            self.queue.helped(&Event::PodLeft(pod), &world.store, world.now);
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
            Timer::Bind(key, since) => {
                self.look_at_claims(&key, since, world);
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
            let plugins = BTreeSet::from([Plugin::NodeResourcesFit]);
            return self.fail(key, &pod, plugins, message.into(), Nomination::Stays, world);
        }
        let claim = self.taken.by(&pod);
        let known = self.refused.as_ref().filter(|_| self.nominated.is_empty());
        if let Some(known) = known.filter(|known| known.holds(&pod, &claim, &self.nodes)) {
            let (plugins, message) = (known.plugins.clone(), known.message.clone());
            return self.fail(key, &pod, plugins, message, Nomination::Stays, world);
        }
        let (of, known) = ((key, &*pod), &mut self.verdicts);
        let (rejections, missing) = match choose(&self.nodes, &self.nominated, known, of, &claim, world) {
            Outcome::Node(node) => return self.reserve(key, &pod, &node, claim, world),
            Outcome::Nowhere { rejections } => (rejections, None),
            Outcome::Missing { plugin, message } => {
                let rejection = Rejection { plugin, reasons: Vec::new(), resolvable: false };
                (self.nodes.by_name.keys().map(|name| (name.as_str(), rejection.clone())).collect(), Some(message))
            }
        };
        let found = Self::nowhere(&self.nodes, &pod, &claim, &rejections, missing, world);
        self.give_up(key, &pod, &claim, found, world);
    }

    /// The Pod is given its node, at once where none of its claims waits for a volume there.
    fn reserve(&mut self, key: &ObjectKey, pod: &Rc<Pod>, node: &str, claim: Rc<Claim>, world: &mut World) {
        self.nominated.remove(key);
        if self.wait_for_claims(key, pod, node, world) {
            self.nodes.assign(key, node, claim);
            return self.queue.helped(&Event::PodCame(pod), &world.store, world.now);
        }
        if self.bind(key, pod, node, world) {
            self.nodes.assign(key, node, claim);
            self.queue.helped(&Event::PodCame(pod), &world.store, world.now);
        }
    }

    /// Writes the Pod's node; true where that was right.
    fn bind(&mut self, key: &ObjectKey, pod: &Pod, node: &str, world: &mut World) -> bool {
        self.queue.remove(key);
        if api_server::bind(world, key, node).is_err() {
            return false;
        }
        let reason = Reason::Scheduled { node: node.into() };
        world.decide(Decision { pod: pod.shared_uid(), container: pooled(""), reason });
        let message = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
        say(world, key, pod, false, "Scheduled", message);
        true
    }

    /// What follows from it that no node takes the Pod: the words of its refusal, which are about what is `missing` where
    /// something is, the plugins that refused it, and the plan to make room for it or why there is none.
    fn nowhere(
        nodes: &Nodes,
        pod: &Pod,
        claim: &Rc<Claim>,
        rejections: &[(&str, Rejection)],
        missing: Option<String>,
        world: &World,
    ) -> Nowhere {
        let count = nodes.by_name.len();
        if count == 0 {
            return Nowhere {
                plugins: BTreeSet::from([Plugin::NodeName]),
                message: "no nodes available to schedule pods".to_owned(),
                plan: None,
                hopeless: false,
            };
        }
        let plugins = rejections.iter().map(|(_, rejection)| rejection.plugin).collect();
        if let Some(missing) = missing {
            // The plugin for resource claims asks next whether it can give back any, does not find what it would have noted
            // had it been asked before, and that error is the last word: preemption is not tried
            // (plugins/dynamicresources PostFilter, framework/runtime RunPostFilterPlugins).
            let message = format!("0/{count} nodes are available: {missing}. not found");
            return Nowhere { plugins, message, plan: None, hopeless: false };
        }
        let reasons = rejections.iter().flat_map(|(_, rejection)| &rejection.reasons);
        let message = explain(count, &reasons.map(|reason| &**reason).collect::<Vec<&str>>());
        let asking = Asking::alone(pod, claim);
        match preempt::preempt(&asking, rejections, nodes, &world.store) {
            Ok(plan) => Nowhere { plugins, message, plan: Some(plan), hopeless: false },
            Err(NoPlan { why, hopeless }) => {
                let message = format!("{message} no new claims to deallocate, preemption: {why}");
                Nowhere { plugins, message, plan: None, hopeless }
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
            let ends = found.hopeless && pod.status.nominated_node_name.is_some();
            if ends {
                self.give_back(key, pod, world);
            }
            let nomination = if ends { Nomination::Ends } else { Nomination::Stays };
            return self.fail(key, pod, found.plugins, message, nomination, world);
        };
        self.nominated.insert(key.clone(), (plan.node.clone(), claim.clone()));
        self.fail(key, pod, found.plugins, message, Nomination::Is(&plan.node), world);
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
        nomination: Nomination<'_>,
        world: &mut World,
    ) {
        if let Some(until) = self.queue.fail(key, plugins, world.now) {
            world.wake(until.since(world.now), Due::Scheduler(Timer::Flush(key.clone())));
        }
        let reason = Reason::Unschedulable { message: message.clone() };
        world.decide(Decision { pod: pod.shared_uid(), container: pooled(""), reason });
        mark_unschedulable(world, key, &message, nomination);
        say(world, key, pod, true, "FailedScheduling", message);
    }
}

#[cfg(test)]
mod tests;
