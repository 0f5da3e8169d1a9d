//! Defaults of the kinds that hold data, and of namespaces and nodes.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{Namespace, Node, PersistentVolumeClaim, Secret};

use super::{fill, quantities, volume};

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
        labels.insert("kubernetes.io/metadata.name".to_owned(), name);
    }
    fill::text(&mut namespace.status.get_or_insert_default().phase, "Active");
}

/// A claim, or the template of one.
pub(super) fn claim(claim: &mut PersistentVolumeClaim) {
    volume::claim_spec(claim.spec.get_or_insert_default());
    let status = claim.status.get_or_insert_default();
    fill::text(&mut status.phase, "Pending");
    quantities::list(&mut status.capacity);
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
