//! A change of one place of a text.

use serde::Serialize;

use super::Span;

/// Replaces the bytes of `span` by `replacement`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextEdit {
    /// What goes; empty where something is put in.
    pub span: Span,
    /// What comes.
    pub replacement: String,
}

impl TextEdit {
    /// Replaces `span` by `replacement`.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }

    /// Puts `text` in at the byte `offset`.
    pub fn insert(offset: usize, text: impl Into<String>) -> Self {
        Self::replace(Span::new(offset, offset), text)
    }
}

/// The text after all `edits`, whose spans mean places of the text before them.
///
/// An edit that overlaps an earlier one, or whose span is no range of characters of the text, is left out:
/// half an edit would be worse than none.
pub fn apply(text: &str, edits: &[TextEdit]) -> String {
    let mut ordered: Vec<&TextEdit> = edits.iter().collect();
    collections::sort_by_key(&mut ordered, |edit| (edit.span.start, edit.span.end));
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in ordered {
        if edit.span.start < done || text.get(edit.span.start..edit.span.end).is_none() {
            continue;
        }
        result.push_str(text.get(done..edit.span.start).unwrap_or_default());
        result.push_str(&edit.replacement);
        done = edit.span.end;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_together_in_any_order() {
        let edits = [
            TextEdit::replace(Span::new(7, 8), "2"),
            TextEdit::replace(Span::new(0, 1), "name"),
            TextEdit::insert(8, "!"),
        ];
        assert_eq!(apply("a: 你: 1", &[]), "a: 你: 1");
        assert_eq!(apply("a: xyz 1", &edits), "name: xyz 2!");
    }

    #[test]
    fn broken_edits_are_left_out() {
        let edits = [
            TextEdit::replace(Span::new(0, 3), "x"),
            TextEdit::replace(Span::new(2, 4), "overlaps"),
            TextEdit::replace(Span::new(4, 5), "inside a character"),
            TextEdit::replace(Span::new(90, 91), "outside"),
        ];
        assert_eq!(apply("abc你", &edits), "x你");
    }
}
