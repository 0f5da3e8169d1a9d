//! One click that mends a fault of the text, of a type or of a name.

use super::Fix;
use super::check::check_without_fixes;
use super::decode::{Failure, Unknown};
use crate::api::quantity::Quantity;
use crate::api::schema::{FieldType, served_kinds};
use crate::text::{Span, TextEdit, apply};
use crate::yaml::{Document, NodeKind, Scalar, Style, Tree, Value, ValueId, Values};

pub(super) const TABS: &str = "fix-tabs-to-spaces";
pub(super) const QUOTE: &str = "fix-quote-value";
pub(super) const UNQUOTE: &str = "fix-unquote-value";
pub(super) const LIST: &str = "fix-make-list";
pub(super) const SHELL: &str = "fix-run-in-shell";
pub(super) const QUANTITY: &str = "fix-quantity";
pub(super) const FIELD_CASE: &str = "fix-field-case";
pub(super) const FIELD_NAME: &str = "fix-field-name";
pub(super) const KIND: &str = "fix-kind";
pub(super) const API_VERSION: &str = "fix-api-version";
pub(super) const ADD_API_VERSION: &str = "fix-add-api-version";

/// Every fix of this module, for the check that each language names them all.
pub const FIX_IDS: &[&str] =
    &[TABS, QUOTE, UNQUOTE, LIST, SHELL, QUANTITY, FIELD_CASE, FIELD_NAME, KIND, API_VERSION, ADD_API_VERSION];

fn replace(id: &'static str, span: Span, text: String) -> Fix {
    Fix { id, value: text.clone(), edits: vec![TextEdit::replace(span, text)] }
}

