//! Resizing a running Pod in place (kubelet: allocation, kuberuntime_manager.go doPodResizeAction, 1.36).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodCondition, ResourceRequirements};
use serde_json::{Map, Value, json};

use super::Cx;
use super::conditions;
use super::restart::init_containers;
use super::worker::Worker;
use crate::api::Pod;

/// The resources the containers run with.
#[derive(Clone, Debug, Default)]
pub(super) struct Resize {
    actual: BTreeMap<String, ResourceRequirements>,
    in_progress: bool,
}

fn containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    init_containers(pod).iter().chain(&pod.spec.containers)
}

impl Resize {
    /// A Pod starts with what its spec says.
    pub fn of(pod: &Pod) -> Self {
        let actual = containers(pod).map(|c| (c.name.clone(), c.resources.clone().unwrap_or_default())).collect();
        Self { actual, in_progress: false }
    }

    /// Whether containers are being given other resources.
    pub fn in_progress(&self) -> bool {
        self.in_progress
    }
}

impl Worker {
    fn differing(&self) -> Vec<&Container> {
        let differs = |container: &&Container| {
            self.resize.actual.get(&container.name) != Some(&container.resources.clone().unwrap_or_default())
        };
        containers(&self.pod).filter(differs).collect()
    }

    /// Notices that the spec asks for other resources.
    pub(super) fn notice_resize(&mut self, cx: &mut Cx) {
        if self.resize.in_progress || self.differing().is_empty() {
            return;
        }
        self.resize.in_progress = true;
        let text = format!("Pod resize started: {}", self.described());
        self.pod_event(cx, false, "ResizeStarted", text);
    }

    /// The containers that have to be started anew for their new resources.
    pub(super) fn begin_resize(&mut self, _cx: &mut Cx) -> Vec<String> {
        if !self.resize.in_progress {
            return Vec::new();
        }
        let needs_restart = |container: &&Container| {
            let now = container.resources.clone().unwrap_or_default();
            let before = self.resize.actual.get(&container.name).cloned().unwrap_or_default();
            container.resize_policy.as_deref().unwrap_or_default().iter().any(|policy| {
                let of = |list: &Option<BTreeMap<String, _>>| {
                    list.as_ref().and_then(|l| l.get(&policy.resource_name)).cloned()
                };
                policy.restart_policy == "RestartContainer"
                    && (of(&now.requests) != of(&before.requests) || of(&now.limits) != of(&before.limits))
            })
        };
        self.differing().into_iter().filter(needs_restart).map(|container| container.name.clone()).collect()
    }

    /// The containers have what the spec says.
    pub(super) fn resized(&mut self, cx: &mut Cx) {
        self.resize = Resize::of(&self.pod);
        let text = format!("Pod resize completed: {}", self.described());
        self.pod_event(cx, false, "ResizeCompleted", text);
    }

    /// PodResizeInProgress, while it is.
    pub(super) fn resize_conditions(&self) -> Option<PodCondition> {
        self.resize.in_progress.then(|| conditions::plain("PodResizeInProgress", true))
    }

    fn described(&self) -> String {
        let list = |containers: &[Container]| -> Vec<Value> {
            containers
                .iter()
                .map(|c| json!({ "name": c.name, "resources": c.resources.clone().unwrap_or_default() }))
                .collect()
        };
        let mut object = Map::new();
        if !init_containers(&self.pod).is_empty() {
            object.insert("initContainers".into(), list(init_containers(&self.pod)).into());
        }
        object.insert("containers".into(), list(&self.pod.spec.containers).into());
        object.insert("generation".into(), self.pod.metadata.generation.unwrap_or_default().into());
        Value::Object(object).to_string()
    }
}
