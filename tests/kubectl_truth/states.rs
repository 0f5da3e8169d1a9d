//! The states of the captures: the objects there were when a command was given.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use podlab::api::quantity::Quantity;
use podlab::api::{Kind, Object, admission, defaults};
use podlab::cluster::{Cluster, ContainerMetrics, LogLine, PodMetrics, Time};
use podlab::kubectl;
use serde_json::{Value, json};

use super::blocks::Block;

/// The state of a block.
pub struct State {
    objects: Vec<Value>,
    /// No command of the capture was given later.
    pub until: i64,
    /// The objects that are there again after this block.
    kept: Option<Vec<Value>>,
    /// How far into a second its commands were given.
    pub nanos: i32,
}

fn seconds(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

/// When the first command of a capture was given at the earliest.
pub fn begin(name: &str) -> i64 {
    let text = match name {
        "deploy-basic" => "2026-11-23T05:11:02Z",
        "deploy-roll" => "2026-11-23T05:12:04Z",
        "pods-matrix" => "2026-11-23T05:14:40Z",
        "describe-full" => "2026-11-23T05:15:58Z",
        "events" => "2026-11-23T05:28:40Z",
        "terminating" => "2026-11-23T05:33:15Z",
        "objects" => "2026-11-23T05:18:34Z",
        _ => "2026-11-23T05:13:10Z",
    };
    seconds(text)
}

/// Why a block cannot be replayed; none where it can.
pub fn left(block: &Block) -> Option<&'static str> {
    let (command, wanted) = (block.command.as_str(), &block.stdout);
    let has = |words: &[&str]| words.iter().any(|word| command.contains(word));
    match () {
        () if command.starts_with("head ") => Some("read a file of the client's machine"),
        () if wanted.contains("rollout to finish") && wanted.matches('\n').count() > 1 => {
            Some("follow a rollout as it went on then; runs are held against recordings by their own test")
        }
        () if has(&["--field-manager"]) => Some("tell the managers of fields apart, which are not kept"),
        () if has(&["KUBE_EDITOR"]) => Some("run an editor; the flow has its own tests"),
        () if has(&["kubectl-1.36"]) => Some("ask an older client"),
        () if has(&["--help"]) || command == "kubectl" || command == "kubectl top" || has(&["kubectl options"]) => {
            Some("print help, which Podlab says in its own words")
        }
        () if has(&["config ", "cluster-info"]) && !has(&["nope"]) => {
            Some("name the context and the address of another cluster")
        }
        () if has(&["kubectl version -o"]) => Some("show the build of the binary"),
        () if has(&["drain kind-worker2 --ignore"]) => {
            Some("evict Pods of which the captures show no more than a name")
        }
        () if unseen(command) => Some("read a file that the captures do not show"),
        () => None,
    }
}

/// Whether a command prints what the real client keeps in a map (kubectl: polymorphichelpers LogsForObject with a selector,
/// drain PodDeleteList.errors).
pub fn is_of_a_map(block: &Block) -> bool {
    block.command.contains(" drain ") || block.command.contains(" logs -l ")
}

/// Whether two texts hold the same, be it in another order.
pub fn same_but_for_order(block: &Block, stdout: &str, stderr: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<String> = text
            .split(['\n', '[', ']', ','])
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect();
        letters.sort();
        letters
    };
    sorted(stdout) == sorted(&block.stdout) && sorted(stderr) == sorted(&block.stderr)
}

/// Whether a command reads a file of which the captures tell nothing.
fn unseen(command: &str) -> bool {
    // To `logs` it says that they are to be followed.
    let named =
        command.split(" -f ").nth(1).filter(|_| !command.contains(" logs ")).and_then(|rest| rest.split(' ').next());
    named.is_some_and(|name| name != "-" && !name.contains("nosuch") && file(name).is_none())
}

