//! Rules on definitions of new kinds (apiextensions-apiserver: pkg/apis/apiextensions/validation/validation.go, 1.36).
//! Of the schemas only that they are there is looked at.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{json, required};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{metadata, names};

const APPROVED: &str = "api-approved.kubernetes.io";

/// `cluster/definition`: a definition of a kind is named after the plural of the kind and its group, and says where its
/// objects live and which of its versions is stored.
///
/// Bad:
/// ```yaml
/// kind: CustomResourceDefinition
/// metadata: {name: widgets}
/// spec: {group: example.com, scope: Namespaced, names: {plural: widgets, kind: Widget}, versions: [{name: v1, storage: true, schema: {openAPIV3Schema: {type: object}}}]}
/// ```
/// Good:
/// ```yaml
/// kind: CustomResourceDefinition
/// metadata: {name: widgets.example.com}
/// spec: {group: example.com, scope: Namespaced, names: {plural: widgets, kind: Widget}, versions: [{name: v1, storage: true, schema: {openAPIV3Schema: {type: object}}}]}
/// ```
const CODE: &str = "cluster/definition";

/// Every rule of a definition but those that all metadata has.
pub fn validate(object: View<'_>, meta: &ObjectMeta, errors: &mut Errors) {
    let spec = object.at("spec");
    let path = Path::ROOT.field("spec");
    own_name(spec, meta, errors);
    group(spec.at("group").str(), &path.field("group"), errors);
    let (scope, at) = (spec.at("scope"), path.field("scope"));
    if required(CODE, scope, &at, errors) {
        super::one_of(CODE, scope, &["Cluster", "Namespaced"], &at, errors);
    }
    versions(spec.at("versions"), &path.field("versions"), errors);
    kind_names(spec.at("names"), &path.field("names"), errors);
    approval(object, errors);
}

fn own_name(spec: View<'_>, meta: &ObjectMeta, errors: &mut Errors) {
    let name = metadata::effective_name(meta);
    let wanted = format!("{}.{}", spec.at("names.plural").str(), spec.at("group").str());
    if !name.is_empty() && name != wanted {
        let metadata = Path::ROOT.field("metadata");
        errors.invalid(CODE, &metadata.field("name"), &name, "must be spec.names.plural+\".\"+spec.group");
        errors.related(&Path::ROOT.field("spec").field("names"));
    }
}

fn group(group: &str, path: &Path<'_>, errors: &mut Errors) {
    let faults = names::dns1123_subdomain(group);
    match group {
        "" => errors.required(CODE, path, ""),
        _ if !faults.is_empty() => errors.invalid(CODE, path, group, &faults.join(",")),
        _ if !group.contains('.') => errors.invalid(CODE, path, group, "should be a domain with at least one dot"),
        _ => {}
    }
}

fn versions(versions: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    let mut stored = 0_usize;
    for (i, version) in versions.items().enumerate() {
        let at = path.index(i);
        let name = version.at("name").str();
        stored += usize::from(version.at("storage").is_true());
        let faults = names::dns1035_label(name);
        if !faults.is_empty() {
            errors.invalid(CODE, &at.field("name"), name, &faults.join(","));
        }
        if !version.at("schema.openAPIV3Schema").exists() {
            let schema = at.field("schema");
            errors.required(CODE, &schema.field("openAPIV3Schema"), "schemas are required");
        }
    }
    let known: Vec<&str> = versions.items().map(|version| version.at("name").str()).collect();
    let twice = known.iter().enumerate().any(|(i, name)| known.iter().take(i).any(|earlier| earlier == name));
    let value = json(versions);
    if twice {
        errors.invalid(CODE, path, Shown::Json(&value), "must contain unique version names");
    }
    if stored != 1 {
        let detail = "must have exactly one version marked as storage version";
        errors.invalid(CODE, path, Shown::Json(&value), detail);
    }
}

/// The names of the kind; the singular and that of lists are made from the kind where they are absent.
fn kind_names(of: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    for field in ["plural", "kind"] {
        required(CODE, of.at(field), &path.field(field), errors);
    }
    for (field, mixed) in [("plural", false), ("singular", false), ("kind", true), ("listKind", true)] {
        let name = of.at(field).str();
        let checked = if mixed { name.to_lowercase() } else { name.to_owned() };
        let faults = names::dns1035_label(&checked).join(",");
        if !name.is_empty() && !faults.is_empty() {
            let before = if mixed { "may have mixed case, but should otherwise match: " } else { "" };
            errors.invalid(CODE, &path.field(field), name, &[before, &faults].concat());
        }
    }
    for field in ["shortNames", "categories"] {
        let list = path.field(field);
        for (i, name) in of.at(field).items().enumerate() {
            let faults = names::dns1035_label(name.str()).join(",");
            if !faults.is_empty() {
                errors.invalid(CODE, &list.index(i), name.str(), &faults);
            }
        }
    }
    let (kind, list) = (of.at("kind").str(), of.at("listKind").str());
    if !kind.is_empty() && kind == list {
        errors.invalid(CODE, &path.field("listKind"), list, "kind and listKind may not be the same");
    }
}

/// `cluster/api-approval`: groups of Kubernetes' own domains belong to its community, which approves their kinds.
///
/// Bad:
/// ```yaml
/// kind: CustomResourceDefinition
/// spec: {group: shop.k8s.io}
/// ```
/// Good:
/// ```yaml
/// kind: CustomResourceDefinition
/// spec: {group: shop.example.com}
/// ```
fn approval(object: View<'_>, errors: &mut Errors) {
    const CODE: &str = "cluster/api-approval";
    let group = object.at("spec.group").str();
    let own = ["k8s.io", "kubernetes.io"];
    let protected =
        own.iter().any(|domain| group.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    if !protected || !object.at("metadata.annotations").key(APPROVED).str().is_empty() {
        return;
    }
    let metadata = Path::ROOT.field("metadata");
    let detail = "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111";
    errors.required(CODE, &metadata.field("annotations").key(APPROVED), detail);
}
