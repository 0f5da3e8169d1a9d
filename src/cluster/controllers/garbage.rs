//! Garbage collection: what is owned goes with its owners, or is let go
//! (kubernetes: pkg/controller/garbagecollector). The store knows who owns what, so a deletion costs as much as the
//! owner has dependents.

use std::time::Duration;

use super::job;
use super::orphans::let_go;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::{Kind, Object};
use crate::cluster::world::World;
use crate::cluster::{Change, ChangeKind, ObjectKey, Propagation, api_server};
use k8s_openapi::Text;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use crate::cluster::api_server::{FOREGROUND, ORPHAN};

/// How long the collector takes to act on what it hears.
const COLLECT_AFTER: Duration = Duration::from_millis(10);

/// Hears of a change.
pub(super) fn see(change: &Change, queue: &mut WorkQueue, world: &mut World) {
    let metadata = change.object.metadata();
    let owns = || metadata.uid.as_deref().is_some_and(|uid| world.store.dependents(uid).next().is_some());
    let concerns = match change.kind {
        ChangeKind::Deleted => owns(),
        ChangeKind::Added => metadata.owner_references.as_ref().is_some_and(|owners| !owners.is_empty()),
        ChangeKind::Modified => {
            // An owner that is named later may not exist either (graph_builder.go addDependentToOwners).
            let before = change.old.as_ref().map(owners).unwrap_or_default();
            let lost = |owner: &OwnerReference| !before.contains(owner) && !lives(owner, &change.key, world);
            holds(&change.object, FOREGROUND)
                || holds(&change.object, ORPHAN)
                || owners(&change.object).iter().any(lost)
        }
    };
    if concerns {
        match change.kind {
            ChangeKind::Deleted => {
                let uid = metadata.uid.as_deref().unwrap_or_default();
                let dependents: Vec<ObjectKey> = world.store.dependents(uid).cloned().collect();
                for key in dependents {
                    queue.add(Controller::Garbage, &key, COLLECT_AFTER, world);
                }
            }
            ChangeKind::Added => {
                // Owners that exist are the rule; only what was born an orphan is looked at.
                let lost = owners(&change.object).iter().any(|owner| !lives(owner, &change.key, world));
                if lost {
                    queue.add(Controller::Garbage, &change.key, COLLECT_AFTER, world);
                }
            }
            ChangeKind::Modified => queue.add(Controller::Garbage, &change.key, COLLECT_AFTER, world),
        }
    }
    // The last dependent of an owner that is deleted in the foreground lets it go: it is gone, or has other owners
    // (graph_builder.go addUnblockedOwnersToDeleteQueue).
    let before = change.old.as_ref().map(owners).unwrap_or_default();
    let left = match change.kind {
        ChangeKind::Deleted => &[][..],
        _ => owners(&change.object),
    };
    if before != left {
        let waiting: Vec<ObjectKey> = before
            .iter()
            .filter(|owner| !left.contains(owner))
            .filter_map(|owner| owner_key(owner, &change.key))
            .filter(|key| world.store.get(key).is_some_and(|owner| holds(owner, FOREGROUND)))
            .collect();
        for key in waiting {
            queue.add(Controller::Garbage, &key, COLLECT_AFTER, world);
        }
    }
}

fn owners(object: &Object) -> &[OwnerReference] {
    object.metadata().owner_references.as_deref().unwrap_or_default()
}

fn holds(object: &Object, finalizer: &str) -> bool {
    object.metadata().deletion_timestamp.is_some()
        && object.metadata().finalizers.iter().flatten().any(|name| name == finalizer)
}

/// The key of an owner; none for a kind that is not simulated.
fn owner_key(owner: &OwnerReference, dependent: &ObjectKey) -> Option<ObjectKey> {
    let kind = Kind::find(&owner.api_version, &owner.kind)?;
    Some(ObjectKey::new(kind, &dependent.namespace, &owner.name))
}

