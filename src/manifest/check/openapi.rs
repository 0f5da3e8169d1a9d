//! kubectl's check of Lists against OpenAPI (kube-openapi: util/proto/validation, 1.36). Only Lists get it: single
//! objects are checked by the server.

use crate::api::schema::{FieldType, TypeId};
use crate::text::Span;
use crate::yaml::{Entry, Scalar, Tree, Value, ValueId, Values};

/// A finding, with its place.
pub(super) struct Finding {
    pub message: String,
    pub span: Span,
}

/// What is wrong with the object `root` of type `kind`, whose path begins with `path`.
pub(super) fn check(tree: &Tree<'_>, values: &Values<'_>, root: ValueId, kind: TypeId, path: &str) -> Vec<Finding> {
    let mut checker = Checker { tree, values, found: Vec::new() };
    checker.value(root, &FieldType::Struct(kind), path, kind.full_name());
    checker.found
}

/// What is wrong with a list `kind` (`PodList`) of objects of type `element`, and with these.
pub(super) fn check_list(
    tree: &Tree<'_>,
    values: &Values<'_>,
    root: ValueId,
    element: TypeId,
    kind: &str,
) -> Vec<Finding> {
    let mut checker = Checker { tree, values, found: Vec::new() };
    let schema = format!("{}List", element.full_name());
    let items = FieldType::List(Box::new(FieldType::Struct(element)));
    for entry in values.entries(root).iter().filter(|entry| !values.is_null(entry.value)) {
        let path = format!("{kind}.{}", entry.key);
        match &*entry.key {
            // They are text: that is looked at first.
            "apiVersion" | "kind" => {}
            "metadata" => checker.list_metadata(entry.value, &path),
            "items" => checker.value(entry.value, &items, &path, &format!("{schema}.items")),
            _ => checker.unknown(entry, &schema, kind),
        }
    }
    if values.field(root, "items").is_none_or(|entry| values.is_null(entry.value)) {
        checker.find(kind, &format!("missing required field \"items\" in {schema}"), checker.span(root));
    }
    checker.found
}

/// The fields of a list's metadata (apimachinery: apis/meta/v1/types.go ListMeta).
const LIST_METADATA: [(&str, FieldType); 4] = [
    ("continue", FieldType::String("string")),
    ("remainingItemCount", FieldType::Int64),
    ("resourceVersion", FieldType::String("string")),
    ("selfLink", FieldType::String("string")),
];

struct Checker<'c, 'a> {
    tree: &'c Tree<'a>,
    values: &'c Values<'a>,
    found: Vec<Finding>,
}

impl Checker<'_, '_> {
    fn find(&mut self, path: &str, message: &str, span: Span) {
        self.found.push(Finding { message: format!("ValidationError({path}): {message}"), span });
    }

    fn span(&self, id: ValueId) -> Span {
        self.tree.node(self.values.node(id)).span
    }

    fn unknown(&mut self, entry: &Entry<'_>, schema: &str, path: &str) {
        let message = format!("unknown field \"{}\" in {schema}", entry.key);
        self.find(path, &message, self.tree.node(entry.key_node).span);
    }

    fn list_metadata(&mut self, id: ValueId, path: &str) {
        const SCHEMA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
        let Value::Object(entries) = self.values.get(id) else {
            let found = found(self.values.get(id));
            let message = format!("invalid type for {SCHEMA}: got \"{found}\", expected \"map\"");
            return self.find(path, &message, self.span(id));
        };
        for entry in entries.iter().filter(|entry| !self.values.is_null(entry.value)) {
            match LIST_METADATA.iter().find(|(name, _)| *name == entry.key) {
                Some((name, kind)) => {
                    self.value(entry.value, kind, &format!("{path}.{name}"), &format!("{SCHEMA}.{name}"));
                }
                None => self.unknown(entry, SCHEMA, path),
            }
        }
    }

    fn value(&mut self, id: ValueId, wanted: &FieldType, path: &str, schema: &str) {
        match (wanted, self.values.get(id)) {
            (FieldType::Any, _) => {}
            (FieldType::Struct(kind), Value::Object(entries)) => self.structure(id, entries, *kind, path),
            (FieldType::Map(inner, _), Value::Object(entries)) => {
                for entry in entries {
                    self.value(entry.value, inner, &format!("{path}.{}", entry.key), schema);
                }
            }
            (FieldType::List(items), Value::List(list)) => {
                let schema = if let FieldType::Struct(id) = **items { id.full_name() } else { schema };
                for (i, item) in list.iter().enumerate() {
                    self.value(*item, items, &format!("{path}[{i}]"), schema);
                }
            }
            (_, value) => {
                let (expected, found) = (expected(wanted), found(value));
                let fits = match expected {
                    "string" => !matches!(found, "map" | "array"),
                    "integer" | "number" => matches!(found, "integer" | "number"),
                    _ => expected == found,
                };
                if !fits {
                    let message = format!("invalid type for {schema}: got \"{found}\", expected \"{expected}\"");
                    self.find(path, &message, self.span(id));
                }
            }
        }
    }

    fn structure(&mut self, id: ValueId, entries: &[Entry<'_>], kind: TypeId, path: &str) {
        for entry in entries.iter().filter(|entry| !self.values.is_null(entry.value)) {
            match kind.field(&entry.key) {
                Some(field) => {
                    let schema = match field.kind.structure() {
                        Some(id) if matches!(field.kind, FieldType::Struct(_)) => id.full_name().to_owned(),
                        _ => format!("{}.{}", kind.full_name(), field.name),
                    };
                    self.value(entry.value, &field.kind, &format!("{path}.{}", entry.key), &schema);
                }
                None => self.unknown(entry, kind.full_name(), path),
            }
        }
        for field in kind.fields().iter().filter(|field| field.required && field.name != "metadata") {
            let there = self.values.field(id, field.name).is_some_and(|entry| !self.values.is_null(entry.value));
            if !there {
                let message = format!("missing required field \"{}\" in {}", field.name, kind.full_name());
                self.find(path, &message, self.span(id));
            }
        }
    }
}

fn expected(wanted: &FieldType) -> &'static str {
    match wanted {
        FieldType::Struct(_) | FieldType::Map(..) => "map",
        FieldType::List(_) => "array",
        FieldType::Bool => "boolean",
        FieldType::Int32 | FieldType::Int64 => "integer",
        FieldType::Float64 => "number",
        _ => "string",
    }
}

fn found(value: &Value<'_>) -> &'static str {
    match value {
        Value::Object(_) => "map",
        Value::List(_) => "array",
        Value::Scalar(Scalar::Bool(_)) => "boolean",
        Value::Scalar(Scalar::Int(_) | Scalar::Uint(_)) => "integer",
        Value::Scalar(Scalar::Float(number)) if number.fract() == 0.0 && number.abs() < 9e18 => "integer",
        Value::Scalar(Scalar::Float(_)) => "number",
        Value::Scalar(Scalar::Str(_)) => "string",
        Value::Scalar(Scalar::Null) => "nil",
    }
}
