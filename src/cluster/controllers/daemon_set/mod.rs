//! The DaemonSet controller (kubernetes: pkg/controller/daemon, 1.36): one Pod on each node that may have it.

mod back_off;
mod placement;
mod status;
mod update;

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec};
use k8s_openapi::api::core::v1::Node;

use super::family::{Member, Phase};
use super::pod_template;
use super::queue::{Controller, WorkQueue};
use super::revisions::{Revision, Revisions};
use super::stateful_set::REVISION_LABEL;
use crate::api::{Kind, Object, Pod};
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey};

pub(super) use back_off::FailedPods;

const SOURCE: &str = "daemonset-controller";
const GENERATION_LABEL: &str = "pod-template-generation";

/// One Pod of the set.
#[derive(Clone, Debug)]
struct Daemon {
    key: ObjectKey,
    member: Member,
    phase: String,
    hash: String,
}

/// One set for the length of one sync.
struct Sync<'a> {
    key: &'a ObjectKey,
    set: Rc<DaemonSet>,
    spec: DaemonSetSpec,
    revision: Revision,
    nodes: Vec<Rc<Node>>,
    failed: &'a mut FailedPods,
    /// When the next failed Pod may be replaced that may not be now.
    retry: Option<Duration>,
    world: &'a mut World,
}

/// Looks at one DaemonSet.
pub(super) fn sync(
    key: &ObjectKey,
    revisions: &mut Revisions,
    failed: &mut FailedPods,
    queue: &mut WorkQueue,
    world: &mut World,
) {
    let Some(Object::DaemonSet(set)) = world.store.get(key).cloned() else { return };
    let Some(spec) = set.spec.clone() else { return };
    if set.metadata.deletion_timestamp.is_some() {
        return;
    }
    let uid = set.metadata.uid.clone().unwrap_or_default();
    let revision = revisions.present(&uid, &key.name, &spec.template);
    let nodes = world
        .store
        .list(Kind::Node)
        .filter_map(|(_, object)| match object {
            Object::Node(node) => Some(node.clone()),
            _ => None,
        })
        .collect();
    let mut sync = Sync { key, set, spec, revision, nodes, failed, retry: None, world };
    let result = sync.manage().and_then(|()| sync.roll());
    let (waits, retry) = (sync.write_status(), sync.retry);
    if waits {
        queue.add(Controller::DaemonSet, key, Duration::from_secs(1), world);
    }
    if let Some(after) = retry {
        queue.add(Controller::DaemonSet, key, after, world);
    }
    match result {
        Ok(()) => queue.succeeded(Controller::DaemonSet, key),
        Err(_) => queue.retry(Controller::DaemonSet, key, world),
    }
}

