//! Rules on PersistentVolumes (kubernetes: pkg/apis/core/validation/validation.go ValidatePersistentVolumeSpec, 1.36).

use k8s_openapi::json::from_json;
use k8s_openapi::record::Part;

use super::{amount, one_of, required};
use crate::api::quantity::printed;
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::pod::{affinity, claim_volumes, config_volumes, files, legacy_volumes};
use crate::manifest::rules::{go, names};

/// Every rule of the spec.
pub fn persistent_volume(spec: View<'_>, errors: &mut Errors) {
    let path = Path::ROOT.field("spec");
    access_modes(spec.at("accessModes"), &path.field("accessModes"), errors);
    capacity(spec.at("capacity"), &path.field("capacity"), errors);
    let policy = path.field("persistentVolumeReclaimPolicy");
    let known = ["Delete", "Recycle", "Retain"];
    if !spec.at("persistentVolumeReclaimPolicy").str().is_empty() {
        one_of(POLICY, spec.at("persistentVolumeReclaimPolicy"), &known, &policy, errors);
    }
    let nodes = spec.at("nodeAffinity");
    if nodes.exists() {
        node_affinity(nodes, &path.field("nodeAffinity"), errors);
    }
    source(spec, &path, errors);
    let recycled = spec.at("persistentVolumeReclaimPolicy").str() == "Recycle";
    if recycled && is_root(spec.at("hostPath.path").str()) {
        errors.forbidden(POLICY, &policy, "may not be 'recycle' for a hostPath mount of '/'");
    }
    let class = spec.at("storageClassName").str();
    if !class.is_empty() {
        errors.invalid_each(CODE, &path.field("storageClassName"), class, names::dns1123_subdomain(class));
    }
    one_of(CODE, spec.at("volumeMode"), &["Block", "Filesystem"], &path.field("volumeMode"), errors);
    let class = spec.at("volumeAttributesClassName");
    if class.exists() {
        let at = path.field("volumeAttributesClassName");
        match class.str() {
            "" => errors.required(CODE, &at, "an empty string is disallowed"),
            class => errors.invalid_each(CODE, &at, class, names::dns1123_subdomain(class)),
        }
        if !spec.at("csi").exists() {
            errors.required(CODE, &path.field("csi"), "has to be specified when using volumeAttributesClassName");
        }
    }
}

/// `persistent-volume/spec`: a volume says how it can be mounted and how large it is, and its class is named like one.
///
/// Bad:
/// ```yaml
/// kind: PersistentVolume
/// spec: {accessModes: [RWO]}
/// ```
/// Good:
/// ```yaml
/// kind: PersistentVolume
/// spec: {accessModes: [ReadWriteOnce]}
/// ```
const CODE: &str = "persistent-volume/spec";

/// `persistent-volume/reclaim-policy`: what becomes of a volume whose claim is gone: `Retain`, `Delete` or the old
/// `Recycle`, which would empty the whole disk of a node if the volume were its root.
///
/// Bad:
/// ```yaml
/// kind: PersistentVolume
/// spec: {persistentVolumeReclaimPolicy: Keep}
/// ```
/// Good:
/// ```yaml
/// kind: PersistentVolume
/// spec: {persistentVolumeReclaimPolicy: Retain}
/// ```
const POLICY: &str = "persistent-volume/reclaim-policy";

fn access_modes(modes: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const ALONE: &str = "ReadWriteOncePod";
    let known = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", ALONE];
    if modes.items().len() == 0 {
        errors.required(CODE, path, "");
    }
    for mode in modes.items() {
        one_of(CODE, mode, &known, path, errors);
    }
    let has = |alone: bool| modes.items().any(|mode| known.contains(&mode.str()) && (mode.str() == ALONE) == alone);
    if has(true) && has(false) {
        errors.forbidden(CODE, path, "may not use ReadWriteOncePod with other access modes");
    }
}

fn capacity(capacity: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    let count = capacity.entries().count();
    if count == 0 {
        errors.required(CODE, path, "");
    }
    if !capacity.at("storage").exists() || count > 1 {
        let shown = capacity
            .entries()
            .fold(go::Struct::new(), |json, (name, value)| json.string(name, &printed(&value.text())));
        let shown = if capacity.exists() { shown.finish() } else { "null".to_owned() };
        errors.not_supported_value(CODE, path, Shown::Json(&shown), &["storage"]);
    }
    for (name, value) in capacity.entries() {
        let (amount, at) = (amount(value), path.key(name));
        if amount.sign() < 0 {
            errors.invalid(CODE, &at, amount.value(), "must be a valid resource quantity");
        }
        if amount.sign() <= 0 {
            errors.invalid(CODE, &at, &*printed(&value.text()), names::POSITIVE);
        }
    }
}

fn node_affinity(affinity: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("required");
    match typed(affinity.at("required")) {
        Some(selector) => affinity::node_selector(&selector, &at, errors),
        None => errors.required(CODE, &at, "must specify required node constraints"),
    }
}

/// The typed value, where there is one.
fn typed<T: Part + Default>(view: View<'_>) -> Option<T> {
    view.0.filter(|value| !value.is_null()).and_then(|value| from_json(value.clone()).ok())
}

