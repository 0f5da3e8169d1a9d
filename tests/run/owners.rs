//! Controllers that act by the clock or by numbers: CronJobs, autoscalers, budgets; and what must hold whatever happens.

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, ChangeKind, Config, Curve, Happening, Load, ObjectKey};
use podlab::kubectl;
use podlab::trace::Run;
use proptest::prelude::*;
use serde_json::Value;

use crate::scenario::{at, created};

fn run_of(manifest: &str, nodes: u32) -> Run {
    let config = Config { sim_variables: true, nodes, node_cpu_millis: 100_000, ..Config::default() };
    created(manifest, config)
}

fn command(run: &mut Run, seconds: f64, command: &str) -> String {
    let output = run.with_cluster(at(seconds), |cluster| kubectl::run(cluster, command));
    format!("{}{}", output.stdout, output.stderr)
}

fn object(run: &Run, kind: Kind, name: &str, seconds: f64) -> Value {
    run.object_at(&ObjectKey::new(kind, "default", name), at(seconds)).map(|it| it.to_json()).unwrap_or_default()
}

/// `reason: message` of the events about `kind`, in order, each with its second.
fn events(run: &Run, kind: &str) -> Vec<(u64, String)> {
    let mut told = Vec::new();
    for record in run.records() {
        let Happening::Changed(change) = &record.what else { continue };
        if change.key.kind != Kind::Event || change.kind == ChangeKind::Deleted {
            continue;
        }
        let event = change.object.to_json();
        if event["involvedObject"]["kind"] == kind {
            let text = format!("{}: {}", event["reason"].as_str().unwrap(), event["message"].as_str().unwrap());
            told.push((record.at.as_micros() / 1_000_000, text));
        }
    }
    told
}

const CRON: &str = "
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: '* * * * *'
  concurrencyPolicy: POLICY
  successfulJobsHistoryLimit: 2
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: app, image: present/app, env: [{name: SIM, value: run=SECONDS}]}]
";

fn cron(policy: &str, seconds: u32) -> Run {
    run_of(&CRON.replace("POLICY", policy).replace("SECONDS", &seconds.to_string()), 1)
}

#[test]
fn a_cron_job_makes_a_job_every_minute_and_keeps_the_last_two() {
    let mut run = cron("Allow", 5);
    run.run_until(at(250.0));
    let first = 1_767_225_600 / 60 + 1;
    let made: Vec<(u64, String)> =
        events(&run, "CronJob").into_iter().filter(|(_, text)| text.starts_with("SuccessfulCreate")).collect();
    let wanted =
        (0..4).map(|minute| (60 * (minute + 1), format!("SuccessfulCreate: Created job tick-{}", first + minute)));
    assert_eq!(made, wanted.collect::<Vec<_>>());
    let jobs: Vec<String> = run.objects_at(Kind::Job, at(250.0)).map(|(key, _)| key.name.to_string()).collect();
    assert_eq!(jobs, [format!("tick-{}", first + 2), format!("tick-{}", first + 3)]);
    let cron = object(&run, Kind::CronJob, "tick", 250.0);
    assert_eq!(cron["status"]["lastScheduleTime"], "2026-01-01T00:04:00Z");
    assert_eq!(cron["status"]["active"], Value::Null);
    let job = object(&run, Kind::Job, &jobs[0], 250.0);
    let stamp = &job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"];
    assert_eq!(*stamp, "2026-01-01T00:03:00Z");
    let told = events(&run, "CronJob");
    assert!(
        told.iter()
            .any(|(_, text)| *text == format!("SawCompletedJob: Saw completed job: tick-{first}, condition: Complete"))
    );
    assert!(told.iter().any(|(_, text)| *text == format!("SuccessfulDelete: Deleted job tick-{first}")));
}

#[test]
fn what_may_not_run_at_once_waits_or_is_replaced() {
    let mut run = cron("Forbid", 90);
    run.run_until(at(130.0));
    let told = events(&run, "CronJob");
    let words =
        "JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid";
    assert!(told.contains(&(120, words.to_owned())), "{told:?}");
    assert_eq!(run.objects_at(Kind::Job, at(130.0)).count(), 1);
    let mut run = cron("Replace", 90);
    run.run_until(at(130.0));
    let told: Vec<String> = events(&run, "CronJob").into_iter().map(|(_, text)| text).collect();
    assert!(told.iter().any(|text| text.starts_with("SuccessfulDelete: Deleted job tick-")), "{told:?}");
    assert_eq!(run.objects_at(Kind::Job, at(130.0)).count(), 1);
}

