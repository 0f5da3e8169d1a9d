//! Many Pods and hard cases of their owners: what never comes, what fights, what is lost in the middle. Everything stays
//! bounded, and ends as the real controllers end it.

use std::rc::Rc;
use std::time::Duration;

use podlab::api::{Kind, Object};
use podlab::cluster::{
    Action, ChangeKind, Config, Curve, Happening, Load, ObjectKey, Propagation, RuntimeEvent, RuntimeNote, Time,
};
use podlab::trace::Run;
use podlab::{kubectl, share};
use proptest::prelude::*;
use serde_json::Value;

use crate::scenario::{at, created};

/// A Deployment `name` whose Pods, labelled `app`, do what `sim` says.
fn deployment(name: &str, app: &str, replicas: i64, sim: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  progressDeadlineSeconds: 60
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}, of: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 3
      containers:
      - name: web
        image: present/web
        env: [{{name: SIM, value: '{sim}'}}]
        readinessProbe: {{tcpSocket: {{port: 8080}}, periodSeconds: 1}}
        resources: {{requests: {{cpu: 10m}}}}
"
    )
}

const SERVES: &str = "http=8080@1";

fn run_of(manifest: &str, config: Config) -> Run {
    created(manifest, Config { sim_variables: true, node_cpu_millis: 100_000, ..config })
}

fn nodes(nodes: u32) -> Config {
    Config { nodes, ..Config::default() }
}

fn command(run: &mut Run, seconds: f64, command: &str) -> String {
    let output = run.with_cluster(at(seconds), |cluster| kubectl::run(cluster, command));
    format!("{}{}", output.stdout, output.stderr)
}

fn key(kind: Kind, name: &str) -> ObjectKey {
    ObjectKey::new(kind, "default", name)
}

fn object(run: &Run, kind: Kind, name: &str) -> Value {
    run.cluster().store().get(&key(kind, name)).map(Object::to_json).unwrap_or_default()
}

fn condition(object: &Value, type_: &str) -> (String, String, String) {
    let all = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = all.into_iter().find(|condition| condition["type"] == type_).unwrap_or_default();
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"), text("message"))
}

/// How many Pods were made in all.
fn made(run: &Run) -> usize {
    let added = |what: &Happening| matches!(what, Happening::Changed(change) if change.key.kind == Kind::Pod && change.kind == ChangeKind::Added);
    run.records().iter().filter(|record| added(&record.what)).count()
}

#[test]
fn a_hundred_million_replicas_are_as_many_as_the_simulation_runs() {
    let config = Config { max_pods: 60, max_waiting: 10, ..nodes(2) };
    let mut run = run_of(&deployment("web", "web", 100_000_000, SERVES), config);
    run.run_until(at(600.0));
    let store = run.cluster().store();
    let on_nodes = store.pods().filter(|pod| pod.spec.node_name.is_some()).count();
    assert_eq!((store.pods().count(), on_nodes), (70, 60));
    for pod in store.pods().filter(|pod| pod.spec.node_name.is_none()) {
        let pod = Object::Pod(pod.clone().into()).to_json();
        assert_eq!(pod["status"]["phase"], "Pending");
        let why = "the simulation runs at most 60 Pods: this one waits for another to go";
        assert_eq!(condition(&pod, "PodScheduled"), ("False".into(), "Unschedulable".into(), why.into()));
    }
    let web = object(&run, Kind::Deployment, "web");
    let (status, reason, message) = condition(&web, "ReplicaFailure");
    assert_eq!((status.as_str(), reason.as_str()), ("True", "FailedCreate"));
    assert!(message.ends_with("the simulation holds at most 70 Pods"), "{message}");
    assert_eq!(web["status"]["readyReplicas"], 60);
    let changes = run.records().iter().filter(|record| matches!(record.what, Happening::Changed(_))).count();
    assert!(changes < 3_000, "{changes} changes");
    // Where there is room again, those that wait come first.
    command(&mut run, 600.0, "kubectl scale deployment web --replicas=20");
    run.run_until(at(640.0));
    assert_eq!(object(&run, Kind::Deployment, "web")["status"]["readyReplicas"], 20);
}

