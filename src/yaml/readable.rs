//! What can be read of a broken text behind its faults, for those who help while it is being written.
//!
//! The verdict of a text is that of its first fault, as with kubectl, and its tree ends there. Completion, hover and
//! outlines want the rest all the same: they read a copy in which the faulty lines are blank.

use std::borrow::Cow;

use super::documents::split;
use super::tree::{Node, NodeKind, Tree};
use crate::text::Span;

/// How many faults of one document are blanked one by one before all that is left goes at once.
const MOST_FAULTS: usize = 64;

/// `text` with blanks in place of what keeps it from being YAML. Every other byte stays where it is, so that places
/// of the copy are places of the text. Borrowed when there is no fault.
pub fn readable(text: &str) -> Cow<'_, str> {
    let broken = |text: &str| -> Vec<Span> {
        let documents = split(text);
        documents.iter().filter(|document| document.tree.error.is_some()).map(|document| document.span).collect()
    };
    let spans = broken(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut copy = text.to_owned();
    for span in spans {
        blank_faults(&mut copy, span, None);
    }
    Cow::Owned(copy)
}

/// Blanks the faults of the document `span`; false when that would take away the line of the byte `keep`.
pub fn blank_faults(text: &mut String, span: Span, keep: Option<usize>) -> bool {
    let mut last = None;
    for _ in 0..MOST_FAULTS {
        let Some(line) = faulty_line(text, span) else { return true };
        // The same line again: what was tried last did not help.
        let again = last == Some(line.start);
        last = Some(line.start);
        let content = text.get(line.start..line.end).unwrap_or_default();
        let indentation = content.len() - content.trim_start_matches([' ', '\t']).len();
        if !again && content.get(..indentation).is_some_and(|blanks| blanks.contains('\t')) {
            tabs_to_blanks(text, span);
            continue;
        }
        let value = content.find(": ").map(|colon| Span::new(line.start + colon + 2, line.end));
        let hole = match value {
            Some(value) if !again && text.get(value.start..value.end).is_some_and(|it| !it.trim().is_empty()) => value,
            _ => Span::new(line.start, end_of_block(text, span, line)),
        };
        if keep.is_some_and(|keep| (hole.start..=hole.end).contains(&keep)) {
            return false;
        }
        blank(text, hole);
    }
    if keep.is_some() {
        return false;
    }
    blank(text, span);
    true
}

/// The line of the first fault, if there is one: where a quote, a bracket or a key began that found no end, or where
/// something stands that does not belong there.
fn faulty_line(text: &str, span: Span) -> Option<Span> {
    let tree = Tree::parse(text, span);
    let error = tree.error.as_ref()?;
    let in_block = error.problem.starts_with("did not find expected key")
        || error.problem.starts_with("did not find expected '-'");
    let at = match error.context {
        Some(context) if !in_block && context > span.start => context,
        _ => error.offset,
    };
    let at = open_bracket(text, &tree, at).unwrap_or(at);
    // A fault found at the end, or in a blank line, is that of the line before.
    let before = text.get(span.start..at.min(span.end))?;
    let line_is_blank = {
        let start = before.rfind('\n').map_or(0, |end| end + 1) + span.start;
        let rest = text.get(start..span.end).unwrap_or_default();
        rest.lines().next().unwrap_or_default().trim().is_empty()
    };
    let at = match line_is_blank {
        true => span.start + before.trim_end().len(),
        false => at,
    };
    let start = text.get(span.start..at)?.rfind('\n').map_or(span.start, |end| span.start + end + 1);
    let length = text.get(start..span.end)?.find('\n').unwrap_or(span.end - start);
    Some(Span::new(start, start + length))
}

/// The bracket that is open at the fault `at`, where the line of the fault does not lie deeper than that of the
/// bracket: then it was not meant to be in it.
fn open_bracket(text: &str, tree: &Tree<'_>, at: usize) -> Option<usize> {
    let indentation = |at: usize| {
        let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(start..)?;
        Some((start, line.len() - line.trim_start_matches(' ').len()))
    };
    let (fault_line, fault_indentation) = indentation(at)?;
    let open = |node: &Node<'_>| {
        let closer = match &node.kind {
            NodeKind::Sequence { flow: true, .. } => ']',
            NodeKind::Mapping { flow: true, .. } => '}',
            _ => return false,
        };
        let written = text.get(node.span.start..node.span.end).unwrap_or_default();
        // A node without a bracket is a pair inside a list.
        written.starts_with(['[', '{']) && (written.len() < 2 || !written.ends_with(closer))
    };
    let bracket = tree.nodes().map(|(_, node)| node).filter(|node| node.span.start < at).find(|node| open(node))?;
    let (line, own_indentation) = indentation(bracket.span.start)?;
    (line < fault_line && fault_indentation <= own_indentation).then_some(bracket.span.start)
}

