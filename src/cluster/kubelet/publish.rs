//! From the status the kubelet has computed to the API (kubelet: status/status_manager.go, 1.36).

use std::time::Duration;

use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition, PodStatus};

use super::conditions;
use super::container_statuses::{lost, second};
use super::restart::init_containers;
use super::status::is_terminal;
use super::worker::{Life, Worker};
use super::{Cx, Timer};
use crate::api::containers::is_sidecar;
use crate::api::{Object, Pod};
use crate::cluster::{Propagation, Time, api_server};

impl Worker {
    /// Keeps `status`, and lets it be written when it is a new one; true when it is.
    pub(super) fn set_status(&mut self, mut status: PodStatus, cx: &mut Cx) -> bool {
        let old = self.status.clone().unwrap_or_else(|| self.pod.status.clone());
        let now = second(cx.world.now, cx.world.config.epoch);
        for condition in status.conditions.iter_mut().flatten() {
            let before = old.conditions.iter().flatten().find(|before| before.type_ == condition.type_);
            let same = before.filter(|before| before.status == condition.status);
            let since = same.and_then(|before| before.last_transition_time.clone());
            condition.last_transition_time = Some(since.unwrap_or_else(|| now.clone()));
        }
        if status.conditions == old.conditions {
            status.conditions = old.conditions.clone();
        }
        if old.start_time.is_some() {
            status.start_time = old.start_time.clone();
        }
        if status.start_time.is_none() {
            status.start_time = Some(now);
        }
        if self.started_at.is_none() {
            self.note_start(&status, cx);
        }
        if self.status.as_deref() == Some(&status) {
            return false;
        }
        self.status = Some(status.into());
        self.unpark_probes(cx);
        self.write_soon(cx);
        true
    }

    fn note_start(&mut self, status: &PodStatus, cx: &mut Cx) {
        let Some(start) = &status.start_time else { return };
        let seconds = start.0.as_second().saturating_sub(cx.world.config.epoch.as_second());
        let start = Time::from_micros(u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000));
        self.started_at = Some(start);
        self.watch_deadline(cx);
    }

    /// Lets the Pod be looked at when activeDeadlineSeconds is over; it may be set and lowered later.
    pub(super) fn watch_deadline(&mut self, cx: &mut Cx) {
        let seconds = self.seen.spec.active_deadline_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        if let (Some(start), Some(seconds)) = (self.started_at, seconds) {
            let after = cx.until_tick(start + Duration::from_secs(seconds));
            cx.timer(after, Timer::Deadline { pod: self.uid.clone() });
        }
    }

    /// Writes the status to the API after the usual while; what changes until then goes with it.
    pub(super) fn write_soon(&mut self, cx: &mut Cx) {
        if !self.write_due {
            self.write_due = true;
            let after = cx.world.config.latencies.status;
            cx.timer(after, Timer::Write { pod: self.uid.clone() });
        }
    }

    /// Writes the status, and deletes the Pod when it was waiting for nothing else (syncPod).
    pub(super) fn write(&mut self, cx: &mut Cx) {
        self.write_due = false;
        let Some(status) = self.status.clone() else { return };
        let key = self.key();
        let Some(pod) = cx.world.store.get(&key).and_then(Object::as_pod) else { return };
        if pod.uid() != &*self.uid {
            return;
        }
        // Nearly always nobody else has written anything: then the two are the same, and are kept once.
        let status = match is_alone(&pod.status, &status) {
            true => status,
            false => self.merge(&pod.status, status.as_ref().clone()).into(),
        };
        let deletable =
            self.life == Life::Finished && pod.metadata.deletion_timestamp.is_some() && is_terminal(&status);
        api_server::put_pod_status(cx.world, &key, status);
        if deletable {
            let _ = api_server::delete(cx.world, &key, Some(0), Propagation::Background);
        }
    }

    /// What is written: foreign conditions stay, a terminal phase waits for the last container (mergePodStatus).
    fn merge(&self, old: &PodStatus, mut new: PodStatus) -> PodStatus {
        let becomes_terminal = !is_terminal(old) && is_terminal(&new);
        let could_run = matches!(self.life, Life::Syncing | Life::Terminating) && self.pod_could_run();
        let foreign = old.conditions.iter().flatten().filter(|condition| !conditions::is_ours(&condition.type_));
        let mut list: Vec<PodCondition> = Vec::with_capacity(new.conditions.as_deref().map_or(0, <[_]>::len));
        list.extend(foreign.cloned());
        for condition in new.conditions.take().unwrap_or_default() {
            if conditions::is_ours(&condition.type_) {
                list.push(condition);
            } else if condition.type_ == "DisruptionTarget" && becomes_terminal && !could_run {
                list.retain(|other| other.type_ != condition.type_);
                list.push(condition);
            }
        }
        new.conditions = Some(list).filter(|list| !list.is_empty()).map(Into::into);
        new.nominated_node_name = old.nominated_node_name.clone();
        new.resource_claim_statuses = old.resource_claim_statuses.clone();
        if becomes_terminal && could_run {
            new.phase = old.phase.clone();
            new.reason = old.reason.clone();
            new.message = old.message.clone();
        }
        conditions::not_ready_when_terminal(&mut new);
        new
    }

    /// A Pod that was not admitted never ran.
    fn pod_could_run(&self) -> bool {
        !self.rejected
    }

    /// The last word: whatever has no end is given one (TerminatePod).
    pub(super) fn terminate_status(&mut self, cx: &mut Cx) {
        const MESSAGE: &str = "The container could not be located when the pod was terminated";
        let Some(status) = &self.status else { return };
        let mut status = status.as_ref().clone();
        if has_initialized(&self.pod) {
            end_all(status.container_statuses.as_deref_mut().unwrap_or_default(), MESSAGE);
        }
        let inits = status.init_container_statuses.as_deref_mut().unwrap_or_default();
        let began = inits
            .iter()
            .rposition(|c| !is_waiting(c) || c.last_state.as_ref().is_some_and(|state| state.terminated.is_some()))
            .map_or(1, |last| last + 1);
        let began = began.min(inits.len());
        if let Some(inits) = inits.get_mut(..began) {
            end_all(inits, MESSAGE);
        }
        if !is_terminal(&status) {
            status.phase = Some("Failed".into());
        }
        self.set_status(status, cx);
        self.write_due = false;
        self.write_soon(cx);
    }
}

