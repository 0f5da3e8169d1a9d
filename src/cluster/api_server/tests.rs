use std::time::Duration;

use serde_json::json;

use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, Config, ObjectKey, Propagation, Time};

fn cluster() -> Cluster {
    Cluster::new(Config::default())
}

fn pod(name: &str) -> Object {
    let value = json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "app", "image": "nginx:1.27"}]}});
    Object::from_json(Kind::Pod, value).unwrap()
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(Kind::Pod, "default", name)
}

fn get<'a>(cluster: &'a Cluster, name: &str) -> &'a Pod {
    cluster.store().pod("default", name).unwrap()
}

fn delete(cluster: &mut Cluster, name: &str, grace: Option<i64>) {
    let action = Action::Delete { key: key(name), grace, propagation: Propagation::Background };
    cluster.act(action).unwrap();
}

#[test]
fn a_new_pod_is_given_what_every_object_has() {
    let mut cluster = cluster();
    cluster.act(Action::Create(pod("web"))).unwrap();
    let pod = get(&cluster, "web");
    assert_eq!(pod.metadata.generation, Some(1));
    assert_eq!(pod.uid().len(), 36);
    assert!(pod.resource_version.is_some());
    assert_eq!(pod.status.phase.as_deref(), Some("Pending"));
    assert_eq!(pod.status.qos_class.as_deref(), Some("BestEffort"));
}

#[test]
fn refusals_in_the_servers_words() {
    let mut cluster = cluster();
    cluster.act(Action::Create(pod("web"))).unwrap();
    let again = cluster.act(Action::Create(pod("web"))).unwrap_err();
    assert_eq!((again.code, again.message.as_str()), (409, "pods \"web\" already exists"));
    let mut elsewhere = pod("web");
    elsewhere.metadata_mut().namespace = Some("nope".into());
    let missing = cluster.act(Action::Create(elsewhere)).unwrap_err();
    assert_eq!((missing.code, missing.message.as_str()), (404, "namespaces \"nope\" not found"));
    let mut stale = Object::Pod(get(&cluster, "web").clone().into());
    stale.set_resource_version(Some("1"));
    let conflict = cluster.act(Action::Update(stale)).unwrap_err();
    assert_eq!(
        conflict.message,
        "Operation cannot be fulfilled on pods \"web\": the object has been modified; please apply your changes to \
         the latest version and try again"
    );
}

#[test]
fn the_limit_of_simulated_pods_is_said() {
    let mut cluster = Cluster::new(Config { max_pods: 1, max_waiting: 1, ..Config::default() });
    cluster.act(Action::Create(pod("a"))).unwrap();
    cluster.act(Action::Create(pod("b"))).unwrap();
    let refused = cluster.act(Action::Create(pod("c"))).unwrap_err();
    assert_eq!(refused.message, "pods \"c\" is forbidden: the simulation holds at most 2 Pods");
    let condition = |cluster: &Cluster, name: &str| {
        let conditions = cluster.store().pod("default", name).unwrap().status.conditions.clone().unwrap_or_default();
        let found = conditions.into_iter().find(|condition| condition.type_ == "PodScheduled").unwrap();
        (found.status.to_string(), found.message.unwrap_or_default().to_string())
    };
    cluster.run_until(Time::from_secs_f64(20.0));
    assert_eq!(condition(&cluster, "a").0, "True");
    let why = "the simulation runs at most 1 Pods: this one waits for another to go";
    assert_eq!(condition(&cluster, "b"), ("False".to_owned(), why.to_owned()));
    let key = ObjectKey::new(Kind::Pod, "default", "a");
    cluster.act(Action::Delete { key, grace: Some(0), propagation: Propagation::Background }).unwrap();
    cluster.run_until(Time::from_secs_f64(40.0));
    assert_eq!(condition(&cluster, "b").0, "True");
}

