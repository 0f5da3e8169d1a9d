//! What is said of Pods and owners whose cause lies elsewhere than in the container that looks worst.

use podlab::api::Kind;
use podlab::cluster::{Config, ObjectKey};
use podlab::trace::scene::scene;
use podlab::trace::{Run, Tone, Why, why, why_owner};

use crate::scenario::{at, created};

fn run_of(text: &str, seconds: f64) -> Run {
    let mut run = created(text, Config::default());
    run.run_until(at(seconds));
    run
}

fn pod(spec: &str) -> String {
    format!("{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {spec}}}")
}

/// Why the Pod is so, or one container of it, after so many seconds.
fn why_pod(text: &str, container: Option<&str>, seconds: f64) -> Why {
    why(&run_of(text, seconds), at(seconds), &ObjectKey::new(Kind::Pod, "default", "web"), container).unwrap()
}

fn ids(why: &Why) -> Vec<&'static str> {
    why.because.iter().map(|phrase| phrase.id).collect()
}

#[test]
fn a_hook_that_hangs_holds_up_the_containers_after_it() {
    let text =
        pod("{containers: [{name: a, image: nginx, lifecycle: {postStart: {exec: {command: [sleep, infinity]}}}}, \
                    {name: b, image: redis}]}");
    let whole = why_pod(&text, None, 30.0);
    assert!(ids(&whole).contains(&"why-post-start"), "{whole:?}");
    assert!(whole.next.as_ref().is_none_or(|next| next.what.id != "next-start"), "{whole:?}");
    assert!(ids(&why_pod(&text, Some("b"), 30.0)).starts_with(&["why-waits-for-earlier", "why-post-start"]));
}

#[test]
fn a_hook_that_fails_is_no_container_that_cannot_start() {
    let text =
        pod("{containers: [{name: a, image: nginx, lifecycle: {postStart: {exec: {command: [sh, -c, exit 3]}}}}]}");
    let told: Vec<Vec<&str>> = (2..40).map(|second| ids(&why_pod(&text, Some("a"), f64::from(second)))).collect();
    assert!(told.iter().any(|ids| ids.contains(&"why-post-start-failed")), "{told:?}");
    assert!(!told.iter().any(|ids| ids.contains(&"why-cannot-start")), "{told:?}");
}

#[test]
fn a_node_that_does_not_exist_takes_no_pod() {
    let text = pod("{nodeName: nosuch, containers: [{name: a, image: nginx}]}");
    assert_eq!(ids(&why_pod(&text, None, 10.0)), ["why-no-such-node"]);
    assert_eq!(ids(&why_pod(&text, Some("a"), 10.0)), ["why-no-such-node"]);
}

#[test]
fn a_pod_that_took_too_much_was_evicted() {
    let text = pod(
        "{restartPolicy: Never, volumes: [{name: c, emptyDir: {sizeLimit: 5Mi}}], containers: [{name: a, image: busybox, \
                    command: [sh, -c, 'dd if=/dev/zero of=/c/f bs=1M count=20; sleep 600'], volumeMounts: [{name: c, mountPath: /c}]}]}",
    );
    let run = run_of(&text, 120.0);
    let key = ObjectKey::new(Kind::Pod, "default", "web");
    let picture = scene(&run, at(120.0));
    assert_eq!(picture.pod(&key).map(|pod| pod.tone), Some(Tone::Failed));
    assert_eq!(ids(&why(&run, at(120.0), &key, None).unwrap()), ["why-pod-evicted", "why-cluster-says"]);
}

#[test]
fn the_end_of_a_sidecar_is_no_failure_of_a_pod_that_is_done() {
    let text = pod("{restartPolicy: Never, initContainers: [{name: side, image: 'x/y:1', restartPolicy: Always}], \
                    containers: [{name: app, image: busybox, command: [sleep, '5']}]}");
    assert_eq!(ids(&why_pod(&text, None, 60.0)), ["why-pod-succeeded-sidecars"]);
    assert_eq!(ids(&why_pod(&text, Some("side"), 60.0)).first(), Some(&"why-sidecar-stopped"));
}

#[test]
fn a_deadline_is_told_before_the_pod_has_ended() {
    let text = pod("{activeDeadlineSeconds: 10, initContainers: [{name: wait, image: busybox, command: [sh, -c, \
                    'while true; do sleep 1; done']}], containers: [{name: a, image: nginx}]}");
    assert_eq!(ids(&why_pod(&text, None, 20.0)), ["why-pod-deadline"]);
}

#[test]
fn a_rollout_that_a_partition_holds_back_is_complete() {
    let set = |image: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: db}}, spec: {{replicas: 3, serviceName: db, \
             selector: {{matchLabels: {{a: b}}}}, updateStrategy: {{rollingUpdate: {{partition: 2}}}}, template: {{metadata: \
             {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: '{image}'}}]}}}}}}}}"
        )
    };
    let mut run = run_of(&set("nginx:1"), 60.0);
    let changed = podlab::kubectl::read_objects(&set("nginx:2")).unwrap().remove(0);
    let mut object = changed;
    object.metadata_mut().namespace = Some("default".into());
    run.act(at(60.0), podlab::cluster::Action::Update(object)).unwrap();
    run.run_until(at(200.0));
    let picture = scene(&run, at(200.0));
    let key = ObjectKey::new(Kind::StatefulSet, "default", "db");
    let owner = podlab::trace::scene::OwnerScene::find(&picture.owners, &key).unwrap();
    assert_eq!((&*owner.word, owner.updated, owner.kept), ("Available", Some(1), 2));
    assert_eq!(ids(&why_owner(&run, &picture, &key).unwrap()), ["why-owner-full", "why-rollout-partition"]);
}
