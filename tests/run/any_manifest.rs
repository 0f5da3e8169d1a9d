//! Whatever a cluster accepts runs: no panic, no hang, the same bytes for the same seed, the same from any checkpoint.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Config, ObjectKey, Propagation, Time};
use podlab::trace::{Run, lanes, timeline};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scenario::at;

/// More due things than this within a virtual second, for each container, is a hang.
const STEPS: usize = 2_000;

/// Runs on to `until`, second by second; each may hold only so many due things.
fn bounded(run: &mut Run, until: f64, containers: usize) {
    while run.end() < at(until) {
        let next = run.end() + Duration::from_secs(1);
        assert!(run.advance(next.min(at(until)), STEPS * containers.max(1)), "stuck at {:?}", run.end());
    }
}

fn config(seed: u64) -> Config {
    Config { seed, sim_variables: true, max_pods: 200, node_pods: 200, ..Config::default() }
}

#[test]
fn every_accepted_manifest_of_the_truth_runs() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/truth/validation");
    let mut ran = 0;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.to_string_lossy().ends_with(".jsonl.gz")) {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
        let cases =
            text.lines().filter(|line| line.contains("\"verdict\": \"ok\"") || line.contains("\"verdict\":\"ok\""));
        // Every fifth, so that the test stays quick.
        for case in cases.step_by(5) {
            let case: Value = serde_json::from_str(case).unwrap();
            let Some(yaml) = case["yaml"].as_str() else { continue };
            let mut run = Run::new(config(0));
            for object in podlab::manifest::check(yaml, "case.yaml").accepted_objects() {
                // The namespace may be missing, or the name taken: that is an answer too.
                let _refused = run.act(Time::ZERO, Action::Create(object.clone()));
            }
            bounded(&mut run, 90.0, 200);
            ran += 1;
        }
    }
    assert!(ran > 200, "{ran} manifests");
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), Just(1), Just(10_000), Just(i64::from(i32::MAX)), 0_i64..30]
}

fn positive() -> impl Strategy<Value = i64> {
    number().prop_map(|number| number.max(1))
}

fn handler() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"exec": {"command": ["probe", "live"]}})),
        Just(json!({"exec": {"command": ["sh", "-c", "sleep 3; exit 1"]}})),
        Just(json!({"exec": {"command": ["sh", "-c", "sleep 99999999"]}})),
        Just(json!({"httpGet": {"port": 8080, "path": "/"}})),
        Just(json!({"tcpSocket": {"port": "no-such-port"}})),
        Just(json!({"grpc": {"port": 65_535}})),
    ]
}

fn probe() -> BoxedStrategy<Option<Value>> {
    let numbers = (positive(), positive(), number(), positive());
    proptest::option::of((handler(), numbers).prop_map(|(mut probe, (period, timeout, delay, threshold))| {
        probe["periodSeconds"] = period.into();
        probe["timeoutSeconds"] = timeout.into();
        probe["initialDelaySeconds"] = delay.into();
        probe["failureThreshold"] = threshold.into();
        probe
    }))
    .boxed()
}

fn hook() -> BoxedStrategy<Option<Value>> {
    proptest::option::of(prop_oneof![
        handler().prop_filter("no such hook", |hook| hook.get("grpc").is_none()),
        number().prop_map(|seconds| json!({"sleep": {"seconds": seconds}})),
    ])
    .boxed()
}

fn sim() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "run=inf",
        "run=0",
        "run=0 exit=1",
        "run=1 exit=42",
        "run=-5 exit=-1",
        "run=1e300 term=-3:999",
        "run=2,0.0001 exit=oom term=ignore",
        "live=0-inf,5-3 ready=h0-inf/-",
        "starterr=all",
        "createerr=0,1",
        "http=8080@-1 run=9",
        "run=nonsense exit=x term=:: live=-",
    ])
}

fn container(name: String, init: bool) -> BoxedStrategy<Value> {
    let image = proptest::sample::select(vec!["present/a", "sim/a", "fail/a", "fail2x/a", "nginx", "Bad:Name"]);
    let probes = (probe(), probe(), probe());
    let policy = proptest::sample::select(vec![None, Some("Always"), Some("OnFailure"), Some("Never")]);
    (image, sim(), probes, (hook(), hook()), policy, any::<bool>())
        .prop_map(move |(image, sim, (startup, live, ready), (start, stop), policy, all)| {
            let mut it = json!({"name": name, "image": image, "env": [{"name": "SIM", "value": sim}]});
            let probed = !init || policy == Some("Always");
            let hooks = [("postStart", start), ("preStop", stop)];
            let probes = [("startupProbe", startup), ("livenessProbe", live), ("readinessProbe", ready)];
            for (key, value) in probes.into_iter().filter(|_| probed) {
                if let Some(value) = value {
                    it[key] = value;
                }
            }
            for (key, value) in hooks.into_iter().filter(|_| probed) {
                if let Some(value) = value {
                    it["lifecycle"][key] = value;
                }
            }
            if let Some(policy) = policy {
                it["restartPolicy"] = policy.into();
                let action = if all { "RestartAllContainers" } else { "Restart" };
                it["restartPolicyRules"] =
                    json!([{"action": action, "exitCodes": {"operator": "In", "values": [42, 1]}}]);
            }
            it
        })
        .boxed()
}

