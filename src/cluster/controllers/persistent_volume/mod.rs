//! The controller that brings claims and volumes together
//! (kubernetes: pkg/controller/volume/persistentvolume/pv_controller.go, 1.36).

mod provisioner;
mod volume;

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use k8s_openapi::json::from_json;

use super::pod_template::say;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::{Kind, Object, Other, View};
use crate::cluster::world::World;
use crate::cluster::{Change, ObjectKey, api_server, storage};

const SOURCE: &str = "persistentvolume-controller";
/// Claims without a volume are looked at again, all at once, so often (--pvclaimbinder-sync-period).
const RESYNC: Duration = Duration::from_secs(15);
/// Who makes the volumes of a claim, in the two ways in which that is said.
const PROVISIONER: [&str; 2] =
    ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];

/// Hears of a change, and whether its object is `gone` by now.
pub(super) fn see(change: &Change, gone: bool, queue: &mut WorkQueue, world: &mut World) {
    let other = match &change.object {
        Object::PersistentVolumeClaim(claim) => {
            provisioner::see(&change.key, claim, queue, world);
            let volume = storage::volume_name(claim);
            (!volume.is_empty()).then(|| ObjectKey::new(Kind::PersistentVolume, "", volume))
        }
        Object::Other(volume) if change.key.kind == Kind::PersistentVolume => claimant(volume),
        _ => return,
    };
    queue.add(Controller::PersistentVolume, &change.key, super::SYNC_AFTER, world);
    if let Some(other) = other.filter(|_| gone) {
        queue.add(Controller::PersistentVolume, &other, super::SYNC_AFTER, world);
    }
}

/// The claim that a volume is kept for.
fn claimant(volume: &Other) -> Option<ObjectKey> {
    let claim = View::new(&volume.value).at("spec.claimRef");
    let key = || ObjectKey::new(Kind::PersistentVolumeClaim, claim.at("namespace").str(), claim.at("name").str());
    claim.exists().then(key)
}

/// Looks at one claim or volume.
pub(super) fn sync(key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
    match world.store.get(key).cloned() {
        Some(Object::PersistentVolumeClaim(claim))
            if storage::annotation(&claim, storage::BIND_COMPLETED).is_empty() =>
        {
            sync_unbound(key, claim, world);
            let open = storage::claim(&world.store, key).is_some_and(|claim| !storage::is_bound(claim));
            if open {
                let into = Duration::from_micros(world.now.as_micros() % RESYNC.as_micros() as u64);
                queue.add(Controller::PersistentVolume, key, RESYNC.saturating_sub(into), world);
            }
        }
        Some(Object::PersistentVolumeClaim(claim)) => sync_bound(key, claim, world),
        Some(Object::Other(volume)) => volume::sync(key, &volume, queue, world),
        _ => {}
    }
}

/// The provisioner looks at a claim or a volume.
pub(super) fn provision(key: &ObjectKey, begun: bool, queue: &mut WorkQueue, world: &mut World) {
    provisioner::sync(key, begun, queue, world);
}

