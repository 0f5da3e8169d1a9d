//! Scenes and explanations as text.

use std::fmt::Write as _;

use podlab::cluster::Time;
use podlab::trace::scene::{ContainerScene, OwnerScene, Role, scene};
use podlab::trace::{Fill, PHRASES, Phrase, Run, events, lanes, why};

use crate::scenario::{at, begin, manifest};

fn seconds(at: Time) -> String {
    format!("{:.1}s", at.as_secs_f64())
}

fn container(out: &mut String, it: &ContainerScene) {
    let mut line = format!("    {} {}. {} [{:?}] {}", it.role.id(), it.number, it.name, it.tone, it.word);
    if !it.detail.is_empty() {
        let _ = write!(line, " ({})", it.detail);
    }
    let _ = write!(line, " since {} attempt {} restarts {}", seconds(it.since), it.attempt, it.restarts);
    for (name, on) in [("ready", it.ready), ("started", it.started)] {
        if on {
            let _ = write!(line, " {name}");
        }
    }
    if let Some(timer) = it.timer {
        let _ = write!(line, " {:?} {}..{}", timer.kind, seconds(timer.from), seconds(timer.until));
    }
    for probe in &it.probes {
        let _ = write!(line, " {}={:?}x{}", probe.probe, probe.ok, probe.in_a_row);
    }
    for hook in it.hooks.iter().filter(|hook| hook.ended.is_none()) {
        let _ = write!(line, " {} since {}", hook.hook, seconds(hook.since));
    }
    let _ = writeln!(out, "{line}");
}

fn owner(out: &mut String, it: &OwnerScene, indent: usize) {
    let _ = writeln!(
        out,
        "  {:indent$}{}/{} [{:?}] {} {}/{}/{} pods {}",
        "",
        it.key.kind.name(),
        it.key.name,
        it.tone,
        it.word,
        it.ready,
        it.current,
        it.desired,
        it.pods
    );
    it.owners.iter().for_each(|child| owner(out, child, indent + 2));
}

/// The scene, and why each Pod and container is as it is.
fn picture(run: &Run, instant: Time) -> String {
    let scene = scene(run, instant);
    let mut out = format!("at {}\n", seconds(instant));
    scene.owners.iter().for_each(|it| owner(&mut out, it, 0));
    for node in &scene.nodes {
        let _ = writeln!(out, "  node {} [{:?}] {} pods {}", node.name, node.tone, node.word, node.pods);
    }
    for pod in &scene.pods {
        let _ = write!(
            out,
            "  pod {} [{:?}] {} {}/{} restarts {}",
            pod.key.name, pod.tone, pod.word, pod.ready, pod.total, pod.restarts
        );
        if let Some(end) = pod.termination {
            let _ = write!(out, " grace {}..{}", seconds(end.since), seconds(end.until));
        }
        out.push('\n');
        explain(&mut out, run, instant, &pod.key, None);
        for it in pod.containers() {
            container(&mut out, it);
            explain(&mut out, run, instant, &pod.key, Some(&it.name));
        }
        for volume in &pod.volumes {
            let mounts: Vec<String> =
                volume.mounts.iter().map(|mount| format!("{}:{}", mount.container, mount.path)).collect();
            let _ =
                writeln!(out, "    volume {} {} {} -> {}", volume.name, volume.kind, volume.source, mounts.join(" "));
        }
    }
    out
}

fn told(fill: &Fill) -> String {
    match fill {
        Fill::Text(text) => text.clone(),
        Fill::Time(time) => format!("{time:?}"),
        Fill::Count(count) => count.to_string(),
        Fill::Bytes(bytes) => format!("{bytes} B"),
    }
}

fn say(phrase: &Phrase) -> String {
    assert!(PHRASES.contains(&phrase.id), "{} is in no list", phrase.id);
    let args: Vec<String> = phrase.args.iter().map(|(name, fill)| format!("{name}={}", told(fill))).collect();
    format!("{} {}", phrase.id, args.join(", ")).trim_end().to_owned()
}

