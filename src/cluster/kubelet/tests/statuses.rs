//! What statuses say of resources, of containers that begin anew, and after the kubelet was away.

use std::time::Duration;

use super::*;

fn restart_kubelet() -> Action {
    Action::RestartKubelet { node: "node-1".into(), down: Duration::from_secs(2) }
}

/// Each status of the Pod that was written, as JSON.
fn statuses(cluster: &mut Cluster) -> Vec<(f64, serde_json::Value)> {
    let mut found = Vec::new();
    for record in cluster.take_journal() {
        let Happening::Changed(change) = &record.what else { continue };
        if matches!(change.object, Object::Pod(_)) {
            found.push((record.at.as_secs_f64(), change.object.to_json()["status"].clone()));
        }
    }
    found
}

#[test]
fn a_pod_says_what_its_containers_request_together() {
    let spec = app("run=inf") + "  resources: {requests: {cpu: 10m}, limits: {memory: 32Mi}}\n";
    let mut cluster = cluster(&spec, 1);
    run(&mut cluster, 5.0);
    let all = statuses(&mut cluster);
    let status = |with: &str| &all.iter().find(|(_, status)| status.to_string().contains(with)).unwrap().1;
    let waiting = status("ContainerCreating");
    assert_eq!(
        waiting["resources"].to_string(),
        r#"{"limits":{"memory":"32Mi"},"requests":{"cpu":"10m","memory":"32Mi"}}"#
    );
    assert_eq!(waiting["allocatedResources"].to_string(), r#"{"cpu":"10m","memory":"32Mi"}"#);
    assert_eq!(waiting["containerStatuses"][0].get("resources"), None);
    assert_eq!(waiting["containerStatuses"][0].get("allocatedResources"), None);
    assert_eq!(status("\"running\"")["containerStatuses"][0]["resources"], waiting["resources"]);
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    cluster.act(Action::Delete { key, grace: None, propagation: Propagation::Background }).unwrap();
    run(&mut cluster, 20.0);
    let last = statuses(&mut cluster).pop().unwrap().1;
    assert_eq!(
        (last["resources"].to_string(), last["allocatedResources"]["cpu"].to_string()),
        ("{}".into(), "\"10m\"".into())
    );
}

#[test]
fn a_resize_is_allocated_before_it_is_there() {
    let spec = |cpu: &str| {
        format!(
            "{}  resizePolicy: [{{resourceName: cpu, restartPolicy: RestartContainer}}]\n  resources: {{requests: \
             {{cpu: {cpu}, memory: 32Mi}}}}\n",
            app("run=inf")
        )
    };
    let mut cluster = cluster(&spec("10m"), 1);
    run(&mut cluster, 5.0);
    cluster.take_journal();
    cluster.act(Action::Resize(pod("p", &spec("20m")))).unwrap();
    run(&mut cluster, 20.0);
    let all = statuses(&mut cluster);
    let pairs = |status: &serde_json::Value| {
        let of = |it: &serde_json::Value| {
            format!("{} of {}", it["resources"]["requests"]["cpu"], it["allocatedResources"]["cpu"]).replace('"', "")
        };
        (of(status), of(&status["containerStatuses"][0]))
    };
    let mut told: Vec<_> = all.iter().map(|(_, status)| pairs(status)).collect();
    told.dedup();
    let both = |text: &str| (text.to_owned(), text.to_owned());
    assert_eq!(told, [both("10m of 10m"), both("10m of 20m"), both("20m of 20m")]);
}

#[test]
fn a_sidecar_is_started_anew_where_its_resize_asks_for_it() {
    let spec = |cpu: &str| {
        format!(
            "{}initContainers:\n- name: s\n  image: present/app:v1\n  restartPolicy: Always\n  \
             env: [{{name: SIM, value: 'run=inf'}}]\n  resizePolicy: [{{resourceName: cpu, restartPolicy: \
             RestartContainer}}]\n  resources: {{requests: {{cpu: {cpu}}}}}\n",
            app("run=inf")
        )
    };
    let mut cluster = cluster(&spec("10m"), 1);
    run(&mut cluster, 5.0);
    cluster.act(Action::Resize(pod("p", &spec("20m")))).unwrap();
    run(&mut cluster, 20.0);
    assert_eq!(messages(&mut cluster, "Killing"), ["Container s resize requires restart"]);
    let pod = cluster.store().pod("default", "p").unwrap();
    assert_eq!(pod.status.init_container_statuses.as_ref().unwrap()[0].restart_count, 1);
}

#[test]
fn a_container_that_all_begin_anew_with_keeps_its_name_once_more() {
    let rules = "  restartPolicy: Never\n  restartPolicyRules: [{action: RestartAllContainers, exitCodes: \
                 {operator: In, values: [42]}}]\n";
    let init = "initContainers:\n- name: i\n  image: present/app:v1\n  env: [{name: SIM, value: 'run=1'}]\n";
    let mut cluster = cluster(&format!("{}{rules}{init}", app("run=3 exit=42")), 1);
    run(&mut cluster, 8.0);
    let all = statuses(&mut cluster);
    let (_, anew) = all.iter().find(|(_, status)| status.to_string().contains("\"reason\":\"RestartingAll")).unwrap();
    let main = &anew["containerStatuses"][0];
    assert!(main["state"]["waiting"].is_object() && main["containerID"].is_string(), "{main}");
    assert_eq!(main["resources"].to_string(), "{}");
    // The init container has run and will again: nothing is pending.
    assert_eq!(anew["phase"], "Running");
    let conditions = anew["conditions"].as_array().unwrap();
    let restarting = conditions.iter().find(|it| it["type"] == "AllContainersRestarting").unwrap();
    assert_eq!(restarting.get("observedGeneration"), None);
    let again = |status: &serde_json::Value| {
        let init = &status["initContainerStatuses"][0];
        init["restartCount"] == 1 && init["state"]["running"].is_object()
    };
    assert_eq!(all.iter().find(|(_, status)| again(status)).unwrap().1["phase"], "Pending");
}

#[test]
fn a_pod_that_is_turned_away_has_no_conditions() {
    let mut cluster =
        cluster(&format!("nodeName: node-1\n{}  resources: {{requests: {{cpu: 99}}}}\n", app("run=inf")), 1);
    run(&mut cluster, 5.0);
    let status = statuses(&mut cluster).pop().unwrap().1;
    assert_eq!((status["reason"].as_str(), status.get("conditions")), (Some("OutOfcpu"), None), "{status}");
}

#[test]
fn a_node_gives_no_more_storage_than_it_has() {
    let spec = "nodeName: node-1\n".to_owned() + &app("run=inf");
    let mut cluster = cluster(&format!("{spec}  resources: {{requests: {{ephemeral-storage: 60Gi}}}}\n"), 1);
    cluster
        .act(Action::Create(pod("q", &format!("{spec}  resources: {{requests: {{ephemeral-storage: 50Gi}}}}\n"))))
        .unwrap();
    run(&mut cluster, 5.0);
    let status = &cluster.store().pod("default", "q").unwrap().status;
    assert_eq!(status.reason.as_deref(), Some("OutOfephemeral-storage"));
    let message = "Pod was rejected: Node didn't have enough resource: ephemeral-storage, requested: 53687091200, used: \
                   64424509440, capacity: 107374182400";
    assert_eq!(status.message.as_deref(), Some(message));
}

#[test]
fn every_source_that_a_volume_misses_is_told() {
    let sources = "[{configMap: {name: c1}}, {secret: {name: s1}}, {secret: {name: s1}}]";
    let volume = format!("volumes:\n- name: v\n  projected: {{sources: {sources}}}\n");
    let mut cluster = cluster(&(app("run=inf") + "  volumeMounts: [{name: v, mountPath: /v}]\n" + &volume), 1);
    run(&mut cluster, 5.0);
    let text = "MountVolume.SetUp failed for volume \"v\" : [configmap \"c1\" not found, secret \"s1\" not found]";
    assert_eq!(messages(&mut cluster, "FailedMount"), [text]);
}

/// What is told of the Pod's container once its kubelet was away: started and ready, each time they change.
fn after_a_restart(probes: &str, sim: &str, at: f64) -> Vec<String> {
    let mut cluster = cluster(&(app(sim) + probes), 1);
    run(&mut cluster, at);
    cluster.take_journal();
    cluster.act(restart_kubelet()).unwrap();
    run(&mut cluster, at + 40.0);
    let mut told: Vec<String> = Vec::new();
    for (_, status) in statuses(&mut cluster) {
        let container = &status["containerStatuses"][0];
        let line = format!("{} {} x{}", container["started"], container["ready"], container["restartCount"]);
        if told.last() != Some(&line) {
            told.push(line);
        }
    }
    told
}

#[test]
fn a_kubelet_that_comes_back_leaves_started_and_ready_as_they_were() {
    let startup = "  startupProbe: {exec: {command: [probe, startup]}, periodSeconds: 5}\n";
    let readiness = "  readinessProbe: {exec: {command: [probe, ready]}, periodSeconds: 5}\n";
    let told = |probes: &str, sim: &str| after_a_restart(probes, sim, 30.0);
    let unchanged = |told: Vec<String>, what: &str| assert!(told.is_empty() || told == [what], "{told:?}");
    unchanged(told(startup, "run=inf"), "true true x0");
    unchanged(told(readiness, "run=inf"), "true true x0");
    unchanged(told(readiness, "run=inf ready=0-inf"), "true false x0");
    unchanged(told(&format!("{startup}{readiness}"), "run=inf ready=0-inf"), "true false x0");
}

#[test]
fn a_sync_gives_up_on_volumes_and_the_next_one_sees_the_deadline() {
    let spec = |deadline: &str| {
        let volume = "volumes:\n- name: v\n  configMap: {name: none}\n";
        format!("{deadline}{}  volumeMounts: [{{name: v, mountPath: /v}}]\n{volume}", app("run=inf"))
    };
    let mut late = cluster(&spec("activeDeadlineSeconds: 30\n"), 1);
    run(&mut late, 200.0);
    let (at, status) =
        statuses(&mut late).into_iter().find(|(_, status)| status.to_string().contains("PodFailed")).unwrap();
    assert!((123.0..125.0).contains(&at), "{at}: {status}");
    assert_eq!(late.store().pod("default", "p").unwrap().status.reason.as_deref(), Some("DeadlineExceeded"));
    // The ladder of tries does not begin anew with the next sync.
    let mut waits = cluster(&spec(""), 1);
    run(&mut waits, 400.0);
    let mut tries: Vec<u64> = Vec::new();
    for record in waits.take_journal() {
        let Happening::Changed(change) = &record.what else { continue };
        if matches!(&change.object, Object::Event(event) if event.reason.as_deref() == Some("FailedMount")) {
            tries.push(record.at.as_secs_f64() as u64);
        }
    }
    assert_eq!(tries, [0, 0, 1, 3, 7, 15, 31, 63, 127, 249, 371]);
}
