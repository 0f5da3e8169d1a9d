//! The status with which an object begins.

use k8s_openapi::api::apps::v1::StatefulSetStatus;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaimStatus};
use serde_json::json;

use super::Creation;
use crate::api::Other;

/// What keeps a volume while a claim has it.
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

/// No replicas, none available.
pub(super) fn stateful_set() -> StatefulSetStatus {
    StatefulSetStatus { available_replicas: Some(0), ..StatefulSetStatus::default() }
}

/// A claim waits for a volume.
pub(super) fn claim() -> PersistentVolumeClaimStatus {
    PersistentVolumeClaimStatus { phase: Some("Pending".into()), ..PersistentVolumeClaimStatus::default() }
}

/// A volume waits to be looked at, and stays while a claim has it (kubernetes: plugin/pkg/admission/storage/
/// storageobjectinuseprotection, registry/core/persistentvolume/strategy.go).
pub(super) fn volume(volume: &mut Other, creation: &Creation) {
    let finalizers = volume.metadata.finalizers.get_or_insert_default();
    if !finalizers.iter().any(|finalizer| finalizer == VOLUME_PROTECTION) {
        finalizers.push(VOLUME_PROTECTION.to_owned());
    }
    let since = creation.time.as_ref().map(|time| time.0.to_seconds());
    if let Some(fields) = volume.value.as_object_mut() {
        fields.insert("status".to_owned(), json!({"phase": "Pending", "lastPhaseTransitionTime": since}));
    }
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
