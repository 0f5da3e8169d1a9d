use serde_json::{Value, json};

use super::stand_in::StandIn;
use crate::api::{Kind, Object};
use crate::cluster::Config;

/// A date between two microseconds must not hold time up: the back-off ends at a whole second.
#[test]
fn time_goes_on_whatever_the_clock_read_at_the_start() {
    let epoch = k8s_openapi::jiff::Timestamp::constant(1_795_000_000, 123_456_789);
    let mut it = StandIn::new(Config { epoch, ..Config::default() });
    it.create(Kind::Job, job(json!({"backoffLimit": 3})));
    it.run(3);
    end(&mut it, 1);
    assert!(it.cluster.run_some(crate::cluster::Time::from_secs_f64(60.0), 10_000));
    assert_eq!(it.list(Kind::Pod).len(), 2);
}

fn job(more: Value) -> Value {
    let mut value = json!({"metadata": {"name": "work"}, "spec": {"template": {
        "metadata": {"labels": {"app": "work"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "v1"}]}}}});
    if let Value::Object(more) = more {
        for (key, more) in more {
            value["spec"][key] = more;
        }
    }
    value
}

fn start(more: Value) -> StandIn {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::Job, job(more));
    it.run(3);
    it
}

/// Ends every running Pod of the Job with `code`.
fn end(it: &mut StandIn, code: i32) {
    for pod in it.list(Kind::Pod).iter().filter(|pod| pod["status"]["phase"] == "Running") {
        let mut pod = pod.clone();
        let now = it.cluster.world.timestamp();
        pod["status"]["phase"] = if code == 0 { "Succeeded" } else { "Failed" }.into();
        pod["status"]["conditions"] = Value::Null;
        pod["status"]["containerStatuses"] = json!([{"name": "main", "image": "", "imageID": "", "ready": false,
            "restartCount": 0, "state": {"terminated": {"exitCode": code, "finishedAt": now.0.to_string()}}}]);
        it.act(crate::cluster::Action::UpdateStatus(crate::api::Object::from_json(Kind::Pod, pod).unwrap()));
    }
    it.run(3);
}

fn status(it: &StandIn) -> (Vec<String>, Value) {
    let status = it.get(Kind::Job, "work")["status"].clone();
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    let text = |it: &Value| format!("{} {}", it["type"].as_str().unwrap(), it["reason"].as_str().unwrap());
    (conditions.iter().map(text).collect(), status)
}

#[test]
fn a_job_completes() {
    let mut it = start(json!({}));
    assert_eq!(status(&it).1["active"], 1);
    end(&mut it, 0);
    let (conditions, status) = status(&it);
    assert_eq!(conditions, ["SuccessCriteriaMet CompletionsReached", "Complete CompletionsReached"]);
    assert_eq!((&status["succeeded"], &status["terminating"]), (&json!(1), &json!(0)));
    assert!(status["completionTime"].is_string());
    assert_eq!(it.list(Kind::Pod)[0]["metadata"]["finalizers"], Value::Null);
}

#[test]
fn failures_wait_longer_each_time_and_then_the_job_fails() {
    let mut it = start(json!({"backoffLimit": 1}));
    end(&mut it, 1);
    it.run(5);
    assert_eq!(it.list(Kind::Pod).len(), 1);
    it.run(5);
    assert_eq!(it.list(Kind::Pod).len(), 2);
    end(&mut it, 1);
    let (conditions, status) = status(&it);
    assert_eq!(conditions, ["FailureTarget BackoffLimitExceeded", "Failed BackoffLimitExceeded"]);
    assert_eq!(status["failed"], 2);
}

#[test]
fn a_policy_fails_the_job_at_once() {
    let rules = json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let mut it = start(json!({"podFailurePolicy": rules}));
    end(&mut it, 42);
    let (conditions, status) = status(&it);
    assert_eq!(conditions, ["FailureTarget PodFailurePolicy", "Failed PodFailurePolicy"]);
    let name = it.list(Kind::Pod)[0]["metadata"]["name"].as_str().unwrap().to_owned();
    assert_eq!(
        status["conditions"][0]["message"],
        format!("Container main for pod default/{name} failed with exit code 42 matching FailJob rule at index 0")
    );
}