#[test]
fn five_hundred_deployments_all_come_up() {
    let manifest: String = (0..500).map(|n| deployment(&format!("d{n}"), &format!("a{n}"), 1, SERVES)).collect();
    let mut run = run_of(&manifest, nodes(6));
    run.run_until(at(120.0));
    let store = run.cluster().store();
    let available = |object: &Object| object.to_json()["status"]["availableReplicas"] == 1;
    assert_eq!(store.list(Kind::Deployment).filter(|(_, it)| available(it)).count(), 500);
    assert_eq!((store.count(Kind::ReplicaSet), store.count(Kind::Pod)), (500, 500));
}

#[test]
fn an_autoscaler_whose_target_never_comes_says_so_and_does_nothing() {
    let mut run = run_of(
        "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 6
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
",
        nodes(1),
    );
    run.run_until(at(3_600.0));
    let web = object(&run, Kind::HorizontalPodAutoscaler, "web");
    assert_eq!(condition(&web, "AbleToScale").1, "FailedGetScale");
    assert_eq!(made(&run), 0);
    assert_eq!(run.cluster().store().count(Kind::Event), 1);
    assert!(run.records().len() < 1_000, "{} records", run.records().len());
}

#[test]
fn a_deployment_that_never_gets_ready_waits_and_says_so() {
    let mut run = run_of(&deployment("web", "web", 4, "run=inf"), nodes(1));
    run.run_until(at(3_600.0));
    let web = object(&run, Kind::Deployment, "web");
    assert_eq!(condition(&web, "Progressing").1, "ProgressDeadlineExceeded");
    assert_eq!(condition(&web, "Available").0, "False");
    assert_eq!(web["status"]["unavailableReplicas"], 4);
    assert_eq!(made(&run), 4);
    // A rollout from there keeps within its bounds, and mends it.
    command(&mut run, 3_600.0, &format!("kubectl set env deployment/web SIM='{SERVES}'"));
    run.run_until(at(3_660.0));
    assert_eq!(object(&run, Kind::Deployment, "web")["status"]["availableReplicas"], 4);
}

#[test]
fn selectors_that_fight_over_pods_leave_each_its_own() {
    let both = deployment("one", "same", 3, SERVES) + &deployment("two", "same", 2, SERVES);
    let mut run = run_of(&both, nodes(1));
    run.run_until(at(60.0));
    let of = |run: &Run, name: &str| object(run, Kind::Deployment, name)["status"]["availableReplicas"].clone();
    assert_eq!((of(&run, "one"), of(&run, "two")), (3.into(), 2.into()));
    let settled = made(&run);
    run.run_until(at(900.0));
    // Nobody takes a Pod from the other, or makes others for those he lost.
    assert_eq!((made(&run), settled), (5, 5));
    // A Pod that is let go belongs to one of them again, and there are as many as both want.
    let pod = run.cluster().store().pods().next().unwrap().name().to_owned();
    command(&mut run, 900.0, &format!("kubectl label pod {pod} app=other --overwrite"));
    run.run_until(at(930.0));
    command(&mut run, 930.0, &format!("kubectl label pod {pod} app=same --overwrite"));
    run.run_until(at(990.0));
    assert_eq!((of(&run, "one"), of(&run, "two")), (3.into(), 2.into()));
    let store = run.cluster().store();
    assert_eq!(store.pods().filter(|pod| pod.metadata.deletion_timestamp.is_none()).count(), 5);
}

