use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, Config, ObjectKey, Time};

/// A cluster with the Pod `web` on `node-2`.
fn cluster(nodes: u32, tolerations: &str) -> Cluster {
    let mut cluster = Cluster::new(Config { nodes, ..Config::default() });
    let value = format!(
        r#"{{"metadata": {{"name": "web", "namespace": "default"}}, "spec": {{
            "nodeSelector": {{"kubernetes.io/hostname": "node-{nodes}"}}, "tolerations": {tolerations},
            "containers": [{{"name": "app", "image": "nginx"}}]}}}}"#
    );
    let pod = Object::from_json(Kind::Pod, serde_json::from_str(&value).unwrap()).unwrap();
    cluster.act(Action::Create(pod)).unwrap();
    cluster.run_until(at(10.0));
    assert_eq!(word(&cluster, "Ready"), "True");
    cluster
}

fn at(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

fn web(cluster: &Cluster) -> &Pod {
    cluster.store().pod("default", "web").unwrap()
}

fn word<'a>(cluster: &'a Cluster, condition: &str) -> &'a str {
    let mut conditions = web(cluster).status.conditions.iter().flatten();
    conditions.find(|it| it.type_ == condition).map_or("", |it| it.status.as_str())
}

fn taints(cluster: &Cluster, node: &str) -> Vec<String> {
    let Some(Object::Node(node)) = cluster.store().get(&ObjectKey::new(Kind::Node, "", node)) else { panic!() };
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    taints.map(|taint| format!("{}:{}", taint.key, taint.effect)).collect()
}

fn events(cluster: &Cluster) -> Vec<String> {
    let text = |(_, object): (&ObjectKey, &Object)| match object {
        Object::Event(event) => event.message.clone().unwrap_or_default().to_string(),
        _ => String::new(),
    };
    cluster.store().list(Kind::Event).map(text).collect()
}

fn lose(cluster: &mut Cluster, node: &str) {
    cluster.act(Action::NodeDown { node: node.into() }).unwrap();
}

fn find(cluster: &mut Cluster, node: &str) {
    cluster.act(Action::NodeUp { node: node.into() }).unwrap();
}

#[test]
fn pods_of_a_lost_node_are_evicted_when_their_toleration_ends() {
    let mut cluster = cluster(2, "[]");
    lose(&mut cluster, "node-2");
    cluster.run_until(at(55.0));
    assert_eq!((word(&cluster, "Ready"), taints(&cluster, "node-2").len()), ("True", 0));
    cluster.run_until(at(61.0));
    assert_eq!(word(&cluster, "Ready"), "False");
    let unreachable = |effect: &str| format!("node.kubernetes.io/unreachable:{effect}");
    assert_eq!(taints(&cluster, "node-2"), [unreachable("NoSchedule")]);
    cluster.run_until(at(66.0));
    assert_eq!(taints(&cluster, "node-2"), [unreachable("NoSchedule"), unreachable("NoExecute")]);
    for text in ["Node node-2 status is now: NodeNotReady", "Node is not ready"] {
        assert!(events(&cluster).iter().any(|event| event == text), "{text}");
    }
    cluster.run_until(at(364.0));
    assert!(web(&cluster).metadata.deletion_timestamp.is_none());
    cluster.run_until(at(366.0));
    assert!(web(&cluster).metadata.deletion_timestamp.is_some());
    assert_eq!(word(&cluster, "DisruptionTarget"), "True");
    assert!(events(&cluster).iter().any(|event| event == "Marking for deletion Pod default/web"));
    cluster.run_until(at(3_600.0));
    assert!(web(&cluster).metadata.deletion_timestamp.is_some(), "nobody can say that it has ended");
    find(&mut cluster, "node-2");
    cluster.run_until(at(3_640.0));
    assert_eq!(cluster.store().pod("default", "web"), None);
    assert_eq!(taints(&cluster, "node-2").len(), 0);
}

#[test]
fn a_node_that_returns_in_time_keeps_its_pods() {
    let mut cluster = cluster(2, "[]");
    lose(&mut cluster, "node-2");
    cluster.run_until(at(200.0));
    find(&mut cluster, "node-2");
    cluster.run_until(at(260.0));
    assert!(events(&cluster).iter().any(|event| event == "Cancelling deletion of Pod default/web"));
    assert_eq!((word(&cluster, "Ready"), taints(&cluster, "node-2").len()), ("True", 0));
    for word in ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"] {
        let text = format!("Node node-2 status is now: {word}");
        assert!(events(&cluster).contains(&text), "{text}");
    }
    let status = &web(&cluster).status.container_statuses.as_ref().unwrap()[0];
    assert_eq!(status.restart_count, 1, "the machine began anew");
    cluster.run_until(at(2_000.0));
    assert!(web(&cluster).metadata.deletion_timestamp.is_none());
}

