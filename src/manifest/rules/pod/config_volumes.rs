//! Rules on the volumes that every Pod may have: files of the node, of configuration, of the Pod itself, of an image.
//! Each function gets the place of the volume.

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, DownwardAPIVolumeFile, DownwardAPIVolumeSource, HostPathVolumeSource, ImageVolumeSource,
    KeyToPath, NFSVolumeSource, SecretVolumeSource,
};

use super::containers::pull_policy;
use super::downward::{self, Place};
use super::files;
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::go;

/// `volume/host-path`: a path of the node is given, without `..`, and its type is a known one.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, hostPath: {path: /a/../b}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, hostPath: {path: /var/log, type: Directory}}]}
/// ```
pub fn host_path(source: &HostPathVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/host-path";
    const TYPES: &[&str] =
        &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    let at = path.field("hostPath");
    if source.path.is_empty() {
        errors.required(CODE, &at.field("path"), "");
        return;
    }
    files::no_backsteps(CODE, &source.path, &at.field("path"), errors);
    if let Some(kind) = source.type_.as_deref().filter(|kind| !TYPES.contains(kind)) {
        errors.not_supported(CODE, &at.field("type"), kind, TYPES);
    }
}

/// `volume/nfs`: a server and an absolute path are given.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, nfs: {server: files, path: export}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, nfs: {server: files, path: /export}}]}
/// ```
pub fn nfs(source: &NFSVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/nfs";
    let at = path.field("nfs");
    if source.server.is_empty() {
        errors.required(CODE, &at.field("server"), "");
    }
    let at = at.field("path");
    if source.path.is_empty() {
        errors.required(CODE, &at, "");
    }
    if !source.path.starts_with('/') {
        errors.invalid(CODE, &at, &source.path, "must be an absolute path");
    }
}

/// `volume/secret`: a Secret is named, modes are at most `0777`, and its keys are put at relative paths.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, secret: {secretName: s, defaultMode: 1000}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, secret: {secretName: s, items: [{key: k, path: k}]}}]}
/// ```
///
/// A Secret that does not exist keeps the Pod in `ContainerCreating` (`FailedMount`), unless it is optional.
pub fn secret(source: &SecretVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/secret";
    let at = path.field("secret");
    if go::text(&source.secret_name).is_empty() {
        errors.required(CODE, &at.field("secretName"), "");
    }
    files::mode(CODE, source.default_mode, &at.field("defaultMode"), errors);
    items(go::list(&source.items), &at.field("items"), errors);
}

/// `volume/config-map`: a ConfigMap is named, modes are at most `0777`, and its keys are put at relative paths.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, configMap: {name: c, defaultMode: 9999}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, configMap: {name: c, defaultMode: 420}}]}
/// ```
///
/// JSON has no octal numbers: `0644` is 420. YAML reads `0644` as octal and needs no change.
pub fn config_map(source: &ConfigMapVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/config-map";
    let at = path.field("configMap");
    if source.name.is_empty() {
        errors.required(CODE, &at.field("name"), "");
    }
    files::mode(CODE, source.default_mode, &at.field("defaultMode"), errors);
    items(go::list(&source.items), &at.field("items"), errors);
}

fn items(list: &[KeyToPath], path: &Path<'_>, errors: &mut Errors) {
    for (i, each) in list.iter().enumerate() {
        item(each, &path.index(i), errors);
    }
}

/// `volume/item`: a key and a path inside the volume are given, and the mode is at most `0777`.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, configMap: {name: c, items: [{key: k}]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, configMap: {name: c, items: [{key: k, path: k.conf}]}}]}
/// ```
pub fn item(item: &KeyToPath, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/item";
    if item.key.is_empty() {
        errors.required(CODE, &path.field("key"), "");
    }
    let at = path.field("path");
    if item.path.is_empty() {
        errors.required(CODE, &at, "");
    }
    files::local_path(CODE, &item.path, &at, errors);
    files::mode(CODE, item.mode, &path.field("mode"), errors);
}

/// A downward API volume.
pub fn downward_api(source: &DownwardAPIVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("downwardAPI");
    files::mode(DOWNWARD_FILE, source.default_mode, &at.field("defaultMode"), errors);
    for file in go::list(&source.items) {
        // The server leaves `items[i]` out of the path.
        downward_file(file, &at, errors);
    }
}

const DOWNWARD_FILE: &str = "volume/downward-file";

/// `volume/downward-file`: a file of the downward API has a path inside the volume and shows either a field or a
/// resource.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, downwardAPI: {items: [{path: labels}]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}]}
/// ```
pub fn downward_file(file: &DownwardAPIVolumeFile, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("path");
    if file.path.is_empty() {
        errors.required(DOWNWARD_FILE, &at, "");
    }
    files::local_path(DOWNWARD_FILE, &file.path, &at, errors);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(field), resource) => {
            downward::field_ref(field, Place::Volume, &path.field("fieldRef"), errors);
            if resource.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid(DOWNWARD_FILE, path, "resource", detail);
            }
        }
        (None, Some(resource)) => {
            downward::resource_field_ref(resource, Place::Volume, &path.field("resourceFieldRef"), errors);
        }
        (None, None) => errors.required(DOWNWARD_FILE, path, "one of fieldRef and resourceFieldRef is required"),
    }
    files::mode(DOWNWARD_FILE, file.mode, &path.field("mode"), errors);
}

/// `volume/image`: a Pod's image volume has a reference, and its pull policy is a known one.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, image: {reference: a, pullPolicy: Sometimes}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, image: {reference: "quay.io/data/model:1"}}]}
/// ```
pub fn image(source: &ImageVolumeSource, is_pod: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/image";
    let at = path.field("image");
    if is_pod && go::text(&source.reference).is_empty() {
        errors.required(CODE, &at.field("reference"), "");
    }
    pull_policy(CODE, &source.pull_policy, &at.field("pullPolicy"), errors);
}
