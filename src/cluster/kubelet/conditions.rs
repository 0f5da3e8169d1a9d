//! The conditions of a Pod (kubelet: status/generate.go, 1.36).

use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition, PodStatus};
use k8s_openapi::{Items, Text};

use super::restart::init_containers;
use super::status::is_terminal;
use crate::api::Pod;
use crate::api::containers::is_sidecar;
use crate::cluster::runtime::PodView;

/// Whether the kubelet owns conditions of this type (kubelet: types/pod_status.go).
pub(super) fn is_ours(type_: &str) -> bool {
    matches!(
        type_,
        "PodScheduled"
            | "PodReadyToStartContainers"
            | "Initialized"
            | "Ready"
            | "ContainersReady"
            | "PodResizePending"
            | "PodResizeInProgress"
            | "AllContainersRestarting"
    )
}

/// A condition without a reason.
pub(super) fn plain(type_: &'static str, holds: bool) -> PodCondition {
    PodCondition {
        type_: Text::constant(type_),
        status: Text::constant(if holds { "True" } else { "False" }),
        ..PodCondition::default()
    }
}

/// A condition with a reason and, where it is not empty, a message.
pub(super) fn because(
    type_: &'static str,
    holds: bool,
    reason: &'static str,
    message: impl AsRef<str>,
) -> PodCondition {
    let message = Some(message.as_ref()).filter(|message| !message.is_empty()).map(Text::from);
    PodCondition { reason: Some(Text::constant(reason)), message, ..plain(type_, holds) }
}

/// DisruptionTarget, as the kubelet sets it.
pub(super) fn terminated_by_kubelet(message: String) -> PodCondition {
    because("DisruptionTarget", true, "TerminationByKubelet", message)
}

/// PodReadyToStartContainers: the sandbox is there.
pub(super) fn ready_to_start(view: &PodView) -> PodCondition {
    plain("PodReadyToStartContainers", view.sandboxes.first().is_some_and(|sandbox| sandbox.ready))
}

/// AllContainersRestarting (GenerateAllContainersRestartingCondition).
pub(super) fn all_restarting(status: &PodStatus, holds: bool) -> PodCondition {
    const TYPE: &str = "AllContainersRestarting";
    match status.phase.as_deref() {
        Some("Succeeded") => because(TYPE, false, "PodCompleted", ""),
        Some("Failed") => because(TYPE, false, "PodFailed", ""),
        _ if holds => because(TYPE, true, "RestartAllContainersStarted", "container exited with restart policy rule"),
        _ => plain(TYPE, false),
    }
}

fn find<'a>(statuses: &'a Option<Items<ContainerStatus>>, name: &str) -> Option<&'a ContainerStatus> {
    statuses.iter().flatten().find(|status| status.name == name)
}

/// Initialized (GeneratePodInitializedCondition).
pub(super) fn initialized(pod: &Pod, status: &PodStatus, old: &PodStatus) -> PodCondition {
    let (mut unknown, mut incomplete) = (Vec::new(), Vec::new());
    for container in init_containers(pod) {
        match find(&status.init_container_statuses, &container.name) {
            None => unknown.push(container.name.as_str()),
            Some(found) => {
                let done = if is_sidecar(container) { found.started == Some(true) } else { found.ready };
                if !done {
                    incomplete.push(container.name.as_str());
                }
            }
        }
    }
    if status.phase.as_deref() == Some("Succeeded") && unknown.is_empty() {
        return because("Initialized", true, "PodCompleted", String::new());
    }
    let was = old.conditions.iter().flatten().any(|c| c.type_ == "Initialized" && c.status == "True");
    let app_ran = status.container_statuses.iter().flatten().any(|container| {
        container.state.as_ref().is_some_and(|state| state.running.is_some() || state.terminated.is_some())
    });
    if (was && !init_containers(pod).is_empty()) || app_ran || (unknown.is_empty() && incomplete.is_empty()) {
        return plain("Initialized", true);
    }
    because("Initialized", false, "ContainersNotInitialized", message("incomplete", &unknown, &incomplete))
}

