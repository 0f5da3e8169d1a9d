//! Timelines of recordings' scenarios, as `podlab run` prints them.

use std::process::Command;

use crate::scenario::file;

/// What `podlab run` prints of a recording's scenario.
fn timeline(name: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podlab"));
    let output = command.arg("run").arg("--recording").arg(file(name)).output().unwrap();
    assert!(output.status.success());
    format!("{}{}", String::from_utf8(output.stderr).unwrap(), String::from_utf8(output.stdout).unwrap())
}

macro_rules! timelines {
    ($($test:ident: $name:literal;)*) => {
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!($name, timeline($name));
            }
        )*
    };
}

timelines! {
    app_that_crashes: "app-exit1-always";
    app_that_ends_well: "app-exit0-onfailure";
    app_that_runs_out_of_memory: "app-oom-never";
    init_container_that_fails_twice: "init-fail2-onfailure";
    init_container_that_fails_for_good: "init-fail-never";
    three_init_containers: "init-three-second-fails-once";
    sidecar_that_gates: "sidecar-gate";
    sidecar_that_crashes: "sidecar-crash-after-start";
    sidecars_that_stop_in_reverse: "two-sidecars-delete-order";
    image_that_is_not_there: "image-fail2-then-ok";
    image_that_is_never_pulled: "image-never-missing";
    image_changed: "app-image-change";
    liveness_probe_that_fails: "live-own-grace";
    readiness_probe_that_flaps: "ready-flap";
    startup_probe_that_fails: "startup-fail-never";
    hook_that_fails_after_the_start: "poststart-fail";
    hook_longer_than_the_grace: "prestop-over-grace";
    deletion_that_is_ignored: "delete-ignoreterm";
    deletion_by_force: "delete-force";
    deletion_during_init: "delete-during-init";
    deadline: "deadline-20";
    sandbox_that_fails: "sandbox-fail2";
    restart_of_all_containers: "rules-restart-all";
    no_node_at_first: "unschedulable-then-ok";
    scheduling_gate: "scheduling-gate";
    readiness_gate: "readiness-gate";
    eviction: "evict-api";
    restarted_kubelet: "kr-running";
    resize: "resize-cpu";
}
