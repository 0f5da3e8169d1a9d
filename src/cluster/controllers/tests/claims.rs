//! The claims of a StatefulSet's replicas.

use serde_json::{Value, json};

use super::stand_in::{StandIn, deployment};
use crate::api::Kind;
use crate::cluster::{Config, Propagation};

const CLAIM: Kind = Kind::PersistentVolumeClaim;

fn set(replicas: i32, more: Value) -> Value {
    let mut value = deployment(replicas, "v1", more);
    value["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]);
    value
}

fn start(replicas: i32, more: Value) -> StandIn {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::StatefulSet, set(replicas, more));
    it.run(10);
    it
}

fn count(it: &StandIn, message: &str) -> usize {
    it.messages("StatefulSet").iter().filter(|told| *told == message).count()
}

#[test]
fn that_a_claim_cannot_be_made_is_told() {
    let mut it = StandIn::new(Config::default());
    let hard = json!({"hard": {"persistentvolumeclaims": "1"}});
    it.create(Kind::ResourceQuota, json!({"metadata": {"name": "q"}, "spec": hard}));
    it.create(Kind::StatefulSet, set(2, json!({})));
    it.run(10);
    let why = "persistentvolumeclaims \"data-web-1\" is forbidden: exceeded quota: q, requested: \
               persistentvolumeclaims=1, used: persistentvolumeclaims=1, limited: persistentvolumeclaims=1";
    let claim = format!("Create Claim data-web-1 for Pod web-1 in StatefulSet web failed error: {why}");
    let pod = format!("Create Pod web-1 in StatefulSet web failed error: failed to create PVC data-web-1: {why}");
    let told = it.messages("StatefulSet");
    assert!(told.contains(&claim) && told.contains(&pod), "{told:?}");
    it.change(Kind::ResourceQuota, "q", |quota| quota["spec"]["hard"]["persistentvolumeclaims"] = "2".into());
    it.run(30);
    assert_eq!(it.get(Kind::Pod, "web-1")["status"]["phase"], "Running", "it was tried again");
}

#[test]
fn a_claim_on_its_way_out_is_waited_for() {
    let mut it = start(1, json!({}));
    it.change(CLAIM, "data-web-0", |claim| claim["metadata"]["finalizers"] = json!(["example.com/held"]));
    it.delete(CLAIM, "data-web-0", Propagation::Background);
    it.delete(Kind::Pod, "web-0", Propagation::Background);
    it.run(10);
    assert_eq!(it.get(Kind::Pod, "web-0"), Value::Null);
    let failed = "Create Pod web-0 in StatefulSet web failed error: pvc data-web-0 is being deleted";
    assert_eq!(count(&it, failed), 1);
    it.change(CLAIM, "data-web-0", |claim| claim["metadata"]["finalizers"] = Value::Null);
    it.run(60);
    assert_eq!(it.get(Kind::Pod, "web-0")["status"]["phase"], "Running");
}

#[test]
fn the_missing_claim_of_a_pending_pod_is_made_again() {
    let mut it = StandIn::new(Config::default());
    let mut value = set(1, json!({}));
    value["spec"]["template"]["spec"]["nodeSelector"] = json!({"x": "y"});
    it.create(Kind::StatefulSet, value);
    it.run(5);
    let first = it.get(CLAIM, "data-web-0")["metadata"]["uid"].clone();
    it.delete(CLAIM, "data-web-0", Propagation::Background);
    it.change(Kind::StatefulSet, "web", |web| web["metadata"]["labels"] = json!({"another": "look"}));
    it.run(5);
    let second = it.get(CLAIM, "data-web-0")["metadata"]["uid"].clone();
    assert!(second.is_string() && first != second);
}

#[test]
fn a_replica_that_is_wanted_again_waits_until_the_claim_of_the_former_one_is_gone() {
    let policy = json!({"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Retain"}});
    let mut it = start(2, policy);
    let first = it.get(CLAIM, "data-web-1")["metadata"]["uid"].clone();
    for replicas in [1, 2] {
        it.change(Kind::StatefulSet, "web", |web| web["spec"]["replicas"] = replicas.into());
        it.run_watched(std::time::Duration::from_millis(500), |_| {});
    }
    assert_eq!(it.get(CLAIM, "data-web-1")["metadata"]["ownerReferences"][0]["kind"], "Pod");
    it.run(10);
    let second = it.get(CLAIM, "data-web-1");
    assert!(second["metadata"]["uid"].is_string() && second["metadata"]["uid"] != first);
    assert_eq!(second["metadata"]["ownerReferences"], Value::Null);
    assert_eq!(it.get(Kind::Pod, "web-1")["status"]["phase"], "Running");
}

#[test]
fn another_retention_policy_is_told_of_each_pod() {
    let mut it = start(2, json!({}));
    it.change(Kind::StatefulSet, "web", |web| {
        web["spec"]["persistentVolumeClaimRetentionPolicy"] = json!({"whenScaled": "Retain", "whenDeleted": "Delete"});
    });
    it.run(5);
    for name in ["web-0", "web-1"] {
        assert_eq!(count(&it, &format!("Update Pod {name} in StatefulSet web successful")), 1);
        let claim = it.get(CLAIM, &format!("data-{name}"));
        assert_eq!(claim["metadata"]["ownerReferences"][0]["kind"], "StatefulSet");
    }
}
