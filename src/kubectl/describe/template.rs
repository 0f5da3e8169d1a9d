//! The template of Pods that a workload holds (kubectl: describe.go DescribePodTemplate).

use k8s_openapi::api::core::v1::PodTemplateSpec;

use super::container::{self, Group};
use super::writer::Writer;
use super::{pod, volume};
use crate::api::{Pod, View};

/// Writes the template at `view`.
pub(super) fn describe(view: View<'_>, writer: &mut Writer) {
    let template: Option<PodTemplateSpec> = view.0.and_then(|value| serde_json::from_value(value.clone()).ok());
    writer.raw(0, "Pod Template:");
    let Some(template) = template else { return writer.raw(0, "  <unset>") };
    let metadata = template.metadata.unwrap_or_default();
    let spec = template.spec.unwrap_or_default();
    let labels = metadata.labels.iter().flatten().map(|(key, value)| format!("{key}={value}"));
    writer.list_at(1, "Labels", &labels.collect::<Vec<_>>());
    if metadata.annotations.as_ref().is_some_and(|annotations| !annotations.is_empty()) {
        writer.annotations_at(1, metadata.annotations.as_ref());
    }
    if let Some(account) = spec.service_account_name.as_deref().filter(|account| !account.is_empty()) {
        writer.line(1, "Service Account", account);
    }
    let pod = Pod { spec: spec.into(), ..Pod::default() };
    let spec = &pod.spec;
    let init = spec.init_containers.as_deref().unwrap_or_default();
    if !init.is_empty() {
        let group = Group { title: "Init Containers", containers: init, statuses: &[], pod: &pod, template: true };
        container::describe(group, writer);
    }
    let group = Group { title: "Containers", containers: &spec.containers, statuses: &[], pod: &pod, template: true };
    container::describe(group, writer);
    volume::describe(spec.volumes.as_deref().unwrap_or_default(), true, writer);
    let spread = pod::spread(spec.topology_spread_constraints.as_deref().unwrap_or_default());
    if !spread.is_empty() {
        writer.list_at(1, "Topology Spread Constraints", &spread);
    }
    if let Some(class) = spec.priority_class_name.as_deref().filter(|class| !class.is_empty()) {
        writer.line(1, "Priority Class Name", class);
    }
    let selector = spec.node_selector.iter().flatten().map(|(key, value)| format!("{key}={value}"));
    writer.list_at(1, "Node-Selectors", &selector.collect::<Vec<_>>());
    writer.list_at(1, "Tolerations", &pod::tolerations(spec.tolerations.as_deref().unwrap_or_default()));
}

/// The template with its tabs as they are, as `rollout history --revision` prints it.
pub(in crate::kubectl) fn plain(view: View<'_>) -> String {
    let mut writer = Writer::default();
    describe(view, &mut writer);
    writer.unaligned()
}
