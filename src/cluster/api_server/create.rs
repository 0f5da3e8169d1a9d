//! Creating an object: its name, its defaults, what every new object is given.

use std::rc::Rc;

use super::{ApiError, addresses, quota};
use crate::api::admission::{self, Creation};
use crate::api::{Kind, Object, defaults};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// A generated name is the prefix, cut to this length, and five letters
/// (apiserver: storage/names/generate.go).
const GENERATED_PREFIX: usize = 58;

/// How often another suffix is tried when a generated name is taken (apiserver: registry/store.go, 1.30 and later).
const GENERATE_ATTEMPTS: usize = 8;

/// The reason why no further Pod is taken: the page has to stay answerable whatever a manifest asks for.
fn too_many(limit: u32) -> String {
    format!("the simulation holds at most {limit} Pods")
}

/// Creates `object` and returns it as stored.
///
/// # Errors
/// What the API server answers when it refuses: the namespace is missing, the name is taken, admission says no.
pub(crate) fn create(world: &mut World, mut object: Object) -> Result<Object, ApiError> {
    let kind = object.kind().ok_or_else(|| ApiError::not_simulated(&object))?;
    if kind.namespaced() {
        let namespace = object.namespace().to_owned();
        namespace_takes_objects(world, &namespace, kind, object.name())?;
        if object.metadata().namespace.is_none() {
            object.metadata_mut().namespace = Some(namespace.into());
        }
    }
    name(world, &mut object, kind)?;
    let key = ObjectKey::of(&object).ok_or_else(|| ApiError::not_simulated(&object))?;
    if world.store.get(&key).is_some() {
        return Err(ApiError::already_exists(&key));
    }
    let limit = world.config.max_pods.saturating_add(world.config.max_waiting);
    if kind == Kind::Pod && world.store.count(Kind::Pod) >= limit as usize {
        return Err(ApiError::forbidden(&key, &too_many(limit)));
    }
    quota::fill(&world.store, &mut object);
    let creation = Creation {
        uid: world.rng.uuid(),
        time: Some(world.timestamp()),
        // The name is made already: whether it is free had to be known first.
        name_suffix: String::new(),
        volume_suffix: if kind == Kind::Pod { world.rng.name_suffix(5) } else { String::new() },
    };
    match &mut object {
        Object::Pod(pod) => {
            let pod = Rc::make_mut(pod);
            world.mould.shape(pod);
            admission::pod(pod, &creation, world.mould.token());
        }
        other => {
            defaults::apply(other);
            admission::apply(other, &creation);
        }
    }
    quota::admit(&world.store, &key, &object)?;
    if let Object::Service(service) = &mut object {
        addresses::allocate(world, &key, Rc::make_mut(service))?;
    }
    world.store.put(key.clone(), object.clone());
    Ok(world.store.get(&key).cloned().unwrap_or(object))
}

/// The namespace must exist and must not be on its way out (admission: NamespaceLifecycle).
fn namespace_takes_objects(world: &World, namespace: &str, kind: Kind, name: &str) -> Result<(), ApiError> {
    let key = ObjectKey::new(Kind::Namespace, "", namespace);
    match world.store.get(&key) {
        None => Err(ApiError::not_found(&key)),
        Some(found) if found.metadata().deletion_timestamp.is_some() => {
            let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
            Err(ApiError::forbidden(&ObjectKey::new(kind, namespace, name), &why))
        }
        Some(_) => Ok(()),
    }
}

/// Makes a name of `generateName` where none is given.
fn name(world: &mut World, object: &mut Object, kind: Kind) -> Result<(), ApiError> {
    if !object.name().is_empty() {
        return Ok(());
    }
    let namespace = object.namespace().to_owned();
    let prefix = object.metadata().generate_name.clone().filter(|prefix| !prefix.is_empty());
    let Some(prefix) = prefix else {
        let key = ObjectKey::new(kind, &namespace, "");
        return Err(ApiError::invalid(&key, "metadata.name: Required value: name or generateName is required"));
    };
    let prefix: String = prefix.chars().take(GENERATED_PREFIX).collect();
    for _ in 0..GENERATE_ATTEMPTS {
        let name = format!("{prefix}{}", world.rng.name_suffix(5));
        let taken = world.store.get(&ObjectKey::new(kind, &namespace, &name)).is_some();
        object.metadata_mut().name = Some(name.into());
        if !taken {
            break;
        }
    }
    Ok(())
}
