//! What admission adds to a Pod: service account, its token, tolerations, priority; and the first status.

use k8s_openapi::api::core::v1::{
    ConfigMapProjection, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector, PodCondition,
    PodSpec, PodStatus, ProjectedVolumeSource, ServiceAccountTokenProjection, Toleration, Volume, VolumeMount,
    VolumeProjection,
};
use k8s_openapi::{Common, Items, Text};

use super::priority;
use crate::api::resources;

/// Where a container finds the token of its service account.
pub const TOKEN_MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How the names of the volumes with that token begin.
pub const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";

/// One hour and seven seconds: the token's life that tells the built-in mount from a hand-written one.
const TOKEN_SECONDS: i64 = 3607;

/// How long a Pod stays on a node that does not answer.
const UNREACHABLE_SECONDS: i64 = 300;

/// Adds to a specification what the built-in plug-ins add to every one like it. Doing it twice changes nothing more.
pub fn settle(spec: &mut PodSpec) {
    if spec.service_account_name.as_deref().is_none_or(str::is_empty) {
        spec.service_account_name = Some(Text::constant("default"));
    }
    spec.service_account = spec.service_account_name.clone();
    tolerate_trouble(spec);
    let priority = spec.priority_class_name.as_deref().and_then(priority::built_in);
    spec.priority.get_or_insert(priority.unwrap_or(0));
    spec.preemption_policy.get_or_insert_with(|| Text::constant(priority::USUAL_POLICY));
}

/// Mounts the token where a container has nothing in its place
/// (kubernetes: plugin/pkg/admission/serviceaccount/admission.go mountServiceAccountToken).
pub(super) fn mount_token(spec: &mut PodSpec, volume_suffix: &str, projected: &Common<ProjectedVolumeSource>) {
    let present = spec.volumes.iter().flatten().map(|volume| &volume.name).find(|n| n.starts_with(TOKEN_VOLUME_PREFIX));
    let has_volume = present.is_some();
    let name = present.cloned().unwrap_or_else(|| format!("{TOKEN_VOLUME_PREFIX}{volume_suffix}").into());
    let token = VolumeMount {
        name: name.clone(),
        mount_path: Text::constant(TOKEN_MOUNT_PATH),
        read_only: Some(true),
        ..VolumeMount::default()
    };
    let alone: Items<VolumeMount> = vec![token.clone()].into();
    let mut used = false;
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        match &mut container.volume_mounts {
            // The list is the same for all that mount nothing else.
            None => container.volume_mounts = Some(alone.clone()),
            Some(mounts) if mounts.iter().any(|mount| mount.mount_path == TOKEN_MOUNT_PATH) => continue,
            Some(mounts) => mounts.push(token.clone()),
        }
        used = true;
    }
    if used && !has_volume {
        let projected = Some(projected.clone());
        spec.volumes.get_or_insert_default().push(Volume { name, projected, ..Volume::default() });
    }
}

/// What is in every volume with a token.
pub fn token() -> ProjectedVolumeSource {
    let token = ServiceAccountTokenProjection {
        expiration_seconds: Some(TOKEN_SECONDS),
        path: "token".into(),
        ..ServiceAccountTokenProjection::default()
    };
    let authority = ConfigMapProjection {
        name: "kube-root-ca.crt".into(),
        items: Some(vec![KeyToPath { key: "ca.crt".into(), path: "ca.crt".into(), mode: None }]),
        optional: None,
    };
    let namespace = DownwardAPIVolumeFile {
        path: "namespace".into(),
        field_ref: Some(ObjectFieldSelector {
            api_version: Some("v1".into()),
            field_path: "metadata.namespace".into(),
        }),
        ..DownwardAPIVolumeFile::default()
    };
    let sources = vec![
        VolumeProjection { service_account_token: Some(token.into()), ..VolumeProjection::default() },
        VolumeProjection { config_map: Some(authority.into()), ..VolumeProjection::default() },
        VolumeProjection {
            downward_api: Some(DownwardAPIProjection { items: Some(vec![namespace]) }.into()),
            ..VolumeProjection::default()
        },
    ];
    ProjectedVolumeSource { default_mode: Some(0o644), sources: Some(sources) }
}

/// A Pod stays five minutes on a node in trouble, unless it says otherwise; also when it is changed
/// (kubernetes: plugin/pkg/admission/defaulttolerationseconds/admission.go).
pub fn tolerate_trouble(spec: &mut PodSpec) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        tolerate(spec, key);
    }
}

fn tolerate(spec: &mut PodSpec, key: &'static str) {
    let fits = |value: Option<&Text>, wanted: &str| value.is_none_or(|value| value.is_empty() || value == wanted);
    let tolerations = spec.tolerations.get_or_insert_default();
    if !tolerations.iter().any(|it| fits(it.key.as_ref(), key) && fits(it.effect.as_ref(), "NoExecute")) {
        tolerations.push(Toleration {
            key: Some(Text::constant(key)),
            operator: Some(Text::constant("Exists")),
            effect: Some(Text::constant("NoExecute")),
            toleration_seconds: Some(UNREACHABLE_SECONDS),
            ..Toleration::default()
        });
    }
}

/// Pending, with its quality of service; a Pod with scheduling gates says that they hold it.
pub fn fresh_status(spec: &PodSpec) -> PodStatus {
    let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    let condition = PodCondition {
        type_: Text::constant("PodScheduled"),
        status: Text::constant("False"),
        reason: Some(Text::constant("SchedulingGated")),
        message: Some(Text::constant("Scheduling is blocked due to non-empty scheduling gates")),
        ..PodCondition::default()
    };
    PodStatus {
        phase: Some(Text::constant("Pending")),
        qos_class: Some(Text::constant(resources::qos_class(spec))),
        conditions: gated.then(|| vec![condition].into()),
        ..PodStatus::default()
    }
}
