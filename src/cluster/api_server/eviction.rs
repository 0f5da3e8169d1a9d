//! Evictions: budgets say whether a Pod may go (kubernetes: registry/core/pod/storage/eviction.go, 1.36).

#[cfg(test)]
mod tests;

use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Map, Value};

use super::{ApiError, delete};
use crate::api::{Kind, Object, Other, Pod, View, labels};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Propagation};

/// So many evictions may be under way that the budget's controller has not seen yet.
const MOST_DISRUPTED: usize = 2_000;
const REFUSAL: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

/// The selector of a budget; none where it has none, or a broken one.
pub(crate) fn budget_selector(budget: &Object) -> Option<LabelSelector> {
    let Object::Other(other) = budget else { return None };
    let selector = other.value.get("spec")?.get("selector").filter(|selector| !selector.is_null())?;
    k8s_openapi::json::from_json(selector.clone()).ok()
}

/// Replaces the status of an object that is held as JSON.
pub(crate) fn write_carried_status(world: &mut World, key: &ObjectKey, status: Value) {
    let Some(Object::Other(other)) = world.store.get(key) else { return };
    let mut other: Other = other.as_ref().clone();
    if let Some(fields) = other.value.as_object_mut() {
        fields.insert("status".to_owned(), status);
    }
    world.store.put(key.clone(), Object::Other(Rc::new(other)));
}

/// Asks for the eviction of the Pod of `key`: where its budget has room it is told why, then deleted.
///
/// # Errors
/// NotFound; TooManyRequests where its budget forbids it; InternalError where it has more than one.
pub(crate) fn evict(world: &mut World, key: &ObjectKey, grace: Option<i64>) -> Result<(), ApiError> {
    let pod = world.store.get(key).and_then(Object::as_pod).cloned().ok_or_else(|| ApiError::not_found(key))?;
    let past = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed" | "Pending"));
    if !past && pod.metadata.deletion_timestamp.is_none() {
        let budgets = world.store.in_namespace(Kind::PodDisruptionBudget, &key.namespace);
        let covers = |budget: &Object| labels::matches(budget_selector(budget).as_ref(), pod.metadata.labels.as_ref());
        let mut covering = budgets.filter(|(_, budget)| covers(budget)).map(|(key, _)| key.clone());
        let (budget, more) = (covering.next(), covering.next().is_some());
        drop(covering);
        if more {
            let message =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(ApiError { code: 500, reason: "InternalError", message: message.to_owned() });
        }
        if let Some(budget) = budget {
            check(world, &budget, &pod)?;
        }
    }
    // Those too that no budget is asked about (eviction.go addConditionAndDeletePod).
    delete::disrupt(world, key, "EvictionByEvictionAPI", "Eviction API: evicting");
    delete::delete(world, key, grace, Propagation::Background)
}

/// Takes one disruption from the budget (checkAndDecrement). A Pod that is not ready costs nothing where the others are
/// enough, and nothing at all where the budget says so (unhealthyPodEvictionPolicy).
fn check(world: &mut World, key: &ObjectKey, pod: &Pod) -> Result<(), ApiError> {
    let Some(budget) = world.store.get(key) else { return Ok(()) };
    let value = budget.to_json();
    let status = View::new(&value).at("status");
    let ready = pod.status.conditions.iter().flatten().any(|it| it.type_ == "Ready" && it.status == "True");
    if !ready {
        let always = View::new(&value).at("spec.unhealthyPodEvictionPolicy").text() == "AlwaysAllow";
        let desired = status.at("desiredHealthy").int();
        if always || (status.at("currentHealthy").int() >= desired && desired > 0) {
            return Ok(());
        }
    }
    let refused = || ApiError { code: 429, reason: "TooManyRequests", message: REFUSAL.to_owned() };
    if status.at("observedGeneration").int() < budget.metadata().generation.unwrap_or(1) {
        return Err(refused());
    }
    let pods = status.at("disruptedPods").entries().count();
    if pods > MOST_DISRUPTED {
        let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
        return Err(ApiError::forbidden(key, why));
    }
    let allowed = status.at("disruptionsAllowed").int();
    if allowed <= 0 {
        return Err(refused());
    }
    let mut status: Map<String, Value> = status.0.and_then(Value::as_object).cloned().unwrap_or_default();
    status.insert("disruptionsAllowed".into(), (allowed - 1).into());
    let disrupted = status.entry("disruptedPods").or_insert_with(|| Value::Object(Map::new()));
    if let Some(disrupted) = disrupted.as_object_mut() {
        disrupted.insert(pod.name().to_owned(), world.timestamp().0.to_seconds().into());
    }
    write_carried_status(world, key, Value::Object(status));
    Ok(())
}