#[test]
fn a_suspended_cron_job_does_nothing_until_it_is_resumed() {
    let mut run = cron("Allow", 5);
    command(&mut run, 10.0, "kubectl patch cronjob tick -p '{\"spec\":{\"suspend\":true}}'");
    run.run_until(at(200.0));
    assert_eq!(run.objects_at(Kind::Job, at(200.0)).count(), 0);
    // What was missed meanwhile is made up for once.
    command(&mut run, 200.0, "kubectl patch cronjob tick -p '{\"spec\":{\"suspend\":false}}'");
    run.run_until(at(210.0));
    let jobs: Vec<String> = run.objects_at(Kind::Job, at(210.0)).map(|(key, _)| key.name.to_string()).collect();
    assert_eq!(jobs, [format!("tick-{}", 1_767_225_600 / 60 + 3)]);
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - name: web
        image: present/web
        env: [{name: SIM, value: 'http=8080@1 capacity=100 cpu=2m'}]
        ports: [{containerPort: 8080}]
        readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
        resources: {requests: {cpu: 100m}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

const AUTOSCALER: &str = "
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 6
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
";

fn send(run: &mut Run, seconds: f64, per_second: u32) {
    let target = ObjectKey::new(Kind::Service, "default", "web");
    let load = Load { per_second, curve: Curve::Steady };
    run.act(at(seconds), Action::SetLoad { target, load }).unwrap();
}

#[test]
fn an_autoscaler_follows_the_load_up_and_after_five_minutes_down() {
    let mut run = run_of(&format!("{WEB}{AUTOSCALER}"), 1);
    send(&mut run, 60.0, 200);
    run.run_until(at(300.0));
    // 200 requests a second are 400m; two Pods request 200m: 200 % against 50 %.
    let told = events(&run, "HorizontalPodAutoscaler");
    let rescaled: Vec<&str> =
        told.iter().map(|(_, text)| text.as_str()).filter(|text| text.starts_with("SuccessfulRescale")).collect();
    let why = "reason: cpu resource utilization (percentage of request) above target";
    assert_eq!(
        rescaled,
        [format!("SuccessfulRescale: New size: 4; {why}"), format!("SuccessfulRescale: New size: 6; {why}")]
    );
    let web = object(&run, Kind::Deployment, "web", 300.0);
    assert_eq!(web["spec"]["replicas"], 6);
    let hpa = object(&run, Kind::HorizontalPodAutoscaler, "web", 300.0);
    assert_eq!(hpa["status"]["currentReplicas"], 6);
    let usage = hpa["status"]["currentMetrics"][0]["resource"]["current"]["averageUtilization"].as_i64().unwrap();
    assert!((65..=70).contains(&usage), "{usage}");
    send(&mut run, 300.0, 0);
    run.run_until(at(900.0));
    assert_eq!(object(&run, Kind::Deployment, "web", 500.0)["spec"]["replicas"], 6);
    assert_eq!(object(&run, Kind::Deployment, "web", 900.0)["spec"]["replicas"], 2);
    let told = events(&run, "HorizontalPodAutoscaler");
    assert!(told.iter().any(|(_, text)| text == "SuccessfulRescale: New size: 2; reason: All metrics below target"));
}

#[test]
fn an_autoscaler_without_metrics_or_target_says_so() {
    let custom = AUTOSCALER.replace(
        "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}",
        "{type: Pods, pods: {metric: {name: queue}, target: {type: AverageValue, averageValue: 5}}}",
    );
    let mut run = run_of(&format!("{WEB}{custom}"), 1);
    run.run_until(at(40.0));
    let cause = "unable to get metric queue: unable to fetch metrics from custom metrics API: no custom metrics API \
                 (custom.metrics.k8s.io) registered";
    let told = events(&run, "HorizontalPodAutoscaler");
    assert_eq!(told[0].1, format!("FailedGetPodsMetric: {cause}"));
    let all = format!("invalid metrics (1 invalid out of 1), first error is: failed to get pods metric value: {cause}");
    assert_eq!(told[1].1, format!("FailedComputeMetricsReplicas: {all}"));
    let conditions = &object(&run, Kind::HorizontalPodAutoscaler, "web", 40.0)["status"]["conditions"];
    assert_eq!(conditions[1]["reason"], "FailedGetPodsMetric");
    assert_eq!(conditions[1]["status"], "False");

    let mut run = run_of(AUTOSCALER, 1);
    run.run_until(at(40.0));
    let told = events(&run, "HorizontalPodAutoscaler");
    assert_eq!(told[0].1, "FailedGetScale: deployments/scale.apps \"web\" not found");
}

const BUDGET: &str = "
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
";

#[test]
fn a_budget_lets_one_go_at_a_time() {
    let mut run = run_of(&format!("{WEB}{BUDGET}"), 1);
    run.run_until(at(20.0));
    let budget = object(&run, Kind::PodDisruptionBudget, "web", 20.0);
    let status = &budget["status"];
    let numbers =
        ["expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed"].map(|it| status[it].clone());
    assert_eq!(numbers, [2, 2, 1, 1].map(Value::from));
    assert_eq!(status["conditions"][0]["reason"], "SufficientPods");
    let pods: Vec<ObjectKey> = run.objects_at(Kind::Pod, at(20.0)).map(|(key, _)| key.clone()).collect();
    let evict = |run: &mut Run, seconds: f64, pod: &ObjectKey| {
        run.act(at(seconds), Action::Evict { key: pod.clone(), grace: None }).map(|_| ()).map_err(|error| error.code)
    };
    assert_eq!(evict(&mut run, 20.0, &pods[0]), Ok(()));
    assert_eq!(evict(&mut run, 20.0, &pods[1]), Err(429));
    assert_eq!(evict(&mut run, 20.5, &pods[1]), Err(429));
    // Its successor is ready some seconds later.
    assert_eq!(evict(&mut run, 30.0, &pods[1]), Ok(()));
}

#[test]
fn claims_go_with_replicas_where_the_set_says_so() {
    let manifest = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: present/db, volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";
    let mut run = run_of(manifest, 1);
    let claims = |run: &Run, seconds: f64| -> Vec<String> {
        run.objects_at(Kind::PersistentVolumeClaim, at(seconds)).map(|(key, _)| key.name.to_string()).collect()
    };
    run.run_until(at(30.0));
    assert_eq!(claims(&run, 30.0), ["data-db-0", "data-db-1"]);
    command(&mut run, 30.0, "kubectl scale statefulset db --replicas=1");
    run.run_until(at(90.0));
    assert_eq!(claims(&run, 90.0), ["data-db-0"]);
    command(&mut run, 90.0, "kubectl delete statefulset db");
    run.run_until(at(180.0));
    assert_eq!(claims(&run, 180.0), ["data-db-0"]);
}

#[test]
fn indexes_that_fail_wait_each_for_itself() {
    let manifest = "
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  completions: 2
  parallelism: 2
  completionMode: Indexed
  backoffLimitPerIndex: 1
  template:
    spec:
      restartPolicy: Never
      containers: [{name: app, image: present/app, env: [{name: SIM, value: 'run=2 exit=1'}]}]
";
    let mut run = run_of(manifest, 1);
    run.run_until(at(60.0));
    let mut made: Vec<(u64, String)> = Vec::new();
    for record in run.records() {
        let Happening::Changed(change) = &record.what else { continue };
        if let (ChangeKind::Added, Some(pod)) = (change.kind, change.object.as_pod()) {
            let annotations = pod.metadata.annotations.clone().unwrap_or_default();
            let say = |name: &str| annotations.get(&format!("batch.kubernetes.io/{name}")).cloned().unwrap_or_default();
            let text = format!("{} after {}", say("job-completion-index"), say("job-index-failure-count"));
            made.push((record.at.as_micros() / 1_000_000, text));
        }
    }
    // The second Pod of an index comes ten seconds after the first one ended.
    let words: Vec<&str> = made.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(words, ["0 after 0", "1 after 0", "0 after 1", "1 after 1"], "{made:?}");
    assert!(made[2].0 >= 12 && made[2].0 <= 16, "{made:?}");
    let job = object(&run, Kind::Job, "work", 60.0);
    assert_eq!(job["status"]["failedIndexes"], "0,1");
    assert_eq!(job["status"]["failed"], 4);
    let last = job["status"]["conditions"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["type"].as_str(), last["reason"].as_str()), (Some("Failed"), Some("FailedIndexes")));
}

/// What a rolling update promises: how many are available at least, and how many there are at most.
fn promises(replicas: i32, surge: i32, unavailable: i32) -> (i32, i32) {
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable.min(replicas) };
    (replicas - unavailable, replicas + surge)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_rolling_update_keeps_its_promises_at_every_instant(
        replicas in 1..9_i32, surge in 0..4_i32, unavailable in 0..4_i32, starts in 0..6_u32, stops in 0..8_u32,
        min_ready in 0..4_i32, breaks in any::<bool>(), seed in 0..1_000_u64,
    ) {
        let manifest = format!("
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  minReadySeconds: {min_ready}
  strategy: {{type: RollingUpdate, rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: web
        image: present/web
        env: [{{name: SIM, value: 'http=8080@{starts} term={stops}:0'}}]
        readinessProbe: {{tcpSocket: {{port: 8080}}, periodSeconds: 1}}
");
        prop_assume!(surge > 0 || unavailable > 0);
        let (least, most) = promises(replicas, surge, unavailable);
        let mut run = created(&manifest, Config { seed, sim_variables: true, node_cpu_millis: 100_000, ..Config::default() });
        let image = if breaks { "fail/web" } else { "present/web2" };
        command(&mut run, 60.0, &format!("kubectl set image deployment/web web={image}"));
        run.run_until(at(300.0));
        // Walks through every change of a ReplicaSet and of a Pod after the first rollout.
        let mut sets: std::collections::BTreeMap<String, i32> = std::collections::BTreeMap::new();
        let mut pods: std::collections::BTreeMap<String, (bool, bool)> = std::collections::BTreeMap::new();
        let (mut lowest, mut over) = (i32::MAX, None);
        for record in run.records() {
            let Happening::Changed(change) = &record.what else { continue };
            if let Object::ReplicaSet(set) = &change.object {
                let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
                sets.insert(change.key.name.to_string(), wanted);
                let wanted: i32 = sets.values().sum();
                prop_assert!(wanted <= most, "{wanted} Pods wanted at {:?}, {most} at most", record.at);
            }
            let Some(pod) = change.object.as_pod() else { continue };
            let going = pod.metadata.deletion_timestamp.is_some();
            let ready = pod.status.conditions.iter().flatten().any(|it| it.type_ == "Ready" && it.status == "True");
            match change.kind {
                ChangeKind::Deleted => _ = pods.remove(pod.name()),
                _ => _ = pods.insert(pod.name().to_owned(), (ready && !going, !going)),
            }
            let there = i32::try_from(pods.values().filter(|(_, there)| *there).count()).unwrap();
            // One ReplicaSet may make its Pod a moment before the other one deletes its own: each acts by itself.
            over = (there > most).then(|| over.unwrap_or(record.at));
            let long = over.is_some_and(|since| record.at.since(since).as_millis() > 100);
            prop_assert!(!long, "{there} Pods at {:?}, {most} at most", record.at);
            if record.at > at(60.0) {
                let ready = i32::try_from(pods.values().filter(|(ready, _)| *ready).count()).unwrap();
                lowest = lowest.min(ready);
                prop_assert!(ready >= least, "{ready} ready at {:?}, {least} at least", record.at);
            }
        }
        prop_assert!(lowest <= replicas, "the update was seen");
    }

    #[test]
    fn no_pod_outlives_its_owners_unless_it_was_let_go(
        replicas in 1..6_i32, acts in proptest::collection::vec((0..5_usize, 1..30_u32), 1..6),
    ) {
        let mut run = run_of(&WEB.replace("replicas: 2", &format!("replicas: {replicas}")), 2);
        let mut now = 15.0;
        for (act, wait) in acts {
            let words = match act {
                0 => "kubectl delete deployment web --wait=false",
                1 => "kubectl set env deployment/web A=B",
                2 => "kubectl scale deployment web --replicas=4",
                3 => "kubectl delete replicaset --all --wait=false",
                _ => "kubectl delete pod --all --wait=false",
            };
            command(&mut run, now, words);
            now += f64::from(wait);
        }
        run.run_until(at(now + 120.0));
        let store = run.cluster().store();
        for pod in store.pods() {
            for owner in pod.metadata.owner_references.iter().flatten() {
                let set = store.get(&ObjectKey::new(Kind::ReplicaSet, "default", &owner.name));
                let lives = set.is_some_and(|set| set.metadata().uid.as_deref() == Some(owner.uid.as_str()));
                prop_assert!(lives, "{} has lost its owner", pod.name());
            }
        }
        let gone = store.list(Kind::Deployment).count() == 0;
        prop_assert!(!gone || store.pods().count() == 0, "Pods of a Deployment that is gone");
    }
}

/// A CronJob with another schedule is due at the next time of that one, not at one that is past.
#[test]
fn another_schedule_begins_with_its_next_time() {
    let mut run = cron("Allow", 5);
    let mut value = object(&run, Kind::CronJob, "tick", 0.0);
    value["spec"]["schedule"] = "0 0 1 1 *".into();
    let update = |value: &Value| Action::Update(Object::from_json(Kind::CronJob, value.clone()).unwrap());
    run.act(at(1.0), update(&value)).unwrap();
    run.run_until(at(330.0));
    let mut value = object(&run, Kind::CronJob, "tick", 330.0);
    value["spec"]["schedule"] = "*/2 * * * *".into();
    run.act(at(330.0), update(&value)).unwrap();
    run.run_until(at(359.0));
    assert_eq!(run.objects_at(Kind::Job, run.end()).count(), 0);
    run.run_until(at(362.0));
    assert_eq!(run.objects_at(Kind::Job, run.end()).count(), 1);
}

#[test]
fn a_job_that_is_not_kept_is_told_of_all_the_same() {
    let mut run = cron("Allow", 5);
    let mut value = object(&run, Kind::CronJob, "tick", 0.0);
    value["spec"]["successfulJobsHistoryLimit"] = 0.into();
    run.act(at(1.0), Action::Update(Object::from_json(Kind::CronJob, value).unwrap())).unwrap();
    run.run_until(at(110.0));
    assert_eq!(run.objects_at(Kind::Job, run.end()).count(), 0);
    assert!(object(&run, Kind::CronJob, "tick", 110.0)["status"]["lastSuccessfulTime"].is_string());
}

#[test]
fn stateful_and_daemon_sets_have_a_history_and_go_back_in_it() {
    for kind in ["StatefulSet", "DaemonSet"] {
        let manifest = format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  \
             template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: app, image: present/a}}]}}\n"
        );
        let lower = kind.to_lowercase();
        let mut run = run_of(&manifest, 1);
        let undo = format!("kubectl rollout undo {lower} web");
        assert_eq!(command(&mut run, 10.0, &undo), "error: no last revision to roll back to\n");
        command(&mut run, 20.0, &format!("kubectl set image {lower} web app=present/b"));
        let history = format!("kubectl rollout history {lower} web");
        let rows = |text: &str| text.lines().skip(2).filter_map(|line| line.chars().next()).collect::<String>();
        assert_eq!(rows(&command(&mut run, 40.0, &history)), "12");
        assert!(command(&mut run, 41.0, &format!("{history} --revision=1")).contains("present/a"));
        assert_eq!(
            command(&mut run, 42.0, &format!("{undo} --to-revision=7")),
            "error: unable to find specified revision 7 in history\n"
        );
        assert_eq!(command(&mut run, 50.0, &undo), format!("{lower}.apps/web rolled back\n"));
        assert_eq!(rows(&command(&mut run, 60.0, &history)), "23");
        let set = object(&run, if kind == "DaemonSet" { Kind::DaemonSet } else { Kind::StatefulSet }, "web", 70.0);
        assert_eq!(set["spec"]["template"]["spec"]["containers"][0]["image"], "present/a");
    }
}
