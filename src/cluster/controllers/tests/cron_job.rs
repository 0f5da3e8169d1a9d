//! CronJobs.

use serde_json::{Value, json};

use super::stand_in::StandIn;
use crate::api::Kind;
use crate::cluster::Config;

fn cron(schedule: &str) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]});
    json!({"metadata": {"name": "c"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": {"spec": pod}}}}})
}

#[test]
fn a_time_that_never_comes_is_told() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::CronJob, cron("0 0 31 2 *"));
    it.run(600);
    let why = "time difference between two schedules is less than 1 second";
    assert_eq!(it.messages("CronJob"), [format!("invalid schedule: 0 0 31 2 * : {why}")]);
    let event = &it.list(Kind::Event)[0];
    assert_eq!((&event["reason"], &event["type"]), (&json!("InvalidSchedule"), &json!("Warning")));
    assert_eq!(event["count"], 1);
}

#[test]
fn a_cron_job_hears_its_own_status() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::CronJob, cron("* * * * *"));
    let uid = it.get(Kind::CronJob, "c")["metadata"]["uid"].clone();
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]});
    it.run(5);
    it.create(
        Kind::Job,
        json!({"metadata": {"name": "m", "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob",
            "name": "c", "uid": uid, "controller": true}]}, "spec": {"template": {"spec": pod}}}),
    );
    let count = |it: &StandIn| {
        let events = it.list(Kind::Event);
        let found = events.into_iter().find(|event| event["reason"] == "UnexpectedJob").unwrap();
        found["count"].as_i64().unwrap()
    };
    it.run(50);
    let before = count(&it);
    // The due Job is made, the status says so, and that the Job is there is heard.
    it.run(6);
    assert!(count(&it) >= before + 3, "{} after {before}", count(&it));
    let settled = count(&it);
    it.run(40);
    assert!(count(&it) <= settled + 2, "it does not go on for ever");
}
