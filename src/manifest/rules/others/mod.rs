//! Rules on the kinds that Podlab holds as JSON: what the server says of an Ingress, a Role, a PersistentVolume.
//!
//! The objects went through the strict decoder, so every field has its type. What the server would fill in first is
//! read as its default where a rule asks for it.

mod controllers;
mod definitions;
mod endpoints;
mod ingress;
mod limits;
mod network_policy;
mod policies;
mod rbac;
mod reviews;
mod service_ranges;
mod storage;
mod storage_nodes;
mod volumes;
mod warn;
mod webhooks;

use serde_json::Value;

pub(super) use self::warn::DEPRECATED;
pub use self::warn::{of_kind, warnings};
use super::errors::{Errors, Shown, push_json_quoted};
use super::metadata::{self, NameRule};
use super::{events, names};
use crate::api::quantity::Quantity;
use crate::api::schema::served_kinds;
use crate::api::{Other, Path, View};

/// Every rule that is known of the object's kind.
pub fn validate(other: &Other, errors: &mut Errors) {
    let served = served_kinds().iter().find(|it| it.kind == other.kind && it.api_version == other.api_version);
    let Some(namespaced) = served.map(|it| it.namespaced) else { return };
    let group = other.api_version.split_once('/').map_or("", |(group, _)| group);
    // Questions to the server have no name, and a binding's is that of its Pod.
    if matches!(group, "authentication.k8s.io" | "authorization.k8s.io") || other.kind == "Binding" {
        return reviews::validate(other, errors);
    }
    let path = Path::ROOT.field("metadata");
    match has_own_finalizers(group, &other.kind) {
        true => metadata::validate_named(&other.metadata, namespaced, name_rule(group, &other.kind), &path, errors),
        false => metadata::validate(&other.metadata, namespaced, name_rule(group, &other.kind), &path, errors),
    }
    spec(other, errors);
}

/// The rules but those of the metadata.
pub fn spec(other: &Other, errors: &mut Errors) {
    let object = View::new(&other.value);
    match other.kind.as_str() {
        "Ingress" => ingress::ingress(object, errors),
        "IngressClass" => ingress::class(object, errors),
        "NetworkPolicy" => network_policy::validate(object, errors),
        "Role" => rbac::role(object, true, errors),
        "ClusterRole" => rbac::cluster_role(object, errors),
        "RoleBinding" => rbac::binding(object, true, errors),
        "ClusterRoleBinding" => rbac::binding(object, false, errors),
        "PersistentVolume" => volumes::persistent_volume(object.at("spec"), errors),
        "StorageClass" => storage::class(object, errors),
        "CSIDriver" => storage::driver(object.at("spec"), errors),
        "PodDisruptionBudget" => policies::disruption_budget(object.at("spec"), errors),
        "PriorityClass" => policies::priority_class(object, &other.metadata, errors),
        "APIService" => policies::api_service(object, &other.metadata, errors),
        "RuntimeClass" => policies::runtime_class(object, errors),
        "Lease" => policies::lease(object.at("spec"), errors),
        "LimitRange" => limits::range(object.at("spec.limits"), errors),
        "ResourceQuota" => limits::quota(object.at("spec"), errors),
        "ReplicationController" => controllers::replication_controller(object.at("spec"), errors),
        "ControllerRevision" => controllers::revision(object, errors),
        "Event" => events::strict(other, errors),
        "PodTemplate" => controllers::pod_template(object.at("template"), errors),
        "Endpoints" => endpoints::endpoints(object.at("subsets"), errors),
        "EndpointSlice" => endpoints::slice(object, errors),
        "ValidatingWebhookConfiguration" => webhooks::validate(object.at("webhooks"), errors),
        "MutatingWebhookConfiguration" => webhooks::validate(object.at("webhooks"), errors),
        "VolumeAttachment" => storage_nodes::attachment(object.at("spec"), errors),
        "CSINode" => storage_nodes::node(object.at("spec.drivers"), errors),
        "CSIStorageCapacity" => storage_nodes::capacity(object, errors),
        "VolumeAttributesClass" => storage::attributes_class(object, errors),
        "IPAddress" => service_ranges::address(object.at("spec.parentRef"), errors),
        "ServiceCIDR" => service_ranges::ranges(object.at("spec.cidrs"), errors),
        "CustomResourceDefinition" => definitions::validate(object, &other.metadata, errors),
        _ => {}
    }
}

/// How objects of a kind may be named.
fn name_rule(group: &str, kind: &str) -> NameRule {
    match (group, kind) {
        ("rbac.authorization.k8s.io" | "policy" | "apiregistration.k8s.io", _) | (_, "Event") => names::path_segment,
        (_, "IPAddress") => names::ip,
        _ => names::dns1123_subdomain,
    }
}

/// Whether finalizers without a domain pass: these kinds are looked at by the parts of the server that know nothing of
/// the standard ones.
fn has_own_finalizers(group: &str, kind: &str) -> bool {
    matches!(
        group,
        "coordination.k8s.io"
            | "admissionregistration.k8s.io"
            | "apiextensions.k8s.io"
            | "apiregistration.k8s.io"
            | "node.k8s.io"
            | "policy"
    ) || kind == "Event"
}

/// What is missing where something must be.
fn required(code: &'static str, view: View<'_>, path: &Path<'_>, errors: &mut Errors) -> bool {
    let there = !view.str().is_empty();
    if !there {
        errors.required(code, path, "");
    }
    there
}

/// A value of a closed set, if there is one; `known` as the server lists it.
fn one_of(code: &'static str, view: View<'_>, known: &[&str], path: &Path<'_>, errors: &mut Errors) {
    if view.exists() && !known.contains(&view.str()) {
        errors.not_supported(code, path, view.str(), known);
    }
}

/// [`one_of`] for a field whose type in Go is a plain `string`.
fn one_of_texts(code: &'static str, value: &str, known: &[&str], path: &Path<'_>, errors: &mut Errors) {
    if !known.contains(&value) {
        errors.not_supported_value(code, path, Shown::Str(value), known);
    }
}

/// What the JSON of a value is in an error.
fn json(view: View<'_>) -> String {
    let mut out = String::new();
    push_json(&mut out, view.0.unwrap_or(&Value::Null));
    out
}

fn push_json(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => push_json_quoted(out, text),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                push_json(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (i, (name, field)) in fields.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                push_json_quoted(out, name);
                out.push(':');
                push_json(out, field);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// An amount, 0 where there is none.
fn amount(view: View<'_>) -> Quantity {
    Quantity::parse(&view.text()).unwrap_or_default()
}

/// The number of a field of 32 or 64 bits; none where it is absent.
fn number(view: View<'_>) -> Option<i64> {
    view.exists().then(|| view.int())
}

#[cfg(test)]
mod tests;
