//! What a template finds in a value (client-go: util/jsonpath/jsonpath.go).

use std::borrow::Cow;

use serde_json::Value;

use super::Hit;
use super::parse::Node;

type Found<'a> = Vec<Hit<'a>>;

/// What each node finds, in order; what stands in a range is found for each of its values. Where it is `strict`, a field
/// that is nowhere is an error.
pub(super) fn find<'a>(nodes: &'a [Node], root: &'a Value, strict: bool) -> Result<Vec<Found<'a>>, String> {
    let mut all = Vec::new();
    block(nodes, vec![Cow::Borrowed(root)], (0, strict), &mut all)?;
    Ok(all)
}

/// Works through nodes up to the end of a range, or to their own end; how many were passed.
fn block<'a>(
    nodes: &'a [Node],
    here: Found<'a>,
    (depth, strict): (usize, bool),
    all: &mut Vec<Found<'a>>,
) -> Result<usize, String> {
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        at += 1;
        match word(node) {
            Some("range") => {
                let items = walk(here.clone(), node, strict)?;
                let rest = nodes.get(at..).unwrap_or_default();
                let mut passed = 0;
                for item in &items {
                    passed = block(rest, vec![item.clone()], (depth + 1, strict), all)?;
                }
                if items.is_empty() {
                    passed = block(rest, Vec::new(), (depth + 1, false), &mut Vec::new())?;
                }
                at += passed;
            }
            Some("end") if depth > 0 => return Ok(at),
            Some("end") => return Err("not in range, nothing to end".to_owned()),
            Some(other) => return Err(format!("unrecognized identifier {other}")),
            None => all.push(walk(here.clone(), node, strict)?),
        }
    }
    Ok(at)
}

/// The word that an action begins with.
fn word(node: &Node) -> Option<&str> {
    match node {
        Node::List(nodes) => nodes.iter().find_map(|node| match node {
            Node::Word(word) => Some(word.as_str()),
            _ => None,
        }),
        _ => None,
    }
}

fn list<'a>(here: Found<'a>, nodes: &'a [Node], strict: bool) -> Result<Found<'a>, String> {
    nodes.iter().try_fold(here, |here, node| walk(here, node, strict))
}

fn walk<'a>(here: Found<'a>, node: &'a Node, strict: bool) -> Result<Found<'a>, String> {
    let each = |inner: &dyn Fn(Hit<'a>) -> Found<'a>| here.iter().cloned().flat_map(inner).collect();
    Ok(match node {
        Node::List(nodes) => return list(here, nodes, strict),
        Node::Text(text) => vec![Cow::Owned(Value::String(text.clone()))],
        Node::Literal(value) => here.iter().map(|_| Cow::Borrowed(value)).collect(),
        Node::Field(name) => {
            let found: Found<'a> = each(&|value| inner(value, |value| value.get(name).into_iter().collect()));
            if found.is_empty() && strict {
                return Err(format!("{name} is not found"));
            }
            found
        }
        Node::Every => each(&children),
        Node::Below => each(&below),
        // What `range` finds is what it goes over.
        Node::Word(word) if word == "range" => here,
        Node::Word(word) => return Err(format!("unrecognized identifier {word}")),
        Node::Union(parts) => {
            let found: Result<Vec<Found<'a>>, String> =
                parts.iter().map(|part| list(here.clone(), part, strict)).collect();
            found?.into_iter().flatten().collect()
        }
        Node::Slice { from, to, derived, by } => {
            let mut found = Vec::new();
            for value in here {
                found.extend(slice(value, *from, *to, *derived, *by)?);
            }
            found
        }
        Node::Filter { left, operator, right } => {
            let mut found = Vec::new();
            for value in here {
                if !value.is_array() {
                    return Err(format!("{} is not array or slice and cannot be filtered", go_value(&value)));
                }
                for item in children(value) {
                    if holds(&item, (left, operator, right), strict)? {
                        found.push(item);
                    }
                }
            }
            found
        }
    })
}

/// What `pick` takes out of a value.
fn inner<'a>(value: Hit<'a>, pick: impl Fn(&Value) -> Vec<&Value>) -> Found<'a> {
    match value {
        Cow::Borrowed(value) => pick(value).into_iter().map(Cow::Borrowed).collect(),
        Cow::Owned(value) => pick(&value).into_iter().cloned().map(Cow::Owned).collect(),
    }
}

