//! Creating an object: its name, its defaults, what every new object is given.

use std::rc::Rc;

use super::{ApiError, addresses, quota};
use crate::api::admission::priority::{self, Priority};
use crate::api::admission::{self, Creation, references, runtime_class};
use crate::api::{Kind, Object, Pod, defaults, pod_security as security};
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
    let Some(kind) = object.kind() else {
        return Err(ApiError::not_simulated(&object));
    };
    if kind.namespaced() {
        let namespace = object.namespace().to_owned();
        namespace_takes_objects(world, &namespace, kind, object.name())?;
        if object.metadata().namespace.is_none() {
            object.metadata_mut().namespace = Some(namespace.into());
        }
    }
    if let Object::Pod(pod) = &mut object {
        // In the order of the plug-ins (kubernetes: pkg/kubeapiserver/options/plugins.go AllOrderedPlugins).
        has_account(&world.store, pod)?;
        prioritise(&world.store, pod)?;
        give_class(&world.store, pod)?;
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
    quota::fill(&world.store, &key, &mut object)?;
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
    quota::in_range(&world.store, &key, &object)?;
    pod_security(&world.store, &key, &object)?;
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

/// A Pod keeps to the standard of its namespace (pod-security-admission: admission/admission.go ValidatePod).
pub(super) fn pod_security(store: &Store, key: &ObjectKey, object: &Object) -> Result<(), ApiError> {
    let Object::Pod(pod) = object else { return Ok(()) };
    let namespace = store.get(&ObjectKey::new(Kind::Namespace, "", &key.namespace));
    match namespace.and_then(|namespace| security::refusal(namespace.metadata(), pod)) {
        Some(why) => Err(ApiError::forbidden(key, &why)),
        None => Ok(()),
    }
}

/// A Pod that no mutating plug-in lets through: it has no name yet where one is to be generated.
fn forbidden(pod: &Pod, why: &str) -> ApiError {
    let shown = pod.metadata.name.as_deref().filter(|name| !name.is_empty());
    let prefix = pod.metadata.generate_name.as_deref().filter(|prefix| !prefix.is_empty());
    let shown = shown.or(prefix).unwrap_or("Unknown");
    ApiError::forbidden(&ObjectKey::new(Kind::Pod, pod.namespace(), shown), why)
}

/// The service account of a new Pod exists. A person has heard of it before, a controller has not.
fn has_account(store: &Store, pod: &Pod) -> Result<(), ApiError> {
    let find =
        |namespace: &str, name: &str| Ok(store.get(&ObjectKey::new(Kind::ServiceAccount, namespace, name)).is_some());
    references::service_account(pod, &find).map_or(Ok(()), |why| Err(forbidden(pod, &why)))
}

/// The priority of a new Pod is that of the class it names, else that of the usual class, whose name it is given. Who
/// writes another number is refused; a person has heard of it before, a controller has not.
fn prioritise(store: &Store, pod: &mut Rc<Pod>) -> Result<(), ApiError> {
    let find = |name: &str| match name {
        "" if store.count(Kind::PriorityClass) == 0 => None,
        "" => priority::usual(store.list(Kind::PriorityClass).map(|(_, object)| object)).cloned(),
        name => store.get(&ObjectKey::new(Kind::PriorityClass, "", name)).cloned(),
    };
    let priority = Priority::of(&pod.spec, &find).map_err(|why| forbidden(pod, &why))?;
    // What no class of the store says, admission knows.
    if priority.class.is_some() {
        let spec = Rc::make_mut(pod).spec.make_mut();
        spec.priority_class_name = priority.class;
        spec.priority = Some(priority.value);
        spec.preemption_policy = Some(priority.policy);
    }
    Ok(())
}

/// The overhead and the nodes of a new Pod are those of the RuntimeClass it names, which has to be there.
fn give_class(store: &Store, pod: &mut Rc<Pod>) -> Result<(), ApiError> {
    let Some(name) = &pod.spec.runtime_class_name else { return Ok(()) };
    let Some(class) = store.get(&ObjectKey::new(Kind::RuntimeClass, "", name)) else {
        return Err(forbidden(pod, &runtime_class::missing(name)));
    };
    let given = runtime_class::give(class, Rc::make_mut(pod).spec.make_mut());
    let refused = given.err().or_else(|| runtime_class::refusal(Some(class), &pod.spec).map(str::to_owned));
    refused.map_or(Ok(()), |why| Err(forbidden(pod, &why)))
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

    #[test]
    fn a_number_that_its_class_does_not_say_is_refused() {
        let mut cluster = Cluster::new(Config::default());
        let value = json!({"metadata": {"generateName": "web-"},
            "spec": {"priority": 5, "containers": [{"name": "app", "image": "nginx"}]}});
        let pod = Object::from_json(Kind::Pod, value).unwrap();
        let refused = "pods \"web-\" is forbidden: the integer value of priority (5) must not be provided in pod spec; \
                       priority admission controller computed 0 from the given PriorityClass name";
        assert_eq!(cluster.act(Action::Create(pod.clone())).unwrap_err().to_string(), refused);
        class(&mut cluster, "usual", json!({"value": 5, "globalDefault": true}));
        cluster.act(Action::Create(pod)).unwrap();
    }

    #[test]
    fn what_a_pod_refers_to_is_there() {
        let mut cluster = Cluster::new(Config::default());
        let account = json!({"metadata": {"name": "known", "namespace": "default"}});
        cluster.act(Action::Create(Object::from_json(Kind::ServiceAccount, account).unwrap())).unwrap();
        let mut create = |more: Value| {
            let mut spec = json!({"containers": [{"name": "app", "image": "nginx"}]});
            spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let value = json!({"metadata": {"generateName": "web-", "namespace": "default"}, "spec": spec});
            let made = cluster.act(Action::Create(Object::from_json(Kind::Pod, value).unwrap()));
            made.map(|_| ()).map_err(|error| error.to_string())
        };
        for name in ["", "default", "known"] {
            assert_eq!(create(json!({"serviceAccountName": name})), Ok(()));
        }
        let forbidden = |why: &str| Err(format!("pods \"web-\" is forbidden: {why}"));
        let unknown = "error looking up service account default/nope: serviceaccount \"nope\" not found";
        assert_eq!(create(json!({"serviceAccountName": "nope", "runtimeClassName": "nope"})), forbidden(unknown));
        let rejected = "pod rejected: RuntimeClass \"nope\" not found";
        assert_eq!(create(json!({"runtimeClassName": "nope"})), forbidden(rejected));
    }

    #[test]
    fn a_pod_has_the_overhead_of_its_runtime_class() {
        let mut cluster = Cluster::new(Config::default());
        let class = json!({"metadata": {"name": "rc"}, "handler": "x", "overhead": {"podFixed": {"cpu": "1"}}});
        cluster.act(Action::Create(Object::from_json(Kind::RuntimeClass, class).unwrap())).unwrap();
        let pod = json!({"metadata": {"name": "a"},
            "spec": {"runtimeClassName": "rc", "containers": [{"name": "app", "image": "nginx"}]}});
        let made = cluster.act(Action::Create(Object::from_json(Kind::Pod, pod).unwrap())).unwrap();
        assert_eq!(made.unwrap().to_json()["spec"]["overhead"], json!({"cpu": "1"}));
    }

    #[test]
    fn a_namespace_may_keep_pods_to_a_standard() {
        let mut cluster = Cluster::new(Config::default());
        let labels = json!({"pod-security.kubernetes.io/enforce": "baseline"});
        let namespace = json!({"metadata": {"name": "strict", "labels": labels}});
        cluster.act(Action::Create(Object::from_json(Kind::Namespace, namespace).unwrap())).unwrap();
        let spec = json!({"hostNetwork": true, "containers": [{"name": "app", "image": "nginx"}]});
        let pod = json!({"metadata": {"name": "bad", "namespace": "strict"}, "spec": spec});
        let refused = cluster.act(Action::Create(Object::from_json(Kind::Pod, pod).unwrap())).unwrap_err();
        let why = "violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)";
        assert_eq!(refused.to_string(), format!("pods \"bad\" is forbidden: {why}"));
        // A controller's Pods are refused as well, and it says so.
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
        let set = json!({"metadata": {"name": "web", "namespace": "strict"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": template}});
        cluster.act(Action::Create(Object::from_json(Kind::ReplicaSet, set).unwrap())).unwrap();
        cluster.run_until(crate::cluster::Time::from_secs_f64(5.0));
        let told = cluster.store().list(Kind::Event).any(|(_, event)| {
            let event = event.to_json();
            event["reason"] == "FailedCreate" && event["message"].as_str().is_some_and(|text| text.ends_with(why))
        });
        assert!(told && cluster.store().count(Kind::Pod) == 0);
    }
}
