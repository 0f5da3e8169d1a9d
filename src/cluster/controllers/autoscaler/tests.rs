use std::time::Duration;

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerBehavior;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::calculate::{Aim, Measured, Sample, Tolerances, replicas};
use super::go_selector;
use super::limit::{Answer, History, Question};
use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, Config, Time};

const NOW: Timestamp = Timestamp::constant(1_767_225_600, 0);
const TENTH: Tolerances = Tolerances { down: 0.1, up: 0.1 };
const CPU: Measured = Measured { resource: "cpu", container: None };

/// A Pod that requests 100m and began `age` seconds ago, Ready since, or not.
fn pod(age: i64, phase: &str, ready: bool) -> Pod {
    let at = |ago: i64| NOW.checked_add(SignedDuration::from_secs(-ago)).unwrap().to_seconds();
    let value = json!({
        "metadata": {"name": "p", "namespace": "default"},
        "spec": {"containers": [{"name": "app", "image": "a", "resources": {"requests": {"cpu": "100m"}}}]},
        "status": {"phase": phase, "startTime": at(age), "conditions": [
            {"type": "Ready", "status": if ready { "True" } else { "False" }, "lastTransitionTime": at(age)},
        ]},
    });
    let Object::Pod(pod) = Object::from_json(Kind::Pod, value).unwrap() else { unreachable!() };
    pod.as_ref().clone()
}

/// What `current` Pods get of a target of 50 %; each is given by what it uses, in thousandths of a core.
fn asked(current: i32, pods: &[(Pod, Option<i64>)]) -> Result<(i32, Option<i32>), String> {
    let when = (NOW, SignedDuration::from_secs(15));
    let sample = |(pod, value): &'_ (Pod, Option<i64>)| (pod.clone(), *value);
    let pods: Vec<(Pod, Option<i64>)> = pods.iter().map(sample).collect();
    let samples: Vec<Sample> =
        pods.iter().map(|(pod, value)| Sample { pod, value: *value, when: value.map(|_| when) }).collect();
    replicas(current, &samples, CPU, Aim::Utilization(50), TENTH, NOW)
        .map(|proposal| (proposal.replicas, proposal.utilization))
}

fn old(value: Option<i64>) -> (Pod, Option<i64>) {
    (pod(3_600, "Running", true), value)
}

#[test]
fn the_ratio_is_multiplied_with_the_ready_pods_and_rounded_up() {
    assert_eq!(asked(2, &[old(Some(100)), old(Some(100))]), Ok((4, Some(100))));
    assert_eq!(asked(2, &[old(Some(60)), old(Some(60))]), Ok((3, Some(60))));
    assert_eq!(asked(4, &[old(Some(10)), old(Some(10)), old(Some(10)), old(Some(10))]), Ok((1, Some(10))));
}

#[test]
fn within_a_tenth_nothing_is_asked() {
    for used in [45, 50, 55] {
        assert_eq!(asked(2, &[old(Some(used)), old(Some(used))]), Ok((2, Some(used as i32))));
    }
    assert_eq!(asked(2, &[old(Some(56)), old(Some(56))]), Ok((3, Some(56))));
}

#[test]
fn who_says_nothing_counts_against_the_direction() {
    // Up: the silent Pod counts as idle. 100 + 0 of 200 is 50 %: as aimed.
    assert_eq!(asked(2, &[old(Some(100)), old(None)]), Ok((2, Some(100))));
    // Down: the silent Pod counts as using all it requests.
    assert_eq!(asked(2, &[old(Some(10)), old(None)]), Ok((2, Some(10))));
    assert_eq!(asked(3, &[old(Some(10)), old(Some(10)), old(None)]).unwrap().0, 3);
}

#[test]
fn pods_that_are_not_ready_yet_count_as_idle_on_the_way_up() {
    let starting = (pod(20, "Running", false), Some(900));
    let pending = (pod(20, "Pending", false), None);
    assert_eq!(asked(2, &[old(Some(200)), starting.clone()]), Ok((4, Some(200))));
    assert_eq!(asked(3, &[old(Some(200)), starting, pending]), Ok((4, Some(200))));
    // A Pod that became ready within the last sample's window tells nothing yet either.
    assert_eq!(asked(2, &[old(Some(200)), (pod(10, "Running", true), Some(900))]), Ok((4, Some(200))));
}

