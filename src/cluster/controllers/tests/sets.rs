//! StatefulSets and DaemonSets.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::stand_in::{StandIn, deployment};
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster, Config, Propagation};

fn names(it: &StandIn) -> Vec<String> {
    it.list(Kind::Pod).iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

fn set_image(it: &mut StandIn, kind: Kind, image: &str) {
    it.change(kind, "web", |web| web["spec"]["template"]["spec"]["containers"][0]["image"] = image.into());
}

#[test]
fn replicas_come_in_order_and_go_from_the_end() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::StatefulSet, deployment(3, "v1", json!({"serviceName": "web"})));
    it.run_watched(std::time::Duration::from_millis(500), |_| {});
    assert_eq!(names(&it), ["web-0"]);
    it.run(10);
    assert_eq!(names(&it), ["web-0", "web-1", "web-2"]);
    let pod = it.get(Kind::Pod, "web-1");
    assert_eq!((&pod["spec"]["hostname"], &pod["spec"]["subdomain"]), (&json!("web-1"), &json!("web")));
    let status = it.get(Kind::StatefulSet, "web")["status"].clone();
    assert_eq!((&status["readyReplicas"], &status["currentReplicas"]), (&json!(3), &json!(3)));
    it.change(Kind::StatefulSet, "web", |web| web["spec"]["replicas"] = 1.into());
    it.run(10);
    assert_eq!(names(&it), ["web-0"]);
    assert_eq!(
        it.messages("StatefulSet")[3..],
        ["Delete Pod web-2 in StatefulSet web successful", "Delete Pod web-1 in StatefulSet web successful"]
    );
}

#[test]
fn a_stateful_set_rolls_from_the_end_down_to_its_partition() {
    let mut it = StandIn::new(Config::default());
    let strategy = json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}});
    it.create(Kind::StatefulSet, deployment(3, "v1", strategy));
    it.run(10);
    set_image(&mut it, Kind::StatefulSet, "v2");
    it.run(20);
    let images = |it: &StandIn| -> Vec<String> {
        let mut pods = it.list(Kind::Pod);
        pods.sort_by_key(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned());
        pods.iter().map(|pod| pod["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(images(&it), ["v1", "v2", "v2"]);
    it.change(Kind::StatefulSet, "web", |web| {
        web["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = 0.into();
    });
    it.run(20);
    assert_eq!(images(&it), ["v2", "v2", "v2"]);
    let status = it.get(Kind::StatefulSet, "web")["status"].clone();
    assert_eq!(status["currentRevision"], status["updateRevision"]);
}

fn on_their_way_out(cluster: &Cluster) -> usize {
    cluster.store().pods().filter(|pod| pod.metadata.deletion_timestamp.is_some()).count()
}

#[test]
fn replicas_managed_in_parallel_are_replaced_one_at_a_time_too() {
    let mut it = StandIn::new(Config::default());
    let more = json!({"podManagementPolicy": "Parallel", "minReadySeconds": 5});
    it.create(Kind::StatefulSet, deployment(3, "v1", more));
    it.run(15);
    set_image(&mut it, Kind::StatefulSet, "v2");
    let mut least = 3;
    it.run_watched(std::time::Duration::from_secs(60), |cluster| {
        let ready = cluster.store().pods().filter(|pod| {
            let ready = pod.status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready");
            let since = ready.and_then(|ready| ready.last_transition_time.as_ref()).map(|time| time.0.as_second());
            let now = cluster.world.timestamp().0.as_second();
            pod.metadata.deletion_timestamp.is_none() && since.is_some_and(|since| now - since >= 5)
        });
        least = least.min(ready.count());
    });
    assert_eq!(least, 2);
    let status = it.get(Kind::StatefulSet, "web")["status"].clone();
    assert_eq!((&status["updatedReplicas"], &status["availableReplicas"]), (&json!(3), &json!(3)));
}

fn fail(it: &mut StandIn, name: &str) {
    let mut pod = it.get(Kind::Pod, name);
    pod["status"]["phase"] = "Failed".into();
    it.act(Action::UpdateStatus(Object::from_json(Kind::Pod, pod).unwrap()));
}

#[test]
fn a_failed_replica_holds_up_no_others_that_are_managed_in_parallel() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::StatefulSet, deployment(2, "v1", json!({"podManagementPolicy": "Parallel"})));
    it.run(5);
    it.change(Kind::Pod, "web-0", |pod| pod["metadata"]["finalizers"] = json!(["example.com/held"]));
    fail(&mut it, "web-0");
    it.delete(Kind::Pod, "web-1", Propagation::Background);
    it.run(5);
    assert!(it.get(Kind::Pod, "web-0")["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(it.get(Kind::Pod, "web-1")["status"]["phase"], "Running");
}

#[test]
fn a_replica_beyond_the_size_that_is_not_available_yet_goes_at_once() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::StatefulSet, deployment(2, "v1", json!({"minReadySeconds": 10})));
    it.run(13);
    assert_eq!(names(&it), ["web-0", "web-1"]);
    it.change(Kind::StatefulSet, "web", |web| web["spec"]["replicas"] = 1.into());
    it.run(2);
    assert_eq!(names(&it), ["web-0"]);
}

#[test]
fn the_next_one_comes_when_the_last_one_is_available() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::StatefulSet, deployment(2, "v1", json!({"minReadySeconds": 10})));
    let mut came = None;
    it.run_watched(Duration::from_secs(15), |cluster| {
        let key = StandIn::key(Kind::Pod, "web-1");
        came = came.or_else(|| cluster.store().get(&key).map(|_| cluster.now()));
    });
    let conditions = it.get(Kind::Pod, "web-0")["status"]["conditions"].as_array().unwrap().clone();
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready").unwrap();
    let ready: Timestamp = ready["lastTransitionTime"].as_str().unwrap().parse().unwrap();
    // The API knows whole seconds, and the check comes when ten of them are over, not at some later look.
    let late = came.unwrap().to_timestamp(Config::default().epoch).duration_since(ready).as_secs_f64() - 10.0;
    assert!((0.0..0.2).contains(&late), "{late}");
}

