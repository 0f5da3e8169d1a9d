//! Whole runs of small Pods, and what holds for every run.

mod commands;
mod refusals;
mod statuses;
mod upstream;
mod volumes;

use std::time::Duration;

use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, Config, Happening, ObjectKey, Propagation, Record, Time};

/// A cluster whose containers do what their `SIM` variable says, with one Pod.
fn cluster(spec: &str, seed: u64) -> Cluster {
    let mut cluster = Cluster::new(Config { sim_variables: true, seed, ..Config::default() });
    cluster.act(Action::Create(pod("p", spec))).unwrap();
    cluster
}

fn pod(name: &str, spec: &str) -> Object {
    let spec: serde_json::Value = serde_yaml::from_str(spec).unwrap();
    let value = serde_json::json!({ "metadata": { "name": name, "namespace": "default" }, "spec": spec });
    Object::from_json(Kind::Pod, value).unwrap()
}

fn app(sim: &str) -> String {
    format!("containers:\n- name: app\n  image: present/app:v1\n  env: [{{name: SIM, value: '{sim}'}}]\n")
}

fn run(cluster: &mut Cluster, seconds: f64) {
    cluster.run_until(Time::from_secs_f64(seconds));
}

/// The row of the Pod as time goes by: phase, restarts and the state of each container.
fn story(journal: &[Record]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for record in journal {
        let Happening::Changed(change) = &record.what else { continue };
        let Object::Pod(pod) = &change.object else { continue };
        let line = format!("{:7.1} {}", record.at.as_secs_f64(), row(pod));
        let state = |line: &str| line.get(8..).map(str::to_owned);
        if lines.last().and_then(|last| state(last)) != state(&line) {
            lines.push(line);
        }
    }
    lines
}

fn row(pod: &Pod) -> String {
    let mut text = pod.status.phase.as_deref().unwrap_or_default().to_owned();
    if pod.metadata.deletion_timestamp.is_some() {
        text.push_str(" deleting");
    }
    let lists = [&pod.status.init_container_statuses, &pod.status.container_statuses];
    for container in lists.into_iter().flatten().flatten() {
        let state = container.state.clone().unwrap_or_default();
        let word = match (&state.waiting, &state.running, &state.terminated) {
            (Some(waiting), ..) => waiting.reason.clone().unwrap_or_default().to_string(),
            (_, Some(_), _) => format!("running{}", if container.ready { "+" } else { "" }),
            (.., Some(terminated)) => {
                format!("{} {}", terminated.reason.clone().unwrap_or_default(), terminated.exit_code)
            }
            _ => String::new(),
        };
        text.push_str(&format!(" | {} {word} x{}", container.name, container.restart_count));
    }
    text
}

#[test]
fn a_server_runs_and_is_deleted() {
    let mut cluster = cluster(&app("run=inf"), 1);
    run(&mut cluster, 10.0);
    assert_eq!(cluster.store().pod("default", "p").unwrap().status.phase.as_deref(), Some("Running"));
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    cluster.act(Action::Delete { key, grace: None, propagation: Propagation::Background }).unwrap();
    run(&mut cluster, 13.0);
    assert!(cluster.store().pod("default", "p").is_none(), "{:#?}", story(&cluster.take_journal()));
}

/// The end of each Pod that the node ended, in order, with its status message.
fn evicted(cluster: &mut Cluster) -> Vec<(String, String)> {
    let mut ends = Vec::new();
    for record in cluster.take_journal() {
        let Happening::Changed(change) = &record.what else { continue };
        let Object::Pod(pod) = &change.object else { continue };
        if pod.status.reason.as_deref() == Some("Evicted") && !ends.iter().any(|(name, _)| name == pod.name()) {
            ends.push((pod.name().to_owned(), pod.status.message.clone().unwrap_or_default().to_string()));
        }
    }
    ends
}

