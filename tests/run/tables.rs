//! The rows of Pods, printed from the recordings' own statuses, against the rows the real server printed.

use podlab::api::{Kind, Object, table};
use serde_json::json;

use crate::scenario::recording;

/// Recordings of one bare Pod, of every sort of state.
const NAMES: &[&str] = &[
    "app-exit1-always",
    "app-oom-never",
    "app-two-never",
    "app-two-onfailure",
    "app-starterr",
    "cm-env-missing",
    "deadline-crashloop",
    "delete-ignoreterm",
    "delete-onfailure-term0",
    "image-fail-always",
    "init-fail2-always",
    "init-failforever-onfailure",
    "init-oom-always",
    "live-fail-repeat",
    "long-sidecar-exit0",
    "oom-sidecar",
    "poststart-fail",
    "ready-flap",
    "readiness-gate",
    "rules-restart-all",
    "scheduling-gate",
    "sidecar-crash-after-start",
    "sidecar-gate",
    "sidecar-never-ready",
    "sidecar-never-startup",
    "two-sidecars-delete-order",
];

#[test]
fn rows_are_what_the_server_prints() {
    let mut compared = 0;
    for name in NAMES {
        let recording = recording(name);
        let manifest = podlab::kubectl::read_objects(recording["manifest"].as_str().unwrap()).unwrap();
        let Object::Pod(written) = &manifest[0] else { panic!("{name} is no Pod") };
        let mut printed: Vec<[String; 3]> = Vec::new();
        for change in recording["pod_watch"].as_array().unwrap() {
            let status = json!({"metadata": change["metadata"], "status": change["status"]});
            let Object::Pod(state) = Object::from_json(Kind::Pod, status).unwrap() else { panic!() };
            let pod = podlab::api::Pod { spec: written.spec.clone(), ..state.as_ref().clone() };
            let row = table::pod_row(&pod);
            let cells = [row.ready_cell(), row.status, row.restarts.to_string()];
            if printed.last() != Some(&cells) {
                printed.push(cells);
            }
        }
        let mut expected: Vec<[String; 3]> = Vec::new();
        for row in recording["get_rows"].as_array().unwrap() {
            let cell = |name: &str| row[name].as_str().unwrap().to_owned();
            let restarts = cell("RESTARTS").split(' ').next().unwrap().to_owned();
            let cells = [cell("READY"), cell("STATUS"), restarts];
            if expected.last() != Some(&cells) {
                expected.push(cells);
            }
        }
        assert_eq!(printed, expected, "{name}");
        compared += expected.len();
    }
    assert!(compared > 150, "{compared}");
}
