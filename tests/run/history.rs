//! The history of a run: the same whichever way one comes to an instant.

use podlab::api::Kind;
use podlab::cluster::{Action, ObjectKey, Propagation, Record, Time};
use podlab::trace::scene::{Stage, scene};
use podlab::trace::{Progress, Run, lanes, timeline};
use proptest::prelude::*;

use crate::scenario::{at, begin, manifest};

fn delete(name: &str) -> Action {
    let key = ObjectKey::new(Kind::Pod, "default", name);
    Action::Delete { key, grace: Some(3), propagation: Propagation::Background }
}

fn text<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    records.into_iter().map(|record| format!("{record:#?}\n")).collect()
}

#[test]
fn acting_in_the_past_goes_on_from_there() {
    let mut once = begin("app-exit1-always", 1);
    once.run_until(at(20.0));
    once.act(at(20.0), delete("app-exit1-always")).unwrap();
    once.run_until(at(60.0));

    let mut again = begin("app-exit1-always", 1);
    again.run_until(at(200.0));
    again.act(at(90.0), delete("app-exit1-always")).unwrap();
    again.run_until(at(100.0));
    again.act(at(20.0), delete("app-exit1-always")).unwrap();
    assert_eq!(again.end(), at(20.0));
    again.run_until(at(60.0));

    assert_eq!(timeline(&once), timeline(&again));
    assert_eq!(text(once.records()), text(again.records()));
    assert_eq!(once.acts(), again.acts());
}

#[test]
fn replaying_from_any_checkpoint_equals_running_through() {
    let text_of =
        POD.replace("GRACE", "30").replace("POLICY", "Always").replace("periodSeconds: 2", "periodSeconds: 1");
    let mut through = manifest(&text_of.replace("INIT", "2").replace("APP", "400"), 3);
    through.run_until(at(3_600.0));
    // A long run, so that checkpoints are taken and thinned.
    assert!(through.records().len() > 2_500, "{} records", through.records().len());
    for seconds in [1.0, 700.0, 1_800.5, 3_599.0] {
        let mut branch = through.clone();
        branch.act(at(seconds), delete("nobody")).unwrap_err();
        branch.run_until(at(3_600.0));
        let without_act: Vec<Record> = branch
            .records()
            .iter()
            .filter(|record| !format!("{:?}", record.what).contains("nobody"))
            .cloned()
            .collect();
        assert!(text(&without_act) == text(through.records()), "the branch at {seconds} s differs");
    }
}

#[test]
fn slices_make_no_difference() {
    let mut whole = begin("sidecar-gate", 0);
    whole.run_until(at(60.0));
    let mut sliced = begin("sidecar-gate", 0);
    while !sliced.advance(at(60.0), 1) {}
    assert_eq!(text(whole.records()), text(sliced.records()));
}

#[test]
fn the_stage_shows_what_is_made_from_nothing() {
    let mut run = begin("sidecar-crash-after-start", 0);
    run.run_until(at(60.0));
    let mut stage = Stage::default();
    for step in 0..240_u64 {
        // Forwards and backwards.
        let seconds = if step % 2 == 0 { step } else { 240 - step } as f64 / 4.0;
        assert_eq!(stage.scene(&run, at(seconds)), scene(&run, at(seconds)), "at {seconds} s");
    }
}

#[test]
fn the_present_is_the_last_instant_of_the_past() {
    let mut run = begin("sidecar-gate", 0);
    run.run_until(at(30.0));
    for kind in Kind::ALL {
        let past: Vec<_> = run.objects_at(*kind, run.end()).collect();
        let present: Vec<_> = run.cluster().store().list(*kind).collect();
        assert_eq!(past, present);
    }
    assert_eq!(run.objects_at(Kind::Pod, Time::ZERO).count(), 1);
}

