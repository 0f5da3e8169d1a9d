//! Where a connection to an address and a port goes: through a Service to one of its Pods, to a Pod, outside, or
//! nowhere (kube-proxy: pkg/proxy/iptables, 1.36).

use std::net::Ipv4Addr;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use super::Fault;
use super::found::{Found, number_of};
use crate::api::{Kind, Object, Pod, containers};
use crate::cluster::world::World;
use crate::cluster::{Endpoint, ObjectKey};

/// Where a connection goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    /// The Service through which it goes.
    pub service: Option<ObjectKey>,
    /// Whom it reaches.
    pub to: To,
}

/// Whom a connection reaches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum To {
    /// The sender's own network namespace, on this port.
    Own(u16),
    /// Whoever has this address inside of the cluster, on this port.
    Address(Rc<str>, u16),
    /// A host outside, on this port.
    Outside(Rc<str>, u16),
    /// Nobody.
    Nobody(Fault),
}

/// Who asks: what the choice of an endpoint depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    /// Its address; empty outside of the cluster.
    pub address: &'a str,
    /// The node it is on.
    pub node: &'a str,
}

/// Where `client`'s connection to the first address of what was `found` goes.
pub(crate) fn route(found: &Found, port: u16, client: Client, world: &mut World) -> Route {
    let direct = |to| Route { service: None, to };
    if let Some(host) = &found.outside {
        return direct(To::Outside(host.clone(), port));
    }
    let Some(address) = found.addresses.first() else {
        return direct(To::Nobody(Fault::NoSuchName));
    };
    if address.starts_with("127.") || &**address == client.address || &**address == "0.0.0.0" || &**address == "::1" {
        return direct(To::Own(port));
    }
    let Ok(number) = address.parse::<Ipv4Addr>() else {
        return direct(To::Nobody(Fault::NoSuchAddress));
    };
    match number.octets() {
        [10, 96, ..] => through_service(address, port, client, world),
        [10, 88, ..] => direct(To::Address(address.clone(), port)),
        [172, 18, ..] => {
            let service = node_port(port, world);
            match service {
                Some((key, service, port)) => to_endpoint(key, &service, &port, client, world),
                None => direct(To::Address(address.clone(), port)),
            }
        }
        _ if number.is_private() || number.is_link_local() => direct(To::Nobody(Fault::NoSuchAddress)),
        _ => direct(To::Outside(address.clone(), port)),
    }
}

/// The Service that has a cluster IP.
fn through_service(address: &Rc<str>, port: u16, client: Client, world: &mut World) -> Route {
    if &**address == super::DNS_ADDRESS && port == 53 {
        return Route { service: None, to: To::Outside("kube-dns".into(), port) };
    }
    let found = world.store.list(Kind::Service).find_map(|(key, object)| match object {
        Object::Service(service)
            if service.spec.as_ref().is_some_and(|spec| spec.cluster_ip.as_deref() == Some(address)) =>
        {
            Some((key.clone(), service.clone()))
        }
        _ => None,
    });
    let Some((key, service)) = found else {
        return Route { service: None, to: To::Nobody(Fault::NoSuchAddress) };
    };
    let ports = service.spec.as_ref().and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
    match ports.iter().find(|known| u16::try_from(known.port) == Ok(port)).cloned() {
        Some(_) if &*key.name == "kubernetes" && &*key.namespace == "default" => {
            Route { service: Some(key), to: To::Outside("kube-apiserver".into(), port) }
        }
        Some(port) => to_endpoint(key, &service, &port, client, world),
        None => Route { service: Some(key), to: To::Nobody(Fault::NoSuchPort) },
    }
}

/// The Service that listens on a port of every node.
fn node_port(port: u16, world: &World) -> Option<(ObjectKey, Rc<Service>, ServicePort)> {
    if !(30_000..=32_767).contains(&port) {
        return None;
    }
    world.store.list(Kind::Service).find_map(|(key, object)| {
        let Object::Service(service) = object else { return None };
        let mut ports = service.spec.as_ref()?.ports.iter().flatten();
        let found = ports.find(|known| known.node_port == Some(i32::from(port)))?;
        Some((key.clone(), service.clone(), found.clone()))
    })
}