#[test]
fn a_deadline_ends_the_job_when_its_pods_are_gone() {
    let mut it = start(json!({"activeDeadlineSeconds": 5}));
    it.run(3);
    assert_eq!(status(&it).0, ["FailureTarget DeadlineExceeded"]);
    it.run(3);
    assert_eq!(status(&it).0, ["FailureTarget DeadlineExceeded", "Failed DeadlineExceeded"]);
    assert_eq!(status(&it).1["failed"], 1);
}

#[test]
fn indexes_are_worked_off() {
    let mut it = start(json!({"completionMode": "Indexed", "completions": 3, "parallelism": 2}));
    let names: Vec<String> =
        it.list(Kind::Pod).iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect();
    assert!(names[0].starts_with("work-0-") && names[1].starts_with("work-1-"), "{names:?}");
    end(&mut it, 0);
    assert_eq!(status(&it).1["completedIndexes"], "0,1");
    it.run(2);
    end(&mut it, 0);
    let (conditions, status) = status(&it);
    assert_eq!(status["completedIndexes"], "0-2");
    assert_eq!(conditions.last().map(String::as_str), Some("Complete CompletionsReached"));
}

#[test]
fn suspending_and_resuming() {
    let mut it = start(json!({"suspend": true}));
    assert_eq!(it.list(Kind::Pod).len(), 0);
    assert_eq!(status(&it).0, ["Suspended JobSuspended"]);
    it.change(Kind::Job, "work", |job| job["spec"]["suspend"] = false.into());
    it.run(3);
    assert_eq!(it.list(Kind::Pod).len(), 1);
    assert_eq!(status(&it).0, ["Suspended JobResumed"]);
}

#[test]
fn what_the_job_takes_away_is_no_failure() {
    for change in [json!({"parallelism": 1}), json!({"suspend": true})] {
        let mut it = start(json!({"parallelism": 10, "completions": 20}));
        let suspended = change["suspend"] == true;
        it.change(Kind::Job, "work", |job| {
            for (key, value) in change.as_object().unwrap() {
                job["spec"][key] = value.clone();
            }
        });
        it.run(1);
        let (_, before) = status(&it);
        let left = if suspended { 0 } else { 1 };
        let of =
            |status: &Value| ["active", "ready", "terminating", "failed"].map(|it| status[it].as_u64().unwrap_or(0));
        assert_eq!(of(&before), [left, left, 10 - left, 0]);
        it.run(5);
        let (conditions, after) = status(&it);
        assert_eq!(of(&after), [left, left, 0, 0]);
        assert_eq!(conditions.contains(&"Suspended JobSuspended".to_owned()), suspended);
        if suspended {
            it.change(Kind::Job, "work", |job| job["spec"]["suspend"] = false.into());
            it.run(1);
            assert_eq!(status(&it).1["active"], 10, "nothing has to be waited for");
        }
    }
}

#[test]
fn a_pod_that_somebody_deletes_is_made_anew_after_a_while() {
    let mut it = start(json!({}));
    it.run(20);
    let name = it.list(Kind::Pod)[0]["metadata"]["name"].as_str().unwrap().to_owned();
    it.delete(Kind::Pod, &name, crate::cluster::Propagation::Background);
    it.run(8);
    assert_eq!(it.list(Kind::Pod).len(), 0);
    it.run(4);
    assert_eq!(it.list(Kind::Pod).len(), 1);
}

#[test]
fn fewer_indexes_forget_what_the_others_did() {
    let mut it = start(json!({"completionMode": "Indexed", "completions": 3, "parallelism": 3}));
    let of_last = |it: &StandIn| {
        let pods = it.list(Kind::Pod);
        pods.into_iter().find(|pod| pod["metadata"]["name"].as_str().unwrap().starts_with("work-2-")).unwrap()
    };
    let mut pod = of_last(&it);
    pod["status"]["phase"] = "Succeeded".into();
    it.act(crate::cluster::Action::UpdateStatus(crate::api::Object::from_json(Kind::Pod, pod).unwrap()));
    it.run(2);
    assert_eq!(status(&it).1["completedIndexes"], "2");
    it.change(Kind::Job, "work", |job| {
        job["spec"]["completions"] = 2.into();
        job["spec"]["parallelism"] = 2.into();
    });
    it.run(3);
    let (conditions, now) = status(&it);
    assert_eq!((now["completedIndexes"].clone(), now["active"].clone(), conditions.len()), (Value::Null, json!(2), 0));
    end(&mut it, 0);
    assert_eq!(status(&it).1["completedIndexes"], "0,1");
}

