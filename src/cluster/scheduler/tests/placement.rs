//! Which node a Pod comes to, and why the others do not take it.

use super::*;

#[test]
fn a_node_without_the_topology_key_is_the_last_choice_of_a_soft_constraint() {
    let mut cluster = cluster(3);
    label_node(&mut cluster, "node-2", "zone", "a");
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone",
        "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "web"}}}]});
    for name in ["a", "b", "c"] {
        create(&mut cluster, pod(name, spread.clone()));
        assert_eq!(node(&cluster, name), Some("node-2"));
    }
}

#[test]
fn a_soft_constraint_spreads_over_the_values_of_its_key() {
    let mut cluster = cluster(3);
    for (name, zone) in [("node-1", "a"), ("node-2", "a"), ("node-3", "b")] {
        label_node(&mut cluster, name, "zone", zone);
    }
    put(&mut cluster, "node-1", pod("first", json!({})));
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone",
        "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "web"}}}]});
    create(&mut cluster, pod("second", spread));
    assert_eq!(node(&cluster, "second"), Some("node-3"));
}

#[test]
fn nodes_that_a_pod_does_not_name_are_not_even_looked_at() {
    let mut cluster = cluster(3);
    let named = |values: Value| {
        json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": values}]}]}}})
    };
    taint_node(&mut cluster, "node-1");
    create(&mut cluster, pod("agent", json!({"affinity": named(json!(["node-2"])), "containers": asking("50")})));
    assert_eq!(
        why(&cluster, "agent"),
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new \
         claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    );
    create(&mut cluster, pod("small", json!({"affinity": named(json!(["node-3"]))})));
    assert_eq!(node(&cluster, "small"), Some("node-3"));
}

#[test]
fn what_placed_pods_prefer_counts_for_who_comes() {
    let mut cluster = cluster(2);
    let wish = |kind: &str| {
        json!({"affinity": {kind: {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100,
            "podAffinityTerm": {"labelSelector": {"matchLabels": {"app": "web"}},
                "topologyKey": "kubernetes.io/hostname"}}]}}})
    };
    let other = json!({"app": "db"});
    let heavy = json!({"containers": asking("1")});
    put(&mut cluster, "node-1", labelled("db", other.clone(), wish("podAntiAffinity")));
    put(&mut cluster, "node-2", labelled("heavy", other.clone(), heavy));
    create(&mut cluster, pod("web", json!({})));
    assert_eq!(node(&cluster, "web"), Some("node-2"));
}

#[test]
fn who_requires_company_is_glad_of_more() {
    let mut cluster = cluster(2);
    let near = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}]}}});
    put(&mut cluster, "node-1", labelled("db", json!({"app": "db"}), near));
    create(&mut cluster, pod("web", json!({})));
    assert_eq!(node(&cluster, "web"), Some("node-1"));
}

#[test]
fn balance_does_not_count_for_who_requests_nothing() {
    let mut cluster = cluster(2);
    let requests = |cpu: &str, memory: &str| {
        json!({"containers": [{"name": "app", "image": "nginx:1.27",
            "resources": {"requests": {"cpu": cpu, "memory": memory}}}]})
    };
    // The first node is the emptier one by a little, the second the more balanced one by far.
    put(&mut cluster, "node-1", pod("lopsided", requests("0", "4Gi")));
    put(&mut cluster, "node-2", pod("even", requests("700m", "2800Mi")));
    create(&mut cluster, pod("web", json!({})));
    assert_eq!(node(&cluster, "web"), Some("node-1"));
}

#[test]
fn a_claim_on_its_way_out_holds_a_new_pod() {
    let mut cluster = cluster(1);
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}}});
    let uses = json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]});
    create(&mut cluster, Object::from_json(Kind::PersistentVolumeClaim, claim).unwrap());
    create(&mut cluster, pod("first", uses.clone()));
    cluster.run_until(cluster.now() + Duration::from_secs(2));
    assert_eq!(node(&cluster, "first"), Some("node-1"));
    let key = ObjectKey::new(Kind::PersistentVolumeClaim, "", "data");
    let key = ObjectKey { namespace: "default".into(), ..key };
    cluster.act(Action::Delete { key, grace: None, propagation: Propagation::Background }).unwrap();
    create(&mut cluster, pod("second", uses));
    assert_eq!(
        why(&cluster, "second"),
        "0/1 nodes are available: persistentvolumeclaim \"data\" is being deleted. not found"
    );
}

