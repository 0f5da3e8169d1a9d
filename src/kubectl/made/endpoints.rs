//! EndpointSlices and Endpoints as the cluster would hold them: made of the endpoints that the cluster keeps for each
//! Service (kubernetes: pkg/controller/endpointslice, 1.36).

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::api::{Kind, Object, Other, Pod, View, containers};
use crate::cluster::fnv::fnv1a;
use crate::cluster::{Cluster, Endpoint, Rng};
use crate::kubectl::resources::Resource;

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
        "Endpoints" => vec![old(cluster, service, view, &endpoints)],
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

/// The labels of a Service, and whether it is headless (endpointslice/utils.go setEndpointSliceLabels).
fn labels(service: View<'_>) -> Value {
    let mut labels = service.at("metadata.labels").0.cloned().unwrap_or_else(|| json!({}));
    if service.at("spec.clusterIP").str() == "None" {
        labels["service.kubernetes.io/headless"] = json!("");
    }
    labels
}

/// When what the endpoints follow from changed last: the Service was made, or a Pod became ready or not
/// (endpointslice/trigger_time_tracker.go: what changed since the last look; here nobody has looked before).
fn last_change(cluster: &Cluster, service: View<'_>, endpoints: &[Ported<'_>]) -> Option<String> {
    let ready = |ported: &Ported<'_>| {
        let pod = cluster.store().get(&ported.endpoint.pod).and_then(Object::as_pod)?;
        let condition = pod.status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready")?;
        condition.last_transition_time.as_ref().map(|time| time.0.to_seconds())
    };
    let made = service.at("metadata.creationTimestamp").0.and_then(Value::as_str).map(str::to_owned);
    endpoints.iter().filter_map(ready).chain(made).max()
}

/// What a Service names a Pod by beside its address: its hostname, where the Service is the Pod's subdomain
/// (endpoint/controller_utils.go ShouldSetHostname).
fn hostname<'a>(cluster: &'a Cluster, service: &str, endpoint: &Endpoint) -> Option<&'a str> {
    let pod = cluster.store().get(&endpoint.pod).and_then(Object::as_pod)?;
    let named = pod.spec.subdomain.as_deref() == Some(service);
    pod.spec.hostname.as_deref().filter(|name| named && !name.is_empty())
}

/// Says in the metadata when there was the last change.
fn note_change(metadata: &mut Value, at: Option<String>) {
    if let Some(at) = at {
        metadata["annotations"] = json!({"endpoints.kubernetes.io/last-change-trigger-time": at});
    }
}

/// The slices of a Service: one for each [`MOST`] Pods whose ports are the same, and an empty one where there are no Pods
/// (endpointslice/reconciler.go reconcileByAddressType). Lists that are empty were nothing on their way through the store.
fn slices(cluster: &Cluster, service: &Object, view: View<'_>, endpoints: &[Ported<'_>]) -> Vec<Value> {
    let mut groups: Vec<(&[Value], Vec<Value>)> = Vec::new();
    for ported in endpoints {
        let entry = entry(cluster, service.name(), ported.endpoint);
        match groups.iter_mut().find(|(ports, _)| *ports == ported.ports.as_slice()) {
            Some((_, group)) => group.push(entry),
            None => groups.push((&ported.ports, vec![entry])),
        }
    }
    let mut parts: Vec<(&[Value], Vec<Value>, usize)> = Vec::new();
    for (ports, mut entries) in groups {
        for number in 0.. {
            let rest = entries.split_off(entries.len().min(MOST));
            parts.push((ports, std::mem::replace(&mut entries, rest), number));
            if entries.is_empty() {
                break;
            }
        }
    }
    if parts.is_empty() {
        parts.push((&[], Vec::new(), 0));
    }
    let changed = last_change(cluster, view, endpoints);
    let uid = view.at("metadata.uid").str();
    let mut labels = labels(view);
    labels["endpointslice.kubernetes.io/managed-by"] = json!("endpointslice-controller.k8s.io");
    labels["kubernetes.io/service-name"] = json!(service.name());
    let slice = |(number, (ports, endpoints, part)): (usize, (&[Value], Vec<Value>, usize))| {
        // The first keeps its name whatever Pods come and go.
        let seed = match (number, part) {
            (0, _) => uid.to_owned(),
            (_, 0) => format!("{uid}{}", json!(ports)),
            _ => format!("{uid}{}{part}", json!(ports)),
        };
        let mut metadata = json!({
            "name": format!("{}-{}", service.name(), suffix(&seed)),
            "namespace": service.namespace(), "labels": labels, "creationTimestamp": created(view),
            "generateName": format!("{}-", service.name()), "uid": Rng::new(fnv1a(seed.bytes())).uuid(),
            "ownerReferences": [{
                "apiVersion": "v1", "blockOwnerDeletion": true, "controller": true, "kind": "Service",
                "name": service.name(), "uid": uid,
            }],
        });
        note_change(&mut metadata, changed.clone());
        let list = |values: &[Value]| if values.is_empty() { Value::Null } else { json!(values) };
        json!({"addressType": "IPv4", "endpoints": list(&endpoints), "metadata": metadata, "ports": list(ports)})
    };
    parts.into_iter().enumerate().map(slice).collect()
}

