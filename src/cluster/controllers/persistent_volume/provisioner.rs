//! The provisioner that runs in the cluster: it makes a folder of a node a volume, and takes it away again
//! (github.com/rancher/local-path-provisioner; sig-storage-lib-external-provisioner: controller/controller.go).

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use k8s_openapi::json::to_json;
use serde_json::json;

use super::super::queue::{Retries, WorkQueue};
use super::super::timer::Controller;
use super::{PROVISIONER, say};
use crate::api::{Kind, Object, Other, View};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Propagation, api_server, storage};

/// As it signs: its name, its Pod's, and an id of its own.
const SOURCE: &str =
    "rancher.io/local-path_local-path-provisioner-7dc846544d-tmq4x_6f5d3a0e-8f3c-4b52-9d0c-0f3a7c1e9b24";
/// How long it takes to make a folder, or to take one away.
const WORK: Duration = Duration::from_millis(500);
/// The waits after a refusal (controller.go: workqueue with exponential back-off).
const RETRIES: Retries = Retries { first: Duration::from_secs(15), ..Retries::USUAL };
/// Who made a volume.
const MADE_BY: &str = "pv.kubernetes.io/provisioned-by";

/// Hears of a claim that it is asked to make a volume for.
pub(super) fn see(key: &ObjectKey, claim: &PersistentVolumeClaim, queue: &mut WorkQueue, world: &mut World) {
    if is_asked(claim, world) && !queue.holds(Controller::Provision, key) && !queue.holds(Controller::Provisioned, key)
    {
        queue.add(Controller::Provision, key, super::super::SYNC_AFTER, world);
    }
}

/// Whether it is to make a volume for the claim now (shouldProvision).
fn is_asked(claim: &PersistentVolumeClaim, world: &World) -> bool {
    let ours = PROVISIONER.iter().any(|name| storage::annotation(claim, name) == storage::LOCAL_PATH);
    let placed = !storage::annotation(claim, storage::SELECTED_NODE).is_empty();
    ours && storage::volume_name(claim).is_empty() && (placed || !storage::delays(claim, &world.store))
}

/// Begins with a claim, or, where it has `begun`, ends; or takes a volume away.
pub(super) fn sync(key: &ObjectKey, begun: bool, queue: &mut WorkQueue, world: &mut World) {
    if key.kind == Kind::PersistentVolume {
        // It may be gone meanwhile, which is as good.
        let _ = api_server::delete(world, key, None, Propagation::Background);
        return;
    }
    let Some(claim) = storage::claim(&world.store, key).filter(|claim| is_asked(claim, world)).cloned() else { return };
    if begun {
        return make(key, &claim, world);
    }
    let of = format!("{}/{}", key.namespace, key.name);
    let message = format!("External provisioner is provisioning volume for claim \"{of}\"");
    say(world, key, SOURCE, false, "Provisioning", message);
    if let Some(why) = refusal(&claim) {
        let class = storage::class_of(&claim);
        let message = format!("failed to provision volume with StorageClass \"{class}\": {why}");
        say(world, key, SOURCE, true, "ProvisioningFailed", message);
        return queue.retry_after(RETRIES, Controller::Provision, key, world);
    }
    queue.add(Controller::Provisioned, key, WORK, world);
}

/// Why a folder of a node cannot be what the claim asks for, if so (local-path-provisioner: provisioner.go provisionFor).
fn refusal(claim: &PersistentVolumeClaim) -> Option<&'static str> {
    let spec = claim.spec.as_ref();
    let mut modes = spec.into_iter().flat_map(|spec| spec.access_modes.iter().flatten());
    Some(match () {
        () if spec.is_some_and(|spec| spec.selector.is_some()) => "claim.Spec.Selector is not supported",
        () if modes.any(|mode| !matches!(mode.as_str(), "ReadWriteOnce" | "ReadWriteOncePod")) => {
            "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"
        }
        () if storage::annotation(claim, storage::SELECTED_NODE).is_empty() => {
            "configuration error, no node was specified"
        }
        () => return None,
    })
}

/// The folder is there: a volume for the claim alone.
fn make(key: &ObjectKey, claim: &Rc<PersistentVolumeClaim>, world: &mut World) {
    let (uid, node) = (claim.metadata.uid.as_deref().unwrap_or_default(), storage::SELECTED_NODE);
    let node = storage::annotation(claim, node);
    let name = format!("pvc-{uid}");
    let class = storage::class_of(claim);
    let policy = storage::class(&world.store, class).map(|class| class.at("reclaimPolicy").or("Delete"));
    let spec = claim.spec.as_ref();
    let requested = spec.and_then(|spec| spec.resources.as_ref()?.requests.as_ref()?.get("storage"));
    let here = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": [node]});
    let volume = json!({
        "metadata": {"name": name, "annotations": {
            "local.path.provisioner/selected-node": node, (MADE_BY): storage::LOCAL_PATH}},
        "spec": {
            "accessModes": spec.and_then(|spec| spec.access_modes.as_ref()),
            "capacity": {"storage": requested.map_or("0", |requested| requested.0.as_str())},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": *key.namespace,
                "name": *key.name, "uid": uid, "resourceVersion": claim.metadata.resource_version.as_deref()},
            "hostPath": {"path": format!("/var/local-path-provisioner/{name}_{}_{}", key.namespace, key.name),
                "type": "DirectoryOrCreate"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": class,
            "volumeMode": spec.and_then(|spec| spec.volume_mode.as_ref()).map(|mode| to_json(mode)),
        },
    });
    let made = Object::from_json(Kind::PersistentVolume, volume).map(|volume| api_server::create(world, volume));
    if matches!(made, Ok(Ok(_))) {
        say(world, key, SOURCE, false, "ProvisioningSucceeded", format!("Successfully provisioned volume {name}"));
    }
}

/// A volume whose claim is gone: what it made itself it takes away, where it is not to be kept.
pub(super) fn reclaim(key: &ObjectKey, volume: &Other, queue: &mut WorkQueue, world: &mut World) {
    let made_by = volume.metadata.annotations.as_ref().and_then(|all| all.get(MADE_BY));
    let goes = View::new(&volume.value).at("spec.persistentVolumeReclaimPolicy").str() == "Delete";
    if goes && made_by.is_some_and(|who| who == storage::LOCAL_PATH) && !queue.holds(Controller::Provisioned, key) {
        queue.add(Controller::Provisioned, key, WORK, world);
    }
}