#[test]
fn owners_deleted_in_the_middle_of_a_rollout_take_their_pods_with_them_or_leave_them() {
    for propagation in [Propagation::Background, Propagation::Foreground, Propagation::Orphan] {
        let mut run = run_of(&deployment("web", "web", 6, SERVES), nodes(1));
        command(&mut run, 30.0, "kubectl set env deployment/web A=B");
        run.run_until(at(31.5));
        let web = object(&run, Kind::Deployment, "web");
        assert_ne!(web["status"]["updatedReplicas"], 6, "the rollout is under way");
        run.act(at(31.5), Action::Delete { key: key(Kind::Deployment, "web"), grace: None, propagation }).unwrap();
        run.run_until(at(200.0));
        let store = run.cluster().store();
        assert_eq!(store.count(Kind::Deployment), 0);
        let left = (store.count(Kind::ReplicaSet), store.count(Kind::Pod));
        if propagation != Propagation::Orphan {
            assert_eq!(left, (0, 0), "{propagation:?}");
            continue;
        }
        // The two ReplicaSets go on without it, each with what it wanted then.
        assert_eq!(left.0, 2);
        let mut wanted = 0;
        for (_, set) in store.list(Kind::ReplicaSet) {
            let set = set.to_json();
            assert_eq!(set["metadata"].get("ownerReferences"), None);
            assert_eq!(set["status"]["replicas"], set["spec"]["replicas"]);
            wanted += set["spec"]["replicas"].as_u64().unwrap();
        }
        assert_eq!(left.1 as u64, wanted);
    }
}

#[test]
fn a_rollout_ends_without_the_node_that_it_lost() {
    let mut run = run_of(&deployment("web", "web", 9, SERVES), nodes(3));
    command(&mut run, 30.0, "kubectl set env deployment/web A=B");
    run.act(at(32.0), Action::NodeDown { node: "node-2".into() }).unwrap();
    run.run_until(at(900.0));
    let web = object(&run, Kind::Deployment, "web");
    assert_eq!((&web["status"]["updatedReplicas"], &web["status"]["availableReplicas"]), (&9.into(), &9.into()));
    for pod in run.cluster().store().pods().filter(|pod| pod.metadata.deletion_timestamp.is_none()) {
        assert_ne!(pod.spec.node_name.as_deref(), Some("node-2"), "{}", pod.name());
    }
    // What was to be deleted there is gone once the node is back.
    run.act(at(900.0), Action::NodeUp { node: "node-2".into() }).unwrap();
    run.run_until(at(960.0));
    assert_eq!(run.cluster().store().count(Kind::Pod), 9);
}

#[test]
fn a_daemon_that_fails_at_once_is_replaced_ever_more_slowly() {
    let mut run = run_of(
        "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      os: {name: windows}
      containers: [{name: agent, image: present/agent}]
",
        nodes(1),
    );
    run.run_until(at(300.0));
    let mut gone: Vec<f64> = Vec::new();
    for record in run.records() {
        let Happening::Changed(change) = &record.what else { continue };
        if change.key.kind == Kind::Pod && change.kind == ChangeKind::Deleted {
            gone.push(record.at.as_secs_f64());
        }
    }
    let waits: Vec<i64> = gone.windows(2).map(|pair| (pair[1] - pair[0]).round() as i64).collect();
    assert!(waits.starts_with(&[1, 2, 4, 8, 16, 32, 64]), "{waits:?}");
}

