use serde_json::{Value, json};

use super::{PROTOCOL, Reply, Request, Server, Session};
use crate::cluster::{Cluster, Config, Time};

fn server() -> Server {
    Server::new(Cluster::new(Config::default()))
}

fn ask(server: &mut Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(a, b)| (a.to_owned(), b.to_owned()));
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.collect(),
        content_type: "application/merge-patch+json".to_owned(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        ..Request::default()
    };
    let Reply { code, body, .. } = server.answer(&request);
    server.take();
    (code, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    })
}

const PODS: &str = "/api/v1/namespaces/default/pods";

#[test]
fn objects_are_made_read_changed_and_deleted() {
    let mut server = server();
    let (code, made) = ask(&mut server, "POST", PODS, &pod("a"));
    assert_eq!((code, &made["metadata"]["name"]), (201, &json!("a")));
    let (code, again) = ask(&mut server, "POST", PODS, &pod("a"));
    assert_eq!(
        (code, &again["reason"], &again["message"]),
        (409, &json!("AlreadyExists"), &json!("pods \"a\" already exists"))
    );
    let (_, list) = ask(&mut server, "GET", &format!("{PODS}?labelSelector=app=a"), &Value::Null);
    assert_eq!((&list["kind"], list["items"].as_array().unwrap().len()), (&json!("PodList"), 1));
    let (code, patched) = ask(&mut server, "PATCH", &format!("{PODS}/a"), &json!({"metadata": {"labels": {"x": "y"}}}));
    assert_eq!((code, &patched["metadata"]["labels"]), (200, &json!({"app": "a", "x": "y"})));
    let (code, refused) = ask(&mut server, "PATCH", &format!("{PODS}/a"), &json!({"spec": {"nodeName": "other"}}));
    assert_eq!((code, &refused["reason"], &refused["details"]["name"]), (422, &json!("Invalid"), &json!("a")));
    let (code, _) = ask(&mut server, "DELETE", &format!("{PODS}/a"), &json!({"gracePeriodSeconds": 0}));
    assert_eq!(code, 200);
    let (code, gone) = ask(&mut server, "GET", &format!("{PODS}/a"), &Value::Null);
    assert_eq!((code, &gone["message"]), (404, &json!("pods \"a\" not found")));
}

#[test]
fn what_is_wrong_is_told_by_its_causes() {
    let mut server = server();
    let mut wrong = pod("a");
    wrong["spec"]["restartPolicy"] = json!("Sometimes");
    let (code, told) = ask(&mut server, "POST", PODS, &wrong);
    assert_eq!((code, &told["details"]["causes"][0]["field"]), (422, &json!("spec.restartPolicy")));
    wrong["spec"]["nonsense"] = json!(1);
    let (code, told) = ask(&mut server, "POST", PODS, &wrong);
    assert_eq!((code, &told["reason"]), (400, &json!("BadRequest")), "{told}");
    assert!(told["message"].as_str().unwrap().starts_with("Pod in version \"v1\" cannot be handled as a Pod: strict"));
    let (code, _) = ask(&mut server, "GET", "/api/v1/nonsense", &Value::Null);
    assert_eq!(code, 404);
}

#[test]
fn a_watch_tells_what_changed_since() {
    let mut server = server();
    let (_, list) = ask(&mut server, "GET", PODS, &Value::Null);
    let version = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    ask(&mut server, "POST", PODS, &pod("a"));
    let request = Request {
        method: "GET".to_owned(),
        path: PODS.to_owned(),
        query: vec![("watch".to_owned(), "true".to_owned()), ("resourceVersion".to_owned(), version)],
        ..Request::default()
    };
    let mut reply = server.answer(&request);
    let first: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((&first["type"], &first["object"]["metadata"]["name"]), (&json!("ADDED"), &json!("a")));
    server.run_some(Time::from_secs_f64(20.0), usize::MAX);
    let stream = reply.stream.as_mut().unwrap();
    let lines: Vec<u8> = server.take().iter().flat_map(|record| stream.hear(record).0).collect();
    let lines = String::from_utf8(lines).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["object"]["status"]["phase"]), (&json!("MODIFIED"), &json!("Running")));
}

#[test]
fn a_table_is_given_to_those_who_ask_for_one() {
    let mut server = server();
    ask(&mut server, "POST", PODS, &pod("a"));
    let request = Request {
        method: "GET".to_owned(),
        path: PODS.to_owned(),
        accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json".to_owned(),
        ..Request::default()
    };
    let table: Value = serde_json::from_slice(&server.answer(&request).body).unwrap();
    assert_eq!(table["columnDefinitions"][1]["name"], "Ready");
    assert_eq!(table["rows"][0]["cells"][1], "0/1");
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
}