#[test]
fn what_cannot_be_said_is_said_in_the_controllers_words() {
    let unready = (pod(20, "Pending", false), None);
    let nothing = "did not receive metrics for targeted pods (pods might be unready)";
    assert_eq!(asked(1, &[unready]), Err(nothing.to_owned()));
    assert_eq!(asked(1, &[]), Err("no pods returned by selector while calculating replica count".to_owned()));
    let mut bare = pod(3_600, "Running", true);
    bare.spec.make_mut().containers[0].resources = None;
    assert_eq!(asked(1, &[(bare, Some(5))]), Err("missing request for cpu in container app of Pod p".to_owned()));
}

fn seconds(seconds: u64) -> Time {
    Time::ZERO + Duration::from_secs(seconds)
}

fn question(now: u64, current: i32, desired: i32) -> Question<'static> {
    Question { now: seconds(now), current, desired, min: 2, max: 20, behavior: None }
}

#[test]
fn without_a_behaviour_up_doubles_and_down_waits_five_minutes() {
    let mut history = History::default();
    history.begin(seconds(15), 2);
    let up = history.decide(question(15, 2, 30));
    assert_eq!((up.replicas, up.limited.0, up.limited.1.0), (4, true, "ScaleUpLimit"));
    assert_eq!(history.decide(question(30, 4, 30)).replicas, 8);
    let last = history.decide(question(45, 16, 30));
    assert_eq!((last.replicas, last.limited.1.0), (20, "TooManyReplicas"));
    let down = history.decide(question(300, 20, 2));
    assert_eq!((down.replicas, down.able.0), (20, "ScaleDownStabilized"));
    let down = history.decide(question(346, 20, 3));
    assert_eq!((down.replicas, down.able.0, down.limited.0), (3, "ReadyForNewScale", false));
}

fn behaviour(value: Value) -> HorizontalPodAutoscalerBehavior {
    k8s_openapi::json::from_json(value).unwrap()
}

#[test]
fn policies_limit_what_is_done_in_their_period() {
    let behavior = behaviour(json!({
        "scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]},
        "scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": "Min", "policies": [
            {"type": "Percent", "value": 50, "periodSeconds": 60}, {"type": "Pods", "value": 1, "periodSeconds": 60}]},
    }));
    let mut history = History::default();
    let ask = |history: &mut History, now: u64, current: i32, desired: i32| -> Answer {
        let answer = history.decide(Question { behavior: Some(&behavior), ..question(now, current, desired) });
        if answer.replicas != current {
            history.scaled(seconds(now), Some(&behavior), current, answer.replicas);
        }
        answer
    };
    assert_eq!(ask(&mut history, 15, 4, 10).replicas, 6);
    let limited = ask(&mut history, 30, 6, 10);
    assert_eq!((limited.replicas, limited.limited.1.0), (6, "ScaleUpLimit"));
    assert_eq!(ask(&mut history, 76, 6, 10).replicas, 8);
    // Of two policies downwards the smaller change counts.
    let down = ask(&mut history, 200, 8, 2);
    assert_eq!((down.replicas, down.limited.1.0), (7, "ScaleDownLimit"));
    assert_eq!(ask(&mut history, 215, 7, 2).replicas, 7);
}

#[test]
fn a_direction_may_be_forbidden() {
    let behavior = behaviour(json!({"scaleDown": {"selectPolicy": "Disabled", "stabilizationWindowSeconds": 0}}));
    let mut history = History::default();
    let answer = history.decide(Question { behavior: Some(&behavior), ..question(15, 8, 2) });
    assert_eq!((answer.replicas, answer.limited.0), (8, true));
}

#[test]
fn a_share_is_taken_as_floating_point_has_it() {
    let behavior = behaviour(json!({
        "scaleUp": {"policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}]},
        "scaleDown": {"stabilizationWindowSeconds": 0, "policies": [
            {"type": "Percent", "value": 80, "periodSeconds": 60}]},
    }));
    let ask = |current: i32, desired: i32| {
        let asked = Question { min: 1, max: 100, behavior: Some(&behavior), ..question(15, current, desired) };
        History::default().decide(asked).replicas
    };
    // 50 * 1.1 is a little more than 55, and 10 * (1 - 0.8) a little less than 2.
    assert_eq!(ask(50, 90), 56);
    assert_eq!(ask(10, 1), 1);
}

#[test]
fn a_selector_is_told_as_go_tells_it() {
    let selector = json!({"matchLabels": {"b": "c", "a": "b"}, "matchExpressions": [
        {"key": "k", "operator": "In", "values": ["a", "b"]}, {"key": "l", "operator": "Exists"}]});
    let text = "&LabelSelector{MatchLabels:map[string]string{a: b,b: c,},MatchExpressions:[]LabelSelectorRequirement{\
                LabelSelectorRequirement{Key:k,Operator:In,Values:[a b],},\
                LabelSelectorRequirement{Key:l,Operator:Exists,Values:[],},},}";
    assert_eq!(go_selector(&k8s_openapi::json::from_json(selector).unwrap()), text);
}

/// The events of an autoscaler of two Pods after a minute, each with its reason.
fn told(kind: &str, metric: Value) -> Vec<String> {
    let mut cluster = Cluster::new(Config::default());
    let resources = json!({"requests": {"cpu": "100m"}});
    let deployment = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "nginx", "resources": resources}]}}}});
    let hpa = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": "web"}, "minReplicas": 1, "maxReplicas": 5,
        "metrics": [metric]}});
    for (kind, value) in [(Kind::Deployment, deployment), (Kind::HorizontalPodAutoscaler, hpa)] {
        cluster.act(Action::Create(Object::from_json(kind, value).unwrap())).unwrap();
    }
    cluster.run_until(seconds(60));
    let text = |object: &Object| match object {
        Object::Event(event) if event.involved_object.kind.as_deref() == Some("HorizontalPodAutoscaler") => {
            let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
            Some(format!("{}: {}", part(event.reason.as_deref()), part(event.message.as_deref())))
        }
        _ => None,
    };
    cluster.store().list(Kind::Event).filter_map(|(_, object)| text(object)).collect()
}

