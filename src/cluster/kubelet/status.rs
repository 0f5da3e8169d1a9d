//! The status of a Pod as the kubelet computes it (kubelet: kubelet_pods.go generateAPIPodStatus, 1.36).

use std::rc::Rc;

use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStatus, HostIP, PodCondition, PodIP, PodStatus,
};
use k8s_openapi::{Common, Text};

use super::Cx;
use super::conditions;
use super::container_statuses::{self, List};
use super::phase;
use super::probes::{self, Health};
use super::restart::init_containers;
use super::worker::{Life, Worker};
use crate::api::containers::is_sidecar;
use crate::cluster::probe_kind::ProbeKind;
use crate::cluster::runtime::PodView;

/// The message of a Pod that was active for longer than it may be.
const DEADLINE_MESSAGE: &str = "Pod was active on the node longer than the specified deadline";

pub(super) fn is_terminal(status: &PodStatus) -> bool {
    matches!(status.phase.as_deref(), Some("Failed" | "Succeeded"))
}

impl Worker {
    /// Computes the status from `view`; `terminal` when nothing of the Pod runs any more and nothing will.
    pub(super) fn generate_status(&mut self, view: &PodView, terminal: bool, cx: &mut Cx) -> PodStatus {
        let pod = self.pod.clone();
        let old = self.status.clone().unwrap_or_else(|| pod.status.clone());
        let mut status = PodStatus {
            observed_generation: pod.metadata.generation,
            qos_class: pod
                .status
                .qos_class
                .clone()
                .or_else(|| Some(Text::constant(crate::api::resources::qos_class(&pod.spec)))),
            start_time: old.start_time.clone(),
            allocated_resources: self.resize.pod_requests(),
            // Once its containers are gone for good the Pod has no cgroup that would say more.
            resources: Some(match self.life {
                Life::Syncing | Life::Terminating => self.resize.pod_resources(),
                Life::Terminated | Life::Finished => Common::default(),
            }),
            ..PodStatus::default()
        };
        self.addresses(view, &mut status, cx);
        let epoch = cx.world.config.epoch;
        let resize = &self.resize;
        let context = container_statuses::Context { pod: &pod, view, reasons: &self.reasons, resize, epoch };
        let restarting = context.restarting_all(&old);
        status.init_container_statuses = context.statuses(List::Init, &old, restarting);
        status.container_statuses = context.statuses(List::App, &old, restarting);
        status.ephemeral_container_statuses = context.statuses(List::Ephemeral, &old, restarting);

        let created = view.sandboxes.first().is_some_and(|sandbox| {
            pod.spec.containers.iter().any(|container| {
                view.newest(&container.name).is_some_and(|instance| instance.sandbox == sandbox.attempt)
            })
        });
        status.phase = Some(Text::constant(phase::of(&pod, &status, created, terminal)));
        let sticky = [&old.phase, &pod.status.phase]
            .into_iter()
            .find(|phase| matches!(phase.as_deref(), Some("Failed" | "Succeeded")));
        if !is_terminal(&status)
            && let Some(phase) = sticky
        {
            status.phase = phase.clone();
        }
        if status.phase == old.phase {
            status.reason = old.reason.clone().or_else(|| pod.status.reason.clone());
            status.message = old.message.clone().or_else(|| pod.status.message.clone());
        }
        if self.past_deadline(cx) {
            self.pod_event(cx, false, "DeadlineExceeded", DEADLINE_MESSAGE);
            status.phase = Some(Text::constant("Failed"));
            status.reason = Some(Text::constant("DeadlineExceeded"));
            status.message = Some(Text::constant(DEADLINE_MESSAGE));
        }
        if matches!(pod.status.phase.as_deref(), Some("Failed" | "Succeeded")) {
            status.phase = pod.status.phase.clone();
        }
        self.set_probe_fields(&mut status, cx);
        status.conditions = Some(self.conditions(&status, &old, view, restarting).into());
        status
    }

    /// The addresses; a Pod keeps the last one when its sandbox is gone.
    fn addresses(&self, view: &PodView, status: &mut PodStatus, cx: &Cx) {
        let host = Text::from(&cx.node.address);
        let old = self.status.as_ref().unwrap_or(&self.pod.status);
        status.host_ips = old.host_ips.clone().filter(|ips| matches!(&ips[..], [known] if known.ip == host));
        status.host_ips.get_or_insert_with(|| vec![HostIP { ip: host.clone() }].into());
        let ip = match self.pod.spec.host_network {
            Some(true) => Some(host.clone()),
            _ => view.sandboxes.first().map(|sandbox| Text::from(&sandbox.ip)),
        };
        status.host_ip = Some(host);
        status.pod_ip = ip.or_else(|| old.pod_ip.clone()).or_else(|| self.pod.status.pod_ip.clone());
        let Some(ip) = &status.pod_ip else { return };
        status.pod_ips = old.pod_ips.clone().filter(|ips| matches!(&ips[..], [known] if known.ip == *ip));
        status.pod_ips.get_or_insert_with(|| vec![PodIP { ip: ip.clone() }].into());
    }

    /// Whether activeDeadlineSeconds is over.
    pub(super) fn past_deadline(&self, cx: &Cx) -> bool {
        self.deadline().is_some_and(|at| cx.world.now >= at)
    }

