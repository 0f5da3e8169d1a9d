//! What the controllers of disruption budgets and quotas would write into the status: computed when it is looked at,
//! for nothing in the cluster waits for it (kubernetes: pkg/controller/disruption, pkg/controller/resourcequota).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

use crate::api::{Kind, Object, Other, Pod, View, labels};
use crate::cluster::{Cluster, Store, quota_usage};

/// `object` with the status its controller would have given it.
pub(super) fn with_status(cluster: &Cluster, object: &Object) -> Object {
    let Object::Other(other) = object else { return object.clone() };
    if View::new(&other.value).at("status").exists() {
        return object.clone();
    }
    let status = match object.kind() {
        Some(Kind::PodDisruptionBudget) => budget(cluster, object),
        Some(Kind::ResourceQuota) => quota(cluster.store(), object),
        _ => return object.clone(),
    };
    let mut value = other.value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("status".to_owned(), status);
    }
    Object::Other(Other { value, ..other.as_ref().clone() }.into())
}

fn is_ready(pod: &Pod) -> bool {
    pod.status.conditions.iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn covered<'a>(cluster: &'a Cluster, budget: &Object) -> Vec<&'a Pod> {
    let value = budget.to_json();
    let selector = View::new(&value).at("spec.selector").0.cloned().unwrap_or_default();
    let selector: Option<LabelSelector> = serde_json::from_value(selector).ok();
    let pods = cluster.store().pods().filter(|pod| {
        pod.namespace() == budget.namespace()
            && !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
            && labels::matches(selector.as_ref(), pod.metadata.labels.as_ref())
    });
    pods.collect()
}

/// A number, or a share of `of` rounded up.
fn scaled(value: View<'_>, of: i64) -> Option<i64> {
    let text = value.text();
    match text.strip_suffix('%') {
        Some(percent) => percent.parse::<i64>().ok().map(|percent| percent.saturating_mul(of).saturating_add(99) / 100),
        None => text.parse().ok(),
    }
}

fn budget(cluster: &Cluster, object: &Object) -> Value {
    let value = object.to_json();
    let spec = View::new(&value).at("spec");
    let pods = covered(cluster, object);
    let expected = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    let healthy = pods.iter().filter(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none()).count();
    let healthy = i64::try_from(healthy).unwrap_or(i64::MAX);
    let desired = match scaled(spec.at("maxUnavailable"), expected) {
        Some(most) => expected.saturating_sub(most).max(0),
        None => scaled(spec.at("minAvailable"), expected).unwrap_or(1),
    };
    let allowed = if expected > 0 { healthy.saturating_sub(desired).max(0) } else { 0 };
    json!({
        "currentHealthy": healthy, "desiredHealthy": desired, "disruptionsAllowed": allowed, "expectedPods": expected,
        "observedGeneration": 1,
    })
}

/// A quota with how much of it is used.
pub(super) fn with_usage(store: &Store, object: &Object) -> Object {
    let Object::Other(other) = object else { return object.clone() };
    let mut value = other.value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("status".to_owned(), quota(store, object));
    }
    Object::Other(Other { value, ..other.as_ref().clone() }.into())
}

fn quota(store: &Store, object: &Object) -> Value {
    let value = object.to_json();
    let hard = View::new(&value).at("spec.hard").0.cloned().unwrap_or_default();
    let used = View::new(&hard)
        .entries()
        .map(|(resource, _)| (resource.to_owned(), Value::String(quota_usage(store, object, resource))));
    let used = Value::Object(used.collect());
    json!({"hard": hard, "used": used})
}
