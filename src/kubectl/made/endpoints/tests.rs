use serde_json::{Value, json};

use super::made;
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster, Config, Time};
use crate::kubectl::resources::{Resource, find};

/// A cluster with these objects, ten seconds after they were made.
fn cluster(objects: &[(Kind, &str, Value)]) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    for (kind, name, spec) in objects {
        let value = json!({"metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}}, "spec": spec});
        cluster.act(Action::Create(Object::from_json(*kind, value).unwrap())).unwrap();
    }
    cluster.run_until(Time::from_secs_f64(10.0));
    cluster
}

fn container(port: &str, number: u16) -> Value {
    json!([{"name": "app", "image": "nginx", "ports": [{"name": port, "containerPort": number}]}])
}

fn pod(name: &'static str, port: &str, number: u16) -> (Kind, &'static str, Value) {
    (Kind::Pod, name, json!({"containers": container(port, number)}))
}

fn service(name: &'static str, spec: Value) -> (Kind, &'static str, Value) {
    (Kind::Service, name, spec)
}

fn named() -> Value {
    json!({"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]})
}

/// The cells PORTS and ENDPOINTS of all slices.
fn slices(cluster: &Cluster) -> Vec<(String, String)> {
    let slices = made(cluster, Resource::of(Kind::EndpointSlice));
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    let rows = slices.iter().map(|slice| crate::api::table::row(slice, now));
    rows.map(|row| (row[2].clone(), row[3].clone())).collect()
}

/// The subsets of the only Endpoints.
fn subsets(cluster: &Cluster) -> Value {
    let old = made(cluster, find("endpoints").unwrap());
    old[0].to_json()["subsets"].clone()
}

fn pair(ports: &str, endpoints: &str) -> (String, String) {
    (ports.to_owned(), endpoints.to_owned())
}

#[test]
fn a_service_without_pods_has_one_empty_slice() {
    let cluster = cluster(&[service("web", named())]);
    assert_eq!(slices(&cluster), [pair("<unset>", "<unset>")]);
    assert_eq!(subsets(&cluster), json!([]));
}

#[test]
fn pods_whose_ports_differ_stand_in_slices_of_their_own() {
    let pods = [pod("a", "http", 80), pod("b", "http", 8080), pod("c", "nope", 80), service("web", named())];
    let cluster = cluster(&pods);
    let [a, b, c] = ["a", "b", "c"].map(|name| {
        let pod = cluster.store().pod("default", name).unwrap();
        pod.status.pod_ip.as_deref().unwrap().to_owned()
    });
    assert_eq!(slices(&cluster), [pair("80", &a), pair("8080", &b), pair("<unset>", &c)]);
    let names: Vec<String> =
        made(&cluster, Resource::of(Kind::EndpointSlice)).iter().map(|it| it.name().to_owned()).collect();
    assert!(names[0] != names[1] && names[1] != names[2], "{names:?}");
    let port = |number: u16| json!([{"name": "", "port": number, "protocol": "TCP"}]);
    let old = json!([{"addresses": [{"ip": a}], "ports": port(80)}, {"addresses": [{"ip": b}], "ports": port(8080)}]);
    assert_eq!(subsets(&cluster), old);
}

#[test]
fn a_headless_service_without_ports_names_its_pods() {
    let cluster =
        cluster(&[pod("a", "http", 80), service("web", json!({"clusterIP": "None", "selector": {"app": "web"}}))]);
    let ip = cluster.store().pod("default", "a").unwrap().status.pod_ip.as_deref().unwrap().to_owned();
    assert_eq!(subsets(&cluster), json!([{"addresses": [{"ip": ip}]}]));
}

#[test]
fn pods_that_are_not_ready_stand_apart() {
    let mut spec = json!({"containers": container("http", 80)});
    spec["containers"][0]["readinessProbe"] = json!({"tcpSocket": {"port": 81}});
    let cluster = cluster(&[(Kind::Pod, "a", spec), service("web", named())]);
    let ip = cluster.store().pod("default", "a").unwrap().status.pod_ip.as_deref().unwrap().to_owned();
    let ports = json!([{"name": "", "port": 80, "protocol": "TCP"}]);
    assert_eq!(subsets(&cluster), json!([{"notReadyAddresses": [{"ip": ip}], "ports": ports}]));
}

#[test]
fn a_port_of_a_sidecar_counts() {
    let mut spec =
        json!({"initContainers": container("http", 9000), "containers": [{"name": "main", "image": "nginx"}]});
    spec["initContainers"][0]["restartPolicy"] = json!("Always");
    let cluster = cluster(&[(Kind::Pod, "a", spec), service("web", named())]);
    assert_eq!(subsets(&cluster)[0]["ports"][0]["port"], json!(9000));
}

#[test]
fn a_headless_service_names_those_whose_subdomain_it_is() {
    let mut spec = json!({"hostname": "one", "subdomain": "web", "containers": container("http", 80)});
    let headless = json!({"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80}]});
    let first = (Kind::Pod, "a", spec.clone());
    spec["subdomain"] = json!("other");
    let cluster = cluster(&[first, (Kind::Pod, "b", spec), service("web", headless)]);
    let slice = made(&cluster, Resource::of(Kind::EndpointSlice))[0].to_json();
    let names: Vec<&Value> = slice["endpoints"].as_array().unwrap().iter().map(|it| &it["hostname"]).collect();
    assert_eq!(names, [&json!("one"), &Value::Null]);
    let metadata = &slice["metadata"];
    assert_eq!(metadata["labels"]["service.kubernetes.io/headless"], "");
    let changed = &metadata["annotations"]["endpoints.kubernetes.io/last-change-trigger-time"];
    assert_eq!(changed, "2026-01-01T00:00:01Z");
    let old = made(&cluster, find("endpoints").unwrap())[0].to_json();
    assert_eq!(old["metadata"]["labels"]["endpoints.kubernetes.io/managed-by"], "endpoint-controller");
    let named = old["subsets"][0]["addresses"].as_array().unwrap().iter().filter(|it| it["hostname"] == "one");
    assert_eq!(named.count(), 1);
}

#[test]
fn a_slice_has_a_hundred_endpoints_at_most() {
    let mut cluster = Cluster::new(Config { nodes: 2, ..Config::default() });
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": container("http", 80)}});
    let web = json!({"metadata": {"name": "web"}, "spec": {"replicas": 120,
        "selector": {"matchLabels": {"app": "web"}}, "template": template}});
    cluster.act(Action::Create(Object::from_json(Kind::Deployment, web).unwrap())).unwrap();
    let value = json!({"metadata": {"name": "web"}, "spec": named()});
    cluster.act(Action::Create(Object::from_json(Kind::Service, value).unwrap())).unwrap();
    cluster.run_until(Time::from_secs_f64(60.0));
    let slices: Vec<Value> = made(&cluster, Resource::of(Kind::EndpointSlice)).iter().map(Object::to_json).collect();
    let sizes: Vec<usize> = slices.iter().map(|slice| slice["endpoints"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [100, 20]);
    assert_ne!(slices[0]["metadata"]["name"], slices[1]["metadata"]["name"]);
}

#[test]
fn what_is_empty_is_nothing() {
    let cluster = cluster(&[service("web", named())]);
    let slice = made(&cluster, Resource::of(Kind::EndpointSlice))[0].to_json();
    assert_eq!((&slice["endpoints"], &slice["ports"]), (&Value::Null, &Value::Null));
    assert!(slice.as_object().unwrap().contains_key("endpoints"), "it is written all the same");
}
