//! Where a text speaks of a field: the whole of it, to light its lines.

use crate::api::{FieldPath, Segment};
use crate::text::Span;
use crate::yaml::{self, Values};

/// The extent of the field `path` in the document numbered `document`; of the innermost parent that is there, where
/// the field itself is not.
pub fn extent(text: &str, document: usize, path: &FieldPath) -> Option<Span> {
    let documents = yaml::split(text);
    let document = documents.into_iter().nth(document)?;
    let tree = &document.tree;
    let values = Values::resolve(tree).ok()?;
    let mut at = values.root()?;
    for segment in &path.0 {
        let inner = match segment {
            Segment::Field(name) => values.field(at, name).map(|entry| entry.value),
            Segment::Key(key) => values.field(at, key).map(|entry| entry.value),
            Segment::Index(index) => values.element(at, *index),
        };
        match inner {
            Some(inner) => at = inner,
            None => break,
        }
    }
    Some(tree.node(values.node(at)).span)
}
