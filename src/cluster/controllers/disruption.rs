//! The controller of PodDisruptionBudgets (kubernetes: pkg/controller/disruption/disruption.go, 1.36).

use std::time::Duration;

use collections::Map as BTreeMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::autoscaler::go_selector;
use super::family::condition;
use super::pod_template;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::int_or_string::scaled;
use crate::api::{Kind, Object, Pod, View, controller_of, labels};
use crate::cluster::world::World;
use crate::cluster::{Change, ObjectKey, api_server};

const SOURCE: &str = "controllermanager";
/// A Pod whose eviction was allowed is expected to go within this time (DeletionTimeout).
const DELETION_TIMEOUT: SignedDuration = SignedDuration::from_secs(120);
/// What the budgets' controller takes to hear of a Pod.
const SYNC_AFTER: Duration = Duration::from_millis(2);

/// A Pod changed: the budgets that cover it, now or before, are looked at.
pub(super) fn see_pod(change: &Change, queue: &mut WorkQueue, world: &mut World) {
    if world.store.count(Kind::PodDisruptionBudget) == 0 {
        return;
    }
    let states: Vec<&Object> = change.old.iter().chain([&change.object]).collect();
    let budgets = world.store.in_namespace(Kind::PodDisruptionBudget, &change.key.namespace);
    let covers = |budget: &Object| {
        let selector = api_server::budget_selector(budget);
        states.iter().any(|pod| labels::matches(selector.as_ref(), pod.metadata().labels.as_ref()))
    };
    let covering: Vec<ObjectKey> = budgets.filter(|(_, budget)| covers(budget)).map(|(key, _)| key.clone()).collect();
    for key in covering {
        queue.add(Controller::Disruption, &key, SYNC_AFTER, world);
    }
}

/// Looks at one budget: how many of its Pods are healthy, how many have to be.
pub(super) fn sync(key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
    let Some(budget) = world.store.get(key).cloned() else { return };
    let Object::Other(other) = &budget else { return };
    let spec = other.value.get("spec").cloned().unwrap_or_default();
    let selector = api_server::budget_selector(&budget);
    let pods = covered(key, selector.as_ref(), world);
    if pods.is_empty() {
        pod_template::say(world, key, SOURCE, false, "NoPods", "No matching pods found".to_owned());
    }
    let generation = budget.metadata().generation.unwrap_or(1);
    let old = other.value.get("status").cloned().unwrap_or_default();
    let mut status = Map::new();
    match expected(&spec, &pods, world) {
        Ok(count) => {
            if count.unmanaged {
                let selector = selector.as_ref().map_or_else(|| "nil".to_owned(), go_selector);
                let message = format!(
                    "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a \
                     result, the status of the PDB cannot be calculated correctly, which may result in undefined \
                     behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an \
                     integer value."
                );
                pod_template::say(world, key, SOURCE, true, "UnmanagedPods", message);
            }
            let now = world.now.to_timestamp(world.config.epoch);
            let disrupted = disrupted(&old, &pods, now);
            let healthy = pods.iter().filter(|pod| is_healthy(pod, &disrupted)).count();
            let healthy = i32::try_from(healthy).unwrap_or(i32::MAX);
            let allowed = healthy.saturating_sub(count.healthy).max(0);
            let allowed = if count.pods > 0 { allowed } else { 0 };
            status.insert("currentHealthy".into(), healthy.into());
            status.insert("desiredHealthy".into(), count.healthy.into());
            status.insert("expectedPods".into(), count.pods.into());
            status.insert("disruptionsAllowed".into(), allowed.into());
            status.insert("observedGeneration".into(), generation.into());
            let earliest = disrupted.values().filter_map(|at| at.checked_add(DELETION_TIMEOUT).ok()).min();
            if let Some(left) = earliest.and_then(|at| Duration::try_from(at.duration_since(now)).ok()) {
                queue.add(Controller::Disruption, key, left + Duration::from_millis(1), world);
            }
            if !disrupted.is_empty() {
                let pods = disrupted.iter().map(|(name, at)| (name.clone(), at.to_seconds().into()));
                status.insert("disruptedPods".into(), Value::Object(pods.collect()));
            }
            let (holds, reason) = match allowed {
                0 => ("False", "InsufficientPods"),
                _ => ("True", "SufficientPods"),
            };
            let conditions = allowed_condition(&old, holds, reason, "", generation, world);
            status.insert("conditions".into(), conditions);
        }
        Err(error) => {
            let message = format!("Failed to calculate the number of expected pods: {error}");
            pod_template::say(world, key, SOURCE, true, "CalculateExpectedPodCountFailed", message);
            status = old.as_object().cloned().unwrap_or_default();
            status.insert("disruptionsAllowed".into(), 0.into());
            let seen = old.get("observedGeneration").and_then(Value::as_i64).unwrap_or(0);
            status.insert("conditions".into(), allowed_condition(&old, "False", "SyncFailed", &error, seen, world));
            queue.retry(Controller::Disruption, key, world);
        }
    }
    let status = Value::Object(status);
    if status != old {
        api_server::write_carried_status(world, key, status);
    }
}

