//! Rules on what storage drivers tell of nodes (kubernetes: pkg/apis/storage/validation/validation.go, 1.36).

use super::{amount, network_policy, number, required};
use crate::api::{Path, View};
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::pod::claim_volumes::csi_driver;
use crate::manifest::rules::{names, numbers};

/// `storage/attachment`: an attachment names its driver, its volume, and the node where it is to be.
///
/// Bad:
/// ```yaml
/// kind: VolumeAttachment
/// spec: {attacher: disks.example.com, nodeName: node-1, source: {}}
/// ```
/// Good:
/// ```yaml
/// kind: VolumeAttachment
/// spec: {attacher: disks.example.com, nodeName: node-1, source: {persistentVolumeName: data}}
/// ```
pub fn attachment(spec: View<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/attachment";
    let path = Path::ROOT.field("spec");
    let (attacher, at_attacher) = (spec.at("attacher"), path.field("attacher"));
    required(CODE, attacher, &at_attacher, errors);
    let (at_source, name) = (path.field("source"), spec.at("source.persistentVolumeName"));
    let at_name = at_source.field("persistentVolumeName");
    const ONE: &str = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (spec.at("source.inlineVolumeSpec").exists(), name.exists()) {
        (false, false) => errors.required(CODE, &at_source, ONE),
        (true, true) => errors.forbidden(CODE, &at_source, ONE),
        (false, true) if name.str().is_empty() => {
            errors.required(CODE, &at_name, "must specify non empty persistentVolumeName");
        }
        _ => {}
    }
    let node = spec.at("nodeName").str();
    errors.invalid_each(CODE, &path.field("nodeName"), node, names::dns1123_subdomain(node));
    // What version v1 asks besides.
    csi_driver(CODE, attacher.str(), &at_attacher, errors);
    if name.exists() {
        errors.invalid_each(CODE, &at_name, name.str(), names::dns1123_subdomain(name.str()));
    }
}

/// `storage/node`: a CSINode has each driver once, with the driver's own name for the node.
///
/// Bad:
/// ```yaml
/// kind: CSINode
/// spec: {drivers: [{name: disks.example.com, nodeID: ""}]}
/// ```
/// Good:
/// ```yaml
/// kind: CSINode
/// spec: {drivers: [{name: disks.example.com, nodeID: node-1}]}
/// ```
pub fn node(drivers: View<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/node";
    let spec = Path::ROOT.field("spec");
    let list = spec.field("drivers");
    let known: Vec<&str> = drivers.items().map(|driver| driver.at("name").str()).collect();
    for (i, (driver, name)) in drivers.items().zip(&known).enumerate() {
        let path = list.index(i);
        csi_driver(CODE, name, &path.field("name"), errors);
        required(CODE, driver.at("nodeID"), &path.field("nodeID"), errors);
        let allocatable = path.field("allocatable");
        let count = number(driver.at("allocatable.count"));
        numbers::not_negative(CODE, count, &allocatable.field("count"), errors);
        if known.iter().take(i).any(|earlier| earlier == name) {
            errors.duplicate(CODE, &path.field("name"), *name);
        }
        // The place of the driver stands for those of its keys.
        let keys: Vec<&str> = driver.at("topologyKeys").items().map(View::str).collect();
        for (n, key) in keys.iter().enumerate() {
            if key.is_empty() {
                errors.required(CODE, &path, "");
            }
            if keys.iter().take(n).any(|earlier| earlier == key) {
                errors.duplicate(CODE, &path, *key);
            }
            errors.invalid_each(CODE, &path, key, names::qualified_name(key));
        }
    }
}

/// `storage/capacity`: room is told of a StorageClass, and there is not less than none.
///
/// Bad:
/// ```yaml
/// kind: CSIStorageCapacity
/// storageClassName: fast
/// capacity: -1Gi
/// ```
/// Good:
/// ```yaml
/// kind: CSIStorageCapacity
/// storageClassName: fast
/// capacity: 1Gi
/// ```
pub fn capacity(object: View<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/capacity";
    network_policy::selector(object.at("nodeTopology"), &Path::ROOT.field("nodeTopology"), errors);
    let class = object.at("storageClassName").str();
    errors.invalid_each(CODE, &Path::ROOT.field("storageClassName"), class, names::dns1123_subdomain(class));
    let capacity = amount(object.at("capacity"));
    if capacity.sign() < 0 {
        errors.invalid(CODE, &Path::ROOT.field("capacity"), &capacity.to_string(), names::NOT_NEGATIVE);
    }
}
