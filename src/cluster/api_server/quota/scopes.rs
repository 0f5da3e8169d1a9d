//! Which objects a quota counts at all (kubernetes: pkg/quota/v1/evaluator/core/pods.go podMatchesScopeFunc, 1.36).

use k8s_openapi::api::core::v1::PodAffinityTerm;

use crate::api::{Object, Pod, View, resources};

/// Whether the quota counts `object`: each of its scopes and each expression of its scope selector has to hold. Scopes
/// tell Pods apart; what is no Pod is not counted where there is one (generic/evaluator.go MatchesNoScopeFunc).
pub(super) fn matches(quota: View<'_>, object: &Object) -> bool {
    let mut scopes = quota.at("spec.scopes").items();
    let mut expressions = quota.at("spec.scopeSelector.matchExpressions").items();
    let Object::Pod(pod) = object else { return scopes.len() == 0 && expressions.len() == 0 };
    scopes.all(|scope| holds(scope.str(), View(None), pod))
        && expressions.all(|expression| holds(expression.at("scopeName").str(), expression, pod))
}

/// Whether one scope holds for a Pod; of operators and values only the class of priority knows.
fn holds(scope: &str, expression: View<'_>, pod: &Pod) -> bool {
    let terminating = pod.spec.active_deadline_seconds.is_some_and(|seconds| seconds >= 0);
    let best_effort = resources::qos_class(&pod.spec) == "BestEffort";
    match scope {
        "Terminating" => terminating,
        "NotTerminating" => !terminating,
        "BestEffort" => best_effort,
        "NotBestEffort" => !best_effort,
        "PriorityClass" => {
            let class = pod.spec.priority_class_name.as_deref().filter(|class| !class.is_empty());
            let listed = class.is_some_and(|class| expression.at("values").items().any(|value| value.str() == class));
            match expression.at("operator").or("Exists").as_str() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => class.is_some(),
                "DoesNotExist" => class.is_none(),
                _ => false,
            }
        }
        "CrossNamespacePodAffinity" => crosses(pod),
        _ => false,
    }
}

/// Whether its affinities look at the Pods of other namespaces (usesCrossNamespacePodAffinity).
fn crosses(pod: &Pod) -> bool {
    let Some(affinity) = &pod.spec.affinity else { return false };
    let (near, far) = (affinity.pod_affinity.as_ref(), affinity.pod_anti_affinity.as_ref());
    let required = [
        near.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_deref()),
        far.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_deref()),
    ];
    let preferred = [
        near.and_then(|it| it.preferred_during_scheduling_ignored_during_execution.as_deref()),
        far.and_then(|it| it.preferred_during_scheduling_ignored_during_execution.as_deref()),
    ];
    let far_off = |term: &PodAffinityTerm| {
        term.namespaces.as_ref().is_some_and(|names| !names.is_empty()) || term.namespace_selector.is_some()
    };
    required.into_iter().flatten().flatten().any(far_off)
        || preferred.into_iter().flatten().flatten().any(|weighted| far_off(&weighted.pod_affinity_term))
}
