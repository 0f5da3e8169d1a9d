//! A Pod, line by line (kubectl: describe.go describePod).

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Toleration, TopologySpreadConstraint};
use k8s_openapi::jiff::Timestamp;

use super::container::{self, Group};
use super::writer::Writer;
use super::{rfc1123, volume};
use crate::api::table::human_duration;
use crate::api::{Pod, controller_of};

/// Writes everything up to the events.
pub(super) fn describe(pod: &Pod, now: Timestamp, writer: &mut Writer) {
    head(pod, now, writer);
    containers(pod, writer);
    conditions(pod, writer);
    volume::describe(pod.spec.volumes.as_deref().unwrap_or_default(), false, writer);
    if let Some(class) = pod.status.qos_class.as_deref().filter(|class| !class.is_empty()) {
        writer.line(0, "QoS Class", class);
    }
    writer.map("Node-Selectors", pod.spec.node_selector.as_ref().filter(|map| !map.is_empty()), "=");
    writer.list("Tolerations", &tolerations(pod.spec.tolerations.as_deref().unwrap_or_default()));
    let spread = spread(pod.spec.topology_spread_constraints.as_deref().unwrap_or_default());
    if !spread.is_empty() {
        writer.list("Topology Spread Constraints", &spread);
    }
}

fn head(pod: &Pod, now: Timestamp, writer: &mut Writer) {
    let (spec, status) = (&pod.spec, &pod.status);
    let set = |value: &Option<Text>| value.clone().filter(|value| !value.is_empty());
    writer.line(0, "Name", pod.name());
    writer.line(0, "Namespace", pod.namespace());
    if let Some(priority) = spec.priority {
        writer.line(0, "Priority", &priority.to_string());
    }
    for (name, value) in [
        ("Priority Class Name", set(&spec.priority_class_name)),
        ("Runtime Class Name", set(&spec.runtime_class_name)),
        ("Service Account", set(&spec.service_account_name)),
    ] {
        if let Some(value) = value {
            writer.line(0, name, &value);
        }
    }
    match set(&spec.node_name) {
        Some(node) => writer.line(0, "Node", &format!("{node}/{}", status.host_ip.as_deref().unwrap_or_default())),
        None => writer.line(0, "Node", "<none>"),
    }
    if let Some(time) = &status.start_time {
        writer.line(0, "Start Time", &rfc1123(time.0));
    }
    writer.map("Labels", pod.metadata.labels.as_ref(), "=");
    writer.annotations(pod.metadata.annotations.as_ref());
    let phase = status.phase.as_deref().unwrap_or_default();
    match &pod.metadata.deletion_timestamp {
        Some(deleted) if !matches!(phase, "Succeeded" | "Failed") => {
            let age = now.duration_since(deleted.0).as_secs();
            writer.line(0, "Status", &format!("Terminating (lasts {})", human_duration(age)));
            let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or_default();
            writer.line(0, "Termination Grace Period", &format!("{grace}s"));
        }
        _ => writer.line(0, "Status", phase),
    }
    for (name, value) in [("Reason", set(&status.reason)), ("Message", set(&status.message))] {
        if let Some(value) = value {
            writer.line(0, name, &value);
        }
    }
    if let Some(profile) = spec.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref()) {
        container::seccomp(0, profile, writer);
    }
    writer.line(0, "IP", status.pod_ip.as_deref().unwrap_or_default());
    match status.pod_ips.as_deref().unwrap_or_default() {
        [] => writer.line(0, "IPs", "<none>"),
        ips => {
            writer.raw(0, "IPs:");
            ips.iter().for_each(|ip| writer.line(1, "IP", &ip.ip));
        }
    }
    if let Some(owner) = controller_of(&pod.metadata) {
        writer.line(0, "Controlled By", &format!("{}/{}", owner.kind, owner.name));
    }
    if let Some(node) = set(&status.nominated_node_name) {
        writer.line(0, "NominatedNodeName", &node);
    }
    if let Some(resources) = &spec.resources {
        writer.raw(0, "Resources:");
        container::resources(1, resources, writer);
    }
}

