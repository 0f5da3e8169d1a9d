//! What admission adds to a Pod: service account, its token, tolerations, priority; and the first status.

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{
    ConfigMapProjection, Container, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector,
    PodCondition, PodSpec, PodStatus, ProjectedVolumeSource, ServiceAccountTokenProjection, Toleration, Volume,
    VolumeMount, VolumeProjection,
};

use crate::api::resources;

/// Where a container finds the token of its service account.
pub const TOKEN_MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How the names of the volumes with that token begin.
pub const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";

/// One hour and seven seconds: the token's life that tells the built-in mount from a hand-written one.
const TOKEN_SECONDS: i64 = 3607;

/// How long a Pod stays on a node that does not answer.
const UNREACHABLE_SECONDS: i64 = 300;

/// Adds to the specification what the built-in plug-ins add.
pub(super) fn add_to_spec(spec: &mut PodSpec, volume_suffix: &str) {
    if spec.service_account_name.as_deref().is_none_or(str::is_empty) {
        spec.service_account_name = Some("default".into());
    }
    spec.service_account = spec.service_account_name.clone();
    if spec.automount_service_account_token != Some(false) {
        mount_token(spec, volume_suffix);
    }
    tolerate_trouble(spec);
    let priority = match spec.priority_class_name.as_deref() {
        Some("system-node-critical") => 2_000_001_000,
        Some("system-cluster-critical") => 2_000_000_000,
        _ => 0,
    };
    spec.priority.get_or_insert(priority);
    spec.preemption_policy.get_or_insert_with(|| "PreemptLowerPriority".into());
}

/// Mounts the token where a container has nothing in its place
/// (kubernetes: plugin/pkg/admission/serviceaccount/admission.go mountServiceAccountToken).
fn mount_token(spec: &mut PodSpec, volume_suffix: &str) {
    let present = spec.volumes.iter().flatten().map(|volume| &volume.name).find(|n| n.starts_with(TOKEN_VOLUME_PREFIX));
    let has_volume = present.is_some();
    let name = present.cloned().unwrap_or_else(|| format!("{TOKEN_VOLUME_PREFIX}{volume_suffix}").into());
    let mut used = false;
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        used |= mount(container, &name);
    }
    if used && !has_volume {
        spec.volumes.get_or_insert_default().push(token_volume(name.to_string()));
    }
}

fn mount(container: &mut Container, volume: &str) -> bool {
    let mounts = container.volume_mounts.get_or_insert_default();
    let free = mounts.iter().all(|mount| mount.mount_path != TOKEN_MOUNT_PATH);
    if free {
        mounts.push(VolumeMount {
            name: volume.into(),
            mount_path: TOKEN_MOUNT_PATH.into(),
            read_only: Some(true),
            ..VolumeMount::default()
        });
    }
    free
}

fn token_volume(name: String) -> Volume {
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
    let projected = ProjectedVolumeSource { default_mode: Some(0o644), sources: Some(sources) };
    Volume { name: name.into(), projected: Some(projected.into()), ..Volume::default() }
}

/// A Pod stays five minutes on a node in trouble, unless it says otherwise; also when it is changed
/// (kubernetes: plugin/pkg/admission/defaulttolerationseconds/admission.go).
pub fn tolerate_trouble(spec: &mut PodSpec) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        tolerate(spec, key);
    }
}

fn tolerate(spec: &mut PodSpec, key: &str) {
    let fits = |value: Option<&Text>, wanted: &str| value.is_none_or(|value| value.is_empty() || value == wanted);
    let tolerations = spec.tolerations.get_or_insert_default();
    if !tolerations.iter().any(|it| fits(it.key.as_ref(), key) && fits(it.effect.as_ref(), "NoExecute")) {
        tolerations.push(Toleration {
            key: Some(key.into()),
            operator: Some("Exists".into()),
            effect: Some("NoExecute".into()),
            toleration_seconds: Some(UNREACHABLE_SECONDS),
            ..Toleration::default()
        });
    }
}

/// Pending, with its quality of service; a Pod with scheduling gates says that they hold it.
pub(super) fn fresh_status(spec: &PodSpec) -> PodStatus {
    let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    let condition = PodCondition {
        type_: "PodScheduled".into(),
        status: "False".into(),
        reason: Some("SchedulingGated".into()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".into()),
        ..PodCondition::default()
    };
    PodStatus {
        phase: Some("Pending".into()),
        qos_class: Some(resources::qos_class(spec).into()),
        conditions: gated.then(|| vec![condition].into()),
        ..PodStatus::default()
    }
}