/// What a map or list holds. Go's maps have no order; ours go by their keys.
fn children(value: Hit<'_>) -> Found<'_> {
    inner(value, |value| match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    })
}

/// Every map and list from here down.
fn below(value: Hit<'_>) -> Found<'_> {
    let inner = children(value.clone());
    if inner.is_empty() {
        return Vec::new();
    }
    let mut all = vec![value];
    all.extend(inner.into_iter().flat_map(below));
    all
}

fn slice(
    value: Hit<'_>,
    from: Option<i64>,
    to: Option<i64>,
    derived: bool,
    by: Option<i64>,
) -> Result<Found<'_>, String> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let Value::Array(items) = value.as_ref() else {
        return Err(format!("{} is not array or slice", go_type(&value)));
    };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from = from.unwrap_or(0);
    let from = if from < 0 { from.saturating_add(length) } else { from };
    let to = to.unwrap_or(length);
    let to = if to < 0 || to == 0 && derived { to.saturating_add(length) } else { to };
    let beyond = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
    match () {
        () if from == to => return Ok(Vec::new()),
        () if from >= length || from < 0 => return beyond(from),
        () if to > length || to < 0 => return beyond(to - 1),
        () if from > to => return Err(format!("starting index {from} is greater than ending index {to}")),
        () => {}
    }
    let by = match by {
        Some(by) if by <= 0 => return Err("step must be > 0".to_owned()),
        by => usize::try_from(by.unwrap_or(1)).unwrap_or(usize::MAX),
    };
    let (from, to) = (usize::try_from(from).unwrap_or_default(), usize::try_from(to).unwrap_or_default());
    Ok(inner(value, |value| {
        let items = value.as_array().and_then(|items| items.get(from..to)).unwrap_or_default();
        items.iter().step_by(by).collect()
    }))
}

fn holds<'a>(
    item: &Hit<'a>,
    (left, operator, right): (&'a [Node], &str, &'a [Node]),
    strict: bool,
) -> Result<bool, String> {
    let one = |nodes: &'a [Node]| {
        let found = list(vec![item.clone()], nodes, strict)?;
        match found.len() {
            0 | 1 => Ok(found.into_iter().next()),
            _ => Err("can only compare one element at a time".to_owned()),
        }
    };
    if operator.is_empty() {
        return Ok(list(vec![item.clone()], left, strict).is_ok_and(|found| !found.is_empty()));
    }
    let Some(left) = one(left)? else { return Ok(false) };
    let Some(right) = one(right)? else { return Ok(false) };
    // Numbers with and without a fraction are of two kinds, and kinds are not compared.
    let order = match (left.as_ref(), right.as_ref()) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) if a.is_f64() == b.is_f64() => {
            a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b))
        }
        (Value::Null | Value::Array(_) | Value::Object(_), _) | (_, Value::Null) => {
            return Err("invalid type for comparison".to_owned());
        }
        _ => None,
    };
    let order = order.ok_or_else(|| "incompatible types for comparison".to_owned())?;
    match operator {
        "==" => Ok(order.is_eq()),
        "!=" => Ok(order.is_ne()),
        "<" => Ok(order.is_lt()),
        "<=" => Ok(order.is_le()),
        ">" => Ok(order.is_gt()),
        ">=" => Ok(order.is_ge()),
        other => Err(format!("unrecognized filter operator {other}")),
    }
}

/// A value's type in Go.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A value as Go's `%v` prints it.
fn go_value(value: &Value) -> String {
    crate::kubectl::print::shown::printed(value)
}
