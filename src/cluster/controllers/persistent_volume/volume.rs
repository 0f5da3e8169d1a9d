//! What becomes of a volume (kubernetes: pv_controller.go syncVolume, pkg/controller/volume/pvprotection, 1.36).

use std::rc::Rc;

use super::super::queue::WorkQueue;
use super::super::timer::Controller;
use super::{claimant, provisioner};
use crate::api::admission::VOLUME_PROTECTION;
use crate::api::{Object, Other, View};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, api_server, storage};

/// Writes the phase of the volume of that name, where it is another one.
pub(super) fn set_phase(world: &mut World, name: &str, phase: &str) {
    let present = storage::volume(&world.store, name);
    if present.is_none_or(|volume| View::new(&volume.value).at("status.phase").str() == phase) {
        return;
    }
    let now = world.timestamp().0.to_seconds();
    storage::change_volume(world, name, |volume| {
        storage::set(volume, "status", "phase", phase.into());
        storage::set(volume, "status", "lastPhaseTransitionTime", now.into());
    });
}

/// Looks at one volume.
pub(super) fn sync(key: &ObjectKey, volume: &Rc<Other>, queue: &mut WorkQueue, world: &mut World) {
    let view = View::new(&volume.value);
    let phase = view.at("status.phase").str();
    if volume.metadata.deletion_timestamp.is_some() && phase != "Bound" {
        return release(volume.clone(), world);
    }
    let uid = view.at("spec.claimRef.uid").str();
    let Some(claim_key) = claimant(volume) else { return set_phase(world, &key.name, "Available") };
    if uid.is_empty() {
        set_phase(world, &key.name, "Available");
        return queue.add(Controller::PersistentVolume, &claim_key, super::super::SYNC_AFTER, world);
    }
    let claim = storage::claim(&world.store, &claim_key);
    let claim = claim.filter(|claim| claim.metadata.uid.as_deref() == Some(uid));
    match claim.map(|claim| storage::volume_name(claim)) {
        None => {
            if !matches!(phase, "Released" | "Failed") {
                set_phase(world, &key.name, "Released");
            }
            provisioner::reclaim(key, volume, queue, world);
        }
        // The claim sees to the rest.
        Some("") => queue.add(Controller::PersistentVolume, &claim_key, super::super::SYNC_AFTER, world),
        Some(name) if *name == *key.name => set_phase(world, &key.name, "Bound"),
        // Its claim has another one (unbindVolume).
        Some(_) => {
            storage::change_volume(world, &key.name, |volume| {
                let spec = volume.value.get_mut("spec").and_then(serde_json::Value::as_object_mut);
                spec.and_then(|spec| spec.remove("claimRef"));
            });
            set_phase(world, &key.name, "Available");
        }
    }
}

/// A volume that nobody has may go.
fn release(mut volume: Rc<Other>, world: &mut World) {
    let finalizers = &mut Rc::make_mut(&mut volume).metadata.finalizers;
    if let Some(list) = finalizers {
        list.retain(|name| name != VOLUME_PROTECTION);
    }
    *finalizers = finalizers.take().filter(|list| !list.is_empty());
    let _ = api_server::update(world, Object::Other(volume));
}
