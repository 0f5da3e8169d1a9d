//! Rules on CronJobs (kubernetes: pkg/apis/batch/validation/validation.go ValidateCronJobCreate, 1.36).

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, JobSpec};

use super::errors::{Errors, Shown};
use super::{go, job, metadata, names, numbers, shown};
use crate::api::cron::Schedule;
use crate::api::{Path, time_zones};

/// A Job's name is its CronJob's with eleven characters more, and may have 63.
const MAX_NAME: usize = 52;

/// Every rule of a CronJob.
pub fn validate(cron_job: &CronJob, errors: &mut Errors) {
    let at_metadata = Path::ROOT.field("metadata");
    metadata::validate(&cron_job.metadata, true, names::dns1123_subdomain, &at_metadata, errors);
    spec(cron_job, errors);
    name(cron_job, &at_metadata, errors);
}

/// The rules of a CronJob but those of its metadata.
pub fn spec(cron_job: &CronJob, errors: &mut Errors) {
    let spec = &cron_job.spec;
    let path = Path::ROOT.field("spec");
    schedule(spec, &path, errors);
    let deadline = spec.starting_deadline_seconds;
    numbers::not_negative("cronjob/counts", deadline, &path.field("startingDeadlineSeconds"), errors);
    time_zone(spec, &path, errors);
    concurrency(spec, &path, errors);
    if let Some(it) = &spec.job_template.spec {
        let template = path.field("jobTemplate");
        let at = template.field("spec");
        job::spec_rules(it, &at, errors);
        selector(it, &at, errors);
    }
    history(spec, &path, errors);
}

/// `cronjob/name`: the Jobs' names are made from the CronJob's, so it has at most 52 characters.
fn name(cron_job: &CronJob, at_metadata: &Path<'_>, errors: &mut Errors) {
    let name = metadata::effective_name(&cron_job.metadata);
    if name.len() > MAX_NAME {
        let detail = "must be no more than 52 characters";
        errors.invalid("cronjob/name", &at_metadata.field("name"), &name, detail);
    }
}

/// `cronjob/schedule`: five fields (minute, hour, day of month, month, day of week) or a word such as `@hourly`; the
/// time zone has a field of its own.
///
/// Bad:
/// ```yaml
/// kind: CronJob
/// spec: {schedule: "61 * * * *"}
/// ```
/// Good:
/// ```yaml
/// kind: CronJob
/// spec: {schedule: "*/5 9-17 * * MON-FRI"}
/// ```
fn schedule(spec: &CronJobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "cronjob/schedule";
    let at = path.field("schedule");
    let text = spec.schedule.as_str();
    if text.is_empty() {
        errors.required(CODE, &at, "");
        return;
    }
    if let Err(fault) = Schedule::parse(text) {
        errors.invalid(CODE, &at, text, &fault.to_string());
    }
    if text.contains("TZ") {
        errors.invalid(CODE, &at, text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    }
}

/// `cronjob/time-zone`: the name of a place, as the IANA data base has it.
///
/// Bad:
/// ```yaml
/// kind: CronJob
/// spec: {timeZone: Berlin}
/// ```
/// Good:
/// ```yaml
/// kind: CronJob
/// spec: {timeZone: Europe/Berlin}
/// ```
fn time_zone(spec: &CronJobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "cronjob/time-zone";
    let Some(zone) = &spec.time_zone else { return };
    let at = path.field("timeZone");
    if zone.is_empty() {
        errors.invalid(CODE, &at, zone, "timeZone must be nil or non-empty string");
    } else if zone.eq_ignore_ascii_case("local") {
        let detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        errors.invalid(CODE, &at, zone, detail);
    } else if let Some(fault) = time_zones::fault(zone) {
        errors.invalid(CODE, &at, zone, &fault);
    }
}

/// `cronjob/concurrency`: what happens when a Job is due while the last one runs.
///
/// Bad:
/// ```yaml
/// kind: CronJob
/// spec: {concurrencyPolicy: Skip}
/// ```
/// Good:
/// ```yaml
/// kind: CronJob
/// spec: {concurrencyPolicy: Forbid}
/// ```
fn concurrency(spec: &CronJobSpec, path: &Path<'_>, errors: &mut Errors) {
    let policy = go::text(&spec.concurrency_policy);
    if !matches!(policy, "Allow" | "Forbid" | "Replace") {
        let at = path.field("concurrencyPolicy");
        errors.not_supported("cronjob/concurrency", &at, policy, &["Allow", "Forbid", "Replace"]);
    }
}

/// `cronjob/selector`: each Job gets a selector of its own, so the template has none.
///
/// Bad:
/// ```yaml
/// kind: CronJob
/// spec: {jobTemplate: {spec: {selector: {matchLabels: {app: a}}}}}
/// ```
/// Good:
/// ```yaml
/// kind: CronJob
/// spec: {jobTemplate: {spec: {completions: 1}}}
/// ```
fn selector(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "cronjob/selector";
    if let Some(selector) = &spec.selector {
        let value = shown::selector(selector);
        errors.invalid(CODE, &path.field("selector"), Shown::Json(&value), "`selector` will be auto-generated");
    }
    if spec.manual_selector == Some(true) {
        errors.not_supported_value(CODE, &path.field("manualSelector"), Shown::Bool(true), &["nil", "false"]);
    }
}

/// `cronjob/counts`: times and counts are not negative.
///
/// Bad:
/// ```yaml
/// kind: CronJob
/// spec: {failedJobsHistoryLimit: -1}
/// ```
/// Good:
/// ```yaml
/// kind: CronJob
/// spec: {failedJobsHistoryLimit: 0}
/// ```
fn history(spec: &CronJobSpec, path: &Path<'_>, errors: &mut Errors) {
    for (name, value) in [
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit),
    ] {
        numbers::not_negative("cronjob/counts", value.map(i64::from), &path.field(name), errors);
    }
}
