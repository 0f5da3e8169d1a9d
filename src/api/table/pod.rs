//! The row of a Pod: READY, STATUS and RESTARTS (kubernetes: printers.go printPod, 1.36).

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, ContainerStatus};
use k8s_openapi::jiff::Timestamp;

use super::age::{age, human_duration};
use crate::api::Pod;
use crate::api::containers::is_sidecar;

/// What the row of a Pod is made of, before it is text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodRow {
    /// How many containers are ready.
    pub ready: u32,
    /// How many count: app containers and sidecars.
    pub total: u32,
    /// STATUS.
    pub status: String,
    /// How often containers were restarted.
    pub restarts: i32,
    /// When the newest of the instances before ended.
    pub last_restart: Option<Timestamp>,
}

impl PodRow {
    /// The cell READY (`1/2`).
    pub fn ready_cell(&self) -> String {
        format!("{}/{}", self.ready, self.total)
    }

    /// The cell RESTARTS (`3 (20s ago)`).
    pub fn restarts_cell(&self, now: Timestamp) -> String {
        match self.last_restart {
            Some(then) if self.restarts != 0 => {
                format!("{} ({} ago)", self.restarts, human_duration(now.duration_since(then).as_secs()))
            }
            _ => self.restarts.to_string(),
        }
    }
}

fn terminated(state: Option<&ContainerState>) -> Option<&ContainerStateTerminated> {
    state.and_then(|state| state.terminated.as_deref())
}

fn waiting_reason(status: &ContainerStatus) -> &str {
    let waiting = status.state.as_ref().and_then(|state| state.waiting.as_ref());
    waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default()
}

/// What a terminated state is called: its reason, or its signal, or its exit code.
fn ended(state: &ContainerStateTerminated) -> String {
    match (state.reason.as_deref().unwrap_or_default(), state.signal.unwrap_or_default()) {
        ("", 0) => format!("ExitCode:{}", state.exit_code),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn last_end(status: &ContainerStatus) -> Option<Timestamp> {
    terminated(status.last_state.as_deref())?.finished_at.as_ref().map(|time| time.0)
}

/// Computes READY, STATUS and RESTARTS from spec and status.
pub fn pod_row(pod: &Pod) -> PodRow {
    let (spec, status) = (&pod.spec, &pod.status);
    let init_spec = spec.init_containers.as_deref().unwrap_or_default();
    let condition = |name: &str| status.conditions.iter().flatten().find(|condition| condition.type_ == name);
    let phase = status.phase.as_deref().unwrap_or_default();
    let status_reason = status.reason.as_deref().unwrap_or_default();

    let sidecars = init_spec.iter().filter(|container| is_sidecar(container)).count();
    let total = u32::try_from(spec.containers.len() + sidecars).unwrap_or(u32::MAX);
    let mut reason = if status_reason.is_empty() { phase.to_owned() } else { status_reason.to_owned() };
    if condition("PodScheduled").is_some_and(|condition| condition.reason.as_deref() == Some("SchedulingGated")) {
        reason = "SchedulingGated".to_owned();
    }

    let (mut ready, mut initializing) = (0, false);
    let (mut restarts, mut last_restart) = (0_i32, None);
    let (mut sidecar_restarts, mut sidecar_last) = (0_i32, None);
    for (number, container) in status.init_container_statuses.iter().flatten().enumerate() {
        let sidecar = init_spec.iter().any(|spec| spec.name == container.name && is_sidecar(spec));
        restarts = restarts.saturating_add(container.restart_count);
        last_restart = last_restart.max(last_end(container));
        if sidecar {
            sidecar_restarts = sidecar_restarts.saturating_add(container.restart_count);
            sidecar_last = sidecar_last.max(last_end(container));
        }
        match terminated(container.state.as_ref()) {
            Some(state) if state.exit_code == 0 => continue,
            _ if sidecar && container.started == Some(true) => {
                ready += u32::from(container.ready);
                continue;
            }
            Some(state) => reason = format!("Init:{}", ended(state)),
            None => {
                reason = match waiting_reason(container) {
                    "" | "PodInitializing" => format!("Init:{number}/{}", init_spec.len()),
                    waiting => format!("Init:{waiting}"),
                }
            }
        }
        initializing = true;
        break;
    }

    if !initializing || condition("Initialized").is_some_and(|condition| condition.status == "True") {
        (restarts, last_restart) = (sidecar_restarts, sidecar_last);
        let (mut running, mut error) = (false, None);
        for container in status.container_statuses.iter().flatten().rev() {
            restarts = restarts.saturating_add(container.restart_count);
            last_restart = last_restart.max(last_end(container));
            if !waiting_reason(container).is_empty() {
                reason = waiting_reason(container).to_owned();
            } else if let Some(state) = terminated(container.state.as_ref()) {
                reason = ended(state);
                if state.exit_code != 0 {
                    error = Some(reason.clone());
                }
            } else if container.ready && container.state.as_ref().is_some_and(|state| state.running.is_some()) {
                running = true;
                ready += 1;
            }
        }
        if reason == "Completed" {
            if running && condition("Ready").is_some_and(|condition| condition.status == "True") {
                reason = "Running".to_owned();
            } else if let Some(error) = error {
                reason = error;
            } else if running {
                reason = "NotReady".to_owned();
            }
        }
    }

    if pod.metadata.deletion_timestamp.is_some() {
        if status_reason == "NodeLost" {
            reason = "Unknown".to_owned();
        } else if phase != "Succeeded" && phase != "Failed" {
            reason = "Terminating".to_owned();
        }
    }
    PodRow { ready, total, status: reason, restarts, last_restart }
}

/// The cells of a Pod, the wide ones included.
pub(super) fn cells(pod: &Pod, now: Timestamp) -> Vec<String> {
    let row = pod_row(pod);
    let none = || "<none>".to_owned();
    let text = |value: Option<&Text>| value.filter(|value| !value.is_empty()).map(String::from).unwrap_or_else(none);
    let gates = pod.spec.readiness_gates.as_deref().unwrap_or_default();
    let passed = |name: &str| {
        pod.status.conditions.iter().flatten().any(|condition| condition.type_ == name && condition.status == "True")
    };
    let gates_cell = if gates.is_empty() {
        none()
    } else {
        format!("{}/{}", gates.iter().filter(|gate| passed(&gate.condition_type)).count(), gates.len())
    };
    let ip = pod.status.pod_ips.iter().flatten().next().map(|ip| &ip.ip);
    vec![
        pod.name().to_owned(),
        row.ready_cell(),
        row.status.clone(),
        row.restarts_cell(now),
        age(pod.metadata.creation_timestamp.as_ref(), now),
        text(ip),
        text(pod.spec.node_name.as_ref()),
        text(pod.status.nominated_node_name.as_ref()),
        gates_cell,
    ]
}
