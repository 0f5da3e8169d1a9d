//! Defaults inside containers: image pull policy, ports, probes, references.

use k8s_openapi::Common;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvVar, EphemeralContainer, HTTPGetAction, Lifecycle, Probe, ResourceFieldSelector,
    ResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;

use super::{fill, quantities};
use crate::api::image;

/// Fills in one app or init container.
pub(super) fn container(container: &mut Container) {
    fill::text(&mut container.image_pull_policy, image::default_pull_policy(container.image.as_deref().unwrap_or("")));
    fill::text(&mut container.termination_message_path, "/dev/termination-log");
    fill::text(&mut container.termination_message_policy, "File");
    resources(&mut container.resources);
    ports(container.ports.as_deref_mut());
    environment(container.env.as_deref_mut());
    for it in [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe] {
        probe(it);
    }
    lifecycle(container.lifecycle.as_deref_mut());
}

/// Fills in one ephemeral container.
pub(super) fn ephemeral(container: &mut EphemeralContainer) {
    fill::text(&mut container.image_pull_policy, image::default_pull_policy(container.image.as_deref().unwrap_or("")));
    fill::text(&mut container.termination_message_path, "/dev/termination-log");
    fill::text(&mut container.termination_message_policy, "File");
    resources(&mut container.resources);
    ports(container.ports.as_deref_mut());
    environment(container.env.as_deref_mut());
    for it in [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe] {
        probe(it);
    }
    lifecycle(container.lifecycle.as_deref_mut());
}

fn resources(resources: &mut Option<Common<ResourceRequirements>>) {
    quantities::requirements(resources.get_or_insert_default());
}

fn ports(ports: Option<&mut [ContainerPort]>) {
    for port in ports.into_iter().flatten() {
        fill::text(&mut port.protocol, "TCP");
    }
}

fn environment(env: Option<&mut [EnvVar]>) {
    for source in env.into_iter().flatten().filter_map(|variable| variable.value_from.as_mut()) {
        if let Some(field) = &mut source.field_ref {
            fill::text(&mut field.api_version, "v1");
        }
        if let Some(field) = &mut source.resource_field_ref {
            divisor(field);
        }
        if let Some(field) = &mut source.file_key_ref {
            fill::pointer(&mut field.optional, false);
        }
    }
}

/// An absent divisor is the quantity zero, and is printed as such.
pub(super) fn divisor(field: &mut ResourceFieldSelector) {
    fill::pointer(&mut field.divisor, Field("0".to_owned()));
    quantities::one(&mut field.divisor);
}

fn probe(probe: &mut Option<Common<Probe>>) {
    let Some(probe) = probe else { return };
    fill::number(&mut probe.timeout_seconds, 1);
    fill::number(&mut probe.period_seconds, 10);
    fill::number(&mut probe.success_threshold, 1);
    fill::number(&mut probe.failure_threshold, 3);
    http(probe.http_get.as_mut());
    if let Some(grpc) = &mut probe.grpc {
        fill::pointer(&mut grpc.service, Default::default());
    }
}

fn http(action: Option<&mut HTTPGetAction>) {
    if let Some(action) = action {
        fill::text(&mut action.path, "/");
        fill::text(&mut action.scheme, "HTTP");
    }
}

fn lifecycle(lifecycle: Option<&mut Lifecycle>) {
    let Some(lifecycle) = lifecycle else { return };
    for handler in [&mut lifecycle.post_start, &mut lifecycle.pre_stop].into_iter().flatten() {
        http(handler.http_get.as_mut());
    }
}
