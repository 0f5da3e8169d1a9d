//! What kubectl checks before it sends anything (kubectl: pkg/validation/schema.go, cli-runtime: resource/mapper.go).

use super::super::rules::names;
use crate::api::schema::served_kinds;
use crate::text::Span;
use crate::yaml::{Scalar, Value, ValueId, Values};

/// The `apiVersion` and `kind` of an object, which both are text.
#[derive(Clone, Debug)]
pub(super) struct TypeMeta {
    pub api_version: String,
    pub kind: String,
}

/// A complaint about `apiVersion` or `kind`, with the field it is about.
pub(super) struct TypeMetaError {
    pub message: String,
    /// The value that is wrong; none where it is missing.
    pub field: Option<&'static str>,
}

/// The type of an object (pkg/validation/schema.go getObjectKind).
pub(super) fn type_meta(values: &Values<'_>, root: ValueId) -> Result<TypeMeta, Vec<TypeMetaError>> {
    if !matches!(values.get(root), Value::Object(_)) {
        return Err(vec![TypeMetaError { message: "invalid object to validate".to_owned(), field: None }]);
    }
    let mut errors = Vec::new();
    let api_version = text_field(values, root, "apiVersion", &mut errors);
    if let Some(version) = api_version.as_deref().filter(|version| version.matches('/').count() > 1) {
        let message = format!("unexpected GroupVersion string: {version}");
        errors.push(TypeMetaError { message, field: Some("apiVersion") });
    }
    let kind = text_field(values, root, "kind", &mut errors);
    match (api_version, kind) {
        (Some(api_version), Some(kind)) if errors.is_empty() => {
            // An empty group is the core group, which is written without its slash.
            let core = api_version.strip_prefix('/').map(str::to_owned);
            Ok(TypeMeta { api_version: core.unwrap_or(api_version), kind })
        }
        _ => Err(errors),
    }
}

fn text_field(
    values: &Values<'_>,
    root: ValueId,
    field: &'static str,
    errors: &mut Vec<TypeMetaError>,
) -> Option<String> {
    let Some(entry) = values.field(root, field).filter(|entry| !values.is_null(entry.value)) else {
        errors.push(TypeMetaError { message: format!("{field} not set"), field: None });
        return None;
    };
    match values.get(entry.value) {
        Value::Scalar(Scalar::Str(text)) => Some(text.to_string()),
        _ => {
            errors.push(TypeMetaError { message: format!("{field} isn't string type"), field: Some(field) });
            None
        }
    }
}

/// kubectl's sentence about a document that is no object it could send.
pub(super) fn validation_error(messages: &[String], file: &str) -> String {
    let text = match messages {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let file = crate::yaml::quote(file);
    format!(
        "error validating {file}: error validating data: {text}; \
         if you choose to ignore these errors, turn validation off with --validate=false"
    )
}

/// What kubectl's list of resources knows of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mapping {
    /// The kind is served.
    Served { namespaced: bool },
    /// kubectl knows it in lower case and sends it; the server then does not know it.
    LowerCase { kind: &'static str, namespaced: bool },
    /// Without a version kubectl takes the core kind, and of each version it knows a List: it asks at an address that is
    /// not served.
    NoAddress,
    /// No such kind.
    None,
}

/// Looks a type up (client-go: restmapper/discovery.go).
pub(super) fn mapping(meta: &TypeMeta) -> Mapping {
    let served = served_kinds();
    if let Some(known) = served.iter().find(|it| it.api_version == meta.api_version && it.kind == meta.kind) {
        return Mapping::Served { namespaced: known.namespaced };
    }
    let lower = |it: &&crate::api::schema::ServedKind| {
        it.api_version == meta.api_version && it.kind.to_ascii_lowercase() == meta.kind
    };
    if let Some(known) = served.iter().find(lower) {
        return Mapping::LowerCase { kind: known.kind, namespaced: known.namespaced };
    }
    let unserved = match meta.api_version.as_str() {
        "" => served.iter().any(|it| it.api_version == "v1" && it.kind == meta.kind),
        version => meta.kind == "List" && served.iter().any(|it| it.api_version == version),
    };
    match unserved {
        true => Mapping::NoAddress,
        false => Mapping::None,
    }
}

/// Why a namespace cannot be part of an address (apimachinery: api/validation/path/name.go).
pub(super) fn unusable_in_path(namespace: &str) -> Option<String> {
    let found = names::path_segment(namespace);
    (!found.is_empty()).then(|| found.join(" "))
}

/// A place for what is missing at the top of a document: its first key, or else its beginning.
pub(super) fn top_of(values: &Values<'_>, tree: &crate::yaml::Tree<'_>, root: Option<ValueId>, document: Span) -> Span {
    let first = root.and_then(|root| match values.get(root) {
        Value::Object(entries) => entries.iter().map(|entry| tree.node(entry.key_node).span).min(),
        _ => Some(tree.node(values.node(root)).span),
    });
    first.unwrap_or(Span::new(document.start, document.start))
}
