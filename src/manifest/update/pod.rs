//! What of a Pod may change (kubernetes: pkg/apis/core/validation/validation.go ValidatePodUpdate, 1.36).

use k8s_openapi::api::core::v1::{Container, PodSpec, Toleration};
use k8s_openapi::json::to_json;

use super::internal::{self, Origin};
use super::{gates, metadata, unified};
use crate::api::admission::MIRROR;
use crate::api::admission::app_armor::APP_ARMOR;
use crate::api::{Path, Pod};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, pod as rules};

/// The longest deadline, in seconds.
const MAX_DEADLINE: i64 = i32::MAX as i64;

/// What may change, as the server lists it.
const MUTABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
    `spec.tolerations` (only additions to existing tolerations),\
    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";

/// Every rule of the update of a Pod.
pub(super) fn validate(old: &Pod, new: &Pod, errors: &mut Errors) {
    metadata::update(&old.metadata, &new.metadata, errors);
    rules::validate_stored(new, errors);
    annotations(old, new, errors);
    let path = Path::ROOT.field("spec");
    for (field, before, after) in [
        ("containers", &old.spec.containers[..], &new.spec.containers[..]),
        ("initContainers", go::list(&old.spec.init_containers), go::list(&new.spec.init_containers)),
    ] {
        if containers(before, after, &path.field(field), errors).is_err() {
            return;
        }
    }
    if deadline(&old.spec, &new.spec, &path, errors).is_err() {
        return;
    }
    tolerations(go::list(&old.spec.tolerations), go::list(&new.spec.tolerations), &path, errors);
    gates::only_removed(&old.spec, &new.spec, &path, errors);
    if old.spec != new.spec {
        everything_else(&old.spec, &new.spec, &path, errors);
    }
}

/// The checks of the containers ended the validation.
struct Stop;

/// `update/pod-containers`: a Pod keeps the number of its containers, and each keeps an image.
///
/// The kubelet has laid out the Pod's sandbox and cgroups for exactly these containers.
fn containers(old: &[Container], new: &[Container], path: &Path<'_>, errors: &mut Errors) -> Result<(), Stop> {
    const CODE: &str = "update/pod-containers";
    if old.len() != new.len() {
        errors.forbidden(CODE, path, "pod updates may not add or remove containers");
        return Err(Stop);
    }
    for (i, container) in new.iter().enumerate() {
        let image = go::text(&container.image);
        let container = path.index(i);
        let at = container.field("image");
        if image.is_empty() {
            errors.required(CODE, &at, "");
        }
        if image.trim().len() != image.len() {
            errors.invalid(CODE, &at, image, "must not have leading or trailing whitespace");
        }
    }
    Ok(())
}