/// A block that prints the name of a debug container that was drawn by lot, as a command that gives that name.
pub fn with_name(block: &Block) -> Option<String> {
    let rest = block.stdout.split("Defaulting debug container name to ").nth(1)?;
    let name = rest.split(".\n").next()?;
    Some(format!("{} -c {name}", block.command.replace(" -it", "")))
}

/// The files that commands name.
pub fn file(name: &str) -> Option<String> {
    match name {
        kubectl::DOCS => Some(std::fs::read_to_string("docs/fields.json").unwrap()),
        "describe-full-input.yaml" => std::fs::read_to_string(format!("tests/truth/kubectl/{name}")).ok(),
        name => std::fs::read_to_string(format!("tests/truth/kubectl/state/{name}")).ok(),
    }
}

/// What a file says of the state at some blocks: each document with the first and the last block it is there for.
fn staged(name: &str) -> Vec<(usize, usize, Value)> {
    let path = format!("state/{name}.yaml");
    if !std::path::Path::new(&format!("tests/truth/kubectl/{path}")).exists() {
        return Vec::new();
    }
    let one = |mut document: Value| {
        let blocks = document.as_object_mut().unwrap().remove("blocks").unwrap();
        let at = |index: usize| usize::try_from(blocks[index].as_u64().unwrap()).unwrap();
        (at(0), at(1), document)
    };
    documents(&path).into_iter().map(one).collect()
}

/// In these captures what a listing or a description shows stands for its block alone, and what the commands before it
/// made is there again for the next one.
const PASSING: [&str; 7] = ["create", "debug", "deploy-ops", "errors", "extra", "meta", "pods-matrix"];

fn documents(path: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let text = std::fs::read_to_string(format!("tests/truth/kubectl/{path}")).unwrap();
    serde_yaml::Deserializer::from_str(&text).map(|document| Value::deserialize(document).unwrap()).collect()
}

/// The Pods of the matrix as the fake node left them.
fn matrix() -> Vec<Value> {
    let inputs: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string("tests/truth/kubectl/pods-matrix.json").unwrap()).unwrap();
    let one = |input: &Value| {
        let mut object = Object::from_json(Kind::Pod, input["pod"].clone()).unwrap();
        defaults::apply(&mut object);
        admission::apply(&mut object, &admission::Creation::default());
        let mut stored = object.to_json();
        let own = input["status"].as_object().unwrap();
        for (name, value) in own {
            stored["status"][name] = value.clone();
        }
        stored["status"]["qosClass"] = json!("BestEffort");
        stored["metadata"]["creationTimestamp"] = json!("2026-11-23T05:14:40Z");
        // Logs are kept by it.
        stored["metadata"]["uid"] = stored["metadata"]["name"].clone();
        if stored["metadata"]["name"] == "d01-running" {
            stored["metadata"]["uid"] = json!("c27bca47-846a-4856-9f21-d1635c3add77");
            stored["metadata"]["resourceVersion"] = json!("910");
        }
        if stored["metadata"]["name"].as_str().unwrap().starts_with('f') {
            stored["metadata"]["deletionTimestamp"] = json!("2026-11-23T05:15:15Z");
            stored["metadata"]["deletionGracePeriodSeconds"] = json!(30);
        }
        stored
    };
    inputs.iter().map(one).collect()
}

