//! Which volume is for which claim (component-helpers: storage/volume/pv_helpers.go FindMatchingVolume;
//! kubernetes: persistentvolume/index.go findBestMatchForClaim, 1.36).

use k8s_openapi::api::core::v1::PersistentVolumeClaim;

use super::class_of;
use crate::api::quantity::{self, Quantity};
use crate::api::{Kind, Object, Other, View, labels};
use crate::cluster::Store;

/// Whether a node can reach a volume.
type Fits<'a> = &'a dyn Fn(&Other) -> bool;

/// How much a volume holds.
fn capacity(volume: &Other) -> Quantity {
    Quantity::parse(View::new(&volume.value).at("spec.capacity.storage").str()).unwrap_or_default()
}

/// How much a claim asks for.
pub(crate) fn request(claim: &PersistentVolumeClaim) -> Quantity {
    let resources = claim.spec.as_ref().and_then(|spec| spec.resources.as_ref());
    let requests = resources.and_then(|resources| resources.requests.as_ref());
    requests.and_then(|requests| requests.get("storage")).map(quantity::of).unwrap_or_default()
}

/// Whether the volume is kept for the very claim, by its name and, where that is written, by its uid
/// (IsVolumeBoundToClaim).
pub(crate) fn is_reserved_for(volume: &Other, claim: &PersistentVolumeClaim) -> bool {
    let reference = View::new(&volume.value).at("spec.claimRef");
    let is = |field: &str, value: Option<&str>| reference.at(field).str() == value.unwrap_or_default();
    let metadata = &claim.metadata;
    reference.exists()
        && is("name", metadata.name.as_deref())
        && is("namespace", metadata.namespace.as_deref())
        && (is("uid", None) || is("uid", metadata.uid.as_deref()))
}

fn has_class(volume: &Other, claim: &PersistentVolumeClaim) -> bool {
    View::new(&volume.value).at("spec.storageClassName").str() == class_of(claim)
}

fn has_mode(volume: &Other, claim: &PersistentVolumeClaim) -> bool {
    let wanted = claim.spec.as_ref().and_then(|spec| spec.volume_mode.as_deref()).unwrap_or("Filesystem");
    View::new(&volume.value).at("spec.volumeMode").or("Filesystem") == wanted
}

fn has_access(volume: &Other, claim: &PersistentVolumeClaim) -> bool {
    let offered = View::new(&volume.value).at("spec.accessModes");
    let wanted = claim.spec.iter().flat_map(|spec| spec.access_modes.iter().flatten());
    wanted.into_iter().all(|mode| offered.items().any(|offered| offered.str() == mode))
}

/// Why a claim cannot have the volume that it names, if so (pv_controller.go checkVolumeSatisfyClaim).
pub(crate) fn mismatch(volume: &Other, claim: &PersistentVolumeClaim) -> Option<String> {
    let name = volume.metadata.name.as_deref().unwrap_or_default();
    Some(match () {
        () if volume.metadata.deletion_timestamp.is_some() => format!("the volume is marked for deletion \"{name}\""),
        () if capacity(volume) < request(claim) => "requested PV is too small".to_owned(),
        () if !has_class(volume, claim) => "storageClassName does not match".to_owned(),
        () if !has_mode(volume, claim) => "incompatible volumeMode".to_owned(),
        () if !has_access(volume, claim) => "incompatible accessMode".to_owned(),
        () => return None,
    })
}

/// The best volume for a claim: one that is reserved for it, else the smallest that is large enough, those with the fewest
/// access modes first. For a claim that `delays` none is taken that was not reserved. The scheduler asks on behalf of a node,
/// passes over those it has `chosen`, and does not care for the number of modes.
pub(crate) fn matching<'a>(
    claim: &PersistentVolumeClaim,
    store: &'a Store,
    delays: bool,
    node: Option<(Fits<'_>, &[&str])>,
) -> Option<&'a Other> {
    let selector = claim.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let fits = |volume: &Other| {
        let view = View::new(&volume.value);
        let chosen =
            node.is_some_and(|(_, chosen)| chosen.iter().any(|name| volume.metadata.name.as_deref() == Some(*name)));
        let reserved = is_reserved_for(volume, claim);
        let free = || {
            !view.at("spec.claimRef").exists()
                && (node.is_some() || !delays)
                && view.at("status.phase").str() == "Available"
                && selector.is_none_or(|it| labels::matches(Some(it), volume.metadata.labels.as_ref()))
                && has_class(volume, claim)
        };
        // Most have a claim already: that is looked at first.
        (reserved || free())
            && !chosen
            && has_access(volume, claim)
            && capacity(volume) >= request(claim)
            && has_mode(volume, claim)
            && volume.metadata.deletion_timestamp.is_none()
            && node.is_none_or(|(fits, _)| fits(volume))
    };
    let rank = |volume: &Other| {
        let modes = View::new(&volume.value).at("spec.accessModes").items().len();
        let modes = if node.is_some() { 0 } else { modes };
        (modes, !is_reserved_for(volume, claim), capacity(volume).nano())
    };
    let volumes = store.list(Kind::PersistentVolume).filter_map(|(_, object)| match object {
        Object::Other(volume) => Some(volume.as_ref()),
        _ => None,
    });
    volumes.filter(|volume| fits(volume)).min_by_key(|volume| rank(volume))
}
