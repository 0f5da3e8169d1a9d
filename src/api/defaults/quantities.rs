//! Quantities brought into the canonical form in which they are kept, printed and told in errors.

use std::borrow::Cow;

use collections::Map as BTreeMap;
use serde_json::Value;

use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;

use crate::api::quantity::{printed, printed_in_list};

/// One quantity outside a resource list.
pub(super) fn one(field: &mut Option<Field>) {
    if let Some(field) = field {
        rewrite(field, printed);
    }
}

/// A resource list.
pub(super) fn list(list: &mut Option<BTreeMap<String, Field>>) {
    for field in list.iter_mut().flat_map(BTreeMap::values_mut) {
        rewrite(field, printed_in_list);
    }
}

/// The limits and requests of a container or a Pod.
pub(super) fn requirements(resources: &mut ResourceRequirements) {
    list(&mut resources.limits);
    list(&mut resources.requests);
}

/// The limits and requests of a claim.
pub(super) fn claim(spec: &mut PersistentVolumeClaimSpec) {
    if let Some(resources) = &mut spec.resources {
        list(&mut resources.limits);
        list(&mut resources.requests);
    }
}

/// One quantity outside a resource list, as JSON.
pub(super) fn alone(value: &mut Value) {
    rewrite_json(value, printed);
}

/// One quantity of a resource list, as JSON.
pub(super) fn in_list(value: &mut Value) {
    rewrite_json(value, printed_in_list);
}

fn rewrite_json(value: &mut Value, printed: fn(&str) -> Cow<'_, str>) {
    let written = match value {
        Value::String(text) => std::mem::take(text),
        Value::Number(number) => number.to_string(),
        _ => return,
    };
    let mut field = Field(written);
    rewrite(&mut field, printed);
    *value = Value::String(field.0);
}

fn rewrite(field: &mut Field, printed: fn(&str) -> Cow<'_, str>) {
    if field.0.is_empty() {
        field.0.push('0');
    } else if let shown = printed(&field.0)
        && *shown != *field.0
    {
        field.0 = shown.into_owned();
    }
}
