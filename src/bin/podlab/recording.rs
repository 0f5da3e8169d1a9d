//! Recordings of real clusters (`tests/truth/traces`): their scenario.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use k8s_openapi::jiff::Timestamp;
use podlab::api::{Kind, Object};
use podlab::cluster::{Config, Time};
use podlab::kubectl;
use serde_json::{Value, json};

use crate::scenario::Scenario;

/// The recordings' nodes take this many Pods.
const MAX_PODS: u32 = 400;

/// The priority classes of the recordings' cluster.
const PRIORITY_CLASSES: [(&str, i32); 2] = [("sim-low", 100), ("sim-high", 1_000)];

/// The scenario of the recording in `file` (`.json` or `.json.gz`).
pub fn read(file: &Path, seed: u64) -> Result<Scenario, String> {
    let say = |error: &dyn std::fmt::Display| format!("{}: {error}\n", file.display());
    let text = text(file)?;
    let recording: Value = serde_json::from_str(&text).map_err(|error| say(&error))?;
    let field = |name: &str| recording.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let manifest = field("manifest");
    let mut objects = priority_classes(&text);
    objects.extend(kubectl::read_objects(&manifest).map_err(|error| say(&error))?);
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

/// The priority classes that a recording names and its manifest does not show: its cluster had them before.
fn priority_classes(recording: &str) -> Vec<Object> {
    let named = PRIORITY_CLASSES.into_iter().filter(|(name, _)| recording.contains(name));
    let class = |(name, value): (&str, i32)| {
        Object::from_json(Kind::PriorityClass, json!({"metadata": {"name": name}, "value": value})).ok()
    };
    named.filter_map(class).collect()
}
