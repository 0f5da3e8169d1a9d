//! Rules on the spec of a PersistentVolumeClaim, also where it is a template (ephemeral volumes, StatefulSets).

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::errors::Errors;
use super::pod::resources::amount_value;
use super::{go, metadata, names, selectors};
use crate::api::Path;
use crate::api::quantity;

/// Every rule of a claim of its own.
pub fn validate(claim: &PersistentVolumeClaim, errors: &mut Errors) {
    metadata::validate(&claim.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    if let Some(it) = &claim.spec {
        spec(it, &Path::ROOT.field("spec"), errors);
    }
}

/// Every rule of a claim's spec (kubernetes: pkg/apis/core/validation/validation.go ValidatePersistentVolumeClaimSpec).
pub fn spec(spec: &PersistentVolumeClaimSpec, path: &Path<'_>, errors: &mut Errors) {
    if go::list(&spec.access_modes).is_empty() {
        errors.required("claim/access-modes", &path.field("accessModes"), "at least 1 access mode is required");
    }
    selectors::validate(spec.selector.as_ref(), &path.field("selector"), errors);
    access_modes(spec, &path.field("accessModes"), errors);
    storage(spec, path, errors);
    class(&spec.storage_class_name, &path.field("storageClassName"), errors);
    volume_mode(spec, &path.field("volumeMode"), errors);
    data_sources(spec, path, errors);
    class(&spec.volume_attributes_class_name, &path.field("volumeAttributesClassName"), errors);
}

/// `claim/access-modes`: a claim has at least one access mode, all known, and `ReadWriteOncePod` only alone.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [RWO], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
fn access_modes(spec: &PersistentVolumeClaimSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "claim/access-modes";
    const ALONE: &str = "ReadWriteOncePod";
    let known = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", ALONE];
    let modes = go::list(&spec.access_modes);
    for mode in modes.iter().filter(|mode| !known.contains(&mode.as_str())) {
        errors.not_supported(CODE, path, mode, known);
    }
    let has = |alone: bool| modes.iter().any(|mode| known.contains(&mode.as_str()) && (mode == ALONE) == alone);
    if has(true) && has(false) {
        errors.forbidden(CODE, path, "may not use ReadWriteOncePod with other access modes");
    }
}

/// `claim/storage`: a claim asks for an amount of storage above zero.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 0}}}}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
fn storage(spec: &PersistentVolumeClaimSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "claim/storage";
    let resources = path.field("resources");
    let at = resources.key("storage");
    let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    match requests.and_then(|requests| requests.get("storage")) {
        None => errors.required(CODE, &at, ""),
        Some(field) if quantity::of(field).sign() <= 0 => {
            errors.invalid(CODE, &at, &*quantity::printed(&field.0), names::POSITIVE);
        }
        Some(field) => amount_value("storage", &field.0, &at, errors),
    }
}

/// `claim/class`: class names are object names.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: A_b, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
fn class(name: &Option<Text>, path: &Path<'_>, errors: &mut Errors) {
    let name = go::text(name);
    if !name.is_empty() {
        errors.invalid_each("claim/class", path, name, names::dns1123_subdomain(name));
    }
}

/// `claim/volume-mode`: `volumeMode` is `Block` or `Filesystem`.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {volumeMode: Raw, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {volumeMode: Block, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
fn volume_mode(spec: &PersistentVolumeClaimSpec, path: &Path<'_>, errors: &mut Errors) {
    let known = &["Block", "Filesystem"];
    if let Some(mode) = spec.volume_mode.as_deref().filter(|mode| !known.contains(mode)) {
        errors.not_supported("claim/volume-mode", path, mode, known);
    }
}

/// `claim/data-source`: a data source has a name and a kind; without a group it is another claim.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {dataSource: {kind: Snapshot, name: s}, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {dataSource: {kind: PersistentVolumeClaim, name: s}, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
fn data_sources(spec: &PersistentVolumeClaimSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "claim/data-source";
    if let Some(source) = &spec.data_source {
        let named = [("name", source.name.as_str()), ("kind", source.kind.as_str())];
        data_source(named, go::text(&source.api_group), &path.field("dataSource"), errors);
    }
    let Some(reference) = &spec.data_source_ref else { return };
    let at = path.field("dataSourceRef");
    let named = [("name", reference.name.as_str()), ("kind", reference.kind.as_str())];
    data_source(named, go::text(&reference.api_group), &at, errors);
    let namespace = go::text(&reference.namespace);
    if !namespace.is_empty() {
        errors.invalid_each(CODE, &at.field("namespace"), namespace, names::dns1123_label(namespace));
    }
    let Some(source) = &spec.data_source else { return };
    let same =
        source.api_group == reference.api_group && source.kind == reference.kind && source.name == reference.name;
    let detail = if !namespace.is_empty() {
        "may not be specified when dataSourceRef.namespace is specified"
    } else if !same {
        "must match dataSourceRef"
    } else {
        return;
    };
    // The server prints an internal path object as the value: an empty struct.
    errors.invalid(CODE, path, super::errors::Shown::Json("{}"), detail);
}

fn data_source(named: [(&'static str, &str); 2], group: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "claim/data-source";
    for (field, value) in named {
        if value.is_empty() {
            errors.required(CODE, &path.field(field), "");
        }
    }
    let [_, (_, kind)] = named;
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.invalid(CODE, path, kind, detail);
    }
    if !group.is_empty() {
        errors.invalid_each(CODE, &path.field("apiGroup"), group, names::dns1123_subdomain(group));
    }
}

/// `claim/template-metadata`: a claim template has labels and annotations; the rest is made for each claim.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {metadata: {name: x}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {metadata: {labels: {a: b}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
pub fn template_metadata(meta: &ObjectMeta, path: &Path<'_>, errors: &mut Errors) {
    metadata::annotations(meta.annotations.as_ref(), &path.field("annotations"), errors);
    metadata::labels(meta.labels.as_ref(), &path.field("labels"), errors);
    let set = |text: &Option<Text>| !go::text(text).is_empty();
    // In the order of Go's struct, with its spelling of the names.
    let fields = [
        ("name", set(&meta.name)),
        ("generateName", set(&meta.generate_name)),
        ("namespace", set(&meta.namespace)),
        ("selfLink", set(&meta.self_link)),
        ("uID", set(&meta.uid)),
        ("resourceVersion", set(&meta.resource_version)),
        ("generation", meta.generation.is_some_and(|number| number != 0)),
        ("creationTimestamp", meta.creation_timestamp.is_some()),
        ("deletionTimestamp", meta.deletion_timestamp.is_some()),
        ("deletionGracePeriodSeconds", meta.deletion_grace_period_seconds.is_some()),
        ("ownerReferences", meta.owner_references.is_some()),
        ("finalizers", meta.finalizers.is_some()),
        ("managedFields", meta.managed_fields.is_some()),
    ];
    for (field, _) in fields.iter().filter(|(_, set)| *set) {
        errors.forbidden("claim/template-metadata", &path.field(field), "cannot be set");
    }
}