/// `update/pod-deadline`: the deadline may be set and may come nearer, never move away.
///
/// Who limited a Pod's time may rely on it.
fn deadline(old: &PodSpec, new: &PodSpec, path: &Path<'_>, errors: &mut Errors) -> Result<(), Stop> {
    const CODE: &str = "update/pod-deadline";
    let at = path.field("activeDeadlineSeconds");
    match (old.active_deadline_seconds, new.active_deadline_seconds) {
        (_, Some(after)) if !(0..=MAX_DEADLINE).contains(&after) => {
            errors.invalid(CODE, &at, after, "must be between 0 and 2147483647, inclusive");
            Err(Stop)
        }
        (Some(before), Some(after)) if before < after => {
            errors.invalid(CODE, &at, after, "must be less than or equal to previous value");
            Err(Stop)
        }
        (Some(_), None) => {
            let detail = "must not update from a positive integer to nil value";
            errors.invalid(CODE, &at, Shown::Json("null"), detail);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `update/pod-tolerations`: tolerations may be added; of one that is there only the time may change.
///
/// The scheduler has placed the Pod by them.
fn tolerations(old: &[Toleration], new: &[Toleration], path: &Path<'_>, errors: &mut Errors) {
    let timeless = |it: &Toleration| Toleration { toleration_seconds: None, ..it.clone() };
    let kept = |before: &Toleration| new.iter().any(|after| timeless(after) == timeless(before));
    if !old.iter().all(kept) {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden("update/pod-tolerations", &path.field("tolerations"), detail);
    }
}

/// `update/pod-annotations`: the annotation of a mirror Pod stays, and annotations do not change the AppArmor profile.
///
/// A mirror Pod shows what the kubelet runs from a file; the profile of a running container cannot be changed.
fn annotations(old: &Pod, new: &Pod, errors: &mut Errors) {
    const CODE: &str = "update/pod-annotations";
    let metadata = Path::ROOT.field("metadata");
    let at = metadata.field("annotations");
    let (before, after) = (old.metadata.annotations.as_ref(), new.metadata.annotations.as_ref());
    for (key, value) in before.into_iter().flatten() {
        let now = after.and_then(|annotations| annotations.get(key));
        if now == Some(value) {
            continue;
        }
        if let Some(container) = key.strip_prefix(APP_ARMOR) {
            let gone = now.is_none() && rules::has_container(&new.spec, container);
            if !gone {
                errors.forbidden(CODE, &at.key(key), "may not remove or update AppArmor annotations");
            }
        }
        if key == MIRROR {
            errors.forbidden(CODE, &at.key(key), "may not remove or update mirror pod annotation");
        }
    }
    let known = |key: &String| before.is_some_and(|annotations| annotations.contains_key(key));
    for key in after.into_iter().flatten().map(|(key, _)| key).filter(|key| !known(key)) {
        if key.starts_with(APP_ARMOR) {
            errors.forbidden(CODE, &at.key(key), "may not add AppArmor annotations");
        }
        if key == MIRROR {
            errors.forbidden(CODE, &at.key(key), "may not add mirror pod annotation");
        }
    }
    rules::annotations::validate(after, &new.spec, &at, errors);
}

/// `update/pod-spec`: nothing else of a Pod changes while it lives; another Pod has to take its place.
///
/// The kubelet sets most of it up once, when the Pod starts. A Deployment replaces its Pods for you.
fn everything_else(old: &PodSpec, new: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let mut munged = new.clone();
    for (before, after) in old.containers.iter().zip(&mut munged.containers) {
        after.image.clone_from(&before.image);
    }
    let before = old.init_containers.iter().flatten();
    for (before, after) in before.zip(munged.init_containers.iter_mut().flatten()) {
        after.image.clone_from(&before.image);
    }
    munged.active_deadline_seconds = old.active_deadline_seconds;
    munged.scheduling_gates.clone_from(&old.scheduling_gates);
    munged.tolerations.clone_from(&old.tolerations);
    let was_negative = old.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0);
    if was_negative && munged.termination_grace_period_seconds == Some(1) {
        munged.termination_grace_period_seconds = old.termination_grace_period_seconds;
    }
    if !go::list(&old.scheduling_gates).is_empty() {
        gates::waiting(old, &mut munged, path, errors);
    }
    let before = dump(old, Origin::Stored);
    // Absent and empty lists are equal, though they print differently.
    if dump(&munged, Origin::Stored) != before {
        let detail = [MUTABLE, &unified::diff(&before, &dump(&munged, Origin::Sent))].concat();
        errors.forbidden("update/pod-spec", path, &detail);
    }
}

/// `update/pod-ephemeral`: ephemeral containers are added, and never changed or taken away; one that looks into another
/// container names one that is there.
///
/// The kubelet starts them once, in a Pod that runs (kubernetes: ValidatePodEphemeralContainersUpdate).
pub(super) fn ephemeral(old: &Pod, new: &Pod, errors: &mut Errors) {
    const CODE: &str = "update/pod-ephemeral";
    let path = Path::ROOT.field("spec");
    let path = path.field("ephemeralContainers");
    let (before, after) = (go::list(&old.spec.ephemeral_containers), go::list(&new.spec.ephemeral_containers));
    for (number, container) in after.iter().enumerate() {
        let Some(target) = container.target_container_name.as_deref().filter(|target| !target.is_empty()) else {
            continue;
        };
        if !new.spec.containers.iter().any(|container| container.name == target) {
            errors.not_found(CODE, &path.index(number).field("targetContainerName"), target, "");
        }
    }
    if !errors.is_empty() {
        return;
    }
    for container in before {
        let name = &container.name;
        let Some(now) = after.iter().find(|now| now.name == *name) else {
            errors.forbidden(CODE, &path, &format!("existing ephemeral containers {name:?} may not be removed\n"));
            continue;
        };
        if now != container {
            let dump = |container, origin| internal::indented("EphemeralContainer", &to_json(container), origin);
            let diff = unified::diff(&dump(container, Origin::Stored), &dump(now, Origin::Sent));
            let detail = format!("existing ephemeral containers {name:?} may not be changed\n{diff}");
            errors.forbidden(CODE, &path, &detail);
        }
    }
}

fn dump(spec: &PodSpec, origin: Origin) -> String {
    let mut json = to_json(spec);
    internal::move_host_fields(&mut json);
    internal::indented("PodSpec", &json, origin)
}
