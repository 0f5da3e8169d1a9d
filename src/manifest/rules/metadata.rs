//! Rules on `metadata`, the same for every kind (apimachinery: api/validation/objectmeta.go, 1.36).

use collections::Map as BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::errors::{Errors, Shown, push_go_quoted, push_json_quoted};
use super::names::{self, Faults};
use crate::api::Path;

/// How objects of a kind may be named.
pub type NameRule = fn(&str) -> Faults;

/// Annotations may hold this many bytes, keys and values together.
const MAX_ANNOTATION_BYTES: usize = 256 * 1024;

/// The random end of a generated name. The server draws five characters; a manifest that is only judged gets these.
pub const GENERATED_SUFFIX: &str = "xxxxx";

/// Generated names keep this many bytes of `generateName`.
const MAX_GENERATED_BASE: usize = 58;

/// Every rule of `metadata`: `path` is the place of `meta`, `name_rule` the predicate of the kind.
pub fn validate(meta: &ObjectMeta, namespaced: bool, name_rule: NameRule, path: &Path<'_>, errors: &mut Errors) {
    validate_named(meta, namespaced, name_rule, path, errors);
    standard_finalizers(meta.finalizers.as_deref().unwrap_or_default(), &path.field("finalizers"), errors);
}

/// [`validate`] for the kinds whose finalizers need no domain.
pub fn validate_named(meta: &ObjectMeta, namespaced: bool, name_rule: NameRule, path: &Path<'_>, errors: &mut Errors) {
    name(meta, name_rule, path, errors);
    after_name(meta, namespaced, path, errors);
}

/// The rules that do not depend on the kind.
pub fn validate_form(meta: &ObjectMeta, namespaced: bool, path: &Path<'_>, errors: &mut Errors) {
    validate_named(meta, namespaced, |_| Vec::new(), path, errors);
}

fn after_name(meta: &ObjectMeta, namespaced: bool, path: &Path<'_>, errors: &mut Errors) {
    namespace(meta, namespaced, path, errors);
    generation(meta, path, errors);
    labels(meta.labels.as_ref(), &path.field("labels"), errors);
    annotations(meta.annotations.as_ref(), &path.field("annotations"), errors);
    owner_references(meta.owner_references.as_deref().unwrap_or_default(), &path.field("ownerReferences"), errors);
    finalizers(meta.finalizers.as_deref().unwrap_or_default(), &path.field("finalizers"), errors);
}

/// The name an object gets: its own, or one made from `generateName`; empty where it has neither.
pub fn effective_name(meta: &ObjectMeta) -> String {
    let name = meta.name.as_deref().unwrap_or_default();
    let prefix = meta.generate_name.as_deref().unwrap_or_default();
    if !name.is_empty() || prefix.is_empty() {
        return name.to_owned();
    }
    let end = (0..=MAX_GENERATED_BASE.min(prefix.len())).rev().find(|&at| prefix.is_char_boundary(at)).unwrap_or(0);
    let mut generated = prefix.get(..end).unwrap_or_default().to_owned();
    generated.push_str(GENERATED_SUFFIX);
    generated
}

/// `metadata/name`: an object has a name (or a prefix to make one from) that fits its kind.
///
/// The name stands in URLs and, for most kinds, in DNS names, so it must be a DNS name: lower case letters, digits,
/// `-` and `.`.
///
/// Bad:
/// ```yaml
/// metadata: {name: My_Pod}
/// ```
/// Good:
/// ```yaml
/// metadata: {name: my-pod}
/// ```
fn name(meta: &ObjectMeta, name_rule: NameRule, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "metadata/name";
    if let Some(prefix) = meta.generate_name.as_deref().filter(|prefix| !prefix.is_empty()) {
        let faults = name_rule(&names::mask_trailing_dash(prefix));
        errors.invalid_each(CODE, &path.field("generateName"), prefix, faults);
    }
    let at = path.field("name");
    match effective_name(meta).as_str() {
        "" => errors.required(CODE, &at, "name or generateName is required"),
        name => errors.invalid_each(CODE, &at, name, name_rule(name)),
    }
}

/// `metadata/namespace`: a namespace is named like a DNS label, and only kinds that live in namespaces have one.
///
/// Bad:
/// ```yaml
/// metadata: {namespace: Team_A}
/// ```
/// Good:
/// ```yaml
/// metadata: {namespace: team-a}
/// ```
fn namespace(meta: &ObjectMeta, namespaced: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "metadata/namespace";
    let Some(name) = meta.namespace.as_deref().filter(|name| !name.is_empty()) else { return };
    let at = path.field("namespace");
    match namespaced {
        true => errors.invalid_each(CODE, &at, name, names::dns1123_label(name)),
        false => errors.forbidden(CODE, &at, "not allowed on this type"),
    }
}

/// `metadata/generation`: the count of changes is not negative.
///
/// The server counts for most kinds and forgets what a manifest says; for some it looks at it first.
///
/// Bad:
/// ```yaml
/// kind: ConfigMap
/// metadata: {generation: -1}
/// ```
/// Good:
/// ```yaml
/// kind: ConfigMap
/// metadata: {name: a}
/// ```
fn generation(meta: &ObjectMeta, path: &Path<'_>, errors: &mut Errors) {
    if let Some(generation) = meta.generation.filter(|generation| *generation < 0) {
        errors.invalid("metadata/generation", &path.field("generation"), generation, names::NOT_NEGATIVE);
    }
}

