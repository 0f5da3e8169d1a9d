//! What is done to a cluster, in words: kubectl commands, requests to the API server, and what befalls a node. These are
//! the words of the recordings and of `--at`.

use std::time::Duration;

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Cluster, Curve, Load, ObjectKey};
use podlab::kubectl;
use serde_json::{Value, json};

use crate::duration::duration;

/// How long it takes from the restart of a kubelet until it looks at its first Pod.
const RESTART: Duration = Duration::from_millis(3_800);

/// How long a stopped kubelet is away, unless it is started before.
const AWAY: Duration = Duration::from_secs(365 * 24 * 3_600);

const NOT_UNDERSTOOD: &str = "not understood";

/// Does what `words` say.
///
/// # Errors
/// What kubectl or the API server says against it, or that the words are not understood.
pub fn perform(cluster: &mut Cluster, words: &str) -> Result<(), String> {
    let words = with_names(cluster, words)?;
    let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((&words, ""));
    let rest = rest.trim();
    match first {
        "kubectl" | "k" => return command_line(cluster, rest),
        "GET" => return Ok(()),
        "POST" | "PUT" | "PATCH" | "DELETE" => return request(cluster, first, rest),
        _ => {}
    }
    let parts: Vec<&str> = words.split_whitespace().collect();
    match parts.as_slice() {
        ["systemctl", verb, "kubelet" | "kubelet.service"] | ["kubelet", verb] | ["service", "kubelet", verb] => {
            kubelet(cluster, verb)
        }
        ["node", "down", node] => act(cluster, Action::NodeDown { node: (*node).into() }),
        ["node", "up", node] => act(cluster, Action::NodeUp { node: (*node).into() }),
        ["node", "pressure", node, resource @ ("memory" | "disk" | "pid"), pods] => {
            let pods = pods.parse().map_err(|_| format!("{pods} is no number of Pods"))?;
            act(cluster, Action::NodePressure { node: (*node).into(), resource: (*resource).into(), pods })
        }
        ["network", state @ ("on" | "off"), host @ ..] if host.len() < 2 => {
            let host = host.first().map(|host| (*host).into());
            act(cluster, Action::SetNetwork { host, on: *state == "on" })
        }
        ["load", target, "none"] => act(cluster, Action::SetLoad { target: named(target)?, load: Load::NONE }),
        ["load", target, per_second, curve @ ..] => {
            let per_second = per_second.parse().map_err(|_| format!("{per_second} is no number of requests"))?;
            let curve = match curve {
                [] => Some(Curve::Steady),
                [name, over] => duration(over).and_then(|over| Curve::named(name, over)),
                _ => None,
            };
            let curve = curve.ok_or("a curve is ramp, spike or day, with its duration")?;
            act(cluster, Action::SetLoad { target: named(target)?, load: Load { per_second, curve } })
        }
        ["kill", pod, container] => kill(cluster, pod, container, 137),
        ["kill", pod, container, code] => {
            let code = code.parse().map_err(|_| format!("{code} is no exit code"))?;
            kill(cluster, pod, container, code)
        }
        _ => Err(NOT_UNDERSTOOD.to_owned()),
    }
}

fn act(cluster: &mut Cluster, action: Action) -> Result<(), String> {
    cluster.act(action).map(|_| ()).map_err(|error| error.message)
}

/// `web` is a Service, `deployment/web` something else, both of the namespace default.
fn named(target: &str) -> Result<ObjectKey, String> {
    let (kind, name) = target.split_once('/').unwrap_or(("service", target));
    let kind = Kind::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(kind));
    Ok(ObjectKey::new(*kind.ok_or_else(|| format!("{target}: no such kind"))?, "default", name))
}

fn kill(cluster: &mut Cluster, pod: &str, container: &str, exit_code: i32) -> Result<(), String> {
    let pod = ObjectKey::new(Kind::Pod, "default", pod);
    act(cluster, Action::KillContainer { pod, container: container.into(), exit_code })
}

/// `restart`, `stop` or `start`, of every node.
fn kubelet(cluster: &mut Cluster, verb: &str) -> Result<(), String> {
    let nodes: Vec<ObjectKey> = cluster.store().list(Kind::Node).map(|(key, _)| key.clone()).collect();
    for node in nodes {
        let node = node.name;
        let action = match verb {
            "restart" => Action::RestartKubelet { node, down: RESTART },
            "stop" => Action::RestartKubelet { node, down: AWAY },
            "start" => Action::NodeUp { node },
            _ => return Err(NOT_UNDERSTOOD.to_owned()),
        };
        act(cluster, action)?;
    }
    Ok(())
}

