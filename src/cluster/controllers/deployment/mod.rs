//! The Deployment controller (kubernetes: pkg/controller/deployment, 1.36). Each sync takes one step of a rollout and
//! writes the status; the change it makes brings the next sync.

mod annotations;
mod conditions;
mod hash;
mod recreate;
mod revision;
mod rolling;
mod scale;
mod status;

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, ReplicaSet};

use super::family::Families;
use super::orphans::{Orphans, release};
use super::pod_template;
use super::queue::WorkQueue;
use super::replica_set;
use super::timer::Controller;
use crate::api::rollout::{bounds, strategy};
use crate::api::{Kind, Object, labels};
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey, Propagation, api_server};

pub(super) use hash::template_hash;

const SOURCE: &str = "deployment-controller";

/// One Deployment and its ReplicaSets, for the length of one sync. Writes go to the API server and come back here, so
/// that what follows in the same sync sees them.
pub(super) struct Rollout<'a> {
    key: &'a ObjectKey,
    deployment: Rc<Deployment>,
    spec: DeploymentSpec,
    /// All of its ReplicaSets, oldest first.
    sets: Vec<Rc<ReplicaSet>>,
    /// Which of them has the Deployment's template, by name.
    new: Option<String>,
    world: &'a mut World,
    queue: &'a mut WorkQueue,
    families: &'a Families,
}

/// Looks at one Deployment.
pub(super) fn sync(key: &ObjectKey, families: &Families, orphans: &Orphans, queue: &mut WorkQueue, world: &mut World) {
    let Some(Object::Deployment(deployment)) = world.store.get(key).cloned() else { return };
    let Some(spec) = deployment.spec.clone() else { return };
    if labels::is_empty(&spec.selector) {
        let message = "This deployment is selecting all pods. A non-empty selector is required.".to_owned();
        pod_template::say(world, key, SOURCE, true, "SelectingAll", message);
        return;
    }
    if deployment.metadata.deletion_timestamp.is_none() {
        orphans.adopt(Kind::ReplicaSet, key, &spec.selector, world);
    }
    let sets = replica_sets(&deployment, &spec, world);
    let mut rollout = Rollout { key, deployment, spec, sets, new: None, world, queue, families };
    rollout.new = rollout.find_new().map(|set| name(&set).to_owned());
    match rollout.step() {
        Ok(()) => queue.succeeded(Controller::Deployment, key),
        Err(_) => queue.retry(Controller::Deployment, key, world),
    }
}

/// The ReplicaSets that the Deployment controls, oldest first; one that its selector no longer matches is let go.
fn replica_sets(deployment: &Deployment, spec: &DeploymentSpec, world: &mut World) -> Vec<Rc<ReplicaSet>> {
    let uid = deployment.metadata.uid.as_deref().unwrap_or_default();
    let keys: Vec<ObjectKey> =
        world.store.dependents(uid).filter(|key| key.kind == Kind::ReplicaSet).cloned().collect();
    let mut sets = Vec::new();
    for key in keys {
        let Some(Object::ReplicaSet(set)) = world.store.get(&key) else { continue };
        if labels::matches(Some(&spec.selector), set.metadata.labels.as_ref()) {
            sets.push(set.clone());
        } else {
            release(&key, world);
        }
    }
    collections::sort_by(&mut sets, |a, b| order(a).cmp(&order(b)));
    sets
}

/// Older ReplicaSets come first, of equally old ones those with the smaller name.
fn order(set: &ReplicaSet) -> (Option<k8s_openapi::jiff::Timestamp>, &str) {
    (set.metadata.creation_timestamp.as_ref().map(|time| time.0), name(set))
}

fn name(set: &ReplicaSet) -> &str {
    set.metadata.name.as_deref().unwrap_or_default()
}

/// How many replicas a ReplicaSet is asked for.
fn wanted(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1).max(0)
}

/// How many of its Pods are available, as its status says.
fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

/// Whether the Deployment of `key` replaces its Pods by the strategy Recreate.
pub(super) fn recreates(world: &World, key: &ObjectKey) -> bool {
    match world.store.get(key) {
        Some(Object::Deployment(deployment)) => {
            deployment.spec.as_ref().is_some_and(|spec| strategy(spec) == "Recreate")
        }
        _ => false,
    }
}

