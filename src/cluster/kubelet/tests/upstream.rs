//! What upstream's code does that no recording shows.

use serde_json::{Value, json};

use super::*;

fn delete(cluster: &mut Cluster) {
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    cluster.act(Action::Delete { key, grace: None, propagation: Propagation::Background }).unwrap();
}

fn status(cluster: &Cluster) -> Value {
    k8s_openapi::json::to_json(&*cluster.store().pod("default", "p").unwrap().status)
}

#[test]
fn a_hook_that_outlasts_the_grace_ends_with_a_container_that_dies_at_once() {
    let hook = "  lifecycle: {preStop: {exec: {command: [sleep, '60']}}}\nterminationGracePeriodSeconds: 5\n";
    let mut cluster = cluster(&format!("{}{hook}", app("run=inf term=0:143")), 1);
    run(&mut cluster, 10.0);
    delete(&mut cluster);
    run(&mut cluster, 30.0);
    assert_eq!(messages(&mut cluster, "FailedPreStopHook"), ["PreStopHook failed"]);
}

const ALL: &str = "  restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [42]}}]\n";

#[test]
fn of_a_pod_that_is_over_the_condition_of_all_containers_says_so() {
    for (code, reason) in [("0", "PodCompleted"), ("1", "PodFailed")] {
        let spec = format!("restartPolicy: Never\n{}  restartPolicy: Never\n{ALL}", app(&format!("run=3 exit={code}")));
        let mut cluster = cluster(&spec, 1);
        run(&mut cluster, 20.0);
        let status = status(&cluster);
        let condition =
            status["conditions"].as_array().unwrap().iter().find(|it| it["type"] == "AllContainersRestarting");
        assert_eq!(condition.unwrap()["reason"], *reason);
    }
}

#[test]
fn a_container_in_back_off_is_not_ended_once_more_when_all_begin_anew() {
    let spec = format!(
        "restartPolicy: Never\n{}  restartPolicy: Never\n{ALL}- name: other\n  image: present/app:v1\n  restartPolicy: Always\n  \
         env: [{{name: SIM, value: 'run=2 exit=1'}}]\n",
        app("run=12,30 exit=42,0")
    );
    let mut cluster = cluster(&spec, 1);
    run(&mut cluster, 14.0);
    let other = status(&cluster)["containerStatuses"][1].clone();
    assert_eq!(other["lastState"]["terminated"]["reason"], json!("Error"), "{other:#}");
}

#[test]
fn a_probe_of_a_container_that_is_done_is_begun_anew_by_every_sync() {
    let probe = "  livenessProbe: {exec: {command: ['true']}, periodSeconds: 5}\n";
    let other = "- name: b\n  image: present/app:v1\n  env: [{name: SIM, value: 'run=3 exit=1'}]\n";
    let mut cluster = cluster(&format!("restartPolicy: OnFailure\n{}{probe}{other}", app("run=3")), 1);
    run(&mut cluster, 50.0);
    let story = story(&cluster.take_journal());
    assert!(story.iter().any(|line| line.contains("b CrashLoopBackOff")), "{story:#?}");
}

#[test]
fn in_a_new_sandbox_what_has_succeeded_and_is_not_to_run_on_stays_ended() {
    let spec = format!("{}  restartPolicy: OnFailure\n- name: b\n  image: present/app:v1\n", app("run=3"));
    let value = serde_json::json!({
        "metadata": {"name": "p", "namespace": "default", "annotations": {"sim.sandbox": "die=12"}},
        "spec": serde_yaml::from_str::<Value>(&spec).unwrap(),
    });
    let mut cluster = Cluster::new(Config { sim_variables: true, ..Config::default() });
    cluster.act(Action::Create(Object::from_json(Kind::Pod, value).unwrap())).unwrap();
    run(&mut cluster, 30.0);
    let counts: Vec<Value> =
        status(&cluster)["containerStatuses"].as_array().unwrap().iter().map(|it| it["restartCount"].clone()).collect();
    assert_eq!(counts, [0, 1]);
}
