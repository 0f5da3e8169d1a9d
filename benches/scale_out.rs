//! A Deployment of many Pods (two containers, a readiness probe): created and ready, then updated by a rolling update.
//!
//! Numbers among the arguments are the counts of Pods to measure, instead of the usual three.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

mod measure;

use std::time::Duration;

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Config, Time};
use podlab::trace::Run;

/// How many Pods a node takes here.
const A_NODE: u32 = 250;

fn deployment(replicas: usize, version: u32) -> Object {
    let value = serde_json::json!({
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [
                    {"name": "web", "image": format!("example.com/web:{version}"), "ports": [{"containerPort": 8080}],
                     "readinessProbe": {"httpGet": {"port": 8080, "path": "/"}, "periodSeconds": 10},
                     "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}}},
                    {"name": "log-agent", "image": "example.com/agent:1"},
                ]},
            },
        },
    });
    Object::from_json(Kind::Deployment, value).unwrap()
}

fn ready(run: &Run, replicas: usize) -> bool {
    let wanted = i32::try_from(replicas).unwrap();
    run.cluster().store().list(Kind::Deployment).all(|(_, object)| match object {
        Object::Deployment(it) => it.status.as_ref().is_some_and(|status| {
            status.observed_generation == it.metadata.generation
                && status.updated_replicas == Some(wanted)
                && status.available_replicas == Some(wanted)
                && status.replicas == Some(wanted)
        }),
        _ => false,
    })
}

/// Runs until all are ready; the virtual time that took.
fn settle(run: &mut Run, replicas: usize) -> Time {
    while !ready(run, replicas) {
        let next = run.end() + Duration::from_secs(1);
        run.run_until(next);
        assert!(run.end() < measure::HOUR, "never ready");
    }
    run.end()
}

fn main() {
    let mut one: Option<f64> = None;
    let mut counts: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![1_000, 3_000, 10_000];
    }
    for replicas in counts {
        let nodes = u32::try_from(replicas).unwrap() / A_NODE + 8;
        let config =
            Config { nodes, node_pods: A_NODE * 2, node_cpu_millis: 64_000, node_memory: 1 << 38, ..Config::default() };
        let (before, begun) = (measure::memory(), measure::cpu());
        let mut run = Run::new(config);
        let (created, at) = measure::time(|| {
            run.act(Time::ZERO, Action::Create(deployment(replicas, 1))).unwrap();
            settle(&mut run, replicas)
        });
        let (updated, end) = measure::time(|| {
            run.act(run.end(), Action::Update(deployment(replicas, 2))).unwrap();
            settle(&mut run, replicas)
        });
        let busy = measure::cpu() - begun;
        let took = if busy.is_zero() { created + updated } else { busy };
        let each = took.as_secs_f64() * 1e6 / replicas as f64;
        let times = each / *one.get_or_insert(each);
        println!(
            "{replicas} Pods: ready in {created:.2?} ({:.0} virtual s), updated in {updated:.2?} ({:.0} virtual s); \
             {took:.2?} of processor time, {each:.1} µs a Pod, {times:.2} times as much as with 1,000; {} records, {} MB",
            at.as_secs_f64(),
            end.since(at).as_secs_f64(),
            run.records().len(),
            measure::memory().saturating_sub(before) >> 20,
        );
        if replicas == 10_000 {
            measure::say("10,000 Pods rolled out and updated", took, Duration::from_secs(1));
        }
    }
}
