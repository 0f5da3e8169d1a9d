//! Values as errors print them: selectors, labels, numbers that may be percentages.

use collections::Map as BTreeMap;
use std::fmt::Write as _;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::errors::{push_go_quoted, push_int, push_json_quoted};
use super::go;

/// Labels as JSON; absent ones are `null`.
pub fn labels(labels: Option<&BTreeMap<String, String>>) -> String {
    let Some(labels) = labels else { return "null".to_owned() };
    let mut out = String::from("{");
    for (i, (key, value)) in labels.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_json_quoted(&mut out, key);
        out.push(':');
        push_json_quoted(&mut out, value);
    }
    out.push('}');
    out
}

/// A list of texts as JSON.
pub fn texts(texts: &[String]) -> String {
    list(texts, |out, text| push_json_quoted(out, text))
}

/// A list of numbers as JSON.
pub fn numbers(numbers: &[i32]) -> String {
    list(numbers, |out, number| push_int(out, i64::from(*number)))
}

fn list<T>(items: &[T], push: fn(&mut String, &T)) -> String {
    let mut out = String::from("[");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(&mut out, item);
    }
    out.push(']');
    out
}

/// A label selector as JSON; empty parts are left out.
pub fn selector(selector: &LabelSelector) -> String {
    let mut json = go::Struct::new();
    if let Some(map) = selector.match_labels.as_ref().filter(|map| !map.is_empty()) {
        json = json.raw("matchLabels", &labels(Some(map)));
    }
    let expressions = go::list(&selector.match_expressions);
    if !expressions.is_empty() {
        let mut out = String::from("[");
        for (i, expression) in expressions.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            let mut entry = go::Struct::new().string("key", &expression.key).string("operator", &expression.operator);
            let values = go::list(&expression.values);
            if !values.is_empty() {
                entry = entry.raw("values", &texts(values));
            }
            out.push_str(&entry.finish());
        }
        out.push(']');
        json = json.raw("matchExpressions", &out);
    }
    json.finish()
}

/// A number as it is, a text in quotes.
pub fn int_or_string(value: &IntOrString) -> String {
    let mut out = String::new();
    match value {
        IntOrString::Int(number) => push_int(&mut out, i64::from(*number)),
        IntOrString::String(text) => push_go_quoted(&mut out, text),
    }
    out
}

/// A pointer to such a value, and what stands for an absent one.
pub fn optional_int_or_string(value: Option<&IntOrString>, absent: &str) -> String {
    value.map_or_else(|| absent.to_owned(), int_or_string)
}

/// `before`, a number, `after`.
pub fn with_number(before: &str, number: i64, after: &str) -> String {
    let mut out = String::from(before);
    // Writing to a String cannot fail.
    let _ = write!(out, "{number}{after}");
    out
}
