use serde_json::{Value, json};

use crate::api::{Kind, Object};
use crate::cluster::{Action, ApiError, Cluster, Config, ObjectKey, Time};

/// A cluster with a Pod of these fields and a budget of these, ten seconds later.
fn cluster(pod: Value, budget: Value) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    let mut spec = json!({"containers": [{"name": "app", "image": "nginx"}]});
    for (name, value) in pod.as_object().unwrap() {
        spec[name] = value.clone();
    }
    for (kind, name, spec) in [(Kind::Pod, "a", spec), (Kind::PodDisruptionBudget, "all", budget)] {
        let value = json!({"metadata": {"name": name, "namespace": "default", "labels": {"app": "a"}}, "spec": spec});
        cluster.act(Action::Create(Object::from_json(kind, value).unwrap())).unwrap();
    }
    cluster.run_until(Time::from_secs_f64(10.0));
    cluster
}

fn evict(cluster: &mut Cluster) -> Result<(), ApiError> {
    cluster.act(Action::Evict { key: ObjectKey::new(Kind::Pod, "default", "a"), grace: None }).map(|_| ())
}

#[test]
fn a_budget_with_an_empty_selector_covers_every_pod() {
    let mut cluster = cluster(json!({}), json!({"minAvailable": 1, "selector": {}}));
    assert_eq!(evict(&mut cluster).unwrap_err().code, 429);
}

#[test]
fn a_pod_that_no_budget_is_asked_about_is_told_why_it_goes_too() {
    // It waits for a ConfigMap, on its node: it has its grace period.
    let missing = json!([{"name": "app", "image": "nginx", "env": [
        {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "nope", "key": "k"}}}]}]);
    let budget = json!({"maxUnavailable": 0, "selector": {"matchLabels": {"app": "a"}}});
    let mut cluster = cluster(json!({"containers": missing}), budget);
    let phase = cluster.store().pod("default", "a").unwrap().status.phase.clone();
    assert_eq!(phase.as_deref(), Some("Pending"));
    evict(&mut cluster).unwrap();
    let pod = cluster.store().pod("default", "a").unwrap();
    assert!(pod.metadata.deletion_timestamp.is_some());
    let target = pod.status.conditions.iter().flatten().find(|it| it.type_ == "DisruptionTarget").unwrap();
    assert_eq!(target.reason.as_deref(), Some("EvictionByEvictionAPI"));
}