/// A claim that was bound once keeps its volume, or is lost with it (syncBoundClaim).
fn sync_bound(key: &ObjectKey, claim: Rc<PersistentVolumeClaim>, world: &mut World) {
    let name = storage::volume_name(&claim);
    let lost = match storage::volume(&world.store, name) {
        _ if name.is_empty() => {
            ("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!")
        }
        None => ("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!"),
        Some(volume) => {
            let owner = View::new(&volume.value).at("spec.claimRef");
            if !owner.exists() || owner.at("uid").str() == claim.metadata.uid.as_deref().unwrap_or_default() {
                let volume = volume.clone();
                return bind(key, claim, &volume, world);
            }
            ("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
        }
    };
    let mut changed = claim;
    let status = Rc::make_mut(&mut changed).status.get_or_insert_default();
    if status.phase.as_deref() != Some("Lost") {
        (status.phase, status.capacity, status.access_modes) = (Some("Lost".into()), None, None);
        let _ = api_server::update_status(world, Object::PersistentVolumeClaim(changed));
        say(world, key, SOURCE, true, lost.0, lost.1.to_owned());
    }
}

/// A claim without a volume: one is found for it, or is made by somebody, or it waits (syncUnboundClaim).
fn sync_unbound(key: &ObjectKey, mut claim: Rc<PersistentVolumeClaim>, world: &mut World) {
    let wanted = storage::volume_name(&claim).to_owned();
    if !wanted.is_empty() {
        return sync_named(key, claim, &wanted, world);
    }
    let delays = storage::delays(&claim, &world.store);
    if let Some(volume) = storage::matching(&claim, &world.store, delays, None).cloned() {
        return bind(key, claim, &volume, world);
    }
    if storage::give_class(&world.store, &mut claim) {
        let _ = api_server::update(world, Object::PersistentVolumeClaim(claim));
        return;
    }
    let class = storage::class_of(&claim);
    if delays && storage::annotation(&claim, storage::SELECTED_NODE).is_empty() {
        let (reason, message) = wait_for_consumer(key, world);
        say(world, key, SOURCE, false, reason, message);
    } else if class.is_empty() {
        let message = "no persistent volumes available for this claim and no storage class is set";
        say(world, key, SOURCE, false, "FailedBinding", message.to_owned());
    } else {
        let class = class.to_owned();
        ask_provisioner(key, claim, &class, world);
    }
}

/// What is said of a claim that waits for a Pod that uses it (emitEventForUnboundDelayBindingClaim).
fn wait_for_consumer(key: &ObjectKey, world: &World) -> (&'static str, String) {
    let pods = world.store.in_namespace(Kind::Pod, &key.namespace).filter_map(|(_, pod)| pod.as_pod());
    let waiting = pods.filter(|pod| pod.spec.node_name.as_deref().is_none_or(str::is_empty));
    let users = waiting.filter(|pod| storage::claims(pod).any(|(_, claim)| claim == *key));
    let names: Vec<&str> = users.map(|pod| pod.name()).collect();
    match names.as_slice() {
        [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_owned()),
        [one] => ("WaitForPodScheduled", format!("waiting for pod {one} to be scheduled")),
        all => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", all.join(","))),
    }
}

/// Somebody outside is to make a volume; the annotations say who (provisionClaim, provisionClaimOperationExternal).
fn ask_provisioner(key: &ObjectKey, mut claim: Rc<PersistentVolumeClaim>, class: &str, world: &mut World) {
    let Some(found) = storage::class(&world.store, class) else {
        let message = format!("storageclass.storage.k8s.io \"{class}\" not found");
        return say(world, key, SOURCE, true, "ProvisioningFailed", message);
    };
    let who = found.at("provisioner").text();
    if who.starts_with("kubernetes.io/") {
        let message = format!("no volume plugin matched name: {who}");
        return say(world, key, SOURCE, true, "ProvisioningFailed", message);
    }
    if PROVISIONER.iter().any(|name| storage::annotation(&claim, name) != who) {
        let annotations = Rc::make_mut(&mut claim).metadata.annotations.get_or_insert_default();
        annotations.extend(PROVISIONER.map(|name| (name.to_owned(), who.clone())));
        let _ = api_server::update(world, Object::PersistentVolumeClaim(claim));
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{who}' or manually by the system \
         administrator. If volume creation is delayed, please verify that the provisioner is running and correctly \
         registered."
    );
    say(world, key, SOURCE, false, "ExternalProvisioning", message);
}

/// A claim that names its volume gets that one or none.
fn sync_named(key: &ObjectKey, claim: Rc<PersistentVolumeClaim>, wanted: &str, world: &mut World) {
    let Some(volume) = storage::volume(&world.store, wanted).cloned() else { return };
    if storage::is_reserved_for(&volume, &claim) {
        return bind(key, claim, &volume, world);
    }
    if View::new(&volume.value).at("spec.claimRef").exists() {
        if storage::annotation(&claim, storage::BOUND_BY_CONTROLLER).is_empty() {
            let message = format!("volume \"{wanted}\" already bound to a different claim.");
            say(world, key, SOURCE, true, "FailedBinding", message);
        }
        return;
    }
    match storage::mismatch(&volume, &claim) {
        Some(why) => {
            let message = format!("Cannot bind to requested volume \"{wanted}\": {why}");
            say(world, key, SOURCE, true, "VolumeMismatch", message);
        }
        None => bind(key, claim, &volume, world),
    }
}

/// Lets volume and claim be each other's: first the volume says so, then the claim (bind).
fn bind(key: &ObjectKey, mut claim: Rc<PersistentVolumeClaim>, volume: &Other, world: &mut World) {
    let name = volume.metadata.name.as_deref().unwrap_or_default();
    storage::reserve(world, name, &claim);
    volume::set_phase(world, name, "Bound");
    let complete = Rc::make_mut(&mut claim);
    let chosen = storage::volume_name(complete).is_empty();
    let annotations = complete.metadata.annotations.get_or_insert_default();
    annotations.insert(storage::BIND_COMPLETED.to_owned(), "yes".to_owned());
    if chosen {
        annotations.insert(storage::BOUND_BY_CONTROLLER.to_owned(), "yes".to_owned());
        complete.spec.get_or_insert_default().volume_name = Some(name.into());
    }
    let Ok(Object::PersistentVolumeClaim(mut written)) =
        api_server::update(world, Object::PersistentVolumeClaim(claim))
    else {
        return;
    };
    let spec = View::new(&volume.value).at("spec");
    let status = Rc::make_mut(&mut written).status.get_or_insert_default();
    let read = |field: &str| spec.at(field).0.cloned();
    status.phase = Some("Bound".into());
    status.capacity = read("capacity").and_then(|value| from_json(value).ok());
    status.access_modes = read("accessModes").and_then(|value| from_json(value).ok());
    let bound = api_server::update_status(world, Object::PersistentVolumeClaim(written));
    debug_assert!(bound.is_ok(), "{key:?}: {bound:?}");
}
