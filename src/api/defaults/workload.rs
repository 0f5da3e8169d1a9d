//! Defaults of the kinds that keep Pods running.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{fill, gates, pod, storage};

pub(super) fn deployment(deployment: &mut Deployment) {
    let spec = deployment.spec.get_or_insert_default();
    fill::pointer(&mut spec.replicas, 1);
    let strategy = spec.strategy.get_or_insert_default();
    fill::text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let rolling = strategy.rolling_update.get_or_insert_default();
        fill::pointer(&mut rolling.max_unavailable, IntOrString::String("25%".to_owned()));
        fill::pointer(&mut rolling.max_surge, IntOrString::String("25%".to_owned()));
    }
    fill::pointer(&mut spec.revision_history_limit, 10);
    fill::pointer(&mut spec.progress_deadline_seconds, 600);
    pod::template(&mut spec.template);
}

pub(super) fn replica_set(set: &mut ReplicaSet) {
    let spec = set.spec.get_or_insert_default();
    fill::pointer(&mut spec.replicas, 1);
    pod::template(spec.template.get_or_insert_default());
}

pub(super) fn stateful_set(set: &mut StatefulSet) {
    gates::stateful_set(set);
    let spec = set.spec.get_or_insert_default();
    fill::pointer(&mut spec.service_name, Default::default());
    fill::text(&mut spec.pod_management_policy, "OrderedReady");
    let strategy = spec.update_strategy.get_or_insert_default();
    if strategy.type_.as_deref().is_none_or(str::is_empty) {
        strategy.type_ = Some("RollingUpdate".into());
        fill::pointer(&mut strategy.rolling_update, Default::default());
    }
    if let (Some("RollingUpdate"), Some(rolling)) = (strategy.type_.as_deref(), &mut strategy.rolling_update) {
        fill::pointer(&mut rolling.partition, 0);
    }
    let retention = spec.persistent_volume_claim_retention_policy.get_or_insert_default();
    fill::text(&mut retention.when_deleted, "Retain");
    fill::text(&mut retention.when_scaled, "Retain");
    fill::pointer(&mut spec.replicas, 1);
    fill::pointer(&mut spec.revision_history_limit, 10);
    for claim in spec.volume_claim_templates.iter_mut().flatten() {
        storage::claim_template(claim);
    }
    pod::template(&mut spec.template);
}

pub(super) fn daemon_set(set: &mut DaemonSet) {
    let spec = set.spec.get_or_insert_default();
    let strategy = spec.update_strategy.get_or_insert_default();
    fill::text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let rolling = strategy.rolling_update.get_or_insert_default();
        fill::pointer(&mut rolling.max_unavailable, IntOrString::Int(1));
        fill::pointer(&mut rolling.max_surge, IntOrString::Int(0));
    }
    fill::pointer(&mut spec.revision_history_limit, 10);
    pod::template(&mut spec.template);
}
