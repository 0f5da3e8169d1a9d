//! Rules on `containers[].ports`.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{Container, ContainerPort, PodSpec};

use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, names};

/// Every rule of one container's ports, port by port.
pub fn validate(ports: &[ContainerPort], path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeMap::new();
    for (i, port) in ports.iter().enumerate() {
        let at = path.index(i);
        name(port, i, &mut seen, path, errors);
        number(port, &at, errors);
        host_port(port, &at, errors);
        protocol(port, &at, errors);
    }
}

/// `port/name`: a port name is a short lower-case word with a letter in it, once per container.
///
/// Services and probes refer to the port by this name; two of the same name would leave open which is meant.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{ports: [{name: http, containerPort: 80}, {name: http, containerPort: 81}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{ports: [{name: http, containerPort: 80}, {name: metrics, containerPort: 81}]}]}
/// ```
fn name<'a>(
    port: &'a ContainerPort,
    index: usize,
    seen: &mut BTreeMap<&'a str, usize>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    const CODE: &str = "port/name";
    let name = go::text(&port.name);
    if name.is_empty() {
        return;
    }
    let entry = path.index(index);
    let at = entry.field("name");
    let faults = names::port_name(name);
    if !faults.is_empty() {
        errors.invalid_each(CODE, &at, name, faults);
    } else if let Some(&first) = seen.get(name) {
        errors.duplicate(CODE, &at, name);
        errors.related(&path.index(first).field("name"));
    } else {
        seen.insert(name, index);
    }
}

/// `port/container-port`: `containerPort` is given and is a port number.
///
/// The list is information for people and for Services; a wrong number there would send traffic nowhere.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 70000}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 8080}]}]}
/// ```
///
/// At run time nothing is opened or closed by this list: a program that listens elsewhere is reachable all the same.
fn number(port: &ContainerPort, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "port/container-port";
    let at = path.field("containerPort");
    match port.container_port {
        0 => errors.required(CODE, &at, ""),
        number => {
            for fault in names::port_number(i64::from(number)) {
                errors.invalid(CODE, &at, number, fault);
            }
        }
    }
}

/// `port/host-port`: a `hostPort` is a port number.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80, hostPort: 70000}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80, hostPort: 8080}]}]}
/// ```
fn host_port(port: &ContainerPort, path: &Path<'_>, errors: &mut Errors) {
    let number = port.host_port.unwrap_or(0);
    if number == 0 {
        return;
    }
    for fault in names::port_number(i64::from(number)) {
        errors.invalid("port/host-port", &path.field("hostPort"), number, fault);
    }
}

/// `port/protocol`: the protocol is `TCP`, `UDP` or `SCTP`, in capitals.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80, protocol: tcp}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80, protocol: TCP}]}]}
/// ```
fn protocol(port: &ContainerPort, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "port/protocol";
    match go::text(&port.protocol) {
        "TCP" | "UDP" | "SCTP" => {}
        "" => errors.required(CODE, &path.field("protocol"), ""),
        other => errors.not_supported(CODE, &path.field("protocol"), other, &["SCTP", "TCP", "UDP"]),
    }
}

/// `port/host-port-conflict`: two containers of one Pod cannot take the same port of the node.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80, hostPort: 80}]}, {name: b, image: b, ports: [{containerPort: 81, hostPort: 80}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80, hostPort: 80}]}, {name: b, image: b, ports: [{containerPort: 81, hostPort: 81}]}]}
/// ```
///
/// At run time the second container could not bind; with two Pods the scheduler keeps them on different nodes.
pub fn host_port_conflicts(containers: &[Container], path: &Path<'_>, errors: &mut Errors) {
    let mut taken: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (c, container) in containers.iter().enumerate() {
        for (p, port) in go::list(&container.ports).iter().enumerate() {
            let number = port.host_port.unwrap_or(0);
            if number == 0 {
                continue;
            }
            let key = [go::text(&port.protocol), "/", go::text(&port.host_ip), "/", &number.to_string()].concat();
            let Some(&(first_container, first_port)) = taken.get(&key) else {
                taken.insert(key, (c, p));
                continue;
            };
            let entry = path.index(c);
            let ports = entry.field("ports");
            errors.duplicate("port/host-port-conflict", &ports.index(p).field("hostPort"), &key);
            let first = path.index(first_container);
            errors.related(&first.field("ports").index(first_port).field("hostPort"));
        }
    }
}

/// `port/host-network`: in the node's network a port is the node's port, so `hostPort` must equal `containerPort`.
///
/// Bad:
/// ```yaml
/// spec: {hostNetwork: true, containers: [{ports: [{containerPort: 80, hostPort: 81}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {hostNetwork: true, containers: [{ports: [{containerPort: 80}]}]}
/// ```
///
/// A Pod's `hostPort` is filled in when it is absent; in a template it may stay absent.
pub fn host_network(spec: &PodSpec, is_pod: bool, path: &Path<'_>, errors: &mut Errors) {
    if !go::flag(spec.host_network) {
        return;
    }
    let containers = path.field("containers");
    for (c, container) in spec.containers.iter().enumerate() {
        let entry = containers.index(c);
        let ports = entry.field("ports");
        for (p, port) in go::list(&container.ports).iter().enumerate() {
            let host = port.host_port.unwrap_or(0);
            if (is_pod || host != 0) && host != port.container_port {
                let detail = "must match `containerPort` when `hostNetwork` is true";
                let at = ports.index(p);
                errors.invalid("port/host-network", &at.field("hostPort"), host, detail);
                errors.related(&at.field("containerPort"));
            }
        }
    }
}
