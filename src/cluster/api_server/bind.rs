//! Binding: the scheduler's word becomes the Pod's node.

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::PodCondition;

use super::ApiError;
use crate::api::Object;
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// Puts the Pod of `key` on `node` (kubernetes: registry/core/pod/storage/storage.go BindingREST; the nomination goes
/// with the binding since 1.35).
///
/// # Errors
/// NotFound; Conflict where the Pod is being deleted, has a node, or is held by gates.
pub(crate) fn bind(world: &mut World, key: &ObjectKey, node: &str) -> Result<(), ApiError> {
    let mut pod = world.store.get(key).and_then(Object::as_pod).cloned().ok_or_else(|| ApiError::not_found(key))?;
    let gates = pod.spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    if pod.metadata.deletion_timestamp.is_some() {
        let why = format!("pod {} is being deleted, cannot be assigned to a host", key.name);
        return Err(ApiError::conflict(key, &why));
    }
    if let Some(present) = pod.spec.node_name.as_ref().filter(|name| !name.is_empty()) {
        let why = format!("pod {} is already assigned to node \"{present}\"", key.name);
        return Err(ApiError::conflict(key, &why));
    }
    if gates {
        let why = format!("pod {} has non-empty .spec.schedulingGates", key.name);
        return Err(ApiError::conflict(key, &why));
    }
    pod.spec.make_mut().node_name = Some(node.into());
    let now = world.timestamp();
    let status = pod.status.make_mut();
    status.nominated_node_name = None;
    let condition = PodCondition {
        type_: Text::constant("PodScheduled"),
        status: Text::constant("True"),
        last_transition_time: Some(now),
        ..PodCondition::default()
    };
    let conditions = status.conditions.get_or_insert_default();
    match conditions.iter_mut().find(|present| present.type_ == condition.type_) {
        Some(present) => *present = condition,
        None => conditions.push(condition),
    }
    world.store.put(key.clone(), Object::Pod(pod.into()));
    Ok(())
}
