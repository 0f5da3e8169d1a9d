//! Defaults of a Pod, and of the Pod specification that a template holds.

use collections::Map as BTreeMap;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{container, fill, gates, quantities, volume};
use crate::api::resources;

/// Fills in the specification of a Pod: what templates get too, and then what only a Pod gets.
pub(super) fn pod(spec: &mut PodSpec) {
    pod_spec(spec);
    for it in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        requests_from_limits(it);
    }
    pod_level(spec);
    fill::pointer(&mut spec.enable_service_links, true);
    if spec.host_network == Some(true) {
        for it in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
            for port in it.ports.iter_mut().flatten() {
                fill::number(&mut port.host_port, port.container_port);
            }
        }
    }
    // Not the decoder but the Pod's strategy does this, still before validation (registry/core/pod/strategy.go).
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        spec.termination_grace_period_seconds = Some(1);
    }
}

/// How init containers were written before Kubernetes 1.8; the server drops it
/// (core/v1: conversion.go dropInitContainerAnnotations).
const INIT_CONTAINERS: [&str; 4] = [
    "pod.alpha.kubernetes.io/init-container-statuses",
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-container-statuses",
    "pod.beta.kubernetes.io/init-containers",
];

/// Whether [`drop_init_containers`] has anything to do.
pub(super) fn has_init_containers(metadata: &ObjectMeta) -> bool {
    let annotations = metadata.annotations.as_ref();
    annotations.is_some_and(|annotations| INIT_CONTAINERS.iter().any(|key| annotations.contains_key(*key)))
}

/// Drops the annotations that nothing reads any more.
pub(super) fn drop_init_containers(metadata: &mut ObjectMeta) {
    if let Some(annotations) = &mut metadata.annotations {
        annotations.retain(|key, _| !INIT_CONTAINERS.contains(&key.as_str()));
        if annotations.is_empty() {
            metadata.annotations = None;
        }
    }
}

/// Fills in the template of a workload.
pub(super) fn template(template: &mut PodTemplateSpec) {
    let metadata = template.metadata.get_or_insert_default();
    if has_init_containers(metadata) {
        drop_init_containers(metadata);
    }
    pod_spec(template.spec.get_or_insert_default());
}

fn pod_spec(spec: &mut PodSpec) {
    fill::text(&mut spec.dns_policy, "ClusterFirst");
    fill::text(&mut spec.restart_policy, "Always");
    fill::pointer(&mut spec.security_context, Default::default());
    fill::pointer(&mut spec.termination_grace_period_seconds, 30);
    fill::text(&mut spec.scheduler_name, "default-scheduler");
    service_account(spec);
    gates::pod_spec(spec);
    for it in spec.volumes.iter_mut().flatten() {
        volume::volume(it);
    }
    for it in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        container::container(it);
    }
    for it in spec.ephemeral_containers.iter_mut().flatten() {
        container::ephemeral(it);
    }
    quantities::list(&mut spec.overhead);
    if let Some(resources) = &mut spec.resources {
        quantities::requirements(resources);
    }
}

/// The old name of the field follows the new one (core/v1: conversion.go Convert_v1_PodSpec_To_core_PodSpec).
fn service_account(spec: &mut PodSpec) {
    let given = |field: &Option<Text>| field.clone().filter(|name| !name.is_empty());
    if let Some(name) = given(&spec.service_account_name).or_else(|| given(&spec.service_account)) {
        spec.service_account_name = Some(name.clone());
        spec.service_account = Some(name);
    }
}

/// A limit without a request is also the request.
fn requests_from_limits(container: &mut Container) {
    let Some(resources) = container.resources.as_deref_mut() else { return };
    for (name, limit) in resources.limits.iter().flatten() {
        resources.requests.get_or_insert_default().entry(name.clone()).or_insert_with(|| limit.clone());
    }
}

/// Requests and huge page limits of the whole Pod, where it sets resources at all
/// (core/v1: defaults.go defaultHugePagePodLimits, defaultPodRequests).
fn pod_level(spec: &mut PodSpec) {
    let Some(mut whole) = spec.resources.take() else { return };
    let has = |list: &Option<BTreeMap<String, Field>>| list.as_ref().is_some_and(|list| !list.is_empty());
    if has(&whole.limits) || has(&whole.requests) {
        for (name, limit) in resources::container_limits(spec) {
            let requested = whole.requests.as_ref().is_some_and(|requests| requests.contains_key(&name));
            if name.starts_with("hugepages-") && !requested {
                let limits = whole.limits.get_or_insert_default();
                limits.entry(name).or_insert_with(|| Field(limit.to_string()));
            }
        }
    }
    if has(&whole.limits) {
        let shared = |name: &str| matches!(name, "cpu" | "memory");
        let effective = resources::container_requests(spec).into_iter().filter(|(name, _)| shared(name));
        let effective = effective.map(|(name, sum)| (name, Field(sum.to_string())));
        // Huge pages cannot be shared: of them as much is requested as is allowed.
        let limits = whole.limits.clone().into_iter().flatten();
        let limits = limits.filter(|(name, _)| shared(name) || name.starts_with("hugepages-"));
        for (name, amount) in effective.chain(limits) {
            whole.requests.get_or_insert_default().entry(name).or_insert(amount);
        }
    }
    spec.resources = Some(whole);
}
