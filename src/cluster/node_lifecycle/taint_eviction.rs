//! Pods leave a node whose NoExecute taints they do not tolerate, or no longer
//! (kubernetes: pkg/controller/tainteviction/taint_eviction.go, 1.36).

use std::rc::Rc;
use std::time::Duration;

use collections::Map as BTreeMap;
use k8s_openapi::api::core::v1::Taint;

use super::{Timer, say};
use crate::api::{Kind, Object, Pod};
use crate::cluster::scheduler::tolerates;
use crate::cluster::world::{Due, World};
use crate::cluster::{Change, ChangeKind, ObjectKey, Propagation, api_server};

const SOURCE: &str = "taint-eviction-controller";

/// What was planned for a Pod (timed_workers.go TimedWorkerQueue).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// It will be evicted; the number tells its timer from those before.
    Waits(u64),
    /// It was told to go, and is not told again for what it has tolerated until then.
    Evicted,
}

/// Which Pods have to go from which nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct TaintEviction {
    plans: BTreeMap<ObjectKey, Plan>,
    timers: u64,
    /// The NoExecute taints of each node that has any, as it was last heard of.
    tainted: BTreeMap<Rc<str>, Rc<[Taint]>>,
}

/// How long a Pod bears the taints of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// One of them it does not tolerate.
    None,
    /// It tolerates all of them for so long.
    For(Duration),
    /// It tolerates all of them for ever.
    Endless,
}

impl Patience {
    /// That of `pod` with `taints`, all of them NoExecute; of several tolerations that cover a taint the first counts
    /// (kubernetes: pkg/controller/tainteviction/taint_eviction.go processPodOnNode, getMinTolerationTime).
    pub fn of(pod: &Pod, taints: &[Taint]) -> Self {
        let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
        let mut least: Option<i64> = None;
        for taint in taints {
            let Some(covering) = tolerations.iter().find(|toleration| tolerates(toleration, taint)) else {
                return Self::None;
            };
            if let Some(seconds) = covering.toleration_seconds {
                least = Some(least.map_or(seconds, |least| least.min(seconds)));
            }
        }
        let within = |seconds| Self::For(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
        least.map_or(Self::Endless, within)
    }
}

impl TaintEviction {
    /// The taints of a node may be others (handleNodeUpdate). Of one that is no more nothing is asked.
    pub fn see_node(&mut self, change: &Change, world: &mut World) {
        let name = &change.key.name;
        let Some(Object::Node(node)) = world.store.get(&change.key) else {
            self.tainted.remove(name);
            return;
        };
        let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
        let taints: Rc<[Taint]> = taints.filter(|taint| taint.effect == "NoExecute").cloned().collect();
        if self.tainted.get(name).map(|before| &**before).unwrap_or_default() == &*taints {
            return;
        }
        match taints.is_empty() {
            true => _ = self.tainted.remove(name),
            false => _ = self.tainted.insert(name.clone(), taints.clone()),
        }
        let mine = world.store.pods().filter(|pod| pod.spec.node_name.as_deref() == Some(&**name));
        for pod in mine.cloned().collect::<Vec<Pod>>() {
            self.judge(&pod, &taints, world);
        }
    }

    /// A Pod has come to a node, or has gone (handlePodUpdate).
    pub fn see_pod(&mut self, change: &Change, world: &mut World) {
        let Some(pod) = change.object.as_pod() else { return };
        if change.kind == ChangeKind::Deleted {
            return self.cancel(&change.key, pod, world);
        }
        let old = change.old.as_ref().and_then(Object::as_pod);
        if old.is_some_and(|old| {
            (&old.spec.node_name, &old.spec.tolerations) == (&pod.spec.node_name, &pod.spec.tolerations)
        }) {
            return;
        }
        let Some(pod) = world.store.get(&change.key).and_then(Object::as_pod).cloned() else { return };
        let taints = pod.spec.node_name.as_deref().and_then(|node| self.tainted.get(node)).cloned();
        if let Some(taints) = taints {
            self.judge(&pod, &taints, world);
        }
    }

    /// Says when `pod` has to go, or that it may stay (processPodOnNode).
    fn judge(&mut self, pod: &Pod, taints: &[Taint], world: &mut World) {
        let key = ObjectKey::new(Kind::Pod, pod.namespace(), pod.name());
        match Patience::of(pod, taints) {
            Patience::Endless => self.cancel(&key, pod, world),
            Patience::None => {
                self.cancel(&key, pod, world);
                self.evict(&key, pod, world);
            }
            // What it waits for already comes first.
            Patience::For(_) if self.plans.contains_key(&key) => {}
            Patience::For(Duration::ZERO) => self.evict(&key, pod, world),
            Patience::For(after) => {
                self.timers += 1;
                self.plans.insert(key.clone(), Plan::Waits(self.timers));
                world.wake(after, Due::NodeLifecycle(Timer::Evict { pod: key, token: self.timers }));
            }
        }
    }

    /// Nothing is planned for `pod` any more; where it would have had to go, that is told (cancelWorkWithEvent).
    fn cancel(&mut self, key: &ObjectKey, pod: &Pod, world: &mut World) {
        if let Some(Plan::Waits(_)) = self.plans.remove(key) {
            tell("Cancelling deletion of Pod", key, pod, world);
        }
    }

    /// The time that a Pod tolerates is over.
    pub fn over(&mut self, key: &ObjectKey, token: u64, world: &mut World) {
        if self.plans.get(key) != Some(&Plan::Waits(token)) {
            return;
        }
        let Some(pod) = world.store.get(key).and_then(Object::as_pod).cloned() else { return };
        self.evict(key, &pod, world);
    }

    /// Lets `pod` go, also where it is on its way out already (deletePodHandler, addConditionAndDeletePod).
    fn evict(&mut self, key: &ObjectKey, pod: &Pod, world: &mut World) {
        self.plans.insert(key.clone(), Plan::Evicted);
        tell("Marking for deletion Pod", key, pod, world);
        api_server::disrupt(world, key, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");
        // It was there a moment ago: a refusal would change nothing here.
        let _ = api_server::delete(world, key, None, Propagation::Background);
    }
}

fn tell(what: &str, key: &ObjectKey, pod: &Pod, world: &mut World) {
    let text = format!("{what} {}/{}", key.namespace, key.name);
    say(world, key.clone(), pod.uid().to_owned(), SOURCE, false, "TaintManagerEviction", text);
}
