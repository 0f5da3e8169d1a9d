//! Why owners of Pods are as they are: told of each, at every moment of every recorded scenario, and never against its status.

use std::time::Duration;

use podlab::api::Kind;
use podlab::cluster::{Action, Config, ObjectKey, Time};
use podlab::trace::scene::{OwnerScene, Scene, scene};
use podlab::trace::{PHRASES, Run, Why, why_owner};

use crate::scenario::{at, begin, created, names};

/// Whether a reason that is given fits what the owner has.
fn fits(reason: &str, owner: &OwnerScene) -> bool {
    let OwnerScene { desired, current, ready, .. } = *owner;
    match reason {
        "why-owner-full" | "why-daemon-full" => ready >= desired && desired > 0,
        "why-owner-lacks" => current < desired,
        "why-owner-too-many" => current > desired,
        "why-owner-unready" | "why-daemon-unready" => ready < desired,
        "why-scaled-down" => desired == 0 && current == 0,
        "why-rollout" | "why-rollout-waits" | "why-rollout-downwards" | "why-rollout-node-by-node" => owner.rolls(),
        _ => true,
    }
}

fn faults(run: &Run, scene: &Scene, owners: &[OwnerScene], found: &mut Vec<String>) {
    for owner in owners {
        let why = why_owner(run, scene, &owner.key);
        let fault = match &why {
            None => Some("nothing is said"),
            Some(why) if why.because.iter().any(|phrase| !PHRASES.contains(&phrase.id)) => Some("no such phrase"),
            Some(why) if why.because.first().is_none_or(|phrase| !fits(phrase.id, owner)) => Some("against the status"),
            Some(why) if why.next.as_ref().and_then(|next| next.at).is_some_and(|at| at < scene.at) => {
                Some("next is past")
            }
            Some(_) => None,
        };
        found.extend(
            fault.map(|fault| format!("{} at {:.1}: {fault}: {why:?}", owner.key.name, scene.at.as_secs_f64())),
        );
        faults(run, scene, &owner.owners, found);
    }
}

#[test]
fn every_owner_is_explained_and_never_against_its_status() {
    let mut found = Vec::new();
    let owned = |name: &String| ["deploy-", "sts-", "ds-", "job-"].iter().any(|begin| name.starts_with(begin));
    for name in names().into_iter().filter(owned) {
        let mut run = begin(&name, 0);
        run.run_until(Time::ZERO + Duration::from_secs(120));
        for step in 0..160 {
            let scene = scene(&run, at(f64::from(step) * 0.75));
            faults(&run, &scene, &scene.owners, &mut found);
        }
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

/// Why the first owner of `run` is as it is after so many seconds.
fn of_first(run: &Run, instant: f64) -> Why {
    let scene = scene(run, at(instant));
    why_owner(run, &scene, &scene.owners.first().unwrap().key).unwrap()
}

fn ids(why: &Why) -> Vec<&'static str> {
    why.because.iter().map(|phrase| phrase.id).collect()
}

fn told(text: &str, instant: f64) -> Vec<&'static str> {
    let mut run = created(text, Config::default());
    run.run_until(at(instant + 5.0));
    ids(&of_first(&run, instant))
}

fn deployment(rest: &str, container: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{{rest} selector: {{matchLabels: \
         {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: a, {container}}}]}}}}}}}}"
    )
}

fn job(rest: &str, command: &str) -> String {
    format!(
        "{{apiVersion: batch/v1, kind: Job, metadata: {{name: work}}, spec: {{{rest} template: {{spec: \
         {{restartPolicy: Never, containers: [{{name: a, image: busybox, command: {command}}}]}}}}}}}}"
    )
}

fn cron(rest: &str) -> String {
    format!(
        "{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: tick}}, spec: {{schedule: '* * * * *', {rest} \
         jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: nginx}}]}}}}}}}}}}}}"
    )
}

#[test]
fn who_keeps_no_pod_says_why() {
    assert_eq!(told(&cron(""), 5.0), ["why-cron-waits"]);
    assert_eq!(told(&cron("suspend: true,"), 5.0), ["why-cron-suspended"]);
    assert_eq!(told(&cron("concurrencyPolicy: Forbid,"), 70.0), ["why-cron-waits", "why-cron-forbids"]);
    assert_eq!(told(&deployment("paused: true,", "image: nginx"), 5.0), ["why-rollout-paused"]);
    assert_eq!(told(&deployment("replicas: 0,", "image: nginx"), 5.0), ["why-scaled-down"]);
    assert_eq!(told(&job("suspend: true,", "[sleep, '5']"), 5.0), ["why-job-suspended"]);
}

#[test]
fn what_is_wanted_is_held_against_what_is_there() {
    assert_eq!(told(&deployment("replicas: 3,", "image: nginx"), 30.0), ["why-owner-full"]);
    let crash = "image: busybox, command: ['false']";
    let said = told(&deployment("replicas: 2, progressDeadlineSeconds: 600,", crash), 30.0);
    assert_eq!(said.get(..2), Some(&["why-owner-unready", "why-owner-pod"][..]));
    assert!(said.contains(&"why-crash-back-off"), "{said:?}");
    let said = told(&deployment("progressDeadlineSeconds: 20,", crash), 30.0);
    assert_eq!(said.get(..3), Some(&["why-rollout-stalled", "why-rollout-undo", "why-owner-pod"][..]));
}

#[test]
fn a_job_tells_what_is_done_and_what_it_still_bears() {
    assert_eq!(told(&job("completions: 2,", "['true']"), 60.0), ["why-job-complete"]);
    assert_eq!(told(&job("backoffLimit: 1,", "['false']"), 60.0), ["why-job-too-many-failures", "why-cluster-says"]);
    let said = told(&job("", "['false']"), 8.0);
    assert_eq!(said.get(..4), Some(&["why-job-works", "why-job-retries", "why-job-waits", "why-owner-pod"][..]));
    let mut run = created(&job("ttlSecondsAfterFinished: 100,", "[sleep, '1']"), Config::default());
    run.run_until(at(60.0));
    let next = of_first(&run, 60.0).next.unwrap();
    assert_eq!(next.what.id, "next-job-removed");
    assert!(next.at.is_some_and(|next| next > at(60.0) && next < at(120.0)), "{next:?}");
}

#[test]
fn a_rollout_tells_its_bounds_and_what_holds_it_up() {
    let text =
        deployment("replicas: 4,", "image: nginx, readinessProbe: {httpGet: {port: 80}, initialDelaySeconds: 5}");
    let mut run = created(&text, Config::default());
    run.run_until(at(30.0));
    run.act(at(30.0), Action::Restart { key: ObjectKey::new(Kind::Deployment, "default", "web") }).unwrap();
    run.run_until(at(120.0));
    assert_eq!(ids(&of_first(&run, 33.0)), ["why-rollout", "why-rollout-waits"]);
    assert_eq!(ids(&of_first(&run, 119.0)), ["why-owner-full"]);
}

#[test]
fn an_autoscaler_says_what_it_sees_and_what_holds_it_back() {
    let text = deployment("replicas: 1,", "image: nginx, resources: {requests: {cpu: 100m}}")
        + "\n---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {minReplicas: 2, \
           maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, \
           resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}}";
    let mut run = created(&text, Config::default());
    run.run_until(at(600.0));
    let said = ids(&of_first(&run, 600.0));
    assert_eq!(said, ["why-owner-full", "why-autoscaled", "why-autoscaler-fewest"]);
}
