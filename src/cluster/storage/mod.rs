//! Claims, volumes and classes, as the scheduler, the controllers and the kubelets read them
//! (kubernetes: component-helpers/storage/volume and storage/ephemeral, 1.36).

mod matching;

use std::rc::Rc;

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Volume};
use serde_json::{Value, json};

use super::world::World;
use super::{ObjectKey, Store};
use crate::api::table::is_default_class;
use crate::api::{Kind, Object, Other, Pod, View, controller_of};
pub(crate) use matching::{is_reserved_for, matching, mismatch, request};

/// The node that the scheduler chose for whoever uses the claim first: its volume is to be made there.
pub(crate) const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// Marks a claim whose binding is complete.
pub(crate) const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// Marks what the controller bound, and not the person who wrote it.
pub(crate) const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// The class of claims from before there was a field for it.
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
/// The provisioner of a class whose volumes somebody makes by hand.
pub(crate) const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
/// The one provisioner that runs in the cluster.
pub(crate) const LOCAL_PATH: &str = "rancher.io/local-path";

/// The volumes of a Pod that are claims, each with the key of its claim. That of an ephemeral volume is named after the Pod
/// and the volume (component-helpers: storage/ephemeral VolumeClaimName).
pub(crate) fn claims(pod: &Pod) -> impl Iterator<Item = (&Volume, ObjectKey)> {
    let key = |name: &str| ObjectKey::new(Kind::PersistentVolumeClaim, pod.namespace(), name);
    pod.spec.volumes.iter().flatten().filter_map(move |volume| {
        let key = match (&volume.persistent_volume_claim, &volume.ephemeral) {
            (Some(source), _) => key(&source.claim_name),
            (None, Some(_)) => key(&format!("{}-{}", pod.name(), volume.name)),
            (None, None) => return None,
        };
        Some((volume, key))
    })
}

/// The claim of `key`.
pub(crate) fn claim<'a>(store: &'a Store, key: &ObjectKey) -> Option<&'a Rc<PersistentVolumeClaim>> {
    match store.get(key) {
        Some(Object::PersistentVolumeClaim(claim)) => Some(claim),
        _ => None,
    }
}

/// Why the claim is not that of the Pod's ephemeral volume, if so (VolumeIsForPod).
pub(crate) fn foreign(pod: &Pod, claim: &PersistentVolumeClaim) -> Option<String> {
    let owned = controller_of(&claim.metadata).is_some_and(|owner| owner.uid == pod.uid());
    let (namespace, name) = (pod.namespace(), claim.metadata.name.as_deref().unwrap_or_default());
    let of = pod.name();
    (!owned).then(|| format!("PVC {namespace}/{name} was not created for pod {namespace}/{of} (pod is not owner)"))
}

/// An annotation of a claim; empty where it has none.
pub(crate) fn annotation<'a>(claim: &'a PersistentVolumeClaim, name: &str) -> &'a str {
    claim.metadata.annotations.as_ref().and_then(|all| all.get(name)).map(String::as_str).unwrap_or_default()
}

/// The name of a claim's class, empty where it asks for none.
pub(crate) fn class_of(claim: &PersistentVolumeClaim) -> &str {
    match annotation(claim, CLASS) {
        "" => claim.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref()).unwrap_or_default(),
        old => old,
    }
}

/// The class of that name.
pub(crate) fn class<'a>(store: &'a Store, name: &str) -> Option<View<'a>> {
    carried(store, Kind::StorageClass, name).map(|class| View::new(&class.value))
}

/// The volume of that name.
pub(crate) fn volume<'a>(store: &'a Store, name: &str) -> Option<&'a Rc<Other>> {
    carried(store, Kind::PersistentVolume, name)
}

fn carried<'a>(store: &'a Store, kind: Kind, name: &str) -> Option<&'a Rc<Other>> {
    match store.get(&ObjectKey::new(kind, "", name)) {
        Some(Object::Other(other)) => Some(other),
        _ => None,
    }
}

/// Whether the claim waits for a Pod that uses it: its class says so, where there is one (IsDelayBindingMode).
pub(crate) fn delays(claim: &PersistentVolumeClaim, store: &Store) -> bool {
    class(store, class_of(claim)).is_some_and(|class| class.at("volumeBindingMode").str() == "WaitForFirstConsumer")
}

/// The name of the volume that the claim is, or is to be, bound to; empty where that is open.
pub(crate) fn volume_name(claim: &PersistentVolumeClaim) -> &str {
    claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).unwrap_or_default()
}

/// Whether the claim has its volume for good (isPVCFullyBound).
pub(crate) fn is_bound(claim: &PersistentVolumeClaim) -> bool {
    !volume_name(claim).is_empty() && !annotation(claim, BIND_COMPLETED).is_empty()
}

/// Gives a claim that says nothing of a class the usual one: of several the newest (admission: DefaultStorageClass;
/// volume/util/storageclass.go GetDefaultClass). True where it has one now.
pub(crate) fn give_class(store: &Store, claim: &mut Rc<PersistentVolumeClaim>) -> bool {
    let says = claim.spec.as_ref().is_some_and(|spec| spec.storage_class_name.is_some());
    if says || !annotation(claim, CLASS).is_empty() {
        return false;
    }
    let classes = store.list(Kind::StorageClass).filter_map(|(_, object)| match object {
        Object::Other(class) if is_default_class(class) => Some(class),
        _ => None,
    });
    // They come by their names, and of equals the first is kept.
    let newest =
        classes.reduce(
            |best, next| {
                if next.metadata.creation_timestamp > best.metadata.creation_timestamp { next } else { best }
            },
        );
    let Some(class) = newest else { return false };
    Rc::make_mut(claim).spec.get_or_insert_default().storage_class_name = class.metadata.name.clone();
    true
}

/// Changes the volume of that name.
pub(crate) fn change_volume(world: &mut World, name: &str, change: impl FnOnce(&mut Other)) {
    let Some(mut volume) = volume(&world.store, name).cloned() else { return };
    change(Rc::make_mut(&mut volume));
    world.store.put(ObjectKey::new(Kind::PersistentVolume, "", name), Object::Other(volume));
}

/// Sets a field of `spec` or `status`.
pub(crate) fn set(object: &mut Other, part: &str, field: &str, value: Value) {
    let Some(fields) = object.value.as_object_mut() else { return };
    if let Some(fields) = fields.entry(part).or_insert_with(|| json!({})).as_object_mut() {
        fields.insert(field.to_owned(), value);
    }
}

/// Lets the volume be the claim's; one that nobody had reserved for it is marked (GetBindVolumeToClaim).
pub(crate) fn reserve(world: &mut World, name: &str, claim: &PersistentVolumeClaim) {
    let (Some(uid), metadata) = (claim.metadata.uid.as_deref(), &claim.metadata) else { return };
    let Some(present) = volume(&world.store, name) else { return };
    let reserved = is_reserved_for(present, claim);
    if reserved && View::new(&present.value).at("spec.claimRef.uid").str() == uid {
        return;
    }
    let reference = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "namespace": metadata.namespace.as_deref(), "name": metadata.name.as_deref(), "uid": uid,
        "resourceVersion": metadata.resource_version.as_deref()});
    change_volume(world, name, |volume| {
        set(volume, "spec", "claimRef", reference);
        if !reserved {
            let annotations = volume.metadata.annotations.get_or_insert_default();
            annotations.insert(BOUND_BY_CONTROLLER.to_owned(), "yes".to_owned());
        }
    });
}
