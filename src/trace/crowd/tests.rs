use super::*;
use crate::api::Kind;
use crate::cluster::{Action, Config};
use crate::trace::scene::Stage;

fn web(replicas: u32, image: &str) -> Object {
    let yaml = format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{ name: web, namespace: default }}
spec:
  replicas: {replicas}
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    metadata: {{ labels: {{ app: web }} }}
    spec:
      containers:
        - {{ name: web, image: {image}, readinessProbe: {{ httpGet: {{ path: /, port: 80 }} }} }}
        - {{ name: log, image: 'busybox:1.36', command: [sh, -c, 'sleep 3600'] }}
"
    );
    Object::from_json(Kind::Deployment, serde_yaml::from_str(&yaml).unwrap()).unwrap()
}

/// Seven Pods, updated after half a minute.
fn rollout() -> Run {
    let mut run = Run::new(Config { nodes: 2, ..Config::default() });
    run.act(Time::ZERO, Action::Create(web(7, "nginx:1.26"))).unwrap();
    run.act(Time::from_secs_f64(30.0), Action::Update(web(7, "nginx:1.27"))).unwrap();
    run.run_until(Time::from_secs_f64(120.0));
    run
}

#[test]
fn it_says_of_every_pod_what_its_picture_says() {
    let run = rollout();
    let (mut stage, mut crowd) = (Stage::default(), Crowd::default());
    let mut seen = 0;
    // Forwards, then back, in steps that fit nothing.
    for step in (0..260).chain((0..260).rev()) {
        let at = Time::from_secs_f64(f64::from(step) * 0.437);
        let scene = stage.scene(&run, at);
        crowd.take(&run, at);
        crowd.seek(at);
        assert_eq!(crowd.count(), scene.pods.len(), "at {at:?}");
        for pod in &scene.pods {
            let place = crowd.find(&pod.key).unwrap();
            let look = crowd.look(crowd.state(place)).unwrap();
            assert_eq!((look.tone, &look.word), (pod.tone, &pod.word), "{} at {at:?}", pod.key.name);
            assert_eq!((look.ready, look.total, look.bound), (pod.ready, pod.total, pod.node.is_some()));
            let member = crowd.members().get(place).unwrap();
            assert_eq!(crowd.groups().get(member.group).unwrap().owner, pod.owner);
            assert_eq!(crowd.groups().get(member.group).unwrap().hash, pod.hash);
            seen += 1;
        }
        for node in &scene.nodes {
            let there = scene.pods.iter().filter(|pod| pod.node.as_ref() == Some(&node.name)).count();
            assert_eq!(crowd.held(&node.name), there);
        }
    }
    assert!(seen > 1_000, "{seen}");
}

#[test]
fn nobody_sits_on_anothers_seat() {
    let run = rollout();
    let mut crowd = Crowd::default();
    crowd.take(&run, run.end());
    for step in 0..240 {
        crowd.seek(Time::from_secs_f64(f64::from(step) * 0.5));
        let there =
            (0..crowd.members().len()).filter(|place| crowd.look(crowd.state(*place)).is_some_and(|it| it.bound));
        let mut seats: Vec<_> = there.map(|place| crowd.members().get(place).unwrap().seat.unwrap()).collect();
        let count = seats.len();
        collections::sort(&mut seats);
        seats.dedup();
        assert_eq!(seats.len(), count, "step {step}");
    }
}

#[test]
fn during_a_rollout_the_old_group_shrinks_and_the_new_one_grows() {
    let run = rollout();
    let mut stage = Stage::default();
    stage.hear(&run, run.end());
    let bands = stage.crowd().bands(run.end(), 60);
    let ready = |tally: &Tally| tally.get(Tone::Ready as usize).copied().unwrap_or_default();
    let at = |slice: usize| -> Vec<u32> { bands.iter().map(|band| ready(&band.tallies[slice])).collect() };
    assert_eq!(at(12), [7, 0], "before the update, at 26 s");
    assert_eq!(at(59), [0, 7], "long after it");
    // Which of its ReplicaSets a Deployment has left is part of its picture.
    let scene = stage.scene(&run, run.end());
    let sets: Vec<_> = scene.owners[0].owners.iter().map(|set| (set.old, set.desired)).collect();
    assert_eq!(sets, [(false, 7), (true, 0)]);
    assert_eq!(scene.owners[0].key.kind, Kind::Deployment);
}

#[test]
fn of_many_pods_one_has_a_picture_and_all_are_counted() {
    let mut run = Run::new(Config::default());
    run.act(Time::ZERO, Action::Create(web(60, "nginx:1.27"))).unwrap();
    run.run_until(Time::from_secs_f64(60.0));
    let mut stage = Stage::default();
    let all = stage.scene(&run, run.end());
    assert_eq!((all.pods.len(), all.count(), all.afar()), (60, 60, false));
    let chosen = all.pods.last().unwrap().key.clone();
    let far = stage.view(&run, run.end(), Some(&chosen));
    assert_eq!((far.count(), far.afar()), (60, true));
    assert!(far.pod(&chosen).is_some());
    assert!(far.pods.len() <= 2);
}

#[test]
fn it_goes_on_where_a_run_goes_another_way() {
    let mut run = rollout();
    let mut crowd = Crowd::default();
    crowd.take(&run, run.end());
    for (seconds, seek) in [(90.0, 119.0), (33.0, 2.0), (30.0, 40.0), (0.0, 0.0)] {
        let at = Time::from_secs_f64(seconds);
        crowd.seek(Time::from_secs_f64(seek));
        let replicas = 3 + seconds as u32 % 7;
        run.act(at, Action::Update(web(replicas, "nginx:1.28"))).unwrap();
        run.run_until(Time::from_secs_f64(140.0));
        crowd.cut(&run, at);
        crowd.take(&run, run.end());
        let mut anew = Crowd::default();
        anew.take(&run, run.end());
        for step in 0..70 {
            let at = Time::from_secs_f64(f64::from(step) * 2.0);
            crowd.seek(at);
            anew.seek(at);
            assert_eq!((crowd.count(), crowd.tally(), crowd.bound()), (anew.count(), anew.tally(), anew.bound()));
            for (place, member) in anew.members().iter().enumerate() {
                assert_eq!(crowd.members().get(place).map(|it| (&it.uid, it.seat)), Some((&member.uid, member.seat)));
                assert_eq!(
                    crowd.look(crowd.state(place)),
                    anew.look(anew.state(place)),
                    "{} at {at:?}",
                    member.key.name
                );
            }
        }
    }
}
