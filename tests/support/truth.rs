//! Reading the recordings, and manifests without the decoder of `manifest`.
#![allow(dead_code, reason = "each test uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a recording that cannot be read fails the test")]

use std::io::Read as _;
use std::path::Path;

use podlab::api::{Kind, Object};
use podlab::yaml::{self, Values};
use serde_json::{Map, Value};

/// The cases of `tests/truth/<name>.jsonl.gz`.
pub fn read(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/truth").join(format!("{name}.jsonl.gz"));
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The object of a manifest of one document that decodes.
pub fn object(text: &str) -> Option<Object> {
    let mut value = json(text)?;
    let kind = Kind::find(value.get("apiVersion")?.as_str()?, value.get("kind")?.as_str()?)?;
    normalise(&mut value, false);
    Object::from_json(kind, value).ok()
}

/// The first document as kubectl would send it.
fn json(text: &str) -> Option<Value> {
    let text = yaml::terminated(text);
    yaml::split(&text).iter().find_map(|document| {
        let values = Values::resolve(&document.tree).ok()?;
        let json = yaml::to_json(&values, values.root()?);
        serde_json::from_str(&json).ok().filter(Value::is_object)
    })
}

/// Maps of texts, in which a null is the empty text.
const TEXTS: [&str; 6] = ["data", "stringData", "labels", "annotations", "matchLabels", "nodeSelector"];

/// Drops nulls, and makes text of the numbers that stand for quantities.
fn normalise(value: &mut Value, quantity: bool) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            let target = fields.contains_key("averageValue") || fields.get("type").is_some_and(|t| t == "Value");
            for (key, value) in fields.iter_mut() {
                let map = matches!(key.as_str(), "limits" | "requests" | "overhead" | "capacity" | "hard");
                let one = matches!(key.as_str(), "sizeLimit" | "divisor" | "averageValue" | "tolerance");
                let is_quantity = quantity || one || (target && key == "value");
                if TEXTS.contains(&key.as_str()) {
                    let texts = value.as_object_mut().into_iter().flat_map(Map::values_mut);
                    texts.filter(|text| text.is_null()).for_each(|text| *text = Value::String(String::new()));
                }
                match value {
                    Value::Object(entries) if map => entries.values_mut().for_each(|value| normalise(value, true)),
                    Value::Number(number) if is_quantity => *value = Value::String(number.to_string()),
                    _ => normalise(value, false),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| normalise(item, false)),
        Value::Number(number) if quantity => *value = Value::String(number.to_string()),
        _ => {}
    }
}

/// The fields in which two values differ, one a line.
pub fn difference(expected: &Value, actual: &Value) -> String {
    let mut out = String::new();
    differ("", expected, actual, &mut out);
    out
}

fn differ(path: &str, expected: &Value, actual: &Value, out: &mut String) {
    let empty = Map::new();
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                let at = |map: &Map<String, Value>| map.get(key).or(empty.get(key)).cloned().unwrap_or(Value::Null);
                differ(&format!("{path}.{key}"), &at(left), &at(right), out);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (i, (left, right)) in left.iter().zip(right).enumerate() {
                differ(&format!("{path}[{i}]"), left, right, out);
            }
        }
        _ if expected != actual => out.push_str(&format!("  {path}: expected {expected} but is {actual}\n")),
        _ => {}
    }
}

/// Two lists of lines, those that differ marked.
pub fn lines(expected: &[String], actual: &[String]) -> String {
    let mut out = String::from("\n");
    for line in expected {
        out.push_str(if actual.contains(line) { "    " } else { "  - " });
        out.push_str(line.get(..line.len().min(300)).unwrap_or(line));
        out.push('\n');
    }
    for line in actual.iter().filter(|line| !expected.contains(line)) {
        out.push_str("  + ");
        out.push_str(line.get(..line.len().min(300)).unwrap_or(line));
        out.push('\n');
    }
    out
}
