//! Objects out of the text of a manifest.

use std::fmt;

use k8s_openapi::json::from_json;
use serde_json::Value;

use crate::api::{Kind, Object, Other};
use crate::manifest::update::json_text;
use crate::yaml::{self, Values};

/// Why a manifest could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError(String);

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReadError {}

/// The objects of a manifest of one or more documents, `List`s taken apart.
///
/// # Errors
/// When the text is no YAML, or a value has another type than its field.
pub fn read_objects(text: &str) -> Result<Vec<Object>, ReadError> {
    objects(values(text)?)
}

/// The objects that `values` are, `List`s taken apart.
///
/// # Errors
/// When a value has another type than its field.
pub(super) fn objects(values: Vec<Value>) -> Result<Vec<Object>, ReadError> {
    let mut objects = Vec::new();
    for value in items(values) {
        collect(value, &mut objects)?;
    }
    Ok(objects)
}

/// What the documents of `text` say, read as kubectl reads them: YAML is turned into JSON first
/// (sigs.k8s.io/yaml: YAMLToJSON).
///
/// # Errors
/// When the text is no YAML, in kubectl's words.
pub(super) fn values(text: &str) -> Result<Vec<Value>, ReadError> {
    let (values, fault) = values_until(text);
    fault.map_or(Ok(values), Err)
}

/// The same with the items of each `List` in its place.
pub(super) fn items(values: Vec<Value>) -> Vec<Value> {
    let each = values.into_iter().flat_map(|mut value| match value.get_mut("items").map(Value::take) {
        Some(Value::Array(below)) if value.get("kind").is_some_and(|kind| kind == "List") => items(below),
        Some(other) => {
            value["items"] = other;
            vec![value]
        }
        None => vec![value],
    });
    each.collect()
}

/// The same up to the first fault of the text, and the fault.
pub(super) fn values_until(text: &str) -> (Vec<Value>, Option<ReadError>) {
    let whole = yaml::terminated(text);
    let mut found = Vec::new();
    for document in yaml::split_terminated(&whole, text.len()) {
        match value(document) {
            Ok(value) => found.extend(value),
            Err(fault) => return (found, Some(fault)),
        }
    }
    (found, None)
}

fn value(document: yaml::Document<'_>) -> Result<Option<Value>, ReadError> {
    if let Some(fault) = document.fault {
        return Err(ReadError(fault.message));
    }
    let no_json = |why: &dyn fmt::Display| ReadError(format!("error converting YAML to JSON: {why}"));
    if let Some(error) = &document.tree.error {
        return Err(match document.json_fault {
            Some(fault) => ReadError(fault.message),
            None => no_json(error),
        });
    }
    let values = Values::resolve(&document.tree).map_err(|error| no_json(&error.message))?;
    let read = |root| serde_json::from_str(&yaml::to_json(&values, root)).map_err(|error| no_json(&error));
    values.root().map(read).transpose()
}

/// What is said of an object that does not say its kind, whose text follows.
pub(super) const NO_KIND: &str = "Object 'Kind' is missing";

fn collect(mut value: Value, objects: &mut Vec<Object>) -> Result<(), ReadError> {
    if value.is_null() {
        return Ok(());
    }
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (field("apiVersion"), field("kind"));
    if kind.is_empty() {
        return Err(ReadError(format!("{NO_KIND} in '{}'", json_text(&value))));
    }
    tidy(&mut value);
    objects.push(match Kind::find(&api_version, &kind) {
        Some(kind) => Object::from_json(kind, value).map_err(|error| ReadError(error.to_string()))?,
        None => {
            let metadata = value.get("metadata").cloned().unwrap_or_default();
            let metadata = from_json(metadata).map_err(|error| ReadError(error.to_string()))?;
            Object::Other(Other { api_version, kind, metadata, value }.into())
        }
    });
    Ok(())
}

/// Drops nulls and writes the numbers that stand for quantities as texts, as the server's decoder takes them.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            for (name, value) in fields.iter_mut() {
                match (name.as_str(), value) {
                    ("limits" | "requests" | "capacity" | "overhead" | "hard", value @ Value::Object(_)) => {
                        tidy_quantities(value);
                    }
                    ("sizeLimit" | "divisor" | "averageValue", value) => quantity(value),
                    (_, value) => tidy(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Writes the numbers in a map of quantities as texts.
pub(super) fn tidy_quantities(entries: &mut Value) {
    if let Value::Object(entries) = entries {
        entries.values_mut().for_each(quantity);
    }
}

fn quantity(value: &mut Value) {
    if let Value::Number(number) = value {
        *value = Value::String(number.to_string());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::values;

    #[test]
    fn documents_are_read_as_kubectl_reads_them() {
        let found = values("a: yes\nb: 0x10\n---\n# nothing\n---\n{\"c\": 1.50}\n").unwrap();
        assert_eq!(found, [json!({"a": true, "b": 16}), json!({"c": 1.5})]);
        let error = values("a: 1\nb: [\n").unwrap_err().to_string();
        assert!(error.starts_with("error converting YAML to JSON: yaml: line "), "{error}");
    }
}
