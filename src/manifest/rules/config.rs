//! Rules on ConfigMaps and Secrets (kubernetes: pkg/apis/core/validation ValidateConfigMap, ValidateSecret, 1.36).

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};

use super::errors::Errors;
use super::{go, go_json, metadata, names};
use crate::api::Path;

/// All the values of one object together stay within one MiB.
const MAX_BYTES: usize = 1024 * 1024;

/// Every rule of a ConfigMap.
pub fn validate_config_map(map: &ConfigMap, errors: &mut Errors) {
    metadata::validate(&map.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    keys(map, errors);
    size(map, errors);
}

/// `config/key`: keys become file names, so they hold letters, digits, `-`, `_` and `.`, and do not look like paths; a
/// key stands in `data` or in `binaryData`, not in both.
///
/// Bad:
/// ```yaml
/// kind: ConfigMap
/// data: {conf/app: x}
/// ```
/// Good:
/// ```yaml
/// kind: ConfigMap
/// data: {app.conf: x}
/// ```
fn keys(map: &ConfigMap, errors: &mut Errors) {
    let (data, binary) = (Path::ROOT.field("data"), Path::ROOT.field("binaryData"));
    for key in map.data.iter().flatten().map(|(key, _)| key) {
        let at = data.key(key);
        key_name(key, &at, errors);
        if map.binary_data.as_ref().is_some_and(|binary| binary.contains_key(key)) {
            errors.invalid("config/key", &at, key, "duplicate of key present in binaryData");
            errors.related(&binary.key(key));
        }
    }
    for key in map.binary_data.iter().flatten().map(|(key, _)| key) {
        key_name(key, &binary.key(key), errors);
    }
}

fn key_name(key: &str, path: &Path<'_>, errors: &mut Errors) {
    errors.invalid_each("config/key", path, key, names::config_key(key));
}

/// `config/size`: everything together stays within 1 MiB; it is kept in etcd and in every kubelet that mounts it.
///
/// The server reports it at a path that prints as `[]`.
fn size(map: &ConfigMap, errors: &mut Errors) {
    let texts: usize = map.data.iter().flatten().map(|(_, value)| value.len()).sum();
    let bytes: usize = map.binary_data.iter().flatten().map(|(_, value)| value.0.len()).sum();
    if texts + bytes > MAX_BYTES {
        errors.too_long("config/size", &Path::ROOT.key(""), MAX_BYTES as i64);
    }
}

/// Every rule of a Secret.
pub fn validate_secret(secret: &Secret, errors: &mut Errors) {
    metadata::validate(&secret.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    let data = Path::ROOT.field("data");
    let mut total = 0;
    for (key, value) in secret.data.iter().flatten() {
        key_name(key, &data.key(key), errors);
        total += value.0.len();
    }
    if total > MAX_BYTES {
        errors.too_long("config/size", &data, MAX_BYTES as i64);
    }
    contents(secret, &data, errors);
}

/// `secret/type-keys`: each type of Secret promises certain keys to those that read it.
///
/// Bad:
/// ```yaml
/// kind: Secret
/// type: kubernetes.io/tls
/// ```
/// Good:
/// ```yaml
/// kind: Secret
/// type: Opaque
/// ```
fn contents(secret: &Secret, data: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "secret/type-keys";
    let value = |key: &str| secret.data.as_ref().and_then(|data| data.get(key));
    let mut need = |key: &str| {
        if value(key).is_none() {
            errors.required(CODE, &data.key(key), "");
        }
    };
    match go::text(&secret.type_) {
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        "kubernetes.io/basic-auth" if value("username").is_none() && value("password").is_none() => {
            need("username");
            need("password");
        }
        "kubernetes.io/ssh-auth" if value("ssh-privatekey").is_none_or(|key| key.0.is_empty()) => {
            errors.required(CODE, &data.key("ssh-privatekey"), "");
        }
        "kubernetes.io/dockercfg" => docker(".dockercfg", value(".dockercfg"), data, errors),
        "kubernetes.io/dockerconfigjson" => docker(".dockerconfigjson", value(".dockerconfigjson"), data, errors),
        "kubernetes.io/service-account-token" => {
            const ANNOTATION: &str = "kubernetes.io/service-account.name";
            let annotations = secret.metadata.annotations.as_ref();
            if annotations.and_then(|annotations| annotations.get(ANNOTATION)).is_none_or(String::is_empty) {
                let at = Path::ROOT.field("metadata");
                errors.required(CODE, &at.field("annotations").key(ANNOTATION), "");
            }
        }
        _ => {}
    }
}

/// `secret/docker-config`: the credentials of registries are a JSON object.
fn docker(key: &str, value: Option<&ByteString>, data: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "secret/docker-config";
    let at = data.key(key);
    match value {
        None => errors.required(CODE, &at, ""),
        Some(value) => {
            if let Err(fault) = go_json::object(&value.0) {
                errors.invalid(CODE, &at, "<secret contents redacted>", &fault);
            }
        }
    }
}
