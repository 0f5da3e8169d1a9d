//! Whole runs of small Pods, and what holds for every run.

use std::time::Duration;

use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, Config, Happening, ObjectKey, Propagation, Record, Time};

/// A cluster whose containers do what their `SIM` variable says, with one Pod.
fn cluster(spec: &str, seed: u64) -> Cluster {
    let mut cluster = Cluster::new(Config { sim_variables: true, seed, ..Config::default() });
    cluster.act(Action::Create(pod("p", spec))).unwrap();
    cluster
}

fn pod(name: &str, spec: &str) -> Object {
    let spec: serde_json::Value = serde_yaml::from_str(spec).unwrap();
    let value = serde_json::json!({ "metadata": { "name": name, "namespace": "default" }, "spec": spec });
    Object::from_json(Kind::Pod, value).unwrap()
}

fn app(sim: &str) -> String {
    format!("containers:\n- name: app\n  image: present/app:v1\n  env: [{{name: SIM, value: '{sim}'}}]\n")
}

fn run(cluster: &mut Cluster, seconds: f64) {
    cluster.run_until(Time::from_secs_f64(seconds));
}

/// The row of the Pod as time goes by: phase, restarts and the state of each container.
fn story(journal: &[Record]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for record in journal {
        let Happening::Changed(change) = &record.what else { continue };
        let Object::Pod(pod) = &change.object else { continue };
        let line = format!("{:7.1} {}", record.at.as_secs_f64(), row(pod));
        let state = |line: &str| line.get(8..).map(str::to_owned);
        if lines.last().and_then(|last| state(last)) != state(&line) {
            lines.push(line);
        }
    }
    lines
}

fn row(pod: &Pod) -> String {
    let mut text = pod.status.phase.clone().unwrap_or_default();
    if pod.metadata.deletion_timestamp.is_some() {
        text.push_str(" deleting");
    }
    let lists = [&pod.status.init_container_statuses, &pod.status.container_statuses];
    for container in lists.into_iter().flatten().flatten() {
        let state = container.state.clone().unwrap_or_default();
        let word = match (&state.waiting, &state.running, &state.terminated) {
            (Some(waiting), ..) => waiting.reason.clone().unwrap_or_default(),
            (_, Some(_), _) => format!("running{}", if container.ready { "+" } else { "" }),
            (.., Some(terminated)) => {
                format!("{} {}", terminated.reason.clone().unwrap_or_default(), terminated.exit_code)
            }
            _ => String::new(),
        };
        text.push_str(&format!(" | {} {word} x{}", container.name, container.restart_count));
    }
    text
}

#[test]
fn a_server_runs_and_is_deleted() {
    let mut cluster = cluster(&app("run=inf"), 1);
    run(&mut cluster, 10.0);
    assert_eq!(cluster.store().pod("default", "p").unwrap().status.phase.as_deref(), Some("Running"));
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    cluster.act(Action::Delete { key, grace: None, propagation: Propagation::Background }).unwrap();
    run(&mut cluster, 13.0);
    assert!(cluster.store().pod("default", "p").is_none(), "{:#?}", story(&cluster.take_journal()));
}

#[test]
fn a_crashing_container_backs_off() {
    let mut cluster = cluster(&app("run=2 exit=1"), 1);
    run(&mut cluster, 600.0);
    let restarts =
        cluster.store().pod("default", "p").unwrap().status.container_statuses.as_ref().unwrap()[0].restart_count;
    assert!((5..=7).contains(&restarts), "{:#?}", story(&cluster.take_journal()));
}

#[test]
fn one_seed_gives_one_run_and_a_clone_goes_on_alike() {
    let text = |cluster: &mut Cluster| format!("{:?}", cluster.take_journal());
    let spec = app("run=3 exit=1 ready=0-1");
    let (mut one, mut other) = (cluster(&spec, 7), cluster(&spec, 7));
    run(&mut one, 100.0);
    run(&mut other, 100.0);
    assert_eq!(text(&mut one), text(&mut other));
    let mut copy = one.clone();
    run(&mut one, 300.0);
    run(&mut copy, 300.0);
    assert_eq!(text(&mut one), text(&mut copy));
}

#[test]
fn an_idle_pod_costs_nothing() {
    let mut cluster = cluster(&app("run=inf"), 1);
    run(&mut cluster, 120.0);
    cluster.take_journal();
    let mut steps = 0;
    while !cluster.run_some(Time::from_secs_f64(7200.0), 1) {
        steps += 1;
        assert!(steps < 100, "next due {:?} at {:?}", cluster.next_due(), cluster.now());
    }
}

/// Prints how long the budgets' runs take: `cargo test --profile native … -- --ignored --nocapture budgets`.
#[test]
#[ignore = "a measurement, not a check"]
fn budgets() {
    let one = cluster(&app("run=inf"), 1);
    let mut many = Cluster::new(Config { sim_variables: true, node_pods: 2_000, ..Config::default() });
    for number in 0..1_000 {
        many.act(Action::Create(pod(&format!("p{number}"), &app("run=2 exit=1")))).unwrap();
    }
    for (name, mut cluster) in [("1 Pod, an hour", one), ("1000 crash-looping Pods, an hour", many)] {
        let mut steps = 0u64;
        let begun = measure();
        while !cluster.run_some(Time::from_secs_f64(3_600.0), 1_000) {
            steps += 1;
        }
        println!("{name}: {:?}, about {} steps", begun(), steps * 1_000);
    }
}

#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn measure() -> impl Fn() -> Duration {
    let begun = std::time::Instant::now();
    move || begun.elapsed()
}
