//! Recordings of real clusters (`tests/truth/traces`): their scenario, and their words for what was done.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Cluster, Config, Curve, Load, ObjectKey, Time};
use podlab::kubectl;
use serde_json::{Value, json};

use crate::scenario::{Scenario, duration};

/// The recordings' nodes take this many Pods.
const MAX_PODS: u32 = 400;

/// How long it takes from the restart of a kubelet until it looks at its first Pod.
const RESTART: Duration = Duration::from_millis(3_800);

/// How long a stopped kubelet is away, unless it is started before.
const AWAY: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The priority classes of the recordings' cluster.
const PRIORITY_CLASSES: [(&str, i32); 2] = [("sim-low", 100), ("sim-high", 1_000)];

/// The scenario of the recording in `file` (`.json` or `.json.gz`).
pub fn read(file: &Path, seed: u64) -> Result<Scenario, String> {
    let say = |error: &dyn std::fmt::Display| format!("{}: {error}\n", file.display());
    let text = text(file)?;
    let recording: Value = serde_json::from_str(&text).map_err(|error| say(&error))?;
    let field = |name: &str| recording.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let manifest = field("manifest");
    let mut objects = kubectl::read_objects(&manifest).map_err(|error| say(&error))?;
    objects.iter_mut().for_each(prioritise);
    let mut config = Config { seed, sim_variables: true, node_pods: MAX_PODS, ..Config::default() };
    if let Ok(epoch) = field("creationTimestamp").parse() {
        config.epoch = epoch;
    }
    let action = |entry: &Value| {
        let at = entry.get("t").and_then(Value::as_f64)?;
        Some((Time::from_secs_f64(at), entry.get("action")?.as_str()?.to_owned()))
    };
    let actions = recording.get("actions").and_then(Value::as_array).into_iter().flatten();
    let mut actions: Vec<(Time, String)> = actions.filter_map(action).collect();
    if actions.is_empty() {
        actions.extend(noted(&recording, file));
    }
    actions.sort_by_key(|(at, _)| *at);
    let seconds = recording.get("recorded_seconds").and_then(Value::as_f64).unwrap_or(120.0);
    Ok(Scenario {
        name: field("name"),
        note: field("note"),
        manifest,
        objects,
        config,
        actions,
        until: Time::from_secs_f64(seconds),
    })
}

/// The restart of the kubelet that a recording's note tells of, where it was done in the course of another recording
/// (`kubelet restarted at about t=40 of kr-running`). The other one tells when it began, where it is there.
fn noted(recording: &Value, file: &Path) -> Option<(Time, String)> {
    let note = recording.get("note")?.as_str()?;
    let (_, rest) = note.split_once("kubelet restarted at about t=")?;
    let (seconds, rest) = rest.split_once(" of ")?;
    let other = rest.split([' ', ';', ',']).next()?;
    let mut seconds: f64 = seconds.parse().ok()?;
    let began = |recording: &Value| recording.get("creationTimestamp")?.as_str()?.parse::<Timestamp>().ok();
    let sibling = |ending: &str| text(&file.with_file_name(format!("{other}{ending}"))).ok();
    let other = sibling(".json.gz").or_else(|| sibling(".json"));
    if let Some(other) = other.and_then(|text| serde_json::from_str(&text).ok())
        && let (Some(other), Some(own)) = (began(&other), began(recording))
    {
        seconds -= own.duration_since(other).as_secs_f64();
    }
    (seconds >= 0.0).then(|| (Time::from_secs_f64(seconds), "systemctl restart kubelet".to_owned()))
}

/// The text of a file, unpacked.
fn text(file: &Path) -> Result<String, String> {
    let say = |error: &dyn std::fmt::Display| format!("{}: {error}\n", file.display());
    let bytes = fs::read(file).map_err(|error| say(&error))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return String::from_utf8(bytes).map_err(|error| say(&error));
    }
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).map_err(|error| say(&error))?;
    Ok(text)
}

/// Gives a Pod of one of the recordings' priority classes its priority, as their cluster's admission did.
fn prioritise(object: &mut Object) {
    if let Object::Pod(pod) = object {
        let class = pod.spec.priority_class_name.as_deref();
        if let Some((_, priority)) = PRIORITY_CLASSES.iter().find(|(name, _)| class == Some(name)) {
            Rc::make_mut(&mut pod.spec).priority = Some(*priority);
        }
    }
}

