//! Quantities brought into the canonical form in which they are kept, printed and told in errors.

use std::borrow::Cow;

use collections::Map as BTreeMap;

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

fn rewrite(field: &mut Field, printed: fn(&str) -> Cow<'_, str>) {
    if field.0.is_empty() {
        field.0.push('0');
    } else if let shown = printed(&field.0)
        && *shown != *field.0
    {
        field.0 = shown.into_owned();
    }
}