#[test]
fn a_node_short_of_memory_evicts_who_uses_more_than_asked_and_matters_least() {
    let mut cluster = Cluster::new(Config { sim_variables: true, ..Config::default() });
    let spec = |memory: &str, priority: i32| {
        let app = app("run=inf term=ignore");
        format!("priorityClassName: worth-{priority}\n{app}  resources: {{requests: {{memory: {memory}}}}}\n")
    };
    for priority in [0, 1, 5] {
        let value = serde_json::json!({"metadata": {"name": format!("worth-{priority}")}, "value": priority});
        cluster.act(Action::Create(Object::from_json(Kind::PriorityClass, value).unwrap())).unwrap();
    }
    for (name, spec) in [("modest", spec("1Gi", 0)), ("greedy", spec("1Mi", 5)), ("least", spec("1Mi", 1))] {
        cluster.act(Action::Create(pod(name, &spec))).unwrap();
    }
    run(&mut cluster, 10.0);
    let press = |pods| Action::NodePressure { node: "node-1".into(), resource: "memory".into(), pods };
    cluster.act(press(3)).unwrap();
    run(&mut cluster, 12.0);
    let rejected = pod("late", &app("run=inf").replace("containers", "nodeName: node-1\ncontainers"));
    cluster.act(Action::Create(rejected)).unwrap();
    run(&mut cluster, 60.0);
    let text = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi. ";
    let more = "Container app was using 64Mi, request is 1Mi, has larger consumption of memory. ";
    let condition = "Pod was rejected: The node had condition: [MemoryPressure]. ";
    let mut ends = evicted(&mut cluster);
    assert_eq!(ends.remove(0), ("late".to_owned(), condition.to_owned()));
    let expected = [("least", more), ("greedy", more), ("modest", "")];
    assert_eq!(ends, expected.map(|(name, more)| (name.to_owned(), format!("{text}{more}"))));
    let pressure = |cluster: &Cluster| {
        let Some(Object::Node(node)) = cluster.store().get(&ObjectKey::new(Kind::Node, "", "node-1")) else { panic!() };
        let conditions = node.status.as_ref().unwrap().conditions.as_ref().unwrap();
        let status = conditions.iter().find(|it| it.type_ == "MemoryPressure").unwrap().status.to_string();
        (status, node.spec.as_ref().unwrap().taints.as_ref().map_or(0, Vec::len))
    };
    assert_eq!(pressure(&cluster), ("True".to_owned(), 1));
    run(&mut cluster, 400.0);
    assert_eq!(pressure(&cluster), ("False".to_owned(), 0));
}

#[test]
fn a_node_short_of_disk_says_which_containers_wrote_more_than_they_asked_for() {
    let mut cluster = Cluster::new(Config::default());
    let shell = |name: &str, image: &str, script: &str| {
        format!("- name: {name}\n  image: {image}\n  command: [sh, -c, '{script}; exec sleep 1000']\n")
    };
    let writes = shell("writes", "busybox", "head -c 100000 /dev/zero > /file");
    let asked = format!("{}  resources: {{requests: {{ephemeral-storage: 1Mi}}}}\n", writes.replace("writes", "asked"));
    let quiet = shell("quiet", "busybox", "true");
    cluster.act(Action::Create(pod("q", &format!("priority: 0\ncontainers:\n{writes}{asked}{quiet}")))).unwrap();
    run(&mut cluster, 10.0);
    cluster.act(Action::NodePressure { node: "node-1".into(), resource: "disk".into(), pods: 1 }).unwrap();
    run(&mut cluster, 20.0);
    let text = "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi. Container \
                writes was using 100Ki, request is 0, has larger consumption of ephemeral-storage. ";
    assert_eq!(evicted(&mut cluster), [("q".to_owned(), text.to_owned())]);
}