/// The end of the last line behind `line` that lies deeper than it.
fn end_of_block(text: &str, span: Span, line: Span) -> usize {
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indentation(text.get(line.start..line.end).unwrap_or_default());
    let mut end = line.end;
    let mut at = line.end + 1;
    for next in text.get(at..span.end).unwrap_or_default().split_inclusive('\n') {
        let content = next.trim_end();
        if !content.is_empty() {
            if indentation(content) <= own {
                break;
            }
            end = at + content.len();
        }
        at += next.len();
    }
    end
}

/// Makes each tab that indents a line one blank: where tabs alone indent, the levels stay.
fn tabs_to_blanks(text: &mut String, span: Span) {
    let Some(part) = text.get(span.start..span.end) else { return };
    let mut mended = String::with_capacity(part.len());
    for line in part.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t']);
        mended.push_str(&" ".repeat(line.len() - content.len()));
        mended.push_str(content);
    }
    text.replace_range(span.start..span.end, &mended);
}

fn blank(text: &mut String, span: Span) {
    let Some(part) = text.get(span.start..span.end) else { return };
    let blanks: String =
        part.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }).collect();
    text.replace_range(span.start..span.end, &blanks);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a text, without its blank lines.
    fn left(text: &str) -> Vec<String> {
        let copy = readable(text);
        assert_eq!(copy.len(), text.len());
        assert!(split(&copy).iter().all(|document| document.tree.error.is_none()), "{copy}");
        copy.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    #[test]
    fn a_sound_text_is_itself() {
        assert!(matches!(readable("a: 1\n---\nb: 2\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_half_written_key_goes_alone() {
        assert_eq!(left("a:\n  b: 1\n  im\n  c: 2\nd: 3\n"), ["a:", "  b: 1", "  c: 2", "d: 3"]);
        assert_eq!(left("a: 1\nim"), ["a: 1"]);
    }

    #[test]
    fn an_open_quote_or_bracket_takes_its_value() {
        assert_eq!(left("a:\n  b: \"x\n  c: 2\nd: 3\n"), ["a:", "  b:", "  c: 2", "d: 3"]);
        assert_eq!(left("a:\n- b: [x, {y\n  c: 2\nd: 3\n"), ["a:", "- b:", "  c: 2", "d: 3"]);
    }

    #[test]
    fn an_open_brace_does_not_swallow_what_follows() {
        assert_eq!(left("a:\n  b: {\nc:\n- d: 1\n- e: \"\nf: 2\n"), ["a:", "  b:", "c:", "- d: 1", "- e:", "f: 2"]);
    }

    #[test]
    fn a_line_that_lies_wrongly_takes_what_lies_deeper() {
        let text = "a:\n    b: 1\n   c:\n     d: 2\n     e: 3\nf: 4\n";
        assert_eq!(left(text), ["a:", "    b: 1", "f: 4"]);
    }

    #[test]
    fn tabs_keep_their_levels() {
        assert_eq!(left("a:\n\tb:\n\t\tc: 1\n"), ["a:", " b:", "  c: 1"]);
    }

    #[test]
    fn documents_fail_alone() {
        assert_eq!(left("a: [\n---\nb: 1\n---\nc: '\nd: 2\n"), ["a:", "---", "b: 1", "---", "c:", "d: 2"]);
    }

    #[test]
    fn every_text_ends_somewhere() {
        for text in
            ["{", "[[[[", "- -\n -\t- :", "a: b: c: d\n", "\u{0}", "&a *b\n? - :", "%YAML 2\n---\n", "a: 你\n 好: \"\n"]
        {
            assert_eq!(readable(text).len(), text.len());
        }
        let hopeless = "a: [\n \"\n".repeat(100);
        assert!(split(&readable(&hopeless)).iter().all(|document| document.tree.error.is_none()));
    }
}
