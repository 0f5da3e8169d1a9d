//! The conditions of a Deployment (deployment_util.go). Their order is that in which they were last set.

use k8s_openapi::api::apps::v1::{DeploymentCondition, DeploymentStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

pub(super) const CREATED: &str = "NewReplicaSetCreated";
pub(super) const FOUND: &str = "FoundNewReplicaSet";
pub(super) const UPDATED: &str = "ReplicaSetUpdated";
pub(super) const AVAILABLE: &str = "NewReplicaSetAvailable";
pub(super) const TIMED_OUT: &str = "ProgressDeadlineExceeded";
pub(super) const FAILED_CREATE: &str = "ReplicaSetCreateError";
pub(super) const PAUSED: &str = "DeploymentPaused";
pub(super) const RESUMED: &str = "DeploymentResumed";

/// The condition `type_`.
pub(super) fn get<'a>(status: &'a DeploymentStatus, type_: &str) -> Option<&'a DeploymentCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

/// Sets a condition, at the end of the list; one with the same status and reason stays as it is. True where anything
/// changed.
pub(super) fn set(
    status: &mut DeploymentStatus,
    type_: &str,
    value: &str,
    reason: &str,
    message: String,
    now: &MetaTime,
) -> bool {
    let present = get(status, type_);
    if present.is_some_and(|it| it.status == value && it.reason.as_deref() == Some(reason)) {
        return false;
    }
    let since = present.filter(|it| it.status == value).and_then(|it| it.last_transition_time.clone());
    remove(status, type_);
    status.conditions.get_or_insert_default().push(DeploymentCondition {
        type_: type_.into(),
        status: value.into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        last_update_time: Some(now.clone()),
        last_transition_time: Some(since.unwrap_or_else(|| now.clone())),
    });
    true
}

/// Sets `Progressing` to True anew: its time of update moves, its time of transition stays where it was True.
pub(super) fn refresh(status: &mut DeploymentStatus, reason: &str, message: String, now: &MetaTime) {
    let since =
        get(status, "Progressing").filter(|it| it.status == "True").and_then(|it| it.last_transition_time.clone());
    remove(status, "Progressing");
    set(status, "Progressing", "True", reason, message, now);
    let condition = status.conditions.iter_mut().flatten().find(|it| it.type_ == "Progressing");
    if let (Some(condition), Some(since)) = (condition, since) {
        condition.last_transition_time = Some(since);
    }
}

/// Removes a condition.
pub(super) fn remove(status: &mut DeploymentStatus, type_: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|condition| condition.type_ != type_);
    }
    status.conditions = status.conditions.take().filter(|conditions| !conditions.is_empty());
}
