//! Which Pods the requests to a target go to, and at which port (kubernetes: pkg/proxy, 1.36).

use std::rc::Rc;

use crate::api::{Kind, Object, Pod};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A Pod that requests are sent to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Receiver {
    pub uid: Rc<str>,
    pub key: ObjectKey,
    pub port: u16,
}

/// The Pods behind `target`: the endpoints of a Service that may be reached, the Ready Pods of an owner, or the Pod
/// itself.
pub(super) fn receivers(target: &ObjectKey, world: &World) -> Vec<Receiver> {
    let receiver = |key: &ObjectKey, port: &dyn Fn(&Pod) -> u16| {
        let pod = world.store.get(key).and_then(Object::as_pod)?;
        Some(Receiver { uid: pod.shared_uid(), key: key.clone(), port: port(pod) })
    };
    match world.store.get(target) {
        Some(Object::Service(service)) => {
            let ports = service.spec.as_ref().and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
            let Some(first) = ports.first() else { return Vec::new() };
            let port = |pod: &Pod| match &first.target_port {
                Some(IntOrString::Int(port)) => u16::try_from(*port).unwrap_or(0),
                Some(IntOrString::String(name)) => named_port(pod, name),
                None => u16::try_from(first.port).unwrap_or(0),
            };
            let endpoints = world.endpoints.reachable(&target.namespace, &target.name);
            endpoints.into_iter().filter_map(|endpoint| receiver(&endpoint.pod, &port)).collect()
        }
        Some(Object::Pod(_)) => receiver(target, &own_port).into_iter().collect(),
        Some(owner) => {
            let mut pods = Vec::new();
            owned_pods(owner.metadata().uid.as_deref().unwrap_or_default(), 2, world, &mut pods);
            let ready = |pod: &Pod| {
                let mut conditions = pod.status.conditions.iter().flatten();
                pod.metadata.deletion_timestamp.is_none()
                    && conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
            };
            pods.retain(|key| world.store.get(key).and_then(Object::as_pod).is_some_and(ready));
            pods.iter().filter_map(|key| receiver(key, &own_port)).collect()
        }
        None => Vec::new(),
    }
}

/// The Pods that the owner of `uid` owns, through so many owners between.
fn owned_pods(uid: &str, depth: usize, world: &World, into: &mut Vec<ObjectKey>) {
    for key in world.store.dependents(uid) {
        if key.kind == Kind::Pod {
            into.push(key.clone());
        } else if depth > 0 {
            let uid = world.store.get(key).and_then(|object| object.metadata().uid.as_deref());
            owned_pods(uid.unwrap_or_default(), depth - 1, world, into);
        }
    }
}

fn named_port(pod: &Pod, name: &str) -> u16 {
    let containers = pod.spec.containers.iter().chain(pod.spec.init_containers.iter().flatten());
    let mut ports = containers.flat_map(|container| container.ports.iter().flatten());
    let port = ports.find(|port| port.name.as_deref() == Some(name)).map(|port| port.container_port);
    port.and_then(|port| u16::try_from(port).ok()).unwrap_or(0)
}

/// The first port that a Pod says it has; 80 where it says none.
fn own_port(pod: &Pod) -> u16 {
    let mut ports = pod.spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
    ports.next().and_then(|port| u16::try_from(port.container_port).ok()).unwrap_or(80)
}
