//! EndpointSlices and Endpoints as the cluster would hold them: made of the endpoints that the cluster keeps for each
//! Service (kubernetes: pkg/controller/endpointslice, 1.36).

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::resources::Resource;
use crate::api::{Kind, Object, Other, Pod, View, containers};
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
    services.flat_map(|service| of(cluster, resource, service)).collect()
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

/// What stands for one Service: its Endpoints, or its slices.
fn of(cluster: &Cluster, resource: Resource, service: &Object) -> Vec<Object> {
    let value = service.to_json();
    let view = View::new(&value);
    if !view.at("spec.selector").exists() {
        return Vec::new();
    }
    let endpoints: Vec<Ported<'_>> = cluster
        .endpoints()
        .of(service.namespace(), service.name())
        .map(|endpoint| Ported { endpoint, ports: ports(cluster, view, endpoint) })
        .collect();
    let made = match resource.kind {
        "Endpoints" => vec![old(service, view, &endpoints)],
        _ => slices(cluster, service, view, &endpoints),
    };
    let object = |value| Other::from_json(resource.api_version, resource.kind, value).ok().map(Object::Other);
    made.into_iter().filter_map(object).collect()
}

/// One Pod behind a Service, with those of the Service's ports that it has.
struct Ported<'a> {
    endpoint: &'a Endpoint,
    ports: Vec<Value>,
}

fn created(service: View<'_>) -> Value {
    service.at("metadata.creationTimestamp").0.cloned().unwrap_or_default()
}

fn labels(service: View<'_>) -> Value {
    service.at("metadata.labels").0.cloned().unwrap_or_else(|| json!({}))
}

/// The slices of a Service: one for all Pods whose ports are the same, and an empty one where there are no Pods
/// (endpointslice/reconciler.go reconcileByAddressType).
fn slices(cluster: &Cluster, service: &Object, view: View<'_>, endpoints: &[Ported<'_>]) -> Vec<Value> {
    let mut groups: Vec<(&[Value], Vec<Value>)> = Vec::new();
    for ported in endpoints {
        let entry = entry(cluster, ported.endpoint);
        match groups.iter_mut().find(|(ports, _)| *ports == ported.ports.as_slice()) {
            Some((_, group)) => group.push(entry),
            None => groups.push((&ported.ports, vec![entry])),
        }
    }
    if groups.is_empty() {
        groups.push((&[], Vec::new()));
    }
    let uid = view.at("metadata.uid").str();
    let mut labels = labels(view);
    labels["endpointslice.kubernetes.io/managed-by"] = json!("endpointslice-controller.k8s.io");
    labels["kubernetes.io/service-name"] = json!(service.name());
    let slice = |(number, (ports, endpoints)): (usize, (&[Value], Vec<Value>))| {
        // The first keeps its name whatever Pods come and go.
        let seed = if number == 0 { uid.to_owned() } else { format!("{uid}{}", json!(ports)) };
        json!({
            "addressType": "IPv4",
            "endpoints": endpoints,
            "metadata": {
                "name": format!("{}-{}", service.name(), suffix(&seed)),
                "namespace": service.namespace(), "labels": labels, "creationTimestamp": created(view),
                "generateName": format!("{}-", service.name()),
                "ownerReferences": [{
                    "apiVersion": "v1", "blockOwnerDeletion": true, "controller": true, "kind": "Service",
                    "name": service.name(), "uid": uid,
                }],
            },
            "ports": ports,
        })
    };
    groups.into_iter().enumerate().map(slice).collect()
}

/// Addresses, each with whether its Pod is ready, and the ports that all of them have.
type Subset<'a> = (Vec<(&'a str, bool)>, Vec<&'a Value>);

/// The Endpoints of a Service: for each port the Pods that have it, those that are not ready apart; ports with the same
/// Pods stand together (kubernetes: pkg/controller/endpoint/endpoints_controller.go syncService,
/// pkg/api/v1/endpoints/util.go RepackSubsets). Pods on their way out are none of them.
fn old(service: &Object, view: View<'_>, endpoints: &[Ported<'_>]) -> Value {
    let all = view.at("spec.publishNotReadyAddresses").is_true();
    let mut subsets: Vec<Subset<'_>> = Vec::new();
    let here: Vec<&Ported<'_>> = endpoints.iter().filter(|it| all || !it.endpoint.terminating).collect();
    let mut known: Vec<&Value> = Vec::new();
    for port in here.iter().flat_map(|it| &it.ports) {
        if !known.contains(&port) {
            known.push(port);
        }
    }
    let having = |port: Option<&Value>| -> Vec<(&str, bool)> {
        let with = here.iter().filter(|it| port.is_none_or(|port| it.ports.contains(port)));
        let mut addresses: Vec<(&str, bool)> = with.map(|it| (&*it.endpoint.ip, it.endpoint.ready)).collect();
        collections::sort(&mut addresses);
        addresses
    };
    for port in known {
        let addresses = having(Some(port));
        match subsets.iter_mut().find(|(known, _)| *known == addresses) {
            Some((_, ports)) => ports.push(port),
            None => subsets.push((addresses, vec![port])),
        }
    }
    if is_bare(view) && !here.is_empty() {
        subsets.push((having(None), Vec::new()));
    }
    let subset = |(addresses, ports): Subset<'_>| {
        let mut subset = json!({});
        for (field, ready) in [("addresses", true), ("notReadyAddresses", false)] {
            let part: Vec<Value> =
                addresses.iter().filter(|it| it.1 == ready).map(|(ip, _)| json!({"ip": ip})).collect();
            if !part.is_empty() {
                subset[field] = json!(part);
            }
        }
        if !ports.is_empty() {
            subset["ports"] = json!(ports);
        }
        subset
    };
    let subsets: Vec<Value> = subsets.into_iter().map(subset).collect();
    json!({
        "metadata": {
            "name": service.name(), "namespace": service.namespace(), "labels": labels(view),
            "creationTimestamp": created(view),
        },
        "subsets": subsets,
    })
}

/// Whether it is a Service that only names its Pods: headless, and without ports.
fn is_bare(service: View<'_>) -> bool {
    service.at("spec.clusterIP").str() == "None" && service.at("spec.ports").items().len() == 0
}

/// The ports of a Service, as the Pod of `endpoint` listens on them; those are left out whose name the Pod does not
/// know (endpointslice/utils.go getEndpointPorts).
fn ports(cluster: &Cluster, service: View<'_>, endpoint: &Endpoint) -> Vec<Value> {
    let pod = cluster.store().get(&endpoint.pod).and_then(Object::as_pod);
    let port = |port: View<'_>| {
        let protocol = port.at("protocol").or("TCP");
        let number = match port.at("targetPort").0 {
            Some(Value::String(name)) => named_port(pod?, name, &protocol)?,
            Some(number) if number.as_i64().is_some_and(|number| number > 0) => number.as_i64().unwrap_or_default(),
            _ => port.at("port").int(),
        };
        Some(json!({"name": port.at("name").text(), "port": number, "protocol": protocol}))
    };
    service.at("spec.ports").items().filter_map(port).collect()
}

/// The port of this name that a container or a sidecar of the Pod has (endpointslice/utils.go findPort).
fn named_port(pod: &Pod, name: &str, protocol: &str) -> Option<i64> {
    let mut ports = containers::ports(&pod.spec);
    let found =
        ports.find(|port| port.name.as_deref() == Some(name) && port.protocol.as_deref().unwrap_or("TCP") == protocol);
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
