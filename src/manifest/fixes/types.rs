//! Mends of values of a wrong type.

use serde_json::Value as Json;

use super::site::Site;
use super::{Fix, LIST, NO_LIST, QUANTITY, QUOTE, SHELL, SPACE, UNQUOTE, WRITE, render};
use crate::api::quantity::Quantity;
use crate::api::schema::{FieldType, TypeId};
use crate::manifest::decode::Failure;
use crate::text::{Span, TextEdit};
use crate::yaml::{NodeKind, Scalar, Style, Value, ValueId};

/// Mends a value of a wrong type. `all` are the values at fault of the whole object: those of one list, or of one map,
/// are mended together.
pub(in crate::manifest) fn wrong_type(site: &Site<'_, '_>, failure: &Failure, all: &[Failure]) -> Vec<Fix> {
    let value = failure.value;
    let span = site.tree.node(site.values.node(value)).span;
    let one = |id, text: String| vec![Fix { id, value: text.clone(), edits: vec![TextEdit::replace(span, text)] }];
    match (&failure.wanted, site.values.get(value)) {
        (FieldType::String(_), Value::Scalar(_)) => {
            let alike = |other: &&Failure| other.message == failure.message && neighbours(&other.path, &failure.path);
            let mut edits: Vec<TextEdit> = all.iter().filter(alike).filter_map(|it| quoted(site, it.value)).collect();
            edits.sort_by_key(|edit| edit.span.start);
            edits.dedup();
            let Some(own) = quoted(site, value) else { return Vec::new() };
            vec![Fix { id: QUOTE, value: own.replacement, edits }]
        }
        (FieldType::String(_), Value::List(items)) => match items.as_slice() {
            [only] if matches!(site.values.get(*only), Value::Scalar(_)) => {
                let text = site.values.text(*only).map(str::to_owned);
                let text = text.unwrap_or_else(|| site.slice(site.tree.node(site.values.node(*only)).span).to_owned());
                one(WRITE, render::text_scalar(&text, false))
            }
            _ => Vec::new(),
        },
        (FieldType::Int32 | FieldType::Int64, Value::Scalar(Scalar::Str(text))) => {
            number(text).map(|number| one(UNQUOTE, number)).unwrap_or_default()
        }
        (FieldType::Bool, Value::Scalar(scalar)) => {
            let word = match scalar {
                Scalar::Str(text) => text.trim().to_ascii_lowercase(),
                _ => site.slice(span).to_owned(),
            };
            match word.as_str() {
                "true" | "yes" | "on" | "1" => one(UNQUOTE, "true".to_owned()),
                "false" | "no" | "off" | "0" => one(UNQUOTE, "false".to_owned()),
                _ => Vec::new(),
            }
        }
        (FieldType::Quantity, Value::Scalar(Scalar::Str(text))) => {
            quantity(text).map(|amount| one(QUANTITY, amount)).unwrap_or_default()
        }
        (FieldType::IntOrString, Value::Scalar(Scalar::Bool(_) | Scalar::Float(_))) => quoted(site, value)
            .map(|edit| Fix { id: QUOTE, value: edit.replacement.clone(), edits: vec![edit] })
            .into_iter()
            .collect(),
        (FieldType::List(items), Value::Scalar(scalar)) => list_of_scalar(site, failure, items, scalar, span),
        (FieldType::List(items), Value::Object(_)) => list_of_object(site, value, items),
        (FieldType::Struct(_) | FieldType::Map(..), Value::Scalar(Scalar::Str(_)))
            if site.slice(span).find(':').is_some_and(|colon| colon > 0)
                && !site.slice(span).contains([' ', '"', '\'']) =>
        {
            let colon = span.start + site.slice(span).find(':').unwrap_or(0) + 1;
            vec![Fix { id: SPACE, value: String::new(), edits: vec![TextEdit::insert(colon, " ")] }]
        }
        (FieldType::Struct(kind), Value::Scalar(scalar)) => key_field(*kind, scalar)
            .map(|field| fix_with(WRITE, span, render::flow(&render::object([(field, json_of(scalar))]), false)))
            .into_iter()
            .collect(),
        (FieldType::Struct(_) | FieldType::Map(..), Value::List(_)) => without_dashes(site, value),
        _ => Vec::new(),
    }
}