/// The Pod `full`, not yet (`ready` false) or wholly ready.
fn full(uid: &str) -> Value {
    let input = documents("describe-full-input.yaml").remove(0);
    let mut object = Object::from_json(Kind::Pod, input).unwrap();
    defaults::apply(&mut object);
    let creation = admission::Creation { volume_suffix: "6cdt6".into(), ..admission::Creation::default() };
    admission::apply(&mut object, &creation);
    let mut stored = object.to_json();
    let running = |name: &str, id: &str, image_id: &str| {
        json!({"name": name, "containerID": format!("containerd://{id}"), "image": name, "ready": true, "restartCount": 0, "started": true,
            "imageID": format!("docker.io/library/{image_id}"), "state": {"running": {"startedAt": "2026-11-23T05:16:01Z"}}})
    };
    stored["metadata"]["uid"] = json!(uid);
    stored["metadata"]["creationTimestamp"] = json!("2026-11-23T05:15:59Z");
    stored["spec"]["nodeName"] = json!("kind-worker2");
    let conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
        .map(|name| json!({"type": name, "status": "True"}));
    stored["status"] = json!({
        "phase": "Running", "qosClass": "Burstable", "hostIP": "172.18.0.2", "startTime": "2026-11-23T05:15:59Z",
        "podIP": "10.244.2.13", "podIPs": [{"ip": "10.244.2.13"}], "conditions": conditions,
        "containerStatuses": [
            running("app", "a29474ddebd169256692a175774fee7f90fa271797369a9cc121191a49d4353c",
                "nginx@sha256:cd4495bb73de9b01bf009710b80ecf4be2d298db47492f4e9e7d0b04981c4614"),
            running("side2", "a76b4b24d8ae00001da2dbee93694033107bdac6b28f086ceed03e677837e972",
                "redis@sha256:34fb46c847bb9df96e5205a39d382f648a6e8dce1e014cd85b4ca6a88d88ed03"),
        ],
    });
    stored
}

/// That `full` was given a node.
fn scheduled(name: &str, uid: &str, node: &str, at: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("{name}.18ea94"), "namespace": "default"},
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": name, "uid": uid},
        "reason": "Scheduled", "type": "Normal", "eventTime": at, "reportingComponent": "default-scheduler",
        "message": format!("Successfully assigned default/{name} to {node}"),
    })
}

/// A container that `debug` put into a Pod; the one of the profile `legacy` has no more rights than others.
fn debugger(name: &str) -> Value {
    let mut container = json!({
        "name": name, "image": "busybox", "imagePullPolicy": "Always", "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
    });
    if name != "leg" {
        container["securityContext"] = json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    }
    if name == "debugger-bd5rm" {
        container["stdin"] = json!(true);
        container["tty"] = json!(true);
        container["targetContainerName"] = json!("app");
    }
    container
}

/// A Pod of the Deployment `web`.
fn web(name: &str, created: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": name, "creationTimestamp": created, "labels": {"app": "web"}},
        "spec": {"nodeName": "kind-worker", "containers": [{"name": "nginx", "image": "nginx:1.29"}]},
        "status": {
            "phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": created}],
            "containerStatuses": [{"name": "nginx", "ready": true, "restartCount": 0, "image": "", "imageID": "", "state": {"running": {}}}],
        },
    })
}

