//! What containers do together: programs, files, signals, memory, in a whole cluster.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::rc::Rc;
use std::time::Duration;

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Config, ObjectKey, Time, run_script, volume_keys};
use podlab::trace::{Run, VolumeFile};
use proptest::prelude::*;

fn at(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

fn begin(manifest: &str) -> Run {
    let mut run = Run::new(Config::default());
    for object in podlab::kubectl::read_objects(manifest).unwrap() {
        run.act(Time::ZERO, Action::Create(object)).unwrap();
    }
    run
}

/// The uid of the Pod `name`.
fn uid(run: &Run, name: &str) -> Rc<str> {
    run.pods().iter().rev().find(|life| &*life.key.name == name).unwrap().uid.clone()
}

fn log(run: &Run, pod: &str, container: &str, seconds: f64) -> Vec<String> {
    run.logs(&uid(run, pod), container, at(seconds)).map(|(_, line)| line.text.to_string()).collect()
}

/// The state of the first container: reason and exit code of its end, else what it is.
fn state(run: &Run, name: &str, seconds: f64) -> String {
    let key = ObjectKey::new(Kind::Pod, "default", name);
    let Some(Object::Pod(pod)) = run.object_at(&key, at(seconds)) else { return "gone".to_owned() };
    let Some(status) = pod.status.container_statuses.as_deref().and_then(|list| list.first()) else {
        return "none".to_owned();
    };
    let ended = |state: Option<&k8s_openapi::api::core::v1::ContainerState>| {
        let end = state?.terminated.as_ref()?;
        Some(format!("{} {}", end.reason.as_deref().unwrap_or_default(), end.exit_code))
    };
    ended(status.state.as_ref()).or_else(|| ended(status.last_state.as_deref())).unwrap_or_else(|| "runs".to_owned())
}

const SIDECAR: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  volumes:
  - {name: logs, emptyDir: {}}
  - {name: settings, configMap: {name: settings}}
  containers:
  - name: app
    image: busybox
    env:
    - {name: WHO, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: TEXT, value: \"$(WHO) says\"}
    command: [sh, -c, 'i=0; while true; do i=$((i+1)); echo \"$TEXT $(cat /etc/settings/greeting) $i\" >> /logs/app.log; sleep 1; done']
    volumeMounts:
    - {name: logs, mountPath: /logs}
    - {name: settings, mountPath: /etc/settings}
  - name: shipper
    image: busybox
    command: [sh, -c, 'tail -F /logs/app.log | sed \"s/^/shipped: /\"']
    volumeMounts: [{name: logs, mountPath: /logs, readOnly: true}]
";

#[test]
fn a_sidecar_reads_what_the_application_writes() {
    let mut run = begin(SIDECAR);
    run.run_until(at(10.0));
    let shipped = log(&run, "p", "shipper", 10.0);
    assert_eq!(
        shipped.iter().find(|line| line.starts_with("shipped")).unwrap(),
        "shipped: p says hello 1",
        "{shipped:?}"
    );
    assert!(shipped.len() > 5, "{shipped:?}");
    // The volume's files at any instant.
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    let Some(Object::Pod(pod)) = run.object_at(&key, at(10.0)) else { panic!("no pod") };
    let (_, disk) = volume_keys(pod).into_iter().find(|(name, _)| name == "logs").unwrap();
    let size = |seconds| match run.file(&disk, "app.log", at(seconds)) {
        Some(VolumeFile::File(bytes, 0)) => bytes.len(),
        _ => 0,
    };
    assert!(size(5.0) > 0 && size(5.0) < size(10.0), "{} {}", size(5.0), size(10.0));
}

#[test]
fn a_changed_config_map_reaches_the_files_a_minute_later() {
    let mut run = begin(SIDECAR);
    run.run_until(at(5.0));
    let changed = SIDECAR.split("---").next().unwrap().replace("hello", "moin");
    for object in podlab::kubectl::read_objects(&changed).unwrap() {
        run.act(at(5.0), Action::Update(object)).unwrap();
    }
    run.run_until(at(80.0));
    let lines = log(&run, "p", "shipper", 80.0);
    assert!(lines.last().unwrap().contains("moin"), "{:?}", lines.last());
}

fn pod(container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{podlab.dev/sim.app: memory=200Mi}}}}\nspec:\n  \
         restartPolicy: Never\n  containers:\n  - {{name: app, {container}}}\n"
    )
}

