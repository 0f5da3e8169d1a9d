//! Whether a container that ended is started again (kubelet: container/helpers.go ShouldContainerBeRestarted,
//! pkg/api/v1/pod/util.go, 1.36).

use k8s_openapi::api::core::v1::{Container, ContainerRestartRule};

use crate::api::containers::{in_order, is_sidecar};
use crate::api::{Pod, containers};
use crate::cluster::runtime::{Instance, PodView, State};

/// What a matching restart rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleAction {
    /// Start this container again.
    Restart,
    /// Start every container of the Pod again, from the first init container on.
    RestartAllContainers,
}

/// Whether any init container is a sidecar.
pub(super) fn has_sidecar(pod: &Pod) -> bool {
    init_containers(pod).iter().any(is_sidecar)
}

/// The init containers, sidecars among them.
pub(super) fn init_containers(pod: &Pod) -> &[Container] {
    containers::init(&pod.spec)
}

/// The Pod's restart policy, `Always` where none is written.
pub(super) fn pod_policy(pod: &Pod) -> &str {
    pod.spec.restart_policy.as_deref().unwrap_or("Always")
}

/// What the first matching rule says about an exit with `code`.
pub(super) fn rule(container: &Container, code: i32) -> Option<RuleAction> {
    let rules = container.restart_policy_rules.as_deref().unwrap_or_default();
    let rule = rules.iter().find(|rule| matches(rule, code))?;
    match rule.action.as_str() {
        "Restart" => Some(RuleAction::Restart),
        "RestartAllContainers" => Some(RuleAction::RestartAllContainers),
        _ => None,
    }
}

fn matches(rule: &ContainerRestartRule, code: i32) -> bool {
    let Some(codes) = &rule.exit_codes else { return false };
    let listed = codes.values.as_deref().unwrap_or_default().contains(&code);
    match codes.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        _ => false,
    }
}

/// Whether a container that exited with `code` is started again.
pub(super) fn restarts_after(pod: &Pod, container: &Container, code: i32) -> bool {
    if rule(container, code).is_some() {
        return true;
    }
    match container.restart_policy.as_deref().unwrap_or(pod_policy(pod)) {
        "Always" => true,
        "OnFailure" => code != 0,
        _ => false,
    }
}

/// Whether a container that the kubelet kills (a probe, a changed image) is started again: rules do not count.
pub(super) fn restarts_when_killed(pod: &Pod, container: &Container) -> bool {
    container.restart_policy.as_deref().unwrap_or(pod_policy(pod)) != "Never"
}

/// Whether the next sync starts `container`.
pub(super) fn should_start(pod: &Pod, container: &Container, view: &PodView) -> bool {
    if pod.metadata.deletion_timestamp.is_some() {
        return false;
    }
    match view.newest(&container.name) {
        None => true,
        Some(Instance { state: State::Running, .. }) => false,
        Some(Instance { state: State::Created, .. }) => true,
        Some(exited) => restarts_after(pod, container, exited.exit_code),
    }
}

/// Whether an init container's instance counts as failed.
pub(super) fn init_failed(instance: &Instance) -> bool {
    instance.state == State::Exited && (instance.exit_code != 0 || &*instance.reason == "OOMKilled")
}

/// Whether an exit in `view` asks for all containers to be started again.
pub(super) fn all_restart(pod: &Pod, view: &PodView) -> bool {
    pod.metadata.deletion_timestamp.is_none() && in_order(&pod.spec).any(|container| triggers_all(container, view))
}

/// Whether `container` is one whose exit asks for it.
pub(super) fn triggers_all(container: &Container, view: &PodView) -> bool {
    view.newest(&container.name).is_some_and(|instance| {
        instance.state == State::Exited && rule(container, instance.exit_code) == Some(RuleAction::RestartAllContainers)
    })
}

/// Whether any rule of the Pod could ask for it.
pub(super) fn may_restart_all(pod: &Pod) -> bool {
    in_order(&pod.spec)
        .flat_map(|container| container.restart_policy_rules.as_deref().unwrap_or_default())
        .any(|rule| rule.action == "RestartAllContainers")
}