    /// Fills in `started` and `ready`, and pokes the readiness probes of what is started and not ready
    /// (kubelet: prober_manager.go UpdatePodStatus).
    fn set_probe_fields(&mut self, status: &mut PodStatus, cx: &mut Cx) {
        let pod = self.pod.clone();
        for container in status.container_statuses.iter_mut().flatten() {
            self.set_started_and_ready(container, cx);
        }
        for container in status.init_container_statuses.iter_mut().flatten() {
            let spec = init_containers(&pod).iter().find(|spec| spec.name == container.name);
            if spec.is_some_and(is_sidecar) {
                self.set_started_and_ready(container, cx);
            } else {
                container.started = Some(self.is_started(container));
                let terminated = container.state.as_ref().and_then(|state| state.terminated.as_ref());
                container.ready = container.ready || terminated.is_some_and(|terminated| terminated.exit_code == 0);
            }
        }
    }

    fn set_started_and_ready(&mut self, container: &mut ContainerStatus, cx: &mut Cx) {
        let started = self.is_started(container);
        container.started = Some(started);
        container.ready = false;
        if !started || !runs(container) {
            return;
        }
        let result = container_id(container).and_then(|id| self.results.of(&id, ProbeKind::Readiness));
        let asked = self.has_probe(&container.name, ProbeKind::Readiness);
        container.ready = result == Some(Health::Success) || !asked;
        if asked && !container.ready {
            self.poke(&container.name, cx);
        }
        // What the kubelet found when it came up is as ready as its Pod was, until there is a result (gate
        // ChangeContainerStatusOnKubeletRestart off; prober_manager.go setReadyStateOnKubeletRestart).
        if result.is_none() && probes::found_running(container, cx) {
            let probed = probes::find(&self.pod, &container.name).is_some_and(|spec| spec.readiness_probe.is_some());
            container.ready = !probed || self.was_ready();
        }
    }

    /// Whether the API says that the Pod is ready.
    fn was_ready(&self) -> bool {
        let mut conditions = self.pod.status.conditions.iter().flatten();
        conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
    }

    fn is_started(&self, container: &ContainerStatus) -> bool {
        if !runs(container) {
            return false;
        }
        match container_id(container).and_then(|id| self.results.of(&id, ProbeKind::Startup)) {
            Some(health) => health == Health::Success,
            None if self.has_probe(&container.name, ProbeKind::Startup) => {
                self.api_status(&container.name).is_some_and(|status| status.started == Some(true))
            }
            None => true,
        }
    }

    /// What the API last said of the container.
    fn api_status(&self, name: &str) -> Option<&ContainerStatus> {
        probes::container_status(&self.pod.status, name)
    }

    fn conditions(&self, status: &PodStatus, old: &PodStatus, view: &PodView, restarting: bool) -> Vec<PodCondition> {
        let pod = &self.pod;
        let foreign = pod.status.conditions.iter().flatten().filter(|condition| !conditions::is_ours(&condition.type_));
        let mut list: Vec<PodCondition> = Vec::with_capacity(5);
        list.extend(foreign.cloned());
        list.extend(self.resize_conditions());
        if self.evicted.as_ref().is_some_and(|evicted| evicted.disrupts) {
            list.push(conditions::terminated_by_kubelet(self.evicted_message()));
        }
        list.push(conditions::ready_to_start(view));
        list.push(conditions::initialized(pod, status, old));
        list.extend(conditions::readiness(pod, status));
        list.push(conditions::plain("PodScheduled", true));
        if super::restart::may_restart_all(pod) {
            list.push(conditions::all_restarting(status, restarting));
        }
        // The one condition that the kubelet sets without a generation (status/generate.go).
        for condition in list.iter_mut().filter(|condition| condition.type_ != "AllContainersRestarting") {
            condition.observed_generation = pod.metadata.generation;
        }
        list
    }

    /// A readiness result came: the status is corrected at once (kubelet: status_manager.go SetContainerReadiness).
    pub(super) fn set_container_ready(&mut self, id: &Rc<str>, ready: bool, cx: &mut Cx) {
        self.correct(id, |container| container.ready != ready, |container| container.ready = ready, cx);
    }

    /// A startup result came (status_manager.go SetContainerStartup).
    pub(super) fn set_container_started(&mut self, id: &Rc<str>, started: bool, cx: &mut Cx) {
        self.correct(
            id,
            |container| container.started != Some(started),
            |container| container.started = Some(started),
            cx,
        );
    }

    fn correct(
        &mut self,
        id: &Rc<str>,
        differs: impl Fn(&ContainerStatus) -> bool,
        change: impl Fn(&mut ContainerStatus),
        cx: &mut Cx,
    ) {
        let Some(status) = &self.status else { return };
        let meant = |container: &ContainerStatus| container.container_id.as_deref() == Some(id) && differs(container);
        let lists = [&status.init_container_statuses, &status.container_statuses];
        if !lists.into_iter().flatten().flatten().any(meant) {
            return;
        }
        let mut status = status.as_ref().clone();
        let lists = [&mut status.init_container_statuses, &mut status.container_statuses];
        let Some(container) = lists.into_iter().flatten().flatten().find(|container| meant(container)) else { return };
        change(container);
        let mut list = status.conditions.take().unwrap_or_default();
        for new in conditions::readiness(&self.pod, &status) {
            if let Some(condition) = list.iter_mut().find(|condition| condition.type_ == new.type_) {
                *condition = PodCondition { observed_generation: condition.observed_generation, ..new };
            }
        }
        status.conditions = Some(list);
        self.set_status(status, cx);
    }
}

fn runs(container: &ContainerStatus) -> bool {
    matches!(&container.state, Some(ContainerState { running: Some(ContainerStateRunning { .. }), .. }))
}

fn container_id(container: &ContainerStatus) -> Option<Rc<str>> {
    container.container_id.as_ref().map(Text::to_shared)
}