#[test]
fn generated_names_have_five_letters() {
    let mut cluster = cluster();
    let mut object = pod("");
    object.metadata_mut().name = None;
    object.metadata_mut().generate_name = Some("web-".into());
    let created = cluster.act(Action::Create(object)).unwrap().unwrap();
    assert!(created.name().starts_with("web-") && created.name().len() == 9, "{}", created.name());
}

#[test]
fn an_unscheduled_pod_goes_at_once() {
    let mut cluster = cluster();
    cluster.act(Action::Create(pod("web"))).unwrap();
    delete(&mut cluster, "web", None);
    assert!(cluster.store().pod("default", "web").is_none());
}

#[test]
fn a_scheduled_pod_gets_its_grace_and_it_can_only_be_shortened() {
    let mut cluster = cluster();
    cluster.act(Action::Create(pod("web"))).unwrap();
    cluster.run_until(cluster.now() + Duration::from_millis(20));
    assert_eq!(get(&cluster, "web").spec.node_name.as_deref(), Some("node-1"));
    delete(&mut cluster, "web", Some(60));
    let grace = |cluster: &Cluster| get(cluster, "web").metadata.deletion_grace_period_seconds;
    assert_eq!(grace(&cluster), Some(60));
    assert_eq!(get(&cluster, "web").metadata.generation, Some(2));
    cluster.run_until(cluster.now() + Duration::from_millis(10));
    delete(&mut cluster, "web", Some(90));
    assert_eq!(grace(&cluster), Some(60));
    // Before the simulated kubelet could act on it, time is set forward: 5 s of grace are past 10 s later.
    cluster.world.now = cluster.world.now + Duration::from_secs(10);
    delete(&mut cluster, "web", Some(5));
    assert_eq!(grace(&cluster), Some(1));
    assert_eq!(get(&cluster, "web").metadata.generation, Some(2));
    delete(&mut cluster, "web", Some(0));
    assert!(cluster.store().pod("default", "web").is_none());
}

#[test]
fn finalizers_hold_an_object() {
    let mut cluster = cluster();
    let mut object = pod("web");
    object.metadata_mut().finalizers = Some(vec!["example.com/hold".into()]);
    cluster.act(Action::Create(object)).unwrap();
    delete(&mut cluster, "web", None);
    let mut held = Object::Pod(get(&cluster, "web").clone().into());
    assert!(held.metadata().deletion_timestamp.is_some());
    held.metadata_mut().finalizers = None;
    cluster.act(Action::Update(held)).unwrap();
    assert!(cluster.store().pod("default", "web").is_none());
}

#[test]
fn a_service_gets_an_address_of_its_own() {
    let mut cluster = cluster();
    let service = |name: &str, port: i32| {
        let ports = json!([{"port": 80, "nodePort": port}]);
        let value = json!({"metadata": {"name": name}, "spec": {"type": "NodePort", "ports": ports}});
        Object::from_json(Kind::Service, value).unwrap()
    };
    let mut addresses = Vec::new();
    for name in ["a", "b"] {
        let Some(Object::Service(made)) = cluster.act(Action::Create(service(name, 0))).unwrap() else { panic!() };
        let spec = made.spec.clone().unwrap();
        addresses.push((spec.cluster_ip.unwrap(), spec.ports.unwrap()[0].node_port.unwrap()));
    }
    assert!(addresses.iter().all(|(ip, port)| ip.starts_with("10.96.") && *port >= 30_086));
    assert_ne!(addresses[0], addresses[1]);
    for (port, why) in
        [(80, "not in the valid range. The range of valid ports is 30000-32767"), (addresses[0].1, "already allocated")]
    {
        let refused = cluster.act(Action::Create(service("c", port))).unwrap_err().message;
        let told = format!("spec.ports[0].nodePort: Invalid value: {port}: provided port is {why}");
        assert_eq!(refused, format!("Service \"c\" is invalid: {told}"));
    }
}