fn explain(out: &mut String, run: &Run, instant: Time, pod: &podlab::cluster::ObjectKey, container: Option<&str>) {
    let why = why(run, instant, pod, container).unwrap();
    let because: Vec<String> = why.because.iter().map(say).collect();
    let _ = writeln!(out, "      because {}", because.join("; "));
    if let Some(next) = why.next {
        let _ = writeln!(out, "      next {} {}", next.at.map(seconds).unwrap_or_default(), say(&next.what));
    }
    if let Some(origin) = why.origin {
        let _ = writeln!(out, "      see {}/{} {}", origin.object.kind.name(), origin.object.name, origin.path);
    }
}

/// The pictures of a run at several instants.
fn pictures(mut run: Run, instants: &[f64]) -> String {
    run.run_until(at(instants.iter().copied().fold(0.0, f64::max)));
    instants.iter().map(|instant| picture(&run, at(*instant))).collect()
}

#[test]
fn a_chain_of_init_containers_with_a_sidecar() {
    insta::assert_snapshot!(pictures(begin("sidecar-gate", 0), &[0.0, 0.2, 0.5, 3.0, 8.0, 12.0]));
}

#[test]
fn an_init_container_that_fails() {
    insta::assert_snapshot!(pictures(begin("init-failforever-onfailure", 0), &[4.0, 15.0, 40.0]));
}

#[test]
fn a_crash_loop() {
    insta::assert_snapshot!(pictures(begin("app-exit1-always", 0), &[3.0, 12.0, 40.0, 200.0]));
}

#[test]
fn an_image_that_cannot_be_pulled() {
    insta::assert_snapshot!(pictures(begin("image-fail-always", 0), &[1.0, 3.0, 20.0]));
}

#[test]
fn probes_that_fail() {
    insta::assert_snapshot!(pictures(begin("live-with-ready", 0), &[2.0, 15.0, 25.0, 35.0, 60.0]));
}

#[test]
fn volumes_that_are_missing_and_shared() {
    insta::assert_snapshot!(pictures(begin("secret-volume-missing-forever", 0), &[2.0, 30.0]));
    let shared = "
apiVersion: v1
kind: Pod
metadata: {name: shared}
spec:
  volumes: [{name: data, emptyDir: {}}, {name: conf, configMap: {name: c, optional: true}}]
  initContainers:
  - {name: make, image: busybox, env: [{name: SIM, value: run=2}], volumeMounts: [{name: data, mountPath: /out}]}
  containers:
  - name: serve
    image: nginx
    volumeMounts: [{name: data, mountPath: /in, readOnly: true}, {name: conf, mountPath: /etc/c}]
";
    insta::assert_snapshot!(pictures(manifest(shared, 0), &[2.0, 6.0]));
}

#[test]
fn pods_whose_containers_do_well_and_that_are_not_ready() {
    let app = |name: &str, sim: &str| format!("  - {{name: {name}, image: a, env: [{{name: SIM, value: '{sim}'}}]}}\n");
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n";
    let half =
        format!("{head}  restartPolicy: Never\n  containers:\n{}{}", app("report", "run=3"), app("proxy", "run=inf"));
    let gated = format!(
        "{head}  readinessGates: [{{conditionType: example.com/lb}}]\n  containers:\n{}",
        app("web", "run=inf")
    );
    insta::assert_snapshot!(pictures(manifest(&half, 0), &[8.0]) + &pictures(manifest(&gated, 0), &[8.0]));
}

#[test]
fn a_pod_that_is_deleted() {
    let mut run = begin("two-sidecars-delete-order", 0);
    podlab_delete(&mut run, "two-sidecars-delete-order", 20.0);
    insta::assert_snapshot!(pictures(run, &[20.0, 21.0, 23.0, 25.0]));
}

