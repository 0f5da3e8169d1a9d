//! Each cause of the truth set is marked where a person would look for it: the value that the message shows, or the
//! key that the field path names; of something missing, the innermost parent that is there.
//!
//! The expectation is computed from the text as plain JSON, without the code that finds places.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

#[path = "support/cases.rs"]
mod cases;

use podlab::api::quantity::Quantity;
use podlab::api::{FieldPath, Segment};
use podlab::manifest::{Diagnostic, FieldError, check_dry_run};
use podlab::yaml::{self, Values};
use serde_json::Value;

/// The only object of a text, as plain JSON.
fn object(text: &str) -> Option<Value> {
    let text = yaml::terminated(text);
    let documents = yaml::split(&text);
    let mut found = documents.iter().filter_map(|document| {
        let values = Values::resolve(&document.tree).ok()?;
        serde_json::from_str::<Value>(&yaml::to_json(&values, values.root()?)).ok().filter(|value| !value.is_null())
    });
    let mut first = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let is_list = first["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    if is_list { first["items"].get_mut(0).map(Value::take) } else { Some(first) }
}

/// What a piece of the text says, read as YAML.
fn said(piece: &str) -> Option<Value> {
    let piece = yaml::terminated(piece);
    let documents = yaml::split(&piece);
    let values = Values::resolve(&documents.first()?.tree).ok()?;
    serde_json::from_str(&yaml::to_json(&values, values.root()?)).ok()
}

/// What may stand at the place of `path`.
#[derive(Debug, Default)]
struct Wanted {
    /// Whether the whole path is there.
    whole: bool,
    /// The values at the path, where it leads to scalars; several where the server leaves an index out.
    scalars: Vec<Value>,
    /// The innermost key on the way that is there.
    key: Option<String>,
    /// The innermost element on the way that has no key of its own.
    element: Option<Value>,
}

fn walk(at: &Value, path: &[Segment], mut wanted: Wanted) -> Vec<Wanted> {
    let Some((segment, rest)) = path.split_first() else {
        wanted.whole = true;
        if !at.is_object() && !at.is_array() && !at.is_null() {
            wanted.scalars.push(at.clone());
        }
        return vec![wanted];
    };
    let name = match segment {
        Segment::Field(name) => name.as_ref(),
        Segment::Key(key) => key,
        Segment::Index(index) => {
            let Some(element) = at.get(index) else { return vec![wanted] };
            return walk(element, rest, Wanted { element: Some(element.clone()), key: None, ..wanted });
        }
    };
    if let (Segment::Field(_), Some(elements)) = (segment, at.as_array()) {
        let below =
            |element: &Value| walk(element, path, Wanted { element: Some(element.clone()), ..Wanted::default() });
        let mut all: Vec<Wanted> = elements.iter().flat_map(below).collect();
        if all.iter().any(|wanted| wanted.whole) {
            all.retain(|wanted| wanted.whole);
        } else {
            all.push(wanted);
        }
        return all;
    }
    let Some(fields) = at.as_object() else { return vec![wanted] };
    let found = fields.iter().find(|(key, _)| *key == name);
    match found.or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))) {
        Some((key, value)) => walk(value, rest, Wanted { key: Some(key.clone()), element: None, ..wanted }),
        None => vec![wanted],
    }
}

/// The value that the message shows behind `Invalid value: ` and its kin.
fn shown(message: &str) -> Option<Value> {
    let (_, rest) = ["Invalid value: ", "Unsupported value: ", "Duplicate value: ", "Not found: "]
        .iter()
        .find_map(|head| message.strip_prefix(head).map(|rest| (head, rest)))?;
    serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok().filter(|value| !value.is_null())
}

/// The amount that a value says: the server shows amounts in their shortest form.
fn amount(value: Option<Value>) -> Option<Quantity> {
    let text = match value? {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Quantity::parse(&text).ok()
}

/// Whether the place of `diagnostic` is right for `cause`.
fn right(text: &str, object: &Value, cause: &FieldError, diagnostic: &Diagnostic) -> Result<(), String> {
    let piece = text.get(diagnostic.span.start..diagnostic.span.end).unwrap();
    let read = said(piece);
    let FieldPath(segments) = &cause.path;
    let all = walk(object, segments, Wanted::default());
    let fits = |wanted: &Wanted| {
        // The thing that the message shows, at the path or directly below it.
        if wanted.whole && read.is_some() && shown(&cause.message) == read {
            return true;
        }
        if cause.place.is_some() && amount(shown(&cause.message)).is_some_and(|it| Some(it) == amount(read.clone())) {
            return true;
        }
        if wanted.whole && !wanted.scalars.is_empty() {
            // What a block scalar says depends on the lines around it.
            if piece.starts_with(['|', '>']) {
                return true;
            }
            return read.as_ref().is_some_and(|read| wanted.scalars.contains(read));
        }
        if let Some(key) = &wanted.key {
            return read == Some(Value::from(key.as_str())) || piece == key;
        }
        match &wanted.element {
            Some(Value::Object(fields)) if !fields.is_empty() => read
                .as_ref()
                .is_some_and(|read| fields.keys().any(|key| Some(key.as_str()) == read.as_str() || key == piece)),
            Some(scalar) if !scalar.is_array() && !scalar.is_object() => {
                read.as_ref() == Some(scalar) || piece.is_empty()
            }
            Some(_) => piece.starts_with(['[', '-', '{']),
            // Nothing of the path is there: the top of the object.
            None => object.as_object().is_some_and(|fields| fields.contains_key(piece.trim_matches('"'))),
        }
    };
    match all.iter().any(fits) {
        true => Ok(()),
        false => Err(format!("{} marks {piece:?}, wanted one of {all:?}", cause)),
    }
}

#[test]
fn each_cause_is_marked_where_its_path_leads() {
    let (mut good, mut all, mut wrong) = (0, 0, Vec::new());
    for case in cases::all() {
        let text = cases::text_of(&case);
        let judgement = check_dry_run(&text, "case.yaml");
        let [judged] = judgement.objects.as_slice() else { continue };
        let Some(object) = object(&text) else { continue };
        for finding in judged.causes().iter().chain(&judged.warnings) {
            let is_its = |it: &&Diagnostic| it.path == finding.path.to_string() && it.message == finding.message;
            let places: Vec<&Diagnostic> = judgement.diagnostics.iter().filter(is_its).collect();
            all += 1;
            let outcome = places.iter().map(|place| right(&text, &object, finding, place)).find(Result::is_err);
            match (places.is_empty(), outcome) {
                (true, _) => wrong.push(format!("{}: no diagnostic for {finding}", case["id"])),
                (_, Some(Err(why))) => wrong.push(format!("{}: {why}", case["id"])),
                _ => good += 1,
            }
        }
    }
    println!("{good} of {all} causes and warnings are marked where their path leads");
    for line in wrong.iter().take(60) {
        println!("  {line}");
    }
    assert!(all > 4000 && good == all, "{} of {all} places are wrong", all - good);
}