fn says(told: &[String], text: &str) {
    assert!(told.iter().any(|it| it == text), "{text}\n{told:#?}");
}

#[test]
fn a_kind_that_is_not_known_is_told_alone() {
    let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": {
        "type": "Utilization", "averageUtilization": 50}}});
    says(&told("Deploymet", cpu), r#"FailedGetScale: no matches for kind "Deploymet" in group "apps""#);
}

#[test]
fn what_nobody_serves_is_told_in_the_controllers_words() {
    let cause = "unable to get external metric default/queue/nil: unable to fetch metrics from external metrics API: \
                 the server could not find the requested resource (get queue.external.metrics.k8s.io)";
    let first = "FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: ";
    for (target, middle) in [
        (json!({"type": "AverageValue", "averageValue": "5"}), "failed to get queue external metric: "),
        (json!({"type": "Value", "value": "5"}), "failed to get external metric queue: "),
    ] {
        let metric = json!({"type": "External", "external": {"metric": {"name": "queue"}, "target": target}});
        let told = told("Deployment", metric);
        says(&told, &format!("FailedGetExternalMetric: {cause}"));
        says(&told, &format!("{first}failed to get queue external metric value: {middle}{cause}"));
    }
    let cause = "unable to get metric rps: Service on default web/unable to fetch metrics from custom metrics API: no \
                 custom metrics API (custom.metrics.k8s.io) registered";
    let metric = json!({"type": "Object", "object": {"metric": {"name": "rps"},
        "describedObject": {"kind": "Service", "name": "web", "apiVersion": "v1"},
        "target": {"type": "AverageValue", "averageValue": "5"}}});
    let told = told("Deployment", metric);
    says(&told, &format!("{first}failed to get object metric value: failed to get rps object metric: {cause}"));
}

#[test]
fn a_container_that_is_not_there_is_named() {
    let metric = json!({"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "side",
        "target": {"type": "Utilization", "averageUtilization": 50}}});
    let told = told("Deployment", metric);
    let named = told.iter().any(|it| it.contains("first error is: failed to get side container metric value: "));
    assert!(named, "{told:#?}");
}

proptest! {
    #[test]
    fn never_outside_minimum_and_maximum(
        min in 1..20_i32, span in 0..30_i32, asked in proptest::collection::vec(0..1_000_i32, 1..40),
        up in 1..300_i32, down in 0..400_i32, window in 0..400_i32, with in any::<bool>(),
    ) {
        let behavior = behaviour(json!({
            "scaleUp": {"stabilizationWindowSeconds": window, "policies": [
                {"type": "Percent", "value": up, "periodSeconds": 30}]},
            "scaleDown": {"stabilizationWindowSeconds": window / 2, "policies": [
                {"type": "Pods", "value": down + 1, "periodSeconds": 45}]},
        }));
        let behavior = with.then_some(&behavior);
        let (max, mut current) = (min + span, min);
        let mut history = History::default();
        history.begin(seconds(0), current);
        for (step, desired) in asked.into_iter().enumerate() {
            let now = seconds(15 * (step as u64 + 1));
            let answer = history.decide(Question { now, current, desired, min, max, behavior });
            prop_assert!((min..=max).contains(&answer.replicas), "{} outside {min} to {max}", answer.replicas);
            history.scaled(now, behavior, current, answer.replicas);
            current = answer.replicas;
        }
    }
}
