//! The timelines of the situations that a kubelet's book tells: a manifest of `book/`, and beside it, in `snapshots/`,
//! what happens. What a manifest's comments say is done: `# SECONDS COMMAND`, `# until SECONDS`.

use std::path::PathBuf;

use podlab::cluster::Action;
use podlab::kubectl;
use podlab::trace::{Run, timeline};

use crate::scenario::{at, manifest};

/// What a line of comment says, after its number of seconds.
fn perform(run: &mut Run, seconds: f64, words: &str) {
    let node = "node-1".into();
    let action = match words {
        "node down" => Action::NodeDown { node },
        "node up" => Action::NodeUp { node },
        "node short of memory" => Action::NodePressure { node, resource: "memory".into(), pods: 1 },
        command => {
            let command = command.strip_prefix("kubectl ").expect(command);
            let output = run.with_cluster(at(seconds), |cluster| kubectl::run(cluster, command));
            assert_eq!(output.exit_code, 0, "{}", output.stderr);
            return;
        }
    };
    run.act(at(seconds), action).unwrap();
}

/// The timeline of a manifest: rows, events and what the runtime did; states and conditions follow from those.
fn story(name: &str) -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/run/book/{name}.yaml"));
    let text = std::fs::read_to_string(file).unwrap();
    let mut run = manifest(&text, 0);
    for line in text.lines().map_while(|line| line.strip_prefix("# ")) {
        if let Some(seconds) = line.strip_prefix("until ") {
            run.run_until(at(seconds.parse().unwrap()));
        } else if let Some((seconds, words)) = line.split_once(' ')
            && let Ok(seconds) = seconds.parse()
        {
            perform(&mut run, seconds, words);
        }
    }
    let told = |line: &&str| ["row  ", "event", "cri  ", "act  "].iter().any(|what| line.get(11..16) == Some(what));
    timeline(&run).lines().filter(told).map(|line| format!("{line}\n")).collect()
}

macro_rules! stories {
    ($($test:ident: $name:literal;)*) => {
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!($name, story($name));
            }
        )*
    };
}

stories! {
    a_plain_crash_loop: "01-crash-loop";
    init_fails_twice: "02-init-fails-twice";
    init_fails_for_good: "03-never-init-fails";
    a_sidecar_gates: "04-sidecar-startup-gate";
    an_early_sidecar_crashes: "05-early-sidecar-crashes";
    a_sidecar_never_starts: "06-sidecar-never-starts";
    a_sidecar_crashes_later: "07-sidecar-crashes-later";
    a_sidecar_exits_well: "08-sidecar-exits-well";
    a_post_start_hook_hangs: "09-post-start-hangs";
    a_post_start_hook_fails: "10-post-start-fails";
    a_pre_stop_hook_outlasts_the_grace: "11-pre-stop-over-grace";
    sidecars_stop_in_order: "12-ordered-delete";
    the_app_ignores_sigterm: "13-delete-ignored";
    an_app_is_done_before_its_sidecar: "14-job-like";
    liveness_has_its_own_grace: "15-liveness-with-own-grace";
    an_image_cannot_be_pulled: "16-image-cannot-be-pulled";
    all_containers_begin_anew: "17-restart-all-containers";
    one_of_two_apps_fails: "18-on-failure-two-apps";
    liveness_fails_and_nothing_restarts: "19-never-liveness-fails";
    the_sandbox_is_lost: "20-sandbox-lost";
    the_deadline_passes: "21-active-deadline";
    the_node_is_lost: "22-node-lost";
    the_node_evicts: "23-evicted";
}