fn containers(pod: &Pod, writer: &mut Writer) {
    let (spec, status) = (&pod.spec, &pod.status);
    let init = spec.init_containers.as_deref().unwrap_or_default();
    if !init.is_empty() {
        let statuses = status.init_container_statuses.as_deref().unwrap_or_default();
        container::describe(
            Group { title: "Init Containers", containers: init, statuses, pod, template: false },
            writer,
        );
    }
    let statuses = status.container_statuses.as_deref().unwrap_or_default();
    container::describe(
        Group { title: "Containers", containers: &spec.containers, statuses, pod, template: false },
        writer,
    );
    let ephemeral: Vec<_> = spec.ephemeral_containers.iter().flatten().map(container::from_ephemeral).collect();
    if !ephemeral.is_empty() {
        let statuses = status.ephemeral_container_statuses.as_deref().unwrap_or_default();
        let group = Group { title: "Ephemeral Containers", containers: &ephemeral, statuses, pod, template: false };
        container::describe(group, writer);
    }
}

fn conditions(pod: &Pod, writer: &mut Writer) {
    let conditions = pod.status.conditions.as_deref().unwrap_or_default();
    let gates = pod.spec.readiness_gates.as_deref().unwrap_or_default();
    if !gates.is_empty() {
        writer.raw(0, "Readiness Gates:\n  Type\tStatus");
        for gate in gates {
            let status = conditions.iter().find(|condition| condition.type_ == gate.condition_type);
            let status = status.map_or("<none>", |condition| &condition.status);
            writer.raw(1, &format!("{} \t{status} ", gate.condition_type));
        }
    }
    if !conditions.is_empty() {
        writer.raw(0, "Conditions:\n  Type\tStatus");
        for condition in conditions {
            writer.raw(1, &format!("{} \t{} ", condition.type_, condition.status));
        }
    }
}

/// Tolerations, by key (kubectl: describe.go printTolerationsInOrder).
pub(super) fn tolerations(tolerations: &[Toleration]) -> Vec<String> {
    let mut sorted: Vec<&Toleration> = tolerations.iter().collect();
    collections::sort_by_key(&mut sorted, |toleration| toleration.key.as_deref().unwrap_or_default());
    sorted.into_iter().map(toleration_text).collect()
}

fn toleration_text(toleration: &Toleration) -> String {
    let text = |value: &Option<Text>| value.as_ref().map(String::from).unwrap_or_default();
    let (key, value, effect) = (text(&toleration.key), text(&toleration.value), text(&toleration.effect));
    let mut out = key.clone();
    if !value.is_empty() {
        out.push_str(&format!("={value}"));
    }
    if !effect.is_empty() {
        out.push_str(&format!(":{effect}"));
    }
    if toleration.operator.as_deref() == Some("Exists") && value.is_empty() {
        // Where neither key nor effect is said, the operator stands alone.
        out.push_str(if key.is_empty() && effect.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.toleration_seconds {
        out.push_str(&format!(" for {seconds}s"));
    }
    out.to_string()
}

/// Spread constraints, sorted (kubectl: describe.go printTopologySpreadConstraintsMultilineWithIndent).
pub(super) fn spread(constraints: &[TopologySpreadConstraint]) -> Vec<String> {
    let mut lines: Vec<String> = constraints
        .iter()
        .map(|constraint| {
            let selector = constraint.label_selector.as_ref().map(crate::api::labels::print);
            let selector = selector.map(|selector| format!(" for selector {selector}")).unwrap_or_default();
            let (key, action, skew) = (&constraint.topology_key, &constraint.when_unsatisfiable, constraint.max_skew);
            format!("{key}:{action} when max skew {skew} is exceeded{selector}")
        })
        .collect();
    collections::sort(&mut lines);
    lines
}