impl State {
    /// The state before the first block of a capture.
    pub fn of(name: &str) -> Self {
        let mut objects = documents("state/base.yaml");
        match name {
            "pods-matrix" => objects.extend(matrix()),
            "describe-full" | "errors" | "debug" | "misc" => {
                objects.push(full("full"));
                objects.push(scheduled("full", "full", "kind-worker2", "2026-11-23T05:15:59.5Z"));
            }
            "events" => {
                let uid = "8882d44c-53de-4928-95af-fb0d536aca3e";
                objects.push(full(uid));
                let events: Vec<Value> =
                    serde_json::from_str(&std::fs::read_to_string("tests/truth/kubectl/events-input.json").unwrap())
                        .unwrap();
                objects.extend(events.into_iter().map(|mut event| {
                    event["metadata"]["creationTimestamp"] = json!("2026-11-23T05:28:50Z");
                    event
                }));
            }
            "top" => objects.retain(|object| object["kind"] != "Pod"),
            "logs" => {
                objects.extend(matrix());
                objects.push(full("full"));
                for (name, created) in [
                    ("dcd6c", "05:13:31"),
                    ("fxhpd", "05:13:31"),
                    ("h9zbj", "05:13:27"),
                    ("jh2vn", "05:13:28"),
                    ("qdslb", "05:13:29"),
                ] {
                    objects.push(web(&format!("web-676fcdd7bc-{name}"), &format!("2026-11-23T{created}Z")));
                }
            }
            _ => {}
        }
        if name == "misc" {
            for pod in ["p1", "r1", "r2", "r3", "r4", "r5", "r6"] {
                let mut one = web(pod, "2026-11-23T05:17:49Z");
                one["metadata"]["labels"] = json!({"app": pod});
                objects.push(one);
            }
        }
        if name == "deploy-basic" || name == "deploy-roll" {
            objects.retain(|object| {
                object["kind"] != "Deployment"
                    && object["metadata"]["name"] != "web"
                    && object["metadata"]["name"] != "web2"
            });
        }
        if name == "extra" {
            for pod in ["ed", "g-ztb4w"] {
                let mut pod = web(pod, "2026-11-23T05:17:49Z");
                pod["spec"]["nodeName"] = json!("kind-worker2");
                pod["metadata"]["labels"] = json!({});
                objects.push(pod);
            }
            objects.push(full("full"));
            for slice in objects.iter_mut().filter(|object| object["kind"] == "EndpointSlice") {
                let ready = slice["endpoints"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|it| ["10.244.1.17", "10.244.1.20"].contains(&it["addresses"][0].as_str().unwrap()));
                slice["endpoints"] = ready.cloned().collect();
            }
        }
        // These were left by the commands of another capture.
        if name == "errors" {
            for pod in objects.iter_mut().filter(|object| object["metadata"]["name"] == "full") {
                pod["spec"]["ephemeralContainers"] =
                    ["debugger-bd5rm", "debugger-slm6d", "dbg", "leg"].map(debugger).into_iter().collect();
            }
        }
        // These were there when the captures were made, and are gone in some.
        if matches!(name, "deploy-ops") {
            objects.retain(|object| {
                object["kind"] != "EndpointSlice"
                    && object["metadata"]["name"] != "web2"
                    && !(object["kind"] == "Service" && object["metadata"]["name"] == "web")
            });
        }
        let nanos = if name == "deploy-basic" { 200_000_000 } else { 900_000_000 };
        Self { objects, until: seconds("2026-11-23T05:36:00Z"), kept: None, nanos }
    }

