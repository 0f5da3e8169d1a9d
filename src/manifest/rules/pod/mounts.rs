//! Rules on `containers[].volumeMounts` and `volumeDevices`.

use collections::{Map as BTreeMap, Set as BTreeSet};

use k8s_openapi::api::core::v1::{Container, VolumeDevice, VolumeMount};

use super::{Context, files};
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::go;

/// Where volumes are in the container, by name.
type Paths<'a> = BTreeMap<&'a str, &'a str>;

/// Every rule of the mounts and block devices of one container; `path` is the place of the container.
pub fn validate(container: &Container, context: &Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    let mounts = go::list(&container.volume_mounts);
    let devices = go::list(&container.volume_devices);
    let at = path.field("volumeMounts");
    // As in the server, of several devices (or mounts) of one volume only the last counts here.
    let device_paths = devices.iter().map(|device| (device.name.as_str(), device.device_path.as_str())).collect();
    let mount_paths = mounts.iter().map(|mount| (mount.name.as_str(), mount.mount_path.as_str())).collect();
    let mut taken = BTreeMap::new();
    for (i, mount) in mounts.iter().enumerate() {
        let before = errors.len();
        let entry = at.index(i);
        name(mount, context, &entry, errors);
        mount_path(mount, i, &mut taken, &at, errors);
        no_device(mount, &device_paths, &entry, errors);
        sub_path(mount, &entry, &at, errors);
        propagation(mount, container, &at, errors);
        recursive_read_only(mount, &at, errors);
        errors.in_entry(before, &at, i);
    }
    block_devices(devices, &mount_paths, context, &path.field("volumeDevices"), errors);
}

/// `mount/name`: a mount names a volume of the same Pod.
///
/// The kubelet prepares the Pod's volumes first and then binds them into containers by name. A volume that is itself
/// refused does not count.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: data, emptyDir: {}}], containers: [{volumeMounts: [{name: date, mountPath: /data}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: data, emptyDir: {}}], containers: [{volumeMounts: [{name: data, mountPath: /data}]}]}
/// ```
fn name(mount: &VolumeMount, context: &Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "mount/name";
    let at = path.field("name");
    if mount.name.is_empty() {
        errors.required(CODE, &at, "");
    }
    if !context.volumes.contains_key(mount.name.as_str()) {
        errors.not_found(CODE, &at, &mount.name, "");
        errors.related(&context.spec_path.field("volumes"));
    }
}

/// `mount/path`: a mount has a path, and each path of a container is mounted once.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /a}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]}]}
/// ```
fn mount_path<'a>(
    mount: &'a VolumeMount,
    index: usize,
    taken: &mut BTreeMap<&'a str, usize>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    const CODE: &str = "mount/path";
    let entry = path.index(index);
    let at = entry.field("mountPath");
    if mount.mount_path.is_empty() {
        errors.required(CODE, &at, "");
    }
    match taken.get(mount.mount_path.as_str()) {
        Some(&first) => {
            errors.invalid(CODE, &at, &mount.mount_path, "must be unique");
            errors.related(&path.index(first).field("mountPath"));
        }
        None => _ = taken.insert(&mount.mount_path, index),
    }
}

/// `mount/device-conflict`: a volume is a file system or a block device in a container, not both.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: c}}], containers: [{volumeMounts: [{name: v, mountPath: /a}], volumeDevices: [{name: v, devicePath: /dev/x}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: c}}], containers: [{volumeDevices: [{name: v, devicePath: /dev/x}]}]}
/// ```
fn no_device(mount: &VolumeMount, devices: &Paths<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "mount/device-conflict";
    if devices.contains_key(mount.name.as_str()) {
        errors.invalid(CODE, &path.field("name"), &mount.name, "must not already exist in volumeDevices");
    }
    if devices.values().any(|path| *path == mount.mount_path) {
        let detail = "must not already exist as a path in volumeDevices";
        errors.invalid(CODE, &path.field("mountPath"), &mount.mount_path, detail);
    }
}

/// `mount/sub-path`: a sub-path stays inside its volume, and is written once: as it is or as an expression.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{volumeMounts: [{name: v, mountPath: /a, subPath: ../x}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{volumeMounts: [{name: v, mountPath: /a, subPath: x}]}]}
/// ```
///
/// The server leaves the index of the mount out of the path of this error.
fn sub_path(mount: &VolumeMount, entry: &Path<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "mount/sub-path";
    let plain = go::text(&mount.sub_path);
    let expression = go::text(&mount.sub_path_expr);
    files::descending_path(CODE, plain, &path.field("subPath"), errors);
    if expression.is_empty() {
        return;
    }
    if !plain.is_empty() {
        let detail = "subPathExpr and subPath are mutually exclusive";
        errors.invalid(CODE, &entry.field("subPathExpr"), expression, detail);
    }
    files::descending_path(CODE, expression, &path.field("subPathExpr"), errors);
}

