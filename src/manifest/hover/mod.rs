//! What the API says of the field at a place: its path, its type, what it defaults to, whether it may change.
//!
//! The sentence that explains a field is not here: those texts are large, one file for each language
//! (`locales/fields.*.txt`), and the page fetches the one it needs when someone asks.

use super::cursor::{At, Role, Shape, Spot, Step};
use crate::api::Segment;
use crate::api::schema::{FieldType, TypeId, values_of};
use crate::text::Span;
use crate::yaml::{NodeId, NodeKind, Tree, readable, split};

/// A text longer than this, in bytes, is not looked into.
const LONGEST: usize = 2_000_000;

/// What is known of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// Its key, or its value where that was pointed at.
    pub span: Span,
    /// Where it is in its object (`spec.containers[0].image`).
    pub path: String,
    /// Its type as `kubectl explain` names it (`[]Container`); empty where the API knows no such field.
    pub kind: String,
    /// The struct and the field that its documentation is kept under (`Container.image`); empty where there is none.
    pub doc: String,
    /// Whether the API requires it.
    pub required: bool,
    /// Whether an update may not change it.
    pub immutable: bool,
    /// What the server sets where it is absent, if it sets something that does not depend on the rest.
    pub default: Option<&'static str>,
    /// The values it may have, where these are closed.
    pub values: Vec<&'static str>,
}

/// What is known of the field at the byte `offset`; none between fields.
pub fn hover(text: &str, offset: usize) -> Option<Hover> {
    if text.len() > LONGEST {
        return None;
    }
    let text = readable(text);
    let documents = split(&text);
    let tree = &documents.iter().find(|document| document.span.touches(offset))?.tree;
    let node = node_at(tree, offset)?;
    let spot = Spot::of(tree, node)?;
    Some(of_spot(&spot, tree.node(node).span))
}

/// The key or the scalar at `offset`.
fn node_at(tree: &Tree<'_>, offset: usize) -> Option<NodeId> {
    let scalar = |kind: &NodeKind<'_>| matches!(kind, NodeKind::Scalar { .. } | NodeKind::Alias { .. });
    let inside = |span: Span| span.touches(offset) && !span.is_empty();
    tree.nodes().filter(|(_, node)| scalar(&node.kind) && inside(node.span)).map(|(id, _)| id).last()
}

fn of_spot(spot: &Spot<'_, '_>, span: Span) -> Hover {
    // An element of a list of scalars is explained as the list; a key of a map as the map.
    let known = |step: &&Step<'_, '_>| step.structure.is_some_and(|id| id.field(step.field()).is_some());
    let explained = match spot.last() {
        Some(step) if known(&step) => Some(step),
        Some(step) if matches!(step.segment, Segment::Index(_) | Segment::Key(_)) && spot.role != Role::Key => {
            spot.steps.iter().rfind(known)
        }
        _ => None,
    };
    let field = explained.and_then(|step| Some((step.structure?, step.structure?.field(step.field())?)));
    let (doc, fact) = match field {
        Some((id, field)) => {
            let doc = doc_key(id, field.name);
            let fact = Fact::of(&doc, explained.map(|step| step.from));
            (doc, fact)
        }
        None => (String::new(), Fact::default()),
    };
    let kind = match spot.shape {
        Shape::Type(kind) => type_name(kind),
        _ => String::new(),
    };
    let values = match spot.shape {
        Shape::Type(FieldType::String(name)) => values_of(name).iter().copied().filter(|it| !it.is_empty()).collect(),
        _ => Vec::new(),
    };
    Hover {
        span,
        path: spot.path().to_string(),
        kind,
        doc,
        required: field.is_some_and(|(_, field)| field.required),
        immutable: fact.immutable,
        default: fact.default,
        values,
    }
}

/// What the sentence about a field is kept under. What all kinds have is kept once, as is what debugging containers
/// share with others.
pub(super) fn doc_key(holder: TypeId, field: &str) -> String {
    let name = match holder.name() {
        _ if matches!(field, "apiVersion" | "kind" | "metadata") && is_kind(holder) => "Object",
        "EphemeralContainer" if field != "targetContainerName" => "Container",
        name => name,
    };
    format!("{name}.{field}")
}

/// Whether a struct is that of a whole object.
fn is_kind(id: TypeId) -> bool {
    ["apiVersion", "kind", "metadata"].iter().all(|field| id.field(field).is_some())
}

/// The type of a field as `kubectl explain` names it.
pub(super) fn type_name(kind: &FieldType) -> String {
    match kind {
        FieldType::String(_) | FieldType::Bytes => "string".to_owned(),
        FieldType::Int32 | FieldType::Int64 => "integer".to_owned(),
        FieldType::Float64 => "number".to_owned(),
        FieldType::Bool => "boolean".to_owned(),
        FieldType::Quantity => "Quantity".to_owned(),
        FieldType::IntOrString => "IntOrString".to_owned(),
        FieldType::Time => "Time".to_owned(),
        FieldType::MicroTime => "MicroTime".to_owned(),
        FieldType::Any => "Object".to_owned(),
        FieldType::List(items) => format!("[]{}", type_name(items)),
        FieldType::Map(values, _) => format!("map[string]{}", type_name(values)),
        FieldType::Struct(id) => TypeId::name(*id).to_owned(),
    }
}

/// What OpenAPI does not say of a field.
#[derive(Clone, Copy, Default)]
struct Fact {
    immutable: bool,
    default: Option<&'static str>,
}

impl Fact {
    /// The line of `facts.txt` for a field: `Struct.field`, then `!` where it may not change, `=VALUE` for a default.
    fn of(doc: &str, holder: Option<At<'_, '_>>) -> Fact {
        let mut fact = Fact::default();
        for line in include_str!("facts.txt").lines() {
            let mut words = line.splitn(2, ' ');
            if words.next() != Some(doc) {
                continue;
            }
            let rest = words.next().unwrap_or_default();
            fact.immutable = rest.starts_with('!');
            fact.default = rest.trim_start_matches('!').trim_start().strip_prefix('=');
        }
        // The tag of the image decides whether it is pulled each time (kubernetes: core/v1/defaults.go 1.36).
        if doc == "Container.imagePullPolicy" {
            let image = holder.and_then(|container| container.text_of("image")).unwrap_or_default();
            let name = image.rsplit('/').next().unwrap_or_default();
            let latest = !image.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
            fact.default = Some(if latest { "Always" } else { "IfNotPresent" });
        }
        fact
    }
}

#[cfg(test)]
mod tests;
