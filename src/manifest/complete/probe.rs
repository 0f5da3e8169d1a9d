//! A text with a mark at the cursor, made so that it can be read.
//!
//! While someone types, the text is broken most of the time, and what is being typed is broken always: a key without
//! its colon, a bracket that is not closed. A probe puts a mark where the cursor is and completes what is needed for
//! the mark to be read, first as a key, then as a value; faults elsewhere are blanked.

use crate::text::Span;
use crate::yaml::{NodeId, NodeKind, Style, Tree, blank_faults, split, terminated};

/// What stands for the cursor: a character of Unicode's private area, which YAML allows and nobody writes.
pub(super) const MARK: char = '\u{e5c6}';

/// What is being written at the cursor.
pub(super) struct Probe {
    /// The text with the mark in it; no document that matters is broken.
    pub text: String,
    /// Where the mark is in it.
    pub mark: usize,
    /// What stands in the way in the original: from the beginning of the word to the cursor.
    pub word: Span,
    /// The quote that the word began with.
    pub quote: Option<char>,
    /// Whether a colon follows.
    pub colon: bool,
    /// Whether it is in brackets or braces.
    pub flow: bool,
    /// The column of the word in its line.
    pub column: usize,
}

/// The pieces of the line with the cursor.
struct Line<'t> {
    span: Span,
    before: &'t str,
    after: &'t str,
}

/// The word at the cursor, with the texts to try.
struct Word {
    span: Span,
    quote: Option<char>,
    colon: bool,
    column: usize,
    /// A text, and whether the word is in brackets there.
    forms: Vec<(String, bool)>,
}

impl Word {
    fn at(text: &str, offset: usize) -> Option<Word> {
        let (head, tail) = (text.get(..offset)?, text.get(offset..)?);
        let start = head.rfind('\n').map_or(0, |end| end + 1);
        let end = tail.find('\n').map_or(text.len(), |end| offset + end);
        let (before, after) = (text.get(start..offset)?, text.get(offset..end)?);
        let line = Line { span: Span::new(start, end), before, after };
        if before.starts_with("---") || text.contains(MARK) {
            return None;
        }
        let delimiter = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}' | '"' | '\'');
        let word = before.trim_end_matches(|c: char| !delimiter(c)).len();
        let lead = before.get(..word)?;
        let last = lead.chars().next_back().filter(|c| matches!(c, '"' | '\''));
        let quote = last.filter(|quote| lead.matches(*quote).count() % 2 == 1);
        let rest = after.trim_start_matches(|c: char| !delimiter(c) && c != ':');
        let rest = quote.map_or(rest, |quote| rest.strip_prefix(quote).unwrap_or(rest));
        let colon = rest.trim_start().starts_with(':');
        let document = head.rfind("\n---").map_or(0, |at| at + 1);
        let open = open_brackets(text.get(document..start).unwrap_or_default(), before);
        Some(Word {
            span: Span::new(start + word, offset),
            quote,
            colon,
            column: lead.chars().count() - usize::from(quote.is_some()),
            forms: lines(text, &line, quote, colon, &open),
        })
    }

    fn probe(&self, (text, flow): (String, bool)) -> Option<Probe> {
        let (text, mark) = sound(text)?;
        let Word { span: word, quote, colon, column, .. } = *self;
        Some(Probe { text, mark, word, quote, colon, flow, column })
    }
}

impl Probe {
    /// Every way to read the text at `offset`, the likeliest first; each is made when it is asked for.
    pub fn all(text: &str, offset: usize) -> impl Iterator<Item = Probe> {
        let found = Word::at(text, offset).into_iter();
        found.flat_map(|mut word| {
            let forms = std::mem::take(&mut word.forms);
            forms.into_iter().filter_map(move |form| word.probe(form))
        })
    }

    /// The document with the mark.
    pub fn document(&self) -> Option<Span> {
        split(&self.text).into_iter().map(|document| document.span).find(|span| span.touches(self.mark))
    }
}

/// The node that holds the mark, where its text is the word and nothing more.
pub(super) fn marked(tree: &Tree<'_>) -> Option<NodeId> {
    let holds = |kind: &NodeKind<'_>| match kind {
        NodeKind::Scalar { value, style, .. } => {
            value.contains(MARK) && !value.contains(' ') && !matches!(style, Style::Literal | Style::Folded)
        }
        _ => false,
    };
    tree.nodes().find(|(_, node)| holds(&node.kind)).map(|(id, _)| id)
}

