//! `kubectl describe pod` against captures of the real one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at what should not be")]

use podlab::api::{Kind, Object, admission, defaults};
use podlab::cluster::Store;
use podlab::kubectl::describe;
use serde_json::{Value, json};

/// The block of a capture that answers `command`.
fn block<'a>(capture: &'a str, command: &str) -> &'a str {
    let start = capture.find(&format!("$ {command}\n")).expect("the capture has the command") + command.len() + 3;
    let rest = &capture[start..];
    &rest[..rest.find("[exit ").expect("the block ends")]
}

#[test]
fn pods_of_the_matrix_are_described_as_kubectl_does() {
    let inputs: Vec<Value> = serde_json::from_str(include_str!("truth/kubectl/pods-matrix.json")).unwrap();
    let capture = include_str!("truth/kubectl/pods-matrix.txt");
    for name in ["c05-sidecar-crash-restarts", "b04-init-clbo"] {
        let input = inputs.iter().find(|input| input["pod"]["metadata"]["name"] == name).expect("an input");
        let mut object = Object::from_json(Kind::Pod, input["pod"].clone()).unwrap();
        defaults::apply(&mut object);
        admission::apply(&mut object, &admission::Creation::default());
        let mut stored = object.to_json();
        stored["status"] = input["status"].clone();
        stored["status"]["qosClass"] = json!("BestEffort");
        let object = Object::from_json(Kind::Pod, stored).unwrap();
        let told = describe(&object, &Store::default(), "2026-11-23T05:15:00Z".parse().unwrap());
        let want = block(capture, &format!("kubectl describe po -n matrix {name}"));
        assert_eq!(told, want, "{name}");
    }
}

#[test]
fn a_pod_with_everything_in_it_is_described_as_kubectl_does() {
    let capture = include_str!("truth/kubectl/describe-full.txt");
    let want = block(capture, "kubectl describe pod full");
    let (want, _) = want.split_once("Events:\n").expect("the events come last");
    let input: Value = serde_yaml::from_str(include_str!("truth/kubectl/describe-full-input.yaml")).unwrap();
    let mut object = Object::from_json(Kind::Pod, input).unwrap();
    defaults::apply(&mut object);
    let creation = admission::Creation { volume_suffix: "6cdt6".into(), ..admission::Creation::default() };
    admission::apply(&mut object, &creation);
    let mut stored = object.to_json();
    let running = |name: &str, id: &str, image_id: &str| {
        json!({"name": name, "containerID": format!("containerd://{id}"), "image": name, "ready": true, "restartCount": 0,
            "imageID": format!("docker.io/library/{image_id}"), "state": {"running": {"startedAt": "2026-11-23T05:16:01Z"}}})
    };
    stored["spec"]["nodeName"] = json!("kind-worker2");
    let conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
        .map(|name| json!({"type": name, "status": "True"}));
    stored["status"] = json!({
    "phase": "Running", "qosClass": "Burstable", "hostIP": "172.18.0.2", "startTime": "2026-11-23T05:15:59Z",
    "podIP": "10.244.2.13", "podIPs": [{"ip": "10.244.2.13"}],
    "conditions": conditions,
    "containerStatuses": [
        running("app", "a29474ddebd169256692a175774fee7f90fa271797369a9cc121191a49d4353c",
            "nginx@sha256:cd4495bb73de9b01bf009710b80ecf4be2d298db47492f4e9e7d0b04981c4614"),
        running("side2", "a76b4b24d8ae00001da2dbee93694033107bdac6b28f086ceed03e677837e972",
            "redis@sha256:34fb46c847bb9df96e5205a39d382f648a6e8dce1e014cd85b4ca6a88d88ed03"),
    ]});
    let object = Object::from_json(Kind::Pod, stored).unwrap();
    let told = describe(&object, &Store::default(), "2026-11-23T05:16:05Z".parse().unwrap());
    let (told, events) = told.split_once("Events:").expect("the events come last");
    assert_eq!(told, want);
    assert_eq!(events.trim(), "<none>");
}
