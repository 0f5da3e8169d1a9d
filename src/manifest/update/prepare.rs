//! What the server makes of a changed object before it looks at it: admission and the strategies of the kinds.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use crate::api::{Object, admission, defaults};
use crate::manifest::rules::go;
use crate::manifest::rules::service::kind;
use crate::manifest::rules::service_ports::needs_health_check;

/// `new` with its defaults, the status of `old`, and what clients need not repeat
/// (kubernetes: pkg/registry/*/strategy.go PrepareForUpdate, plugin/pkg/admission, 1.36).
pub(super) fn prepared(old: &Object, new: &Object) -> Object {
    let mut new = new.clone();
    let generation = old.metadata().generation;
    defaults::apply(&mut new);
    identity(old, &mut new);
    new.metadata_mut().generation = generation;
    match (old, &mut new) {
        (Object::Pod(old), Object::Pod(new)) => {
            let new = Rc::make_mut(new);
            new.status = old.status.clone();
            let spec = new.spec.make_mut();
            spec.priority = spec.priority.or(old.spec.priority);
            if spec.preemption_policy.is_none() {
                spec.preemption_policy.clone_from(&old.spec.preemption_policy);
            }
            admission::tolerate_trouble(spec);
        }
        (Object::Secret(old), Object::Secret(new)) if go::text(&new.type_).is_empty() => {
            Rc::make_mut(new).type_.clone_from(&old.type_);
        }
        (Object::Service(old), Object::Service(new)) => service(old, Rc::make_mut(new)),
        (Object::PersistentVolumeClaim(old), Object::PersistentVolumeClaim(new)) => {
            Rc::make_mut(new).status.clone_from(&old.status);
        }
        (Object::Namespace(old), Object::Namespace(new)) => {
            let new = Rc::make_mut(new);
            new.status.clone_from(&old.status);
            new.spec.clone_from(&old.spec);
        }
        (Object::Job(old), Object::Job(new)) => Rc::make_mut(new).status.clone_from(&old.status),
        _ => {}
    }
    new
}

/// What no client may change is taken from the old object where the new one is silent
/// (apiserver: registry/rest/update.go BeforeUpdate).
fn identity(old: &Object, new: &mut Object) {
    let (old, new) = (old.metadata(), new.metadata_mut());
    for (from, to) in [(&old.uid, &mut new.uid), (&old.namespace, &mut new.namespace), (&old.name, &mut new.name)] {
        if to.as_deref().is_none_or(str::is_empty) {
            to.clone_from(from);
        }
    }
    new.creation_timestamp.clone_from(&old.creation_timestamp);
    new.deletion_timestamp.clone_from(&old.deletion_timestamp);
    new.deletion_grace_period_seconds = old.deletion_grace_period_seconds;
}

/// A Service keeps the addresses and ports it was given, also where they are not repeated
/// (pkg/registry/core/service/storage/storage.go patchAllocatedValues, normalizeClusterIPs; strategy.go
/// dropTypeDependentFields).
fn service(old: &Service, new: &mut Service) {
    new.status.clone_from(&old.status);
    let (Some(old), Some(new)) = (&old.spec, &mut new.spec) else { return };
    keep_allocated(old, new);
    normalize_cluster_ips(old, new);
    drop_unneeded(old, new);
}

fn needs_cluster_ip(spec: &ServiceSpec) -> bool {
    kind(spec) != "ExternalName"
}

fn needs_node_port(spec: &ServiceSpec) -> bool {
    kind(spec) == "NodePort" || (kind(spec) == "LoadBalancer" && spec.allocate_load_balancer_node_ports != Some(false))
}

fn keep_allocated(old: &ServiceSpec, new: &mut ServiceSpec) {
    if needs_cluster_ip(old) && needs_cluster_ip(new) {
        if go::text(&new.cluster_ip).is_empty() {
            new.cluster_ip.clone_from(&old.cluster_ip);
        }
        if go::list(&new.cluster_ips).is_empty() && new.cluster_ip == old.cluster_ip {
            new.cluster_ips.clone_from(&old.cluster_ips);
        }
    }
    if needs_node_port(old) && needs_node_port(new) {
        let ports = |spec: &ServiceSpec| -> Vec<i32> {
            spec.ports.iter().flatten().filter_map(|port| port.node_port.filter(|port| *port != 0)).collect()
        };
        let used: Vec<i32> = ports(new).into_iter().filter(|port| ports(old).contains(port)).collect();
        for port in new.ports.iter_mut().flatten().filter(|port| port.node_port.unwrap_or(0) == 0) {
            let same = old.ports.iter().flatten().rev().find(|known| go::text(&known.name) == go::text(&port.name));
            port.node_port = same.and_then(|known| known.node_port).filter(|port| !used.contains(port));
        }
    }
    if needs_health_check(old) && needs_health_check(new) && new.health_check_node_port.unwrap_or(0) == 0 {
        new.health_check_node_port = old.health_check_node_port;
    }
    if needs_cluster_ip(old) && needs_cluster_ip(new) {
        if go::list(&new.ip_families).is_empty() {
            new.ip_families.clone_from(&old.ip_families);
        }
        if new.ip_family_policy.is_none() {
            new.ip_family_policy.clone_from(&old.ip_family_policy);
        }
    }
}

fn normalize_cluster_ips(old: &ServiceSpec, new: &mut ServiceSpec) {
    let (was, is) = (go::text(&old.cluster_ip), go::text(&new.cluster_ip).to_owned());
    let same_list = go::list(&old.cluster_ips) == go::list(&new.cluster_ips);
    if was == is {
        if go::list(&new.cluster_ips).is_empty() {
            new.cluster_ips.clone_from(&old.cluster_ips);
        }
    } else if same_list {
        new.cluster_ips = if is.is_empty() { None } else { Some(vec![is]) };
    }
}

fn drop_unneeded(old: &ServiceSpec, new: &mut ServiceSpec) {
    if needs_cluster_ip(old) && !needs_cluster_ip(new) {
        if old.cluster_ip == new.cluster_ip && old.cluster_ips == new.cluster_ips {
            new.cluster_ip = None;
            new.cluster_ips = None;
        }
        if old.ip_families == new.ip_families {
            new.ip_families = None;
        }
        if old.ip_family_policy == new.ip_family_policy {
            new.ip_family_policy = None;
        }
    }
    if needs_node_port(old) && !needs_node_port(new) {
        let known: Vec<i32> = old.ports.iter().flatten().filter_map(|port| port.node_port).collect();
        let unchanged = new.ports.iter().flatten().all(|port| port.node_port.is_none_or(|it| known.contains(&it)));
        if unchanged {
            new.ports.iter_mut().flatten().for_each(|port| port.node_port = None);
        }
    }
    if needs_health_check(old) && !needs_health_check(new) && old.health_check_node_port == new.health_check_node_port {
        new.health_check_node_port = None;
    }
    let external = |spec: &ServiceSpec| matches!(kind(spec), "NodePort" | "LoadBalancer");
    if external(old) && !external(new) && old.external_traffic_policy == new.external_traffic_policy {
        new.external_traffic_policy = None;
    }
    let balanced = |spec: &ServiceSpec| kind(spec) == "LoadBalancer";
    if balanced(old) && !balanced(new) {
        if old.load_balancer_class == new.load_balancer_class {
            new.load_balancer_class = None;
        }
        if old.allocate_load_balancer_node_ports == new.allocate_load_balancer_node_ports {
            new.allocate_load_balancer_node_ports = None;
        }
    }
}
