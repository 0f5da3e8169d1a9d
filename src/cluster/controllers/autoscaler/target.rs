//! What an autoscaler scales: the scale subresource of a workload.

use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::api::{Kind, Object};
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey, api_server};

/// The scale of a workload.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    pub key: ObjectKey,
    pub replicas: i32,
    pub selector: Option<LabelSelector>,
}

/// The scale of what is named.
///
/// # Errors
/// Why there is none, in the API server's words (kubernetes: registry/apps/deployment/storage/storage.go ScaleREST).
pub(super) fn scale(
    namespace: &str,
    api_version: &str,
    kind: &str,
    name: &str,
    world: &World,
) -> Result<Scale, String> {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let Some(known) = Kind::referred(api_version, kind) else {
        return Err(format!("no matches for kind {kind:?} in group {group:?}"));
    };
    let key = ObjectKey::new(known, namespace, name);
    let found = world.store.get(&key).and_then(|object| match object {
        Object::Deployment(it) => it.spec.as_ref().map(|spec| (spec.replicas, Some(spec.selector.clone()))),
        Object::ReplicaSet(it) => it.spec.as_ref().map(|spec| (spec.replicas, Some(spec.selector.clone()))),
        Object::StatefulSet(it) => it.spec.as_ref().map(|spec| (spec.replicas, Some(spec.selector.clone()))),
        _ => None,
    });
    if let Some((replicas, selector)) = found {
        return Ok(Scale { key, replicas: replicas.unwrap_or(1), selector });
    }
    Err(match known {
        Kind::Deployment | Kind::ReplicaSet => format!("{}/scale.{group} {name:?} not found", known.plural()),
        Kind::StatefulSet => format!("{}.{group} {name:?} not found", known.plural()),
        _ => "the server could not find the requested resource".to_owned(),
    })
}

/// Asks for so many replicas.
///
/// # Errors
/// The API server's refusal.
pub(super) fn set(scale: &Scale, replicas: i32, world: &mut World) -> Result<(), ApiError> {
    let object = world.store.get(&scale.key).cloned();
    let object = match object.ok_or_else(|| ApiError::not_found(&scale.key))? {
        Object::Deployment(mut it) => {
            Rc::make_mut(&mut it).spec.get_or_insert_default().replicas = Some(replicas);
            Object::Deployment(it)
        }
        Object::ReplicaSet(mut it) => {
            Rc::make_mut(&mut it).spec.get_or_insert_default().replicas = Some(replicas);
            Object::ReplicaSet(it)
        }
        Object::StatefulSet(mut it) => {
            Rc::make_mut(&mut it).spec.get_or_insert_default().replicas = Some(replicas);
            Object::StatefulSet(it)
        }
        other => other,
    };
    api_server::update(world, object).map(|_| ())
}
