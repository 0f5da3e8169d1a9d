//! What a sync does to the runtime (kubelet: kuberuntime_manager.go computePodActions,
//! kuberuntime_container.go computeInitContainerActions, 1.36).

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::Container;

use super::probes::{Health, Results};
use super::restart::{
    all_restart, has_sidecar, init_containers, init_failed, pod_policy, restarts_when_killed, should_start,
    triggers_all,
};
use crate::api::Pod;
use crate::api::containers::is_sidecar;
use crate::cluster::probe_kind::ProbeKind;
use crate::cluster::runtime::{Instance, PodView, State};

/// Why a container is killed by a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KillReason {
    /// Its startup probe failed.
    Startup,
    /// Its liveness probe failed.
    Liveness,
    /// Anything else.
    Other,
}

/// A container to kill.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ToKill {
    pub id: u64,
    /// The text of the event.
    pub message: String,
    pub reason: KillReason,
}

/// What a sync will do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Actions {
    /// Kill whatever runs, with the sandbox.
    pub kill_pod: bool,
    pub create_sandbox: bool,
    /// Whether the sandbox takes the place of one before.
    pub sandbox_changed: bool,
    /// Instances to remove, in order, so that all containers begin anew; nothing else is done then.
    pub reset: Vec<u64>,
    pub kill: Vec<ToKill>,
    /// Indices into the ephemeral, init and app containers.
    pub start_ephemeral: Vec<usize>,
    pub start_init: Vec<usize>,
    pub start: Vec<usize>,
}

/// What to do about `pod` when the runtime has `view` and the probes said `results`. `resized` names the containers
/// that must be started anew to be given their new resources.
pub(super) fn compute(pod: &Pod, view: &PodView, results: &Results, resized: &[Text]) -> Actions {
    let mut actions = Actions::default();
    if all_restart(pod, view) {
        actions.reset = reset_order(pod, view);
        return actions;
    }
    let ready = view.sandboxes.iter().filter(|sandbox| sandbox.ready).count();
    let newest_ready = view.sandboxes.first().is_some_and(|sandbox| sandbox.ready);
    if ready != 1 || !newest_ready {
        new_sandbox(pod, view, &mut actions);
        return actions;
    }
    for (index, container) in pod.spec.ephemeral_containers.as_deref().unwrap_or_default().iter().enumerate() {
        if view.newest(&container.name).is_none() {
            actions.start_ephemeral.push(index);
        }
    }
    let initialized = init_actions(pod, view, results, resized, &mut actions);
    if actions.kill_pod || !initialized {
        return actions;
    }
    let mut kept = 0;
    for (index, container) in pod.spec.containers.iter().enumerate() {
        let Some(running) = view.newest(&container.name).filter(|instance| instance.state == State::Running) else {
            if should_start(pod, container, view) {
                actions.start.push(index);
            }
            continue;
        };
        let mut restart = restarts_when_killed(pod, container);
        let (mut message, reason) = if changed(container, running) {
            restart = true;
            (format!("Container {} definition changed", container.name), KillReason::Other)
        } else if results.failed(running, ProbeKind::Liveness) {
            (format!("Container {} failed liveness probe", container.name), KillReason::Liveness)
        } else if results.failed(running, ProbeKind::Startup) {
            (format!("Container {} failed startup probe", container.name), KillReason::Startup)
        } else if resized.contains(&container.name) {
            let message = resize_message(container);
            actions.kill.push(ToKill { id: running.id, message, reason: KillReason::Other });
            actions.start.push(index);
            continue;
        } else {
            kept += 1;
            continue;
        };
        if restart {
            message.push_str(", will be restarted");
            actions.start.push(index);
        }
        actions.kill.push(ToKill { id: running.id, message, reason });
    }
    if kept == 0 && actions.start.is_empty() {
        actions.kill_pod = true;
        actions.start_init.clear();
    }
    actions
}

/// Whether the running instance was made from another image than the manifest now says.
fn changed(container: &Container, running: &Instance) -> bool {
    container.image.as_deref().unwrap_or_default() != &*running.image
}

/// The kubelet's words for a container that must be started anew for its new resources (computePodResizeAction).
fn resize_message(container: &Container) -> String {
    format!("Container {} resize requires restart", container.name)
}

