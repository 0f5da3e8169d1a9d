//! Defaults of a Service; addresses and node ports are allocated later.

use k8s_openapi::api::core::v1::{ClientIPConfig, Service, SessionAffinityConfig};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use super::fill;

/// How long a client sticks to one Pod when nothing is said: three hours.
const CLIENT_IP_SECONDS: i32 = 10_800;

/// The ports of an EndpointSlice (kubernetes: pkg/apis/discovery/v1/defaults.go SetDefaults_EndpointPort).
pub(super) fn slice(slice: &mut Value) {
    let ports = slice.get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
        for (field, value) in [("name", ""), ("protocol", "TCP")] {
            if port.get(field).is_none_or(Value::is_null) {
                port.insert(field.to_owned(), value.into());
            }
        }
    }
}

pub(super) fn service(service: &mut Service) {
    let spec = service.spec.get_or_insert_default();
    fill::text(&mut spec.session_affinity, "None");
    match spec.session_affinity.as_deref() {
        Some("None") => spec.session_affinity_config = None,
        Some("ClientIP") => {
            let config = spec.session_affinity_config.as_ref();
            if config.and_then(|config| config.client_ip.as_ref()?.timeout_seconds).is_none() {
                let client_ip = ClientIPConfig { timeout_seconds: Some(CLIENT_IP_SECONDS) };
                spec.session_affinity_config = Some(SessionAffinityConfig { client_ip: Some(client_ip) });
            }
        }
        _ => {}
    }
    fill::text(&mut spec.type_, "ClusterIP");
    for port in spec.ports.iter_mut().flatten() {
        fill::text(&mut port.protocol, "TCP");
        match &port.target_port {
            None | Some(IntOrString::Int(0)) => port.target_port = Some(IntOrString::Int(port.port)),
            Some(IntOrString::String(name)) if name.is_empty() => port.target_port = Some(IntOrString::Int(port.port)),
            Some(_) => {}
        }
    }
    let kind = spec.type_.as_deref().unwrap_or_default();
    let outside_addresses = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    if matches!(kind, "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && outside_addresses) {
        fill::text(&mut spec.external_traffic_policy, "Cluster");
    }
    if matches!(kind, "NodePort" | "LoadBalancer" | "ClusterIP") {
        fill::pointer(&mut spec.internal_traffic_policy, "Cluster".into());
    }
    if kind == "LoadBalancer" {
        fill::pointer(&mut spec.allocate_load_balancer_node_ports, true);
    }
}