#[test]
fn pulls_wait_for_one_another_where_the_node_is_told_so() {
    for (serialize, limit, expected) in [
        (false, None, ["500ms", "500ms", "500ms"]),
        (true, None, ["500ms", "999ms", "1.499s"]),
        (false, Some((1, 2)), ["500ms", "500ms", "QPS exceeded"]),
    ] {
        let config = Config {
            sim_variables: true,
            serialize_image_pulls: serialize,
            registry_pulls: limit,
            ..Config::default()
        };
        let mut cluster = Cluster::new(config);
        for number in 0..3 {
            let spec = app("run=inf").replace("present/app:v1", &format!("sim/app:v{number}"));
            cluster.act(Action::Create(pod(&format!("p{number}"), &spec))).unwrap();
        }
        run(&mut cluster, 5.0);
        let mut texts: Vec<String> = Vec::new();
        for (_, event) in cluster.store().list(Kind::Event) {
            let Object::Event(event) = event else { continue };
            let text = event.message.clone().unwrap_or_default().to_string();
            let reason = event.reason.as_deref();
            if reason == Some("Pulled") || reason == Some("Failed") && text.contains("Failed to pull") {
                texts.push(text.to_string());
            }
        }
        texts.sort_by_key(|text| (text.len(), text.clone()));
        for expected in expected {
            let at = texts
                .iter()
                .position(|text| text.contains(&format!("({expected} including waiting)")) || text.ends_with(expected));
            texts.remove(at.unwrap_or_else(|| panic!("no {expected} in {texts:?}")));
        }
    }
}

#[test]
fn a_crashing_container_backs_off() {
    let mut cluster = cluster(&app("run=2 exit=1"), 1);
    run(&mut cluster, 600.0);
    let restarts =
        cluster.store().pod("default", "p").unwrap().status.container_statuses.as_ref().unwrap()[0].restart_count;
    assert!((5..=7).contains(&restarts), "{:#?}", story(&cluster.take_journal()));
}

#[test]
fn one_seed_gives_one_run_and_a_clone_goes_on_alike() {
    let text = |cluster: &mut Cluster| format!("{:?}", cluster.take_journal());
    let spec = app("run=3 exit=1 ready=0-1");
    let (mut one, mut other) = (cluster(&spec, 7), cluster(&spec, 7));
    run(&mut one, 100.0);
    run(&mut other, 100.0);
    assert_eq!(text(&mut one), text(&mut other));
    let mut copy = one.clone();
    run(&mut one, 300.0);
    run(&mut copy, 300.0);
    assert_eq!(text(&mut one), text(&mut copy));
}

#[test]
fn an_idle_pod_costs_nothing() {
    let mut cluster = cluster(&app("run=inf"), 1);
    run(&mut cluster, 120.0);
    cluster.take_journal();
    let mut steps = 0;
    while !cluster.run_some(Time::from_secs_f64(7200.0), 1) {
        steps += 1;
        assert!(steps < 100, "next due {:?} at {:?}", cluster.next_due(), cluster.now());
    }
}

/// Prints how long the budgets' runs take: `cargo test --profile native … -- --ignored --nocapture budgets`.
#[test]
#[ignore = "a measurement, not a check"]
fn budgets() {
    let one = cluster(&app("run=inf"), 1);
    let mut many = Cluster::new(Config { sim_variables: true, node_pods: 2_000, ..Config::default() });
    for number in 0..1_000 {
        many.act(Action::Create(pod(&format!("p{number}"), &app("run=2 exit=1")))).unwrap();
    }
    for (name, mut cluster) in [("1 Pod, an hour", one), ("1000 crash-looping Pods, an hour", many)] {
        let mut steps = 0u64;
        let begun = measure();
        while !cluster.run_some(Time::from_secs_f64(3_600.0), 1_000) {
            steps += 1;
        }
        println!("{name}: {:?}, about {} steps", begun(), steps * 1_000);
    }
}

#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn measure() -> impl Fn() -> Duration {
    let begun = std::time::Instant::now();
    move || begun.elapsed()
}

/// The messages of the Pod's events of one reason, each once, in order.
fn messages(cluster: &mut Cluster, reason: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for record in cluster.take_journal() {
        let Happening::Changed(change) = &record.what else { continue };
        let Object::Event(event) = &change.object else { continue };
        let message = event.message.clone().unwrap_or_default().to_string();
        if event.reason.as_deref() == Some(reason) && !found.contains(&message) {
            found.push(message);
        }
    }
    found
}