/// `mount/propagation`: `mountPropagation` is a known word, and `Bidirectional` is for privileged containers.
///
/// A container that mounts into the node's tree can break the node.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, hostPath: {path: /x}}], containers: [{volumeMounts: [{name: v, mountPath: /a, mountPropagation: Bidirectional}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, hostPath: {path: /x}}], containers: [{volumeMounts: [{name: v, mountPath: /a, mountPropagation: HostToContainer}]}]}
/// ```
fn propagation(mount: &VolumeMount, container: &Container, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "mount/propagation";
    let Some(mode) = mount.mount_propagation.as_deref() else { return };
    let at = path.field("mountPropagation");
    let privileged = container.security_context.as_ref().is_some_and(|context| go::flag(context.privileged));
    match mode {
        "None" | "HostToContainer" => {}
        "Bidirectional" if privileged => {}
        "Bidirectional" => {
            let detail = "Bidirectional mount propagation is available only to privileged containers";
            errors.forbidden(CODE, &at, detail);
        }
        other => errors.not_supported(CODE, &at, other, &["Bidirectional", "HostToContainer", "None"]),
    }
}

/// `mount/recursive-read-only`: `recursiveReadOnly` is a known word and goes with `readOnly` and no propagation.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{volumeMounts: [{name: v, mountPath: /a, recursiveReadOnly: Enabled}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{volumeMounts: [{name: v, mountPath: /a, readOnly: true, recursiveReadOnly: Enabled}]}]}
/// ```
fn recursive_read_only(mount: &VolumeMount, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "mount/recursive-read-only";
    let at = path.field("recursiveReadOnly");
    match mount.recursive_read_only.as_deref() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if !go::flag(mount.read_only) {
                errors.forbidden(CODE, &at, "may only be specified when readOnly is true");
            }
            if mount.mount_propagation.as_deref().is_some_and(|mode| mode != "None") {
                errors.forbidden(CODE, &at, "may only be specified when mountPropagation is None or not specified");
            }
        }
        Some(other) => errors.not_supported(CODE, &at, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// `mount/device`: a block device names a claim's volume once and has a path of its own.
///
/// Only a persistent volume can be handed over raw.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{volumeDevices: [{name: v, devicePath: /dev/x}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: c}}], containers: [{volumeDevices: [{name: v, devicePath: /dev/x}]}]}
/// ```
fn block_devices(
    devices: &[VolumeDevice],
    mounts: &Paths<'_>,
    context: &Context<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    const CODE: &str = "mount/device";
    const UNIQUE: &str = "must be unique";
    let mut names = BTreeSet::new();
    let mut paths = BTreeSet::new();
    for (i, device) in devices.iter().enumerate() {
        let entry = path.index(i);
        let (name_at, path_at) = (entry.field("name"), entry.field("devicePath"));
        let (name, device_path) = (device.name.as_str(), device.device_path.as_str());
        if name.is_empty() {
            errors.required(CODE, &name_at, "");
        }
        if names.contains(name) {
            errors.invalid(CODE, &name_at, name, UNIQUE);
        }
        match context.volumes.get(name) {
            None => {
                errors.not_found(CODE, &name_at, name, "");
                errors.related(&context.spec_path.field("volumes"));
            }
            Some(volume) if volume.persistent_volume_claim.is_none() && volume.ephemeral.is_none() => {
                let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.invalid(CODE, &name_at, name, detail);
            }
            Some(_) => {}
        }
        if device_path.is_empty() {
            errors.required(CODE, &path_at, "");
        }
        if paths.contains(device_path) {
            errors.invalid(CODE, &path_at, device_path, UNIQUE);
        }
        if files::has_backsteps(device_path) {
            errors.invalid(CODE, &path_at, device_path, "can not contain backsteps ('..')");
        } else {
            paths.insert(device_path);
        }
        if mounts.contains_key(name) {
            errors.invalid(CODE, &name_at, name, "must not already exist in volumeMounts");
        }
        if mounts.values().any(|path| *path == device_path) {
            errors.invalid(CODE, &path_at, device_path, "must not already exist as a path in volumeMounts");
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}
