//! The ports of a Service.

use collections::{Map as BTreeMap, Set as BTreeSet};

use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::errors::{Errors, Shown};
use super::service::kind;
use super::service_held::{ALLOCATED, Held};
use super::{go, names};
use crate::api::Path;

/// A dry run gives out node ports from here on, for it must not take real ones
/// (kubernetes: pkg/registry/core/service/portallocator/operation.go AllocateNext).
const FIRST_DRY_RUN_PORT: i32 = 32_769;

/// Whether the Service has a port at which load balancers ask for its health.
pub fn needs_health_check(spec: &ServiceSpec) -> bool {
    kind(spec) == "LoadBalancer" && go::text(&spec.external_traffic_policy) == "Local"
}

/// Gives node ports as a dry run does: the same for the same port, and never one twice
/// (kubernetes: pkg/registry/core/service/storage/alloc.go initNodePorts). What is asked for has to be free and in the
/// range of the cluster where ports are given out for good, which is where others have `held` some.
///
/// `service/node-port`: two ports of a Service do not share a node port.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30080}]}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30081}]}
/// ```
pub fn allocate(spec: &mut ServiceSpec, held: Option<&Held>, errors: &mut Errors) {
    let wanted = match kind(spec) {
        "NodePort" => true,
        "LoadBalancer" => spec.allocate_load_balancer_node_ports != Some(false),
        _ => {
            return health_check(spec);
        }
    };
    let requested: Vec<(i32, i32)> =
        go::list(&spec.ports).iter().map(|port| (port.port, port.node_port.unwrap_or(0))).collect();
    let mut taken = BTreeSet::new();
    let mut by_port = BTreeMap::new();
    let spec_path = Path::ROOT.field("spec");
    let ports_path = spec_path.field("ports");
    let mut next = FIRST_DRY_RUN_PORT;
    for (i, port) in spec.ports.iter_mut().flatten().enumerate() {
        let own = port.node_port.unwrap_or(0);
        if own == 0 && !wanted {
            continue;
        }
        let chosen = match by_port.get(&port.port) {
            Some(known) if own == 0 || own == *known => {
                port.node_port = Some(*known);
                continue;
            }
            Some(_) => own,
            None => {
                requested.iter().skip(i).find(|(p, node)| *p == port.port && *node != 0).map_or(0, |(_, node)| *node)
            }
        };
        let twice = chosen != 0 && !taken.insert(chosen);
        let refusal = held.filter(|_| chosen != 0).and_then(|held| held.refusal(chosen));
        if let Some(why) = refusal.or(twice.then_some(ALLOCATED)) {
            let at = ports_path.index(i);
            return errors.invalid("service/node-port", &at.field("nodePort"), chosen, why);
        }
        let given =
            if chosen != 0 { chosen } else { next.max(taken.last().map_or(0, |last: &i32| last.saturating_add(1))) };
        if chosen == 0 {
            next = given.saturating_add(1);
            taken.insert(given);
        }
        by_port.entry(port.port).or_insert(given);
        port.node_port = Some(given);
    }
    health_check(spec);
}

fn health_check(spec: &mut ServiceSpec) {
    if needs_health_check(spec) && spec.health_check_node_port.unwrap_or(0) == 0 {
        spec.health_check_node_port = Some(FIRST_DRY_RUN_PORT);
    }
}

/// Every rule of each port by itself.
pub fn validate(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("ports");
    let ports = go::list(&spec.ports);
    let mut seen = BTreeMap::new();
    for (i, it) in ports.iter().enumerate() {
        let at_port = at.index(i);
        name(it, ports.len() > 1, &at_port, errors);
        let own = go::text(&it.name);
        if !own.is_empty() {
            if let Some(first) = seen.get(own) {
                errors.duplicate("service/port-name", &at_port.field("name"), own);
                errors.related(&at.index(*first).field("name"));
            } else {
                seen.insert(own, i);
            }
        }
        port(it, &at_port, errors);
    }
}

