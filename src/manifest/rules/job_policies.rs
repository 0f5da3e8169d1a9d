//! What a Job does about failed Pods, when it counts as successful, and when it replaces a Pod.

use k8s_openapi::api::batch::v1::{
    JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule,
    SuccessPolicy,
};

use super::errors::{Errors, Shown};
use super::{go, names, numbers, shown};
use crate::api::Path;
use crate::manifest::{Cause, FieldError};

const MAX_RULES: usize = 20;
const MAX_EXIT_CODES: usize = 255;
const MAX_INDEXES_BYTES: usize = 64 * 1024;

/// Every rule of `podFailurePolicy`.
pub fn failure(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    let Some(policy) = &spec.pod_failure_policy else { return };
    let policy_path = path.field("podFailurePolicy");
    let at = policy_path.field("rules");
    if policy.rules.len() > MAX_RULES {
        errors.too_many("job/failure-policy", &at, policy.rules.len(), MAX_RULES as i64);
    }
    for (i, rule) in policy.rules.iter().enumerate() {
        failure_rule(spec, rule, &at.index(i), errors);
    }
}

/// `job/failure-policy`: a rule has an action, and looks either at exit codes or at conditions of the Pod.
///
/// `FailIndex` gives up one index, so the Job must count failures by index.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {podFailurePolicy: {rules: [{action: FailJob}]}}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}}
/// ```
fn failure_rule(spec: &JobSpec, rule: &PodFailurePolicyRule, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/failure-policy";
    let at = path.field("action");
    match rule.action.as_str() {
        "" => errors.required(CODE, &at, "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]"),
        "FailIndex" => {
            if spec.backoff_limit_per_index.is_none() {
                errors.invalid(CODE, &at, Shown::Named("FailIndex"), "requires the backoffLimitPerIndex to be set");
            }
        }
        "Count" | "FailJob" | "Ignore" => {}
        action => errors.not_supported(CODE, &at, action, &["Count", "FailIndex", "FailJob", "Ignore"]),
    }
    if let Some(exit_codes) = &rule.on_exit_codes {
        on_exit_codes(spec, exit_codes, &path.field("onExitCodes"), errors);
    }
    let patterns = go::list(&rule.on_pod_conditions);
    if !patterns.is_empty() {
        on_conditions(patterns, &path.field("onPodConditions"), errors);
    }
    let detail = match (rule.on_exit_codes.is_some(), !patterns.is_empty()) {
        (true, true) => "specifying both OnExitCodes and OnPodConditions is not supported",
        (false, false) => "specifying one of OnExitCodes and OnPodConditions is required",
        _ => return,
    };
    // The server leaves the value out here.
    errors.push(FieldError::new(CODE, Cause::Invalid, path, ["Invalid value: ", detail].concat()));
}

/// `job/exit-codes`: exit codes are listed in order and once each, for a container of the Pod; 0 is no failure.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [0]}}]}}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1, 42]}}]}}
/// ```
fn on_exit_codes(spec: &JobSpec, rule: &PodFailurePolicyOnExitCodesRequirement, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/exit-codes";
    match rule.operator.as_str() {
        "" => errors.required(CODE, &path.field("operator"), "valid values: [\"In\" \"NotIn\"]"),
        "In" | "NotIn" => {}
        operator => errors.not_supported(CODE, &path.field("operator"), operator, &["In", "NotIn"]),
    }
    let pod = spec.template.spec.as_ref();
    if let Some(name) = &rule.container_name {
        let containers = pod.map(|pod| pod.containers.as_slice()).unwrap_or_default();
        let init = pod.and_then(|pod| pod.init_containers.as_deref()).unwrap_or_default();
        if containers.iter().chain(init).all(|container| container.name != *name) {
            let detail = "must be one of the container or initContainer names in the pod template";
            errors.invalid(CODE, &path.field("containerName"), name, detail);
        }
    }
    let at = path.field("values");
    if rule.values.is_empty() {
        errors.invalid(CODE, &at, Shown::Json("[]"), "at least one value is required");
    } else if rule.values.len() > MAX_EXIT_CODES {
        errors.too_many(CODE, &at, rule.values.len(), MAX_EXIT_CODES as i64);
    }
    let mut seen = collections::Set::new();
    for (i, value) in rule.values.iter().enumerate() {
        if *value == 0 && rule.operator == "In" {
            errors.invalid(CODE, &at.index(i), *value, "must not be 0 for the In operator");
        }
        if !seen.insert(*value) {
            errors.duplicate(CODE, &at.index(i), *value);
        }
    }
    if !rule.values.is_sorted() {
        errors.invalid(CODE, &at, Shown::Json(&shown::numbers(&rule.values)), "must be ordered");
    }
}

/// `job/pod-conditions`: a condition has a name and one of three states.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: Yes}]}]}}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}}
/// ```
fn on_conditions(patterns: &[PodFailurePolicyOnPodConditionsPattern], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/pod-conditions";
    if patterns.len() > MAX_RULES {
        errors.too_many(CODE, path, patterns.len(), MAX_RULES as i64);
    }
    for (i, pattern) in patterns.iter().enumerate() {
        let at = path.index(i);
        errors.invalid_each(CODE, &at.field("type"), &pattern.type_, names::qualified_name(&pattern.type_));
        match go::text(&pattern.status) {
            "" => errors.required(CODE, &at.field("status"), "valid values: [\"False\" \"True\" \"Unknown\"]"),
            "False" | "True" | "Unknown" => {}
            status => errors.not_supported(CODE, &at.field("status"), status, &["False", "True", "Unknown"]),
        }
    }
}