#[test]
fn a_grpc_probe_is_answered_by_the_health_service() {
    let sim = "http=9000 ready=0-5 live=20-30,h30-inf";
    let probe = "{grpc: {port: 9000}, periodSeconds: 2, failureThreshold: 50}";
    let spec = format!("{}  livenessProbe: {probe}\n  readinessProbe: {probe}\n", app(sim));
    let mut cluster = cluster(&spec, 1);
    run(&mut cluster, 3.0);
    assert!(!cluster.store().pod("default", "p").unwrap().status.container_statuses.as_ref().unwrap()[0].ready);
    run(&mut cluster, 15.0);
    assert!(cluster.store().pod("default", "p").unwrap().status.container_statuses.as_ref().unwrap()[0].ready);
    run(&mut cluster, 40.0);
    let expected = [
        "Readiness probe failed: service unhealthy (responded with \"NOT_SERVING\")",
        "Liveness probe failed: service unhealthy (responded with \"NOT_SERVING\")",
        "Liveness probe failed: timeout: health rpc did not complete within 1s",
    ];
    assert_eq!(messages(&mut cluster, "Unhealthy"), expected);
}

#[test]
fn a_host_path_must_be_what_its_type_says() {
    let with = |path: &str, kind: &str| {
        let volume = format!("volumes:\n- name: v\n  hostPath: {{path: {path}, type: {kind}}}\n");
        let mount = "  volumeMounts: [{name: v, mountPath: /v}]\n";
        let mut cluster = cluster(&format!("{}{mount}{volume}", app("run=inf")), 1);
        run(&mut cluster, 5.0);
        messages(&mut cluster, "FailedMount").join("; ")
    };
    let failed = |path: &str, what: &str| {
        format!("MountVolume.SetUp failed for volume \"v\" : hostPath type check failed: {path} is not {what}")
    };
    assert_eq!(with("/data", "Directory"), failed("/data", "a directory"));
    assert_eq!(with("/var/log", "Directory"), "");
    assert_eq!(with("/data", "DirectoryOrCreate"), "");
    assert_eq!(with("/etc/hosts", "DirectoryOrCreate"), failed("/etc/hosts", "a directory"));
    assert_eq!(with("/etc/localtime", "File"), "");
    assert_eq!(with("/var/run/docker.sock", "Socket"), failed("/var/run/docker.sock", "a socket file"));
    assert_eq!(with("/dev/null", "CharDevice"), "");
    assert_eq!(with("/dev/sda", "BlockDevice"), failed("/dev/sda", "a block device"));
    assert_eq!(with("/data", "''"), "");
}

#[test]
fn a_host_path_that_another_pod_made_is_there() {
    let spec = |kind: &str| {
        format!(
            "{}  volumeMounts: [{{name: v, mountPath: /v}}]\nvolumes:\n- name: v\n  hostPath: {{path: /data, type: {kind}}}\n",
            app("run=inf")
        )
    };
    let mut cluster = cluster(&spec("DirectoryOrCreate"), 1);
    run(&mut cluster, 5.0);
    cluster.act(Action::Create(pod("q", &spec("Directory")))).unwrap();
    run(&mut cluster, 10.0);
    assert!(messages(&mut cluster, "FailedMount").is_empty());
    assert_eq!(cluster.store().pod("default", "q").unwrap().status.phase.as_deref(), Some("Running"));
}

#[test]
fn a_hook_over_https_falls_back_to_http() {
    let hook = "  lifecycle: {postStart: {httpGet: {port: 8080, path: /, scheme: HTTPS}}}\n";
    let mut cluster = cluster(&format!("{}{hook}", app("http=8080")), 1);
    run(&mut cluster, 5.0);
    let said = messages(&mut cluster, "LifecycleHTTPFallback").join("");
    assert!(said.starts_with("request to HTTPS lifecycle hook 10."), "{said}");
    assert!(said.ends_with(":8080 got HTTP response, retry with HTTP succeeded"), "{said}");
    assert_eq!(cluster.store().pod("default", "p").unwrap().status.phase.as_deref(), Some("Running"));
}