    /// What happened to the cluster by itself before block `number` of a capture.
    pub fn before(&mut self, name: &str, number: usize) {
        if let Some(kept) = self.kept.take() {
            self.objects = kept;
        }
        let staged = staged(name);
        let begins = staged.iter().any(|(first, ..)| *first == number);
        let passing = PASSING.contains(&name);
        let there = staged.into_iter().filter(|(first, last, _)| (*first..=*last).contains(&number));
        let documents: Vec<Value> = there.map(|(_, _, document)| document).collect();
        if !documents.is_empty() && (begins || passing) {
            if passing {
                self.kept = Some(self.objects.clone());
            }
            // What a file holds takes the place of all that is of its kind; of the matrix, of what has its name.
            let same = |object: &Value, document: &Value| {
                object["kind"] == document["kind"]
                    && (name != "pods-matrix" || object["metadata"]["name"] == document["metadata"]["name"])
            };
            self.objects.retain(|object| !documents.iter().any(|document| same(object, document)));
            self.objects.extend(documents);
        }
        match (name, number) {
            // It is applied, and then the fake node has run it.
            ("describe-full", 0) => self.objects.retain(|object| object["metadata"]["name"] != "full"),
            ("describe-full", 1) => {
                self.objects.retain(|object| object["metadata"]["name"] != "full");
                self.objects.push(full("full"));
            }
            ("pods-matrix", 0) => {
                let gone = ["f02-terminating-succeeded", "f03-terminating-error"].map(Value::from);
                self.objects.retain(|object| !gone.contains(&object["metadata"]["name"]));
            }
            // The deletions before it have ended.
            ("extra", 23) => {
                let left = ["Pod", "HorizontalPodAutoscaler", "Namespace", "Node"].map(Value::from);
                self.objects.retain(|object| left.contains(&object["kind"]));
            }
            ("pods-matrix", 19) => {
                for pod in self.objects.iter_mut().filter(|object| object["metadata"]["name"] == "a01-unscheduled") {
                    pod["status"]["conditions"] = json!([{"type": "PodScheduled", "status": "False"}]);
                }
            }
            // The readiness gate was never passed.
            ("errors", 47) => {
                for pod in self.objects.iter_mut().filter(|object| object["metadata"]["name"] == "full") {
                    for condition in pod["status"]["conditions"].as_array_mut().unwrap() {
                        if condition["type"] == "Ready" {
                            condition["status"] = json!("False");
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// The state after a block.
    pub fn go_on(&mut self, command: &str, mut objects: Vec<Object>) {
        // Who deletes waits until what was deleted is gone.
        let waits = ["kubectl delete", "kubectl replace --force"].iter().any(|begin| command.starts_with(begin));
        if waits && !command.contains("--wait=false") {
            objects.retain(|object| object.metadata().deletion_timestamp.is_none());
        }
        let measures: Vec<Value> = self.objects.iter().filter(|value| is_measure(value)).cloned().collect();
        self.objects = objects.iter().map(Object::to_json).map(as_recorded).chain(measures).collect();
    }

    /// Lets the cluster know what its metrics server told.
    pub fn measure(&self, cluster: &mut Cluster) {
        for value in self.objects.iter().filter(|value| is_measure(value)) {
            let containers = match value["containers"].as_array() {
                Some(containers) => containers.clone(),
                None => vec![json!({"name": "", "usage": value["usage"]})],
            };
            let one = |container: &Value| {
                let amount = |name: &str| Quantity::parse(container["usage"][name].as_str().unwrap()).unwrap();
                ContainerMetrics {
                    name: container["name"].as_str().unwrap().into(),
                    cpu_millis: amount("cpu").nano() as f64 / 1e6,
                    memory: u64::try_from(amount("memory").value()).unwrap(),
                }
            };
            let containers = containers.iter().map(one).collect();
            let told = PodMetrics { at: Time::ZERO, window: Duration::from_secs(15), containers };
            cluster.load_metrics(value["metadata"]["uid"].as_str().unwrap(), told);
        }
    }

    /// The objects, typed.
    pub fn objects(&self) -> Vec<Object> {
        let text: Vec<Object> = self
            .objects
            .iter()
            .filter(|value| !is_measure(value))
            .flat_map(|value| kubectl::read_objects(&value.to_string()).unwrap())
            .collect();
        text
    }
}

/// Whether it is what a metrics server told.
fn is_measure(value: &Value) -> bool {
    matches!(value["kind"].as_str(), Some("PodMetrics" | "NodeMetrics"))
}

/// An object that a command made, with the names that were drawn by lot when the captures were made.
fn as_recorded(object: Value) -> Value {
    if object["metadata"]["name"] != "p1" {
        return object;
    }
    let mut text = object.to_string();
    if let Some((_, rest)) = text.clone().split_once("kube-api-access-") {
        let drawn: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        text = text.replace(&drawn, "6lmrt");
    }
    let mut object: Value = serde_json::from_str(&text).unwrap();
    // As `diff` shows it.
    object["metadata"]["uid"] = json!("e8863ac1-e892-4911-8790-e8f927fa4c52");
    object["spec"]["nodeName"] = json!("kind-worker2");
    object
}

/// The lines that every container wrote.
pub fn logs(cluster: &mut Cluster) {
    let pods: Vec<_> = cluster.store().pods().cloned().collect();
    for pod in pods {
        let statuses = [&pod.status.container_statuses, &pod.status.init_container_statuses];
        for status in statuses.into_iter().flatten().flatten() {
            for number in 1..=3 {
                let text = format!("{} line {number}", status.name).into();
                let attempt = u32::try_from(status.restart_count).unwrap();
                let line = LogLine {
                    pod: Rc::from(pod.uid()),
                    container: status.name.as_str().into(),
                    attempt,
                    stderr: false,
                    text,
                };
                cluster.load_log(&line);
            }
        }
    }
}
