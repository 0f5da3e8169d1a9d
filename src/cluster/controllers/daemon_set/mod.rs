//! The DaemonSet controller (kubernetes: pkg/controller/daemon, 1.36): one Pod on each node that may have it.

mod back_off;
mod placement;
mod status;
mod update;

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec};

use super::family::{Member, Phase};
use super::orphans::Orphans;
use super::pod_template;
use super::queue::WorkQueue;
use super::revisions::{Revisions, TemplateRevision};
use super::stateful_set::REVISION_LABEL;
use super::timer::Controller;
use crate::api::admission::TEMPLATE_GENERATION;
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

/// A node, and what the set's template may do there.
#[derive(Clone, Debug)]
struct Place {
    name: String,
    /// Whether a Pod is to be started there.
    should_run: bool,
    /// Whether a Pod that is there may stay.
    should_stay: bool,
}

/// One set for the length of one sync.
struct Sync<'a> {
    key: &'a ObjectKey,
    set: Rc<DaemonSet>,
    spec: DaemonSetSpec,
    revision: TemplateRevision,
    places: Vec<Place>,
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
    orphans: &Orphans,
    queue: &mut WorkQueue,
    world: &mut World,
) {
    let Some(Object::DaemonSet(set)) = world.store.get(key).cloned() else { return };
    let Some(spec) = set.spec.clone() else { return };
    if set.metadata.deletion_timestamp.is_some() {
        return;
    }
    let uid = set.metadata.uid.clone().unwrap_or_default();
    let revision = revisions.present(&set.metadata, &spec.template, world.timestamp());
    orphans.claim_pods(key, &uid, &spec.selector, |_| true, world);
    let places = placement::places(&spec.template, world);
    let mut sync = Sync { key, set, spec, revision, places, failed, retry: None, world };
    let result = sync.manage().and_then(|()| sync.roll());
    let limit = usize::try_from(sync.spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
    let daemons = sync.daemons();
    revisions.trim(&uid, limit, |revision| {
        let mut hashes = daemons.values().flatten().map(|daemon| &daemon.hash);
        revision.hash == sync.revision.hash || hashes.any(|hash| *hash == revision.hash)
    });
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
    /// The Pods of the set by the node they are on or meant for, those that are bound first, and of these the oldest
    /// (podByCreationTimestampAndPhase). What is over and on its way out counts no more.
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
        let rank = |daemon: &Daemon| (daemon.member.node.is_none(), daemon.member.created, daemon.key.clone());
        for daemons in by_node.values_mut() {
            collections::sort_by(daemons, |a, b| rank(a).cmp(&rank(b)));
        }
        by_node
    }

    /// Makes what is missing and removes what must not be (daemon_controller.go manage).
    fn manage(&mut self) -> Result<(), ApiError> {
        let daemons = self.daemons();
        let mut missing: Vec<String> = Vec::new();
        let mut surplus: Vec<ObjectKey> = Vec::new();
        let places = self.places.clone();
        // What is on its way out is not deleted a second time.
        let all = |here: &[Daemon]| {
            let staying = here.iter().filter(|daemon| !daemon.member.deleting);
            staying.map(|daemon| daemon.key.clone()).collect::<Vec<_>>()
        };
        for place in &places {
            let here = daemons.get(&place.name).map(Vec::as_slice).unwrap_or_default();
            if place.should_run && here.is_empty() {
                missing.push(place.name.clone());
            } else if place.should_stay {
                let (running, over) = self.running(here, &place.name);
                surplus.extend(over);
                if !update::surges(&self.spec) {
                    surplus.extend(running.iter().skip(1).map(|daemon| daemon.key.clone()));
                } else if running.is_empty() && place.should_run {
                    missing.push(place.name.clone());
                } else {
                    surplus.extend(self.pruned(&running));
                }
            } else {
                surplus.extend(all(here));
            }
        }
        // Those that were bound are left to the collector of Pods without a node (getUnscheduledPodsWithoutNode).
        let gone = daemons.iter().filter(|(name, _)| !places.iter().any(|place| place.name == **name));
        let unbound = gone.flat_map(|(_, here)| here).filter(|daemon| daemon.member.node.is_none());
        surplus.extend(unbound.filter(|daemon| !daemon.member.deleting).map(|daemon| daemon.key.clone()));
        self.bring(missing, surplus)
    }

    /// Of the Pods on one node those that are not over, and those that are and have to go.
    fn running(&mut self, here: &[Daemon], node: &str) -> (Vec<Daemon>, Vec<ObjectKey>) {
        let (mut running, mut over) = (Vec::new(), Vec::new());
        for daemon in here.iter().filter(|daemon| !daemon.member.deleting) {
            let (namespace, name) = (&self.key.namespace, &daemon.key.name);
            match daemon.phase.as_str() {
                "Failed" => {
                    let status = self.set.status.as_ref();
                    let generation = status.and_then(|status| status.observed_generation).unwrap_or(0);
                    let uid = self.set.metadata.uid.as_deref().unwrap_or_default();
                    if let Some(wait) = self.failed.wait(uid, generation, node, self.world.now) {
                        self.retry = Some(self.retry.map_or(wait, |earlier| earlier.min(wait)));
                        continue;
                    }
                    let message =
                        format!("Found failed daemon pod {namespace}/{name} on node {node}, will try to kill it");
                    pod_template::say(self.world, self.key, SOURCE, true, "FailedDaemonPod", message);
                    over.push(daemon.key.clone());
                }
                "Succeeded" => {
                    let message =
                        format!("Found succeeded daemon pod {namespace}/{name} on node {node}, will try to delete it");
                    pod_template::say(self.world, self.key, SOURCE, false, "SucceededDaemonPod", message);
                    over.push(daemon.key.clone());
                }
                _ => running.push(daemon.clone()),
            }
        }
        (running, over)
    }

    /// Makes a Pod on each of the nodes, and deletes Pods (daemon_controller.go syncNodes).
    fn bring(&mut self, missing: Vec<String>, surplus: Vec<ObjectKey>) -> Result<(), ApiError> {
        let mut missing = missing.into_iter();
        let made = pod_template::slow_start(missing.len(), || match missing.next() {
            Some(node) => self.create(&node),
            None => Ok(()),
        });
        for key in surplus {
            pod_template::delete(self.world, self.key, SOURCE, &key);
        }
        made
    }

    fn create(&mut self, node: &str) -> Result<(), ApiError> {
        let mut template = self.spec.template.clone();
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.insert(REVISION_LABEL.to_owned(), self.revision.hash.clone());
        let annotations = self.set.metadata.annotations.as_ref();
        if let Some(generation) = annotations.and_then(|annotations| annotations.get(TEMPLATE_GENERATION)) {
            labels.insert(GENERATION_LABEL.to_owned(), generation.clone());
        }
        let mut pod: Pod = pod_template::pod_of(&template, self.key, &Object::DaemonSet(self.set.clone()));
        placement::aim(pod.spec.make_mut(), node);
        pod_template::create(self.world, self.key, SOURCE, pod).map(|_| ())
    }
}