#[test]
fn the_labels_that_a_pod_had_when_it_was_made_say_whom_its_keys_mean() {
    let mut cluster = cluster(2);
    let alone = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchExpressions": [{"key": "tenant", "operator": "Exists"}]},
            "mismatchLabelKeys": ["tenant"], "topologyKey": "kubernetes.io/hostname"}]}}});
    put(&mut cluster, "node-1", labelled("one", json!({"tenant": "x"}), alone.clone()));
    create(&mut cluster, labelled("other", json!({"tenant": "y"}), alone.clone()));
    assert_eq!(node(&cluster, "other"), Some("node-2"));
    relabel(&mut cluster, "other", json!({"tenant": "x"}));
    create(&mut cluster, labelled("late", json!({"tenant": "x"}), alone));
    assert_eq!(node(&cluster, "late"), Some("node-1"));
}

/// A Pod that requests so much.
fn requesting(name: &str, cpu: &str, memory: &str) -> Object {
    let resources = json!({"requests": {"cpu": cpu, "memory": memory}});
    let containers = json!([{"name": "app", "image": "nginx:1.27", "resources": resources}]);
    labelled(name, json!({}), json!({"containers": containers}))
}

#[test]
fn what_a_pod_changes_about_the_balance_counts_and_not_the_balance_itself() {
    let mut cluster = cluster(2);
    put(&mut cluster, "node-1", requesting("first", "1200m", "6Gi"));
    put(&mut cluster, "node-2", requesting("second", "1600m", "1Mi"));
    create(&mut cluster, requesting("new", "400m", "512Mi"));
    assert_eq!(node(&cluster, "new"), Some("node-2"));
}

#[test]
fn sidecars_count_when_nodes_are_scored() {
    let mut cluster = cluster(2);
    let sidecar = json!({"name": "proxy", "image": "nginx:1.27", "restartPolicy": "Always",
        "resources": {"requests": {"cpu": "1500m"}}});
    put(&mut cluster, "node-1", labelled("a", json!({}), json!({"initContainers": [sidecar]})));
    put(&mut cluster, "node-2", labelled("b", json!({}), json!({"containers": asking("300m")})));
    create(&mut cluster, labelled("new", json!({}), json!({})));
    assert_eq!(node(&cluster, "new"), Some("node-2"));
}

#[test]
fn pods_behind_one_service_are_kept_apart() {
    let mut cluster = cluster(2);
    put(&mut cluster, "node-1", requesting("half", "1", "3Gi"));
    put(&mut cluster, "node-2", pod("first", json!({})));
    create(&mut cluster, pod("alone", json!({})));
    assert_eq!(node(&cluster, "alone"), Some("node-2"), "without a Service the emptier node is taken");
    let service = json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    create(&mut cluster, Object::from_json(Kind::Service, service).unwrap());
    create(&mut cluster, pod("second", json!({})));
    assert_eq!(node(&cluster, "second"), Some("node-1"));
}

#[test]
fn pods_of_a_job_are_not_kept_apart() {
    let mut cluster = cluster(2);
    put(&mut cluster, "node-1", requesting("half", "1200m", "4Gi"));
    for name in ["one", "two", "three"] {
        let mut value = pod(name, json!({})).to_json();
        value["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u", "controller": true}]);
        create(&mut cluster, Object::from_json(Kind::Pod, value).unwrap());
        assert_eq!(node(&cluster, name), Some("node-2"));
    }
}

#[test]
fn who_waits_for_long_is_tried_again_at_the_next_round() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("big", json!({"containers": asking("50")})));
    let said = |event: &Object| event.to_json()["series"]["count"].as_u64().unwrap_or(1);
    let tries = |cluster: &Cluster| cluster.store().list(Kind::Event).map(|(_, event)| said(event)).sum::<u64>();
    let until = |cluster: &mut Cluster, second: u64| {
        cluster.run_until(crate::cluster::Time::from_micros(second * 1_000_000));
        tries(cluster)
    };
    let first = tries(&cluster);
    assert_eq!([320, 331, 650, 661].map(|second| until(&mut cluster, second) - first), [0, 1, 1, 2]);
}
