//! StatefulSets and DaemonSets.

use serde_json::{Value, json};

use super::stand_in::{StandIn, deployment};
use crate::api::Kind;
use crate::cluster::{Config, Propagation};

fn names(it: &StandIn) -> Vec<String> {
    it.list(Kind::Pod).iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

fn set_image(it: &mut StandIn, kind: Kind, image: &str) {
    it.change(kind, "web", |web| web["spec"]["template"]["spec"]["containers"][0]["image"] = image.into());
}

fn messages(it: &StandIn, kind: &str) -> Vec<String> {
    let mut events = it.list(Kind::Event);
    events.retain(|event| event["involvedObject"]["kind"] == kind);
    events.sort_by_key(|event| event["metadata"]["name"].as_str().unwrap().to_owned());
    events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
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
        messages(&it, "StatefulSet")[3..],
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
        it.act(crate::cluster::Action::UpdateStatus(crate::api::Object::from_json(Kind::Pod, pod).unwrap()));
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
