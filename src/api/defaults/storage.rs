//! Defaults of the kinds that hold data, and of namespaces and nodes.

use std::rc::Rc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{
    Namespace, Node, PersistentVolumeClaim, PersistentVolumeClaimSpec, Secret, TypedLocalObjectReference,
    TypedObjectReference,
};

use serde_json::Value;

use super::{fill, quantities, volume};
use crate::api::{Kind, Other, View};

/// `stringData` is a way to write `data`: it is merged over it and gone
/// (core/v1: conversion.go Convert_v1_Secret_To_core_Secret).
pub(super) fn secret(secret: &mut Secret) {
    fill::text(&mut secret.type_, "Opaque");
    for (key, value) in secret.string_data.take().into_iter().flatten() {
        secret.data.get_or_insert_default().insert(key, ByteString(value.into_bytes()));
    }
}

/// Every namespace carries its own name as a label.
pub(super) fn namespace(namespace: &mut Namespace) {
    if let Some(name) = namespace.metadata.name.clone().filter(|name| !name.is_empty()) {
        let labels = namespace.metadata.labels.get_or_insert_default();
        labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_string());
    }
    fill::text(&mut namespace.status.get_or_insert_default().phase, "Active");
}

/// A claim of its own: what it is filled from is settled too.
pub(super) fn claim(claim: &mut PersistentVolumeClaim) {
    claim_template(claim);
    if let Some(spec) = &mut claim.spec {
        data_sources(spec);
    }
}

/// A claim, or the template of one.
pub(super) fn claim_template(claim: &mut PersistentVolumeClaim) {
    volume::claim_spec(claim.spec.get_or_insert_default());
    let status = claim.status.get_or_insert_default();
    fill::text(&mut status.phase, "Pending");
    quantities::list(&mut status.capacity);
}

/// The old field for the source knows claims and snapshots alone, and drops anything else without a word; the two
/// fields are then kept alike (kubernetes: pkg/api/persistentvolumeclaim/util.go EnforceDataSourceBackwardsCompatibility,
/// NormalizeDataSources).
fn data_sources(spec: &mut PersistentVolumeClaimSpec) {
    let known = |kind: &str, group: Option<&str>| {
        matches!(
            (kind, group.unwrap_or_default()),
            ("PersistentVolumeClaim", "") | ("VolumeSnapshot", "snapshot.storage.k8s.io")
        )
    };
    // Sources in other namespaces are behind a gate that is off.
    if spec.data_source_ref.as_ref().is_some_and(|it| it.namespace.as_ref().is_some_and(|name| !name.is_empty())) {
        spec.data_source_ref = None;
    }
    if spec.data_source_ref.is_none()
        && spec.data_source.as_ref().is_some_and(|it| !known(&it.kind, it.api_group.as_deref()))
    {
        spec.data_source = None;
    }
    match (&spec.data_source, &spec.data_source_ref) {
        (Some(source), None) => {
            spec.data_source_ref = Some(TypedObjectReference {
                api_group: source.api_group.clone(),
                kind: source.kind.clone(),
                name: source.name.clone(),
                namespace: None,
            });
        }
        (None, Some(source)) => {
            spec.data_source = Some(TypedLocalObjectReference {
                api_group: source.api_group.clone(),
                kind: source.kind.clone(),
                name: source.name.clone(),
            });
        }
        _ => {}
    }
}

/// What becomes of a volume, and when one is made (core/v1: SetDefaults_PersistentVolume; storage/v1:
/// SetDefaults_StorageClass).
pub(super) fn carried(object: &mut Rc<Other>) {
    let (part, wanted): (_, &[(&str, &str)]) = match Kind::find(&object.api_version, &object.kind) {
        Some(Kind::PersistentVolume) => {
            ("spec", &[("persistentVolumeReclaimPolicy", "Retain"), ("volumeMode", "Filesystem")])
        }
        Some(Kind::StorageClass) => ("", &[("reclaimPolicy", "Delete"), ("volumeBindingMode", "Immediate")]),
        _ => return,
    };
    let here = |object: &Other| {
        let whole = View::new(&object.value);
        let fields = if part.is_empty() { whole } else { whole.key(part) };
        wanted.iter().all(|(name, _)| fields.key(name).exists())
    };
    if here(object) {
        return;
    }
    let value = &mut Rc::make_mut(object).value;
    let fields = if part.is_empty() { Some(value) } else { value.get_mut(part) };
    let Some(fields) = fields.and_then(Value::as_object_mut) else { return };
    for (name, default) in wanted {
        let field = fields.entry(*name).or_insert(Value::Null);
        if field.is_null() {
            *field = Value::from(*default);
        }
    }
}

/// What a node can give is what it has, until it says otherwise.
pub(super) fn node(node: &mut Node) {
    if let Some(status) = &mut node.status {
        quantities::list(&mut status.capacity);
        fill_from(&mut status.allocatable, &status.capacity);
        quantities::list(&mut status.allocatable);
    }
}

fn fill_from<T: Clone>(field: &mut Option<T>, from: &Option<T>) {
    if field.is_none() {
        field.clone_from(from);
    }
}
