//! The OpenAPI documents that `kubectl explain` and the client's checks read, made of the tables of fields
//! (apiserver: endpoints/openapi).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Reply;
use crate::api::schema::{Field, FieldType, TypeId};
use crate::kubectl::{explain, resources};

/// What is said of each type (`Pod`) and field (`Pod.spec`).
const SENTENCES: &str = include_str!("../../../docs/fields.json");

/// `/openapi/v3`: where the document of each version is.
pub(super) fn index(versions: &[String]) -> Reply {
    let paths = versions.iter().map(|version| {
        let path = if version.contains('/') { format!("apis/{version}") } else { format!("api/{version}") };
        let address = json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=podlab")});
        (path, address)
    });
    Reply::json(200, &json!({"paths": paths.collect::<Map<_, _>>()}))
}

/// The document of a version.
pub(super) fn document(version: &str) -> Reply {
    let sentences: BTreeMap<String, String> = serde_json::from_str(SENTENCES).unwrap_or_default();
    let (mut schemas, mut paths) = (BTreeMap::new(), Map::new());
    let older = version == crate::api::autoscaling_v1::API_VERSION;
    for resource in resources::all() {
        if resource.api_version != version && !(older && resource.api_version == "autoscaling/v2") {
            continue;
        }
        let kind = json!({
            "group": resource.group(), "kind": resource.kind, "version": version.rsplit('/').next().unwrap_or_default(),
        });
        let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
        let place = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
        let operation = |action: &str, parameters: Value| {
            json!({
                "x-kubernetes-action": action, "x-kubernetes-group-version-kind": kind, "parameters": parameters,
                "responses": {"200": {"description": "OK"}},
            })
        };
        let checks = json!([
            {"name": "dryRun", "in": "query", "schema": {"type": "string"}},
            {"name": "fieldManager", "in": "query", "schema": {"type": "string"}},
            {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}},
        ]);
        paths.insert(
            format!("{root}{place}/{}", resource.plural),
            json!({"get": operation("list", json!([])), "post": operation("post", checks.clone())}),
        );
        paths.insert(
            format!("{root}{place}/{}/{{name}}", resource.plural),
            json!({
                "get": operation("get", json!([])), "put": operation("put", checks.clone()),
                "patch": operation("patch", checks), "delete": operation("delete", json!([])),
            }),
        );
        let Some(id) = TypeId::of_kind(version, resource.kind) else {
            // A kind without a table of fields is an object like any other.
            let name = format!("io.podlab.{}", resource.kind);
            schemas.insert(name, json!({"type": "object", "x-kubernetes-group-version-kind": [kind]}));
            continue;
        };
        collect(id, &sentences, &mut schemas);
        if let Some(schema) = schemas.get_mut(id.full_name()) {
            schema["x-kubernetes-group-version-kind"] = json!([kind]);
        }
    }
    let value = json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "podlab"}, "paths": paths,
        "components": {"schemas": schemas},
    });
    Reply::json(200, &value)
}

/// The schema of a struct, and those of all it is made of.
fn collect(id: TypeId, sentences: &BTreeMap<String, String>, schemas: &mut BTreeMap<String, Value>) {
    if schemas.contains_key(id.full_name()) {
        return;
    }
    schemas.insert(id.full_name().to_owned(), Value::Null);
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in id.fields() {
        properties.insert(field.name.to_owned(), property(id, field, sentences));
        if explain::is_required(id, field) {
            required.push(field.name);
        }
        if let Some(inner) = field.kind.structure() {
            collect(inner, sentences, schemas);
        }
    }
    for name in [QUANTITY, INT_OR_STRING] {
        schemas.entry(name.to_owned()).or_insert_with(|| json!({"oneOf": [{"type": "string"}, {"type": "number"}]}));
    }
    schemas.entry(FIELDS.to_owned()).or_insert_with(|| json!({"type": "object"}));
    let mut schema = json!({"type": "object", "properties": properties});
    if let Some(sentence) = sentences.get(id.name()) {
        schema["description"] = json!(sentence);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schemas.insert(id.full_name().to_owned(), schema);
}

const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const FIELDS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1";

fn property(holder: TypeId, field: &Field, sentences: &BTreeMap<String, String>) -> Value {
    let mut value = schema(&field.kind);
    if let Some(sentence) = sentences.get(&format!("{}.{}", holder.name(), field.name)) {
        value["description"] = json!(sentence);
    }
    let values = explain::sorted_values(&field.kind);
    if !values.is_empty() {
        let plain: Vec<&str> = values.iter().map(|value| value.trim_matches('"')).collect();
        value["enum"] = json!(plain);
    }
    if let FieldType::String(go_name) = field.kind
        && let Some(list) = explain::explained(&field.kind, sentences.get(go_name).map(String::as_str))
        && let Some(text) = value["description"].as_str()
    {
        value["description"] = json!(format!("{text}\n\nPossible enum values:{list}"));
    }
    value
}

fn schema(kind: &FieldType) -> Value {
    let named = |name: &str| json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}]});
    match kind {
        FieldType::String(_) => json!({"type": "string"}),
        FieldType::Time | FieldType::MicroTime => json!({"type": "string", "format": "date-time"}),
        FieldType::Bytes => json!({"type": "string", "format": "byte"}),
        FieldType::Int32 => json!({"type": "integer", "format": "int32"}),
        FieldType::Int64 => json!({"type": "integer", "format": "int64"}),
        FieldType::Float64 => json!({"type": "number"}),
        FieldType::Bool => json!({"type": "boolean"}),
        FieldType::Quantity => named(QUANTITY),
        FieldType::IntOrString => named(INT_OR_STRING),
        FieldType::Any => named(FIELDS),
        FieldType::List(items) => json!({"type": "array", "items": schema(items)}),
        FieldType::Map(values, _) => json!({"type": "object", "additionalProperties": schema(values)}),
        FieldType::Struct(id) => named(id.full_name()),
    }
}
