//! What `kubectl apply` remembers of the file in the object itself (kubectl: pkg/util/apply.go).

use serde_json::{Map, Value};

use crate::manifest::rules::errors::push_json_quoted;

/// The annotation that holds the file as it was last applied.
pub const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object as kubectl sends it, with the annotation that holds the object without it.
pub(crate) fn annotate(mut object: Value) -> Value {
    if !object.is_object() {
        return object;
    }
    if let Some(annotations) = annotations(&mut object) {
        annotations.remove(ANNOTATION);
    }
    let mut text = json_text(&object);
    text.push('\n');
    if let Some(annotations) = annotations(&mut object) {
        annotations.insert(ANNOTATION.to_owned(), Value::String(text));
    }
    object
}

/// The annotations of an object, made where it has none; nothing where there is no place for them.
pub(crate) fn annotations(object: &mut Value) -> Option<&mut Map<String, Value>> {
    ["metadata", "annotations"].iter().try_fold(object.as_object_mut()?, |fields, name| {
        let below = fields.entry(*name).or_insert(Value::Null);
        if below.is_null() {
            *below = Value::Object(Map::new());
        }
        below.as_object_mut()
    })
}

/// JSON as Go's encoding/json writes a map: keys sorted, `<`, `>` and `&` escaped.
pub(crate) fn json_text(value: &Value) -> String {
    let mut out = String::new();
    push(&mut out, value);
    out
}

fn push(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => push_json_quoted(out, text),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (i, (name, value)) in fields.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push_json_quoted(out, name);
                out.push(':');
                push(out, value);
            }
            out.push('}');
        }
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (None, Some(float)) => out.push_str(&crate::yaml::json_float(float)),
            _ => out.push_str(&number.to_string()),
        },
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_annotation_holds_the_object_without_itself() {
        let once = annotate(json!({"kind": "Pod", "metadata": {"name": "a<"}}));
        let text = once["metadata"]["annotations"][ANNOTATION].as_str().unwrap();
        assert_eq!(text, "{\"kind\":\"Pod\",\"metadata\":{\"annotations\":{},\"name\":\"a\\u003c\"}}\n");
        assert_eq!(annotate(once.clone()), once);
    }
}
