//! What is said of a Pod and what its status says never contradict each other: in all recorded scenarios, at many instants.

use std::time::Duration;

use podlab::api::{Kind, Object, Pod};
use podlab::cluster::{Config, ObjectKey, Time};
use podlab::i18n::{Lang, has};
use podlab::trace::{Run, Why, why};

use crate::scenario::{begin, created, names};

/// How long a run is looked at, and how often.
const LENGTH: Duration = Duration::from_secs(90);
const STEP: Duration = Duration::from_millis(1700);

/// Whether a reason that is given fits the status; the second is the container it is given for.
fn fits(reason: &str, pod: &Pod, container: Option<&str>) -> bool {
    let condition = |name: &str| {
        pod.status.conditions.iter().flatten().any(|condition| condition.type_ == name && condition.status == "True")
    };
    let lists = [&pod.status.init_container_statuses, &pod.status.container_statuses];
    let status = lists.into_iter().flatten().flatten().find(|status| Some(&*status.name) == container);
    let ended = status.and_then(|status| Some(status.state.as_ref()?.terminated.as_ref()?.exit_code));
    // What ended is told at once; the status follows a moment later.
    match (reason, container) {
        ("why-pod-ready", None) => condition("Ready"),
        ("why-pod-succeeded", None) => pod.status.phase.as_deref() != Some("Failed"),
        ("why-pod-goes-on" | "why-pod-gate", None) => !condition("Ready"),
        ("why-ready", Some(_)) => status.is_some_and(|status| status.ready),
        ("why-completed", Some(_)) => ended.is_none_or(|code| code == 0),
        ("why-failed", Some(_)) => ended != Some(0),
        _ => true,
    }
}

/// What is wrong with an explanation, if anything.
fn fault(at: Time, pod: &Pod, container: Option<&str>, why: &Why) -> Option<String> {
    if why.because.is_empty() {
        return Some("no reason is given".to_owned());
    }
    if let Some(wrong) = why.because.iter().find(|phrase| !fits(phrase.id, pod, container)) {
        return Some(format!("{} contradicts the status", wrong.id));
    }
    let next = why.next.as_ref()?.at?;
    (next < at).then(|| format!("what comes next lies before: {:.3}", next.as_secs_f64()))
}

/// What is wrong with the explanations of a run, looked at every `step`.
pub fn faults(run: &Run, step: Duration) -> Vec<String> {
    let mut faults = Vec::new();
    let mut at = Time::ZERO;
    while at <= run.end() {
        for (key, object) in run.objects_at(Kind::Pod, at) {
            let Object::Pod(pod) = object else { continue };
            let lists = [Some(&pod.spec.containers), pod.spec.init_containers.as_ref()];
            let containers = lists.into_iter().flatten().flatten().map(|container| Some(container.name.as_str()));
            for container in containers.chain([None]) {
                let Some(why) = why(run, at, key, container) else { continue };
                if let Some(fault) = fault(at, pod, container, &why) {
                    let of = container.unwrap_or("the Pod");
                    faults.push(format!("{} at {:.1}, {of}: {fault}: {why:?}", key.name, at.as_secs_f64()));
                }
            }
        }
        at = at + step;
    }
    faults
}

#[test]
fn explanations_never_contradict_the_status() {
    let mut all = Vec::new();
    for name in names() {
        let mut run = begin(&name, 0);
        run.run_until(Time::ZERO + LENGTH);
        all.extend(faults(&run, STEP));
    }
    assert!(all.is_empty(), "{} faults:\n{}", all.len(), all.join("\n"));
}

#[test]
fn every_reason_of_an_event_is_told_in_plain_words() {
    for name in names() {
        let mut run = begin(&name, 0);
        run.run_until(Time::ZERO + LENGTH);
        for (_, object) in run.objects_at(Kind::Event, run.end()) {
            let Object::Event(event) = object else { continue };
            let reason = event.reason.as_deref().unwrap_or_default();
            for lang in Lang::ALL {
                assert!(has(lang, &format!("event-{reason}")), "{reason} of {name}");
            }
        }
    }
}

/// The kubelet waits for a postStart hook even where its container has ended; until then the status says nothing of that.
#[test]
fn a_container_that_ends_before_its_hook_keeps_the_pod() {
    let pod = "apiVersion: v1
kind: Pod
metadata: {name: hasty}
spec:
  containers:
  - name: app
    image: busybox:1.36
    command: [sh, -c, exit 0]
    lifecycle: {postStart: {sleep: {seconds: 20}}}
";
    let mut run = created(pod, Config::default());
    run.run_until(Time::from_secs_f64(60.0));
    assert_eq!(faults(&run, Duration::from_millis(500)), Vec::<String>::new());
    let key = ObjectKey::new(Kind::Pod, "default", "hasty");
    let told = why(&run, Time::from_secs_f64(10.0), &key, None).unwrap();
    let reasons: Vec<&str> = told.because.iter().map(|phrase| phrase.id).collect();
    assert_eq!(
        (&*told.word, &*reasons),
        ("ContainerCreating", &["why-pod-container", "why-completed", "why-post-start"][..])
    );
    assert!(told.next.is_some_and(|next| next.what.id == "next-hook" && next.at > Some(Time::from_secs_f64(20.0))));
}

#[test]
fn where_the_run_ends_before_the_next_pull_the_back_off_says_when_it_comes() {
    let mut run = begin("image-fail-always", 0);
    let at = Time::from_secs_f64(3.0);
    run.run_until(at);
    let key = run.pods().first().unwrap().key.clone();
    let why = why(&run, at, &key, Some("app")).unwrap();
    let next = why.next.unwrap();
    assert_eq!((&*why.word, next.what.id), ("ErrImagePull", "next-pull-again"));
    assert!(next.at.is_some_and(|next| next > at), "{next:?}");
}
