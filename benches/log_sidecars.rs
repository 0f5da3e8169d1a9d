//! A hundred Pods for a virtual hour: each writes a line a second into a shared volume, and a sidecar passes it on.
#![allow(clippy::unwrap_used, reason = "a benchmark may stop at what should not be")]

mod measure;

use std::time::Duration;

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Config, Happening, Time};
use podlab::trace::Run;

/// What the app does, and what the sidecar does.
const PROGRAMS: [(&str, &str); 2] = [
    ("app", "while true; do echo \"line $((i=i+1))\" >> /logs/app.log; sleep 1; done"),
    ("sidecar", "tail -n +1 -F /logs/app.log"),
];

fn main() {
    let before = measure::memory();
    let mut run = Run::new(Config { node_pods: 10_000, ..Config::default() });
    for number in 0..100 {
        let container = |(name, script): (&str, &str)| {
            serde_json::json!({
                "name": name,
                "image": "busybox",
                "command": ["sh", "-c", script],
                "volumeMounts": [{"name": "logs", "mountPath": "/logs"}],
            })
        };
        let pod = serde_json::json!({
            "metadata": {"name": format!("p{number}"), "namespace": "default"},
            "spec": {
                "volumes": [{"name": "logs", "emptyDir": {}}],
                "containers": PROGRAMS.map(container),
            },
        });
        run.act(Time::ZERO, Action::Create(Object::from_json(Kind::Pod, pod).unwrap())).unwrap();
    }
    let (took, ()) = measure::time(|| run.run_until(measure::HOUR));
    measure::say("100 Pods with a log sidecar, 1 hour", took, Duration::from_secs(3));
    let held = measure::memory().saturating_sub(before);
    let lines = run.records().iter().filter(|record| matches!(record.what, Happening::Log(_))).count();
    println!("{lines} lines passed on, {} records, {} MB", run.records().len(), held >> 20);
}
