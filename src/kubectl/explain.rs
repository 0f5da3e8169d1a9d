//! `kubectl explain`: the fields of the API, from the schema tables (kubectl: explain/v2).
//!
//! The tables hold no prose, so descriptions read `<empty>`, as kubectl prints where a server gives none.

use super::args::Args;
use super::resources::{self, Resource};
use super::{Failure, Output};
use crate::api::schema::{Field, FieldType, TypeId, values_of};

/// `explain TYPE[.FIELD…]`.
pub(super) fn explain(args: &Args) -> Result<Output, Failure> {
    let Some(path) = args.arguments().first() else {
        return Err(Failure::usage(
            "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    };
    let mut parts = path.split('.');
    let word = parts.next().unwrap_or_default();
    let resource =
        resources::find(word).map_err(|failure| Failure(failure.0.trim_start_matches("error: ").to_owned()))?;
    let mut text = head(resource);
    let Some(root) = TypeId::of_kind(resource.api_version, resource.kind) else {
        text.push_str("DESCRIPTION:\n    <empty>\n\n");
        return Ok(Output::text(text));
    };
    let mut here = Some(root);
    let mut last: Option<&'static Field> = None;
    for name in parts {
        let Some(field) = here.and_then(|id| id.field(name)) else {
            let failed = Failure::usage(format!("field {name:?} does not exist"));
            return Ok(Output::text(text).then(failed.into()));
        };
        (here, last) = (field.kind.structure(), Some(field));
    }
    if let Some(field) = last {
        let name = field.name;
        text.push_str(&format!("FIELD: {name} <{}>{}\n", type_name(&field.kind), required(field)));
        let values = sorted_values(&field.kind);
        match values.is_empty() {
            true => text.push_str("\n\n"),
            false => text.push_str(&format!("ENUM:\n    {}\n\n", values.join("\n    "))),
        }
    }
    text.push_str("DESCRIPTION:\n    <empty>\n    \n");
    if let Some(id) = here {
        let depth = args.number("max-depth")?.unwrap_or_default();
        text.push_str("FIELDS:\n");
        let how = How { recursive: args.on("recursive"), depth: usize::try_from(depth).unwrap_or_default() };
        fields(&mut text, id, 1, &how, &mut Vec::new());
    }
    text.push('\n');
    Ok(Output::text(text))
}

struct How {
    recursive: bool,
    /// How many levels are shown; 0 is all.
    depth: usize,
}

fn head(resource: Resource) -> String {
    let group = resource.group();
    let group = if group.is_empty() { String::new() } else { format!("GROUP:      {group}\n") };
    let version = resource.api_version.rsplit('/').next().unwrap_or_default();
    format!("{group}KIND:       {}\nVERSION:    {version}\n\n", resource.kind)
}

fn required(field: &Field) -> &'static str {
    if field.required { " -required-" } else { "" }
}

fn fields(text: &mut String, id: TypeId, level: usize, how: &How, above: &mut Vec<TypeId>) {
    let indent = "  ".repeat(level);
    above.push(id);
    for field in id.fields() {
        text.push_str(&format!("{indent}{}\t<{}>{}\n", field.name, type_name(&field.kind), required(field)));
        let values = sorted_values(&field.kind);
        if !values.is_empty() {
            let more = if values.len() > 4 { ", ...." } else { "" };
            let shown: Vec<&str> = values.iter().take(4).map(String::as_str).collect();
            text.push_str(&format!("{indent}enum: {}{more}\n", shown.join(", ")));
        }
        if !how.recursive {
            text.push_str(&format!("{indent}  <empty>\n\n"));
        } else if let Some(inner) = field.kind.structure().filter(|inner| !above.contains(inner))
            && (how.depth == 0 || level < how.depth)
        {
            fields(text, inner, level + 1, how, above);
        }
    }
    above.pop();
}

/// The type as `explain` names it.
fn type_name(kind: &FieldType) -> String {
    match kind {
        FieldType::String(_) | FieldType::Time | FieldType::MicroTime | FieldType::Bytes => "string".to_owned(),
        FieldType::Int32 | FieldType::Int64 => "integer".to_owned(),
        FieldType::Float64 => "number".to_owned(),
        FieldType::Bool => "boolean".to_owned(),
        FieldType::Quantity => "Quantity".to_owned(),
        FieldType::IntOrString => "IntOrString".to_owned(),
        FieldType::Any => "FieldsV1".to_owned(),
        FieldType::List(items) => format!("[]{}", type_name(items)),
        FieldType::Map(values, _) => format!("map[string]{}", type_name(values)),
        FieldType::Struct(id) => id.name().to_owned(),
    }
}

fn sorted_values(kind: &FieldType) -> Vec<String> {
    let FieldType::String(go_name) = kind else { return Vec::new() };
    let shown = |value: &&str| if value.is_empty() { "\"\"".to_owned() } else { (*value).to_owned() };
    let mut values: Vec<String> = values_of(go_name).iter().map(shown).collect();
    values.sort();
    values
}
