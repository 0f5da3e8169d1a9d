//! Answers for people: the line, the place under it, what is wrong and what would help.

use std::fmt::Write as _;

use podlab::i18n::{self, Lang};
use podlab::manifest::{Diagnostic, Judgement, Severity};
use podlab::text::{LineIndex, Span};

/// The whole report on one file.
pub(super) fn report(name: &str, text: &str, judgement: &Judgement, colours: bool) -> String {
    let lines = LineIndex::new(text);
    let mut out = String::new();
    for diagnostic in &judgement.diagnostics {
        write_diagnostic(&mut out, name, text, &lines, diagnostic, &Paint(colours));
    }
    let errors = count(judgement, Severity::Error);
    if judgement.accepted() {
        let _ = writeln!(out, "{name}: accepted{}", warned(count(judgement, Severity::Warning)));
    } else if errors == 0 {
        // Nothing in the text to point at: an empty file.
        let _ = write!(out, "{}", judgement.stderr);
        let _ = writeln!(out, "{name}: refused");
    } else {
        let _ = writeln!(out, "{name}: refused, {errors} error{}", if errors == 1 { "" } else { "s" });
    }
    out
}

fn count(judgement: &Judgement, severity: Severity) -> usize {
    judgement.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
}

fn warned(warnings: usize) -> String {
    match warnings {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        several => format!(", {several} warnings"),
    }
}

/// Colours, or none.
struct Paint(bool);

impl Paint {
    fn paint(&self, text: &str, code: &str) -> String {
        match self.0 {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

fn write_diagnostic(
    out: &mut String,
    name: &str,
    text: &str,
    lines: &LineIndex<'_>,
    diagnostic: &Diagnostic,
    paint: &Paint,
) {
    let (word, colour) = match diagnostic.severity {
        Severity::Error => ("error", "1;31"),
        Severity::Warning => ("warning", "1;33"),
        Severity::Advice => ("advice", "1;36"),
    };
    let path = if diagnostic.path.is_empty() { String::new() } else { format!("{}: ", diagnostic.path) };
    // The server's words about a decoding fault name the path themselves.
    let path = if diagnostic.message.contains(&diagnostic.path) { String::new() } else { path };
    let head = paint.paint(&format!("{word}[{}]", diagnostic.code), colour);
    let _ = writeln!(out, "{head}: {path}{}", diagnostic.message);
    let position = lines.position(diagnostic.span.start);
    let width = position.line.to_string().len();
    let bar = paint.paint("|", "34");
    let _ = writeln!(out, "{:width$}--> {name}:{}:{}", "", position.line, position.column);
    let _ = writeln!(out, "{:width$} {bar}", "");
    let _ = writeln!(out, "{} {bar} {}", position.line, shown(lines.line_text(position.line)));
    let (indent, length) = underline(text, lines, diagnostic.span);
    let _ = writeln!(out, "{:width$} {bar} {:indent$}{}", "", "", paint.paint(&"^".repeat(length), colour));
    for related in &diagnostic.related {
        let position = lines.position(related.span.start);
        let what = if related.path.is_empty() { "here" } else { &related.path };
        let _ = writeln!(out, "{:width$} = see: {name}:{}:{} {what}", "", position.line, position.column);
    }
    if let Some(reason) = i18n::explanation(Lang::En, &diagnostic.code) {
        let _ = writeln!(out, "{:width$} = reason: {reason}", "");
    }
    for fix in &diagnostic.fixes {
        let help = i18n::text_with(Lang::En, fix.id, &[("value", fix.value.as_str().into())]);
        let _ = writeln!(out, "{:width$} = help: {help}", "");
    }
    out.push('\n');
}

/// A line as it is shown: tabs are made visible, for they are what is wrong with it.
fn shown(line: &str) -> String {
    line.replace('\t', "→   ")
}

fn shown_width(text: &str) -> usize {
    shown(text).chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// Whether a terminal gives the character two columns: roughly, the scripts of East Asia and emoji.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

/// How far in, and how long the mark under the first line of the range is.
fn underline(text: &str, lines: &LineIndex<'_>, span: Span) -> (usize, usize) {
    let line = lines.position(span.start).line;
    let Some(whole) = lines.line_span(line) else { return (0, 1) };
    let start = span.start.min(whole.end);
    let end = span.end.min(whole.end).max(start);
    let part = |from: usize, to: usize| shown_width(text.get(from..to).unwrap_or_default());
    (part(whole.start, start), part(start, end).max(1))
}
