//! A value where it is printed alone.

use serde_json::Value;

use super::json;

/// A value as templates print it: texts bare, the rest as JSON.
pub(in crate::kubectl) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json::compact(other),
    }
}

/// A value as Go's `%v` prints it.
pub(in crate::kubectl) fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Array(list) => format!("[{}]", list.iter().map(printed).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(name, value)| format!("{name}:{}", printed(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => shown(other),
    }
}
