//! Rules on `containers[].env` and `envFrom`.

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, FileKeySelector, PodSpec};

use super::Volumes;
use super::downward::{self, Place};
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, names};

const MORE_THAN_ONE: &str = "may not have more than one field specified at a time";

/// Every rule of `env`.
pub fn validate(vars: &[EnvVar], path: &Path<'_>, errors: &mut Errors) {
    for (i, var) in vars.iter().enumerate() {
        let at = path.index(i);
        name(var, &at, errors);
        value_from(var, &at.field("valueFrom"), errors);
    }
}

/// `env/name`: a variable has a name of printable ASCII characters without `=`.
///
/// `=` separates name and value in a process's environment. Digits first and blanks are fine since 1.34.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{env: [{name: "A=B", value: x}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{env: [{name: A, value: x}]}]}
/// ```
fn name(var: &EnvVar, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "env/name";
    let at = path.field("name");
    match var.name.as_str() {
        "" => errors.required(CODE, &at, ""),
        name => errors.invalid_each(CODE, &at, name, names::env_name(name)),
    }
}

/// `env/value-from`: a variable's value comes from one place: `value`, or exactly one source in `valueFrom`.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}
/// ```
fn value_from(var: &EnvVar, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "env/value-from";
    let Some(from) = &var.value_from else { return };
    let mut sources = 0;
    if let Some(field) = &from.field_ref {
        sources += 1;
        downward::field_ref(field, Place::Env, &path.field("fieldRef"), errors);
    }
    if let Some(resource) = &from.resource_field_ref {
        sources += 1;
        downward::resource_field_ref(resource, Place::Env, &path.field("resourceFieldRef"), errors);
    }
    if let Some(key) = &from.config_map_key_ref {
        sources += 1;
        key_ref(&key.name, &key.key, &path.field("configMapKeyRef"), errors);
    }
    if let Some(key) = &from.secret_key_ref {
        sources += 1;
        key_ref(&key.name, &key.key, &path.field("secretKeyRef"), errors);
    }
    if let Some(file) = &from.file_key_ref {
        sources += 1;
        file_key_ref(file, &path.field("fileKeyRef"), errors);
    }
    if sources == 0 {
        let detail =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        errors.invalid(CODE, path, "", detail);
    } else if !go::text(&var.value).is_empty() {
        errors.invalid(CODE, path, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        errors.invalid(CODE, path, "", MORE_THAN_ONE);
    }
}

/// `env/key-ref`: a reference to a ConfigMap or Secret gives a good name and a key.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {secretKeyRef: {name: db}}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]}
/// ```
///
/// Whether the object exists is seen only by the kubelet: the container then waits in `CreateContainerConfigError`.
fn key_ref(name: &str, key: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "env/key-ref";
    errors.invalid_each(CODE, &path.field("name"), name, names::dns1123_subdomain(name));
    match key {
        "" => errors.required(CODE, &path.field("key"), ""),
        key => errors.invalid_each(CODE, &path.field("key"), key, names::config_key(key)),
    }
}

/// `env/file-key-ref`: a variable read from a file names the key, the volume and a path inside it.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{env: [{name: A, valueFrom: {fileKeyRef: {key: K, volumeName: v, path: ../x}}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{env: [{name: A, valueFrom: {fileKeyRef: {key: K, volumeName: v, path: app.env}}}]}]}
/// ```
fn file_key_ref(file: &FileKeySelector, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "env/file-key-ref";
    match file.key.as_str() {
        "" => errors.required(CODE, &path.field("key"), ""),
        key => errors.invalid_each(CODE, &path.field("key"), key, names::env_name(key)),
    }
    match file.volume_name.as_str() {
        "" => errors.required(CODE, &path.field("volumeName"), ""),
        name => errors.invalid_each(CODE, &path.field("volumeName"), name, names::dns1123_label(name)),
    }
    match file.path.as_str() {
        "" => errors.required(CODE, &path.field("path"), ""),
        file_path => super::files::no_backsteps(CODE, file_path, &path.field("path"), errors),
    }
}

/// `env/file-key-volume`: the volume of a `fileKeyRef` exists in the Pod and is an `emptyDir`.
///
/// The file is written by an init container, so the volume must be one that the Pod's containers share and own.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, configMap: {name: c}}], containers: [{env: [{name: A, valueFrom: {fileKeyRef: {key: K, volumeName: v, path: x}}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}}], containers: [{env: [{name: A, valueFrom: {fileKeyRef: {key: K, volumeName: v, path: x}}}]}]}
/// ```
pub fn file_key_volumes(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "env/file-key-volume";
    let volumes: Volumes<'_> = go::list(&spec.volumes).iter().map(|volume| (volume.name.as_str(), volume)).collect();
    super::each_container(spec, path, &mut |container, at| {
        let env = at.field("env");
        for (i, var) in go::list(&container.env).iter().enumerate() {
            let Some(file) = var.value_from.as_ref().and_then(|from| from.file_key_ref.as_ref()) else { continue };
            let entry = env.index(i);
            let from = entry.field("valueFrom");
            let reference = from.field("fileKeyRef");
            let at = reference.field("volumeName");
            match volumes.get(file.volume_name.as_str()) {
                None => {
                    errors.not_found(CODE, &at, &file.volume_name, "");
                    errors.related(&path.field("volumes"));
                }
                Some(volume) if volume.empty_dir.is_none() => {
                    errors.invalid(CODE, &at, &file.volume_name, "referenced volume must be of type emptyDir");
                }
                Some(_) => {}
            }
        }
    });
}

/// `env/from`: an entry of `envFrom` takes all keys of exactly one ConfigMap or Secret.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{envFrom: [{configMapRef: {name: a}, secretRef: {name: b}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{envFrom: [{configMapRef: {name: a}}, {secretRef: {name: b}}]}]}
/// ```
pub fn validate_from(sources: &[EnvFromSource], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "env/from";
    for (i, source) in sources.iter().enumerate() {
        let at = path.index(i);
        let prefix = go::text(&source.prefix);
        if !prefix.is_empty() {
            errors.invalid_each(CODE, &at.field("prefix"), prefix, names::env_name(prefix));
        }
        let mut count = 0;
        let references = [
            ("configMapRef", source.config_map_ref.as_ref().map(|reference| reference.name.as_str())),
            ("secretRef", source.secret_ref.as_ref().map(|reference| reference.name.as_str())),
        ];
        for (field, name) in references {
            let Some(name) = name else { continue };
            count += 1;
            let reference = at.field(field);
            match name {
                "" => errors.required(CODE, &reference.field("name"), ""),
                name => {
                    let faults = names::dns1123_subdomain(&names::mask_trailing_dash(name));
                    errors.invalid_each(CODE, &reference.field("name"), name, faults);
                }
            }
        }
        match count {
            0 => errors.invalid(CODE, path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(CODE, path, "", MORE_THAN_ONE),
        }
    }
}
