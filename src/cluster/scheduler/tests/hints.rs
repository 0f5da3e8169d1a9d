//! What makes the scheduler try a Pod again, and what does not.

use super::*;

/// How often the scheduler has said in vain what keeps the Pod.
fn failures(cluster: &Cluster, name: &str) -> i32 {
    let events = cluster.store().list(Kind::Event).filter_map(|(_, object)| match object {
        Object::Event(event) => Some(event),
        _ => None,
    });
    events
        .filter(|event| event.reason.as_deref() == Some("FailedScheduling"))
        .filter(|event| event.involved_object.name.as_deref() == Some(name))
        .map(|event| event.series.as_ref().and_then(|series| series.count).unwrap_or(1))
        .sum()
}

fn wait(cluster: &mut Cluster, seconds: u64) {
    cluster.run_until(cluster.now() + Duration::from_secs(seconds));
}

fn near(app: &str) -> Value {
    json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"}]}}})
}

fn apart(app: &str) -> Value {
    json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"}]}}})
}

#[test]
fn a_label_that_comes_later_helps() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("late", json!({"nodeSelector": {"pool": "late"}})));
    assert_eq!(
        why(&cluster, "late"),
        format!("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. {UNHELPFUL}")
    );
    label_node(&mut cluster, "node-1", "pool", "late");
    assert_eq!(node(&cluster, "late"), Some("node-1"));
}

#[test]
fn a_taint_or_a_label_does_not_help_who_waits_for_room() {
    let mut cluster = cluster(2);
    create(&mut cluster, pod("big", json!({"containers": asking("50")})));
    taint_node(&mut cluster, "node-1");
    label_node(&mut cluster, "node-2", "pool", "late");
    wait(&mut cluster, 20);
    assert_eq!(failures(&cluster, "big"), 1);
    // Its status is the kubelet's to write.
    let key = ObjectKey::new(Kind::Node, "", "node-2");
    let mut larger = cluster.store().get(&key).unwrap().to_json();
    larger["status"]["allocatable"]["cpu"] = "64".into();
    cluster.world.store.put(key, Object::from_json(Kind::Node, larger).unwrap());
    cluster.settle();
    wait(&mut cluster, 1);
    assert_eq!(node(&cluster, "big"), Some("node-2"));
}

#[test]
fn a_label_that_does_not_match_helps_nobody() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("late", json!({"nodeSelector": {"pool": "late"}})));
    label_node(&mut cluster, "node-1", "pool", "early");
    wait(&mut cluster, 20);
    assert_eq!(failures(&cluster, "late"), 1);
}

#[test]
fn a_taint_that_goes_helps_who_did_not_tolerate_it() {
    let mut cluster = cluster(1);
    taint_node(&mut cluster, "node-1");
    create(&mut cluster, pod("plain", json!({})));
    label_node(&mut cluster, "node-1", "pool", "late");
    wait(&mut cluster, 20);
    assert_eq!(failures(&cluster, "plain"), 1);
    change_node(&mut cluster, "node-1", |node| node["spec"]["taints"] = Value::Null);
    assert_eq!(node(&cluster, "plain"), Some("node-1"));
}

#[test]
fn only_a_pod_that_is_meant_wakes_who_wants_to_be_near_it() {
    let mut cluster = cluster(1);
    create(&mut cluster, labelled("friend", json!({}), near("cache")));
    create(&mut cluster, labelled("other", json!({"app": "other"}), json!({})));
    wait(&mut cluster, 20);
    assert_eq!(failures(&cluster, "friend"), 1);
    create(&mut cluster, labelled("cache", json!({"app": "cache"}), json!({})));
    wait(&mut cluster, 1);
    assert_eq!(node(&cluster, "friend"), Some("node-1"));
}

#[test]
fn a_label_of_a_placed_pod_wakes_who_waits_for_it() {
    let mut cluster = cluster(1);
    create(&mut cluster, labelled("cache", json!({}), json!({})));
    create(&mut cluster, labelled("friend", json!({}), near("cache")));
    wait(&mut cluster, 20);
    assert_eq!(failures(&cluster, "friend"), 1);
    relabel(&mut cluster, "cache", json!({"app": "cache"}));
    assert_eq!(node(&cluster, "friend"), Some("node-1"));
}

#[test]
fn only_the_pod_in_the_way_wakes_who_keeps_apart_from_it() {
    let mut cluster = cluster(1);
    create(&mut cluster, labelled("one", json!({"app": "one"}), json!({})));
    create(&mut cluster, labelled("two", json!({"app": "two"}), json!({})));
    create(&mut cluster, labelled("shy", json!({}), apart("one")));
    for (gone, failed) in [("two", 1), ("one", 1)] {
        let key = ObjectKey::new(Kind::Pod, "default", gone);
        cluster.act(Action::Delete { key, grace: Some(0), propagation: Propagation::Background }).unwrap();
        wait(&mut cluster, 20);
        assert_eq!(failures(&cluster, "shy"), failed);
    }
    assert_eq!(node(&cluster, "shy"), Some("node-1"));
}

#[test]
fn each_new_state_of_a_pod_has_an_event_of_its_own() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("picky", json!({"nodeSelector": {"pool": "late"}})));
    wait(&mut cluster, 331);
    wait(&mut cluster, 331);
    assert_eq!(failures(&cluster, "picky"), 3);
    let messages: Vec<_> =
        cluster.store().list(Kind::Event).filter(|(key, _)| key.name.starts_with("picky.")).collect();
    assert_eq!(messages.len(), 2);
}
