//! Namespaces on their way out.

use std::time::Duration;

use serde_json::{Value, json};

use super::stand_in::{StandIn, deployment};
use crate::api::{Kind, Object};
use crate::cluster::{Config, ObjectKey, Propagation};

/// A namespace `team` with a Deployment of two Pods that take `stop` to go and have `grace` for it, and how much there is.
fn team(stop: u64, grace: i64) -> StandIn {
    let mut it = StandIn::new(Config::default());
    it.stop = Duration::from_secs(stop);
    it.create(Kind::Namespace, json!({"metadata": {"name": "team"}}));
    it.run(1);
    let mut value = deployment(2, "v1", json!({}));
    value["metadata"]["namespace"] = "team".into();
    value["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = grace.into();
    it.create(Kind::Deployment, value);
    it.run(5);
    it.delete(Kind::Namespace, "team", Propagation::Background);
    it
}

fn count(it: &StandIn, kind: Kind) -> usize {
    it.cluster.store().in_namespace(kind, "team").count()
}

/// Reason, status and message of a condition.
fn condition(it: &StandIn, type_: &str) -> [String; 3] {
    let namespace = it.cluster.store().get(&ObjectKey::new(Kind::Namespace, "", "team")).map(Object::to_json);
    let conditions = namespace.unwrap()["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.into_iter().find(|it| it["type"] == type_).unwrap_or_default();
    ["reason", "status", "message"].map(|field| found[field].as_str().unwrap_or_default().to_owned())
}

#[test]
fn pods_go_first_and_not_at_once() {
    let mut it = team(7, 30);
    it.run(4);
    assert_eq!((count(&it, Kind::Pod), count(&it, Kind::Deployment)), (2, 1));
    assert!(it.cluster.store().pods().all(|pod| pod.metadata.deletion_timestamp.is_none()));
    it.run(2);
    assert!(it.cluster.store().pods().all(|pod| pod.metadata.deletion_timestamp.is_some()));
    let content = ["ContentDeleted", "False", "All content successfully deleted, may be waiting on finalization"];
    assert_eq!(condition(&it, "NamespaceDeletionContentFailure"), content);
    let remaining = ["ContentRemoved", "False", "All content successfully removed"];
    assert_eq!(condition(&it, "NamespaceContentRemaining"), remaining);
    it.run(8);
    assert_eq!((count(&it, Kind::Pod), count(&it, Kind::Deployment)), (0, 1), "it is looked at again after a while");
    it.run(13);
    assert!(it.get(Kind::Namespace, "team").is_null());
    let inside = it.cluster.store().iter().filter(|(key, _)| &*key.namespace == "team").count();
    assert_eq!(inside, 0);
}

#[test]
fn who_outlasts_his_grace_is_a_failure() {
    let mut it = team(20, 2);
    it.run(7);
    let why = "Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: team for \
               gvr: /v1, Resource=pods";
    assert_eq!(condition(&it, "NamespaceDeletionContentFailure"), ["ContentDeletionFailed", "True", why]);
    it.run(60);
    assert!(it.get(Kind::Namespace, "team").is_null());
}

#[test]
fn nothing_is_said_in_a_namespace_on_its_way_out() {
    let mut it = team(7, 30);
    let said = |it: &StandIn| -> Vec<Value> {
        let mut events = it.list(Kind::Event);
        events.retain(|event| event["metadata"]["namespace"] == "team");
        events.iter().map(|event| event["reason"].clone()).collect()
    };
    let before = said(&it);
    it.run(9);
    assert_eq!(said(&it), before, "no FailedCreate above all");
    assert_eq!(count(&it, Kind::Pod), 2);
}