impl Sync<'_> {
    /// The Pods of the set by the node they are on or meant for, the oldest first. What is over and on its way out
    /// counts no more.
    fn daemons(&self) -> BTreeMap<String, Vec<Daemon>> {
        let uid = self.set.metadata.uid.as_deref().unwrap_or_default();
        let mut by_node: BTreeMap<String, Vec<Daemon>> = BTreeMap::new();
        for key in self.world.store.dependents(uid).filter(|key| key.kind == Kind::Pod) {
            let Some(pod) = self.world.store.get(key).and_then(Object::as_pod) else { continue };
            let member = Member::of(pod);
            if !Member::belongs(pod, uid) || (member.deleting && member.phase == Phase::Terminal) {
                continue;
            }
            let Some(node) = placement::target(pod) else { continue };
            let labels = pod.metadata.labels.as_ref();
            by_node.entry(node).or_default().push(Daemon {
                key: key.clone(),
                member,
                phase: pod.status.phase.clone().unwrap_or_default().to_string(),
                hash: labels.and_then(|labels| labels.get(REVISION_LABEL)).cloned().unwrap_or_default(),
            });
        }
        for daemons in by_node.values_mut() {
            collections::sort_by(daemons, |a, b| (a.member.created, &a.key).cmp(&(b.member.created, &b.key)));
        }
        by_node
    }

    /// Makes what is missing and removes what must not be (daemon_controller.go manage).
    fn manage(&mut self) -> Result<(), ApiError> {
        let daemons = self.daemons();
        let mut missing: Vec<String> = Vec::new();
        let mut surplus: Vec<ObjectKey> = Vec::new();
        let template = self.spec.template.clone();
        let nodes = self.nodes.clone();
        for node in &nodes {
            let name = node.metadata.name.clone().unwrap_or_default();
            let here = daemons.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let (should_run, should_stay) = placement::allows(&template, node);
            if should_run && here.is_empty() {
                missing.push(name.to_string());
            } else if should_stay {
                surplus.extend(self.superfluous(here, &name));
            } else {
                surplus.extend(here.iter().map(|daemon| daemon.key.clone()));
            }
        }
        let gone = daemons
            .iter()
            .filter(|(name, _)| !nodes.iter().any(|node| node.metadata.name.as_deref() == Some(name.as_str())));
        surplus.extend(gone.flat_map(|(_, daemons)| daemons.iter().map(|daemon| daemon.key.clone())));
        for key in surplus {
            self.delete(&key);
        }
        let mut missing = missing.into_iter();
        pod_template::slow_start(missing.len(), || match missing.next() {
            Some(node) => self.create(&node),
            None => Ok(()),
        })
    }

    /// Of several Pods on one node only the oldest stays, and none that is over.
    fn superfluous(&mut self, here: &[Daemon], node: &str) -> Vec<ObjectKey> {
        let mut surplus = Vec::new();
        let mut running: Vec<&Daemon> = Vec::new();
        for daemon in here {
            let name = &daemon.key.name;
            match daemon.phase.as_str() {
                _ if daemon.member.deleting => {}
                "Failed" => {
                    let status = self.set.status.as_ref();
                    let generation = status.and_then(|status| status.observed_generation).unwrap_or(0);
                    let uid = self.set.metadata.uid.as_deref().unwrap_or_default();
                    if let Some(wait) = self.failed.wait(uid, generation, node, self.world.now) {
                        self.retry = Some(self.retry.map_or(wait, |earlier| earlier.min(wait)));
                        continue;
                    }
                    let namespace = &self.key.namespace;
                    let message =
                        format!("Found failed daemon pod {namespace}/{name} on node {node}, will try to kill it");
                    pod_template::say(self.world, self.key, SOURCE, true, "FailedDaemonPod", message);
                    surplus.push(daemon.key.clone());
                }
                "Succeeded" => {
                    let namespace = &self.key.namespace;
                    let message =
                        format!("Found succeeded daemon pod {namespace}/{name} on node {node}, will try to delete it");
                    pod_template::say(self.world, self.key, SOURCE, false, "SucceededDaemonPod", message);
                    surplus.push(daemon.key.clone());
                }
                _ => running.push(daemon),
            }
        }
        let surging = update::bounds(&self.spec, self.nodes.len()).0 > 0;
        if !surging {
            surplus.extend(running.iter().skip(1).map(|daemon| daemon.key.clone()));
        }
        surplus
    }

    fn create(&mut self, node: &str) -> Result<(), ApiError> {
        let mut template = self.spec.template.clone();
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.insert(REVISION_LABEL.to_owned(), self.revision.hash.clone());
        let generation = self.set.metadata.generation.unwrap_or(1).to_string();
        labels.insert(GENERATION_LABEL.to_owned(), generation);
        let mut pod: Pod = pod_template::pod_of(&template, self.key, &Object::DaemonSet(self.set.clone()));
        placement::aim(pod.spec.make_mut(), node);
        pod_template::create(self.world, self.key, SOURCE, pod).map(|_| ())
    }

    fn delete(&mut self, key: &ObjectKey) {
        pod_template::delete(self.world, self.key, SOURCE, key);
    }
}