/// The Pods that a budget's selector matches.
fn covered(key: &ObjectKey, selector: Option<&LabelSelector>, world: &World) -> Vec<Pod> {
    let pods = world.store.in_namespace(Kind::Pod, &key.namespace).filter_map(|(_, object)| object.as_pod());
    pods.filter(|pod| labels::matches(selector, pod.metadata.labels.as_ref())).cloned().collect()
}

/// What a budget asks for.
struct Expected {
    pods: i32,
    healthy: i32,
    /// Whether some Pods have no controller though they ought to.
    unmanaged: bool,
}

/// How many Pods there should be, and how many healthy ones (getExpectedPodCount).
fn expected(spec: &Value, pods: &[Pod], world: &World) -> Result<Expected, String> {
    let field = |name: &str| match spec.get(name) {
        Some(Value::Number(number)) => {
            number.as_i64().map(|number| IntOrString::Int(i32::try_from(number).unwrap_or(i32::MAX)))
        }
        Some(Value::String(text)) => Some(IntOrString::String(text.clone())),
        _ => None,
    };
    let count = i32::try_from(pods.len()).unwrap_or(i32::MAX);
    let broken = || "invalid value for IntOrString".to_owned();
    match (field("maxUnavailable"), field("minAvailable")) {
        (Some(most), _) => {
            let (scale, unmanaged) = scale(pods, world)?;
            let most = scaled(&most, scale, true).ok_or_else(broken)?;
            Ok(Expected { pods: scale, healthy: scale.saturating_sub(most).max(0), unmanaged })
        }
        (None, Some(IntOrString::Int(least))) => Ok(Expected { pods: count, healthy: least, unmanaged: false }),
        (None, Some(share)) => {
            let (scale, unmanaged) = scale(pods, world)?;
            Ok(Expected { pods: scale, healthy: scaled(&share, scale, true).ok_or_else(broken)?, unmanaged })
        }
        (None, None) => Ok(Expected { pods: 0, healthy: 0, unmanaged: false }),
    }
}

/// The replicas of all controllers of the Pods together, and whether some have none (getExpectedScale).
fn scale(pods: &[Pod], world: &World) -> Result<(i32, bool), String> {
    let mut scales: BTreeMap<String, i32> = BTreeMap::new();
    let mut unmanaged = false;
    for pod in pods {
        let Some(owner) = controller_of(&pod.metadata) else {
            unmanaged = true;
            continue;
        };
        let object = |kind: Kind, name: &str, uid: &str| {
            let object = world.store.get(&ObjectKey::new(kind, pod.namespace(), name));
            object.filter(|object| object.metadata().uid.as_deref() == Some(uid))
        };
        let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == owner.kind);
        let mut found = kind.and_then(|kind| object(kind, &owner.name, &owner.uid));
        if let Some(set @ Object::ReplicaSet(_)) = found
            && let Some(above) = controller_of(set.metadata()).filter(|above| above.kind == "Deployment")
        {
            found = object(Kind::Deployment, &above.name, &above.uid);
        }
        let replicas = match found {
            Some(Object::Deployment(it)) => it.spec.as_ref().map(|spec| spec.replicas.unwrap_or(1)),
            Some(Object::ReplicaSet(it)) => it.spec.as_ref().map(|spec| spec.replicas.unwrap_or(1)),
            Some(Object::StatefulSet(it)) => it.spec.as_ref().map(|spec| spec.replicas.unwrap_or(1)),
            Some(object) => {
                let plural = object.kind().map_or("", Kind::plural);
                let group = object.kind().map_or("", Kind::group);
                return Err(format!("{plural}.{group} does not implement the scale subresource"));
            }
            None => None,
        };
        let Some(replicas) = replicas else { return Err(format!("found no controllers for pod {:?}", pod.name())) };
        let uid = found.and_then(|object| object.metadata().uid.clone()).unwrap_or_default();
        scales.insert(uid.to_string(), replicas);
    }
    Ok((scales.values().fold(0, |sum, replicas| i32::saturating_add(sum, *replicas)), unmanaged))
}