fn fix_with(id: &'static str, span: Span, text: String) -> Fix {
    Fix { id, value: text.clone(), edits: vec![TextEdit::replace(span, text)] }
}

/// Whether two paths differ in their last step only.
fn neighbours(a: &str, b: &str) -> bool {
    let parent = |path: &str| path.rfind(['.', '[']).map(|at| path.get(..at).unwrap_or_default().to_owned());
    a == b || parent(a) == parent(b)
}

/// A number or truth value in quotes, which make text of it.
fn quoted(site: &Site<'_, '_>, value: ValueId) -> Option<TextEdit> {
    let node = site.tree.node(site.values.node(value));
    let plain = matches!(node.kind, NodeKind::Scalar { style: Style::Plain, .. }) && node.tag.is_none();
    let text = matches!(
        site.values.get(value),
        Value::Scalar(Scalar::Str(_) | Scalar::Null) | Value::List(_) | Value::Object(_)
    );
    (plain && !text).then(|| TextEdit::replace(node.span, format!("\"{}\"", site.slice(node.span))))
}

/// The whole number that a text says: `80`, or the seconds of `5m`.
fn number(text: &str) -> Option<String> {
    let text = text.trim();
    if text.parse::<i64>().is_ok() {
        return (!text.starts_with('+')).then(|| text.to_owned());
    }
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let count: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    Some(count.checked_mul(seconds)?.to_string())
}

fn json_of(scalar: &Scalar<'_>) -> Json {
    match scalar {
        Scalar::Null => Json::Null,
        Scalar::Bool(value) => Json::from(*value),
        Scalar::Int(value) => Json::from(*value),
        Scalar::Uint(value) => Json::from(*value),
        Scalar::Float(value) => Json::from(*value),
        Scalar::Str(text) => Json::from(text.as_ref()),
    }
}