#[test]
fn a_link_keeps_what_was_done_to_rollouts_nodes_and_autoscalers() {
    let manifest = deployment("web", "web", 4, SERVES);
    let mut run = run_of(&manifest, nodes(2));
    let created = run.acts().len();
    for (seconds, line) in [
        (20.0, "kubectl set env deployment/web A=B"),
        (22.0, "kubectl rollout pause deployment/web"),
        (30.0, "kubectl rollout resume deployment/web"),
        (60.0, "kubectl rollout undo deployment/web"),
        (90.0, "kubectl cordon node-1"),
        (95.0, "kubectl uncordon node-1"),
        (100.0, "kubectl drain node-2 --ignore-daemonsets --delete-emptydir-data --force"),
        (140.0, "kubectl autoscale deployment web --min=2 --max=5 --cpu=50%"),
        (150.0, "kubectl taint node node-1 a=b:NoSchedule"),
    ] {
        let said = command(&mut run, seconds, line);
        assert!(!said.to_lowercase().contains("error"), "{line}: {said}");
        assert!(run.acts().len() > created, "{line}");
    }
    run.run_until(at(300.0));
    let lines: Vec<String> =
        run.acts().iter().skip(created).map(|act| share::write_act(act.at, &act.action).unwrap()).collect();
    let mut again = run_of(&manifest, nodes(2));
    for line in &lines {
        let (when, action) = share::read_act(line).unwrap();
        let _refused = again.act(when, action);
    }
    again.run_until(at(300.0));
    for kind in [Kind::Deployment, Kind::ReplicaSet, Kind::Pod, Kind::Node, Kind::HorizontalPodAutoscaler] {
        let all = |run: &Run| run.cluster().store().list(kind).map(|(_, it)| it.to_json()).collect::<Vec<Value>>();
        assert!(!all(&run).is_empty(), "{kind:?}");
        assert_eq!(all(&run), all(&again), "{kind:?}");
    }
    let unschedulable = |node: &str| {
        let node = again.cluster().store().get(&ObjectKey::new(Kind::Node, "", node)).unwrap().to_json();
        node["spec"]["unschedulable"] == true
    };
    assert_eq!((unschedulable("node-1"), unschedulable("node-2")), (false, true));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn an_autoscaler_stays_within_its_bounds_at_every_instant(
        least in 1..4_i64, more in 0..5_i64, target in 10..90_u32, loads in proptest::collection::vec(0..900_u32, 1..5),
        begin in 1..9_i64, seed in 0..1_000_u64,
    ) {
        let most = least + more;
        let web = deployment("web", "web", begin, "http=8080@1 capacity=100 cpu=2m");
        let manifest = format!("{web}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: web}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}
  minReplicas: {least}
  maxReplicas: {most}
  metrics: [{{type: Resource, resource: {{name: cpu, target: {{type: Utilization, averageUtilization: {target}}}}}}}]
");
        let mut run = run_of(&manifest, Config { seed, ..nodes(1) });
        for (number, per_second) in loads.iter().enumerate() {
            let target = key(Kind::Service, "web");
            let load = Load { per_second: *per_second, curve: Curve::Steady };
            run.act(at(30.0 + 120.0 * number as f64), Action::SetLoad { target, load }).unwrap();
        }
        run.run_until(at(30.0 + 120.0 * loads.len() as f64 + 400.0));
        let mut scaled = 0;
        for record in run.records() {
            let Happening::Changed(change) = &record.what else { continue };
            match &change.object {
                Object::Deployment(it) => {
                    let replicas = i64::from(it.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1));
                    let own = scaled == 0 && replicas == begin;
                    scaled += u32::from(!own);
                    prop_assert!(own || (least..=most).contains(&replicas), "{replicas} at {:?}", record.at);
                }
                Object::HorizontalPodAutoscaler(it) => {
                    let desired = it.status.as_ref().map_or(0, |status| i64::from(status.desired_replicas));
                    prop_assert!(
                        desired == 0 || (least..=most).contains(&desired),
                        "{desired} wanted at {:?}", record.at
                    );
                }
                _ => {}
            }
        }
        let end = object(&run, Kind::Deployment, "web")["spec"]["replicas"].as_i64().unwrap();
        prop_assert!((least..=most).contains(&end), "{end} at the end");
    }
}

/// What is told of the probes of one Pod.
struct Probes {
    verdicts: Vec<(Time, bool)>,
    /// What its server wrote about them.
    lines: Vec<(Time, Rc<str>)>,
}

fn probes(run: &Run, uid: &str) -> Probes {
    let verdicts = run.records().iter().filter_map(|record| match &record.what {
        Happening::Runtime(RuntimeNote { pod, event: RuntimeEvent::Probed { ok, .. }, .. }) if **pod == *uid => {
            Some((record.at, *ok))
        }
        _ => None,
    });
    let lines = run.logs(uid, "web", run.end()).filter(|(_, line)| line.text.contains("kube-probe"));
    Probes { verdicts: verdicts.collect(), lines: lines.map(|(at, line)| (at, line.text.clone())).collect() }
}

