//! The ReplicaSet controller (kubernetes: pkg/controller/replicaset, 1.36).

mod rank;
mod status;

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};

use super::family::{Families, Member, next_available};
use super::orphans::{Orphans, release};
use super::pod_template;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::{Kind, Object, controller_of, labels};
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey, api_server};

pub(super) use rank::first_to_go;

const SOURCE: &str = "replicaset-controller";
/// So many Pods at most are created or deleted in one sync.
const BURST: usize = 500;

/// Looks at one ReplicaSet: makes or removes Pods, and writes its status.
pub(super) fn sync(
    key: &ObjectKey,
    families: &mut Families,
    orphans: &Orphans,
    queue: &mut WorkQueue,
    world: &mut World,
) {
    let Some(Object::ReplicaSet(set)) = world.store.get(key).cloned() else { return };
    let Some(spec) = set.spec.clone() else { return };
    let uid = set.metadata.uid.clone().unwrap_or_default();
    if set.metadata.deletion_timestamp.is_none() {
        claim(key, &uid, &spec, families, orphans, world);
    }
    let now = world.timestamp().0;
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    let seen = status::Seen::of(families.get(&uid), &spec, now, world);
    let wanted = spec.replicas.unwrap_or(1).max(0);
    let result = match set.metadata.deletion_timestamp {
        None => manage(key, &set, wanted, families, world),
        Some(_) => Ok(()),
    };
    status::write(key, &set, &seen, wanted, result.as_ref().err(), world);
    match result {
        Ok(()) => {
            queue.succeeded(Controller::ReplicaSet, key);
            let active = families.get(&uid).map_or(0, |family| family.totals.active);
            if active != wanted && set.metadata.deletion_timestamp.is_none() {
                queue.add(Controller::ReplicaSet, key, super::SYNC_AFTER, world);
            }
        }
        Err(_) => queue.retry(Controller::ReplicaSet, key, world),
    }
    let next = families.get(&uid).and_then(|family| next_available(family.members.values(), min_ready, now));
    if let Some(at) = next {
        queue.add(Controller::ReplicaSet, key, world.until(at), world);
    }
}

/// Adopts Pods that the selector matches, and lets go of those it no longer matches. Those that it adopts count in the
/// same sync (replica_set.go syncReplicaSet: filteredPods is what claimPods returns).
fn claim(
    key: &ObjectKey,
    uid: &str,
    spec: &ReplicaSetSpec,
    families: &mut Families,
    orphans: &Orphans,
    world: &mut World,
) {
    for pod in orphans.adopt(Kind::Pod, key, &spec.selector, world) {
        let member = world.store.get(&pod).and_then(Object::as_pod).map(Member::of);
        families.set(uid, &pod, member);
    }
    if !families.were_relabelled(uid) {
        return;
    }
    let strangers: Vec<ObjectKey> = families
        .get(uid)
        .into_iter()
        .flat_map(|family| family.members.keys())
        .filter(|pod| {
            let object = world.store.get(pod);
            object.is_some_and(|object| !labels::matches(Some(&spec.selector), object.metadata().labels.as_ref()))
        })
        .cloned()
        .collect();
    for pod in strangers {
        release(&pod, world);
        families.set(uid, &pod, None);
    }
}

/// Creates what is missing or deletes what is too much.
fn manage(
    key: &ObjectKey,
    set: &Rc<ReplicaSet>,
    wanted: i32,
    families: &mut Families,
    world: &mut World,
) -> Result<(), ApiError> {
    let uid = set.metadata.uid.as_deref().unwrap_or_default();
    let active = families.get(uid).map_or(0, |family| family.totals.active);
    let difference = i64::from(wanted) - i64::from(active);
    let count = usize::try_from(difference.unsigned_abs()).unwrap_or(BURST).min(BURST);
    if difference > 0 {
        let Some(template) = set.spec.as_ref().and_then(|spec| spec.template.as_ref()) else { return Ok(()) };
        let pod = pod_template::pod_of(template, key, &Object::ReplicaSet(set.clone()));
        return pod_template::slow_start(count, || {
            let created = match pod_template::create(world, key, SOURCE, pod.clone()) {
                // Nothing is made in a namespace on its way out, whatever is tried (manageReplicas).
                Err(_) if world.ending.contains(&key.namespace) => return Ok(()),
                made => made?,
            };
            let pod_key = ObjectKey::new(Kind::Pod, &key.namespace, created.name());
            families.set(uid, &pod_key, Some(Member::of(&created)));
            Ok(())
        });
    }
    if difference < 0 {
        let victims = match families.get(uid) {
            Some(family) => rank::victims(family, count, &siblings(set, families, world), world.now, world),
            None => Vec::new(),
        };
        for victim in victims {
            pod_template::delete(world, key, SOURCE, &victim);
            let left = world.store.get(&victim).and_then(Object::as_pod).map(Member::of);
            families.set(uid, &victim, left);
        }
    }
    Ok(())
}

/// How many active Pods of the same Deployment, all its ReplicaSets together, are on each node. Of a ReplicaSet without a
/// controller not even its own are counted: it does not spread (getReplicaSetsWithSameController).
fn siblings(set: &ReplicaSet, families: &Families, world: &World) -> rank::OnNode {
    let owner = controller_of(&set.metadata).map(|owner| owner.uid.as_str());
    let sets = owner
        .into_iter()
        .flat_map(|owner| world.store.dependents(owner))
        .filter(|key| key.kind == Kind::ReplicaSet)
        .filter_map(|key| world.store.get(key)?.metadata().uid.as_deref());
    let mut sum = rank::OnNode::new();
    for (node, count) in sets.filter_map(|uid| families.get(uid)).flat_map(|family| &family.on_node) {
        *sum.entry(node.clone()).or_default() += count;
    }
    sum
}

/// Writes a ReplicaSet back, spec and metadata.
pub(super) fn update(world: &mut World, set: ReplicaSet) -> Result<Rc<ReplicaSet>, ApiError> {
    match api_server::update(world, Object::ReplicaSet(Rc::new(set)))? {
        Object::ReplicaSet(set) => Ok(set),
        _ => Ok(Rc::default()),
    }
}
