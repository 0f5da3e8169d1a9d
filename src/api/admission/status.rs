//! The status with which an object begins.

use k8s_openapi::api::apps::v1::StatefulSetStatus;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim, PersistentVolumeClaimStatus, TypedObjectReference};

/// No replicas, none available.
pub(super) fn stateful_set() -> StatefulSetStatus {
    StatefulSetStatus { available_replicas: Some(0), ..StatefulSetStatus::default() }
}

/// A claim waits for a volume. The two ways to name its source are kept alike
/// (kubernetes: pkg/registry/core/persistentvolumeclaim/strategy.go NormalizeDataSources).
pub(super) fn claim(claim: &mut PersistentVolumeClaim) {
    claim.status = Some(PersistentVolumeClaimStatus {
        phase: Some("Pending".to_owned()),
        ..PersistentVolumeClaimStatus::default()
    });
    let Some(spec) = claim.spec.as_mut() else { return };
    match (&spec.data_source, &spec.data_source_ref) {
        (Some(source), None) => {
            spec.data_source_ref = Some(TypedObjectReference {
                api_group: source.api_group.clone(),
                kind: source.kind.clone(),
                name: source.name.clone(),
                namespace: None,
            });
        }
        (None, Some(source)) if source.namespace.as_ref().is_none_or(String::is_empty) => {
            spec.data_source = Some(k8s_openapi::api::core::v1::TypedLocalObjectReference {
                api_group: source.api_group.clone(),
                kind: source.kind.clone(),
                name: source.name.clone(),
            });
        }
        _ => {}
    }
}

/// A namespace is active, and its contents go before it does.
pub(super) fn namespace(namespace: &mut Namespace) {
    let finalizers = namespace.spec.get_or_insert_default().finalizers.get_or_insert_default();
    if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
        finalizers.push("kubernetes".to_owned());
    }
    namespace.status = Some(Default::default());
    namespace.status.get_or_insert_default().phase = Some("Active".to_owned());
}
