//! Scenarios out of recordings.

use std::io::Read as _;
use std::path::PathBuf;

use podlab::cluster::{Action, Config, Time};
use podlab::trace::Run;
use serde_json::Value;

/// The file of the recording `name`.
pub fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/truth/traces/run1/{name}.json.gz"))
}

/// The recording `name`.
pub fn recording(name: &str) -> Value {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(file(name)).unwrap()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The priority class that a recording's cluster had before its manifest came.
const PRIORITY_CLASS: &str =
    "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: sim-low}, value: 100}";

/// A run of the recording's manifest, without its actions, at time zero.
pub fn begin(name: &str, seed: u64) -> Run {
    let recording = recording(name);
    let text = recording["manifest"].as_str().unwrap();
    match text.contains("sim-low") {
        true => manifest(&format!("{PRIORITY_CLASS}\n---\n{text}"), seed),
        false => manifest(text, seed),
    }
}

/// A run of a manifest whose containers obey their `SIM` variables, at time zero.
pub fn manifest(text: &str, seed: u64) -> Run {
    created(text, Config { seed, sim_variables: true, ..Config::default() })
}

/// A run of a manifest in a cluster of this kind, at time zero.
pub fn created(text: &str, config: Config) -> Run {
    let mut run = Run::new(config);
    for object in podlab::kubectl::read_objects(text).unwrap() {
        run.act(Time::ZERO, Action::Create(object)).unwrap();
    }
    run
}

/// An instant in seconds.
pub fn at(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

/// The names of all recordings, in order.
pub fn names() -> Vec<String> {
    let folder = file("any").parent().unwrap().to_owned();
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json.gz").map(str::to_owned))
        .collect();
    names.sort();
    names
}