/// `service/port-name`: a port among several needs a name of its own, shaped like a DNS label.
///
/// The names tell the ports apart where they are looked up: in DNS, in Ingresses, in EndpointSlices.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {ports: [{port: 80}, {port: 443}]}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {ports: [{name: http, port: 80}, {name: https, port: 443}]}
/// ```
fn name(port: &ServicePort, needed: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/port-name";
    let at = path.field("name");
    match go::text(&port.name) {
        "" if needed => errors.required(CODE, &at, ""),
        "" => {}
        name => errors.invalid_each(CODE, &at, name, names::dns1123_label(name)),
    }
}

/// `service/port`: a port number, a protocol in capitals, and a target that is a port number or a port's name.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {ports: [{port: 80, targetPort: Web_Port}]}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {ports: [{port: 80, targetPort: web}]}
/// ```
fn port(port: &ServicePort, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/port";
    for detail in names::port_number(i64::from(port.port)) {
        errors.invalid(CODE, &path.field("port"), port.port, detail);
    }
    match go::text(&port.protocol) {
        "SCTP" | "TCP" | "UDP" => {}
        "" => errors.required(CODE, &path.field("protocol"), ""),
        protocol => errors.not_supported(CODE, &path.field("protocol"), protocol, &["SCTP", "TCP", "UDP"]),
    }
    let at = path.field("targetPort");
    match &port.target_port {
        Some(IntOrString::String(name)) => errors.invalid_each(CODE, &at, name, names::port_name(name)),
        Some(IntOrString::Int(number)) => {
            for detail in names::port_number(i64::from(*number)) {
                errors.invalid(CODE, &at, *number, detail);
            }
        }
        None => {}
    }
    if let Some(protocol) = &port.app_protocol {
        errors.invalid_each(CODE, &path.field("appProtocol"), protocol, names::qualified_name(protocol));
    }
}

/// `service/port-clash`: one port and protocol stands once, and so does one node port; a Service inside the cluster
/// has no node ports.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {ports: [{name: a, port: 80}, {name: b, port: 80}]}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {ports: [{name: a, port: 80}, {name: b, port: 80, protocol: UDP}]}
/// ```
pub fn clashes(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/port-clash";
    let at = path.field("ports");
    let ports = go::list(&spec.ports);
    let node_port = |port: &ServicePort| port.node_port.unwrap_or(0);
    if kind(spec) == "ClusterIP" {
        for (i, _) in ports.iter().enumerate().filter(|(_, port)| node_port(port) != 0) {
            let detail = "may not be used when `type` is 'ClusterIP'";
            errors.forbidden(CODE, &at.index(i).field("nodePort"), detail);
        }
    }
    for (i, port) in ports.iter().enumerate().filter(|(_, port)| node_port(port) != 0) {
        let same = |other: &&ServicePort| other.protocol == port.protocol && node_port(other) == node_port(port);
        if let Some(first) = ports.iter().take(i).position(|other| same(&other)) {
            errors.duplicate(CODE, &at.index(i).field("nodePort"), node_port(port));
            errors.related(&at.index(first).field("nodePort"));
        }
    }
    for (i, port) in ports.iter().enumerate() {
        let same = |other: &ServicePort| other.protocol == port.protocol && other.port == port.port;
        if let Some(first) = ports.iter().take(i).position(same) {
            // The server shows a port that has nothing but what clashes.
            let value = go::Struct::new()
                .string("Name", "")
                .string("Protocol", go::text(&port.protocol))
                .raw("AppProtocol", "null")
                .optional_int("Port", Some(i64::from(port.port)))
                .raw("TargetPort", "0")
                .raw("NodePort", "0")
                .finish();
            errors.duplicate(CODE, &at.index(i), Shown::Json(&value));
            errors.related(&at.index(first));
        }
    }
}