/// What a node's kubelet said of it, in order.
fn said_of(cluster: &Cluster, node: &str) -> Vec<String> {
    let mut events: Vec<serde_json::Value> = cluster.store().list(Kind::Event).map(|(_, it)| it.to_json()).collect();
    events.retain(|event| event["involvedObject"]["name"] == node && event["source"]["component"] == "kubelet");
    collections::sort_by_key(&mut events, |event| event["metadata"]["name"].as_str().unwrap().to_owned());
    events.iter().map(|event| event["reason"].as_str().unwrap().to_owned()).collect()
}

fn cordon(cluster: &mut Cluster, node: &str, on: bool) {
    let Some(Object::Node(old)) = cluster.store().get(&ObjectKey::new(Kind::Node, "", node)) else { panic!() };
    let mut new = old.as_ref().clone();
    new.spec.get_or_insert_default().unschedulable = Some(on);
    cluster.act(Action::Update(Object::Node(new.into()))).unwrap();
}

#[test]
fn the_kubelet_says_that_its_node_takes_no_new_pods() {
    let mut cluster = cluster(1, "[]");
    cordon(&mut cluster, "node-1", true);
    cluster.run_until(at(10.05));
    assert_eq!(said_of(&cluster, "node-1").len(), 0, "it looks every ten seconds");
    cluster.run_until(at(20.1));
    assert_eq!(said_of(&cluster, "node-1"), ["NodeNotSchedulable"]);
    assert!(events(&cluster).contains(&"Node node-1 status is now: NodeNotSchedulable".to_owned()));
    cordon(&mut cluster, "node-1", false);
    cluster.run_until(at(30.2));
    assert_eq!(said_of(&cluster, "node-1"), ["NodeNotSchedulable", "NodeSchedulable"]);
    cordon(&mut cluster, "node-1", true);
    cordon(&mut cluster, "node-1", false);
    cluster.run_until(at(60.0));
    assert_eq!(said_of(&cluster, "node-1").len(), 2, "what lasted for no look is not told");
}

#[test]
fn a_kubelet_that_starts_says_so_and_that_its_machine_did() {
    let starts = [
        "Starting",
        "NodeAllocatableEnforced",
        "NodeHasSufficientMemory",
        "NodeHasNoDiskPressure",
        "NodeHasSufficientPID",
    ];
    let boot = |cluster: &Cluster| {
        let node = cluster.store().get(&ObjectKey::new(Kind::Node, "", "node-2")).unwrap().to_json();
        node["status"]["nodeInfo"]["bootID"].as_str().unwrap().to_owned()
    };
    let mut cluster = cluster(2, "[]");
    let before = boot(&cluster);
    let down = std::time::Duration::from_secs(3);
    cluster.act(Action::RestartKubelet { node: "node-2".into(), down }).unwrap();
    cluster.run_until(at(20.0));
    assert_eq!((said_of(&cluster, "node-2"), boot(&cluster)), (starts.map(str::to_owned).to_vec(), before.clone()));
    cordon(&mut cluster, "node-2", true);
    lose(&mut cluster, "node-2");
    cluster.run_until(at(30.0));
    find(&mut cluster, "node-2");
    cluster.run_until(at(40.0));
    let told: Vec<&str> = starts.into_iter().chain(["Rebooted", "NodeNotSchedulable"]).collect();
    assert_eq!(said_of(&cluster, "node-2")[starts.len()..], told);
    assert_ne!(boot(&cluster), before);
    let text = format!("Node node-2 has been rebooted, boot id: {}", boot(&cluster));
    assert!(events(&cluster).contains(&text));
}

#[test]
fn a_pod_that_tolerates_nothing_goes_at_once_and_one_that_tolerates_all_stays() {
    let exists = r#"[{"operator": "Exists"}]"#;
    let at_once = r#"[{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
                       "tolerationSeconds": 0}]"#;
    for (tolerations, goes) in [(exists, false), (at_once, true)] {
        let mut cluster = cluster(2, tolerations);
        lose(&mut cluster, "node-2");
        cluster.run_until(at(66.0));
        assert_eq!(web(&cluster).metadata.deletion_timestamp.is_some(), goes, "{tolerations}");
        cluster.run_until(at(2_000.0));
        assert_eq!(web(&cluster).metadata.deletion_timestamp.is_some(), goes, "{tolerations}");
    }
}

