//! Small controllers that keep a cluster in order: the contents of namespaces, and claims.

use super::namespace;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::{Kind, Object};
use crate::cluster::world::World;
use crate::cluster::{Change, ObjectKey, api_server, storage};

/// What keeps a claim while a Pod uses it.
const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";

/// Hears of a change, and whether its object is `gone` by now.
pub(super) fn see(change: &Change, gone: bool, queue: &mut WorkQueue, world: &mut World) {
    match change.key.kind {
        Kind::Namespace => {
            let ends = change.object.metadata().deletion_timestamp.is_some();
            queue.add(Controller::Upkeep, &change.key, if ends { namespace::WAIT } else { super::SYNC_AFTER }, world);
        }
        Kind::PersistentVolumeClaim => {
            queue.add(Controller::Upkeep, &change.key, super::SYNC_AFTER, world);
        }
        Kind::Pod if gone => {
            let Some(pod) = change.object.as_pod() else { return };
            for (_, key) in storage::claims(pod) {
                queue.add(Controller::Upkeep, &key, super::SYNC_AFTER, world);
            }
        }
        _ => {}
    }
}

/// Looks at one object.
pub(super) fn sync(key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
    match world.store.get(key).cloned() {
        Some(Object::Namespace(ending)) if ending.metadata.deletion_timestamp.is_some() => {
            namespace::empty(key, &ending, queue, world);
        }
        Some(Object::Namespace(_)) => {
            for object in api_server::namespace_content(&key.name) {
                let missing = ObjectKey::of(&object).is_some_and(|key| world.store.get(&key).is_none());
                if missing {
                    // Whoever was quicker made the same.
                    let _ = api_server::create(world, object);
                }
            }
        }
        Some(Object::PersistentVolumeClaim(claim)) if claim.metadata.deletion_timestamp.is_some() => {
            release_claim(key, world);
        }
        _ => {}
    }
}

/// A claim that no Pod uses any more may go; one that is over uses it as long as it is there
/// (pkg/controller/volume/pvcprotection podUsesPVC).
fn release_claim(key: &ObjectKey, world: &mut World) {
    let used = world
        .store
        .in_namespace(Kind::Pod, &key.namespace)
        .filter_map(|(_, pod)| pod.as_pod())
        .any(|pod| pod.spec.node_name.is_some() && storage::claims(pod).any(|(_, claim)| claim == *key));
    let Some(mut claim) = world.store.get(key).cloned().filter(|_| !used) else { return };
    let finalizers = &mut claim.metadata_mut().finalizers;
    if let Some(list) = finalizers {
        list.retain(|name| name != CLAIM_PROTECTION);
    }
    *finalizers = finalizers.take().filter(|list| !list.is_empty());
    let _ = api_server::update(world, claim);
}
