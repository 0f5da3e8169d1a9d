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

/// The first and the last line that `span` covers, from 1; blank lines at its end do not count.
pub fn lines(text: &str, span: Span) -> Option<(usize, usize)> {
    let first = text.get(..span.start)?.matches('\n').count() + 1;
    let inside = text.get(span.start..span.end)?.trim_end();
    Some((first, first + inside.matches('\n').count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Path;

    #[test]
    fn a_span_covers_its_lines() {
        let text = "a\n- b\n  c\n- d\n";
        assert_eq!(lines(text, Span::new(2, 10)), Some((2, 3)));
        assert_eq!(lines(text, Span::new(0, 1)), Some((1, 1)));
        assert_eq!(lines(text, Span::new(0, 99)), None);
    }

    #[test]
    fn a_field_that_is_not_there_is_its_parent() {
        let text = "spec:\n  containers:\n  - name: a\n";
        let spec = Path::ROOT.field("spec");
        let whole = extent(text, 0, &spec.to_owned());
        assert_eq!(extent(text, 0, &spec.field("restartPolicy").to_owned()), whole);
        assert_eq!(extent(text, 3, &spec.to_owned()), None);
    }
}
