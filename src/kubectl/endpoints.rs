//! EndpointSlices and Endpoints as the cluster would hold them: made of the endpoints that the cluster keeps for each
//! Service (kubernetes: pkg/controller/endpointslice, 1.36).

use serde_json::{Value, json};

use super::resources::Resource;
use crate::api::{Kind, Object, Other, View};
use crate::cluster::fnv::fnv1a;
use crate::cluster::{Cluster, Endpoint};

/// The objects of `resource` that are made of the cluster's endpoints; none for other resources.
pub(super) fn made(cluster: &Cluster, resource: Resource) -> Vec<Object> {
    // A cluster that does not go on has the slices it was given.
    match (resource.kind, cluster.is_live()) {
        ("Endpoints", false) => return recorded(cluster, resource),
        ("EndpointSlice" | "Endpoints", true) => {}
        _ => return Vec::new(),
    }
    let services = cluster.store().list(Kind::Service).map(|(_, service)| service);
    services.filter_map(|service| one(cluster, resource, service)).collect()
}

/// The Endpoints that the slices of a recorded cluster came with: those of each Service that chooses Pods, as far as they
/// are ready (kubernetes: pkg/controller/endpoint/endpoints_controller.go).
fn recorded(cluster: &Cluster, resource: Resource) -> Vec<Object> {
    let slices: Vec<Value> = cluster.store().list(Kind::EndpointSlice).map(|(_, slice)| slice.to_json()).collect();
    let of = |service: &Object| {
        let value = service.to_json();
        if !View::new(&value).at("spec.selector").exists() {
            return None;
        }
        let mut subsets = Vec::new();
        for slice in slices.iter().map(View::new) {
            let whose = slice.at("metadata.labels").key("kubernetes.io/service-name").str();
            if whose != service.name() || slice.at("metadata.namespace").str() != service.namespace() {
                continue;
            }
            let ready =
                slice.at("endpoints").items().filter(|it| it.at("conditions.ready").0 != Some(&Value::Bool(false)));
            let addresses: Vec<Value> =
                ready.flat_map(|it| it.at("addresses").items()).map(|ip| json!({"ip": ip.text()})).collect();
            if !addresses.is_empty() {
                subsets.push(json!({"addresses": addresses, "ports": slice.at("ports").0}));
            }
        }
        let metadata = json!({
            "name": service.name(), "namespace": service.namespace(),
            "creationTimestamp": View::new(&value).at("metadata.creationTimestamp").0,
        });
        let value = json!({"metadata": metadata, "subsets": subsets});
        Other::from_json(resource.api_version, resource.kind, value).ok().map(Object::Other)
    };
    cluster.store().list(Kind::Service).filter_map(|(_, service)| of(service)).collect()
}

fn one(cluster: &Cluster, resource: Resource, service: &Object) -> Option<Object> {
    let value = service.to_json();
    let view = View::new(&value);
    if !view.at("spec.selector").exists() {
        return None;
    }
    let endpoints: Vec<&Endpoint> = cluster.endpoints().of(service.namespace(), service.name()).collect();
    let ports: Vec<Value> = view.at("spec.ports").items().map(|port| target(cluster, port, &endpoints)).collect();
    let created = view.at("metadata.creationTimestamp").0.cloned().unwrap_or_default();
    let uid = view.at("metadata.uid").str();
    let mut labels = view.at("metadata.labels").0.cloned().unwrap_or_else(|| json!({}));
    let value = if resource.kind == "Endpoints" {
        let ready = endpoints.iter().filter(|endpoint| endpoint.ready);
        let addresses: Vec<Value> = ready.map(|endpoint| json!({"ip": &*endpoint.ip})).collect();
        let subsets = if addresses.is_empty() { json!([]) } else { json!([{"addresses": addresses, "ports": ports}]) };
        json!({
            "metadata": {"name": service.name(), "namespace": service.namespace(), "labels": labels, "creationTimestamp": created},
            "subsets": subsets,
        })
    } else {
        labels["endpointslice.kubernetes.io/managed-by"] = json!("endpointslice-controller.k8s.io");
        labels["kubernetes.io/service-name"] = json!(service.name());
        let endpoints: Vec<Value> = endpoints.iter().map(|endpoint| entry(cluster, endpoint)).collect();
        json!({
            "addressType": "IPv4",
            "endpoints": endpoints,
            "metadata": {
                "name": format!("{}-{}", service.name(), suffix(uid)),
                "namespace": service.namespace(), "labels": labels, "creationTimestamp": created,
                "generateName": format!("{}-", service.name()),
                "ownerReferences": [{
                    "apiVersion": "v1", "blockOwnerDeletion": true, "controller": true, "kind": "Service",
                    "name": service.name(), "uid": uid,
                }],
            },
            "ports": ports,
        })
    };
    Other::from_json(resource.api_version, resource.kind, value).ok().map(Object::Other)
}

/// A port of a slice: the number the Pods listen on.
fn target(cluster: &Cluster, port: View<'_>, endpoints: &[&Endpoint]) -> Value {
    let number = match port.at("targetPort").0 {
        Some(Value::String(name)) => named_port(cluster, name, endpoints).unwrap_or_else(|| port.at("port").int()),
        Some(number) if number.as_i64().is_some_and(|number| number > 0) => number.as_i64().unwrap_or_default(),
        _ => port.at("port").int(),
    };
    json!({"name": port.at("name").text(), "port": number, "protocol": port.at("protocol").or("TCP")})
}

fn named_port(cluster: &Cluster, name: &str, endpoints: &[&Endpoint]) -> Option<i64> {
    let pods = endpoints.iter().filter_map(|endpoint| cluster.store().get(&endpoint.pod)?.as_pod());
    let ports = pods.flat_map(|pod| pod.spec.containers.iter().flat_map(|container| container.ports.iter().flatten()));
    let found = ports.into_iter().find(|port| port.name.as_deref() == Some(name));
    found.map(|port| i64::from(port.container_port))
}

fn entry(cluster: &Cluster, endpoint: &Endpoint) -> Value {
    let uid = cluster.store().get(&endpoint.pod).and_then(|pod| pod.metadata().uid.clone()).unwrap_or_default();
    json!({
        "addresses": [&*endpoint.ip],
        "conditions": {
            "ready": endpoint.ready, "serving": endpoint.serving, "terminating": endpoint.terminating,
        },
        "nodeName": &*endpoint.node,
        "targetRef": {
            "kind": "Pod", "name": &*endpoint.pod.name, "namespace": &*endpoint.pod.namespace, "uid": uid,
        },
    })
}

/// Five letters that stay the same for a Service: no random source may be asked by one who only looks.
pub(super) fn suffix(seed: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash = fnv1a(seed.bytes());
    let mut letters = String::new();
    for _ in 0..5 {
        let at = usize::try_from(hash % 27).unwrap_or_default();
        letters.push(char::from(LETTERS.get(at).copied().unwrap_or(b'x')));
        hash /= 27;
    }
    letters
}