/// A probe that goes as the one before it went is not asked again in a crowd, until something changes; nobody can tell.
#[test]
fn steady_probes_of_a_crowd_end_where_something_changes() {
    ["httpGet", "tcpSocket"].into_iter().for_each(steady);
}

fn steady(handler: &str) {
    let manifest = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: many}
spec:
  replicas: 230
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        readinessProbe: {HANDLER: {port: 80}, periodSeconds: 1}
"
    .replace("HANDLER", handler);
    // Of a connection in which nothing is said the server writes nothing.
    let told = |count: usize| if handler == "httpGet" { count } else { 0 };
    let crowd = || created(&manifest, Config { node_cpu_millis: 100_000, ..nodes(3) });
    let mut run = crowd();
    run.run_until(at(60.0));
    let lives = run.pods();
    for life in &lives {
        let Probes { verdicts, lines } = probes(&run, &life.uid);
        let passed: Vec<Time> = verdicts.iter().filter(|(_, ok)| *ok).map(|(at, _)| *at).collect();
        assert!(passed.len() > 40, "{} passed {} times", life.key.name, passed.len());
        let gaps = passed.windows(2).filter_map(|pair| Some(pair.get(1)?.since(*pair.first()?)));
        assert_eq!(gaps.filter(|gap| *gap != Duration::from_secs(1)).count(), 0);
        // What it wrote it wrote two milliseconds before, with the time that it was.
        assert_eq!(lines.len(), told(passed.len()));
        for ((at, line), answered) in lines.iter().zip(&passed) {
            assert_eq!(answered.since(*at), Duration::from_millis(2));
            let date = at.to_timestamp(run.config().epoch).to_string();
            let clock = date.split_once('T').and_then(|(_, clock)| clock.get(..8)).unwrap();
            assert!(line.contains(&format!(":{clock} +0000]")), "{line} at {date}");
        }
    }

    let (forced, killed, deleted) = (&lives[3], &lives[5], &lives[7]);
    let probe = |passes| Action::ForceProbe {
        pod: forced.key.clone(),
        container: "web".into(),
        probe: "readiness".into(),
        passes,
    };
    let acts = [
        (20.5, probe(Some(false))),
        (21.25, Action::KillContainer { pod: killed.key.clone(), container: "web".into(), exit_code: 1 }),
        (22.75, Action::Delete { key: deleted.key.clone(), grace: None, propagation: Propagation::Background }),
        (40.5, probe(None)),
    ];
    // In the past of a run that is ahead, and once more in a new one.
    let mut again = crowd();
    for (seconds, action) in acts {
        run.act(at(seconds), action.clone()).unwrap();
        again.run_until(at(seconds));
        again.act(at(seconds), action).unwrap();
    }
    run.run_until(at(60.0));
    again.run_until(at(60.0));
    let all = |run: &Run| run.records().iter().map(|record| format!("{record:?}")).collect::<Vec<_>>();
    assert!(all(&run) == all(&again));

    let Probes { verdicts, .. } = probes(&run, &forced.uid);
    let while_forced = |time: &Time| *time > at(20.5) && *time < at(40.5);
    assert!(verdicts.iter().all(|(time, ok)| *time < at(10.0) || *ok != while_forced(time)), "{verdicts:?}");
    assert!(verdicts.iter().filter(|(time, _)| while_forced(time)).count() >= 20);

    let Probes { verdicts, lines } = probes(&run, &killed.uid);
    // It is refused until it listens again.
    let (passed, failed): (Vec<_>, Vec<_>) =
        verdicts.iter().filter(|(time, _)| *time > at(21.25)).partition(|(_, ok)| *ok);
    assert!(passed.len() > 30 && failed.iter().all(|(time, _)| *time < at(24.0)), "{failed:?}");
    assert_eq!(lines.iter().filter(|(time, _)| *time > at(21.25)).count(), told(passed.len()));

    let Probes { verdicts, .. } = probes(&run, &deleted.uid);
    assert!(verdicts.iter().all(|(time, _)| *time < at(23.5)), "{verdicts:?}");
}