fn podlab_delete(run: &mut Run, name: &str, instant: f64) {
    let output =
        run.with_cluster(at(instant), |cluster| podlab::kubectl::run(cluster, &format!("kubectl delete pod {name}")));
    assert_eq!(output.stderr, "");
}

#[test]
fn a_deployment_with_its_replica_sets() {
    let mut run = begin("deploy-recreate", 0);
    let command = "kubectl set image deployment/deploy-recreate app=present/app:v2";
    run.with_cluster(at(25.0), |cluster| podlab::kubectl::run(cluster, command));
    insta::assert_snapshot!(pictures(run, &[1.0, 26.0, 40.0]));
}

/// What a CronJob says of its next run: the scene, and the journal, which made the Job then.
#[test]
fn a_cron_job_tells_when_it_is_due() {
    let text = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: tick}, spec: {schedule: '* * * * *', \
                jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}}";
    let mut run = manifest(text, 0);
    run.run_until(at(130.0));
    let next = |run: &Run, instant: f64| scene(run, at(instant)).owners.first().and_then(|owner| owner.next);
    let due = next(&run, 1.0).unwrap();
    assert!(due > at(1.0) && due <= at(61.0), "{due:?}");
    let made = |before: Time| run.objects_at(podlab::api::Kind::Job, before).count();
    let soon = std::time::Duration::from_secs(2);
    assert_eq!((made(Time::from_micros(due.as_micros() - 1)), made(due + soon)), (0, 1));
    assert_eq!(next(&run, due.as_secs_f64()), Some(due + std::time::Duration::from_secs(60)));
    let suspend = r#"kubectl patch cronjob tick -p '{"spec":{"suspend":true}}'"#;
    let answer = run.with_cluster(at(130.0), |cluster| podlab::kubectl::run(cluster, suspend));
    assert_eq!(answer.stderr, "");
    let owners = scene(&run, at(130.0)).owners;
    assert_eq!(owners.first().map(|owner| (&*owner.word, owner.next)), Some(("Suspended", None)));
}

#[test]
fn a_paused_rollout_is_known_as_one() {
    let mut run = begin("deploy-recreate", 0);
    let paused = |run: &Run, instant: f64| scene(run, at(instant)).owners.first().is_some_and(|owner| owner.paused);
    for (instant, word, expected) in [(5.0, "pause", true), (10.0, "resume", false)] {
        let command = format!("kubectl rollout {word} deployment/deploy-recreate");
        run.with_cluster(at(instant), |cluster| podlab::kubectl::run(cluster, &command));
        assert_eq!(paused(&run, instant), expected, "{word}");
    }
}

#[test]
fn what_does_not_fit_any_node() {
    insta::assert_snapshot!(pictures(begin("unschedulable-then-ok", 0), &[1.0]));
    insta::assert_snapshot!(pictures(begin("scheduling-gate", 0), &[1.0]));
}

#[test]
fn lanes_and_events_tell_the_same_story() {
    let mut run = begin("sidecar-crash-after-start", 0);
    run.run_until(at(40.0));
    let mut out = String::new();
    for lane in lanes(&run) {
        let _ = writeln!(out, "{} {}", lane.role.id(), lane.container);
        for span in &lane.spans {
            let _ = writeln!(
                out,
                "  {:>6} .. {:>6} [{:?}] {} {}",
                seconds(span.from),
                seconds(span.to),
                span.tone,
                span.word,
                span.detail
            );
        }
        for mark in &lane.marks {
            let _ = writeln!(out, "  {:>6} {} {}", seconds(mark.at), mark.kind.id(), mark.text);
        }
    }
    for row in events(&run, run.end()) {
        let _ = writeln!(
            out,
            "{} {} x{} {} {}: {}",
            seconds(row.first),
            seconds(row.last),
            row.count,
            row.source,
            row.reason,
            row.message
        );
    }
    insta::assert_snapshot!(out);
    assert!(lanes(&run).iter().any(|lane| lane.role == Role::Sidecar));
}
