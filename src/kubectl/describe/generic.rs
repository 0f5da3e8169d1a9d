//! Kinds that have no description of their own: every field, by names made readable
//! (kubectl: describe.go genericDescriber, printUnstructuredContent, smartLabelFor).

use serde_json::Value;

use super::writer::Writer;
use crate::api::Object;
use crate::kubectl::wire;

/// What the head of a description has told already.
const TOLD: [&str; 5] = ["managedFields", "name", "namespace", "labels", "annotations"];

/// Writes every field that the head does not tell.
pub(super) fn fields(object: &Object, writer: &mut Writer) {
    let mut value = wire::object(object);
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| !TOLD.contains(&name.as_str()));
    }
    write(0, &value, writer);
}

fn write(level: usize, value: &Value, writer: &mut Writer) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let label = label(name);
        match value {
            Value::Object(_) => {
                writer.raw(level, &format!("{label}:"));
                write(level + 1, value, writer);
            }
            Value::Array(items) => {
                writer.raw(level, &format!("{label}:"));
                for item in items {
                    match item {
                        Value::Object(_) => write(level + 1, item, writer),
                        other => writer.raw(level + 1, &plain(other)),
                    }
                }
            }
            other => writer.line(level, &label, &plain(other)),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field's name as words: `apiVersion` is `API Version`.
fn label(name: &str) -> String {
    if !name.chars().all(|c| c.is_alphabetic() || c == '-') {
        return name.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        // A word begins where capitals begin, and with the last of several capitals that small letters follow.
        let begins = before.is_none_or(|before| {
            letter.is_uppercase() && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
        });
        match words.last_mut().filter(|_| !begins) {
            Some(word) => word.push(*letter),
            None => words.push(letter.to_string()),
        }
    }
    let shown = words.iter().map(|word| {
        let upper = word.to_uppercase();
        if matches!(upper.as_str(), "API" | "URL" | "UID" | "OSB" | "GUID") {
            return upper;
        }
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn names_become_words() {
        for (name, words) in [
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("podCIDRs", "Pod CID Rs"),
            ("eventTime", "Event Time"),
            ("f:x", "f:x"),
        ] {
            assert_eq!(label(name), words);
        }
    }
}
