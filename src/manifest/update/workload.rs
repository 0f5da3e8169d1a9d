//! What of Deployments, ReplicaSets, DaemonSets and StatefulSets may change (kubernetes: pkg/apis/apps/validation and
//! pkg/registry/apps/*/strategy.go, 1.36).

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::IMMUTABLE;
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{shown, workload};

/// `update/selector`: the selector of what keeps Pods running does not change.
///
/// With another selector the controller would leave its Pods behind and take others that are not its own.
pub(super) fn selector(old: &LabelSelector, new: &LabelSelector, errors: &mut Errors) {
    if workload::given(old) == workload::given(new) {
        return;
    }
    let spec = Path::ROOT.field("spec");
    let value = workload::given(new).map_or_else(|| "null".to_owned(), shown::selector);
    errors.invalid("update/selector", &spec.field("selector"), Shown::Json(&value), IMMUTABLE);
}

/// `update/statefulset`: the claims, the Service and the selector of a StatefulSet do not change.
///
/// Its Pods have names and storage made from them, which stay when the Pods go.
pub(super) fn stateful_set(old: &StatefulSet, new: &StatefulSet, errors: &mut Errors) {
    let (Some(before), Some(after)) = (&old.spec, &new.spec) else { return };
    let munged = StatefulSetSpec {
        replicas: before.replicas,
        template: before.template.clone(),
        update_strategy: before.update_strategy.clone(),
        min_ready_seconds: before.min_ready_seconds,
        ordinals: before.ordinals.clone(),
        revision_history_limit: before.revision_history_limit,
        persistent_volume_claim_retention_policy: before.persistent_volume_claim_retention_policy.clone(),
        ..after.clone()
    };
    if munged != *before {
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
            'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' \
            are forbidden";
        errors.forbidden("update/statefulset", &Path::ROOT.field("spec"), detail);
    }
}
