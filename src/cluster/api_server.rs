//! The API server: what it answers and what it does to the objects on the way into the store.

use std::fmt;

use super::world::World;
use super::{ObjectKey, Propagation};
use crate::api::Object;

/// A refusal of the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status code (404, 409, 403 …).
    pub code: u16,
    /// The machine-readable reason (`NotFound`, `AlreadyExists`, `Forbidden`, `Conflict`).
    pub reason: &'static str,
    /// The message.
    pub message: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

fn not_simulated(object: &Object) -> ApiError {
    ApiError { code: 501, reason: "NotSimulated", message: format!("{} is not simulated", object.name()) }
}

/// Creates what every cluster has from the start.
pub(crate) fn bootstrap(_world: &mut World) {}

/// Creates `object`.
pub(crate) fn create(world: &mut World, mut object: Object) -> Result<Object, ApiError> {
    let key = ObjectKey::of(&object).ok_or_else(|| not_simulated(&object))?;
    let (uid, now) = (world.rng.uuid(), world.timestamp());
    let metadata = object.metadata_mut();
    metadata.uid = Some(uid);
    metadata.creation_timestamp = Some(now);
    metadata.generation = Some(1);
    world.store.put(key.clone(), object);
    world.store.get(&key).cloned().ok_or(ApiError { code: 500, reason: "InternalError", message: String::new() })
}

/// Replaces the metadata and spec of what has `object`'s name.
pub(crate) fn update(world: &mut World, object: Object) -> Result<Object, ApiError> {
    let key = ObjectKey::of(&object).ok_or_else(|| not_simulated(&object))?;
    world.store.put(key, object.clone());
    Ok(object)
}

/// Replaces the status of what has `object`'s name.
pub(crate) fn update_status(world: &mut World, object: Object) -> Result<Object, ApiError> {
    update(world, object)
}

/// Deletes the object of `key`.
pub(crate) fn delete(
    world: &mut World,
    key: &ObjectKey,
    _grace: Option<i64>,
    _propagation: Propagation,
) -> Result<(), ApiError> {
    let gone = world.store.remove(key);
    gone.map(|_| ()).ok_or_else(|| ApiError {
        code: 404,
        reason: "NotFound",
        message: format!("{} \"{}\" not found", key.kind.plural(), key.name),
    })
}

/// Evicts the Pod of `key`.
pub(crate) fn evict(world: &mut World, key: &ObjectKey, grace: Option<i64>) -> Result<(), ApiError> {
    delete(world, key, grace, Propagation::Background)
}