/// `<first pod by name of the controller>` and the like, with the name of the Pod.
fn with_names(cluster: &Cluster, words: &str) -> Result<String, String> {
    let hole = words.find('<').and_then(|from| Some((from, from + words.get(from..)?.find('>')?)));
    let Some((from, to)) = hole else { return Ok(words.to_owned()) };
    let inside = words.get(from + 1..to).unwrap_or_default();
    if inside.starts_with('<') || !inside.to_ascii_lowercase().contains("pod") {
        return Ok(words.to_owned());
    }
    let owned = cluster
        .store()
        .pods()
        .filter(|pod| pod.metadata.owner_references.is_some() && pod.metadata.deletion_timestamp.is_none());
    let names: Vec<&str> = owned.map(|pod| pod.name()).collect();
    let name = match inside.split_whitespace().next() {
        Some("last") => names.last(),
        Some("second") => names.get(1),
        Some("third") => names.get(2),
        _ => names.first(),
    };
    let name = name.ok_or("no controller has such a Pod")?;
    Ok(format!("{}{name}{}", words.get(..from).unwrap_or_default(), words.get(to + 1..).unwrap_or_default()))
}

/// A kubectl command, with the recordings' shorthands written out.
fn command_line(cluster: &mut Cluster, command: &str) -> Result<(), String> {
    if let Some(json) = command.strip_prefix("create -f - <<< ") {
        for object in kubectl::read_objects(json).map_err(|error| error.to_string())? {
            act(cluster, Action::Create(object))?;
        }
        return Ok(());
    }
    // `kubectl patch pod NAME --subresource resize: {JSON}`, and a patch without quotes around it.
    let begins = command.find([':', '=', ' ']).and_then(|_| command.find(['{', '[']));
    if let (Some(("patch", rest)), Some(at)) = (command.split_once(' '), begins)
        && !command.get(..at).unwrap_or_default().ends_with(['\'', '"'])
        && let Ok(patch) = serde_json::from_str::<Value>(command.get(at..).unwrap_or_default().trim())
    {
        let head = rest.get(..at.saturating_sub("patch ".len())).unwrap_or_default().trim();
        let head = head.trim_end_matches(':').trim_end_matches("=").trim_end();
        let head = head.strip_suffix("--patch").or_else(|| head.strip_suffix("-p")).unwrap_or(head);
        let mut words: Vec<String> = head.split_whitespace().map(str::to_owned).collect();
        let subresource = words.iter().position(|word| word.starts_with("--subresource"));
        let subresource = subresource.map(|at| match words.remove(at).split_once('=') {
            Some((_, name)) => name.to_owned(),
            None if at < words.len() => words.remove(at),
            None => String::new(),
        });
        return patch_object(cluster, words, &subresource.unwrap_or_default(), patch);
    }
    finished(kubectl::run(cluster, command))
}

fn finished(output: kubectl::Output) -> Result<(), String> {
    if output.exit_code == 0 { Ok(()) } else { Err(output.stderr.trim_end().to_owned()) }
}

/// Runs kubectl with these words.
fn run(cluster: &mut Cluster, words: &[String], input: Option<&str>) -> Result<(), String> {
    finished(kubectl::run_words(cluster, words, &|file| input.filter(|_| file == "-").map(str::to_owned)))
}

