//! Field paths to places of the text.

use super::FieldError;
use super::rules::errors::{push_go_quoted, push_json_quoted};
use crate::api::{FieldPath, Segment};
use crate::text::Span;
use crate::yaml::{Entry, NodeId, Scalar, Tree, Value, ValueId, Values};

/// The place that `found` speaks of in the object `root`: that of its path, or, where the path leads to a map or a
/// list and the message shows one key or element of it, that one.
pub(super) fn place_of(tree: &Tree<'_>, values: &Values<'_>, root: ValueId, found: &FieldError) -> Span {
    let path = found.place();
    match shown_inside(values, root, found) {
        Some(Shown::Key(key)) => tree.node(key).span,
        Some(Shown::Value(value)) => tree.node(values.node(value)).span,
        None => locate(tree, values, root, path),
    }
}

/// One of the parts of a map or list.
pub(super) enum Shown {
    /// A key.
    Key(NodeId),
    /// A scalar.
    Value(ValueId),
}

/// The value at the whole of `path`, and the entry whose value it is.
pub(super) fn walk<'v, 'a>(
    values: &'v Values<'a>,
    root: ValueId,
    path: &[Segment],
) -> Option<(ValueId, Option<&'v Entry<'a>>)> {
    path.iter().try_fold((root, None), |(at, _), segment| match segment {
        Segment::Field(name) => step(values, at, name).map(|entry| (entry.value, Some(entry))),
        Segment::Key(key) => values.field(at, key).map(|entry| (entry.value, Some(entry))),
        Segment::Index(index) => values.element(at, *index).map(|element| (element, None)),
    })
}

/// The key or the scalar of the map or list that `found` speaks of, directly below its path or at its end, which its message shows behind
/// `Invalid value: ` and its kin.
pub(super) fn shown_inside(values: &Values<'_>, root: ValueId, found: &FieldError) -> Option<Shown> {
    let path = &found.place().0;
    let (at, entry) = walk(values, root, path)?;
    let (_, shown) = found.message.split_once(" value: ")?;
    let shows = |text: &str| {
        [push_go_quoted, push_json_quoted].into_iter().any(|quote| {
            let mut quoted = String::new();
            quote(&mut quoted, text);
            shown.strip_prefix(&quoted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
    };
    let shows_value = |id: ValueId| values.text(id).is_some_and(shows);
    // Of an entry of a map the message may mean the key.
    if let (Some(Segment::Key(key)), Some(entry)) = (path.last(), entry) {
        return (shows(key) && !shows_value(at)).then_some(Shown::Key(entry.key_node));
    }
    match values.get(at) {
        Value::Object(entries) => entries.iter().find_map(|entry| match shows(&entry.key) {
            true => Some(Shown::Key(entry.key_node)),
            false => shows_value(entry.value).then_some(Shown::Value(entry.value)),
        }),
        // Of equal ones the last is the one too many.
        Value::List(items) => items.iter().rev().find(|item| shows_value(**item)).map(|item| Shown::Value(*item)),
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
