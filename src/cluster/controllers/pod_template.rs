//! Pods from a template (kubernetes: pkg/controller/controller_utils.go GetPodFromTemplate).

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::pooled;

use super::orphans::reference;
use crate::api::{Object, Pod};
use crate::cluster::events::{self, EventNote, Topic};
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey, Propagation, api_server};

/// A Pod as `template` has it, owned by `owner`; its name is generated from the owner's.
pub(super) fn pod_of(template: &PodTemplateSpec, key: &ObjectKey, owner: &Object) -> Pod {
    let written = template.metadata.as_ref();
    let metadata = ObjectMeta {
        namespace: Some((&key.namespace).into()),
        generate_name: Some(format!("{}-", key.name).into()),
        labels: written.and_then(|metadata| metadata.labels.clone()),
        annotations: written.and_then(|metadata| metadata.annotations.clone()),
        finalizers: written.and_then(|metadata| metadata.finalizers.clone()),
        owner_references: reference(key, owner).map(|reference| vec![reference].into()),
        ..ObjectMeta::default()
    };
    let spec = template.spec.clone().unwrap_or_default();
    Pod { metadata: metadata.into(), spec: spec.into(), ..Pod::default() }
}

/// Says something about the object of `key`.
pub(super) fn say(
    world: &mut World,
    key: &ObjectKey,
    source: &'static str,
    warning: bool,
    reason: &'static str,
    message: String,
) {
    let uid = world.store.get(key).and_then(|object| object.metadata().uid.clone()).unwrap_or_default();
    let note = EventNote {
        topic: Topic::new(key.clone(), uid.into(), source, pooled("")),
        field_path: pooled(""),
        warning,
        reason,
        message: message.into(),
    };
    events::record(world, note);
}

/// Creates a Pod for the owner of `key` and says so; a refusal is said too.
///
/// # Errors
/// The API server's refusal.
pub(super) fn create(world: &mut World, key: &ObjectKey, source: &'static str, pod: Pod) -> Result<Pod, ApiError> {
    match api_server::create(world, Object::Pod(pod.into())) {
        Ok(created) => {
            say(world, key, source, false, "SuccessfulCreate", format!("Created pod: {}", created.name()));
            Ok(created.as_pod().cloned().unwrap_or_default())
        }
        Err(error) => {
            say(world, key, source, true, "FailedCreate", format!("Error creating: {error}"));
            Err(error)
        }
    }
}

/// Deletes a Pod for the owner of `key` and says so. One that is gone already is as good.
pub(super) fn delete(world: &mut World, key: &ObjectKey, source: &'static str, pod: &ObjectKey) {
    if api_server::delete(world, pod, None, Propagation::Background).is_ok() {
        say(world, key, source, false, "SuccessfulDelete", format!("Deleted pod: {}", pod.name));
    }
}

/// Makes up to `count` things in batches of 1, 2, 4 …; stops after the first batch with a failure
/// (kubernetes: controller/replicaset slowStartBatch). Returns the first failure.
pub(super) fn slow_start(count: usize, mut make: impl FnMut() -> Result<(), ApiError>) -> Result<(), ApiError> {
    let (mut done, mut batch) = (0, 1);
    while done < count {
        let size = batch.min(count - done);
        let results: Vec<Result<(), ApiError>> = (0..size).map(|_| make()).collect();
        if let Some(failure) = results.into_iter().find_map(Result::err) {
            return Err(failure);
        }
        done += size;
        batch *= 2;
    }
    Ok(())
}