/// Spaces for the tabs that indent the document: the width that makes the best document of it.
pub(super) fn tabs(text: &str, document: &Document<'_>) -> Vec<Fix> {
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

/// Mends a value of a wrong type.
pub(super) fn wrong_type(text: &str, tree: &Tree<'_>, values: &Values<'_>, failure: &Failure) -> Vec<Fix> {
    let node = tree.node(values.node(failure.value));
    let span = node.span;
    let written = text.get(span.start..span.end).unwrap_or_default();
    let Value::Scalar(scalar) = values.get(failure.value) else { return Vec::new() };
    let NodeKind::Scalar { style, .. } = node.kind else { return Vec::new() };
    match (&failure.wanted, scalar) {
        (FieldType::String(_), Scalar::Bool(_) | Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_))
            if style == Style::Plain && node.tag.is_none() =>
        {
            vec![replace(QUOTE, span, format!("\"{written}\""))]
        }
        (FieldType::Int32 | FieldType::Int64, Scalar::Str(value)) => {
            let digits = value.trim();
            let number = digits.parse::<i64>().is_ok() && !digits.starts_with('+');
            number.then(|| replace(UNQUOTE, span, digits.to_owned())).into_iter().collect()
        }
        (FieldType::Bool, Scalar::Str(value)) => match value.trim().to_ascii_lowercase().as_str() {
            word @ ("true" | "false") => vec![replace(UNQUOTE, span, word.to_owned())],
            _ => Vec::new(),
        },
        (FieldType::List(items), Scalar::Str(value)) if matches!(**items, FieldType::String(_)) => {
            if matches!(style, Style::Literal | Style::Folded) || value.contains('\n') {
                return Vec::new();
            }
            let quoted = crate::yaml::quote(value);
            let list = replace(LIST, span, format!("[{quoted}]"));
            let in_shell = replace(SHELL, span, format!("[\"sh\", \"-c\", {quoted}]"));
            match failure.path.ends_with("command") && value.contains(' ') {
                true => vec![in_shell, list],
                false => vec![list],
            }
        }
        (FieldType::Quantity, Scalar::Str(value)) => {
            quantity(value).map(|amount| replace(QUANTITY, span, amount)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What a miswritten amount (`64MB`, `5K`, `1 core`) was meant to be.
fn quantity(written: &str) -> Option<String> {
    let compact: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    let number_end = compact.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(compact.len());
    let (number, unit) = compact.split_at(number_end);
    let meant = match unit.to_ascii_lowercase().as_str() {
        "kb" | "k" => "k",
        "mb" => "M",
        "gb" | "g" => "G",
        "tb" | "t" => "T",
        "kib" | "ki" => "Ki",
        "mib" | "mi" => "Mi",
        "gib" | "gi" => "Gi",
        "tib" | "ti" => "Ti",
        "core" | "cores" | "cpu" | "cpus" | "b" | "bytes" => "",
        _ => return None,
    };
    let amount = format!("{number}{meant}");
    (!number.is_empty() && Quantity::parse(&amount).is_ok()).then_some(amount)
}

/// A known field with nearly this name.
pub(super) fn unknown_field(tree: &Tree<'_>, unknown: &Unknown) -> Vec<Fix> {
    let node = tree.node(unknown.key);
    let NodeKind::Scalar { value: name, style, .. } = &node.kind else { return Vec::new() };
    let rename = |id, field: &str| {
        let text = match style {
            Style::DoubleQuoted => format!("\"{field}\""),
            Style::SingleQuoted => format!("'{field}'"),
            _ => field.to_owned(),
        };
        Fix { id, value: field.to_owned(), edits: vec![TextEdit::replace(node.span, text)] }
    };
    let fields = unknown.holder.fields();
    if let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) {
        return vec![rename(FIELD_CASE, field.name)];
    }
    let nearest = nearest(name, fields.iter().map(|field| field.name));
    nearest.map(|field| rename(FIELD_NAME, field)).into_iter().collect()
}

/// The candidate that differs least from `name`, if it differs little for its length.
fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let lower = name.to_lowercase();
    let limit = if lower.chars().count() <= 4 { 1 } else { 2 };
    candidates
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 || a.len() > 100 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let mut least = (at(&previous, j) + usize::from(x != y)).min(at(&previous, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(0)
}

/// The right spelling of a kind, or the version that serves it.
pub(super) fn kind(tree: &Tree<'_>, values: &Values<'_>, root: ValueId, api_version: &str, kind: &str) -> Vec<Fix> {
    let span = |field| values.field(root, field).map(|entry| tree.node(values.node(entry.value)).span);
    let served = served_kinds();
    let newest = served.iter().rfind(|it| it.kind == kind).map(|it| it.api_version);
    // Of two versions the newer one comes later in the list.
    if let (Some(version), Some(span)) = (newest, span("apiVersion")) {
        return vec![replace(API_VERSION, span, version.to_owned())];
    }
    let same = served.iter().find(|it| it.kind.eq_ignore_ascii_case(kind)).map(|it| it.kind);
    let near = same.or_else(|| nearest(kind, served.iter().map(|it| it.kind)));
    let (Some(near), Some(kind_span)) = (near, span("kind")) else { return Vec::new() };
    let mut fix = replace(KIND, kind_span, near.to_owned());
    let right_version = served.iter().any(|it| it.kind == near && it.api_version == api_version);
    let version = served.iter().rfind(|it| it.kind == near).map(|it| it.api_version);
    if let (false, Some(version), Some(span)) = (right_version, version, span("apiVersion")) {
        fix.edits.push(TextEdit::replace(span, version));
    }
    vec![fix]
}

/// The missing `apiVersion`, where the kind leaves no doubt.
pub(super) fn type_meta(text: &str, tree: &Tree<'_>, values: &Values<'_>, root: ValueId) -> Vec<Fix> {
    let NodeKind::Mapping { flow: false, .. } = tree.node(values.node(root)).kind else { return Vec::new() };
    let (Some(kind), None) = (values.field(root, "kind"), values.field(root, "apiVersion")) else { return Vec::new() };
    let name = values.text(kind.value).unwrap_or_default();
    let Some(known) = served_kinds().iter().rfind(|it| it.kind == name) else { return Vec::new() };
    let at = tree.node(kind.key_node).span.start;
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let indentation = text.get(line..at).unwrap_or_default();
    if !indentation.trim().is_empty() {
        return Vec::new();
    }
    let line_text = format!("apiVersion: {}\n{indentation}", known.api_version);
    let edits = vec![TextEdit::insert(at, line_text)];
    vec![Fix { id: ADD_API_VERSION, value: known.api_version.to_owned(), edits }]
}