#[test]
fn the_volumes_of_claims_come_first() {
    let mut it = StandIn::new(Config::default());
    let claims = json!({"volumeClaimTemplates": [{"metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]});
    let mut set = deployment(1, "v1", claims);
    set["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "cfg", "emptyDir": {}}, {"name": "data", "emptyDir": {}}]);
    it.create(Kind::StatefulSet, set);
    it.run(1);
    let volumes = it.get(Kind::Pod, "web-0")["spec"]["volumes"].as_array().unwrap().clone();
    let names: Vec<&str> = volumes.iter().map(|volume| volume["name"].as_str().unwrap()).collect();
    assert_eq!(names[..2], ["data", "cfg"]);
    assert_eq!(volumes[0]["persistentVolumeClaim"]["claimName"], "data-web-0");
}

fn stray(name: &str, more: Value) -> Value {
    let mut pod = json!({"metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "v1"}]}});
    pod["spec"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    pod
}

#[test]
fn a_stateful_set_adopts_what_has_its_name_and_lets_go_of_what_it_does_not_select() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::Pod, stray("web-0", json!({})));
    it.create(Kind::Pod, stray("other-0", json!({})));
    it.run(2);
    it.create(Kind::StatefulSet, deployment(1, "v1", json!({"updateStrategy": {"type": "OnDelete"}})));
    it.run(2);
    let pod = it.get(Kind::Pod, "web-0");
    assert_eq!(pod["metadata"]["ownerReferences"][0]["kind"], "StatefulSet");
    assert_eq!(pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"], "0");
    assert_eq!(pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"], "web-0");
    assert!(it.get(Kind::Pod, "other-0")["metadata"]["ownerReferences"].is_null());
    assert_eq!(it.messages("StatefulSet"), ["Update Pod web-0 in StatefulSet web successful"]);
    it.change(Kind::Pod, "web-0", |pod| pod["metadata"]["labels"] = json!({"app": "debug"}));
    it.run(2);
    assert!(it.get(Kind::Pod, "web-0")["metadata"]["ownerReferences"].is_null());
    // Its name stays taken, of which nothing is said; a Pod that is made later is adopted as well.
    assert_eq!(it.messages("StatefulSet").len(), 1);
    it.change(Kind::Pod, "web-0", |pod| pod["metadata"]["labels"] = json!({"app": "web"}));
    it.run(2);
    assert_eq!(it.get(Kind::Pod, "web-0")["metadata"]["ownerReferences"][0]["name"], "web");
}

#[test]
fn claims_are_made_once_and_kept() {
    let mut it = StandIn::new(Config::default());
    let claims = json!({"volumeClaimTemplates": [{"metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]});
    it.create(Kind::StatefulSet, deployment(1, "v1", claims));
    it.run(5);
    assert_eq!(it.get(Kind::PersistentVolumeClaim, "data-web-0")["status"]["phase"], "Bound");
    assert_eq!(it.get(Kind::Pod, "web-0")["status"]["phase"], "Running");
    it.delete(Kind::Pod, "web-0", Propagation::Background);
    it.run(5);
    assert_eq!(it.list(Kind::PersistentVolumeClaim).len(), 1);
    assert_eq!(names(&it), ["web-0"]);
}

fn daemon_set(more: Value) -> Value {
    let mut value = deployment(0, "v1", more);
    value["spec"].as_object_mut().unwrap().remove("replicas");
    value
}

#[test]
fn every_node_has_its_daemon() {
    let mut it = StandIn::new(Config { nodes: 3, ..Config::default() });
    it.create(Kind::DaemonSet, daemon_set(json!({})));
    it.run(5);
    let mut nodes: Vec<String> =
        it.list(Kind::Pod).iter().map(|pod| pod["spec"]["nodeName"].as_str().unwrap().to_owned()).collect();
    nodes.sort();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"]);
    let status = it.get(Kind::DaemonSet, "web")["status"].clone();
    assert_eq!((&status["desiredNumberScheduled"], &status["numberAvailable"]), (&json!(3), &json!(3)));
    set_image(&mut it, Kind::DaemonSet, "v2");
    let mut least = 3;
    it.run_watched(std::time::Duration::from_secs(30), |cluster| {
        let ready = cluster
            .store()
            .pods()
            .filter(|pod| pod.metadata.deletion_timestamp.is_none() && pod.status.phase.as_deref() == Some("Running"));
        least = least.min(ready.count());
    });
    assert_eq!(least, 2);
    let status = it.get(Kind::DaemonSet, "web")["status"].clone();
    assert_eq!((&status["updatedNumberScheduled"], &status["numberReady"]), (&json!(3), &json!(3)));
}

fn taint(it: &mut StandIn, node: &str, effect: &str) {
    let mut value = it.cluster.store().get(&crate::cluster::ObjectKey::new(Kind::Node, "", node)).unwrap().to_json();
    value["spec"]["taints"] = json!([{"key": "kept", "effect": effect}]);
    it.act(Action::Update(Object::from_json(Kind::Node, value).unwrap()));
}

fn rolling(fields: Value) -> Value {
    json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": fields}})
}

fn image_on(it: &StandIn, node: &str) -> Option<String> {
    let pods = it.list(Kind::Pod);
    let pod = pods.iter().find(|pod| pod["spec"]["nodeName"] == node)?;
    pod["spec"]["containers"][0]["image"].as_str().map(str::to_owned)
}

#[test]
fn a_daemon_that_may_not_stay_is_deleted_once() {
    let mut it = StandIn::new(Config { nodes: 2, ..Config::default() });
    it.create(Kind::DaemonSet, daemon_set(json!({"updateStrategy": {"type": "OnDelete"}})));
    it.run(5);
    it.change(Kind::DaemonSet, "web", |web| web["spec"]["template"]["spec"]["nodeName"] = "node-2".into());
    it.run_watched(std::time::Duration::from_millis(500), |_| {});
    it.change(Kind::DaemonSet, "web", |web| web["metadata"]["labels"] = json!({"another": "look"}));
    it.run(10);
    let mut said = it.list(Kind::Event);
    said.retain(|event| event["message"].as_str().unwrap().starts_with("Deleted pod"));
    assert_eq!((said.len(), &said[0]["count"]), (1, &json!(1)));
    assert_eq!((image_on(&it, "node-1"), image_on(&it, "node-2").as_deref()), (None, Some("v1")));
}

#[test]
fn percentages_are_of_the_nodes_that_should_have_a_daemon() {
    let mut it = StandIn::new(Config { nodes: 4, ..Config::default() });
    taint(&mut it, "node-3", "NoSchedule");
    taint(&mut it, "node-4", "NoSchedule");
    it.create(Kind::DaemonSet, daemon_set(rolling(json!({"maxUnavailable": "50%"}))));
    it.run(5);
    set_image(&mut it, Kind::DaemonSet, "v2");
    let mut most = 0;
    it.run_watched(std::time::Duration::from_secs(20), |cluster| most = most.max(on_their_way_out(cluster)));
    assert_eq!(most, 1);
}

#[test]
fn with_surge_a_new_daemon_starts_beside_the_one_that_goes() {
    let mut it = StandIn::new(Config { nodes: 1, ..Config::default() });
    it.create(Kind::DaemonSet, daemon_set(rolling(json!({"maxSurge": 1, "maxUnavailable": 0}))));
    it.run(5);
    let name = names(&it).remove(0);
    it.delete(Kind::Pod, &name, Propagation::Background);
    it.run_watched(std::time::Duration::from_millis(500), |_| {});
    assert_eq!(it.list(Kind::Pod).len(), 2);
    it.run(5);
    // An old one that does not serve makes room for the new one at once.
    it.broken.push("v2");
    set_image(&mut it, Kind::DaemonSet, "v2");
    it.run(5);
    assert_eq!(it.list(Kind::Pod).len(), 2);
    set_image(&mut it, Kind::DaemonSet, "v3");
    it.run(10);
    assert_eq!((it.list(Kind::Pod).len(), image_on(&it, "node-1").as_deref()), (1, Some("v3")));
}

#[test]
fn the_old_daemon_of_a_node_that_takes_no_more_is_rolled_away() {
    for strategy in [json!({"maxUnavailable": 1}), json!({"maxSurge": 1, "maxUnavailable": 0})] {
        let mut it = StandIn::new(Config { nodes: 2, ..Config::default() });
        it.create(Kind::DaemonSet, daemon_set(rolling(strategy)));
        it.run(5);
        taint(&mut it, "node-1", "NoSchedule");
        it.run(5);
        assert_eq!(image_on(&it, "node-1").as_deref(), Some("v1"), "it may stay");
        set_image(&mut it, Kind::DaemonSet, "v2");
        it.run(20);
        assert_eq!((image_on(&it, "node-1"), image_on(&it, "node-2").as_deref()), (None, Some("v2")));
    }
}

#[test]
fn a_daemon_is_aimed_at_its_node_and_nothing_else() {
    let mut it = StandIn::new(Config { nodes: 1, ..Config::default() });
    let mut set = daemon_set(json!({}));
    let os = json!({"key": "kubernetes.io/hostname", "operator": "Exists"});
    set["spec"]["template"]["spec"]["affinity"] = json!({"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [os]}]}}});
    it.create(Kind::DaemonSet, set);
    it.run(5);
    let affinity = it.list(Kind::Pod)[0]["spec"]["affinity"]["nodeAffinity"].clone();
    assert_eq!(
        affinity["requiredDuringSchedulingIgnoredDuringExecution"],
        json!({"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}]})
    );
}

#[test]
fn a_toleration_that_every_daemon_has_takes_the_place_of_the_templates_own() {
    let mut it = StandIn::new(Config { nodes: 1, ..Config::default() });
    let mut set = daemon_set(json!({}));
    let toleration = |key: &str, value: Value| {
        let mut own = json!({"key": key, "operator": "Exists", "effect": "NoExecute"});
        own.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        own
    };
    let unreachable = "node.kubernetes.io/unreachable";
    set["spec"]["template"]["spec"]["tolerations"] =
        json!([toleration(unreachable, json!({"tolerationSeconds": 30})), toleration("mine", json!({})),]);
    it.create(Kind::DaemonSet, set);
    it.run(5);
    let tolerations = it.list(Kind::Pod)[0]["spec"]["tolerations"].as_array().unwrap().clone();
    assert_eq!(tolerations[..2], [toleration(unreachable, json!({})), toleration("mine", json!({}))]);
    assert_eq!(tolerations.len(), 7);
}

#[test]
fn a_daemon_set_adopts_and_lets_go() {
    let mut it = StandIn::new(Config { nodes: 1, ..Config::default() });
    it.create(Kind::Pod, stray("hand", json!({"nodeName": "node-1"})));
    it.run(2);
    it.create(Kind::DaemonSet, daemon_set(json!({"updateStrategy": {"type": "OnDelete"}})));
    it.run(5);
    assert_eq!(names(&it), ["hand"]);
    assert_eq!(it.get(Kind::Pod, "hand")["metadata"]["ownerReferences"][0]["kind"], "DaemonSet");
    it.change(Kind::Pod, "hand", |pod| pod["metadata"]["labels"] = json!({}));
    it.run(5);
    assert!(it.get(Kind::Pod, "hand")["metadata"]["ownerReferences"].is_null());
    assert_eq!(it.list(Kind::Pod).len(), 2);
}

#[test]
fn a_daemon_set_counts_its_templates() {
    const COUNT: &str = "deprecated.daemonset.template.generation";
    let mut it = StandIn::new(Config { nodes: 1, ..Config::default() });
    it.create(Kind::DaemonSet, daemon_set(json!({})));
    it.change(Kind::DaemonSet, "web", |web| {
        web["spec"]["minReadySeconds"] = 1.into();
        web["metadata"]["annotations"][COUNT] = "7".into();
    });
    assert_eq!(it.get(Kind::DaemonSet, "web")["metadata"]["annotations"][COUNT], "1");
    it.change(Kind::DaemonSet, "web", |web| {
        web["metadata"].as_object_mut().unwrap().remove("annotations");
        web["spec"]["template"]["spec"]["containers"][0]["image"] = "v2".into();
    });
    it.run(5);
    let set = it.get(Kind::DaemonSet, "web");
    assert_eq!((&set["metadata"]["annotations"][COUNT], &set["metadata"]["generation"]), (&json!("2"), &json!(3)));
    assert_eq!(it.list(Kind::Pod)[0]["metadata"]["labels"]["pod-template-generation"], "2");
}

#[test]
fn services_know_their_pods() {
    let mut it = StandIn::new(Config::default());
    let service = json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    it.create(Kind::Service, service);
    it.create(Kind::Deployment, deployment(2, "v1", json!({})));
    it.run(5);
    for (number, pod) in it.list(Kind::Pod).into_iter().enumerate() {
        let mut pod = pod.clone();
        pod["status"]["podIP"] = format!("10.0.0.{number}").into();
        it.act(Action::UpdateStatus(Object::from_json(Kind::Pod, pod).unwrap()));
    }
    it.run(1);
    assert_eq!(it.cluster.endpoints().reachable("default", "web").len(), 2);
    it.change(Kind::Deployment, "web", |web| web["spec"]["replicas"] = 1.into());
    it.run_watched(std::time::Duration::from_millis(100), |_| {});
    assert_eq!(it.cluster.endpoints().reachable("default", "web").len(), 1);
    assert_eq!(it.cluster.endpoints().of("default", "web").count(), 2);
}

#[test]
fn a_namespace_takes_everything_with_it() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::Namespace, json!({"metadata": {"name": "team"}}));
    it.run(1);
    let inside = |it: &StandIn| it.cluster.store().iter().filter(|(key, _)| key.namespace.as_ref() == "team").count();
    assert_eq!(inside(&it), 2);
    let mut value = deployment(2, "v1", json!({}));
    value["metadata"]["namespace"] = "team".into();
    it.create(Kind::Deployment, value);
    it.run(5);
    it.delete(Kind::Namespace, "team", Propagation::Background);
    it.run(20);
    assert_eq!(inside(&it), 0);
    assert!(it.get(Kind::Namespace, "team").is_null());
}

#[test]
fn what_is_started_all_at_once_is_tried_in_batches() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::ResourceQuota, json!({"metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}));
    it.create(Kind::StatefulSet, deployment(4, "v1", json!({"podManagementPolicy": "Parallel"})));
    it.run(3);
    let mut failed: Vec<String> = it.messages("StatefulSet");
    failed.retain(|message| message.contains("failed"));
    let names: Vec<&str> = failed.iter().filter_map(|message| message.split(' ').nth(2)).collect();
    assert_eq!(names, ["web-1", "web-2"], "the next batch is not begun");
}
