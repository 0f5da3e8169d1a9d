use serde_json::{Value, json};

use super::super::family::{Member, Phase};
use super::super::replica_set::first_to_go;
use super::stand_in::StandIn;
use crate::api::Kind;
use crate::cluster::{Config, Propagation};
use k8s_openapi::jiff::Timestamp;

fn set(replicas: i32) -> Value {
    json!({"metadata": {"name": "web"}, "spec": {"replicas": replicas,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "v1"}]}}}})
}

fn start(replicas: i32) -> StandIn {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::ReplicaSet, set(replicas));
    it.run(5);
    it
}

fn names(it: &StandIn) -> Vec<String> {
    it.list(Kind::Pod).iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_terminating_pod_is_replaced_at_once() {
    let mut it = start(2);
    let first = names(&it)[0].clone();
    it.delete(Kind::Pod, &first, Propagation::Background);
    it.run_watched(std::time::Duration::from_millis(100), |_| {});
    assert_eq!(it.list(Kind::Pod).len(), 3);
    it.run(5);
    assert_eq!(it.list(Kind::Pod).len(), 2);
    assert_eq!(it.get(Kind::ReplicaSet, "web")["status"]["readyReplicas"], 2);
}

#[test]
fn a_relabelled_pod_is_let_go_and_taken_back() {
    let mut it = start(2);
    let first = names(&it)[0].clone();
    it.change(Kind::Pod, &first, |pod| pod["metadata"]["labels"]["app"] = "debug".into());
    it.run(5);
    assert_eq!(it.list(Kind::Pod).len(), 3);
    assert_eq!(it.get(Kind::Pod, &first)["metadata"]["ownerReferences"], Value::Null);
    it.change(Kind::Pod, &first, |pod| pod["metadata"]["labels"]["app"] = "web".into());
    it.run(5);
    assert_eq!(it.list(Kind::Pod).len(), 2);
}

#[test]
fn pods_that_are_adopted_count_at_once() {
    let mut it = start(2);
    let before = names(&it);
    it.delete(Kind::ReplicaSet, "web", Propagation::Orphan);
    it.run(2);
    let mut made = 0;
    it.create(Kind::ReplicaSet, set(2));
    it.run_watched(std::time::Duration::from_secs(5), |cluster| made = made.max(cluster.store().count(Kind::Pod)));
    assert_eq!((made, names(&it)), (2, before));
    let owner = it.list(Kind::Pod)[0]["metadata"]["ownerReferences"][0]["name"].clone();
    assert_eq!(owner, "web");
}

#[test]
fn min_ready_seconds_delay_availability() {
    let mut it = start(0);
    it.change(Kind::ReplicaSet, "web", |set| {
        set["spec"]["minReadySeconds"] = 10.into();
        set["spec"]["replicas"] = 1.into();
    });
    it.run(5);
    let status = it.get(Kind::ReplicaSet, "web")["status"].clone();
    assert_eq!((&status["readyReplicas"], &status["availableReplicas"]), (&json!(1), &Value::Null));
    it.run(10);
    assert_eq!(it.get(Kind::ReplicaSet, "web")["status"]["availableReplicas"], 1);
}

#[test]
fn who_goes_first() {
    let now: Timestamp = "2026-01-01T01:00:00Z".parse().unwrap();
    let ago = |seconds: i64| Timestamp::from_second(now.as_second() - seconds).unwrap();
    let base = Member {
        uid: "m".into(),
        phase: Phase::Running,
        deleting: false,
        node: Some("node-1".into()),
        ready: Some(ago(600)),
        created: ago(600),
        deletion_cost: 0,
        restarts: (0, 0),
    };
    let first = |a: &Member, b: &Member| first_to_go(a, b, &[("node-2".into(), 5)].into(), now).is_lt();
    let pending = Member { phase: Phase::Pending, ready: None, ..base.clone() };
    let unassigned = Member { node: None, ..pending.clone() };
    let cheap = Member { deletion_cost: -5, ..base.clone() };
    let crowded = Member { node: Some("node-2".into()), ..base.clone() };
    let young = Member { ready: Some(ago(10)), created: ago(12), ..base.clone() };
    let restarted = Member { restarts: (3, 0), ..base.clone() };
    for (a, b) in [
        (&unassigned, &pending),
        (&pending, &cheap),
        (&cheap, &crowded),
        (&crowded, &young),
        (&young, &base),
        (&restarted, &base),
    ] {
        assert!(first(a, b) && !first(b, a), "{a:?} before {b:?}");
    }
    // Of about the same age: the smaller uid.
    let same = Member { uid: "a".into(), ready: Some(ago(610)), created: ago(600), ..base.clone() };
    assert!(first(&same, &base));
}

#[test]
fn only_pods_with_every_label_of_the_template_are_fully_labeled() {
    let mut it = StandIn::new(Config::default());
    let value = json!({"metadata": {"name": "web"}, "spec": {"replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web", "tier": "front"}},
            "spec": {"containers": [{"name": "app", "image": "v1"}]}}}});
    let stray = json!({"metadata": {"name": "stray", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "v1"}]}});
    it.create(Kind::Pod, stray);
    it.create(Kind::ReplicaSet, value);
    it.run(5);
    let status = it.get(Kind::ReplicaSet, "web")["status"].clone();
    assert_eq!((&status["replicas"], &status["fullyLabeledReplicas"]), (&json!(2), &json!(1)));
}
