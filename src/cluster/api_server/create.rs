//! Creating an object: its name, its defaults, what every new object is given.

use std::rc::Rc;

use super::{ApiError, addresses, quota};
use crate::api::admission::{self, Creation};
use crate::api::{Kind, Object, Other, Pod, View, defaults};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Store, storage};

/// A generated name is the prefix, cut to this length, and five letters
/// (apiserver: storage/names/generate.go).
pub(crate) const GENERATED_PREFIX: usize = 58;

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
    if let Object::Pod(pod) = &mut object {
        prioritise(&world.store, pod)?;
    }
    if let Object::PersistentVolumeClaim(claim) = &mut object {
        storage::give_class(&world.store, claim);
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

/// The priority of a new Pod is that of the class it names, else that of the usual class, whose name it is given. A number
/// that is written already stays: whoever sends one was judged before
/// (kubernetes: plugin/pkg/admission/priority admitPod, 1.36).
fn prioritise(store: &Store, pod: &mut Rc<Pod>) -> Result<(), ApiError> {
    let named = pod.spec.priority_class_name.as_deref().filter(|name| !name.is_empty());
    let class = match named {
        // Every cluster has them, and admission knows what they are worth.
        Some("system-node-critical" | "system-cluster-critical") => return Ok(()),
        Some(name) => match store.get(&ObjectKey::new(Kind::PriorityClass, "", name)) {
            Some(Object::Other(class)) => Some(class),
            _ => {
                // It has no name yet where one is to be generated.
                let shown = pod.metadata.name.as_deref().filter(|name| !name.is_empty());
                let shown = shown.or(pod.metadata.generate_name.as_deref()).unwrap_or("Unknown");
                let key = ObjectKey::new(Kind::Pod, pod.namespace(), shown);
                return Err(ApiError::forbidden(&key, &format!("no PriorityClass with name {name} was found")));
            }
        },
        None => usual_class(store),
    };
    let Some(class) = class else { return Ok(()) };
    let value = View::new(&class.value);
    let priority = i32::try_from(value.at("value").int()).unwrap_or_default();
    let policy = Some(value.at("preemptionPolicy").str()).filter(|policy| !policy.is_empty());
    let spec = Rc::make_mut(pod).spec.make_mut();
    spec.priority_class_name = class.metadata.name.clone();
    spec.priority.get_or_insert(priority);
    if let Some(policy) = policy {
        spec.preemption_policy.get_or_insert_with(|| policy.into());
    }
    Ok(())
}

/// The class of those that name none; of several the one that is worth the least (getDefaultPriorityClass).
fn usual_class(store: &Store) -> Option<&Rc<Other>> {
    if store.count(Kind::PriorityClass) == 0 {
        return None;
    }
    let classes = store.list(Kind::PriorityClass).filter_map(|(_, object)| match object {
        Object::Other(class) => Some((class, View::new(&class.value))),
        _ => None,
    });
    let usual = classes.filter(|(_, value)| value.at("globalDefault").is_true());
    usual.min_by_key(|(_, value)| value.at("value").int()).map(|(class, _)| class)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::{Action, Cluster, Config};

    fn class(cluster: &mut Cluster, name: &str, class: Value) {
        let mut value = class;
        value["metadata"] = json!({"name": name});
        cluster.act(Action::Create(Object::from_json(Kind::PriorityClass, value).unwrap())).unwrap();
    }

    /// The Pod's class, priority and policy.
    fn priority(cluster: &mut Cluster, name: &str, class: Option<&str>) -> Result<(String, i32, String), String> {
        let containers = json!([{"name": "app", "image": "nginx"}]);
        let value = json!({"metadata": {"name": name},
            "spec": {"priorityClassName": class, "containers": containers}});
        let pod = Object::from_json(Kind::Pod, value).unwrap();
        cluster.act(Action::Create(pod)).map_err(|error| error.to_string())?;
        let spec = &cluster.store().pod("default", name).unwrap().spec;
        let text = |text: &Option<k8s_openapi::Text>| text.as_deref().unwrap_or_default().to_owned();
        Ok((text(&spec.priority_class_name), spec.priority.unwrap(), text(&spec.preemption_policy)))
    }

    #[test]
    fn a_pod_has_the_priority_of_its_class_or_of_the_usual_one() {
        let mut cluster = Cluster::new(Config::default());
        let usual = "PreemptLowerPriority";
        let known = |name: &str, value: i32, policy: &str| Ok((name.to_owned(), value, policy.to_owned()));
        assert_eq!(priority(&mut cluster, "a", None), known("", 0, usual));
        let system = "system-node-critical";
        assert_eq!(priority(&mut cluster, "b", Some(system)), known(system, 2_000_001_000, usual));
        class(&mut cluster, "high", json!({"value": 1000}));
        assert_eq!(priority(&mut cluster, "c", Some("high")), known("high", 1000, usual));
        assert_eq!(priority(&mut cluster, "d", None), known("", 0, usual));
        class(&mut cluster, "more", json!({"value": 700, "globalDefault": true}));
        class(&mut cluster, "some", json!({"value": 500, "globalDefault": true, "preemptionPolicy": "Never"}));
        assert_eq!(priority(&mut cluster, "e", None), known("some", 500, "Never"));
        let refused = "pods \"f\" is forbidden: no PriorityClass with name hihg was found";
        assert_eq!(priority(&mut cluster, "f", Some("hihg")), Err(refused.to_owned()));
    }
}