#[test]
fn every_version_is_discovered_and_described() {
    let mut server = server();
    let (_, index) = ask(&mut server, "GET", "/openapi/v3", &Value::Null);
    for path in index["paths"].as_object().unwrap().keys() {
        assert_eq!(ask(&mut server, "GET", &format!("/{path}"), &Value::Null).0, 200, "{path}");
        let (code, document) = ask(&mut server, "GET", &format!("/openapi/v3/{path}"), &Value::Null);
        assert!(code == 200 && document["components"]["schemas"].is_object(), "{path}");
    }
    let (_, scale) = ask(&mut server, "GET", "/apis/apps/v1", &Value::Null);
    let names: Vec<&str> = scale["resources"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert!(names.contains(&"deployments/scale"));
}

/// Begins a session with the container of `a`; `query` says what is run.
fn session(server: &mut Server, query: &[(&str, &str)]) -> Box<Session> {
    let request = Request {
        method: "GET".to_owned(),
        path: format!("{PODS}/a/exec"),
        query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        protocols: vec![PROTOCOL.to_owned()],
        ..Request::default()
    };
    let reply = server.answer(&request);
    assert_eq!(reply.code, 101, "{}", String::from_utf8_lossy(&reply.body));
    reply.session.unwrap()
}

/// What a session has to say: its output, and how it ended.
fn said(session: &mut Session) -> (String, Value) {
    let (mut output, mut end) = (Vec::new(), Value::Null);
    for (channel, bytes) in session.take() {
        match channel {
            1 => output.extend(bytes),
            _ => end = serde_json::from_slice(&bytes).unwrap(),
        }
    }
    (String::from_utf8(output).unwrap(), end)
}

#[test]
fn commands_and_shells_are_talked_to() {
    let mut server = server();
    let mut asleep = pod("a");
    asleep["spec"]["containers"][0] = json!({"name": "c", "image": "busybox", "command": ["sleep", "1000"]});
    ask(&mut server, "POST", PODS, &asleep);
    let (code, told) = ask(&mut server, "GET", &format!("{PODS}/a/exec?command=ls"), &Value::Null);
    assert_eq!((code, &told["message"]), (400, &json!("pod a does not have a host assigned")));
    server.run_some(Time::from_secs_f64(20.0), usize::MAX);
    let mut plain = session(&mut server, &[("command", "sh"), ("command", "-c"), ("command", "echo x; exit 3")]);
    let (output, end) = said(&mut plain);
    assert_eq!((output.as_str(), &end["details"]["causes"][0]["message"]), ("x\n", &json!("3")));
    assert!(plain.is_over());
    // A command that reads has its input when the client has closed it.
    let mut reads = session(&mut server, &[("command", "sort"), ("stdin", "true")]);
    server.said(&mut reads, &(0, b"b\na\n".to_vec()));
    assert!(!reads.is_over());
    server.said(&mut reads, &(255, vec![0]));
    let (output, end) = said(&mut reads);
    assert_eq!((output.as_str(), &end["status"]), ("a\nb\n", &json!("Success")));
    // A terminal echoes.
    let mut shell = session(&mut server, &[("command", "sh"), ("stdin", "true"), ("tty", "true")]);
    server.said(&mut shell, &(0, b"echo hu\x7fi\rexit 2\r".to_vec()));
    let (output, end) = said(&mut shell);
    assert_eq!(output, "/ # echo hu\x08 \x08i\r\nhi\r\n/ # exit 2\r\n");
    assert_eq!(end["details"]["causes"][0]["message"], "2");
}

#[test]
fn what_pods_and_nodes_use_is_told() {
    let mut server = server();
    ask(&mut server, "POST", PODS, &pod("a"));
    server.run_some(Time::from_secs_f64(60.0), usize::MAX);
    let (code, list) = ask(&mut server, "GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods", &Value::Null);
    assert_eq!((code, &list["items"][0]["containers"][0]["name"]), (200, &json!("c")), "{list}");
    let (code, told) = ask(&mut server, "GET", "/apis/metrics.k8s.io/v1beta1/nodes/nosuch", &Value::Null);
    assert_eq!((code, &told["message"]), (404, &json!("nodemetrics.metrics.k8s.io \"nosuch\" not found")));
    let (_, nodes) = ask(&mut server, "GET", "/apis/metrics.k8s.io/v1beta1/nodes", &Value::Null);
    assert!(nodes["items"][0]["usage"]["memory"].as_str().unwrap().ends_with("Ki"), "{nodes}");
}