#[test]
fn lanes_have_no_gaps_and_steps_go_both_ways() {
    let mut run = begin("init-fail2-always", 0);
    run.run_until(at(60.0));
    let lanes = lanes(&run);
    assert_eq!(lanes.len(), 2);
    for lane in &lanes {
        for pair in lane.spans.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "{}", lane.container);
            assert!((pair[0].tone, &pair[0].word, &pair[0].detail) != (pair[1].tone, &pair[1].word, &pair[1].detail));
        }
        assert_eq!(lane.spans.last().unwrap().to, run.end());
    }
    let mut instants = Vec::new();
    let mut next = run.step_after(Time::ZERO);
    while let Some(instant) = next {
        instants.push(instant);
        next = run.step_after(instant);
    }
    let mut back = vec![*instants.last().unwrap()];
    while let Some(instant) = run.step_before(*back.last().unwrap()).filter(|instant| *instant > Time::ZERO) {
        back.push(instant);
    }
    back.reverse();
    assert_eq!(instants, back);
    assert!(instants.len() > 10);
}

#[test]
fn a_finished_run_is_at_rest_or_repeats() {
    let mut run = begin("app-exit1-never", 0);
    run.run_until(at(3_600.0));
    assert!(matches!(run.progress(), Progress::AtRest | Progress::Repeating), "{:?}", run.progress());
    let mut crashing = begin("app-exit1-always", 0);
    crashing.run_until(at(600.0));
    assert_eq!(crashing.progress(), Progress::Going);
}

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  terminationGracePeriodSeconds: GRACE
  restartPolicy: POLICY
  initContainers:
  - {name: i, image: present/i, env: [{name: SIM, value: 'run=INIT exit=1,0'}]}
  - {name: s, image: present/s, restartPolicy: Always, env: [{name: SIM, value: 'run=40'}]}
  containers:
  - name: a
    image: present/a
    env: [{name: SIM, value: 'run=APP exit=1,0,3 ready=5-9'}]
    readinessProbe: {exec: {command: [probe, ready]}, periodSeconds: 2}
";

fn act(run: &mut Run, number: usize, instant: Time) {
    let pod = ObjectKey::new(Kind::Pod, "default", "p");
    let action = match number {
        0 => delete("p"),
        1 => Action::KillContainer { pod, container: "a".into(), exit_code: 9 },
        2 => Action::KillContainer { pod, container: "s".into(), exit_code: 0 },
        _ => Action::RestartKubelet { node: "node-1".into(), down: std::time::Duration::from_secs(5) },
    };
    let _refused_or_not = run.act(instant, action);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any Pod, any actions in any order of time: two runs give the same bytes, and every picture can be made.
    #[test]
    fn the_same_actions_give_the_same_history(
        seed in 0_u64..9, grace in 0_i64..40, policy in 0_usize..3, init in 0_u32..9, app in 0_u32..30,
        actions in proptest::collection::vec((0_usize..4, 0_u64..120_000_000), 0..5),
    ) {
        let policy = ["Always", "OnFailure", "Never"][policy];
        let text_of = POD.replace("GRACE", &grace.to_string()).replace("POLICY", policy);
        let text_of = text_of.replace("INIT", &init.to_string()).replace("APP", &app.to_string());
        let play = || {
            let mut run = manifest(&text_of, seed);
            for (number, micros) in &actions {
                act(&mut run, *number, Time::from_micros(*micros));
            }
            let end = run.end();
            run.run_until(end.max(at(120.0)));
            run
        };
        let (run, again) = (play(), play());
        prop_assert_eq!(timeline(&run), timeline(&again));
        for seconds in [0.0, 0.5, 3.0, 11.0, 60.0, 120.0, 1e12] {
            let scene = scene(&run, at(seconds));
            for pod in &scene.pods {
                prop_assert!(podlab::trace::why(&run, at(seconds), &pod.key, None).is_some());
                for container in pod.containers() {
                    prop_assert!(podlab::trace::why(&run, at(seconds), &pod.key, Some(&container.name)).is_some());
                }
            }
        }
        lanes(&run);
    }
}
