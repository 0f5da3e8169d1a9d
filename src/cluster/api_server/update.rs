//! Updating an object: who may change what, the generation, optimistic locking.

use std::rc::Rc;

use k8s_openapi::api::core::v1::PodStatus;

use super::{ApiError, create};
use crate::api::admission::TEMPLATE_GENERATION;
use crate::api::quantity::{self, Quantity};
use crate::api::{Kind, Object, Other, Pod, Shared, defaults, pod_security, resources};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// Replaces the metadata and spec of what has `object`'s name; its status stays.
///
/// # Errors
/// NotFound; Conflict where `object` carries a resourceVersion or uid that is not the present one.
pub(crate) fn update(world: &mut World, mut object: Object) -> Result<Object, ApiError> {
    let (key, old) = present(world, &object)?;
    defaults::apply(&mut object);
    keep_identity(&mut object, &old);
    keep_status(&mut object, &old);
    if let (Object::Pod(before), Object::Pod(after)) = (&old, &object)
        && pod_security::is_significant(before, after)
    {
        create::pod_security(&world.store, &key, &object)?;
    }
    count_templates(&mut object, &old);
    if moves_generation(&old, &object) {
        let generation = old.metadata().generation.unwrap_or(1);
        object.metadata_mut().generation = Some(generation.saturating_add(1));
    }
    store(world, key, object, &old)
}

/// An owner of Pods wants `replicas` of them (kubernetes: registry/apps/*/storage ScaleREST.Update).
///
/// # Errors
/// NotFound, also for kinds that have no `scale` subresource; Invalid for less than none.
pub(crate) fn scale(world: &mut World, key: &ObjectKey, replicas: i32) -> Result<Object, ApiError> {
    if replicas < 0 {
        return Err(ApiError::invalid(
            key,
            &format!("spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0"),
        ));
    }
    let mut object = world.store.get(key).cloned().ok_or_else(|| ApiError::not_found(key))?;
    match &mut object {
        Object::Deployment(it) => Rc::make_mut(it).spec.get_or_insert_default().replicas = Some(replicas),
        Object::ReplicaSet(it) => Rc::make_mut(it).spec.get_or_insert_default().replicas = Some(replicas),
        Object::StatefulSet(it) => Rc::make_mut(it).spec.get_or_insert_default().replicas = Some(replicas),
        _ => return Err(ApiError::not_found(key)),
    }
    update(world, object)
}

/// An owner's template is marked with the present time, so that it replaces its Pods
/// (kubectl: polymorphichelpers/objectrestarter.go).
///
/// # Errors
/// NotFound, also for kinds that have no rollout.
pub(crate) fn restart(world: &mut World, key: &ObjectKey) -> Result<Object, ApiError> {
    let mut object = world.store.get(key).cloned().ok_or_else(|| ApiError::not_found(key))?;
    let template = match &mut object {
        Object::Deployment(it) => &mut Rc::make_mut(it).spec.get_or_insert_default().template,
        Object::StatefulSet(it) => &mut Rc::make_mut(it).spec.get_or_insert_default().template,
        Object::DaemonSet(it) => &mut Rc::make_mut(it).spec.get_or_insert_default().template,
        _ => return Err(ApiError::not_found(key)),
    };
    let annotations = template.metadata.get_or_insert_default().annotations.get_or_insert_default();
    annotations.insert("kubectl.kubernetes.io/restartedAt".to_owned(), world.timestamp().0.to_string());
    update(world, object)
}

/// Puts the resources of the containers of `object` in place of those of the Pod that has its name.
///
/// # Errors
/// As [`update`]; Forbidden where the node could not hold the Pod even if it were alone there
/// (kubernetes: plugin/pkg/admission/podresize, 1.36).
pub(crate) fn resize(world: &mut World, object: Object) -> Result<Object, ApiError> {
    let (key, _) = present(world, &object)?;
    if let Object::Pod(pod) = &object
        && let Some(why) = exceeds_node(world, pod)
    {
        return Err(ApiError::forbidden(&key, &why));
    }
    update(world, object)
}

/// Why the Pod's node could never hold it.
fn exceeds_node(world: &World, pod: &Pod) -> Option<String> {
    let key = ObjectKey::new(Kind::Node, "", pod.spec.node_name.as_deref()?);
    let Some(Object::Node(node)) = world.store.get(&key) else { return None };
    let allocatable = node.status.as_ref()?.allocatable.as_ref()?;
    let requests = resources::pod_requests(&pod.spec);
    let mut problems = Vec::new();
    for name in ["cpu", "memory"] {
        let amount = |quantity: Quantity| if name == "cpu" { quantity.milli_value() } else { quantity.value() };
        let room = allocatable.get(name).map_or(0, |field| amount(quantity::of(field)));
        let asked = requests.get(name).copied().map_or(0, amount);
        if asked > room {
            problems.push(format!("{name}, requested: {asked}, allocatable: {room}"));
        }
    }
    let problems = problems.join("; ");
    (!problems.is_empty()).then(|| format!("node didn't have enough allocatable resources: {problems}"))
}

