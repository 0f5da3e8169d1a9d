//! Field paths to places of the text.

use super::FieldError;
use super::rules::errors::{push_go_quoted, push_json_quoted};
use crate::api::{FieldPath, Segment};
use crate::text::Span;
use crate::yaml::{Entry, Scalar, Tree, Value, ValueId, Values};

/// The place that `found` speaks of in the object `root`: that of its path, or, where the path leads to a map or a
/// list and the message shows one key or element of it, that one.
pub(super) fn place_of(tree: &Tree<'_>, values: &Values<'_>, root: ValueId, found: &FieldError) -> Span {
    let path = found.place();
    let inner = match walk(values, root, path) {
        Some((entries, _)) => shown_inside(tree, values, entries, &found.message),
        None => None,
    };
    inner.unwrap_or_else(|| locate(tree, values, root, path))
}

/// The value at the whole of `path`, and the entry whose value it is.
pub(super) fn walk<'v, 'a>(
    values: &'v Values<'a>,
    root: ValueId,
    path: &FieldPath,
) -> Option<(ValueId, Option<&'v Entry<'a>>)> {
    path.0.iter().try_fold((root, None), |(at, _), segment| match segment {
        Segment::Field(name) => step(values, at, name).map(|entry| (entry.value, Some(entry))),
        Segment::Key(key) => values.field(at, key).map(|entry| (entry.value, Some(entry))),
        Segment::Index(index) => values.element(at, *index).map(|element| (element, None)),
    })
}

/// The key or the scalar directly below `at` that the message shows behind `Invalid value: ` and its kin.
fn shown_inside(tree: &Tree<'_>, values: &Values<'_>, at: ValueId, message: &str) -> Option<Span> {
    if matches!(values.get(at), Value::Scalar(_)) {
        return None;
    }
    let (_, shown) = message.split_once(" value: ")?;
    let shows = |text: &str| {
        [push_go_quoted, push_json_quoted].into_iter().any(|quote| {
            let mut quoted = String::new();
            quote(&mut quoted, text);
            shown.strip_prefix(&quoted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
    };
    let shows_value = |id: ValueId| values.text(id).is_some_and(shows);
    let span = |id: ValueId| tree.node(values.node(id)).span;
    match values.get(at) {
        Value::Object(entries) => entries.iter().find_map(|entry| match shows(&entry.key) {
            true => Some(tree.node(entry.key_node).span),
            false => shows_value(entry.value).then(|| span(entry.value)),
        }),
        // Of equal ones the last is the one too many.
        Value::List(items) => items.iter().rev().find(|item| shows_value(**item)).map(|item| span(*item)),
        Value::Scalar(_) => None,
    }
}

/// The place of `path` in the object `root`.
///
/// A scalar is its value, an object or a list its key; what is missing is the key of the innermost parent that is
/// there. Aliases lead to where the value is written.
pub(super) fn locate(tree: &Tree<'_>, values: &Values<'_>, root: ValueId, path: &FieldPath) -> Span {
    let mut at = root;
    let mut place = object_place(tree, values, root);
    for segment in &path.0 {
        let entry = match segment {
            Segment::Field(name) => step(values, at, name),
            Segment::Key(key) => values.field(at, key),
            Segment::Index(index) => match values.element(at, *index) {
                Some(element) => {
                    (at, place) = (element, object_place(tree, values, element));
                    continue;
                }
                None => None,
            },
        };
        match entry {
            Some(entry) => (at, place) = (entry.value, entry_place(tree, values, entry)),
            None => return place,
        }
    }
    place
}

/// The field of this name; some of the server's paths spell it with a capital (`spec.HostPID`).
fn step<'v, 'a>(values: &'v Values<'a>, at: ValueId, name: &str) -> Option<&'v Entry<'a>> {
    let exact = values.field(at, name);
    exact.or_else(|| match values.get(at) {
        Value::Object(entries) => entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(name)),
        _ => None,
    })
}

/// The value of an entry where it is a scalar that is there, else its key.
pub(super) fn entry_place(tree: &Tree<'_>, values: &Values<'_>, entry: &Entry<'_>) -> Span {
    let key = tree.node(entry.key_node).span;
    match values.get(entry.value) {
        Value::Object(_) | Value::List(_) | Value::Scalar(Scalar::Null) => key,
        Value::Scalar(_) => {
            Some(tree.node(values.node(entry.value)).span).filter(|span| !span.is_empty()).unwrap_or(key)
        }
    }
}

/// A value without a key: a scalar itself, of an object its first key, of a list its first bracket or dash.
pub(super) fn object_place(tree: &Tree<'_>, values: &Values<'_>, id: ValueId) -> Span {
    let whole = tree.node(values.node(id)).span;
    match values.get(id) {
        Value::Object(entries) => {
            let own = |span: &Span| span.start >= whole.start && span.end <= whole.end;
            entries.iter().map(|entry| tree.node(entry.key_node).span).filter(own).min().unwrap_or(whole)
        }
        Value::List(_) => Span::new(whole.start, whole.start + whole.len().min(1)),
        Value::Scalar(_) => whole,
    }
}
