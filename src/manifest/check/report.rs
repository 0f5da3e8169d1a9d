//! Findings as diagnostics: a code, a place, the words, the fixes.

use super::super::decode::{Failure, Unknown};
use super::super::places::{entry_place, locate, object_place, place_of};
use super::super::{Diagnostic, FieldError, Fix, Related, Severity, fixes};
use super::client::{TypeMeta, TypeMetaError, top_of};
use super::{Place, codes, openapi};
use crate::text::{Span, floor_char_boundary};
use crate::yaml::{Document, Duplicate, StreamError, ValueError};

/// The longest document, in bytes, in which mends of its syntax are tried.
const LONGEST_RETRIED: usize = 256 * 1024;

fn error(code: &'static str, span: Span, path: String, message: String, fixes: Vec<Fix>) -> Diagnostic {
    Diagnostic { code: code.into(), severity: Severity::Error, span, path, message, related: Vec::new(), fixes }
}

/// Keeps the places of a diagnostic inside the text, which may lack the line break that the reader adds.
pub(super) fn clamp(diagnostic: &mut Diagnostic, length: usize) {
    let clamped = |span: Span| Span::new(span.start.min(length), span.end.min(length));
    diagnostic.span = clamped(diagnostic.span);
    for related in &mut diagnostic.related {
        related.span = clamped(related.span);
    }
    for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
        edit.span = clamped(edit.span);
    }
}

pub(super) fn stream_fault(fault: &StreamError) -> Diagnostic {
    let code = if fault.message.starts_with("invalid Yaml") { codes::SEPARATOR } else { codes::JSON };
    error(code, fault.span, String::new(), fault.message.clone(), Vec::new())
}

pub(super) fn yaml_fault(text: &str, document: &Document<'_>, fault: &ValueError, with_fixes: bool) -> Diagnostic {
    let Some(syntax) = &document.tree.error else {
        return error(codes::VALUE, fault.span, String::new(), fault.message.clone(), Vec::new());
    };
    // The text reads once its colons are narrow: nothing else is wrong with it.
    let narrow = fixes::wide_colons(text, document.span).filter(|(_, fix)| fixes::reads(text, document, fix));
    if let Some((first, fix)) = narrow {
        let fixes = if with_fixes { vec![fix] } else { Vec::new() };
        return error(codes::WIDE_COLON, first, String::new(), fault.message.clone(), fixes);
    }
    let at = floor_char_boundary(text, syntax.offset);
    let about_tab =
        text.get(at..).is_some_and(|rest| rest.starts_with('\t')) || syntax.problem.contains("tab character");
    let fixes = match with_fixes {
        // Each try reads the whole document again.
        true if document.span.len() > LONGEST_RETRIED => Vec::new(),
        true if about_tab => fixes::tabs(text, document),
        true => {
            let mut fixes = fixes::tabs(text, document);
            fixes.extend(fixes::line(text, document, at));
            fixes
        }
        false => Vec::new(),
    };
    let code = match &*syntax.problem {
        _ if about_tab => codes::TAB,
        "control characters are not allowed" => codes::CONTROL_CHARACTER,
        problem if problem.contains("anchor") => codes::ANCHOR,
        _ => codes::SYNTAX,
    };
    // Where it stands is not told: whoever cannot see it has to be shown.
    let unseen = |(_, c): &(usize, char)| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let written = text.get(document.span.start..document.span.end).unwrap_or_default();
    let control = written.char_indices().find(unseen).filter(|_| code == codes::CONTROL_CHARACTER);
    let span = match (code, syntax.context) {
        _ if let Some((place, c)) = control => {
            let start = document.span.start + place;
            Span::new(start, start + c.len_utf8())
        }
        // The fault shows late; the cause stands where the construct began.
        (codes::SYNTAX, Some(start))
            if matches!(&*syntax.problem, "could not find expected ':'" | "found unexpected end of stream") =>
        {
            line_from(text, start)
        }
        (codes::TAB, _) => tabs_at(text, at),
        _ => word_at(text, at, document.span),
    };
    error(code, span, String::new(), fault.message.clone(), fixes)
}