/// Replaces the status of what has `object`'s name; everything else stays. A Deployment's annotations go with its
/// status, for its controller writes the revision so (kubernetes: registry/apps/deployment/strategy.go).
///
/// # Errors
/// NotFound; Conflict where `object` carries the uid of another.
pub(crate) fn update_status(world: &mut World, object: Object) -> Result<Object, ApiError> {
    let (key, old) = present(world, &object)?;
    let mut new = old.clone();
    match (&mut new, object) {
        (Object::Pod(new), Object::Pod(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::Deployment(new), Object::Deployment(from)) => {
            let new = Rc::make_mut(new);
            new.metadata.annotations = from.metadata.annotations.clone();
            new.status = from.status.clone();
        }
        (Object::ReplicaSet(new), Object::ReplicaSet(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::StatefulSet(new), Object::StatefulSet(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::DaemonSet(new), Object::DaemonSet(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::Job(new), Object::Job(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::CronJob(new), Object::CronJob(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::Service(new), Object::Service(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::HorizontalPodAutoscaler(new), Object::HorizontalPodAutoscaler(from)) => {
            Rc::make_mut(new).status = from.status.clone();
        }
        (Object::Namespace(new), Object::Namespace(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::PersistentVolumeClaim(new), Object::PersistentVolumeClaim(from)) => {
            Rc::make_mut(new).status = from.status.clone();
        }
        (Object::Node(new), Object::Node(from)) => Rc::make_mut(new).status = from.status.clone(),
        (Object::Other(new), Object::Other(from)) => put_carried_status(Rc::make_mut(new), &from),
        _ => {}
    }
    store(world, key, new, &old)
}

/// Replaces the status of the Pod of `key`, as the kubelet does that has just looked at it.
pub(crate) fn put_pod_status(world: &mut World, key: &ObjectKey, status: Shared<PodStatus>) {
    let Some(old) = world.store.get(key).filter(|object| object.as_pod().is_some()).cloned() else { return };
    let mut new = old.clone();
    if let Object::Pod(new) = &mut new {
        Rc::make_mut(new).status = status;
    }
    // Nobody else can have written in between: there is nothing to refuse.
    let _ = store(world, key.clone(), new, &old);
}

/// The object that `object` is to replace, where it may.
fn present(world: &World, object: &Object) -> Result<(ObjectKey, Object), ApiError> {
    let key = ObjectKey::of(object).ok_or_else(|| ApiError::not_simulated(object))?;
    let old = world.store.get(&key).cloned().ok_or_else(|| ApiError::not_found(&key))?;
    let (mine, theirs) = (object.metadata(), old.metadata());
    if let (Some(uid), Some(present)) = (&mine.uid, &theirs.uid)
        && uid != present
    {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {present}");
        return Err(ApiError::conflict(&key, &why));
    }
    let stale = object.resource_version().is_some_and(|version| Some(version) != old.resource_version());
    if stale {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(ApiError::conflict(&key, why));
    }
    Ok((key, old))
}

/// What no client may change (apiserver: registry/rest/update.go BeforeUpdate).
fn keep_identity(object: &mut Object, old: &Object) {
    object.set_resource_version(old.resource_version());
    let old = old.metadata();
    let metadata = object.metadata_mut();
    metadata.namespace.clone_from(&old.namespace);
    metadata.uid.clone_from(&old.uid);
    metadata.creation_timestamp.clone_from(&old.creation_timestamp);
    metadata.deletion_timestamp.clone_from(&old.deletion_timestamp);
    metadata.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
    metadata.generation = old.generation;
    metadata.generate_name.clone_from(&old.generate_name);
}

fn keep_status(object: &mut Object, old: &Object) {
    match (object, old) {
        (Object::Pod(new), Object::Pod(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::Deployment(new), Object::Deployment(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::ReplicaSet(new), Object::ReplicaSet(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::StatefulSet(new), Object::StatefulSet(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::DaemonSet(new), Object::DaemonSet(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::Job(new), Object::Job(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::CronJob(new), Object::CronJob(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::Service(new), Object::Service(old)) => {
            let new = Rc::make_mut(new);
            new.status = old.status.clone();
            keep_addresses(new, old);
        }
        (Object::HorizontalPodAutoscaler(new), Object::HorizontalPodAutoscaler(old)) => {
            Rc::make_mut(new).status = old.status.clone();
        }
        (Object::Namespace(new), Object::Namespace(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::PersistentVolumeClaim(new), Object::PersistentVolumeClaim(old)) => {
            Rc::make_mut(new).status = old.status.clone();
        }
        (Object::Node(new), Object::Node(old)) => Rc::make_mut(new).status = old.status.clone(),
        (Object::Other(new), Object::Other(old))
            if matches!(new.kind.as_str(), "PodDisruptionBudget" | "PersistentVolume") =>
        {
            put_carried_status(Rc::make_mut(new), old);
        }
        _ => {}
    }
}

/// A DaemonSet counts its templates itself, whatever is sent (kubernetes: registry/apps/daemonset/strategy.go
/// PrepareForUpdate).
fn count_templates(object: &mut Object, old: &Object) {
    let (Object::DaemonSet(new), Object::DaemonSet(old)) = (object, old) else { return };
    let same = new.spec.as_ref().map(|spec| &spec.template) == old.spec.as_ref().map(|spec| &spec.template);
    let count = old.metadata.annotations.as_ref().and_then(|all| all.get(TEMPLATE_GENERATION));
    let count = count.and_then(|count| count.parse::<i64>().ok()).unwrap_or(0);
    let count = count.saturating_add(i64::from(!same)).to_string();
    let annotations = new.metadata.annotations.as_ref();
    if annotations.and_then(|all| all.get(TEMPLATE_GENERATION)) != Some(&count) {
        let annotations = Rc::make_mut(new).metadata.annotations.get_or_insert_default();
        annotations.insert(TEMPLATE_GENERATION.to_owned(), count);
    }
}

/// Gives `new` the status of `from`.
fn put_carried_status(new: &mut Other, from: &Other) {
    if let Some(fields) = new.value.as_object_mut() {
        match from.value.get("status") {
            Some(status) => _ = fields.insert("status".to_owned(), status.clone()),
            None => _ = fields.remove("status"),
        }
    }
}

/// A Service that is written again without its addresses keeps them
/// (kubernetes: registry/core/service/storage/storage.go patchAllocatedValues).
fn keep_addresses(new: &mut k8s_openapi::api::core::v1::Service, old: &k8s_openapi::api::core::v1::Service) {
    let (Some(new), Some(old)) = (&mut new.spec, &old.spec) else { return };
    if new.type_.as_deref() == Some("ExternalName") || old.type_.as_deref() == Some("ExternalName") {
        return;
    }
    if new.cluster_ip.as_deref().is_none_or(str::is_empty) {
        new.cluster_ip.clone_from(&old.cluster_ip);
        new.cluster_ips.clone_from(&old.cluster_ips);
    }
    if new.ip_families.is_none() {
        new.ip_families.clone_from(&old.ip_families);
    }
    if new.ip_family_policy.is_none() {
        new.ip_family_policy.clone_from(&old.ip_family_policy);
    }
    if matches!(new.type_.as_deref(), Some("NodePort" | "LoadBalancer")) {
        for port in new.ports.iter_mut().flatten().filter(|port| port.node_port.is_none()) {
            let same = old.ports.iter().flatten().find(|p| p.port == port.port && p.protocol == port.protocol);
            port.node_port = same.and_then(|port| port.node_port);
        }
    }
}

/// Whether the change is one that controllers have to hear of: the spec's, and for a Deployment its annotations' too
/// (kubernetes: registry/apps/deployment/strategy.go PrepareForUpdate).
fn moves_generation(old: &Object, new: &Object) -> bool {
    match (old, new) {
        (Object::Pod(old), Object::Pod(new)) => old.spec != new.spec,
        (Object::Deployment(old), Object::Deployment(new)) => {
            old.spec != new.spec || old.metadata.annotations != new.metadata.annotations
        }
        (Object::ReplicaSet(old), Object::ReplicaSet(new)) => old.spec != new.spec,
        (Object::StatefulSet(old), Object::StatefulSet(new)) => old.spec != new.spec,
        (Object::DaemonSet(old), Object::DaemonSet(new)) => old.spec != new.spec,
        (Object::Job(old), Object::Job(new)) => old.spec != new.spec,
        (Object::CronJob(old), Object::CronJob(new)) => old.spec != new.spec,
        (Object::Other(old), Object::Other(new)) if old.kind == "PodDisruptionBudget" => {
            old.value.get("spec") != new.value.get("spec")
        }
        _ => false,
    }
}

/// Puts `object` in; one that was only kept by its finalizers goes with the last of them
/// (apiserver: registry/store.go ShouldDeleteDuringUpdate).
fn store(world: &mut World, key: ObjectKey, object: Object, old: &Object) -> Result<Object, ApiError> {
    let metadata = object.metadata();
    let kept = |finalizers: &Option<Vec<String>>| finalizers.as_ref().is_some_and(|list| !list.is_empty());
    let released = kept(&old.metadata().finalizers) && !kept(&metadata.finalizers);
    let over = metadata.deletion_timestamp.is_some() && metadata.deletion_grace_period_seconds.unwrap_or(0) == 0;
    world.store.put(key.clone(), object.clone());
    if released && over {
        world.store.remove(&key);
        return Ok(object);
    }
    Ok(world.store.get(&key).cloned().unwrap_or(object))
}
