//! What could be written at a place of a text: fields by the type there, values, names that stand elsewhere in it.
//!
//! [`complete`] reads a [`probe`] of the text, finds the type at its mark through the API's tables, and offers what fits.

mod fields;
mod names;
mod probe;
mod values;

use self::probe::Probe;
use super::cursor::{Role, Shape, Spot};
use crate::api::schema::FieldType;
use crate::text::Span;
use crate::yaml::{Document, split};

/// A text longer than this, in bytes, is not completed: each key would cost too much.
const LONGEST: usize = 400_000;

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A field of the API.
    Field,
    /// A value of a closed set.
    Value,
    /// A name that stands elsewhere in the text.
    Name,
}

/// Something that could be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it is called in the list.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// The type of a field (`[]Container`), or what a name is of (`Volume`); may be empty.
    pub detail: String,
    /// Whether the API requires it here.
    pub required: bool,
    /// The struct and the field that documentation is kept under (`Container.image`); empty where there is none.
    pub doc: String,
    /// What is replaced: the beginning of the word at the cursor.
    pub span: Span,
    /// What is put in; the cursor goes behind it.
    pub insert: String,
    /// Whether more can be completed right behind it.
    pub again: bool,
}

/// What could be written at the byte `offset`, the likeliest first; empty where nothing is known.
pub fn complete(text: &str, offset: usize) -> Vec<Completion> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let mut found = Probe::all(text, offset).map(|probe| of_probe(text, &probe));
    found.find(|found| !found.is_empty()).unwrap_or_default()
}

fn of_probe(text: &str, probe: &Probe) -> Vec<Completion> {
    let Some(span) = probe.document() else { return Vec::new() };
    let documents = split(&probe.text);
    let Some(document) = documents.iter().find(|document| document.span == span) else { return Vec::new() };
    let tree = &document.tree;
    let Some(node) = probe::marked(tree) else { return Vec::new() };
    let place = Place { text, probe, documents: &documents };
    let Some(spot) = Spot::of(tree, node) else { return place.fields_of_nothing() };
    let Some(last) = spot.last() else { return Vec::new() };
    match spot.role {
        Role::Key => match last.shape {
            Shape::Type(FieldType::List(items)) => place.items(&spot, items),
            Shape::Type(FieldType::Map(..)) => place.map_keys(&spot),
            Shape::Type(FieldType::Struct(_)) | Shape::Object => place.fields(last, ""),
            // A mapping was put where a scalar belongs, only to be read.
            Shape::Type(_) if spot.steps.len() > 1 => {
                let mut outer = spot;
                outer.shape = last_shape(&outer);
                outer.steps.pop();
                place.values(&outer)
            }
            _ => Vec::new(),
        },
        Role::Value | Role::Item => place.values(&spot),
    }
}

fn last_shape(spot: &Spot<'_, '_>) -> Shape {
    spot.last().map_or(Shape::Unknown, |step| step.shape)
}

/// Where the completions go, and where the names come from.
struct Place<'p, 't> {
    text: &'p str,
    probe: &'p Probe,
    documents: &'p [Document<'t>],
}

impl Place<'_, '_> {
    fn completion(&self, kind: CompletionKind, label: &str, detail: &str, insert: String) -> Completion {
        Completion {
            label: label.to_owned(),
            kind,
            detail: detail.to_owned(),
            required: false,
            doc: String::new(),
            span: self.probe.word,
            insert,
            again: false,
        }
    }
}

#[cfg(test)]
mod tests;