fn new_sandbox(pod: &Pod, view: &PodView, actions: &mut Actions) {
    actions.kill_pod = true;
    actions.create_sandbox = true;
    actions.sandbox_changed = !view.sandboxes.is_empty();
    if pod_policy(pod) == "Never" && !view.sandboxes.is_empty() && !view.instances.is_empty() {
        actions.create_sandbox = false;
        return;
    }
    let succeeded = |container: &Container| {
        container.restart_policy.as_deref().unwrap_or(pod_policy(pod)) == "OnFailure"
            && view
                .newest(&container.name)
                .is_some_and(|instance| instance.state == State::Exited && instance.exit_code == 0)
    };
    let start: Vec<usize> =
        pod.spec.containers.iter().enumerate().filter(|(_, c)| !succeeded(c)).map(|(index, _)| index).collect();
    if start.is_empty() && pod.spec.containers.iter().any(|container| view.newest(&container.name).is_some()) {
        actions.create_sandbox = false;
        return;
    }
    if init_containers(pod).is_empty() {
        actions.start = start;
    } else {
        actions.start_init.push(0);
    }
}

/// Decides about the init containers, from the last to the first; true when the app containers may run.
fn init_actions(pod: &Pod, view: &PodView, results: &Results, resized: &[Text], actions: &mut Actions) -> bool {
    let containers = init_containers(pod);
    if containers.is_empty() {
        return true;
    }
    let mut initialized = pod
        .spec
        .containers
        .iter()
        .any(|container| view.newest(&container.name).is_some_and(|instance| instance.state != State::Exited));
    let mut previously = initialized;
    let last = containers.len() - 1;
    for (index, container) in containers.iter().enumerate().rev() {
        let Some(instance) = view.newest(&container.name) else {
            if previously && is_sidecar(container) {
                actions.start_init.push(index);
            }
            continue;
        };
        if previously && !is_sidecar(container) {
            continue;
        }
        match instance.state {
            State::Created => actions.start_init.push(index),
            State::Running if is_sidecar(container) => {
                let place = (index, last, previously);
                running_sidecar(container, place, &mut initialized, instance, (results, resized), actions);
            }
            State::Running => {}
            State::Exited if is_sidecar(container) => actions.start_init.push(index),
            State::Exited if init_failed(instance) => {
                let code = if instance.exit_code == 0 { 137 } else { instance.exit_code };
                if !super::restart::restarts_after(pod, container, code) {
                    actions.kill_pod = true;
                    actions.start_init.clear();
                    return false;
                }
                actions.start_init.push(index);
            }
            State::Exited if index == last => initialized = true,
            State::Exited => actions.start_init.push(index + 1),
        }
        previously = true;
    }
    if !previously {
        actions.start_init.push(0);
    }
    collections::sort(&mut actions.start_init);
    actions.start_init.dedup();
    initialized
}

/// One branch of the walk, taken out to be read: `index` is the sidecar's place and `last` that of the last init container.
fn running_sidecar(
    container: &Container,
    (index, last, previously): (usize, usize, bool),
    initialized: &mut bool,
    instance: &Instance,
    (results, resized): (&Results, &[Text]),
    actions: &mut Actions,
) {
    let mut kill = |message: String, reason: KillReason| {
        actions.kill.push(ToKill { id: instance.id, message, reason });
    };
    let name = &container.name;
    let mut restart = false;
    let started = match container.startup_probe {
        None => true,
        Some(_) => match results.get(instance, ProbeKind::Startup) {
            Some(Health::Success) => true,
            Some(Health::Failure) => {
                kill(format!("Init container {name} failed startup probe"), KillReason::Startup);
                restart = true;
                false
            }
            Some(Health::Unknown) | None => false,
        },
    };
    if started {
        if changed(container, instance) {
            kill(format!("Init container {name} definition changed"), KillReason::Other);
            restart = true;
        } else if results.failed(instance, ProbeKind::Liveness) {
            kill(format!("Init container {name} failed liveness probe"), KillReason::Liveness);
            restart = true;
        } else if resized.contains(name) {
            kill(resize_message(container), KillReason::Other);
            restart = true;
        }
        if index == last {
            *initialized = true;
        } else if !previously {
            actions.start_init.push(index + 1);
        }
    }
    if restart {
        actions.start_init.push(index);
    }
}

/// In which order the instances go when all containers are started again: those whose exit asked for it last.
fn reset_order(pod: &Pod, view: &PodView) -> Vec<u64> {
    let apps = pod.spec.containers.as_slice();
    let inits = init_containers(pod);
    let groups = [(apps, false), (inits, false), (apps, true), (inits, true)];
    let mut order = Vec::new();
    for (containers, trigger) in groups {
        for container in containers.iter().filter(|container| triggers_all(container, view) == trigger) {
            let instances = view.instances.iter().filter(|instance| *instance.name == *container.name);
            order.extend(instances.map(|instance| instance.id));
        }
    }
    order
}

/// Whether the containers of the Pod stop one after another.
pub(super) fn stops_in_order(pod: &Pod) -> bool {
    has_sidecar(pod)
}
