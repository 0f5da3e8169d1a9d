//! Mends of a text that is no YAML: tabs, a colon without its blank, a text that needs quotes.

use super::{COLONS, Fix, QUOTE, SPACE, TABS, render};
use crate::manifest::check::check_without_fixes;
use crate::text::{Span, TextEdit, apply, floor_char_boundary};
use crate::yaml::{Document, Tree};

/// Spaces for the tabs that indent the document: the width that makes the best document of it.
pub(in crate::manifest) fn tabs(text: &str, document: &Document<'_>) -> Vec<Fix> {
    let Some(part) = text.get(document.span.start..document.span.end) else { return Vec::new() };
    let mut best: Option<(usize, Vec<TextEdit>)> = None;
    for width in [2, 4, 8] {
        for stops in [false, true] {
            let edits = indentation_edits(part, width, stops);
            if edits.is_empty() {
                return Vec::new();
            }
            let mended = apply(part, &edits);
            let tree = Tree::parse(&mended, Span::new(0, mended.len()));
            if tree.error.is_some() {
                continue;
            }
            let faults = check_without_fixes(&mended, "").diagnostics.len();
            if best.as_ref().is_none_or(|(least, _)| faults < *least) {
                best = Some((faults, edits));
            }
        }
    }
    let Some((_, mut edits)) = best else { return Vec::new() };
    for edit in &mut edits {
        edit.span = edit.span.shifted(document.span.start);
    }
    vec![Fix { id: TABS, value: String::new(), edits }]
}

/// Replaces the blanks at the beginning of each line, and behind its dashes, where there is a tab among them.
fn indentation_edits(text: &str, width: usize, stops: bool) -> Vec<TextEdit> {
    let mut edits = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
        let indentation = line.get(..blanks).unwrap_or_default();
        if indentation.contains('\t') && !line.trim().is_empty() {
            let mut spaces = String::new();
            for c in indentation.chars() {
                match c {
                    '\t' if stops => spaces.push_str(&" ".repeat(width - spaces.len() % width)),
                    '\t' => spaces.push_str(&" ".repeat(if spaces.ends_with('-') { 1 } else { width })),
                    other => spaces.push(other),
                }
            }
            edits.push(TextEdit::replace(Span::new(start, start + blanks), spaces));
        } else if line.trim().is_empty() && line.contains('\t') {
            let end = start + line.trim_end_matches(['\n', '\r']).len();
            edits.push(TextEdit::replace(Span::new(start, end), ""));
        }
        start += line.len();
    }
    edits
}

/// Whether the document is YAML once it is mended so.
pub(in crate::manifest) fn reads(text: &str, document: &Document<'_>, fix: &Fix) -> bool {
    let Some(part) = text.get(document.span.start..document.span.end) else { return false };
    let edits: Vec<TextEdit> = fix
        .edits
        .iter()
        .map(|edit| {
            TextEdit::replace(
                Span::new(edit.span.start - document.span.start, edit.span.end - document.span.start),
                edit.replacement.clone(),
            )
        })
        .collect();
    let mended = apply(part, &edits);
    Tree::parse(&mended, Span::new(0, mended.len())).error.is_none()
}

/// The first colon of full width in the document around `span`, where one stands behind a key, and the mend of all of them.
pub(in crate::manifest) fn wide_colons(text: &str, span: Span) -> Option<(Span, Fix)> {
    const WIDE: char = '：';
    let (mut edits, mut start) = (Vec::new(), span.start);
    for line in text.get(span.start..)?.split_inclusive('\n') {
        if line.trim_end() == "---" {
            break;
        }
        let key =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        let at = line
            .find(WIDE)
            .filter(|at| line.get(..*at).is_some_and(|before| key(before.trim_matches([' ', '-', '{']))));
        if let Some(at) = at {
            let wide = Span::new(start + at, start + at + WIDE.len_utf8());
            let behind = line.get(at + WIDE.len_utf8()..).unwrap_or_default();
            let narrow = if behind.trim().is_empty() || behind.starts_with(' ') { ":" } else { ": " };
            edits.push(TextEdit::replace(wide, narrow));
        }
        start += line.len();
    }
    let first = edits.first()?.span;
    Some((first, Fix { id: COLONS, value: String::new(), edits }))
}

/// A blank behind a colon, or quotes around a value, on the line at fault or the one before it: what makes YAML of it.
pub(in crate::manifest) fn line(text: &str, document: &Document<'_>, offset: usize) -> Vec<Fix> {
    let Some(part) = text.get(document.span.start..document.span.end) else { return Vec::new() };
    let offset = floor_char_boundary(part, offset.saturating_sub(document.span.start));
    let mut end = offset;
    let mut fixes = Vec::new();
    for _ in 0..2 {
        let start = part.get(..end).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let written = part.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        for (id, edit) in line_edits(written) {
            let edit = TextEdit { span: edit.span.shifted(start), ..edit };
            let mended = apply(part, std::slice::from_ref(&edit));
            let added = edit.replacement.len().saturating_sub(edit.span.len());
            let fault = Tree::parse(&mended, Span::new(0, mended.len())).error;
            // The line is mended where the text reads, or reads further.
            if fault.is_none_or(|fault| fault.offset > start + written.len() + added) {
                let value = edit.replacement.trim().to_owned();
                let edits = vec![TextEdit { span: edit.span.shifted(document.span.start), ..edit }];
                fixes.push(Fix { id, value, edits });
            }
        }
        if !fixes.is_empty() || start == 0 {
            break;
        }
        end = start - 1;
    }
    fixes.truncate(1);
    fixes
}

/// What may be wrong with one line.
fn line_edits(line: &str) -> Vec<(&'static str, TextEdit)> {
    let mut edits = Vec::new();
    let body = line.trim_start_matches([' ', '-']);
    let indent = line.len() - body.len();
    let word = body.find(|c: char| !c.is_ascii_alphanumeric() && !"-_./".contains(c)).unwrap_or(body.len());
    let rest = body.get(word..).unwrap_or_default();
    if word > 0 && rest.starts_with(':') && !rest.starts_with(": ") && rest.len() > 1 {
        edits.push((SPACE, TextEdit::insert(indent + word + 1, " ")));
    }
    let from = match body.split_once(": ") {
        Some((key, value)) => indent + key.len() + 2 + (value.len() - value.trim_start().len()),
        None => indent,
    };
    let value = line.get(from..).unwrap_or_default().trim_end();
    let open = value.chars().next().filter(|quote| "\"'".contains(*quote));
    let bare = match open {
        // A quote that is not closed on this line.
        Some(quote) => value.get(1..).filter(|rest| !rest.contains(quote)),
        None => Some(value),
    };
    if let Some(bare) = bare.filter(|bare| !bare.is_empty()) {
        let span = Span::new(from, from + value.len());
        edits.push((QUOTE, TextEdit::replace(span, render::text_scalar(bare, true))));
    }
    edits
}
