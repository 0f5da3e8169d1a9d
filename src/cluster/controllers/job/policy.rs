//! What a Job's policies say about failed Pods and about success
//! (kubernetes: pkg/controller/job/{pod_failure_policy,success_policy,backoff_utils}.go).

use k8s_openapi::api::batch::v1::{JobSpec, PodFailurePolicyRule};
use k8s_openapi::api::core::v1::ContainerStatus;

use super::conditions::Verdict;
use super::indexes::Indexes;
use super::pods::{JobPod, Pods};
use crate::cluster::ObjectKey;

/// The first rule that matches a failed Pod: its place, itself, and what matched.
fn matching<'a>(pod: &JobPod, spec: &'a JobSpec) -> Option<(usize, &'a PodFailurePolicyRule, String)> {
    if pod.pod.status.phase.as_deref() != Some("Failed") {
        return None;
    }
    let rules = spec.pod_failure_policy.iter().flat_map(|policy| &policy.rules);
    rules.enumerate().find_map(|(at, rule)| {
        let by_code = rule.on_exit_codes.as_ref().and_then(|codes| {
            let statuses = pod.pod.status.container_statuses.iter().chain(&pod.pod.status.init_container_statuses);
            let mut ended = statuses.flatten().filter_map(|status: &ContainerStatus| {
                let code = status.state.as_ref()?.terminated.as_ref()?.exit_code;
                let named = codes.container_name.as_ref().is_none_or(|name| *name == status.name);
                Some((&status.name, code)).filter(|_| named && code != 0)
            });
            let (name, code) = ended.find(|(_, code)| match codes.operator.as_str() {
                "In" => codes.values.contains(code),
                "NotIn" => !codes.values.contains(code),
                _ => false,
            })?;
            let (namespace, pod) = (pod.pod.namespace(), pod.pod.name());
            Some(format!("Container {name} for pod {namespace}/{pod} failed with exit code {code}"))
        });
        let by_condition = rule.on_pod_conditions.as_ref().and_then(|patterns| {
            let conditions = pod.pod.status.conditions.iter().flatten();
            let met = conditions.into_iter().find(|condition| {
                patterns.iter().any(|pattern| {
                    pattern.type_ == condition.type_ && pattern.status.as_deref().unwrap_or("True") == condition.status
                })
            })?;
            Some(format!("Pod {}/{} has condition {}", pod.pod.namespace(), pod.pod.name(), met.type_))
        });
        by_code.or(by_condition).map(|what| (at, rule, what))
    })
}

/// Why the whole Job fails by its policy.
pub(super) fn fail_job(pods: &Pods, spec: &JobSpec, _job: &ObjectKey) -> Option<String> {
    pods.newly_failed.iter().find_map(|pod| {
        let (at, rule, what) = matching(pod, spec)?;
        (rule.action == "FailJob").then(|| format!("{what} matching FailJob rule at index {at}"))
    })
}

/// Whether a failed Pod does not count.
pub(super) fn ignored(pod: &JobPod, spec: &JobSpec) -> bool {
    matching(pod, spec).is_some_and(|(_, rule, _)| rule.action == "Ignore")
}

/// The indexes that have failed for good.
pub(super) fn failed_indexes(pods: &Pods, spec: &JobSpec) -> Vec<usize> {
    let limit = u32::try_from(spec.backoff_limit_per_index.unwrap_or(i32::MAX)).unwrap_or(u32::MAX);
    let over = |pod: &&JobPod| {
        let by_rule = matching(pod, spec).is_some_and(|(_, rule, _)| rule.action == "FailIndex");
        by_rule || (pod.before.0 >= limit && !ignored(pod, spec))
    };
    pods.newly_failed.iter().filter(over).filter_map(|pod| pod.index).collect()
}

/// The verdict where the success policy is met.
pub(super) fn success(spec: &JobSpec, succeeded: &Indexes) -> Option<Verdict> {
    let rules = spec.success_policy.iter().flat_map(|policy| &policy.rules);
    rules.enumerate().find_map(|(at, rule)| {
        let wanted = rule.succeeded_indexes.as_deref().map(|text| Indexes::parse(Some(text)));
        let count = rule.succeeded_count.and_then(|count| usize::try_from(count).ok());
        let met = match (&wanted, count) {
            (Some(wanted), Some(count)) => succeeded.common(wanted) >= count,
            (Some(wanted), None) => succeeded.common(wanted) >= wanted.len(),
            (None, Some(count)) => succeeded.len() >= count,
            (None, None) => false,
        };
        met.then(|| Verdict {
            succeeded: true,
            reason: "SuccessPolicy".to_owned(),
            message: format!("Matched rules at index {at}"),
        })
    })
}
