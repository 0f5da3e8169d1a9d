//! The status with which an object begins.

use k8s_openapi::api::apps::v1::StatefulSetStatus;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaimStatus};

/// No replicas, none available.
pub(super) fn stateful_set() -> StatefulSetStatus {
    StatefulSetStatus { available_replicas: Some(0), ..StatefulSetStatus::default() }
}

/// A claim waits for a volume.
pub(super) fn claim() -> PersistentVolumeClaimStatus {
    PersistentVolumeClaimStatus { phase: Some("Pending".into()), ..PersistentVolumeClaimStatus::default() }
}

/// A namespace is active, and its contents go before it does.
pub(super) fn namespace(namespace: &mut Namespace) {
    let finalizers = namespace.spec.get_or_insert_default().finalizers.get_or_insert_default();
    if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
        finalizers.push("kubernetes".to_owned());
    }
    namespace.status = Some(Default::default());
    namespace.status.get_or_insert_default().phase = Some("Active".into());
}
