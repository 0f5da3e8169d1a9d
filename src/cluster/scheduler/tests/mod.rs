mod hints;
mod memory;
mod placement;
mod preemption;
mod volumes;

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::labels::Labels;
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

fn of_json(labels: &Value) -> Labels {
    labels.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// A Pod with other labels than those of [`pod`].
fn labelled(name: &str, labels: Value, spec: Value) -> Object {
    let mut object = pod(name, spec);
    object.metadata_mut().labels = Some(of_json(&labels));
    object
}

/// Changes a node and lets the scheduler hear of it.
fn change_node(cluster: &mut Cluster, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value = cluster.store().get(&ObjectKey::new(Kind::Node, "", name)).unwrap().to_json();
    change(&mut value);
    cluster.act(Action::Update(Object::from_json(Kind::Node, value).unwrap())).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(50));
}

fn label_node(cluster: &mut Cluster, name: &str, key: &str, value: &str) {
    change_node(cluster, name, |node| node["metadata"]["labels"][key] = value.into());
}

fn taint_node(cluster: &mut Cluster, name: &str) {
    let taints = json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]);
    change_node(cluster, name, |node| node["spec"]["taints"] = taints);
}

/// A Pod that was put where it is past the scheduler.
fn put(cluster: &mut Cluster, node: &str, mut object: Object) {
    let Object::Pod(inner) = &mut object else { panic!("a Pod") };
    std::rc::Rc::make_mut(inner).spec.make_mut().node_name = Some(node.into());
    create(cluster, object);
}

fn relabel(cluster: &mut Cluster, name: &str, labels: Value) {
    let mut object = Object::Pod(get(cluster, name).clone().into());
    object.metadata_mut().labels = Some(of_json(&labels));
    cluster.act(Action::Update(object)).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(50));
}

fn asking(cpu: &str) -> Value {
    json!([{"name": "app", "image": "nginx:1.27", "resources": {"requests": {"cpu": cpu}}}])
}

fn create(cluster: &mut Cluster, mut object: Object) {
    classify(cluster, &mut object);
    cluster.act(Action::Create(object)).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(50));
}

/// A number needs a class that says so.
fn classify(cluster: &mut Cluster, object: &mut Object) {
    let Object::Pod(pod) = object else { return };
    let Some(priority) = pod.spec.priority.filter(|priority| *priority != 0) else { return };
    let name = format!("worth-{priority}");
    let policy = pod.spec.preemption_policy.as_deref();
    let value = json!({"metadata": {"name": name}, "value": priority, "preemptionPolicy": policy});
    // It may be there already.
    let _there = cluster.act(Action::Create(Object::from_json(Kind::PriorityClass, value).unwrap()));
    std::rc::Rc::make_mut(pod).spec.make_mut().priority_class_name = Some(name.into());
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
    taint_node(&mut cluster, "node-1");
    create(&mut cluster, pod("plain", json!({})));
    assert_eq!(
        why(&cluster, "plain"),
        format!("0/1 nodes are available: 1 node(s) had untolerated taint(s). {UNHELPFUL}")
    );
    create(&mut cluster, pod("brave", json!({"tolerations": [{"key": "gpu", "operator": "Exists"}]})));
    assert_eq!(node(&cluster, "brave"), Some("node-1"));
}
