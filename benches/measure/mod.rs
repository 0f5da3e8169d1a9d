//! What every benchmark needs: a clock, the size of the process, Pods.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    dead_code,
    reason = "a benchmark measures; not each uses everything"
)]

use std::time::{Duration, Instant};

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Config, Time};
use podlab::trace::Run;

/// The instant an hour after the beginning.
pub const HOUR: Time = Time::from_micros(3_600_000_000);

/// How long `what` takes, and what it gives.
pub fn time<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let result = what();
    (begun.elapsed(), result)
}

/// The middle one of several measurements of `what`.
pub fn median(times: usize, mut what: impl FnMut()) -> Duration {
    let mut all: Vec<Duration> = (0..times).map(|_| time(&mut what).0).collect();
    all.sort();
    all[times / 2]
}

/// The memory the process holds, bytes; 0 where the system does not say.
pub fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4_096
}

/// The processor time that the process has used so far: other work on the machine does not lengthen it. Zero where the
/// system does not say.
pub fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// A run with `count` Pods of one container that does what `sim` says.
pub fn run(count: usize, sim: &str, probe: bool) -> Run {
    let mut run = Run::new(Config { sim_variables: true, node_pods: 10_000, ..Config::default() });
    for number in 0..count {
        let mut app =
            serde_json::json!({"name": "app", "image": "present/app", "env": [{"name": "SIM", "value": sim}]});
        if probe {
            app["readinessProbe"] = serde_json::json!({"httpGet": {"port": 8080}, "periodSeconds": 10});
        }
        let pod = serde_json::json!({
            "metadata": {"name": format!("p{number}"), "namespace": "default"},
            "spec": {"containers": [app]},
        });
        run.act(Time::ZERO, Action::Create(Object::from_json(Kind::Pod, pod).unwrap())).unwrap();
    }
    run
}

/// Says a measurement beside its goal.
pub fn say(what: &str, took: Duration, goal: Duration) {
    let verdict = if took <= goal { "within" } else { "OVER" };
    println!("{what}: {took:.2?}, {verdict} the goal of {goal:?}");
}
