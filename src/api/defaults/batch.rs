//! Defaults of Jobs and CronJobs.

use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};

use super::{fill, pod};

/// A Job that asks for nothing runs one Pod once. (Without labels of its own it takes its template's;
/// that happens with the selector, see [`crate::api::admission::generate_job_selector`].)
pub(super) fn job(job: &mut Job) {
    let spec = job.spec.get_or_insert_default();
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    fill::pointer(&mut spec.parallelism, 1);
    let retries = if spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 };
    fill::pointer(&mut spec.backoff_limit, retries);
    fill::pointer(&mut spec.completion_mode, "NonIndexed".into());
    fill::pointer(&mut spec.suspend, false);
    fill::pointer(&mut spec.manual_selector, false);
    let replace = if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    fill::pointer(&mut spec.pod_replacement_policy, replace.into());
    job_spec(spec);
}

pub(super) fn cron_job(cron_job: &mut CronJob) {
    let spec = &mut cron_job.spec;
    fill::text(&mut spec.concurrency_policy, "Allow");
    fill::pointer(&mut spec.suspend, false);
    fill::pointer(&mut spec.successful_jobs_history_limit, 3);
    fill::pointer(&mut spec.failed_jobs_history_limit, 1);
    fill::pointer(&mut spec.job_template.metadata, Default::default());
    job_spec(spec.job_template.spec.get_or_insert_default());
}

/// What a Job and the template of a CronJob share.
fn job_spec(spec: &mut JobSpec) {
    for rule in spec.pod_failure_policy.iter_mut().flat_map(|policy| &mut policy.rules) {
        for pattern in rule.on_pod_conditions.iter_mut().flatten() {
            fill::text(&mut pattern.status, "True");
        }
    }
    pod::template(&mut spec.template);
}