#[test]
fn nothing_is_evicted_while_no_node_is_ready() {
    let mut cluster = cluster(1, "[]");
    lose(&mut cluster, "node-1");
    cluster.run_until(at(3_600.0));
    assert_eq!(taints(&cluster, "node-1"), ["node.kubernetes.io/unreachable:NoSchedule"]);
    assert!(web(&cluster).metadata.deletion_timestamp.is_none());
    assert_eq!(word(&cluster, "Ready"), "False");
}

#[test]
fn what_was_deleted_while_its_kubelet_was_away_is_ended_when_it_returns() {
    let mut cluster = cluster(1, "[]");
    let down = std::time::Duration::from_secs(30);
    cluster.act(Action::RestartKubelet { node: "node-1".into(), down }).unwrap();
    let key = ObjectKey::new(Kind::Pod, "default", "web");
    let propagation = crate::cluster::Propagation::Background;
    cluster.act(Action::Delete { key, grace: Some(0), propagation }).unwrap();
    cluster.take_journal();
    cluster.run_until(at(100.0));
    assert_eq!(cluster.store().pod("default", "web"), None);
    let ended = cluster.take_journal().iter().any(|record| format!("{:?}", record.what).contains("Exited"));
    assert!(ended, "its containers do not run on");
    assert_eq!(taints(&cluster, "node-1").len(), 0);
}

fn driven(cluster: &Cluster, nodes: u32) -> Vec<u32> {
    let has = |node: &u32| taints(cluster, &format!("node-{node}")).iter().any(|taint| taint.ends_with("NoExecute"));
    (1..=nodes).filter(has).collect()
}

#[test]
fn one_lost_node_after_the_other_is_tainted() {
    let mut cluster = cluster(5, "[]");
    lose(&mut cluster, "node-1");
    lose(&mut cluster, "node-2");
    for (time, tainted) in [(64.9, vec![]), (65.1, vec![1]), (74.9, vec![1]), (75.1, vec![1, 2])] {
        cluster.run_until(at(time));
        assert_eq!(driven(&cluster, 5), tainted, "at {time}");
    }
}

#[test]
fn nothing_more_is_tainted_while_most_nodes_are_lost() {
    let mut cluster = cluster(5, "[]");
    for node in ["node-1", "node-2", "node-3"] {
        lose(&mut cluster, node);
    }
    cluster.run_until(at(3_600.0));
    assert_eq!(driven(&cluster, 5), [0_u32; 0]);
    assert_eq!(taints(&cluster, "node-1"), ["node.kubernetes.io/unreachable:NoSchedule"]);
    // One comes back: two are not too many, and the first of them has to wait for its turn.
    find(&mut cluster, "node-3");
    cluster.run_until(at(3_700.0));
    assert_eq!(driven(&cluster, 5), [1, 2]);
}

#[test]
fn a_taint_that_is_there_stays_while_most_nodes_are_lost() {
    let mut cluster = cluster(5, "[]");
    lose(&mut cluster, "node-5");
    cluster.run_until(at(100.0));
    for node in ["node-1", "node-2"] {
        lose(&mut cluster, node);
    }
    cluster.run_until(at(1_000.0));
    assert_eq!(driven(&cluster, 5), [5]);
}

#[test]
fn that_a_node_is_no_more_is_told() {
    let mut cluster = cluster(2, "[]");
    let key = ObjectKey::new(Kind::Node, "", "node-2");
    let propagation = crate::cluster::Propagation::Background;
    cluster.act(Action::Delete { key, grace: None, propagation }).unwrap();
    cluster.run_until(at(100.0));
    assert!(events(&cluster).contains(&"Node node-2 event: Removing Node node-2 from Controller".to_owned()));
}

/// What the controller said of the Pod `web`, oldest first.
fn evictions(cluster: &mut Cluster) -> Vec<String> {
    let told = cluster.take_journal().into_iter().filter_map(|record| match record.what {
        crate::cluster::Happening::Changed(change) => match &change.object {
            Object::Event(event) if event.reason.as_deref() == Some("TaintManagerEviction") => {
                event.message.as_ref().and_then(|text| text.split(' ').next()).map(str::to_owned)
            }
            _ => None,
        },
        _ => None,
    });
    told.collect()
}

