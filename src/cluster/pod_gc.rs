//! Pods whose node is no more: nobody else would end them (kubernetes: pkg/controller/podgc/gc_controller.go, 1.36).
//!
//! Terminated Pods are collected by the same controller, but only where there are more than 12,500 of them
//! (`--terminated-pod-gc-threshold`); that is left out.

use std::rc::Rc;
use std::time::Duration;

use collections::Map;
use k8s_openapi::api::core::v1::Node;

use super::api_server::{self, disrupt};
use super::world::{Due, World};
use super::{Change, ChangeKind, ObjectKey, Propagation, Time};
use crate::api::{Kind, Object, Pod};

/// It looks this often (`gcCheckPeriod`) …
const PERIOD: Duration = Duration::from_secs(20);
/// … and believes that a node is gone when it was not there for so long (`quarantineTime`).
const QUARANTINE: Duration = Duration::from_secs(40);
/// Who lost a node for good says so with this taint.
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// The controller's own state.
#[derive(Clone, Debug, Default)]
pub(crate) struct PodGc {
    /// Nodes that Pods are on and that are not there, and since when that is known.
    missing: Map<Rc<str>, Time>,
    /// Whether a look is to come: where nothing is amiss it need not look.
    looks: bool,
}

/// Whether a node has this name.
fn exists(node: &str, world: &World) -> bool {
    world.store.get(&ObjectKey::new(Kind::Node, "", node)).is_some()
}

/// The node a Pod is bound to; none while it is not.
fn node_of(pod: &Pod) -> Option<&str> {
    pod.spec.node_name.as_deref().filter(|name| !name.is_empty())
}

/// Whether the node was given up for good: it is not ready, and somebody has said so by a taint.
fn is_out_of_service(node: &Node) -> bool {
    let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let ready = conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let mut taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    !ready && taints.any(|taint| taint.key == OUT_OF_SERVICE)
}

impl PodGc {
    /// Hears of a change.
    pub fn see(&mut self, change: &Change, world: &mut World) {
        let amiss = match &change.object {
            Object::Node(node) => change.kind == ChangeKind::Deleted || is_out_of_service(node),
            Object::Pod(pod) if change.kind == ChangeKind::Deleted => return,
            Object::Pod(pod) => match (node_of(pod), &change.old) {
                (Some(_), Some(Object::Pod(old))) if node_of(old).is_some() => return,
                (Some(node), _) => !exists(node, world),
                (None, _) => false,
            },
            _ => false,
        };
        if amiss {
            self.expect_look(world);
        }
    }

    fn expect_look(&mut self, world: &mut World) {
        if self.looks {
            return;
        }
        self.looks = true;
        let late = Duration::from_micros(world.now.as_micros() % PERIOD.as_micros() as u64);
        world.wake(PERIOD - late, Due::PodGc);
    }

    /// Looks at all Pods: those on a node that was missing long enough go, as do those that should have gone from a node
    /// that is out of service.
    pub fn look(&mut self, world: &mut World) {
        self.looks = false;
        let mut missing: Map<Rc<str>, Time> = Map::new();
        let (mut orphaned, mut stuck) = (Vec::new(), Vec::new());
        let mut waits = false;
        for pod in world.store.pods() {
            let Some(name) = node_of(pod) else { continue };
            let key = || ObjectKey::new(Kind::Pod, pod.namespace(), pod.name());
            match world.store.get(&ObjectKey::new(Kind::Node, "", name)) {
                Some(Object::Node(node)) if is_out_of_service(node) => match pod.metadata.deletion_timestamp {
                    Some(_) => stuck.push(key()),
                    None => waits = true,
                },
                Some(_) => {}
                None => {
                    let since = self.missing.get(name).copied().unwrap_or(world.now);
                    missing.insert(name.into(), since);
                    if world.now.since(since) >= QUARANTINE {
                        orphaned.push(key());
                    }
                }
            }
        }
        self.missing = missing;
        for key in stuck {
            collect(&key, false, world);
        }
        for key in orphaned {
            collect(&key, true, world);
        }
        if waits || !self.missing.is_empty() {
            self.expect_look(world);
        }
    }
}

/// Marks a Pod as failed where it is not over, and deletes it without any grace (markFailedAndDeletePodWithCondition).
fn collect(key: &ObjectKey, orphaned: bool, world: &mut World) {
    let Some(pod) = world.store.get(key).and_then(Object::as_pod) else { return };
    if !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        if orphaned {
            disrupt(world, key, "DeletionByPodGC", "PodGC: node no longer exists");
        }
        if let Some(mut pod) = world.store.get(key).and_then(Object::as_pod).cloned() {
            pod.status.make_mut().phase = Some("Failed".into());
            world.store.put(key.clone(), Object::Pod(pod.into()));
        }
    }
    // It may be gone by now: then there is nothing left to do.
    let _ = api_server::delete(world, key, Some(0), Propagation::Background);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::{Action, Cluster, Config};

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    fn cluster(nodes: u32, node: &str) -> Cluster {
        let mut cluster = Cluster::new(Config { nodes, ..Config::default() });
        let pod = json!({
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"nodeName": node, "containers": [{"name": "web", "image": "nginx"}]},
        });
        cluster.act(Action::Create(Object::from_json(Kind::Pod, pod).unwrap())).unwrap();
        cluster
    }

    fn web(cluster: &Cluster) -> Option<&Pod> {
        cluster.store().pod("default", "web")
    }

    #[test]
    fn a_pod_on_a_node_that_is_deleted_goes_a_minute_later() {
        let mut cluster = cluster(2, "node-2");
        cluster.run_until(at(25));
        let key = ObjectKey::new(Kind::Node, "", "node-2");
        cluster.act(Action::Delete { key, grace: None, propagation: Propagation::Background }).unwrap();
        cluster.run_until(at(79));
        assert_eq!(web(&cluster).unwrap().status.phase.as_deref(), Some("Running"));
        cluster.take_journal();
        cluster.run_until(at(81));
        assert!(web(&cluster).is_none());
        let told = format!("{:?}", cluster.take_journal());
        assert!(told.contains("PodGC: node no longer exists") && told.contains("DeletionByPodGC"));
    }

    #[test]
    fn a_pod_that_asks_for_a_node_that_never_was_goes_too() {
        let mut cluster = cluster(1, "nowhere");
        cluster.run_until(at(59));
        assert_eq!(web(&cluster).unwrap().status.phase.as_deref(), Some("Pending"));
        cluster.run_until(at(61));
        assert!(web(&cluster).is_none());
    }

    #[test]
    fn a_pod_on_a_node_that_is_there_stays() {
        let mut cluster = cluster(1, "node-1");
        cluster.run_until(at(300));
        assert!(web(&cluster).is_some());
    }
}
