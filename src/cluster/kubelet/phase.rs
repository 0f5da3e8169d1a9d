//! The phase of a Pod (kubelet: kubelet_pods.go getPhase, 1.36).

use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodStatus};

use super::restart::{init_containers, restarts_after};
use crate::api::Pod;
use crate::api::containers::is_sidecar;

/// The reason that a container bears while all containers begin anew.
pub(super) const RESTARTING_ALL: &str = "RestartingAllContainers";

#[derive(Default)]
struct Counts {
    pending_init: u32,
    pending_sidecar: u32,
    failed_final: u32,
    waiting: u32,
    running: u32,
    stopped: u32,
    succeeded: u32,
    stopped_final: u32,
}

/// The phase that follows from the container statuses. `created` says that an app container was created in the present
/// sandbox, `terminal` that nothing runs any more and nothing will.
pub(super) fn of(pod: &Pod, status: &PodStatus, created: bool, terminal: bool) -> &'static str {
    let mut counts = Counts::default();
    let inits = status.init_container_statuses.as_deref().unwrap_or_default();
    let apps = status.container_statuses.as_deref().unwrap_or_default();
    for container in init_containers(pod) {
        let found = inits.iter().find(|status| status.name == container.name);
        if is_sidecar(container) { counts.sidecar(found) } else { counts.init(pod, container, found) }
    }
    for container in &pod.spec.containers {
        let found = apps.iter().find(|status| status.name == container.name);
        counts.app(pod, container, found);
    }
    counts.phase(terminal, created)
}

impl Counts {
    fn init(&mut self, pod: &Pod, container: &Container, status: Option<&ContainerStatus>) {
        let Some(status) = status else {
            self.pending_init += 1;
            return;
        };
        let state = status.state.clone().unwrap_or_default();
        let last = status.last_state.as_ref().and_then(|state| state.terminated.as_ref());
        let ended = match (&state.running, &state.terminated, &state.waiting) {
            (Some(_), ..) => None,
            (_, Some(terminated), _) => Some(terminated),
            _ => last,
        };
        let Some(ended) = ended else {
            self.pending_init += 1;
            return;
        };
        if ended.exit_code == 0 {
            return;
        }
        // One that will be tried again is pending no more: whatever else the Pod is decides then.
        let again = ended.reason.as_deref() == Some(RESTARTING_ALL) || restarts_after(pod, container, ended.exit_code);
        if !again {
            self.failed_final += 1;
        }
    }

    fn sidecar(&mut self, status: Option<&ContainerStatus>) {
        let Some(status) = status else {
            self.pending_sidecar += 1;
            return;
        };
        let state = status.state.clone().unwrap_or_default();
        let was = status.last_state.as_ref().is_some_and(|state| state.terminated.is_some());
        if state.running.is_some() {
            // `started` is filled in after the phase, so a running sidecar counts as pending here.
            self.running += 1;
            self.pending_sidecar += 1;
        } else if state.terminated.is_none() && !was {
            self.pending_sidecar += 1;
            self.waiting += 1;
        }
    }

    fn app(&mut self, pod: &Pod, container: &Container, status: Option<&ContainerStatus>) {
        let Some(status) = status else {
            self.waiting += 1;
            return;
        };
        let state = status.state.clone().unwrap_or_default();
        let last = status.last_state.as_ref().and_then(|state| state.terminated.as_ref());
        if state.running.is_some() {
            self.running += 1;
        } else if let Some(terminated) = &state.terminated {
            self.stopped += 1;
            self.succeeded += u32::from(terminated.exit_code == 0);
            self.stopped_final += u32::from(!restarts_after(pod, container, terminated.exit_code));
        } else if let Some(terminated) = last {
            self.stopped += 1;
            let again = terminated.reason.as_deref() == Some(RESTARTING_ALL)
                || restarts_after(pod, container, terminated.exit_code);
            self.stopped_final += u32::from(!again);
        } else {
            self.waiting += 1;
        }
    }

    fn phase(&self, terminal: bool, created: bool) -> &'static str {
        if self.failed_final > 0 {
            return "Failed";
        }
        if self.pending_init > 0 || (self.pending_sidecar > 0 && !created) || self.waiting > 0 {
            return "Pending";
        }
        if self.running > 0 {
            return "Running";
        }
        if self.stopped == 0 {
            return "Pending";
        }
        if terminal {
            return if self.succeeded == self.stopped { "Succeeded" } else { "Failed" };
        }
        if self.stopped_final < self.stopped {
            return "Running";
        }
        if self.succeeded == self.stopped { "Succeeded" } else { "Failed" }
    }
}
