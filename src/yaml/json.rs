//! Values as JSON, byte for byte as Go's `encoding/json` writes it.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::number::{json_float, key_float};
use super::tree::Tree;
use super::value::{Scalar, Value, ValueError, ValueId, Values};

/// A key as text; null has none.
pub(super) fn key_text(key: Scalar<'_>) -> Option<Cow<'_, str>> {
    Some(match key {
        Scalar::Null => return None,
        Scalar::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Scalar::Int(value) => Cow::Owned(value.to_string()),
        Scalar::Uint(value) => Cow::Owned(value.to_string()),
        Scalar::Float(value) => Cow::Owned(key_float(value)),
        Scalar::Str(text) => text,
    })
}

/// Refuses numbers that JSON cannot write.
pub(super) fn check(values: &Values<'_>, tree: &Tree<'_>) -> Result<(), ValueError> {
    let Some(root) = values.root() else { return Ok(()) };
    // Only a value in the tree of values itself counts: what a later key replaced is gone.
    match first_unwritable(values, root) {
        None => Ok(()),
        Some((id, number)) => {
            let text = match number {
                _ if number.is_nan() => "NaN",
                _ if number > 0.0 => "+Inf",
                _ => "-Inf",
            };
            let message = format!("json: unsupported value: {text}");
            Err(ValueError { message, span: tree.node(values.node(id)).span })
        }
    }
}

fn first_unwritable(values: &Values<'_>, root: ValueId) -> Option<(ValueId, f64)> {
    if !values.has_unwritable() {
        return None;
    }
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        match values.get(id) {
            Value::Scalar(Scalar::Float(number)) if !number.is_finite() => return Some((id, *number)),
            Value::Scalar(_) => {}
            Value::List(items) => stack.extend(items.iter().rev()),
            Value::Object(entries) => stack.extend(entries.iter().rev().map(|entry| entry.value)),
        }
    }
    None
}

/// The value `id` as JSON text.
pub fn to_json(values: &Values<'_>, id: ValueId) -> String {
    let mut text = String::new();
    write_value(values, id, &mut text);
    text
}

fn write_value(values: &Values<'_>, id: ValueId, into: &mut String) {
    match values.get(id) {
        Value::Scalar(scalar) => write_scalar(scalar, into),
        Value::List(items) => {
            into.push('[');
            for (i, item) in items.iter().enumerate() {
                into.push_str(if i > 0 { "," } else { "" });
                write_value(values, *item, into);
            }
            into.push(']');
        }
        Value::Object(entries) => {
            into.push('{');
            for (i, entry) in entries.iter().enumerate() {
                into.push_str(if i > 0 { "," } else { "" });
                write_string(&entry.key, into);
                into.push(':');
                write_value(values, entry.value, into);
            }
            into.push('}');
        }
    }
}

fn write_scalar(scalar: &Scalar<'_>, into: &mut String) {
    let _ = match scalar {
        Scalar::Null => into.write_str("null"),
        Scalar::Bool(value) => write!(into, "{value}"),
        Scalar::Int(value) => write!(into, "{value}"),
        Scalar::Uint(value) => write!(into, "{value}"),
        Scalar::Float(value) => into.write_str(&json_float(*value)),
        Scalar::Str(text) => {
            write_string(text, into);
            Ok(())
        }
    };
}

/// A string with Go's escapes, which spare HTML too.
fn write_string(text: &str, into: &mut String) {
    into.push('"');
    for c in text.chars() {
        match c {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '\x08' => into.push_str("\\b"),
            '\x0c' => into.push_str("\\f"),
            '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(into, "\\u{:04x}", u32::from(c));
            }
            _ => into.push(c),
        }
    }
    into.push('"');
}
