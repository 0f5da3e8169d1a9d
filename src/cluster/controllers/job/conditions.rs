//! The conditions of a Job.

use k8s_openapi::api::batch::v1::{JobCondition, JobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

/// How a Job ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub succeeded: bool,
    pub reason: String,
    pub message: String,
}

impl Verdict {
    /// It fails.
    pub fn failed(reason: &str, message: String) -> Self {
        Self { succeeded: false, reason: reason.to_owned(), message }
    }

    /// The verdict that is written down already.
    pub fn again(condition: &JobCondition, succeeded: bool) -> Self {
        Self {
            succeeded,
            reason: condition.reason.clone().unwrap_or_default().to_string(),
            message: condition.message.clone().unwrap_or_default().to_string(),
        }
    }

    /// The condition that announces it, and the one that ends the Job.
    pub fn types(&self) -> (&'static str, &'static str) {
        if self.succeeded { ("SuccessCriteriaMet", "Complete") } else { ("FailureTarget", "Failed") }
    }
}

/// The condition `type_`, where it is set at all.
pub(super) fn get<'a>(status: &'a JobStatus, type_: &str) -> Option<&'a JobCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

/// The condition that ended the Job.
pub(super) fn finished(status: &JobStatus) -> Option<&JobCondition> {
    let mut conditions = status.conditions.iter().flatten();
    conditions.find(|condition| matches!(condition.type_.as_str(), "Complete" | "Failed") && condition.status == "True")
}

/// Sets a condition; one that is there keeps its place.
pub(super) fn set(status: &mut JobStatus, type_: &str, value: &str, reason: &str, message: &str, now: &MetaTime) {
    let condition = JobCondition {
        type_: type_.into(),
        status: value.into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        last_probe_time: Some(now.clone()),
        last_transition_time: Some(now.clone()),
    };
    let conditions = status.conditions.get_or_insert_default();
    match conditions.iter_mut().find(|present| present.type_ == type_) {
        Some(present) if present.status == value => {}
        Some(present) => *present = condition,
        None => conditions.push(condition),
    }
}
