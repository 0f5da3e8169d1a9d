//! What of a PersistentVolumeClaim may change (kubernetes: pkg/apis/core/validation/validation.go
//! ValidatePersistentVolumeClaimUpdate, 1.36).

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec};
use k8s_openapi::json::to_json;

use super::internal::{self, Origin};
use super::{IMMUTABLE, metadata, unified};
use crate::api::{Path, quantity};
use crate::manifest::rules::claim as rules;
use crate::manifest::rules::errors::{Errors, Shown};

const STORAGE_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// `update/claim`: of a claim only the size changes, and only once it is bound, and only upwards.
///
/// A volume was made or chosen for exactly this claim.
const CODE: &str = "update/claim";

/// Every rule of the update of a claim.
pub(super) fn validate(old: &PersistentVolumeClaim, new: &PersistentVolumeClaim, errors: &mut Errors) {
    metadata::update(&old.metadata, &new.metadata, errors);
    rules::validate(new, errors);
    let (Some(before), Some(after)) = (&old.spec, &new.spec) else { return };
    let (mut was, mut is) = (before.clone(), after.clone());
    if was.volume_name.as_deref().is_none_or(str::is_empty) {
        was.volume_name.clone_from(&is.volume_name);
    }
    class_annotation(old, new, errors);
    if was.storage_class_name.is_none() && is.storage_class_name.is_some() && annotated_class(old, after) {
        is.storage_class_name = None;
    }
    let bound = new.status.as_ref().is_some_and(|status| status.phase.as_deref() == Some("Bound"));
    if bound && let Some(requests) = is.resources.as_mut().and_then(|resources| resources.requests.as_mut()) {
        let size = storage(before).cloned().unwrap_or_default();
        requests.insert("storage".to_owned(), size);
    }
    is.volume_attributes_class_name.clone_from(&was.volume_attributes_class_name);
    let path = Path::ROOT.field("spec");
    let dump = |spec: &PersistentVolumeClaimSpec, origin| {
        internal::indented("PersistentVolumeClaimSpec", &to_json(spec), origin)
    };
    let shown = dump(&was, Origin::Stored);
    if shown != dump(&is, Origin::Stored) {
        let head = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n";
        errors.forbidden(CODE, &path, &[head, &unified::diff(&shown, &dump(&is, Origin::Sent))].concat());
    }
    size(old, before, after, &path, errors);
    if before.volume_mode != after.volume_mode {
        let mode = after.volume_mode.as_ref().map_or_else(|| "null".to_owned(), |mode| format!("\"{mode}\""));
        errors.invalid(CODE, &Path::ROOT.field("volumeMode"), Shown::Json(&mode), IMMUTABLE);
    }
    attributes_class(before, after, &path, errors);
}

/// A class that was named by annotation may be named by its field, and one that was left open may be chosen.
fn annotated_class(old: &PersistentVolumeClaim, after: &PersistentVolumeClaimSpec) -> bool {
    let annotation = old.metadata.annotations.as_ref().and_then(|annotations| annotations.get(STORAGE_CLASS));
    annotation.is_none_or(|class| Some(class.as_str()) == after.storage_class_name.as_deref())
}

fn class_annotation(old: &PersistentVolumeClaim, new: &PersistentVolumeClaim, errors: &mut Errors) {
    let class = |claim: &PersistentVolumeClaim| {
        let annotations = claim.metadata.annotations.as_ref();
        annotations.and_then(|annotations| annotations.get(STORAGE_CLASS)).cloned().unwrap_or_default()
    };
    let moved = old.spec.as_ref().is_some_and(|spec| spec.storage_class_name.is_none())
        && new.spec.as_ref().and_then(|spec| spec.storage_class_name.clone()).unwrap_or_default() == class(old)
        && class(new).is_empty();
    if class(old) != class(new) && !moved {
        let metadata = Path::ROOT.field("metadata");
        let annotations = metadata.field("annotations");
        errors.invalid(CODE, &annotations.key(STORAGE_CLASS), &class(new), IMMUTABLE);
    }
}

fn storage(spec: &PersistentVolumeClaimSpec) -> Option<&k8s_openapi::apimachinery::pkg::api::resource::Quantity> {
    spec.resources.as_ref()?.requests.as_ref()?.get("storage")
}

fn size(
    old: &PersistentVolumeClaim,
    before: &PersistentVolumeClaimSpec,
    after: &PersistentVolumeClaimSpec,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let (Some(was), Some(is)) = (storage(before), storage(after)) else { return };
    let capacity = old.status.as_ref().and_then(|status| status.capacity.as_ref()?.get("storage"));
    let larger = capacity.is_some_and(|capacity| quantity::of(is) > quantity::of(capacity));
    let grows = quantity::of(is) >= quantity::of(was);
    // Without a volume the recorded capacity is zero, which every size exceeds.
    let unbound = capacity.is_none() && quantity::of(is).sign() > 0;
    if !grows && !larger && !unbound {
        let resources = path.field("resources");
        let requests = resources.field("requests");
        errors.forbidden(CODE, &requests.field("storage"), "field can not be less than status.capacity");
    }
}

fn attributes_class(
    before: &PersistentVolumeClaimSpec,
    after: &PersistentVolumeClaimSpec,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let at = path.field("volumeAttributesClassName");
    match (&before.volume_attributes_class_name, &after.volume_attributes_class_name) {
        (Some(_), None) => errors.forbidden(CODE, &at, "update from non-nil value to nil is forbidden"),
        (Some(_), Some(class)) if class.is_empty() => {
            errors.forbidden(CODE, &at, "update from non-nil value to an empty string is forbidden");
        }
        _ => {}
    }
}
