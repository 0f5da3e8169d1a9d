//! Pods leave a node whose NoExecute taints they do not tolerate, or no longer
//! (kubernetes: pkg/controller/tainteviction/taint_eviction.go, 1.36).

use collections::Map as BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::Taint;

use super::{Timer, say};
use crate::api::{Kind, Object, Pod};
use crate::cluster::scheduler::tolerates;
use crate::cluster::world::{Due, World};
use crate::cluster::{Change, ObjectKey, Propagation, api_server};

const SOURCE: &str = "taint-eviction-controller";

/// Which Pods will be evicted; each with what tells its newest timer from those before.
#[derive(Clone, Debug, Default)]
pub(super) struct TaintEviction {
    due: BTreeMap<ObjectKey, u64>,
    tokens: u64,
}

/// The NoExecute taints of `node`.
fn taints(node: &str, world: &World) -> Vec<Taint> {
    let Some(Object::Node(node)) = world.store.get(&ObjectKey::new(Kind::Node, "", node)) else { return Vec::new() };
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    taints.filter(|taint| taint.effect == "NoExecute").cloned().collect()
}

/// How long `pod` bears `taints`: none means for ever (getMinTolerationTime).
fn bears(pod: &Pod, taints: &[Taint]) -> Option<Duration> {
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    let mut least: Option<i64> = None;
    for taint in taints {
        let mut covering = tolerations.iter().filter(|toleration| tolerates(toleration, taint)).peekable();
        if covering.peek().is_none() {
            return Some(Duration::ZERO);
        }
        for seconds in covering.filter_map(|toleration| toleration.toleration_seconds) {
            least = Some(least.map_or(seconds, |least| least.min(seconds)));
        }
    }
    least.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

impl TaintEviction {
    /// The taints of a node may be others.
    pub fn see_node(&mut self, node: &str, world: &mut World) {
        let taints = taints(node, world);
        if taints.is_empty() && self.due.is_empty() {
            return;
        }
        let mine: Vec<Pod> =
            world.store.pods().filter(|pod| pod.spec.node_name.as_deref() == Some(node)).cloned().collect();
        for pod in mine {
            self.judge(&pod, &taints, world);
        }
    }

    /// A Pod has come to a node, or has gone.
    pub fn see_pod(&mut self, change: &Change, world: &mut World) {
        let Some(pod) = world.store.get(&change.key).and_then(Object::as_pod).cloned() else {
            self.due.remove(&change.key);
            return;
        };
        let old = change.old.as_ref().and_then(Object::as_pod);
        let before = old.map(|old| (&old.spec.node_name, &old.spec.tolerations));
        let Some(node) = &pod.spec.node_name else { return };
        if before == Some((&pod.spec.node_name, &pod.spec.tolerations)) {
            return;
        }
        let taints = taints(node, world);
        if !taints.is_empty() || self.due.contains_key(&change.key) {
            self.judge(&pod, &taints, world);
        }
    }

    /// Says when `pod` has to go, or that it may stay (processPodOnNode).
    fn judge(&mut self, pod: &Pod, taints: &[Taint], world: &mut World) {
        let key = ObjectKey::new(Kind::Pod, pod.namespace(), pod.name());
        match bears(pod, taints) {
            None => {
                if self.due.remove(&key).is_some() {
                    let text = format!("Cancelling deletion of Pod {}/{}", key.namespace, key.name);
                    say(world, key, pod.uid().to_owned(), SOURCE, false, "TaintManagerEviction", text);
                }
            }
            Some(Duration::ZERO) => self.evict(&key, pod, world),
            Some(after) if !self.due.contains_key(&key) => {
                self.tokens += 1;
                self.due.insert(key.clone(), self.tokens);
                world.wake(after, Due::NodeLifecycle(Timer::Evict { pod: key, token: self.tokens }));
            }
            Some(_) => {}
        }
    }

    /// The time that a Pod tolerates is over.
    pub fn over(&mut self, key: &ObjectKey, token: u64, world: &mut World) {
        if self.due.get(key) != Some(&token) {
            return;
        }
        let Some(pod) = world.store.get(key).and_then(Object::as_pod).cloned() else { return };
        self.evict(key, &pod, world);
    }

    fn evict(&mut self, key: &ObjectKey, pod: &Pod, world: &mut World) {
        self.due.remove(key);
        if pod.metadata.deletion_timestamp.is_some() {
            return;
        }
        let text = format!("Marking for deletion Pod {}/{}", key.namespace, key.name);
        say(world, key.clone(), pod.uid().to_owned(), SOURCE, false, "TaintManagerEviction", text);
        api_server::disrupt(world, key, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");
        // It was there a moment ago: a refusal would change nothing here.
        let _ = api_server::delete(world, key, None, Propagation::Background);
    }
}
