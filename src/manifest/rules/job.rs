//! Rules on Jobs (kubernetes: pkg/apis/batch/validation/validation.go, 1.36).

use k8s_openapi::Text;
use k8s_openapi::api::batch::v1::{Job, JobSpec};

use super::errors::{Errors, Shown};
use super::{go, job_policies, metadata, names, numbers, pod, selectors, shown, workload};
use crate::api::{Path, admission};

/// Limits of Indexed Jobs: what the controller can track in one status.
const MAX_INDEXED_PARALLELISM: i32 = 100_000;
const MAX_FAILED_INDEXES: i32 = 100_000;
const MANY_COMPLETIONS: i32 = 100_000;
const MAX_WITH_MANY_COMPLETIONS: i32 = 10_000;

/// Stands for the uid, which a Job has only once it is stored; errors show it as `<uid>`.
const STAND_IN_UID: &str = "00000000-0000-0000-0000-000000000000";

/// Every rule of a Job. The server makes the selector and its labels before it validates, so that is done here too.
pub fn validate(job: &Job, errors: &mut Errors) {
    let mut job = job.clone();
    let unborn = go::text(&job.metadata.uid).is_empty();
    if unborn {
        job.metadata.uid = Some(STAND_IN_UID.into());
    }
    job.metadata.name = Some(Text::from(metadata::effective_name(&job.metadata))).filter(|name| !name.is_empty());
    let generated = job.metadata.generate_name.take();
    admission::generate_job_selector(&mut job);
    job.metadata.generate_name = generated;
    let mut found = Errors::new();
    complete(&job, &mut found);
    for mut error in found.into_vec() {
        if unborn && error.message.contains(STAND_IN_UID) {
            error.message = error.message.replace(STAND_IN_UID, "<uid>");
        }
        errors.push(error);
    }
}

fn complete(job: &Job, errors: &mut Errors) {
    let at_metadata = Path::ROOT.field("metadata");
    metadata::validate(&job.metadata, true, names::dns1123_subdomain, &at_metadata, errors);
    let Some(spec) = &job.spec else { return };
    let path = Path::ROOT.field("spec");
    generated_selector(job, spec, &path, errors);
    spec_and_selector(spec, &path, errors);
    hostname(job, spec, &at_metadata, errors);
}

/// `job/selector`: a Job's selector is made by the server, from the Job's uid; a hand-made one needs
/// `manualSelector: true` and must match the template.
///
/// Two Jobs with one hand-made selector would count each other's Pods.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {selector: {matchLabels: {app: a}}}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {completions: 1}
/// ```
fn generated_selector(job: &Job, spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/selector";
    let Some(selector) = spec.selector.as_ref().filter(|_| spec.manual_selector != Some(true)) else { return };
    let uid = go::text(&job.metadata.uid);
    let name = go::text(&job.metadata.name);
    let template = path.field("template");
    let at_metadata = template.field("metadata");
    let at = at_metadata.field("labels");
    let labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
    let mut expected = crate::api::labels::Labels::new();
    for (key, value) in [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ] {
        expected.insert(key.to_owned(), value.to_owned());
        let detail = ["must be '", value, "'"].concat();
        match labels.and_then(|labels| labels.get(key)) {
            None => errors.required(CODE, &at.key(key), &detail),
            Some(actual) if actual != value => {
                errors.invalid(CODE, &at.key(key), Shown::Json(&shown::labels(labels)), &detail);
            }
            Some(_) => {}
        }
    }
    if crate::api::labels::is_usable(selector) && !crate::api::labels::matches(Some(selector), Some(&expected)) {
        let value = shown::selector(selector);
        errors.invalid(CODE, &path.field("selector"), Shown::Json(&value), "`selector` not auto-generated");
    }
}

/// The rules of a stored Job's spec.
pub fn spec_and_selector(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    spec_rules(spec, path, errors);
    selector(spec, path, errors);
}

fn selector(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/selector";
    match &spec.selector {
        None => errors.required(CODE, &path.field("selector"), ""),
        Some(selector) => selectors::validate(Some(selector), &path.field("selector"), errors),
    }
    if spec.selector.as_ref().is_none_or(crate::api::labels::is_usable) {
        workload::matches(CODE, spec.selector.as_ref(), &spec.template, path, errors);
    }
}

/// The rules that a Job shares with the template of a CronJob.
pub fn spec_rules(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    counts(spec, path, errors);
    managed_by(spec, path, errors);
    completion_mode(spec, path, errors);
    job_policies::failure(spec, path, errors);
    job_policies::success(spec, path, errors);
    job_policies::replacement(spec, path, errors);
    let template = path.field("template");
    pod::validate_template(&spec.template, &template, errors);
    restart_policy(spec, &template, errors);
}

