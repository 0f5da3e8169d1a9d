use serde_json::Value;

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