/// Does what `words` say: a kubectl command, or one of the recordings' own forms.
pub fn perform(cluster: &mut Cluster, words: &str) -> Result<(), String> {
    if let Some(command) = words.strip_prefix("kubectl ") {
        return command_line(cluster, command);
    }
    let parts: Vec<&str> = words.split_whitespace().collect();
    let act = |cluster: &mut Cluster, action| cluster.act(action).map(|_| ()).map_err(|error| error.message);
    match parts.as_slice() {
        ["POST", place] if place.ends_with("/eviction") => {
            let name = place.trim_start_matches("pods/").trim_end_matches("/eviction");
            act(cluster, Action::Evict { key: ObjectKey::new(Kind::Pod, "default", name), grace: None })
        }
        ["PATCH", place, "condition", setting] => {
            let (object, subresource) = place.rsplit_once('/').unwrap_or((place, ""));
            let (name, status) = setting.split_once('=').unwrap_or((setting, "True"));
            let patch = json!({"status": {"conditions": [{"type": name, "status": status}]}});
            kubectl(cluster, &format!("patch {object} --subresource={subresource} -p '{patch}'"))
        }
        ["PATCH", kind, name, "remove", path] => {
            let patch = path.rsplit('.').fold(Value::Null, |inner, field| json!({field: inner}));
            kubectl(cluster, &format!("patch {kind} {name} -p '{patch}'"))
        }
        ["DELETE", object] => kubectl(cluster, &format!("delete {object}")),
        ["systemctl", verb, "kubelet"] => {
            let nodes: Vec<ObjectKey> = cluster.store().list(Kind::Node).map(|(key, _)| key.clone()).collect();
            for node in nodes {
                let node = node.name;
                let action = match *verb {
                    "restart" => Action::RestartKubelet { node, down: RESTART },
                    "stop" => Action::RestartKubelet { node, down: AWAY },
                    "start" => Action::NodeUp { node },
                    _ => return Err("not understood".to_owned()),
                };
                act(cluster, action)?;
            }
            Ok(())
        }
        ["node", "down", node] => act(cluster, Action::NodeDown { node: (*node).into() }),
        ["node", "up", node] => act(cluster, Action::NodeUp { node: (*node).into() }),
        ["node", "pressure", node, resource @ ("memory" | "disk" | "pid"), pods] => {
            let pods = pods.parse().map_err(|_| format!("{pods} is no number of Pods"))?;
            act(cluster, Action::NodePressure { node: (*node).into(), resource: (*resource).into(), pods })
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
        _ => Err("not understood".to_owned()),
    }
}

/// `web` is a Service, `deployment/web` something else, both of the namespace default.
fn named(target: &str) -> Result<ObjectKey, String> {
    let (kind, name) = target.split_once('/').unwrap_or(("service", target));
    let kind = Kind::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(kind));
    Ok(ObjectKey::new(*kind.ok_or_else(|| format!("{target}: no such kind"))?, "default", name))
}

/// The recordings' shorthands within kubectl commands, written out.
fn command_line(cluster: &mut Cluster, command: &str) -> Result<(), String> {
    if let Some((head, resources)) = command.split_once(" --subresource resize: ") {
        let resources: Value = serde_json::from_str(resources).map_err(|error| error.to_string())?;
        let container = |(name, resources): (&String, &Value)| json!({"name": name, "resources": resources});
        let containers: Vec<Value> = resources.as_object().into_iter().flatten().map(container).collect();
        let patch = json!({"spec": {"containers": containers}});
        return kubectl(cluster, &format!("{head} --subresource=resize -p '{patch}'"));
    }
    if let Some(head) = command.strip_suffix("<first pod by name of the controller>") {
        let owned = cluster.store().pods().find(|pod| pod.metadata.owner_references.is_some());
        let name = owned.map(|pod| pod.name().to_owned()).ok_or("no controller has a Pod")?;
        return kubectl(cluster, &format!("{head}{name}"));
    }
    if let Some(json) = command.strip_prefix("create -f - <<< ") {
        for mut object in kubectl::read_objects(json).map_err(|error| error.to_string())? {
            prioritise(&mut object);
            cluster.act(Action::Create(object)).map_err(|error| error.message)?;
        }
        return Ok(());
    }
    kubectl(cluster, command)
}

fn kubectl(cluster: &mut Cluster, command: &str) -> Result<(), String> {
    let output = kubectl::run(cluster, command);
    if output.exit_code == 0 { Ok(()) } else { Err(output.stderr.trim_end().to_owned()) }
}