/// Whether the very owner that is meant exists; one of a kind that is not simulated counts as living.
fn lives(owner: &OwnerReference, dependent: &ObjectKey, world: &World) -> bool {
    owner_key(owner, dependent).is_none_or(|key| {
        let found = world.store.get(&key);
        found.is_some_and(|object| object.metadata().uid.as_deref() == Some(owner.uid.as_str()))
    })
}

/// Looks at one object: deletes it where its owners are gone, works off its foreground deletion or orphaning.
pub(super) fn sync(key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
    let Some(object) = world.store.get(key).cloned() else { return };
    let uid = object.metadata().uid.clone().unwrap_or_default();
    if holds(&object, ORPHAN) {
        let dependents: Vec<ObjectKey> = world.store.dependents(&uid).cloned().collect();
        for dependent in dependents {
            disown(&dependent, |owner| owner.uid == uid, world);
            let_go_of_job(&dependent, world);
        }
        return let_go(&object, ORPHAN, world);
    }
    if holds(&object, FOREGROUND) {
        let dependents: Vec<ObjectKey> = world.store.dependents(&uid).cloned().collect();
        let blocks = |child: &Object| {
            owners(child).iter().any(|owner| owner.uid == uid && owner.block_owner_deletion == Some(true))
        };
        let mut blocked = false;
        for dependent in dependents {
            let Some(child) = world.store.get(&dependent) else { continue };
            // One that goes at once is heard of later.
            blocked |= blocks(child);
            if child.metadata().deletion_timestamp.is_none() {
                collect(&dependent, world);
                queue.add(Controller::Garbage, &dependent, COLLECT_AFTER, world);
            }
        }
        if !blocked {
            let_go(&object, FOREGROUND, world);
        }
        return;
    }
    let_go_of_job(key, world);
    collect(key, world);
}

/// What becomes of an object for the sake of its owners: one that is there, and is not deleted in the foreground, keeps
/// it, and the references to the others go; else it goes itself (garbagecollector.go classifyReferences,
/// attemptToDeleteItem).
fn collect(key: &ObjectKey, world: &mut World) {
    let Some(object) = world.store.get(key) else { return };
    let owners = owners(object);
    // Of a kind that it does not know the collector can say nothing, and leaves the object alone.
    let unknown = owners.iter().any(|owner| owner_key(owner, key).is_none());
    if owners.is_empty() || unknown || object.metadata().deletion_timestamp.is_some() {
        return;
    }
    let waits = |owner: &OwnerReference| {
        lives(owner, key, world)
            && owner_key(owner, key)
                .is_some_and(|owner| world.store.get(&owner).is_some_and(|it| holds(it, FOREGROUND)))
    };
    let solid: Vec<Text> = owners
        .iter()
        .filter(|owner| lives(owner, key, world) && !waits(owner))
        .map(|owner| owner.uid.clone())
        .collect();
    if !solid.is_empty() {
        return disown(key, |owner| !solid.contains(&owner.uid), world);
    }
    // Without dependents there is nothing that it would have to wait for.
    let foreground = owners.iter().any(waits);
    let propagation = if foreground { Propagation::Foreground } else { Propagation::Background };
    // It may be gone meanwhile, which is as good.
    let _ = api_server::delete(world, key, None, propagation);
}

/// Takes the references to owners that are `meant` off an object.
fn disown(key: &ObjectKey, meant: impl Fn(&OwnerReference) -> bool, world: &mut World) {
    let Some(mut child) = world.store.get(key).cloned().filter(|child| owners(child).iter().any(&meant)) else {
        return;
    };
    let references = &mut child.metadata_mut().owner_references;
    if let Some(list) = references {
        list.retain(|owner| !meant(owner));
    }
    *references = references.take().filter(|list| !list.is_empty());
    let _ = api_server::update(world, child);
}

/// A Pod whose Job is gone waits for nobody to count it. (Upstream it is the Job controller that hears of such Pods.)
fn let_go_of_job(key: &ObjectKey, world: &mut World) {
    if key.kind == Kind::Pod && world.store.get(key).is_some_and(|pod| job::forgotten(pod, world)) {
        job::let_go(key, world);
    }
}
