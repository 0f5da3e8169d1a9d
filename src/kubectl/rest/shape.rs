//! Objects in the shapes they are sent in: whole, as rows of a table, by their metadata alone, as a scale.

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::Request;
use super::address::Address;
use crate::api::{Object, autoscaling_v1, table};
use crate::kubectl::resources::Resource;
use crate::kubectl::verbs::tables;
use crate::kubectl::{made, wire};

/// The resourceVersion of an object.
pub(super) fn version_of(object: &Object) -> Option<u64> {
    object.resource_version()?.parse().ok()
}

/// The object as it is sent for `address`, in the version asked for.
pub(super) fn whole(address: &Address, object: &Object) -> Value {
    let value = wire::object(object);
    if address.is_older() { autoscaling_v1::from_v2(value) } else { value }
}

/// In which shape objects are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As they are.
    Whole,
    /// As rows, with how much of the object beside each.
    Table(Beside),
    /// Their metadata.
    Partial,
}

/// What stands beside the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// The object's metadata.
    Metadata,
    /// The whole object.
    Object,
    /// Nothing.
    Nothing,
}

impl Shape {
    /// What a request accepts.
    pub fn of(request: &Request) -> Self {
        // The first that the server can give is what it gives (apiserver: endpoints/handlers/negotiation).
        let first = request.accept.split(',').map(str::trim).find(|one| one.starts_with("application/json"));
        let first = first.unwrap_or_default();
        if first.contains("as=Table") {
            return Self::Table(match request.parameter("includeObject") {
                Some("Object") => Beside::Object,
                Some("None") => Beside::Nothing,
                _ => Beside::Metadata,
            });
        }
        if first.contains("as=PartialObjectMetadata") { Self::Partial } else { Self::Whole }
    }
}

fn partial(value: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": value.get("metadata").cloned().unwrap_or_default(),
    })
}

/// The columns of the table of a resource.
fn columns(resource: Resource) -> Vec<table::Column> {
    let mut columns = table::columns(resource.known());
    columns.splice(1..1, made::columns(resource).iter().map(|name| table::Column { name, wide: false }));
    columns
}

fn definition(name: &str, wide: bool) -> Value {
    let format = if name == "Name" { "name" } else { "" };
    json!({"name": name, "type": "string", "format": format, "description": "", "priority": i32::from(wide)})
}

/// A row of a table: its cells and what stands beside them.
fn row(cells: Value, object: &Value, beside: Beside) -> Value {
    match beside {
        Beside::Metadata => json!({"cells": cells, "object": partial(object)}),
        Beside::Object => json!({"cells": cells, "object": object}),
        Beside::Nothing => json!({"cells": cells}),
    }
}

/// The table of objects; without its head where it was sent before.
pub(super) fn as_table(
    address: &Address,
    objects: &[Object],
    beside: Beside,
    now: Timestamp,
    head: bool,
    version: Option<u64>,
) -> Value {
    let rows = objects.iter().map(|object| {
        let value = whole(address, object);
        let cells = tables::cells(address.resource, object, now);
        row(json!(cells), &value, beside)
    });
    let metadata = version.map_or_else(|| json!({}), |version| json!({"resourceVersion": version.to_string()}));
    let mut table =
        json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": []});
    if head {
        table["columnDefinitions"] = columns(address.resource).iter().map(|it| definition(it.name, it.wide)).collect();
    }
    table["rows"] = rows.collect();
    table
}

/// A list of objects.
pub(super) fn list(address: &Address, objects: &[Object], shape: Shape, now: Timestamp, version: u64) -> Value {
    let metadata = json!({"resourceVersion": version.to_string()});
    match shape {
        Shape::Table(beside) => as_table(address, objects, beside, now, true, Some(version)),
        Shape::Partial => json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "items": objects.iter().map(|object| partial(&whole(address, object))).collect::<Value>(),
        }),
        Shape::Whole => {
            let item = |object: &Object| {
                let mut value = whole(address, object);
                // The kind of the list says what its items are.
                if let Some(fields) = value.as_object_mut() {
                    fields.remove("apiVersion");
                    fields.remove("kind");
                }
                value
            };
            json!({
                "kind": format!("{}List", address.resource.kind), "apiVersion": address.api_version,
                "metadata": metadata, "items": objects.iter().map(item).collect::<Value>(),
            })
        }
    }
}

/// One object.
pub(super) fn single(address: &Address, object: &Object, shape: Shape, now: Timestamp) -> Value {
    match shape {
        Shape::Table(beside) => as_table(address, std::slice::from_ref(object), beside, now, true, version_of(object)),
        Shape::Partial => partial(&whole(address, object)),
        Shape::Whole => whole(address, object),
    }
}

/// The `scale` of `object`.
pub(super) fn scale(object: &Object, scale: Value, shape: Shape, now: Timestamp) -> Value {
    match shape {
        Shape::Table(beside) => json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {},
            "columnDefinitions": wire::SCALE_COLUMNS.map(|name| definition(name, false)),
            "rows": [row(json!(wire::scale_cells(object, &scale, now)), &scale, beside)],
        }),
        Shape::Partial => partial(&scale),
        Shape::Whole => scale,
    }
}