/// The Pods whose eviction was allowed and that are not on their way out yet (buildDisruptedPodMap).
fn disrupted(old: &Value, pods: &[Pod], now: Timestamp) -> BTreeMap<String, Timestamp> {
    let known = View::new(old).at("disruptedPods");
    let time = |pod: &Pod| {
        let at: Timestamp = known.key(pod.name()).0?.as_str()?.parse().ok()?;
        (at.checked_add(DELETION_TIMEOUT).ok()? >= now).then(|| (pod.name().to_owned(), at))
    };
    pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).filter_map(time).collect()
}

fn is_healthy(pod: &Pod, disrupted: &BTreeMap<String, Timestamp>) -> bool {
    pod.metadata.deletion_timestamp.is_none()
        && !disrupted.contains_key(pod.name())
        && condition(pod, "Ready").is_some_and(|condition| condition.status == "True")
}

/// The conditions with `DisruptionAllowed` set (component-helpers: apps/poddisruptionbudget/helpers.go).
fn allowed_condition(old: &Value, status: &str, reason: &str, message: &str, generation: i64, world: &World) -> Value {
    let before = View::new(old).at("conditions").0.and_then(Value::as_array).and_then(|list| list.first());
    let same = before.filter(|before| before.get("status").and_then(Value::as_str) == Some(status));
    let since = same.and_then(|before| before.get("lastTransitionTime").cloned());
    let since = since.unwrap_or_else(|| world.timestamp().0.to_seconds().into());
    let mut condition = json!({
        "type": "DisruptionAllowed", "status": status, "reason": reason, "message": message,
        "lastTransitionTime": since,
    });
    // metav1.Condition: omitempty.
    if let Some(condition) = condition.as_object_mut().filter(|_| generation != 0) {
        condition.insert("observedGeneration".into(), generation.into());
    }
    Value::Array(vec![condition])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::api::{Kind, Object};
    use crate::cluster::{Action, Cluster, Config, Time};

    #[test]
    fn a_generation_that_was_never_observed_is_not_written() {
        let mut cluster = Cluster::new(Config::default());
        let labels = json!({"app": "a"});
        let template =
            json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "nginx"}]}});
        let set = json!({"selector": {"matchLabels": labels}, "template": template});
        let budget = json!({"maxUnavailable": 1, "selector": {"matchLabels": labels}});
        for (kind, spec) in [(Kind::DaemonSet, set), (Kind::PodDisruptionBudget, budget)] {
            let value = json!({"metadata": {"name": "a", "namespace": "default"}, "spec": spec});
            cluster.act(Action::Create(Object::from_json(kind, value).unwrap())).unwrap();
        }
        cluster.run_until(Time::from_secs_f64(10.0));
        let key = crate::cluster::ObjectKey::new(Kind::PodDisruptionBudget, "default", "a");
        let condition = cluster.store().get(&key).unwrap().to_json()["status"]["conditions"][0].clone();
        assert_eq!((&condition["reason"], condition.get("observedGeneration")), (&json!("SyncFailed"), None));
    }

    #[test]
    fn pods_without_a_controller_are_told_with_the_selector_as_go_has_it() {
        let mut cluster = Cluster::new(Config::default());
        let pod = json!({"containers": [{"name": "app", "image": "nginx"}]});
        let budget = json!({"maxUnavailable": 0, "selector": {"matchLabels": {"app": "a"}}});
        for (kind, spec) in [(Kind::Pod, pod), (Kind::PodDisruptionBudget, budget)] {
            let value =
                json!({"metadata": {"name": "a", "namespace": "default", "labels": {"app": "a"}}, "spec": spec});
            cluster.act(Action::Create(Object::from_json(kind, value).unwrap())).unwrap();
        }
        cluster.run_until(Time::from_secs_f64(10.0));
        let selector = "(selector: &LabelSelector{MatchLabels:map[string]string{app: a,},\
                        MatchExpressions:[]LabelSelectorRequirement{},})";
        let says = |object: &Object| match object {
            Object::Event(event) => event.message.as_deref().is_some_and(|text| text.contains(selector)),
            _ => false,
        };
        assert!(cluster.store().list(Kind::Event).any(|(_, object)| says(object)));
    }
}