/// A request to the API server: `POST pods/NAME/eviction`, `PATCH pods/NAME/status condition example.com/g=True`,
/// `PATCH pod NAME remove spec.schedulingGates`, `DELETE pods/NAME?gracePeriodSeconds=0`.
fn request(cluster: &mut Cluster, method: &str, rest: &str) -> Result<(), String> {
    let (target, mut rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (target, query) = target.split_once('?').unwrap_or((target, ""));
    // The path of an API server, without what says the version and the namespace.
    let mut path: Vec<&str> = target.split('/').filter(|part| !part.is_empty()).collect();
    if let Some(at) = path.iter().position(|part| *part == "namespaces").filter(|at| path.len() > at + 2) {
        path.drain(..at + 2);
    } else if path.first() == Some(&"api") || path.first() == Some(&"apis") {
        let version = path.iter().position(|part| part.starts_with('v') && part.len() > 1);
        path.drain(..version.map_or(1, |at| at + 1));
    }
    if path.len() == 1 && method != "POST" {
        let (name, after) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        path.extend(name.split('/'));
        rest = after;
    }
    let rest = rest.trim();
    let kind = path.first().copied().unwrap_or_default();
    let name = path.get(1).copied().unwrap_or_default();
    let subresource = path.get(2).copied().unwrap_or_default();
    // Not the value of a setting in words: `metadata.finalizers=[]`.
    let begins = rest.find(['{', '[']).filter(|at| !rest.get(..*at).is_some_and(|before| before.ends_with('=')));
    let body: Option<Value> = begins.and_then(|at| serde_json::from_str(rest.get(at..)?).ok());
    match (method, subresource) {
        ("POST", "eviction") => {
            let key = ObjectKey::new(Kind::Pod, "default", name);
            act(cluster, Action::Evict { key, grace: grace(query, rest, body.as_ref()) })
        }
        ("POST", _) => {
            let body = body.ok_or("the body of the request is missing")?;
            command_line(cluster, &format!("create -f - <<< {body}"))
        }
        ("PUT", _) => {
            let body = body.ok_or("the body of the request is missing")?;
            run(cluster, &["replace", "-f", "-"].map(str::to_owned), Some(&body.to_string()))
        }
        ("DELETE", _) => {
            let mut words = vec!["delete".to_owned(), kind.to_owned(), name.to_owned(), "--wait=false".to_owned()];
            if let Some(seconds) = grace(query, rest, body.as_ref()) {
                words.push(format!("--grace-period={seconds}"));
                words.extend((seconds == 0).then(|| "--force".to_owned()));
            }
            let text = format!("{query} {rest}").to_ascii_lowercase();
            let cascade = ["foreground", "orphan"].into_iter().find(|policy| text.contains(policy));
            words.extend(cascade.map(|policy| format!("--cascade={policy}")));
            run(cluster, &words, None)
        }
        _ => {
            let mut words = vec![kind.to_owned(), name.to_owned()];
            let patch = match body {
                Some(body) => body,
                None => {
                    // What is set takes the place of what was there, lists too; a condition only that of its type.
                    words.extend((!rest.starts_with("condition ")).then(|| "--type=merge".to_owned()));
                    patch_in_words(rest)?
                }
            };
            patch_object(cluster, words, subresource, patch)
        }
    }
}

/// The grace that a request asks for, wherever it says so.
fn grace(query: &str, rest: &str, body: Option<&Value>) -> Option<i64> {
    let in_body = |body: &Value| {
        let own = &body["gracePeriodSeconds"];
        own.as_i64().or_else(|| body["deleteOptions"]["gracePeriodSeconds"].as_i64())
    };
    body.and_then(in_body).or_else(|| {
        let said = query.split('&').chain(rest.split_whitespace());
        let mut pairs = said.filter_map(|part| part.split_once('='));
        let (_, seconds) = pairs.find(|(name, _)| matches!(*name, "gracePeriodSeconds" | "grace" | "grace-period"))?;
        seconds.parse().ok()
    })
}

/// `condition example.com/g=True`, `remove spec.schedulingGates`, `spec.activeDeadlineSeconds=20`.
fn patch_in_words(words: &str) -> Result<Value, String> {
    let nested = |path: &str, value: Value| {
        path.trim_start_matches('.').rsplit('.').fold(value, |inner, field| json!({ field: inner }))
    };
    let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    match (first, rest.trim()) {
        ("condition", setting) => {
            let (name, status) = setting.split_once('=').unwrap_or((setting, "True"));
            Ok(json!({"status": {"conditions": [{"type": name, "status": status}]}}))
        }
        ("remove" | "unset" | "delete", path) => Ok(nested(path, Value::Null)),
        (_, rest) => {
            let setting = if matches!(first, "set" | "add" | "replace") { rest } else { words };
            let (path, value) =
                setting.split_once(['=', ' ']).filter(|(path, _)| !path.is_empty()).ok_or(NOT_UNDERSTOOD)?;
            let text = value.trim().trim_start_matches('=').trim();
            Ok(nested(path.trim_end_matches(':'), serde_json::from_str(text).unwrap_or_else(|_| text.into())))
        }
    }
}

/// Patches the object that `words` name, which may have kubectl's flags among them.
fn patch_object(cluster: &mut Cluster, words: Vec<String>, subresource: &str, patch: Value) -> Result<(), String> {
    let patch = match subresource {
        // Only the resources, by the names of the containers.
        "resize" if patch.get("spec").is_none() && patch.is_object() => {
            let container = |(name, resources): (&String, &Value)| json!({"name": name, "resources": resources});
            let containers: Vec<Value> = patch.as_object().into_iter().flatten().map(container).collect();
            json!({"spec": {"containers": containers}})
        }
        "ephemeralcontainers" => return add_ephemeral(cluster, words, &patch),
        "scale" => {
            let replicas = patch["spec"]["replicas"].as_i64().or(patch["replicas"].as_i64()).ok_or(NOT_UNDERSTOOD)?;
            let words = ["scale".to_owned()].into_iter().chain(words).chain([format!("--replicas={replicas}")]);
            return run(cluster, &words.collect::<Vec<_>>(), None);
        }
        _ => patch,
    };
    let json_patch = patch.is_array() && !words.iter().any(|word| word.starts_with("--type"));
    let mut line = vec!["patch".to_owned()];
    line.extend(words);
    line.extend(json_patch.then(|| "--type=json".to_owned()));
    if !subresource.is_empty() {
        line.push(format!("--subresource={subresource}"));
    }
    line.extend(["-p".to_owned(), patch.to_string()]);
    run(cluster, &line, None)
}

/// Adds the ephemeral containers of a patch to a Pod, as `kubectl debug` does.
fn add_ephemeral(cluster: &mut Cluster, words: Vec<String>, patch: &Value) -> Result<(), String> {
    let named = words.iter().filter(|word| !word.starts_with('-')).flat_map(|word| word.split('/'));
    let name = named.last().unwrap_or_default().to_owned();
    let pod = cluster.store().pod("default", &name).ok_or_else(|| format!("pods {name:?} not found"))?;
    let mut value = Object::Pod(pod.clone().into()).to_json();
    let list = &patch["spec"]["ephemeralContainers"];
    let new = list.as_array().or(patch["ephemeralContainers"].as_array()).or(patch.as_array());
    let new = new.ok_or(NOT_UNDERSTOOD)?.iter();
    // An operation of a JSON patch bears the container as its value.
    let new = new.map(|container| container.get("value").unwrap_or(container).clone());
    let new: Vec<Value> = new.flat_map(|it| it.as_array().cloned().unwrap_or_else(|| vec![it])).collect();
    let mut all = value["spec"]["ephemeralContainers"].as_array().cloned().unwrap_or_default();
    for container in new {
        if !all.iter().any(|known| known["name"] == container["name"]) {
            all.push(container);
        }
    }
    value["spec"]["ephemeralContainers"] = Value::Array(all);
    let object = Object::from_json(Kind::Pod, value).map_err(|error| error.to_string())?;
    act(cluster, Action::Update(object))
}

#[cfg(test)]
mod tests {
    use podlab::cluster::{Config, Time};

    use super::*;

    fn cluster() -> Cluster {
        let mut cluster = Cluster::new(Config::default());
        let manifest = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "finalizers": ["example.com/f"]},
            "spec": {"readinessGates": [{"conditionType": "example.com/g"}],
                     "containers": [{"name": "app", "image": "nginx", "resources": {"requests": {"cpu": "10m"}}}]}}"#;
        perform(&mut cluster, &format!("kubectl create -f - <<< {manifest}")).unwrap();
        let owner = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 2,
            "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "app", "image": "nginx"}]}}}}"#;
        perform(&mut cluster, &format!("POST deployments {owner}")).unwrap();
        cluster.run_until(Time::from_secs_f64(10.0));
        cluster
    }

    fn pod(cluster: &Cluster) -> Value {
        cluster.store().pod("default", "p").map_or(Value::Null, |pod| Object::Pod(pod.clone().into()).to_json())
    }

    #[test]
    fn requests_are_understood_however_they_are_written() {
        for (words, path, value) in [
            ("PATCH pods/p/status condition example.com/g=True", "/status/conditions", json!("example.com/g")),
            ("PATCH pod p remove metadata.finalizers", "/metadata/finalizers", Value::Null),
            ("PATCH pods/p metadata.finalizers=[]", "/metadata/finalizers", Value::Null),
            ("PATCH pod p spec.activeDeadlineSeconds=20", "/spec/activeDeadlineSeconds", json!(20)),
            ("PATCH pod p set spec.activeDeadlineSeconds 20", "/spec/activeDeadlineSeconds", json!(20)),
            ("PATCH pods/p {\"spec\": {\"activeDeadlineSeconds\": 20}}", "/spec/activeDeadlineSeconds", json!(20)),
            (
                "PATCH /api/v1/namespaces/default/pods/p {\"metadata\": {\"labels\": {\"a\": \"b\"}}}",
                "/metadata/labels/a",
                json!("b"),
            ),
            (
                "PATCH pods/p [{\"op\": \"add\", \"path\": \"/metadata/labels\", \"value\": {\"a\": \"b\"}}]",
                "/metadata/labels/a",
                json!("b"),
            ),
            (
                "PATCH pods/p/resize {\"app\": {\"requests\": {\"cpu\": \"20m\"}}}",
                "/spec/containers/0/resources/requests/cpu",
                json!("20m"),
            ),
            (
                "kubectl patch pod p --subresource resize: {\"app\": {\"requests\": {\"cpu\": \"20m\"}}}",
                "/spec/containers/0/resources/requests/cpu",
                json!("20m"),
            ),
            (
                "kubectl patch pod p -p {\"spec\": {\"activeDeadlineSeconds\": 20}}",
                "/spec/activeDeadlineSeconds",
                json!(20),
            ),
            ("kubectl patch pod p -p '{\"metadata\": {\"labels\": {\"a\": \"b\"}}}'", "/metadata/labels/a", json!("b")),
            (
                "PATCH pods/p/ephemeralcontainers {\"spec\": {\"ephemeralContainers\": [{\"name\": \"d\", \"image\": \"busybox\"}]}}",
                "/spec/ephemeralContainers/0/name",
                json!("d"),
            ),
            ("kubectl debug p --image=busybox -c d", "/spec/ephemeralContainers/0/name", json!("d")),
            ("POST pods/p/eviction", "/metadata/deletionGracePeriodSeconds", json!(30)),
            (
                "POST pods/p/eviction {\"deleteOptions\": {\"gracePeriodSeconds\": 5}}",
                "/metadata/deletionGracePeriodSeconds",
                json!(5),
            ),
            ("DELETE pods/p", "/metadata/deletionGracePeriodSeconds", json!(30)),
            ("DELETE pods/p?gracePeriodSeconds=3", "/metadata/deletionGracePeriodSeconds", json!(3)),
            ("DELETE pod p gracePeriodSeconds=0", "/metadata/deletionGracePeriodSeconds", json!(0)),
            ("kubectl delete pod p --now", "/metadata/deletionGracePeriodSeconds", json!(1)),
        ] {
            let mut cluster = cluster();
            perform(&mut cluster, words).unwrap_or_else(|error| panic!("{words}: {error}"));
            let found = pod(&cluster).pointer(path).cloned().unwrap_or_default();
            let same = if path == "/status/conditions" {
                found.as_array().is_some_and(|list| list.iter().any(|it| it["type"] == value && it["status"] == "True"))
            } else {
                found == value || value.is_null() && found == json!([])
            };
            assert!(same, "{words}: {path} is {found}");
        }
    }

    #[test]
    fn commands_that_change_something_are_understood() {
        for words in [
            "kubectl delete pod <first pod by name of the controller>",
            "kubectl delete pod <last pod by name of the controller> --force --grace-period=0",
            "kubectl scale deployment/d --replicas=3",
            "PATCH deployments/d/scale {\"spec\": {\"replicas\": 0}}",
            "kubectl set image deployment/d app=nginx:1.27",
            "kubectl set resources deployment d --limits=cpu=1",
            "kubectl set env deployment/d A=b",
            "kubectl rollout restart deployment/d",
            "kubectl rollout pause deployment/d",
            "kubectl autoscale deployment d --max=3",
            "kubectl expose deployment d --port=80",
            "kubectl label node node-1 pool=late",
            "kubectl label pod p a=b --overwrite",
            "kubectl annotate pod p a=b",
            "kubectl taint node node-1 a=b:NoExecute",
            "kubectl taint nodes node-1 a=b:NoSchedule",
            "kubectl cordon node-1",
            "kubectl uncordon node-1",
            "kubectl drain node-1 --ignore-daemonsets --force --delete-emptydir-data",
            "kubectl delete pods --all",
            "kubectl delete deployment d --cascade=orphan",
            "kubectl delete deployment d --cascade=foreground",
            "kubectl delete pod,deployment -l a=b",
            "kubectl create configmap c --from-literal=k=v",
            "kubectl create secret generic s --from-literal=k=v",
            "kubectl create -f - <<< {\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"x\"}}",
            "kubectl apply -f - <<< {\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"x\"}}",
            "kubectl run extra --image=nginx",
            "kubectl delete node node-1",
            "systemctl restart kubelet",
            "systemctl stop kubelet",
            "node down node-1",
            "kill p app 3",
        ] {
            let mut cluster = cluster();
            // A Pod that keeps its finalizer is never gone, and a drain waits for that.
            perform(&mut cluster, "PATCH pods/p metadata.finalizers=[]").unwrap();
            perform(&mut cluster, words).unwrap_or_else(|error| panic!("{words}: {error}"));
        }
        for words in ["", "dance", "PATCH pods/p", "PATCH", "POST pods", "systemctl dance kubelet", "kubectl dance"] {
            assert!(perform(&mut cluster(), words).is_err(), "{words}");
        }
    }
}
