//! Users come: what becomes of their requests, and what charts show of it.

use std::time::Duration;

use podlab::api::Kind;
use podlab::cluster::{Action, Curve, Load, ObjectKey};
use podlab::trace::{Measure, Run, Topic, charts};

use crate::scenario::at;

/// Two Pods that listen six seconds after their start, behind a Service; with a readiness probe and a preStop hook, or
/// without.
fn web(guarded: bool) -> Run {
    let guards = if guarded {
        "readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}, lifecycle: {preStop: {sleep: {seconds: 3}}}"
    } else {
        "stdin: false"
    };
    let manifest = format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - {{name: web, image: present/web, env: [{{name: SIM, value: http=8080@6 capacity=50}}], {guards}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
"
    );
    crate::scenario::manifest(&manifest, 0)
}

fn service() -> ObjectKey {
    ObjectKey::new(Kind::Service, "default", "web")
}

fn send(run: &mut Run, seconds: f64, per_second: u32) {
    let load = Load { per_second, curve: Curve::Steady };
    run.act(at(seconds), Action::SetLoad { target: service(), load }).unwrap();
}

/// All that came, was answered, was refused, gave up, between two instants.
fn totals(run: &Run, from: f64, to: f64) -> [f64; 4] {
    let samples = run.load_samples(&service(), at(from), at(to));
    samples.iter().fold([0.0; 4], |sum, it| {
        [sum[0] + it.requests, sum[1] + it.answered, sum[2] + it.refused, sum[3] + it.timed_out]
    })
}

fn update(run: &mut Run, seconds: f64) {
    let command = "kubectl set env deployment/web VERSION=2";
    let output = run.with_cluster(at(seconds), |cluster| podlab::kubectl::run(cluster, command));
    assert_eq!(output.exit_code, 0, "{}", output.stderr);
}

#[test]
fn what_two_pods_can_answer_is_answered() {
    let mut run = web(true);
    send(&mut run, 30.0, 80);
    run.run_until(at(60.0));
    let [requests, answered, refused, timed_out] = totals(&run, 30.0, 60.0);
    assert!((requests - 2_400.0).abs() < 1e-6 && (answered - 2_400.0).abs() < 1e-6, "{requests} {answered}");
    assert_eq!((refused, timed_out), (0.0, 0.0));
}

#[test]
fn what_is_too_much_waits_and_gives_up_and_nothing_is_lost_from_the_account() {
    let mut run = web(true);
    send(&mut run, 30.0, 150);
    run.run_until(at(90.0));
    let [requests, answered, refused, timed_out] = totals(&run, 30.0, 90.0);
    assert!((answered - 6_000.0).abs() < 1e-6 && refused == 0.0, "{answered} {refused}");
    // Five seconds' worth of line is left at each Pod.
    assert!((requests - answered - timed_out - 500.0).abs() < 1e-6, "{requests} {answered} {timed_out}");
    send(&mut run, 90.0, 0);
    run.run_until(at(120.0));
    let [requests, answered, _, timed_out] = totals(&run, 30.0, 120.0);
    assert!((requests - answered - timed_out).abs() < 1e-6);
    assert!(run.load_samples(&service(), at(110.0), at(120.0)).is_empty(), "nothing is looked at when all is over");
}

#[test]
fn an_update_loses_requests_where_nothing_guards_it_and_none_where_something_does() {
    for guarded in [true, false] {
        let mut run = web(guarded);
        send(&mut run, 30.0, 40);
        update(&mut run, 40.0);
        run.run_until(at(90.0));
        let [requests, answered, refused, _] = totals(&run, 30.0, 90.0);
        match guarded {
            true => assert!(refused == 0.0 && (requests - answered).abs() < 1e-6, "{refused} of {requests}"),
            false => assert!(refused > 40.0, "{refused} of {requests}"),
        }
    }
}

#[test]
fn a_service_without_pods_refuses() {
    let mut run = web(true);
    let output = run.with_cluster(at(1.0), |cluster| podlab::kubectl::run(cluster, "kubectl delete deployment web"));
    assert_eq!(output.exit_code, 0);
    send(&mut run, 50.0, 10);
    run.run_until(at(60.0));
    assert_eq!(totals(&run, 50.0, 60.0)[2].round(), 100.0);
}

#[test]
fn charts_tell_of_any_window() {
    let mut run = web(true);
    let ramp = Load { per_second: 80, curve: Curve::Ramp { over: Duration::from_secs(40) } };
    run.act(at(30.0), Action::SetLoad { target: service(), load: ramp }).unwrap();
    update(&mut run, 60.0);
    run.run_until(at(120.0));
    let all = charts(&run, at(0.0), at(120.0), 60);
    let find = |topic: Topic| all.iter().find(|chart| chart.topic == topic).unwrap();
    let curve = |topic, measure| find(topic).series.iter().find(|series| series.measure == measure).unwrap();
    let requests = curve(Topic::Requests, Measure::Requests);
    assert!(requests.points.len() <= 62);
    assert_eq!(requests.at(at(20.0)), None);
    assert!((requests.at(at(50.5)).unwrap() - 40.0).abs() < 5.0);
    assert_eq!(requests.at(at(110.0)).map(f64::round), Some(80.0));
    assert_eq!(curve(Topic::Replicas, Measure::Desired).at(at(100.0)), Some(2.0));
    assert_eq!(curve(Topic::Replicas, Measure::Current).highest(), 3.0);
    assert_eq!(curve(Topic::Replicas, Measure::Ready).at(at(1.0)), Some(0.0));
    // A window shows what was there when it began.
    let late = charts(&run, at(110.0), at(120.0), 60);
    let replicas = late.iter().find(|chart| chart.topic == Topic::Replicas).unwrap();
    assert!(replicas.series.iter().all(|series| series.points.first().is_some_and(|(when, _)| *when == at(110.0))));
}

#[test]
fn the_past_with_other_users_is_the_same_as_if_they_had_come_at_once() {
    let samples = |run: &Run| {
        run.load_samples(&service(), at(0.0), at(80.0))
            .into_iter()
            .map(|sample| sample.as_ref().clone())
            .collect::<Vec<_>>()
    };
    let mut straight = web(false);
    send(&mut straight, 30.0, 40);
    update(&mut straight, 40.0);
    straight.run_until(at(80.0));
    let mut back = web(false);
    send(&mut back, 30.0, 40);
    back.run_until(at(300.0));
    update(&mut back, 40.0);
    back.run_until(at(80.0));
    assert_eq!(samples(&straight), samples(&back));
}
