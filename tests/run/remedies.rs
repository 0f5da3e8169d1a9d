//! What a person is offered to do about a state, and that it helps.

use podlab::api::Kind;
use podlab::cluster::{Action, Config, ObjectKey};
use podlab::trace::scene::scene;
use podlab::trace::{Remedy, Run, why, why_owner};

use crate::scenario::{at, created};

fn pod(spec: &str) -> String {
    format!("{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {spec}}}")
}

fn run_of(text: &str, seconds: f64) -> Run {
    let mut run = created(text, Config::default());
    run.run_until(at(seconds));
    run
}

/// What is offered for the Pod `name` after so many seconds.
fn offered(run: &Run, name: &str, seconds: f64) -> Vec<Remedy> {
    why(run, at(seconds), &ObjectKey::new(Kind::Pod, "default", name), None).unwrap().remedies
}

fn word(run: &Run, name: &str, seconds: f64) -> String {
    let key = ObjectKey::new(Kind::Pod, "default", name);
    scene(run, at(seconds)).pod(&key).map(|pod| pod.word.to_string()).unwrap_or_default()
}

#[test]
fn an_image_that_is_missing_can_be_given_to_the_registry() {
    let text = pod("{containers: [{name: app, image: 'example.com/app:1'}]}")
        .replace("{name: web}", "{name: web, annotations: {podlab.dev/sim.app: pull=fail}}");
    let mut run = run_of(&text, 30.0);
    assert_eq!(offered(&run, "web", 30.0), [Remedy::LetPull("example.com/app:1".into())]);
    run.act(at(30.0), Action::SetImage { image: "example.com/app:1".into(), available: true }).unwrap();
    run.run_until(at(120.0));
    assert_eq!(word(&run, "web", 120.0), "Running");
    assert_eq!(offered(&run, "web", 120.0), []);
}

#[test]
fn a_node_is_offered_where_one_more_helps() {
    let full = "{containers: [{name: a, image: nginx, resources: {requests: {cpu: 1500m}}}]}";
    let text = format!("{}\n---\n{}", pod(full), pod(full).replace("name: web", "name: late"));
    let mut run = run_of(&text, 5.0);
    assert_eq!(offered(&run, "late", 5.0), [Remedy::AddNode]);
    run.act(at(5.0), Action::AddNodes { count: 1 }).unwrap();
    run.run_until(at(60.0));
    assert_eq!(word(&run, "late", 60.0), "Running");
    let huge = "{containers: [{name: a, image: nginx, resources: {requests: {cpu: '64'}}}]}";
    assert_eq!(offered(&run_of(&pod(huge), 5.0), "web", 5.0), [], "no node like those there would do");
}

#[test]
fn what_a_container_wrote_is_offered_to_be_read() {
    let text = pod("{containers: [{name: app, image: busybox, command: [sh, -c, 'echo no database; exit 1']}]}");
    let pod = ObjectKey::new(Kind::Pod, "default", "web");
    assert_eq!(offered(&run_of(&text, 8.0), "web", 8.0), [Remedy::ReadLog { pod, container: "app".into() }]);
    let silent = "{containers: [{name: app, image: busybox, command: ['false']}]}";
    assert_eq!(offered(&run_of(&self::pod(silent), 8.0), "web", 8.0), [], "it has written nothing");
}

#[test]
fn a_lost_node_can_be_brought_back() {
    let mut run = run_of(&pod("{containers: [{name: app, image: nginx}]}"), 20.0);
    run.act(at(20.0), Action::NodeDown { node: "node-1".into() }).unwrap();
    run.run_until(at(90.0));
    assert_eq!(offered(&run, "web", 90.0), [Remedy::BringBack("node-1".into())]);
}

#[test]
fn a_rollout_that_is_held_back_can_go_on() {
    let text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {paused: true, selector: {matchLabels: \
                {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: nginx}]}}}}";
    let run = run_of(text, 5.0);
    let key = ObjectKey::new(Kind::Deployment, "default", "web");
    assert_eq!(why_owner(&run, &scene(&run, at(5.0)), &key).unwrap().remedies, [Remedy::Resume(key)]);
}
