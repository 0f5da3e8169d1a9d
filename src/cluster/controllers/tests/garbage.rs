use serde_json::{Value, json};

use super::stand_in::{StandIn, deployment};
use crate::api::Kind;
use crate::cluster::{Config, Propagation};

#[test]
fn orphans_stay_and_are_adopted_again() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::Deployment, deployment(2, "v1", Value::Null));
    it.run(5);
    it.delete(Kind::Deployment, "web", Propagation::Orphan);
    it.run(5);
    assert_eq!((it.list(Kind::Deployment).len(), it.list(Kind::ReplicaSet).len()), (0, 1));
    assert_eq!(it.list(Kind::Pod).len(), 2);
    assert_eq!(it.list(Kind::ReplicaSet)[0]["metadata"]["ownerReferences"], Value::Null);
    it.create(Kind::Deployment, deployment(2, "v1", Value::Null));
    it.run(5);
    assert_eq!((it.list(Kind::ReplicaSet).len(), it.list(Kind::Pod).len()), (1, 2));
    assert_eq!(it.list(Kind::ReplicaSet)[0]["metadata"]["ownerReferences"][0]["name"], "web");
}

#[test]
fn what_is_born_without_its_owner_goes() {
    let mut it = StandIn::new(Config::default());
    let value = serde_json::json!({"metadata": {"name": "lost", "ownerReferences": [
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "1"}]},
        "spec": {"containers": [{"name": "app", "image": "v1"}]}});
    it.create(Kind::Pod, value);
    it.run(5);
    assert_eq!(it.list(Kind::Pod).len(), 0);
}

/// A ReplicaSet without Pods.
fn owner(it: &mut StandIn, name: &str) -> Value {
    let mut value = deployment(0, "v1", Value::Null);
    value["metadata"]["name"] = name.into();
    it.create(Kind::ReplicaSet, value);
    let uid = it.get(Kind::ReplicaSet, name)["metadata"]["uid"].clone();
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": uid, "blockOwnerDeletion": true})
}

fn child(it: &mut StandIn, owners: &[&Value]) {
    it.create(Kind::ConfigMap, json!({"metadata": {"name": "child", "ownerReferences": owners}}));
}

fn owners(it: &StandIn) -> Vec<String> {
    let owners = it.get(Kind::ConfigMap, "child")["metadata"]["ownerReferences"].clone();
    owners.as_array().into_iter().flatten().map(|owner| owner["name"].as_str().unwrap().to_owned()).collect()
}

fn gone(name: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": "1"})
}

#[test]
fn what_another_owner_keeps_stays_and_only_forgets_the_one_that_goes() {
    for propagation in [Propagation::Background, Propagation::Foreground] {
        let mut it = StandIn::new(Config::default());
        let (a, b) = (owner(&mut it, "a"), owner(&mut it, "b"));
        child(&mut it, &[&a, &b]);
        it.delete(Kind::ReplicaSet, "a", propagation);
        it.run(5);
        assert_eq!((it.get(Kind::ReplicaSet, "a"), owners(&it)), (Value::Null, vec!["b".to_owned()]));
        // Where both are deleted in the foreground nobody keeps it.
        it.delete(Kind::ReplicaSet, "b", propagation);
        it.run(5);
        assert_eq!((it.list(Kind::ReplicaSet).len(), it.get(Kind::ConfigMap, "child")), (0, Value::Null));
    }
}

#[test]
fn two_owners_deleted_in_the_foreground_take_their_child_with_them() {
    let mut it = StandIn::new(Config::default());
    let (a, b) = (owner(&mut it, "a"), owner(&mut it, "b"));
    child(&mut it, &[&a, &b]);
    for name in ["a", "b"] {
        it.delete(Kind::ReplicaSet, name, Propagation::Foreground);
    }
    it.run(5);
    assert_eq!((it.list(Kind::ReplicaSet).len(), it.get(Kind::ConfigMap, "child")), (0, Value::Null));
}

#[test]
fn a_reference_to_nobody_is_taken_away_beside_a_living_owner() {
    let mut it = StandIn::new(Config::default());
    let a = owner(&mut it, "a");
    child(&mut it, &[&gone("gone"), &a]);
    it.run(5);
    assert_eq!(owners(&it), ["a"]);
}

#[test]
fn who_is_given_an_owner_that_does_not_exist_goes() {
    let mut it = StandIn::new(Config::default());
    child(&mut it, &[]);
    it.run(5);
    it.change(Kind::ConfigMap, "child", |child| child["metadata"]["ownerReferences"] = json!([gone("gone")]));
    it.run(5);
    assert_eq!(it.get(Kind::ConfigMap, "child"), Value::Null);
}