/// Gives `node-1` these NoExecute taints.
fn drive(cluster: &mut Cluster, keys: &[&str]) {
    let key = ObjectKey::new(Kind::Node, "", "node-1");
    let mut node = cluster.store().get(&key).unwrap().to_json();
    let taints = keys.iter().map(|key| serde_json::json!({"key": key, "effect": "NoExecute"}));
    node["spec"]["taints"] = taints.collect();
    cluster.act(Action::Update(Object::from_json(Kind::Node, node).unwrap())).unwrap();
}

fn delete(cluster: &mut Cluster, grace: Option<i64>) {
    let key = ObjectKey::new(Kind::Pod, "default", "web");
    let propagation = crate::cluster::Propagation::Background;
    cluster.act(Action::Delete { key, grace, propagation }).unwrap();
}

#[test]
fn a_taint_that_is_not_tolerated_ends_the_wait_for_another() {
    let mut cluster = cluster(1, r#"[{"key": "k", "operator": "Exists", "tolerationSeconds": 30}]"#);
    drive(&mut cluster, &["k"]);
    cluster.run_until(at(20.0));
    assert_eq!(evictions(&mut cluster), [""; 0]);
    drive(&mut cluster, &["k", "other"]);
    cluster.run_until(at(21.0));
    assert_eq!(evictions(&mut cluster), ["Cancelling", "Marking"]);
}

#[test]
fn of_several_tolerations_of_a_taint_the_first_counts() {
    for (seconds, stays) in [(["null", "5"], true), (["5", "null"], false)] {
        let tolerations =
            seconds.map(|it| format!(r#"{{"key": "k", "operator": "Exists", "tolerationSeconds": {it}}}"#));
        let mut cluster = cluster(1, &format!("[{}]", tolerations.join(",")));
        drive(&mut cluster, &["k"]);
        cluster.run_until(at(14.0));
        assert!(cluster.store().pod("default", "web").is_some());
        cluster.run_until(at(100.0));
        assert_eq!(cluster.store().pod("default", "web").is_some(), stays);
    }
}

#[test]
fn that_a_pod_is_gone_before_its_time_is_over_is_told() {
    let mut cluster = cluster(2, "[]");
    lose(&mut cluster, "node-2");
    cluster.run_until(at(90.0));
    delete(&mut cluster, Some(0));
    cluster.run_until(at(91.0));
    assert_eq!(evictions(&mut cluster), ["Cancelling"]);
    cluster.run_until(at(500.0));
    assert_eq!(evictions(&mut cluster), [""; 0]);
}

#[test]
fn a_pod_on_its_way_out_is_marked_all_the_same() {
    let mut cluster = cluster(2, "[]");
    lose(&mut cluster, "node-2");
    cluster.run_until(at(90.0));
    delete(&mut cluster, None);
    cluster.run_until(at(364.0));
    assert_eq!((evictions(&mut cluster).len(), word(&cluster, "DisruptionTarget")), (0, ""));
    cluster.run_until(at(1_000.0));
    assert_eq!((evictions(&mut cluster), word(&cluster, "DisruptionTarget")), (vec!["Marking".to_owned()], "True"));
}

#[test]
fn what_drives_pods_away_is_taken_off_at_the_next_look() {
    let mut cluster = cluster(2, "[]");
    lose(&mut cluster, "node-2");
    cluster.run_until(at(201.0));
    find(&mut cluster, "node-2");
    cluster.run_until(at(204.9));
    assert_eq!(taints(&cluster, "node-2"), ["node.kubernetes.io/unreachable:NoExecute"]);
    cluster.run_until(at(205.1));
    assert_eq!(taints(&cluster, "node-2"), [""; 0]);
}

#[test]
fn what_drives_pods_away_is_taken_off_where_no_node_is_ready_any_more() {
    let mut cluster = cluster(2, "[]");
    lose(&mut cluster, "node-2");
    cluster.run_until(at(100.0));
    assert_eq!(driven(&cluster, 2), [2]);
    lose(&mut cluster, "node-1");
    cluster.run_until(at(160.0));
    assert_eq!((driven(&cluster, 2), evictions(&mut cluster)), (vec![], vec!["Cancelling".to_owned()]));
    cluster.run_until(at(3_600.0));
    assert!(web(&cluster).metadata.deletion_timestamp.is_none());
}