#[test]
fn success_early_counts_nobody_as_failed() {
    let rules = json!({"rules": [{"succeededIndexes": "0"}]});
    let mut it =
        start(json!({"completionMode": "Indexed", "completions": 3, "parallelism": 3, "successPolicy": rules}));
    let mut pod = it.list(Kind::Pod)[0].clone();
    pod["status"]["phase"] = "Succeeded".into();
    it.act(crate::cluster::Action::UpdateStatus(crate::api::Object::from_json(Kind::Pod, pod).unwrap()));
    it.run(6);
    let (conditions, now) = status(&it);
    assert_eq!(conditions, ["SuccessCriteriaMet SuccessPolicy", "Complete SuccessPolicy"]);
    assert_eq!((&now["failed"], &now["succeeded"]), (&Value::Null, &json!(1)));
}

#[test]
fn the_pods_of_a_job_that_is_deleted_go_too() {
    for propagation in [crate::cluster::Propagation::Background, crate::cluster::Propagation::Foreground] {
        let mut it = start(json!({}));
        it.delete(Kind::Job, "work", propagation);
        it.run(5);
        assert_eq!((it.list(Kind::Job).len(), it.list(Kind::Pod).len()), (0, 0));
    }
    let mut it = start(json!({}));
    it.delete(Kind::Job, "work", crate::cluster::Propagation::Orphan);
    it.run(5);
    let orphan = it.list(Kind::Pod)[0].clone();
    assert_eq!(orphan["metadata"]["finalizers"], Value::Null);
}

#[test]
fn a_long_name_keeps_the_index() {
    let mut it = StandIn::new(Config::default());
    let mut long = job(json!({"completionMode": "Indexed", "completions": 1}));
    long["metadata"]["name"] = "a".repeat(63).into();
    it.create(Kind::Job, long);
    it.run(3);
    let name = it.list(Kind::Pod)[0]["metadata"]["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with(&format!("{}-0-", "a".repeat(55))) && name.len() == 63, "{name}");
}

#[test]
fn a_job_that_cannot_make_its_pods_tries_again_after_seconds() {
    let mut it = StandIn::new(Config::default());
    let quota = json!({"metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}});
    it.create(Kind::ResourceQuota, quota);
    it.create(Kind::Job, job(json!({})));
    let mut tries = Vec::new();
    it.run_watched(std::time::Duration::from_secs(200), |cluster| {
        let refused = cluster.store().list(Kind::Event).filter_map(|(_, event)| match event {
            Object::Event(event) => Some(event.count.unwrap_or(1)),
            _ => None,
        });
        let told = refused.sum::<i32>();
        if tries.last().is_none_or(|(count, _)| *count < told) && told > 0 {
            tries.push((told, cluster.now().as_secs_f64().round()));
        }
    });
    let at: Vec<f64> = tries.iter().map(|(_, at)| *at).collect();
    assert_eq!(at, [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0]);
}

#[test]
fn a_job_without_time_to_live_goes_when_it_is_finished() {
    let mut it = start(json!({"ttlSecondsAfterFinished": 0}));
    let mut seen = Vec::new();
    for pod in it.list(Kind::Pod) {
        let mut pod = pod.clone();
        pod["status"]["phase"] = "Succeeded".into();
        it.act(crate::cluster::Action::UpdateStatus(Object::from_json(Kind::Pod, pod).unwrap()));
    }
    it.run_watched(std::time::Duration::from_secs(10), |cluster| {
        let job = cluster.store().get(&StandIn::key(Kind::Job, "work"));
        let finished = job.is_some_and(|job| job.to_json()["status"]["completionTime"].is_string());
        let here = (job.is_some(), finished);
        if seen.last().is_none_or(|(last, _)| *last != here) {
            seen.push((here, cluster.now()));
        }
    });
    let at = |state| seen.iter().find(|(seen, _)| *seen == state).unwrap().1;
    let late = at((false, false)).since(at((true, true)));
    assert!(late < std::time::Duration::from_millis(100), "{late:?}");
}