/// `job/success-policy`: an early success is told by indexes, by their number, or both, and within the completions.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {completionMode: Indexed, completions: 2, successPolicy: {rules: [{succeededCount: 5}]}}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {completionMode: Indexed, completions: 5, successPolicy: {rules: [{succeededIndexes: 0-2}]}}
/// ```
pub fn success(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "job/success-policy";
    let Some(policy) = &spec.success_policy else { return };
    let at_policy = path.field("successPolicy");
    if spec.completion_mode.as_deref() != Some("Indexed") {
        let value = shown_policy(policy);
        errors.invalid(CODE, &at_policy, Shown::Json(&value), "requires indexed completion mode");
        return;
    }
    let rules = policy.rules.as_slice();
    let at = at_policy.field("rules");
    if rules.is_empty() {
        errors.required(CODE, &at, "at least one rules must be specified when the successPolicy is specified");
    }
    if rules.len() > MAX_RULES {
        errors.too_many(CODE, &at, rules.len(), MAX_RULES as i64);
    }
    let completions = spec.completions.unwrap_or(0);
    for (i, rule) in rules.iter().enumerate() {
        let at = at.index(i);
        let mut total = 0;
        if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
            errors.required(CODE, &at, "at least one of succeededCount or succeededIndexes must be specified");
        }
        if let Some(indexes) = &rule.succeeded_indexes {
            let at = at.field("succeededIndexes");
            if indexes.len() > MAX_INDEXES_BYTES {
                errors.too_long(CODE, &at, MAX_INDEXES_BYTES as i64);
            }
            match count_indexes(indexes, completions) {
                Ok(count) => total = count,
                Err(fault) => {
                    let detail = ["error parsing succeededIndexes: ", &fault].concat();
                    errors.invalid(CODE, &at, indexes, &detail);
                }
            }
        }
        if let Some(count) = rule.succeeded_count {
            let at = at.field("succeededCount");
            numbers::not_negative(CODE, Some(i64::from(count)), &at, errors);
            if count > completions {
                let after = " (the number of specified completions)";
                let detail = shown::with_number("must be less than or equal to ", i64::from(completions), after);
                errors.invalid(CODE, &at, count, &detail);
            }
            if rule.succeeded_indexes.is_some() && i64::from(count) > total {
                let after = " (the number of indexes in the specified succeededIndexes field)";
                let detail = shown::with_number("must be less than or equal to ", total, after);
                errors.invalid(CODE, &at, count, &detail);
            }
        }
    }
}

fn shown_policy(policy: &SuccessPolicy) -> String {
    let rules: Vec<String> = policy
        .rules
        .as_slice()
        .iter()
        .map(|rule| {
            go::Struct::new()
                .optional_string("SucceededIndexes", &rule.succeeded_indexes)
                .optional_int("SucceededCount", rule.succeeded_count.map(i64::from))
                .finish()
        })
        .collect();
    go::Struct::new().raw("Rules", &["[", &rules.join(","), "]"].concat()).finish()
}

/// How many indexes `0,2-4` names (batch/validation: validateIndexesFormat).
fn count_indexes(text: &str, completions: i32) -> Result<i64, String> {
    let mut last: Option<i64> = None;
    let mut total = 0;
    if text.is_empty() {
        return Ok(0);
    }
    for interval in text.split(',') {
        let limits: Vec<&str> = interval.split('-').collect();
        if limits.len() > 2 {
            return Err(format!(
                "the fragment {interval:?} violates the requirement that an index interval can have at most two parts separated by '-'"
            ));
        }
        let mut start = None;
        for limit in limits {
            let index: i64 =
                limit.parse().map_err(|_| format!("cannot convert string to integer for index: {limit:?}"))?;
            if index >= i64::from(completions) {
                return Err(format!("too large index: {limit:?}"));
            }
            if let Some(last) = last.filter(|last| *last >= index) {
                return Err(format!("non-increasing order, previous: {last}, current: {index}"));
            }
            total += start.map_or(1, |start| index - start);
            start = Some(index);
            last = Some(index);
        }
    }
    Ok(total)
}

/// `job/replacement-policy`: a Pod is replaced when it has failed, or as soon as it goes; with a policy for failed Pods
/// only the former, for the policy must see how the Pod ended.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {podReplacementPolicy: Always}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {podReplacementPolicy: Failed}
/// ```
pub fn replacement(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    let Some(policy) = spec.pod_replacement_policy.as_deref() else { return };
    let supported: &[&str] =
        if spec.pod_failure_policy.is_some() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
    if !supported.contains(&policy) {
        errors.not_supported("job/replacement-policy", &path.field("podReplacementPolicy"), policy, supported);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes() {
        assert_eq!(count_indexes("0,2-4", 5), Ok(4));
        assert_eq!(count_indexes("", 5), Ok(0));
        assert_eq!(count_indexes("0-9", 2), Err("too large index: \"9\"".to_owned()));
        assert_eq!(count_indexes("3,1", 5), Err("non-increasing order, previous: 3, current: 1".to_owned()));
        assert_eq!(count_indexes("a", 5), Err("cannot convert string to integer for index: \"a\"".to_owned()));
    }
}
