//! Field paths to places of the text.

use crate::api::{FieldPath, Segment};
use crate::text::Span;
use crate::yaml::{Entry, Tree, Value, ValueId, Values};

/// The place of `path` in the object `root`.
///
/// A scalar is its value, an object or a list its key; what is missing is the key of the innermost parent that is
/// there. Aliases lead to where the value is written.
pub(super) fn locate(tree: &Tree<'_>, values: &Values<'_>, root: ValueId, path: &FieldPath) -> Span {
    let mut at = root;
    let mut place = object_place(tree, values, root);
    for (i, segment) in path.0.iter().enumerate() {
        match segment {
            Segment::Field(name) => match step(values, at, name) {
                Some(entry) => (at, place) = (entry.value, entry_place(tree, values, entry)),
                None => return place,
            },
            Segment::Key(key) => match values.field(at, key) {
                Some(entry) => {
                    at = entry.value;
                    place = entry_place(tree, values, entry);
                    // The key itself is what a path that ends with it speaks of.
                    if i + 1 == path.0.len() && values.is_null(entry.value) {
                        place = tree.node(entry.key_node).span;
                    }
                }
                None => return place,
            },
            Segment::Index(index) => match values.element(at, *index) {
                Some(element) => (at, place) = (element, object_place(tree, values, element)),
                None => return place,
            },
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
        Value::Scalar(_) => {
            Some(tree.node(values.node(entry.value)).span).filter(|span| !span.is_empty()).unwrap_or(key)
        }
        _ => key,
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
