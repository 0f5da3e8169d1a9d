use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, Config, ObjectKey, Propagation};

fn cluster(nodes: u32) -> Cluster {
    Cluster::new(Config { nodes, ..Config::default() })
}

fn pod(name: &str, spec: Value) -> Object {
    let mut value = json!({"metadata": {"name": name, "labels": {"app": "web"}}, "spec": spec});
    if value["spec"].get("containers").is_none() {
        value["spec"]["containers"] = json!([{"name": "app", "image": "nginx:1.27"}]);
    }
    Object::from_json(Kind::Pod, value).unwrap()
}

fn asking(cpu: &str) -> Value {
    json!([{"name": "app", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}}])
}

fn create(cluster: &mut Cluster, object: Object) {
    cluster.act(Action::Create(object)).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(50));
}

fn get<'a>(cluster: &'a Cluster, name: &str) -> &'a Pod {
    cluster.store().pod("default", name).unwrap()
}

fn node<'a>(cluster: &'a Cluster, name: &str) -> Option<&'a str> {
    get(cluster, name).spec.node_name.as_deref()
}

fn why(cluster: &Cluster, name: &str) -> String {
    let conditions = get(cluster, name).status.conditions.clone().unwrap_or_default();
    let scheduled = conditions.into_iter().find(|condition| condition.type_ == "PodScheduled").unwrap();
    scheduled.message.unwrap_or_default().to_string()
}

const UNHELPFUL: &str = "no new claims to deallocate, preemption: 0/1 nodes are available: \
                         1 Preemption is not helpful for scheduling.";

#[test]
fn pods_of_one_owner_are_spread() {
    let mut cluster = cluster(3);
    for number in 0..3 {
        create(&mut cluster, pod(&format!("p{number}"), json!({})));
    }
    let mut nodes: Vec<_> = (0..3).filter_map(|number| node(&cluster, &format!("p{number}"))).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"]);
}

#[test]
fn the_words_for_too_little_room() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("big", json!({"containers": asking("50")})));
    assert_eq!(why(&cluster, "big"), format!("0/1 nodes are available: 1 Insufficient cpu. {UNHELPFUL}"));
    create(&mut cluster, pod("most", json!({"containers": asking("1500m")})));
    create(&mut cluster, pod("more", json!({"containers": asking("1")})));
    assert_eq!(
        why(&cluster, "more"),
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are \
         available: 1 No preemption victims found for incoming pod."
    );
}

#[test]
fn a_label_that_comes_later_helps() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("late", json!({"nodeSelector": {"pool": "late"}})));
    assert_eq!(
        why(&cluster, "late"),
        format!("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. {UNHELPFUL}")
    );
    let mut object = cluster.store().get(&ObjectKey::new(Kind::Node, "", "node-1")).unwrap().clone();
    object.metadata_mut().labels.get_or_insert_default().insert("pool".into(), "late".into());
    cluster.act(Action::Update(object)).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(50));
    assert_eq!(node(&cluster, "late"), Some("node-1"));
}

#[test]
fn gates_hold_a_pod_until_they_are_gone() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("gated", json!({"schedulingGates": [{"name": "example.com/wait"}]})));
    assert_eq!(node(&cluster, "gated"), None);
    assert_eq!(why(&cluster, "gated"), "Scheduling is blocked due to non-empty scheduling gates");
    let mut open = get(&cluster, "gated").clone();
    open.spec.make_mut().scheduling_gates = None;
    cluster.act(Action::Update(Object::Pod(open.into()))).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(50));
    assert_eq!(node(&cluster, "gated"), Some("node-1"));
    assert_eq!(get(&cluster, "gated").metadata.generation, Some(2));
}

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
fn anti_affinity_keeps_pods_apart() {
    let mut cluster = cluster(2);
    let apart = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}]}}});
    for name in ["a", "b", "c"] {
        create(&mut cluster, pod(name, apart.clone()));
    }
    assert_ne!(node(&cluster, "a"), node(&cluster, "b"));
    assert!(why(&cluster, "c").starts_with("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules."));
}

#[test]
fn spread_constraints_bound_the_skew() {
    let mut cluster = cluster(2);
    let spread = |selector: Value| {
        json!({"nodeSelector": selector, "topologySpreadConstraints": [{"maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
            "nodeAffinityPolicy": "Ignore", "labelSelector": {"matchLabels": {"app": "web"}}}]})
    };
    let first = json!({"kubernetes.io/hostname": "node-1"});
    create(&mut cluster, pod("a", spread(first.clone())));
    create(&mut cluster, pod("b", spread(first)));
    assert!(
        why(&cluster, "b").contains("1 node(s) didn't match pod topology spread constraints"),
        "{}",
        why(&cluster, "b")
    );
}

#[test]
fn taints_keep_pods_away() {
    let mut cluster = cluster(1);
    let key = ObjectKey::new(Kind::Node, "", "node-1");
    let mut tainted = cluster.store().get(&key).unwrap().to_json();
    tainted["spec"]["taints"] = json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]);
    cluster.act(Action::Update(Object::from_json(Kind::Node, tainted).unwrap())).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(20));
    create(&mut cluster, pod("plain", json!({})));
    assert_eq!(
        why(&cluster, "plain"),
        format!("0/1 nodes are available: 1 node(s) had untolerated taint(s). {UNHELPFUL}")
    );
    create(&mut cluster, pod("brave", json!({"tolerations": [{"key": "gpu", "operator": "Exists"}]})));
    assert_eq!(node(&cluster, "brave"), Some("node-1"));
}