/// The field that a scalar stands for where a struct is wanted: the port of a port, the name of what has one.
fn key_field(kind: TypeId, scalar: &Scalar<'_>) -> Option<&'static str> {
    let fields: &[&'static str] = match scalar {
        Scalar::Int(_) => &["containerPort", "port"],
        Scalar::Str(_) => &["name"],
        _ => &[],
    };
    fields.iter().find(|field| kind.field(field).is_some()).copied()
}

fn list_of_scalar(
    site: &Site<'_, '_>,
    failure: &Failure,
    items: &FieldType,
    scalar: &Scalar<'_>,
    span: Span,
) -> Vec<Fix> {
    let block = matches!(
        site.tree.node(site.values.node(failure.value)).kind,
        NodeKind::Scalar { style: Style::Literal | Style::Folded, .. }
    );
    match (items, scalar) {
        _ if block => Vec::new(),
        (FieldType::Struct(kind), _) => key_field(*kind, scalar)
            .map(|field| {
                let item = render::object([(field, json_of(scalar))]);
                fix_with(LIST, span, render::flow(&Json::Array(vec![item]), false))
            })
            .into_iter()
            .collect(),
        (FieldType::String(_), Scalar::Str(text)) if !text.contains('\n') => {
            let list = |parts: &[&str]| {
                let parts: Vec<String> = parts.iter().map(|part| render::text_scalar(part, true)).collect();
                format!("[{}]", parts.join(", "))
            };
            let mut fixes = vec![fix_with(LIST, span, list(&[text]))];
            if failure.path.ends_with("command") && text.contains(' ') {
                fixes.insert(0, fix_with(SHELL, span, list(&["sh", "-c", text])));
            }
            fixes
        }
        (FieldType::String(_), _) => vec![fix_with(LIST, span, format!("[\"{}\"]", site.slice(span)))],
        _ => Vec::new(),
    }
}

/// A list for an object: of one element, or of names and values.
fn list_of_object(site: &Site<'_, '_>, value: ValueId, items: &FieldType) -> Vec<Fix> {
    let (FieldType::Struct(kind), Value::Object(entries)) = (items, site.values.get(value)) else { return Vec::new() };
    let node = site.tree.node(site.values.node(value));
    let NodeKind::Mapping { flow, .. } = node.kind else { return Vec::new() };
    let known = entries.iter().any(|entry| kind.field(&entry.key).is_some());
    if !known {
        // `env: {NAME: value}`.
        let scalars: Option<Vec<Json>> = entries
            .iter()
            .map(|entry| {
                let Value::Scalar(scalar) = site.values.get(entry.value) else { return None };
                let text = match scalar {
                    Scalar::Str(text) => text.to_string(),
                    Scalar::Null => String::new(),
                    _ => site.slice(site.tree.node(site.values.node(entry.value)).span).to_owned(),
                };
                Some(render::object([("name", Json::from(entry.key.as_ref())), ("value", Json::from(text))]))
            })
            .collect();
        let pairs = kind.field("name").is_some() && kind.field("value").is_some();
        let Some(list) = scalars.filter(|list| pairs && !list.is_empty()).map(Json::Array) else { return Vec::new() };
        let text = match flow {
            true => render::flow(&list, false),
            false => render::block(&list, site.column_of(node.span.start)),
        };
        return vec![Fix { id: LIST, value: String::new(), edits: vec![TextEdit::replace(node.span, text)] }];
    }
    let mut edits = vec![TextEdit::insert(node.span.start, if flow { "[" } else { "- " })];
    if flow {
        edits.push(TextEdit::insert(node.span.end, "]"));
    } else {
        let mut at = node.span.start;
        for line in site.slice(node.span).split_inclusive('\n') {
            if at > node.span.start && !line.trim().is_empty() {
                edits.push(TextEdit::insert(at, "  "));
            }
            at += line.len();
        }
    }
    vec![Fix { id: LIST, value: String::new(), edits }]
}

/// An object for a list of objects: its elements' fields without the dashes.
fn without_dashes(site: &Site<'_, '_>, value: ValueId) -> Vec<Fix> {
    let node = site.values.node(value);
    let NodeKind::Sequence { items, flow } = &site.tree.node(node).kind else { return Vec::new() };
    let span = site.tree.node(node).span;
    if !items.iter().all(|item| matches!(site.tree.node(*item).kind, NodeKind::Mapping { .. })) {
        return Vec::new();
    }
    let edits: Option<Vec<TextEdit>> = match flow {
        true => (items.len() == 1).then(|| {
            let item = items.first().map(|item| site.tree.node(*item).span).unwrap_or(span);
            vec![
                TextEdit::replace(Span::new(span.start, item.start), ""),
                TextEdit::replace(Span::new(item.end, span.end), ""),
            ]
        }),
        false => items
            .iter()
            .map(|item| {
                let dash = site.dash(node, site.tree.node(*item).span.start)?;
                Some(TextEdit::replace(Span::new(dash, dash + 1), " "))
            })
            .collect(),
    };
    edits.map(|edits| Fix { id: NO_LIST, value: String::new(), edits }).into_iter().collect()
}

/// What a miswritten amount (`64MB`, `5K`, `1 core`) was meant to be.
fn quantity(written: &str) -> Option<String> {
    let compact: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    let number_end = compact.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(compact.len());
    let (number, unit) = compact.split_at(number_end);
    let meant = match unit.to_ascii_lowercase().as_str() {
        "kb" | "k" => "k",
        "mb" => "M",
        "gb" | "g" => "G",
        "tb" | "t" => "T",
        "kib" | "ki" => "Ki",
        "mib" | "mi" => "Mi",
        "gib" | "gi" => "Gi",
        "tib" | "ti" => "Ti",
        "core" | "cores" | "cpu" | "cpus" | "b" | "bytes" => "",
        _ => return None,
    };
    let amount = format!("{number}{meant}");
    (!number.is_empty() && Quantity::parse(&amount).is_ok()).then_some(amount)
}