/// The text with each likely form of the line in it, and whether that form is one in brackets.
fn lines(text: &str, line: &Line<'_>, quote: Option<char>, colon: bool, open: &str) -> Vec<(String, bool)> {
    let (before, after) = (line.before, line.after);
    let closing = quote.map(String::from).unwrap_or_default();
    let quote_end = if quote.is_some_and(|quote| after.contains(quote)) { "" } else { closing.as_str() };
    let head = text.get(..line.span.start).unwrap_or_default();
    let tail = text.get(line.span.end..).unwrap_or_default();
    let whole = |line: String| format!("{head}{line}{tail}");
    let as_value = whole(format!("{before}{MARK}{quote_end}{after}"));
    let mut forms = Vec::new();
    if !open.is_empty() {
        let closers: String = open.chars().rev().map(|bracket| if bracket == '[' { ']' } else { '}' }).collect();
        let closed = format!("{before}{MARK}{closing}{closers}");
        let next = tail.find("\n---").and_then(|at| tail.get(at..)).unwrap_or_default();
        forms.push((as_value.clone(), true));
        forms.push((whole(closed.clone()), true));
        forms.push((format!("{head}{closed}{next}"), true));
    }
    // A bracket of an earlier line may be the fault, and this line none that it holds.
    let lead = before.trim_start_matches([' ', '-', '"', '\'']);
    let alone = after.trim_start();
    if !colon && !lead.contains([' ', ':']) && (alone.is_empty() || alone.starts_with('#')) {
        forms.push((whole(format!("{before}{MARK}{quote_end}: {after}")), false));
    }
    forms.push((as_value, false));
    forms.push((whole(format!("{before}{MARK}{closing}")), false));
    forms
}

/// The text with its faults blanked, and the place of the mark; none if that takes the mark away.
fn sound(text: String) -> Option<(String, usize)> {
    let mut text = terminated(&text).into_owned();
    let mark = text.find(MARK)?;
    let faulty: Vec<Span> = {
        let documents = split(&text);
        documents.iter().filter(|document| document.tree.error.is_some()).map(|document| document.span).collect()
    };
    for span in faulty {
        let keep = span.touches(mark).then_some(mark);
        if !blank_faults(&mut text, span, keep) {
            return None;
        }
    }
    (text.find(MARK) == Some(mark)).then_some((text, mark))
}

/// The brackets and braces that are open at the end of `before`, a line behind `lines`, outermost first.
///
/// It looks only at where values begin: what a scanner would say needs a text without faults.
fn open_brackets(lines: &str, before: &str) -> String {
    let mut open = String::new();
    // The indentation of the key of a block scalar whose lines are skipped.
    let mut block: Option<usize> = None;
    for line in lines.lines().chain([before]) {
        let content = line.trim_start();
        let indentation = line.len() - content.len();
        if content.is_empty() || block.is_some_and(|own| indentation > own) {
            continue;
        }
        block = None;
        let value = match open.is_empty() {
            false => content,
            true => {
                let item = content.trim_start_matches("- ");
                let behind_key = item.find(": ").and_then(|colon| item.get(colon + 2..));
                let value = behind_key.filter(|_| !item.starts_with(['[', '{'])).unwrap_or(item).trim_start();
                if value.starts_with(['|', '>']) {
                    block = Some(indentation + content.len() - item.len());
                }
                if !value.starts_with(['[', '{']) {
                    continue;
                }
                value
            }
        };
        read_flow(value, &mut open);
    }
    open
}

/// Follows the brackets of one line; quotes and comments hide them.
fn read_flow(line: &str, open: &mut String) {
    let (mut quote, mut last) = (None, ' ');
    for c in line.chars() {
        match (quote, c) {
            (Some(q), _) if q == c && !(q == '"' && last == '\\') => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if !last.is_alphanumeric() => quote = Some(c),
            (None, '[' | '{') => open.push(c),
            (None, ']' | '}') => drop(open.pop()),
            (None, '#') if last.is_whitespace() => return,
            _ => {}
        }
        last = c;
        if open.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_brackets_are_seen_through_quotes_comments_and_scripts() {
        assert_eq!(open_brackets("", "a: [x, {b: "), "[{");
        assert_eq!(open_brackets("a: [x, # ]\n", "  y"), "[");
        assert_eq!(open_brackets("", "a: [\"]\", "), "[");
        assert_eq!(open_brackets("", "- {a: [1], "), "{");
        assert_eq!(open_brackets("a: |\n  [ -f x\n", "b: "), "");
        assert_eq!(open_brackets("{\n  \"a\": [1],\n", "  \""), "{");
        assert_eq!(open_brackets("", "a: b [c"), "");
    }
}