/// From `start` to the end of its line.
fn line_from(text: &str, start: usize) -> Span {
    let start = floor_char_boundary(text, start);
    let length = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, |line| line.trim_end().len());
    Span::new(start, start + length)
}

/// The run of tabs at `at`.
fn tabs_at(text: &str, at: usize) -> Span {
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.len() - rest.trim_start_matches('\t').len();
    Span::new(at, at + length)
}

/// The word at `at`; where there is none, the last one before it.
fn word_at(text: &str, at: usize, document: Span) -> Span {
    let rest = text.get(at..document.end).unwrap_or_default();
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    if end > 0 {
        return Span::new(at, at + end);
    }
    let before = text.get(document.start..at).unwrap_or_default().trim_end();
    let last = before.char_indices().next_back().map_or(0, |(i, _)| i);
    Span::new(document.start + last, document.start + before.len())
}

pub(super) fn duplicate_key(place: &Place<'_, '_>, duplicate: &Duplicate, text: Option<&str>) -> Diagnostic {
    let message = "the key is written twice in one object; kubectl keeps the last one without a word".to_owned();
    let fixes = text.map(|text| fixes::duplicate_key(&place.site(text), duplicate.lost)).unwrap_or_default();
    let mut diagnostic = error(codes::DUPLICATE_KEY, duplicate.lost, String::new(), message, fixes);
    diagnostic.severity = Severity::Advice;
    diagnostic.related.push(Related { span: duplicate.wins, path: String::new() });
    diagnostic
}

fn field_span(place: &Place<'_, '_>, names: &[&str]) -> Option<Span> {
    let mut at = place.root;
    let mut span = None;
    for name in names {
        let entry = place.values.field(at, name)?;
        at = entry.value;
        span = Some(entry_place(place.tree, place.values, entry));
    }
    span
}

fn top(place: &Place<'_, '_>) -> Span {
    match place.nested {
        true => object_place(place.tree, place.values, place.root),
        false => top_of(place.values, place.tree, Some(place.root), place.span),
    }
}

pub(super) fn type_meta(text: &str, place: &Place<'_, '_>, found: &TypeMetaError, with_fixes: bool) -> Diagnostic {
    let span = found.field.and_then(|field| field_span(place, &[field])).unwrap_or_else(|| top(place));
    // A text that is one long word: a keyboard for Chinese wrote its colons.
    let wide = found.field.is_none().then(|| fixes::wide_colons(text, span)).flatten();
    if let Some((first, fix)) = wide {
        let fixes = if with_fixes { vec![fix] } else { Vec::new() };
        return error(codes::WIDE_COLON, first, String::new(), found.message.clone(), fixes);
    }
    let fixes = if with_fixes { fixes::type_meta(&place.site(text)) } else { Vec::new() };
    let path = found.field.unwrap_or_default().to_owned();
    error(codes::TYPE_META, span, path, found.message.clone(), fixes)
}

pub(super) fn at_kind(place: &Place<'_, '_>, code: &'static str, message: String) -> Diagnostic {
    let span = field_span(place, &["kind"]).unwrap_or_else(|| top(place));
    error(code, span, "kind".to_owned(), message, Vec::new())
}

pub(super) fn at_namespace(place: &Place<'_, '_>, code: &'static str, message: String) -> Diagnostic {
    let span = field_span(place, &["metadata", "namespace"]).unwrap_or_else(|| top(place));
    error(code, span, "metadata.namespace".to_owned(), message, Vec::new())
}

/// At an annotation.
pub(super) fn at_annotation(place: &Place<'_, '_>, name: &str, message: String) -> Diagnostic {
    let span = field_span(place, &["metadata", "annotations", name]).unwrap_or_else(|| top(place));
    error(codes::TYPE, span, format!("metadata.annotations[{name}]"), message, Vec::new())
}