fn list(prefix: &'static str, least: usize, init: bool) -> BoxedStrategy<Vec<Value>> {
    let some = (least..4_usize)
        .prop_flat_map(move |count| (0..count).map(|n| container(format!("{prefix}{n}"), init)).collect::<Vec<_>>());
    // Hundreds of containers: many alike.
    let many = (container(prefix.to_owned(), init), 100_usize..300).prop_map(move |(one, count)| {
        let named = |n: usize| {
            let mut one = one.clone();
            one["name"] = format!("{prefix}{n}").into();
            one
        };
        (0..count).map(named).collect()
    });
    prop_oneof![12 => some, 1 => many].boxed()
}

fn pod() -> impl Strategy<Value = Value> {
    let policy = proptest::sample::select(vec!["Always", "OnFailure", "Never"]);
    let annotation = proptest::sample::select(vec![
        "run 0s, exit 1; times 0; then run",
        "run -5s, exit -1",
        "run 1e99s; then exit 99999999999",
        "times 1000000; run 0s, exit 0",
        "",
    ]);
    let sandbox =
        proptest::sample::select(vec!["", "fail=2", "die=0", "die=3 time=-1", "time=1e400", "fail=4294967295"]);
    let deadline = proptest::option::of(positive());
    (list("i", 0, true), list("a", 1, false), policy, number(), deadline, annotation, sandbox).prop_map(
        |(inits, apps, policy, grace, deadline, annotation, sandbox)| {
            json!({
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": "p",
                    "namespace": "default",
                    "annotations": {"podlab.dev/sim.a0": annotation, "sim.sandbox": sandbox},
                },
                "spec": {
                    "initContainers": inits,
                    "containers": apps,
                    "restartPolicy": policy,
                    "terminationGracePeriodSeconds": grace,
                    "activeDeadlineSeconds": deadline,
                },
            })
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    let key = || ObjectKey::new(Kind::Pod, "default", "p");
    let grace = || proptest::option::of(number().prop_map(|seconds| seconds - 1));
    let name = proptest::sample::select(vec!["i0", "a0", "a1", "nobody"]);
    let propagation = Propagation::Background;
    prop_oneof![
        grace().prop_map(move |grace| Action::Delete { key: key(), grace, propagation }),
        grace().prop_map(move |grace| Action::Evict { key: key(), grace }),
        (0_u64..100).prop_map(|down| Action::RestartKubelet { node: "node-1".into(), down: Duration::from_secs(down) }),
        Just(Action::NodeDown { node: "node-1".into() }),
        Just(Action::NodeUp { node: "node-1".into() }),
        (0_u32..3, proptest::sample::select(vec!["memory", "disk", "pid", "luck"])).prop_map(|(pods, resource)| {
            Action::NodePressure { node: "node-1".into(), resource: resource.into(), pods }
        }),
        (name.clone(), any::<i32>()).prop_map(move |(name, exit_code)| Action::KillContainer {
            pod: key(),
            container: name.into(),
            exit_code
        }),
        (name, proptest::option::of(any::<bool>())).prop_map(move |(name, passes)| Action::ForceProbe {
            pod: key(),
            container: name.into(),
            probe: "liveness".into(),
            passes
        }),
        any::<bool>().prop_map(|available| Action::SetImage { image: "sim/a".into(), available }),
    ]
}

fn play(pod: &Value, actions: &[(u64, Action)], seed: u64) -> Run {
    let containers = pod["spec"]["containers"].as_array().map_or(1, Vec::len)
        + pod["spec"]["initContainers"].as_array().map_or(0, Vec::len);
    let mut run = Run::new(config(seed));
    run.act(Time::ZERO, Action::Create(Object::from_json(Kind::Pod, pod.clone()).unwrap())).unwrap();
    for (after, action) in actions {
        let end = run.end() + Duration::from_millis(*after);
        bounded(&mut run, end.as_secs_f64(), containers);
        let _refused = run.act(end, action.clone());
    }
    let end = run.end() + Duration::from_secs(60);
    bounded(&mut run, end.as_secs_f64(), containers);
    run
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Extreme Pods, any actions: two runs are equal, and so is one that goes on from a checkpoint in the middle.
    #[test]
    fn any_pod_and_any_actions_run(
        pod in pod(),
        actions in proptest::collection::vec((0_u64..40_000, action()), 0..6),
        seed in 0_u64..4,
        part in 0.0_f64..1.0,
    ) {
        let run = play(&pod, &actions, seed);
        prop_assert_eq!(timeline(&run), timeline(&play(&pod, &actions, seed)));
        lanes(&run);
        let wrong = crate::explanations::faults(&run, run.end().since(Time::ZERO) / 20);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // A refused action in the past drops what lay after it, which is then run again.
        let mut branch = run.clone();
        let nobody = ObjectKey::new(Kind::Pod, "default", "nobody");
        let middle = Time::from_secs_f64(run.end().as_secs_f64() * part);
        let later: Vec<_> = run.acts().iter().filter(|act| act.at > middle).cloned().collect();
        let refused = Action::Delete { key: nobody, grace: None, propagation: Propagation::Background };
        branch.act(middle, refused).unwrap_err();
        for act in later {
            let _refused = branch.act(act.at, act.action.as_ref().clone());
        }
        branch.run_until(run.end());
        let without = |text: String| text.lines().filter(|line| !line.contains("nobody")).collect::<Vec<_>>().join("\n");
        prop_assert_eq!(without(timeline(&branch)), without(timeline(&run)));
    }
}
