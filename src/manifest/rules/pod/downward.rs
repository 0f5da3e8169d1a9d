//! Rules on the downward API: a Pod's own fields and resources as variables and files.

use k8s_openapi::api::core::v1::{ObjectFieldSelector, ResourceFieldSelector};

use crate::api::Path;
use crate::api::quantity;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, names};

/// Where the field is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// As an environment variable.
    Env,
    /// As a file of a volume.
    Volume,
}

const ENV_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const VOLUME_FIELDS: &[&str] =
    &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const BYTE_DIVISORS: &[&str] = &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// `downward/field-ref`: a `fieldRef` names a field of the Pod that can be shown there.
///
/// Variables are made before the container starts, so they show only what is fixed by then; labels and annotations,
/// which change, are for files.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.labels}}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}]}]}
/// ```
pub fn field_ref(field: &ObjectFieldSelector, place: Place, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "downward/field-ref";
    let version = go::text(&field.api_version);
    let at = path.field("fieldPath");
    if version.is_empty() {
        errors.required(CODE, &path.field("apiVersion"), "");
        return;
    }
    if field.field_path.is_empty() {
        errors.required(CODE, &at, "");
        return;
    }
    let internal = match internal_field(version, &field.field_path) {
        Ok(internal) => internal,
        Err(fault) => {
            errors.invalid(CODE, &at, &field.field_path, &["error converting fieldPath: ", &fault].concat());
            return;
        }
    };
    match subscript(internal) {
        Some(("metadata.annotations", key)) => {
            let key = key.to_lowercase();
            errors.invalid_each(CODE, path, &key, names::qualified_name(&key));
        }
        Some(("metadata.labels", key)) => errors.invalid_each(CODE, path, key, names::qualified_name(key)),
        Some((other, _)) => errors.invalid(CODE, path, other, "does not support subscript"),
        None => {
            let fields = if place == Place::Env { ENV_FIELDS } else { VOLUME_FIELDS };
            if !fields.contains(&internal) {
                errors.not_supported_value(CODE, &at, internal.into(), fields);
            }
        }
    }
}

/// The internal name of a field label (kubernetes: pkg/apis/core/pods/helpers.go ConvertDownwardAPIFieldLabel).
fn internal_field<'a>(version: &str, label: &'a str) -> Result<&'a str, String> {
    if version != "v1" {
        return Err(["unsupported pod version: ", version].concat());
    }
    if let Some((path, _)) = subscript(label) {
        return match path {
            "metadata.annotations" | "metadata.labels" => Ok(label),
            _ => Err(["field label does not support subscript: ", label].concat()),
        };
    }
    match label {
        "metadata.annotations"
        | "metadata.labels"
        | "metadata.name"
        | "metadata.namespace"
        | "metadata.uid"
        | "spec.nodeName"
        | "spec.restartPolicy"
        | "spec.serviceAccountName"
        | "spec.schedulerName"
        | "status.phase"
        | "status.hostIP"
        | "status.hostIPs"
        | "status.podIP"
        | "status.podIPs" => Ok(label),
        "spec.host" => Ok("spec.nodeName"),
        _ => Err(["field label not supported: ", label].concat()),
    }
}

/// `metadata.labels['app']` as path and key; `None` where there is no subscript (kubernetes: pkg/fieldpath).
fn subscript(text: &str) -> Option<(&str, &str)> {
    let (path, key) = text.strip_suffix("']")?.split_once("['")?;
    (!path.is_empty()).then_some((path, key))
}

/// `downward/resource-field-ref`: a `resourceFieldRef` names `limits.` or `requests.` of a known resource, and for a
/// file also the container.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {resourceFieldRef: {resource: cpu}}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]}]}
/// ```
pub fn resource_field_ref(field: &ResourceFieldSelector, place: Place, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "downward/resource-field-ref";
    let resource = field.resource.as_str();
    let known = RESOURCES.contains(&resource) || is_huge_pages(resource);
    if place == Place::Volume && go::text(&field.container_name).is_empty() {
        errors.required(CODE, &path.field("containerName"), "");
    } else if resource.is_empty() {
        errors.required(CODE, &path.field("resource"), "");
    } else if !known {
        errors.not_supported_value(CODE, &path.field("resource"), resource.into(), RESOURCES);
    }
    divisor(field, path, errors);
}

fn is_huge_pages(resource: &str) -> bool {
    resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-")
}

/// `downward/divisor`: the unit of a shown resource is a whole one: `1m` or `1` for cpu, a power of 1000 or 1024 for
/// bytes.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 3Mi}}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}]}]}
/// ```
fn divisor(field: &ResourceFieldSelector, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "downward/divisor";
    const BYTES: &str =
        "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the ";
    let Some(divisor) = field.divisor.as_ref().filter(|divisor| !quantity::of(divisor).is_zero()) else { return };
    // The server compares what it prints.
    let shown = &*quantity::printed(&divisor.0);
    let resource = field.resource.as_str();
    let at = path.field("divisor");
    let what = match resource {
        "limits.cpu" | "requests.cpu" => {
            if !matches!(shown, "1m" | "1") {
                errors.invalid(
                    CODE,
                    &at,
                    resource,
                    "only divisor's values 1m and 1 are supported with the cpu resource",
                );
            }
            return;
        }
        "limits.memory" | "requests.memory" => "memory resource",
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => "local ephemeral storage resource",
        _ if is_huge_pages(resource) => "hugepages resource",
        _ => return,
    };
    if !BYTE_DIVISORS.contains(&shown) {
        errors.invalid(CODE, &at, resource, &[BYTES, what].concat());
    }
}