/// `metadata/labels`: keys are qualified names, values are short words.
///
/// Labels are indexed and selected by; free text belongs into annotations.
///
/// Bad:
/// ```yaml
/// metadata: {labels: {team: "web team"}}
/// ```
/// Good:
/// ```yaml
/// metadata: {labels: {team: web-team}}
/// ```
pub fn labels(labels: Option<&BTreeMap<String, String>>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "metadata/labels";
    for (key, value) in labels.into_iter().flatten() {
        errors.invalid_each(CODE, path, key, names::qualified_name(key));
        errors.invalid_each(CODE, path, value, names::label_value(value));
    }
}

/// `metadata/annotations`: keys are qualified names (their case is ignored); all of them together stay below 256 KiB.
///
/// Everything is kept in etcd and sent to every watcher, so the size is limited.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {"my note": x}}
/// ```
/// Good:
/// ```yaml
/// metadata: {annotations: {example.com/my-note: "any text at all"}}
/// ```
pub fn annotations(annotations: Option<&BTreeMap<String, String>>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "metadata/annotations";
    let mut total = 0;
    for (key, value) in annotations.into_iter().flatten() {
        errors.invalid_each(CODE, path, key, names::qualified_name(&key.to_lowercase()));
        total += key.len() + value.len();
    }
    if total > MAX_ANNOTATION_BYTES {
        errors.too_long(CODE, path, 262_144);
    }
}

/// `metadata/owner-references`: an owner is named in full, is no Event, and one owner at most controls the object.
///
/// The garbage collector looks owners up by kind and uid; two controllers would fight over the object.
///
/// Bad:
/// ```yaml
/// metadata: {ownerReferences: [{apiVersion: v1, kind: Event, name: n, uid: u}]}
/// ```
/// Good:
/// ```yaml
/// metadata: {ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: n, uid: u, controller: true}]}
/// ```
pub fn owner_references(owners: &[OwnerReference], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "metadata/owner-references";
    const EMPTY: &str = "must not be empty";
    let mut controller: Option<&OwnerReference> = None;
    for (i, owner) in owners.iter().enumerate() {
        let before = errors.len();
        let (group, version) = group_version(&owner.api_version);
        if version.is_empty() {
            errors.invalid(CODE, &path.field("apiVersion"), &owner.api_version, "version must not be empty");
        }
        for (field, value) in [("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)] {
            if value.is_empty() {
                errors.invalid(CODE, &path.field(field), value, EMPTY);
            }
        }
        errors.in_entry(before, path, i);
        if (group, version, owner.kind.as_str()) == ("", "v1", "Event") {
            let mut value = String::new();
            push_owner(&mut value, owner);
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            errors.invalid(CODE, path, Shown::Json(&value), detail);
        }
        if owner.controller != Some(true) {
            continue;
        }
        match controller {
            None => controller = Some(owner),
            Some(first) => {
                let value = owners_json(owners);
                let detail = [
                    "Only one reference can have Controller set to true. Found \"true\" in references for ",
                    &first.kind,
                    "/",
                    &first.name,
                    " and ",
                    &owner.kind,
                    "/",
                    &owner.name,
                ]
                .concat();
                errors.invalid(CODE, path, Shown::Json(&value), &detail);
            }
        }
    }
}

/// Group and version of an `apiVersion`; both empty where it is malformed.
fn group_version(api_version: &str) -> (&str, &str) {
    match api_version.split_once('/') {
        None => ("", api_version),
        Some((_, version)) if version.contains('/') => ("", ""),
        Some((group, version)) => (group, version),
    }
}

fn owners_json(owners: &[OwnerReference]) -> String {
    let mut out = String::from("[");
    for (i, owner) in owners.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_owner(&mut out, owner);
    }
    out.push(']');
    out
}

/// An owner as Go writes it: fields in the order of the struct.
fn push_owner(out: &mut String, owner: &OwnerReference) {
    let fields =
        [("apiVersion", &owner.api_version), ("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)];
    for (i, (field, value)) in fields.into_iter().enumerate() {
        out.push(if i == 0 { '{' } else { ',' });
        push_go_quoted(out, field);
        out.push(':');
        push_json_quoted(out, value);
    }
    for (field, value) in [("controller", owner.controller), ("blockOwnerDeletion", owner.block_owner_deletion)] {
        if let Some(value) = value {
            out.push_str(",\"");
            out.push_str(field);
            out.push_str(if value { "\":true" } else { "\":false" });
        }
    }
    out.push('}');
}

/// `metadata/finalizers`: a finalizer is one of the standard ones or carries the domain of who removes it.
///
/// An object with a finalizer that nobody removes can never be deleted, so a bare unknown word is refused.
///
/// Bad:
/// ```yaml
/// metadata: {finalizers: [cleanup]}
/// ```
/// Good:
/// ```yaml
/// metadata: {finalizers: [example.com/cleanup]}
/// ```
fn finalizers(finalizers: &[String], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "metadata/finalizers";
    for finalizer in finalizers {
        errors.invalid_each(CODE, path, finalizer, names::qualified_name(finalizer));
    }
    let has = |name: &str| finalizers.iter().any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let value = string_list_json(finalizers);
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(CODE, path, Shown::Json(&value), detail);
    }
}

/// A finalizer without a domain is one of the standard ones.
pub fn standard_finalizers(finalizers: &[String], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "metadata/finalizers";
    for (i, finalizer) in finalizers.iter().enumerate() {
        let standard = matches!(finalizer.as_str(), "kubernetes" | "orphan" | "foregroundDeletion");
        if !finalizer.contains('/') && !standard {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(CODE, &path.index(i), finalizer, detail);
        }
    }
}

/// A list of strings as JSON.
pub fn string_list_json(list: &[String]) -> String {
    let mut out = String::from("[");
    for (i, text) in list.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push_json_quoted(&mut out, text);
    }
    out.push(']');
    out
}
