//! Deleting: grace, finalizers, and what becomes of the objects that are owned.

use k8s_openapi::api::core::v1::{Namespace, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use k8s_openapi::jiff::SignedDuration;

use super::ApiError;
use crate::api::{Kind, Object, Pod};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Propagation};

/// What holds an object until its dependents are gone.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// What holds an object until its dependents are let go.
pub(crate) const ORPHAN: &str = "orphan";

/// Deletes the object of `key`, or begins to: a Pod gets its grace, an object with finalizers stays until they go.
///
/// # Errors
/// NotFound.
pub(crate) fn delete(
    world: &mut World,
    key: &ObjectKey,
    grace: Option<i64>,
    propagation: Propagation,
) -> Result<(), ApiError> {
    let mut object = world.store.get(key).cloned().ok_or_else(|| ApiError::not_found(key))?;
    if let Object::Pod(pod) = &object {
        let Some(grace) = pod_grace(pod, grace) else { return Ok(()) };
        match pod.metadata.deletion_timestamp.clone() {
            None => mark(world, &mut object, grace),
            Some(at) => shorten(world, &mut object, &at, grace),
        }
    } else if let Object::Namespace(namespace) = &object {
        return end_namespace(world, key, namespace.as_ref().clone());
    } else if object.metadata().deletion_timestamp.is_some() && finalizers(&object).is_empty() {
        world.store.remove(key);
        return Ok(());
    }
    add_finalizer(world, &mut object, propagation);
    let held = !finalizers(&object).is_empty();
    if held && object.metadata().deletion_timestamp.is_none() {
        mark(world, &mut object, 0);
    }
    let over = object.metadata().deletion_grace_period_seconds.unwrap_or(0) == 0;
    if key.kind == Kind::Pod || held {
        world.store.put(key.clone(), object);
    }
    if over && !held {
        world.store.remove(key);
    }
    Ok(())
}

/// A namespace is emptied before it goes; its controller removes it then
/// (kubernetes: registry/core/namespace/storage/storage.go).
fn end_namespace(world: &mut World, key: &ObjectKey, mut namespace: Namespace) -> Result<(), ApiError> {
    if matches!(key.name.as_ref(), "default" | "kube-system" | "kube-public") {
        return Err(ApiError::forbidden(key, "this namespace may not be deleted"));
    }
    if namespace.metadata.deletion_timestamp.is_none() {
        namespace.metadata.deletion_timestamp = Some(world.timestamp());
        namespace.status.get_or_insert_default().phase = Some("Terminating".into());
        world.ending.insert(key.name.clone());
        world.store.put(key.clone(), Object::Namespace(namespace.into()));
    }
    Ok(())
}

/// Notes in the Pod's conditions that it goes through no fault of its own.
pub(crate) fn disrupt(world: &mut World, key: &ObjectKey, reason: &str, message: &str) {
    let Some(mut pod) = world.store.get(key).and_then(Object::as_pod).cloned() else { return };
    let condition = PodCondition {
        type_: "DisruptionTarget".into(),
        status: "True".into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        observed_generation: pod.metadata.generation,
        last_transition_time: Some(world.timestamp()),
        ..PodCondition::default()
    };
    let conditions = pod.status.make_mut().conditions.get_or_insert_default();
    match conditions.iter_mut().find(|present| present.type_ == condition.type_) {
        // Since when something holds changes only with whether it holds (podutil.UpdatePodCondition).
        Some(present) if present.status == condition.status => {
            *present = PodCondition { last_transition_time: present.last_transition_time.clone(), ..condition };
        }
        Some(present) => *present = condition,
        None => conditions.push(condition),
    }
    world.store.put(key.clone(), Object::Pod(pod.into()));
}

/// The seconds of grace that a request for deletion means; none where it changes nothing: a deletion under way can
/// only be shortened (kubernetes: registry/core/pod/strategy.go CheckGracefulDelete; apiserver: rest/delete.go).
fn pod_grace(pod: &Pod, asked: Option<i64>) -> Option<i64> {
    if pod.metadata.deletion_timestamp.is_some() {
        let left = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
        return match asked {
            Some(asked) if asked.max(0) < left => Some(asked.max(0)),
            _ if left == 0 => Some(0),
            _ => None,
        };
    }
    let unscheduled = pod.spec.node_name.as_deref().is_none_or(str::is_empty);
    let terminal = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
    let grace = asked.or(pod.spec.termination_grace_period_seconds).unwrap_or(30);
    match (unscheduled || terminal, grace < 0) {
        (true, _) => Some(0),
        (false, true) => Some(1),
        (false, false) => Some(grace),
    }
}

/// The first request for deletion: it counts as a new generation.
fn mark(world: &World, object: &mut Object, grace: i64) {
    let until = after(&world.timestamp(), grace);
    let metadata = object.metadata_mut();
    metadata.deletion_timestamp = Some(until);
    metadata.deletion_grace_period_seconds = Some(grace);
    metadata.generation = metadata.generation.map(|generation| generation.saturating_add(1));
}

/// A later request: the grace counts from the first one; where that is past already, one second is left.
fn shorten(world: &World, object: &mut Object, at: &MetaTime, grace: i64) {
    let metadata = object.metadata_mut();
    let left = metadata.deletion_grace_period_seconds.unwrap_or(0);
    let until = after(at, grace.saturating_sub(left));
    let now = world.timestamp();
    let past = now > until;
    metadata.deletion_timestamp = Some(if past { now } else { until });
    metadata.deletion_grace_period_seconds = Some(if past && grace != 0 { 1 } else { grace });
}

fn after(time: &MetaTime, seconds: i64) -> MetaTime {
    let bounded = seconds.clamp(-1_000_000_000, 1_000_000_000);
    MetaTime(time.0.checked_add(SignedDuration::from_secs(bounded)).unwrap_or(time.0))
}

fn finalizers(object: &Object) -> &[String] {
    object.metadata().finalizers.as_deref().unwrap_or_default()
}

/// Foreground deletion and orphaning are finalizers that the garbage collector takes away again
/// (apiserver: registry/store.go deletionFinalizersForGarbageCollection).
fn add_finalizer(world: &World, object: &mut Object, propagation: Propagation) {
    let uid = object.metadata().uid.clone().unwrap_or_default();
    let owns = world.store.dependents(&uid).next().is_some();
    let wanted = match propagation {
        Propagation::Foreground if owns => Some(FOREGROUND),
        Propagation::Orphan if owns => Some(ORPHAN),
        _ => None,
    };
    let had = finalizers(object).iter().any(|name| name == FOREGROUND || name == ORPHAN);
    if wanted.is_none() && !had {
        return;
    }
    let list = object.metadata_mut().finalizers.get_or_insert_default();
    list.retain(|name| name != FOREGROUND && name != ORPHAN);
    list.extend(wanted.map(str::to_owned));
}