/// A slice has so many endpoints at most (kube-controller-manager: `--max-endpoints-per-slice`).
const MOST: usize = 100;

/// Addresses, each with whether its Pod is ready and its name where it has one, and the ports that all of them have.
type Subset<'a> = (Vec<(&'a str, bool, Option<&'a str>)>, Vec<&'a Value>);

/// The Endpoints of a Service: for each port the Pods that have it, those that are not ready apart; ports with the same
/// Pods stand together (kubernetes: pkg/controller/endpoint/endpoints_controller.go syncService,
/// pkg/api/v1/endpoints/util.go RepackSubsets). Pods on their way out are none of them.
fn old(cluster: &Cluster, service: &Object, view: View<'_>, endpoints: &[Ported<'_>]) -> Value {
    let all = view.at("spec.publishNotReadyAddresses").is_true();
    let mut subsets: Vec<Subset<'_>> = Vec::new();
    let here: Vec<&Ported<'_>> = endpoints.iter().filter(|it| all || !it.endpoint.terminating).collect();
    let mut known: Vec<&Value> = Vec::new();
    for port in here.iter().flat_map(|it| &it.ports) {
        if !known.contains(&port) {
            known.push(port);
        }
    }
    let having = |port: Option<&Value>| {
        let with = here.iter().filter(|it| port.is_none_or(|port| it.ports.contains(port)));
        let address = |it: &Ported<'_>| hostname(cluster, service.name(), it.endpoint);
        let mut addresses: Vec<(&str, bool, Option<&str>)> =
            with.map(|it| (&*it.endpoint.ip, it.endpoint.ready, address(it))).collect();
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
                addresses.iter().filter(|it| it.1 == ready).map(|(ip, _, name)| address(ip, *name)).collect();
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
    let mut labels = labels(view);
    labels["endpoints.kubernetes.io/managed-by"] = json!("endpoint-controller");
    let mut metadata = json!({
        "name": service.name(), "namespace": service.namespace(), "labels": labels,
        "creationTimestamp": created(view),
    });
    note_change(&mut metadata, last_change(cluster, view, endpoints));
    json!({"metadata": metadata, "subsets": subsets})
}

/// An address of Endpoints.
fn address(ip: &str, hostname: Option<&str>) -> Value {
    match hostname {
        Some(hostname) => json!({"ip": ip, "hostname": hostname}),
        None => json!({"ip": ip}),
    }
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

fn entry(cluster: &Cluster, service: &str, endpoint: &Endpoint) -> Value {
    let uid = cluster.store().get(&endpoint.pod).and_then(|pod| pod.metadata().uid.clone()).unwrap_or_default();
    let mut entry = json!({
        "addresses": [&*endpoint.ip],
        "conditions": {
            "ready": endpoint.ready, "serving": endpoint.serving, "terminating": endpoint.terminating,
        },
        "nodeName": &*endpoint.node,
        "targetRef": {
            "kind": "Pod", "name": &*endpoint.pod.name, "namespace": &*endpoint.pod.namespace, "uid": uid,
        },
    });
    if let Some(hostname) = hostname(cluster, service, endpoint) {
        entry["hostname"] = json!(hostname);
    }
    entry
}

/// Five letters that stay the same for a Service: no random source may be asked by one who only looks.
pub(in crate::kubectl) fn suffix(seed: &str) -> String {
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