/// One of the Service's endpoints.
fn to_endpoint(key: ObjectKey, service: &Service, port: &ServicePort, client: Client, world: &mut World) -> Route {
    let spec = service.spec.clone().unwrap_or_default();
    let mut reachable: Vec<(Rc<str>, u16, Rc<str>)> = world
        .endpoints
        .reachable(&key.namespace, &key.name)
        .into_iter()
        .filter_map(|endpoint| Some((endpoint.ip.clone(), target(port, endpoint, world)?, endpoint.node.clone())))
        .collect();
    if spec.internal_traffic_policy.as_deref() == Some("Local") && !client.node.is_empty() {
        reachable.retain(|(_, _, node)| &**node == client.node);
    }
    reachable.extend(written(&key, world).into_iter().filter_map(|(address, ports)| {
        // Of several ports the one of the same name counts.
        let named = ports.iter().find(|(name, _)| *name == port.name.clone().unwrap_or_default());
        Some((address, named.or(ports.first())?.1, "".into()))
    }));
    let selected = world.endpoints.of(&key.namespace, &key.name).count();
    let turn = match spec.session_affinity.as_deref() {
        Some("ClientIP") => number_of(client.address),
        _ => world.network.draw(),
    };
    let chosen = reachable.get(turn as usize % reachable.len().max(1)).cloned();
    let to = match chosen {
        Some((address, _, _)) if &*address == client.address => To::Own(chosen_port(&reachable, &address)),
        Some((address, port, _)) if address.starts_with("10.88.") || address.starts_with("172.18.") => {
            To::Address(address, port)
        }
        Some((address, port, _)) => To::Outside(address, port),
        None => To::Nobody(Fault::NoEndpoints { selected: u32::try_from(selected).unwrap_or(u32::MAX) }),
    };
    Route { service: Some(key), to }
}

fn chosen_port(reachable: &[(Rc<str>, u16, Rc<str>)], address: &str) -> u16 {
    reachable.iter().find(|(known, ..)| &**known == address).map_or(0, |(_, port, _)| *port)
}

/// The port of a Pod that a Service's port leads to; none where the Pod has none of that name.
pub(super) fn target(port: &ServicePort, endpoint: &Endpoint, world: &World) -> Option<u16> {
    match &port.target_port {
        None => u16::try_from(port.port).ok(),
        Some(IntOrString::Int(number)) => u16::try_from(*number).ok(),
        Some(IntOrString::String(name)) => {
            let pod = world.store.get(&endpoint.pod).and_then(Object::as_pod)?;
            named_port(pod, name)
        }
    }
}

/// The port of this name among those of a Pod's containers.
fn named_port(pod: &Pod, name: &str) -> Option<u16> {
    let found = containers::ports(&pod.spec).find(|port| port.name.as_deref() == Some(name))?;
    u16::try_from(found.container_port).ok()
}

/// Ports by name.
type Ports = Vec<(String, u16)>;

/// The addresses that somebody wrote for a Service without a selector, in an EndpointSlice.
pub(super) fn written(key: &ObjectKey, world: &World) -> Vec<(Rc<str>, Ports)> {
    let mut found = Vec::new();
    for (own, object) in world.store.list(Kind::EndpointSlice) {
        let Object::Other(slice) = object else { continue };
        let service = slice.metadata.labels.as_ref().and_then(|all| all.get("kubernetes.io/service-name"));
        if own.namespace != key.namespace || service.is_none_or(|name| **name != *key.name) {
            continue;
        }
        let list = |value: &Value, field: &str| value[field].as_array().cloned().unwrap_or_default();
        let ports: Ports = list(&slice.value, "ports")
            .iter()
            .filter_map(|port| {
                let number = u16::try_from(port["port"].as_i64()?).ok()?;
                Some((port["name"].as_str().unwrap_or_default().to_owned(), number))
            })
            .collect();
        for endpoint in list(&slice.value, "endpoints") {
            if endpoint["conditions"]["ready"].as_bool() == Some(false) {
                continue;
            }
            let addresses = list(&endpoint, "addresses");
            found.extend(addresses.iter().filter_map(|one| Some((Rc::from(one.as_str()?), ports.clone()))));
        }
    }
    found
}