#[test]
fn memory_beyond_the_limit_is_killed() {
    let mut run = begin(&pod("image: nginx, resources: {limits: {memory: 100Mi}}"));
    run.run_until(at(10.0));
    assert_eq!(state(&run, "p", 10.0), "OOMKilled 137");
    let mut run = begin(&pod("image: nginx, resources: {limits: {memory: 300Mi}}"));
    run.run_until(at(10.0));
    assert_eq!(state(&run, "p", 10.0), "runs");
}

fn delete_at(run: &mut Run, seconds: f64) {
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    let action = Action::Delete { key, grace: Some(10), propagation: podlab::cluster::Propagation::Background };
    run.act(at(seconds), action).unwrap();
    run.run_until(at(seconds + 30.0));
}

/// When the container of `p` ended, and its code.
fn end(run: &Run) -> (f64, i32) {
    let found = run.records().iter().find_map(|record| match &record.what {
        podlab::cluster::Happening::Runtime(note) => match &note.event {
            podlab::cluster::RuntimeEvent::Exited { code, .. } => Some((record.at.as_secs_f64(), *code)),
            _ => None,
        },
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a_first_process_ignores_term_unless_it_traps_it() {
    for (script, soon, code) in [
        ("sleep 3600", false, 137),
        // The signal is the one of the image: of nginx QUIT.
        ("trap 'exit 3' QUIT; sleep 3600 & wait", true, 3),
        ("trap 'exit 3' TERM; sleep 3600 & wait", false, 137),
        ("trap 'exit 3' QUIT; sleep 3600", false, 137),
        ("echo begin; exec nginx -g 'daemon off;'", true, 0),
        ("echo begin; nginx -g 'daemon off;'", true, 0),
    ] {
        let container = format!("image: nginx, command: [sh, -c, {}]", serde_json::to_string(script).unwrap());
        let mut run = begin(&pod(&container));
        run.run_until(at(5.0));
        delete_at(&mut run, 5.0);
        let (ended, found) = end(&run);
        assert_eq!((ended < 8.0, found), (soon, code), "{script} {ended}");
    }
}

#[test]
fn programs_that_are_not_there_say_so() {
    let mut run = begin(&pod("image: busybox, command: [sh, -c, 'curl -s localhost; echo $?']"));
    run.run_until(at(5.0));
    assert_eq!(log(&run, "p", "app", 5.0), ["sh: curl: not found", "127"]);
    let mut run = begin(&pod(
        "image: busybox, command: [sh, -c, 'touch /x; echo $?'], securityContext: {readOnlyRootFilesystem: true}",
    ));
    run.run_until(at(5.0));
    assert_eq!(log(&run, "p", "app", 5.0).last().unwrap(), "1");
    let mut run = begin(&pod("image: busybox, command: [sh, -c, 'echo last words > /dev/termination-log; exit 2']"));
    run.run_until(at(5.0));
    assert_eq!(state(&run, "p", 5.0), "Error 2");
}

#[test]
fn exec_probes_see_the_files_of_the_container() {
    let probe = "readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 1}";
    let mut run =
        begin(&pod(&format!("image: busybox, command: [sh, -c, 'sleep 5; touch /tmp/ready; sleep 60'], {probe}")));
    run.run_until(at(15.0));
    let ready = |seconds| {
        let key = ObjectKey::new(Kind::Pod, "default", "p");
        let Some(Object::Pod(pod)) = run.object_at(&key, at(seconds)) else { return false };
        pod.status.container_statuses.as_deref().is_some_and(|list| list.iter().any(|status| status.ready))
    };
    assert_eq!((ready(4.0), ready(12.0)), (false, true));
}

#[test]
fn budgets_hold() {
    for script in [
        "while :; do :; done",
        "f() { f | f & }; f; wait",
        "yes",
        "cat /dev/zero > /tmp/big",
        "x=a; while :; do x=$x$x; done",
        "f() { f; }; f",
        "eval \"$(yes)\"",
        "mkfifo a; cat a | tee a & echo x > a; wait",
        "while :; do date & done",
        "awk 'BEGIN { while (1) x = x \"y\" }'",
        "seq 1000000000 | sort",
    ] {
        let trial = run_script(script, "busybox", Duration::from_secs(20), None);
        assert!(trial.steps < 2_000_000, "{script}: {} steps", trial.steps);
        assert!(trial.lines.len() < 10_000, "{script}: {} lines", trial.lines.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_run_within_its_budget(
        words in proptest::collection::vec(
            prop_oneof![
                Just("if".to_owned()), Just("then".to_owned()), Just("fi".to_owned()), Just("while".to_owned()),
                Just("do".to_owned()), Just("done".to_owned()), Just("case".to_owned()), Just("in".to_owned()),
                Just("esac".to_owned()), Just(";;".to_owned()), Just(";".to_owned()), Just("&".to_owned()),
                Just("|".to_owned()), Just("&&".to_owned()), Just("(".to_owned()), Just(")".to_owned()),
                Just("{".to_owned()), Just("}".to_owned()), Just("$(".to_owned()), Just("`".to_owned()),
                Just("\"".to_owned()), Just("'".to_owned()), Just("<<E".to_owned()), Just("\n".to_owned()),
                Just(">".to_owned()), Just("<".to_owned()), Just("${x:-".to_owned()), Just("$((".to_owned()),
                Just("echo".to_owned()), Just("sed".to_owned()), Just("awk".to_owned()), Just("grep".to_owned()),
                Just("x=1".to_owned()), Just("$x".to_owned()), Just("*".to_owned()), Just("read".to_owned()),
                Just("trap".to_owned()), Just("wait".to_owned()), Just("kill".to_owned()), Just("$$".to_owned()),
                Just("true".to_owned()), Just("cat".to_owned()), Just("sleep 1".to_owned()), ".{0,6}",
            ],
            0..30,
        ),
        glue in prop_oneof![Just(" "), Just("")],
    ) {
        let trial = run_script(&words.join(glue), "busybox", Duration::from_secs(5), Some(Duration::from_secs(2)));
        prop_assert!(trial.steps < 500_000, "{} steps", trial.steps);
        prop_assert!(trial.lines.len() < 10_000);
    }
}

#[test]
fn a_part_of_a_volume_stays_as_it_was_when_the_container_began() {
    let manifest = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  volumes: [{name: settings, configMap: {name: settings}}]
  containers:
  - name: app
    image: busybox
    command: [sh, -c, 'while true; do echo \"$(cat /part) $(cat /all/greeting)\"; sleep 1; done']
    volumeMounts:
    - {name: settings, mountPath: /part, subPath: greeting}
    - {name: settings, mountPath: /all}
";
    let mut run = begin(manifest);
    run.run_until(at(5.0));
    let changed = manifest.split("---").next().unwrap().replace("hello", "bye");
    for object in podlab::kubectl::read_objects(&changed).unwrap() {
        run.act(at(5.0), Action::Update(object)).unwrap();
    }
    run.run_until(at(150.0));
    let lines = log(&run, "p", "app", 150.0);
    assert_eq!((lines.first().unwrap().as_str(), lines.last().unwrap().as_str()), ("hello hello", "hello bye"));
}
