//! Objects as the server sends them: with the fields that Go writes even when they are empty.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::{Object, View, table};

/// The object as the server sends it, `managedFields` left out as kubectl does.
pub(super) fn object(object: &Object) -> Value {
    let mut value = object.to_json();
    fill(&mut value);
    value
}

/// Fields that Go writes even when they are empty, by the field that holds them (`omitempty` does nothing for structs;
/// kubernetes: staging/src/k8s.io/api).
fn fill(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(fields) = object.as_object_mut() else { return };
    let spec = fields.get_mut("spec");
    match kind.as_str() {
        "Pod" => spec.into_iter().for_each(pod_spec),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
            spec.into_iter().for_each(|spec| workload(&kind, spec));
        }
        "CronJob" => {
            if let Some(template) = spec.and_then(|spec| spec.get_mut("jobTemplate")) {
                ensure(template, "metadata", json!({}));
                template.get_mut("spec").into_iter().for_each(|spec| workload("Job", spec));
            }
        }
        // A default that the server writes.
        "PriorityClass" => _ = fields.entry("preemptionPolicy").or_insert_with(|| json!("PreemptLowerPriority")),
        "PersistentVolumeClaim" => {
            if let Some(spec) = spec {
                ensure(spec, "resources", json!({}));
            }
        }
        _ => {}
    }
    let status = match kind.as_str() {
        "Pod"
        | "Deployment"
        | "DaemonSet"
        | "Job"
        | "CronJob"
        | "Namespace"
        | "PersistentVolumeClaim"
        | "Node"
        | "ResourceQuota"
        | "PersistentVolume" => {
            json!({})
        }
        "ReplicaSet" | "StatefulSet" => json!({"replicas": 0}),
        "Service" => json!({"loadBalancer": {}}),
        "PodDisruptionBudget" => {
            json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0})
        }
        "HorizontalPodAutoscaler" => json!({"currentMetrics": null, "desiredReplicas": 0}),
        "Ingress" => json!({"loadBalancer": {}}),
        _ => Value::Null,
    };
    if !status.is_null() {
        let entry = fields.entry("status").or_insert_with(|| json!({}));
        if let (Value::Object(entry), Value::Object(status)) = (entry, status) {
            status.into_iter().for_each(|(name, value)| _ = entry.entry(name).or_insert(value));
        }
    }
    if matches!(kind.as_str(), "Namespace" | "Node") {
        fields.entry("spec").or_insert_with(|| json!({}));
    }
    if kind == "Pod"
        && let Some(status) = fields.get_mut("status")
    {
        pod_status(status);
    }
}

fn ensure(value: &mut Value, name: &str, empty: Value) {
    if let Value::Object(fields) = value {
        fields.entry(name).or_insert(empty);
    }
}

fn workload(kind: &str, spec: &mut Value) {
    match kind {
        "Deployment" => ensure(spec, "strategy", json!({})),
        "StatefulSet" | "DaemonSet" => ensure(spec, "updateStrategy", json!({})),
        _ => {}
    }
    for claim in spec.get_mut("volumeClaimTemplates").and_then(Value::as_array_mut).into_iter().flatten() {
        ensure(claim, "apiVersion", json!("v1"));
        ensure(claim, "kind", json!("PersistentVolumeClaim"));
        ensure(claim, "status", json!({}));
    }
    spec.get_mut("template").into_iter().for_each(pod_template);
}

/// A Pod template as the server sends it.
pub(super) fn template(template: &PodTemplateSpec) -> Value {
    let mut value = serde_json::to_value(template).unwrap_or_default();
    pod_template(&mut value);
    value
}

fn pod_template(template: &mut Value) {
    ensure(template, "metadata", json!({}));
    template.get_mut("spec").into_iter().for_each(pod_spec);
}

fn pod_spec(spec: &mut Value) {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            ensure(container, "resources", json!({}));
        }
    }
}

fn pod_status(status: &mut Value) {
    for condition in status.get_mut("conditions").and_then(Value::as_array_mut).into_iter().flatten() {
        ensure(condition, "lastProbeTime", Value::Null);
        ensure(condition, "lastTransitionTime", Value::Null);
    }
    for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        for container in status.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            ensure(container, "lastState", json!({}));
            ensure(container, "state", json!({}));
            for state in ["state", "lastState"] {
                // A container that was lost has no times (container_statuses.rs), and Go writes them all the same.
                if let Some(ended) = container.get_mut(state).and_then(|state| state.get_mut("terminated")) {
                    ensure(ended, "startedAt", Value::Null);
                    ensure(ended, "finishedAt", Value::Null);
                }
            }
        }
    }
}

/// Several objects as one `List`.
pub(super) fn list(items: Vec<Value>) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// The columns in which a scale is shown (kubernetes: printers/internalversion/printers.go scaleColumnDefinitions).
pub(super) const SCALE_COLUMNS: [&str; 4] = ["Name", "Desired", "Available", "Age"];

/// What stands in them for the `scale` of `object` (printScale).
pub(super) fn scale_cells(object: &Object, scale: &Value, now: Timestamp) -> [String; 4] {
    let count = |path: &str| View::new(scale).at(path).int().to_string();
    let age = table::age(object.metadata().creation_timestamp.as_ref(), now);
    [object.name().to_owned(), count("spec.replicas"), count("status.replicas"), age]
}

/// The scale of a workload; none of what has none
/// (kubernetes: registry/apps/deployment/storage/storage.go scaleFromDeployment).
pub(super) fn scale(object: &Object) -> Option<Value> {
    if !matches!(object, Object::Deployment(_) | Object::ReplicaSet(_) | Object::StatefulSet(_)) {
        return None;
    }
    let value = object.to_json();
    let view = View::new(&value);
    let metadata = view.at("metadata");
    let kept = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let metadata = kept.iter().filter_map(|name| Some(((*name).to_owned(), metadata.at(name).0?.clone())));
    let selector = view.at("spec.selector.matchLabels").entries();
    let selector: Vec<String> = selector.map(|(name, value)| format!("{name}={}", value.text())).collect();
    Some(json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata.collect::<Map<_, _>>(),
        "spec": {"replicas": view.at("spec.replicas").int()},
        "status": {"replicas": view.at("status.replicas").int(), "selector": selector.join(",")},
    }))
}

/// A JSON object of the entries that are not null.
pub(super) fn compact(entries: Vec<(&str, Value)>) -> Value {
    let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(kept.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
