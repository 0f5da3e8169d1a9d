//! New pieces of manifest, written in the style of the place they go to.

use serde_json::{Map, Value as Json};

use crate::manifest::rules::errors::push_json_quoted;
use crate::yaml::means_itself;

/// An object of these fields.
pub(super) fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The fields in the order in which people write them: the name first.
fn in_order(fields: &Map<String, Json>) -> impl Iterator<Item = (&String, &Json)> {
    let name = |(key, _): &(&String, &Json)| *key == "name";
    fields.iter().filter(name).chain(fields.iter().filter(move |field| !name(field)))
}

/// `text` as YAML or JSON; `quoted` writes every text in double quotes.
pub(super) fn scalar(json: &Json, quoted: bool) -> String {
    match json {
        Json::String(text) => text_scalar(text, quoted),
        other => other.to_string(),
    }
}

/// A text that YAML reads as this text, without quotes where it needs none.
pub(super) fn text_scalar(text: &str, quoted: bool) -> String {
    if !quoted && is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::new();
    push_json_quoted(&mut out, text);
    out
}

/// Whether the bare text means itself, inside brackets too.
fn is_plain(text: &str) -> bool {
    let tame = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    if !starts || !text.chars().all(tame) {
        return false;
    }
    means_itself(text)
}

/// On one line, in brackets and braces.
pub(super) fn flow(json: &Json, quoted: bool) -> String {
    let joined = |parts: Vec<String>, open: char, close: char| format!("{open}{}{close}", parts.join(", "));
    match json {
        Json::Array(items) => joined(items.iter().map(|item| flow(item, quoted)).collect(), '[', ']'),
        Json::Object(fields) => {
            let entry = |(key, value): (&String, &Json)| flow_entry(key, value, quoted);
            joined(in_order(fields).map(entry).collect(), '{', '}')
        }
        other => scalar(other, quoted),
    }
}

/// `key: value` on one line.
pub(super) fn flow_entry(key: &str, value: &Json, quoted: bool) -> String {
    format!("{}: {}", text_scalar(key, quoted), flow(value, quoted))
}

/// On lines of its own, of which the first stands at column `column` already.
pub(super) fn block(json: &Json, column: usize) -> String {
    let new_line = format!("\n{}", " ".repeat(column));
    match json {
        Json::Object(fields) if !fields.is_empty() => {
            let entries: Vec<String> = in_order(fields).map(|(key, value)| block_entry(key, value, column)).collect();
            entries.join(&new_line)
        }
        Json::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items.iter().map(|item| format!("- {}", block(item, column + 2))).collect();
            items.join(&new_line)
        }
        other => flow(other, false),
    }
}

/// `key: value`, the value on lines of its own where it has several parts.
pub(super) fn block_entry(key: &str, value: &Json, column: usize) -> String {
    format!("{}:{}", text_scalar(key, false), block_value(value, column))
}

/// What comes behind the colon of a key at `column`.
pub(super) fn block_value(value: &Json, column: usize) -> String {
    let indent = match value {
        Json::Object(fields) if !fields.is_empty() => column + 2,
        Json::Array(items) if !items.is_empty() => column,
        other => return format!(" {}", flow(other, false)),
    };
    format!("\n{}{}", " ".repeat(indent), block(value, indent))
}