/// The kubelet's words for those whose status is unknown, and those whose status is `what`. It is asked for at every look at
/// a Pod that is not ready, and so put together without detours.
fn message(what: &str, unknown: &[&str], others: &[&str]) -> String {
    let mut text = String::with_capacity(80);
    for (what, names) in [("unknown", unknown), (what, others)].into_iter().filter(|(_, names)| !names.is_empty()) {
        let between = if text.is_empty() { "" } else { ", " };
        [between, "containers with ", what, " status: ["].into_iter().for_each(|part| text.push_str(part));
        for (place, name) in names.iter().enumerate() {
            text.push_str(if place == 0 { "" } else { " " });
            text.push_str(name);
        }
        text.push(']');
    }
    text
}

/// Ready and ContainersReady (GeneratePodReadyCondition, GenerateContainersReadyCondition).
pub(super) fn readiness(pod: &Pod, status: &PodStatus) -> [PodCondition; 2] {
    let containers = containers_ready(pod, status);
    [ready(pod, &containers), containers]
}

fn containers_ready(pod: &Pod, status: &PodStatus) -> PodCondition {
    let type_ = "ContainersReady";
    if status.container_statuses.is_none() && !pod.spec.containers.is_empty() {
        return because(type_, false, "UnknownContainerStatuses", String::new());
    }
    let (mut unknown, mut unready) = (Vec::new(), Vec::new());
    let sidecars = init_containers(pod).iter().filter(|container| is_sidecar(container));
    let sidecars = sidecars.map(|container| (container, find(&status.init_container_statuses, &container.name)));
    let apps = pod.spec.containers.iter().map(|c| (c, find(&status.container_statuses, &c.name)));
    for (container, found) in sidecars.chain(apps) {
        match found {
            None => unknown.push(container.name.as_str()),
            Some(found) if !found.ready => unready.push(container.name.as_str()),
            Some(_) => {}
        }
    }
    match status.phase.as_deref() {
        Some("Succeeded") if unknown.is_empty() => return because(type_, false, "PodCompleted", String::new()),
        Some("Failed") => return because(type_, false, "PodFailed", String::new()),
        _ => {}
    }
    if unknown.is_empty() && unready.is_empty() {
        return plain(type_, true);
    }
    because(type_, false, "ContainersNotReady", message("unready", &unknown, &unready))
}

/// Ready: what is said of the containers, and the readiness gates.
fn ready(pod: &Pod, containers: &PodCondition) -> PodCondition {
    if containers.status != "True" {
        return PodCondition { type_: Text::constant("Ready"), ..containers.clone() };
    }
    let mut messages = Vec::new();
    for gate in pod.spec.readiness_gates.as_deref().unwrap_or_default() {
        let name = &gate.condition_type;
        let conditions = pod.status.conditions.iter().flatten();
        match conditions.into_iter().find(|condition| condition.type_ == *name) {
            None => {
                messages.push(format!("corresponding condition of pod readiness gate \"{name}\" does not exist."));
            }
            Some(condition) if condition.status != "True" => messages
                .push(format!("the status of pod readiness gate \"{name}\" is not \"True\", but {}", condition.status)),
            Some(_) => {}
        }
    }
    if messages.is_empty() {
        return plain("Ready", true);
    }
    because("Ready", false, "ReadinessGatesNotReady", messages.join(", "))
}

/// What a terminal phase makes of Ready and ContainersReady (status_manager.go mergePodStatus).
pub(super) fn not_ready_when_terminal(status: &mut PodStatus) {
    if !is_terminal(status) {
        return;
    }
    let reason = if status.phase.as_deref() == Some("Succeeded") { "PodCompleted" } else { "PodFailed" };
    for condition in status.conditions.iter_mut().flatten() {
        if matches!(condition.type_.as_str(), "Ready" | "ContainersReady") && condition.status == "True" {
            condition.status = Text::constant("False");
            condition.reason = Some(Text::constant(reason));
            condition.message = None;
        }
    }
}