impl Rollout<'_> {
    /// The next step (deployment_controller.go syncDeployment).
    fn step(&mut self) -> Result<(), ApiError> {
        if self.deployment.metadata.deletion_timestamp.is_some() {
            return self.write_status();
        }
        self.check_paused()?;
        if self.spec.paused == Some(true) || self.is_scaling() {
            self.sync_revision(false)?;
            self.scale()?;
            if self.spec.paused == Some(true) {
                self.clean_up();
            }
            return self.write_status();
        }
        match strategy(&self.spec) {
            "Recreate" => self.recreate(),
            _ => self.roll(),
        }
    }

    /// How many replicas are asked for.
    fn desired(&self) -> i32 {
        self.spec.replicas.unwrap_or(1).max(0)
    }

    /// How many Pods there may be above that, and how many may be missing
    /// (deployment_util.go MaxSurge, MaxUnavailable, ResolveFenceposts).
    fn bounds(&self) -> (i32, i32) {
        bounds(&self.spec)
    }

    fn surge(&self) -> i32 {
        self.bounds().0
    }

    fn max_unavailable(&self) -> i32 {
        self.bounds().1
    }

    /// The ReplicaSet with the Deployment's template.
    fn new_set(&self) -> Option<&Rc<ReplicaSet>> {
        let new = self.new.as_deref()?;
        self.sets.iter().find(|set| name(set) == new)
    }

    /// The others.
    fn old_sets(&self) -> impl Iterator<Item = &Rc<ReplicaSet>> {
        self.sets.iter().filter(|set| self.new.as_deref() != Some(name(set)))
    }

    fn active_old_sets(&self) -> Vec<Rc<ReplicaSet>> {
        self.old_sets().filter(|set| wanted(set) > 0).cloned().collect()
    }

    /// How many Pods all ReplicaSets together are asked for.
    fn total(&self) -> i32 {
        self.sets.iter().fold(0, |sum, set| sum.saturating_add(wanted(set)))
    }

    /// Puts what the API server answered in place of what was known.
    fn replace(&mut self, set: Rc<ReplicaSet>) {
        if let Some(known) = self.sets.iter_mut().find(|known| name(known) == name(&set)) {
            *known = set;
        }
    }

    /// Says something about the Deployment.
    fn say(&mut self, warning: bool, reason: &'static str, message: String) {
        pod_template::say(self.world, self.key, SOURCE, warning, reason, message);
    }

    /// Whether the rollout is to be given up at some time.
    fn deadline(&self) -> Option<i32> {
        self.spec.progress_deadline_seconds.filter(|seconds| *seconds != i32::MAX)
    }

    /// Removes old ReplicaSets beyond the history limit, the oldest revisions first
    /// (sync.go cleanupDeployment).
    fn clean_up(&mut self) {
        let Some(limit) = self.spec.revision_history_limit.filter(|limit| *limit != i32::MAX) else { return };
        let mut old: Vec<Rc<ReplicaSet>> =
            self.old_sets().filter(|set| set.metadata.deletion_timestamp.is_none()).cloned().collect();
        let limit = usize::try_from(limit).unwrap_or(0);
        let Some(surplus) = old.len().checked_sub(limit).filter(|surplus| *surplus > 0) else { return };
        collections::sort_by_key(&mut old, |set| annotations::revision(&set.metadata));
        for set in old.iter().take(surplus) {
            let status = set.status.as_ref();
            let seen = status.and_then(|status| status.observed_generation) >= set.metadata.generation;
            if status.map_or(0, |status| status.replicas) != 0 || wanted(set) != 0 || !seen {
                continue;
            }
            let key = ObjectKey::new(Kind::ReplicaSet, &self.key.namespace, name(set));
            if api_server::delete(self.world, &key, None, Propagation::Background).is_ok() {
                self.sets.retain(|known| name(known) != name(set));
            }
        }
    }
}

/// The template of a ReplicaSet as the Deployment wrote it.
fn update_set(world: &mut World, set: ReplicaSet) -> Result<Rc<ReplicaSet>, ApiError> {
    replica_set::update(world, set)
}
