use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::stand_in::{StandIn, deployment};
use crate::api::{Kind, Object};
use crate::cluster::{Cluster, Config, Propagation};

fn small() -> Config {
    Config { node_cpu_millis: 100_000, ..Config::default() }
}

fn start(replicas: i32, more: Value) -> StandIn {
    let mut it = StandIn::new(small());
    it.create(Kind::Deployment, deployment(replicas, "v1", more));
    it.run(10);
    it
}

fn set_image(it: &mut StandIn, image: &str) {
    it.change(Kind::Deployment, "web", |web| {
        web["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
    });
}

/// What the Deployment's events say, with its ReplicaSets called A, B, C in the order of their making.
fn events(it: &StandIn) -> Vec<String> {
    let sets = it.list(Kind::ReplicaSet);
    let mut events: Vec<Value> = it.list(Kind::Event);
    events.retain(|event| event["involvedObject"]["kind"] == "Deployment");
    events.sort_by_key(|event| event["metadata"]["name"].as_str().unwrap_or_default().to_owned());
    let letter = |text: &str| {
        sets.iter().zip('A'..).fold(text.to_owned(), |text, (set, letter)| {
            text.replace(set["metadata"]["name"].as_str().unwrap_or("?"), &letter.to_string())
        })
    };
    events.iter().map(|event| letter(event["message"].as_str().unwrap_or_default())).collect()
}

fn condition(it: &StandIn, type_: &str) -> (String, String) {
    let web = it.get(Kind::Deployment, "web");
    let conditions = web["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.iter().find(|condition| condition["type"] == type_).cloned().unwrap_or_default();
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"))
}

#[test]
fn a_new_deployment_gets_its_pods() {
    let it = start(3, json!({}));
    let web = it.get(Kind::Deployment, "web");
    assert_eq!(web["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1");
    assert_eq!(web["metadata"]["generation"], 1);
    let status = &web["status"];
    assert_eq!(status["availableReplicas"], 3);
    assert_eq!(status["terminatingReplicas"], 0);
    assert_eq!(status["unavailableReplicas"], Value::Null);
    let order: Vec<&str> =
        status["conditions"].as_array().unwrap().iter().map(|c| c["type"].as_str().unwrap()).collect();
    assert_eq!(order, ["Available", "Progressing"]);
    assert_eq!(condition(&it, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
    assert_eq!(events(&it), ["Scaled up replica set A from 0 to 3"]);
}

#[test]
fn three_replicas_roll_one_by_one() {
    let mut it = start(3, json!({}));
    set_image(&mut it, "v2");
    it.run(30);
    assert_eq!(
        events(&it)[1..],
        [
            "Scaled up replica set B from 0 to 1",
            "Scaled down replica set A from 3 to 2",
            "Scaled up replica set B from 1 to 2",
            "Scaled down replica set A from 2 to 1",
            "Scaled up replica set B from 2 to 3",
            "Scaled down replica set A from 1 to 0",
        ]
    );
}

#[test]
fn four_replicas_roll_as_recorded() {
    let mut it = start(4, json!({}));
    set_image(&mut it, "v2");
    it.run(30);
    let events = events(&it);
    assert_eq!(
        events[1..4],
        [
            "Scaled up replica set B from 0 to 1",
            "Scaled down replica set A from 4 to 3",
            "Scaled up replica set B from 1 to 2"
        ]
    );
    assert_eq!(events.last().unwrap(), "Scaled down replica set A from 1 to 0", "{events:#?}");
}

#[test]
fn a_broken_image_stops_the_rollout_and_times_out() {
    let mut it = start(4, json!({"progressDeadlineSeconds": 12}));
    set_image(&mut it, "broken");
    it.run(5);
    let web = it.get(Kind::Deployment, "web");
    assert_eq!((&web["status"]["updatedReplicas"], &web["status"]["availableReplicas"]), (&json!(2), &json!(3)));
    assert_eq!(condition(&it, "Progressing"), ("True".into(), "ReplicaSetUpdated".into()));
    it.run(20);
    assert_eq!(condition(&it, "Progressing"), ("False".into(), "ProgressDeadlineExceeded".into()));
    set_image(&mut it, "v1");
    it.run(20);
    assert_eq!(condition(&it, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
    let sets = it.list(Kind::ReplicaSet);
    assert_eq!(sets.len(), 2);
    let first = sets.iter().find(|set| set["spec"]["replicas"] == 4).unwrap();
    let annotations = &first["metadata"]["annotations"];
    assert_eq!(annotations["deployment.kubernetes.io/revision"], "3");
    assert_eq!(annotations["deployment.kubernetes.io/revision-history"], "1");
}

#[test]
fn recreate_waits_for_the_last_old_pod() {
    let mut it = start(3, json!({"strategy": {"type": "Recreate"}}));
    set_image(&mut it, "v2");
    let mut mixed = false;
    it.run_watched(Duration::from_secs(20), |cluster| {
        let mut images: Vec<_> = cluster.store().pods().map(|pod| pod.spec.containers[0].image.clone()).collect();
        images.dedup();
        mixed |= images.len() > 1;
    });
    assert!(!mixed);
    assert_eq!(events(&it)[1..], ["Scaled down replica set A from 3 to 0", "Scaled up replica set B from 0 to 3"]);
}

#[test]
fn pausing_and_scaling() {
    let mut it = start(2, json!({}));
    it.change(Kind::Deployment, "web", |web| web["spec"]["paused"] = true.into());
    set_image(&mut it, "v2");
    it.change(Kind::Deployment, "web", |web| web["spec"]["replicas"] = 5.into());
    it.run(10);
    assert_eq!(condition(&it, "Progressing"), ("Unknown".into(), "DeploymentPaused".into()));
    assert_eq!(it.list(Kind::ReplicaSet).len(), 1);
    assert_eq!(it.get(Kind::Deployment, "web")["status"]["availableReplicas"], 5);
    it.change(Kind::Deployment, "web", |web| web["spec"]["paused"] = false.into());
    it.run(30);
    assert_eq!(condition(&it, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
}

#[test]
fn scaling_in_a_rollout_is_in_proportion() {
    let more = json!({"strategy": {"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}});
    let mut it = start(10, more);
    set_image(&mut it, "broken");
    it.run(5);
    let sizes = |it: &StandIn| -> Vec<i64> {
        it.list(Kind::ReplicaSet).iter().map(|set| set["spec"]["replicas"].as_i64().unwrap()).collect()
    };
    assert_eq!(sizes(&it), [8, 5]);
    it.change(Kind::Deployment, "web", |web| web["spec"]["replicas"] = 15.into());
    it.run_watched(Duration::from_millis(30), |_| {});
    // The documentation's own example: of 5 more the larger gets 3, the smaller 2.
    assert_eq!(sizes(&it), [11, 7]);
}

#[test]
fn old_revisions_are_cleaned_up() {
    let mut it = start(1, json!({"revisionHistoryLimit": 2}));
    for image in ["v2", "v3", "v4", "v5"] {
        set_image(&mut it, image);
        it.run(10);
    }
    assert_eq!(it.list(Kind::ReplicaSet).len(), 3);
}

#[test]
fn deleting_takes_everything_along() {
    for propagation in [Propagation::Background, Propagation::Foreground] {
        let mut it = start(3, json!({}));
        it.delete(Kind::Deployment, "web", propagation);
        it.run(10);
        assert_eq!(
            (it.list(Kind::Deployment).len(), it.list(Kind::ReplicaSet).len(), it.list(Kind::Pod).len()),
            (0, 0, 0)
        );
    }
}

fn counts(cluster: &Cluster) -> (i64, i64) {
    let (mut live, mut ready) = (0, 0);
    for pod in cluster.store().pods().filter(|pod| pod.metadata.deletion_timestamp.is_none()) {
        live += 1;
        let conditions = pod.status.conditions.iter().flatten();
        ready += i64::from(conditions.into_iter().any(|it| it.type_ == "Ready" && it.status == "True"));
    }
    (live, ready)
}

fn asked_for(cluster: &Cluster) -> i64 {
    let sets = cluster.store().list(Kind::ReplicaSet).map(|(_, object)| object.to_json());
    sets.map(|set| set["spec"]["replicas"].as_i64().unwrap_or_default()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Never more Pods asked for than desired and surge, never fewer available ones than desired without those that
    /// may be missing, at any instant of a rollout; and it ends. For a moment there may be one Pod too many: one
    /// ReplicaSet may be quicker to create than another to delete, as in a real cluster.
    #[test]
    fn a_rolling_update_keeps_its_bounds(
        replicas in 1..12i32, surge in 0..4i32, unavailable in 0..4i32, start in 100..3000u64, seed in any::<u64>(),
    ) {
        let mut it = StandIn::new(Config { seed, nodes: 2, ..small() });
        it.start = Duration::from_millis(start);
        let rolling = json!({"strategy": {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}});
        let value = deployment(replicas, "v1", rolling);
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        it.create(Kind::Deployment, value);
        it.run(60);
        let (most, least) = (i64::from(replicas + surge), i64::from((replicas - unavailable).max(0)));
        set_image(&mut it, "v2");
        let mut worst = (0, i64::MAX);
        let mut crowded = None;
        let mut longest = Duration::ZERO;
        it.run_watched(Duration::from_secs(120), |cluster| {
            let (live, ready) = counts(cluster);
            worst = (worst.0.max(asked_for(cluster)), worst.1.min(ready));
            crowded = (live > most).then(|| crowded.unwrap_or(cluster.now()));
            longest = longest.max(crowded.map_or(Duration::ZERO, |since| cluster.now().since(since)));
        });
        prop_assert!(worst.0 <= most && worst.1 >= least, "{worst:?} of {most} and {least}");
        prop_assert!(longest < Duration::from_millis(50), "{longest:?}");
        let old = it.cluster.store().pods().any(|pod| pod.spec.containers[0].image.as_deref() == Some("v1"));
        prop_assert!(!old);
        prop_assert_eq!(counts(&it.cluster), (i64::from(replicas), i64::from(replicas)));
    }
}

#[test]
fn the_same_seed_gives_the_same_objects() {
    let run = |seed| {
        let mut it = StandIn::new(Config { seed, nodes: 3, ..small() });
        it.create(Kind::Deployment, deployment(7, "v1", json!({})));
        it.run(5);
        set_image(&mut it, "v2");
        it.run(20);
        it.cluster.store().iter().map(|(_, object)| object.to_json().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn replicas_without_end_stay_bounded() {
    let mut it = StandIn::new(Config { max_pods: 300, max_waiting: 0, ..small() });
    it.create(Kind::Deployment, deployment(i32::MAX, "v1", json!({})));
    it.run(120);
    assert_eq!(it.list(Kind::Pod).len(), 300);
    let (status, reason) = condition(&it, "ReplicaFailure");
    assert_eq!((status.as_str(), reason.as_str()), ("True", "FailedCreate"));
    let Some(Object::Deployment(_)) = it.cluster.store().get(&StandIn::key(Kind::Deployment, "web")) else { panic!() };
}