pub(super) fn no_such_kind(
    text: &str,
    place: &Place<'_, '_>,
    meta: &TypeMeta,
    message: String,
    with_fixes: bool,
) -> Diagnostic {
    let fixes = match with_fixes {
        true => fixes::kind(&place.site(text), &meta.api_version, &meta.kind),
        false => Vec::new(),
    };
    // The version is at fault where the kind exists in another one.
    let field = if fixes.iter().any(|fix| fix.id == fixes::API_VERSION) { "apiVersion" } else { "kind" };
    let span = field_span(place, &[field]).unwrap_or_else(|| top(place));
    error(codes::KIND, span, field.to_owned(), message, fixes)
}

pub(super) fn not_simulated(place: &Place<'_, '_>, meta: &TypeMeta) -> Diagnostic {
    let message = format!("Podlab does not simulate {}; a cluster knows it", meta.kind);
    let mut diagnostic = at_kind(place, codes::NOT_SIMULATED, message);
    diagnostic.severity = Severity::Advice;
    diagnostic
}

pub(super) fn openapi(finding: openapi::Finding) -> Diagnostic {
    error(codes::LIST, finding.span, String::new(), finding.message, Vec::new())
}

/// A wrong type among `all` of them; `code` says who found it.
pub(super) fn type_mismatch(
    text: &str,
    place: &Place<'_, '_>,
    code: &'static str,
    (failure, all): (&Failure, &[Failure]),
    with_fixes: bool,
) -> Diagnostic {
    let span = place.tree.node(place.values.node(failure.value)).span;
    let span = if span.is_empty() { top(place) } else { object_span(place, failure, span) };
    let fixes = match with_fixes {
        true => fixes::wrong_type(&place.site(text), failure, all),
        false => Vec::new(),
    };
    error(code, span, failure.path.clone(), failure.message.clone(), fixes)
}

/// A whole object or list would be too much to mark: its beginning must do.
fn object_span(place: &Place<'_, '_>, failure: &Failure, span: Span) -> Span {
    match place.values.get(failure.value) {
        crate::yaml::Value::Scalar(_) => span,
        _ => object_place(place.tree, place.values, failure.value),
    }
}

pub(super) fn unknown_field(text: &str, place: &Place<'_, '_>, unknown: &Unknown, with_fixes: bool) -> Diagnostic {
    let span = place.tree.node(unknown.key).span;
    let message = format!("unknown field {}", crate::yaml::quote(&unknown.path));
    let fixes = if with_fixes { fixes::unknown_field(&place.site(text), unknown) } else { Vec::new() };
    error(codes::UNKNOWN_FIELD, span, unknown.path.clone(), message, fixes)
}

pub(super) fn forbidden(place: &Place<'_, '_>, text: &str) -> Diagnostic {
    let fields: &[(&str, &[&str])] = &[
        ("integer value of priority", &["spec", "priority"]),
        ("PreemptionPolicy", &["spec", "preemptionPolicy"]),
        ("PriorityClass", &["spec", "priorityClassName"]),
        ("service account", &["spec", "serviceAccountName"]),
        ("RuntimeClass \"", &["spec", "runtimeClassName"]),
        ("resource name", &["spec", "runtimeClassName"]),
        ("Overhead", &["spec", "overhead"]),
        ("violates PodSecurity", &["spec"]),
    ];
    let path = fields.iter().find(|(word, _)| text.contains(word)).map_or(&[][..], |(_, path)| path);
    let span = field_span(place, path).unwrap_or_else(|| top(place));
    error(codes::FORBIDDEN, span, path.join("."), text.to_owned(), Vec::new())
}

/// The finding of a rule, and the ways to mend it where `text` is given.
pub(super) fn finding(place: &Place<'_, '_>, found: &FieldError, severity: Severity, text: Option<&str>) -> Diagnostic {
    let at = |path| locate(place.tree, place.values, place.root, path);
    let related = found.related.iter().map(|path| Related { span: at(path), path: path.to_string() });
    Diagnostic {
        code: found.code.into(),
        severity,
        span: place_of(place.tree, place.values, place.root, found),
        path: found.path.to_string(),
        message: found.message.clone(),
        related: related.collect(),
        fixes: text.map(|text| fixes::finding(&place.site(text), found)).unwrap_or_default(),
    }
}
