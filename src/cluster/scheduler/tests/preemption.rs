//! Who leaves for a more important Pod.

use super::*;

#[test]
fn the_more_important_pod_takes_the_room() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("low", json!({"containers": asking("1200m"), "priority": 0})));
    create(&mut cluster, pod("high", json!({"containers": asking("1200m"), "priority": 1000})));
    assert_eq!(why(&cluster, "high"), "0/1 nodes are available: 1 Insufficient cpu.");
    assert_eq!(get(&cluster, "high").status.nominated_node_name.as_deref(), Some("node-1"));
    let low = get(&cluster, "low");
    assert!(low.metadata.deletion_timestamp.is_some());
    let condition = low.status.conditions.iter().flatten().find(|condition| condition.type_ == "DisruptionTarget");
    assert_eq!(condition.unwrap().reason.as_deref(), Some("PreemptionByScheduler"));
}

#[test]
fn room_that_was_promised_is_free_again_when_the_promise_is_gone() {
    let mut cluster = cluster(1);
    let mut slow = asking("1200m");
    slow[0]["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 25}}});
    create(&mut cluster, pod("low", json!({"containers": slow, "priority": 0})));
    cluster.run_until(cluster.now() + Duration::from_secs(10));
    create(&mut cluster, pod("high", json!({"containers": asking("1200m"), "priority": 1000})));
    assert_eq!(get(&cluster, "high").status.nominated_node_name.as_deref(), Some("node-1"));
    // It would fit beside the one that goes, but not beside the one that is to come.
    let small = json!({"containers": asking("700m"), "priority": 500, "preemptionPolicy": "Never"});
    create(&mut cluster, pod("small", small));
    assert!(why(&cluster, "small").starts_with("0/1 nodes are available: 1 Insufficient cpu."));
    let key = ObjectKey::new(Kind::Pod, "default", "high");
    cluster.act(Action::Delete { key, grace: None, propagation: Propagation::Background }).unwrap();
    cluster.run_until(cluster.now() + Duration::from_secs(12));
    assert!(
        cluster.store().pod("default", "high").is_none() && get(&cluster, "low").metadata.deletion_timestamp.is_some()
    );
    assert_eq!(node(&cluster, "small"), Some("node-1"));
}

#[test]
fn who_has_a_budget_without_room_is_spared_first() {
    let mut cluster = cluster(1);
    let budget = json!({"metadata": {"name": "guard"}, "spec": {"minAvailable": 1,
        "selector": {"matchLabels": {"app": "guarded"}}}});
    create(&mut cluster, Object::from_json(Kind::PodDisruptionBudget, budget).unwrap());
    let half = json!({"containers": asking("800m")});
    create(&mut cluster, labelled("free", json!({"app": "free"}), half.clone()));
    cluster.run_until(cluster.now() + Duration::from_secs(10));
    // It started later, and would have to go before the other one.
    create(&mut cluster, labelled("guarded", json!({"app": "guarded"}), half));
    cluster.run_until(cluster.now() + Duration::from_secs(10));
    create(&mut cluster, pod("high", json!({"containers": asking("1"), "priority": 1000})));
    let goes = |name: &str| get(&cluster, name).metadata.deletion_timestamp.is_some();
    assert_eq!((goes("free"), goes("guarded")), (true, false));
}

#[test]
fn a_node_where_no_budget_is_broken_comes_first() {
    let mut cluster = cluster(2);
    let budget = json!({"metadata": {"name": "guard"}, "spec": {"minAvailable": 1,
        "selector": {"matchLabels": {"app": "guarded"}}}});
    create(&mut cluster, Object::from_json(Kind::PodDisruptionBudget, budget).unwrap());
    let much = |priority: i32| json!({"containers": asking("1500m"), "priority": priority});
    put(&mut cluster, "node-1", labelled("guarded", json!({"app": "guarded"}), much(0)));
    put(&mut cluster, "node-2", labelled("dear", json!({"app": "dear"}), much(500)));
    cluster.run_until(cluster.now() + Duration::from_secs(10));
    create(&mut cluster, pod("high", much(1000)));
    assert_eq!(get(&cluster, "high").status.nominated_node_name.as_deref(), Some("node-2"));
}

#[test]
fn a_promise_that_cannot_be_kept_is_given_up() {
    let mut cluster = cluster(2);
    let mut slow = asking("1200m");
    slow[0]["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 25}}});
    put(&mut cluster, "node-1", labelled("low", json!({}), json!({"containers": slow})));
    put(&mut cluster, "node-2", labelled("dear", json!({}), json!({"containers": asking("1200m"), "priority": 2000})));
    cluster.run_until(cluster.now() + Duration::from_secs(10));
    create(&mut cluster, pod("high", json!({"containers": asking("1200m"), "priority": 1000})));
    assert_eq!(get(&cluster, "high").status.nominated_node_name.as_deref(), Some("node-1"));
    // The victim is still there; the node is closed, and the Pod is looked at again.
    taint_node(&mut cluster, "node-1");
    relabel(&mut cluster, "high", json!({"again": "yes"}));
    cluster.run_until(cluster.now() + Duration::from_secs(3));
    assert!(get(&cluster, "low").metadata.deletion_timestamp.is_some());
    assert_eq!(get(&cluster, "high").status.nominated_node_name, None);
    assert!(why(&cluster, "high").contains("1 node(s) had untolerated taint(s)"), "{}", why(&cluster, "high"));
}