/// `job/counts`: counts and times are not negative; a limit of failed indexes needs a limit for each index.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {backoffLimit: -1}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {backoffLimit: 0}
/// ```
fn counts(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/counts";
    for (name, value) in [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("completions", spec.completions.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        ("ttlSecondsAfterFinished", spec.ttl_seconds_after_finished.map(i64::from)),
        ("backoffLimitPerIndex", spec.backoff_limit_per_index.map(i64::from)),
        ("maxFailedIndexes", spec.max_failed_indexes.map(i64::from)),
    ] {
        numbers::not_negative(CODE, value, &path.field(name), errors);
    }
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        errors.required(CODE, &path.field("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
        errors.related(&path.field("maxFailedIndexes"));
    }
}

/// `job/managed-by`: another controller than Kubernetes' own is named with its domain.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {managedBy: me}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {managedBy: example.com/me}
/// ```
fn managed_by(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/managed-by";
    let Some(name) = &spec.managed_by else { return };
    let at = path.field("managedBy");
    domain_prefixed_path(CODE, name, &at, errors);
    if name.len() > 63 {
        errors.too_long(CODE, &at, 63);
    }
}

/// A path behind a domain (apimachinery: util/validation/validation.go IsDomainPrefixedPath).
pub fn domain_prefixed_path(code: &'static str, text: &str, at: &Path<'_>, errors: &mut Errors) {
    match text.split_once('/') {
        _ if text.is_empty() => errors.required(code, at, ""),
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            errors.invalid_each(code, at, domain, names::dns1123_subdomain(domain));
            if !rest.split('/').all(is_path_part) {
                errors.invalid(code, at, rest, INVALID_PATH);
            }
        }
        _ => errors.invalid(code, at, text, "must be a domain-prefixed path (such as \"acme.io/foo\")"),
    }
}

/// What apimachinery says of a path after a domain (util/validation: IsDomainPrefixedPath).
const INVALID_PATH: &str = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";

fn is_path_part(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:".contains(&b))
}

/// `job/indexed`: an `Indexed` Job has a number of completions, and only such a Job counts failures by index.
///
/// The status holds the indexes as text; the limits keep it small.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {backoffLimitPerIndex: 1}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {completionMode: Indexed, completions: 3, backoffLimitPerIndex: 1}
/// ```
fn completion_mode(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/indexed";
    if let Some(mode) = spec.completion_mode.as_deref().filter(|mode| !matches!(*mode, "NonIndexed" | "Indexed")) {
        errors.not_supported(CODE, &path.field("completionMode"), mode, &["NonIndexed", "Indexed"]);
    }
    let (at_parallelism, at_failed) = (path.field("parallelism"), path.field("maxFailedIndexes"));
    if matches!(spec.completion_mode.as_deref(), None | Some("NonIndexed")) {
        for (value, at) in
            [(spec.backoff_limit_per_index, &path.field("backoffLimitPerIndex")), (spec.max_failed_indexes, &at_failed)]
        {
            if let Some(value) = value {
                errors.invalid(CODE, at, value, "requires indexed completion mode");
            }
        }
    }
    if spec.completion_mode.as_deref() != Some("Indexed") {
        return;
    }
    if spec.completions.is_none() {
        errors.required(CODE, &path.field("completions"), "when completion mode is Indexed");
    }
    if let Some(parallelism) = spec.parallelism.filter(|it| *it > MAX_INDEXED_PARALLELISM) {
        let detail = "must be less than or equal to 100000 when completion mode is Indexed";
        errors.invalid(CODE, &at_parallelism, parallelism, detail);
    }
    if let (Some(completions), Some(failed)) = (spec.completions, spec.max_failed_indexes)
        && failed > completions
    {
        errors.invalid(CODE, &at_failed, failed, "must be less than or equal to completions");
        errors.related(&path.field("completions"));
    }
    if let Some(failed) = spec.max_failed_indexes.filter(|it| *it > MAX_FAILED_INDEXES) {
        errors.invalid(CODE, &at_failed, failed, "must be less than or equal to 100000");
    }
    if spec.completions.is_some_and(|it| it > MANY_COMPLETIONS) && spec.backoff_limit_per_index.is_some() {
        const DETAIL: &str = "must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index";
        if spec.max_failed_indexes.is_none() {
            errors.required(CODE, &at_failed, "must be specified when completions is above 100000");
        }
        if let Some(parallelism) = spec.parallelism.filter(|it| *it > MAX_WITH_MANY_COMPLETIONS) {
            errors.invalid(CODE, &at_parallelism, parallelism, DETAIL);
        }
        if let Some(failed) = spec.max_failed_indexes.filter(|it| *it > MAX_WITH_MANY_COMPLETIONS) {
            errors.invalid(CODE, &at_failed, failed, DETAIL);
        }
    }
}

/// `job/restart-policy`: the Pods of a Job end, so their containers are restarted `OnFailure` or `Never`; a policy for
/// failed Pods needs `Never`.
///
/// Nothing written means `Always`, with which the Job would never complete.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {template: {spec: {restartPolicy: Always}}}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {template: {spec: {restartPolicy: Never}}}
/// ```
fn restart_policy(spec: &JobSpec, template: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/restart-policy";
    let policy = spec.template.spec.as_ref().map(|pod| go::text(&pod.restart_policy)).unwrap_or_default();
    let pod = template.field("spec");
    let at = pod.field("restartPolicy");
    match policy {
        "" | "Always" => errors.required(CODE, &at, "valid values: \"OnFailure\", \"Never\""),
        "Never" => {}
        "OnFailure" => {
            if spec.pod_failure_policy.is_some() {
                let detail = "only \"Never\" is supported when podFailurePolicy is specified";
                errors.invalid(CODE, &at, Shown::Named(policy), detail);
            }
        }
        _ => errors.not_supported(CODE, &at, policy, &["OnFailure", "Never"]),
    }
}

/// `job/index-hostname`: the Pods of an `Indexed` Job have host names that end in their index, and those are DNS labels.
fn hostname(job: &Job, spec: &JobSpec, at_metadata: &Path<'_>, errors: &mut Errors) {
    let last = spec.completions.filter(|count| *count > 0).map(|count| count - 1);
    if let (Some("Indexed"), Some(last)) = (spec.completion_mode.as_deref(), last) {
        let name = go::text(&job.metadata.name);
        let hostname = shown::with_number(&[name, "-"].concat(), i64::from(last), "");
        if !names::dns1123_label(&hostname).is_empty() {
            let detail = ["will not able to create pod with invalid DNS label: ", &hostname].concat();
            errors.invalid("job/index-hostname", &at_metadata.field("name"), name, &detail);
        }
    }
}
