//! What a Pod asks of the Pods around it, as its spec has it.

use k8s_openapi::api::core::v1::{PodAffinityTerm, PodSpec, WeightedPodAffinityTerm};

/// The Pods that a Pod must be near.
pub(super) fn required(spec: &PodSpec) -> &[PodAffinityTerm] {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_affinity.as_ref());
    affinity.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_deref()).unwrap_or_default()
}

/// The Pods that it must not be near.
pub(super) fn required_anti(spec: &PodSpec) -> &[PodAffinityTerm] {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    affinity.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_deref()).unwrap_or_default()
}

/// The Pods that it had better be near.
pub(super) fn preferred(spec: &PodSpec) -> &[WeightedPodAffinityTerm] {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_affinity.as_ref());
    affinity.and_then(|it| it.preferred_during_scheduling_ignored_during_execution.as_deref()).unwrap_or_default()
}

/// The Pods that it had better not be near.
pub(super) fn preferred_anti(spec: &PodSpec) -> &[WeightedPodAffinityTerm] {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    affinity.and_then(|it| it.preferred_during_scheduling_ignored_during_execution.as_deref()).unwrap_or_default()
}

/// Whether a Pod asks to be kept from others.
pub(super) fn keeps_apart(spec: &PodSpec) -> bool {
    !required_anti(spec).is_empty()
}

/// Whether a Pod, once it is somewhere, has a say in where others had better go.
pub(super) fn has_wishes(spec: &PodSpec) -> bool {
    !(required(spec).is_empty() && preferred(spec).is_empty() && preferred_anti(spec).is_empty())
}