/// Whether merging `new` into `old` would change nothing about it: nothing in them is of others, and it is not the end.
fn is_alone(old: &PodStatus, new: &PodStatus) -> bool {
    let ours = |status: &PodStatus| status.conditions.iter().flatten().all(|one| conditions::is_ours(&one.type_));
    !is_terminal(new)
        && new.conditions.is_some()
        && (ours(old) && ours(new))
        && old.nominated_node_name == new.nominated_node_name
        && old.resource_claim_statuses == new.resource_claim_statuses
}

fn is_waiting(container: &ContainerStatus) -> bool {
    container.state.as_ref().is_none_or(|state| state.running.is_none() && state.terminated.is_none())
}

fn end_all(containers: &mut [ContainerStatus], message: &str) {
    for container in containers {
        let state = container.state.get_or_insert_default();
        if state.terminated.is_none() {
            state.running = None;
            state.waiting = None;
            state.terminated = Some(lost(message).into());
        }
    }
}

/// Whether the Pod ever got past its init containers (status_manager.go hasPodInitialized).
fn has_initialized(pod: &Pod) -> bool {
    let status = &pod.status;
    let inits = init_containers(pod);
    let Some(last) = inits.last() else { return true };
    let moved = |container: &ContainerStatus| {
        !is_waiting(container) || container.last_state.as_ref().is_some_and(|state| state.terminated.is_some())
    };
    if status.container_statuses.iter().flatten().any(moved) {
        return true;
    }
    let found = status.init_container_statuses.iter().flatten().find(|container| container.name == last.name);
    let Some(found) = found else { return false };
    if is_sidecar(last) {
        return found.started == Some(true) && !is_waiting(found);
    }
    [found.state.as_ref(), found.last_state.as_deref()]
        .into_iter()
        .flatten()
        .filter_map(|state| state.terminated.as_ref())
        .any(|terminated| terminated.exit_code == 0)
}

/// How long the volumes of a Pod take to go.
pub(super) const UNMOUNT: Duration = Duration::from_millis(40);