/// Where the data lies, in the order in which the server asks, with the name that its path has for it.
const SOURCES: [(&str, &str); 22] = [
    ("hostPath", "hostPath"),
    ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("nfs", "nfs"),
    ("rbd", "rbd"),
    ("quobyte", "quobyte"),
    ("cephfs", "cephFS"),
    ("iscsi", "iscsi"),
    ("cinder", "cinder"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("scaleIO", "scaleIO"),
    ("local", "local"),
    ("storageos", "storageos"),
    ("csi", "csi"),
];

/// `persistent-volume/source`: the data of a volume lies in exactly one place, and a volume on the disk of a node says
/// on which.
///
/// Bad:
/// ```yaml
/// kind: PersistentVolume
/// spec: {local: {path: /mnt/disk}}
/// ```
/// Good:
/// ```yaml
/// kind: PersistentVolume
/// spec: {hostPath: {path: /mnt/disk}}
/// ```
fn source(spec: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "persistent-volume/source";
    let mut found = 0;
    for (field, name) in SOURCES.into_iter().filter(|(field, _)| spec.at(field).exists()) {
        found += 1;
        match found {
            1 => one(field, spec, path, errors),
            // A volume of this type counts; it is not asked whether it is the first.
            _ if field == "flexVolume" => one(field, spec, path, errors),
            _ => errors.forbidden(CODE, &path.field(name), "may not specify more than 1 volume type"),
        }
        if field == "local" && found == 1 && !spec.at("nodeAffinity").exists() {
            errors.required(CODE, &path.field("nodeAffinity"), "Local volume requires node affinity");
        }
    }
    if found == 0 {
        errors.required(CODE, path, "must specify a volume type");
    }
}

/// The rules of one source. What differs between a volume and a Pod's is the namespace of its Secret.
fn one(field: &'static str, spec: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "persistent-volume/source";
    macro_rules! as_in_pods {
        ($check:path) => {
            typed(spec.at(field)).iter().for_each(|source| $check(source, path, errors))
        };
    }
    let source = spec.at(field);
    match field {
        "hostPath" => as_in_pods!(config_volumes::host_path),
        "nfs" => as_in_pods!(config_volumes::nfs),
        "gcePersistentDisk" => as_in_pods!(legacy_volumes::gce_persistent_disk),
        "awsElasticBlockStore" => as_in_pods!(legacy_volumes::aws_elastic_block_store),
        "flocker" => as_in_pods!(legacy_volumes::flocker),
        "rbd" => as_in_pods!(legacy_volumes::rbd),
        "quobyte" => as_in_pods!(legacy_volumes::quobyte),
        "iscsi" => as_in_pods!(legacy_volumes::iscsi),
        "fc" => as_in_pods!(legacy_volumes::fc),
        "azureFile" => as_in_pods!(legacy_volumes::azure_file),
        "azureDisk" => as_in_pods!(legacy_volumes::azure_disk),
        "vsphereVolume" => as_in_pods!(legacy_volumes::vsphere_volume),
        "glusterfs" => {
            as_in_pods!(legacy_volumes::glusterfs);
            endpoints_namespace(CODE, source.at("endpointsNamespace"), &path.field("glusterfs"), errors);
        }
        "cephfs" => as_in_pods!(legacy_volumes::cephfs),
        "cinder" => as_in_pods!(legacy_volumes::cinder),
        "flexVolume" => as_in_pods!(legacy_volumes::flex_volume),
        "photonPersistentDisk" => as_in_pods!(legacy_volumes::photon_persistent_disk),
        "portworxVolume" => as_in_pods!(legacy_volumes::portworx_volume),
        "scaleIO" => as_in_pods!(legacy_volumes::scale_io),
        "storageos" => as_in_pods!(legacy_volumes::storageos),
        "local" => {
            let local = path.field("local");
            let (text, at) = (source.at("path"), local.field("path"));
            if required(CODE, text, &at, errors) {
                files::no_backsteps(CODE, text.str(), &at, errors);
            }
        }
        "csi" => csi(CODE, source, &path.field("csi"), errors),
        _ => {}
    }
    // Whose Secret it is a Pod need not say.
    if matches!(field, "cinder" | "storageos") && source.at("secretRef").exists() {
        let secret = path.field(field);
        let secret = secret.field("secretRef");
        required(CODE, source.at("secretRef.namespace"), &secret.field("namespace"), errors);
    }
    let namespace = source.at("secretNamespace");
    if field == "azureFile" && namespace.exists() {
        required(CODE, namespace, &path.field(field).field("secretNamespace"), errors);
    }
}

fn endpoints_namespace(code: &'static str, namespace: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    if namespace.exists() {
        let at = path.field("endpointsNamespace");
        match namespace.str() {
            "" => {
                let detail = "if the endpointnamespace is set, it must be a valid namespace name";
                errors.invalid(code, &at, "", detail);
            }
            name => errors.invalid_each(code, &at, name, names::dns1123_label(name)),
        }
    }
}

/// kubernetes: validateCSIPersistentVolumeSource, validatePVSecretReference.
fn csi(code: &'static str, source: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    claim_volumes::csi_driver(code, source.at("driver").str(), &path.field("driver"), errors);
    required(code, source.at("volumeHandle"), &path.field("volumeHandle"), errors);
    let secrets =
        ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"];
    for field in secrets {
        let (secret, path) = (source.at(field), path.field(field));
        if !secret.exists() {
            continue;
        }
        let (name, at) = (secret.at("name"), path.field("name"));
        if required(code, name, &at, errors) {
            errors.invalid_each(code, &at, name.str(), names::dns1123_subdomain(name.str()));
        }
        let (namespace, at) = (secret.at("namespace"), path.field("namespace"));
        if required(code, namespace, &at, errors) {
            errors.invalid_each(code, &at, namespace.str(), names::dns1123_label(namespace.str()));
        }
    }
}

fn is_root(path: &str) -> bool {
    path.starts_with('/') && path.split('/').all(|part| matches!(part, "" | "."))
}
