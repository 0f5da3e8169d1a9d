//! The READY, STATUS and RESTARTS cells of `kubectl get pods` against the captured matrix of 49 states of a Pod.

use podlab::api::{Kind, Object, table};
use serde_json::Value;

#[test]
fn every_row_of_the_matrix_reads_as_the_server_prints_it() {
    let inputs: Vec<Value> = serde_json::from_str(include_str!("truth/kubectl/pods-matrix.json")).unwrap();
    let capture = include_str!("truth/kubectl/pods-matrix.txt");
    let rows = capture.lines().skip(2).take_while(|line| !line.starts_with('['));
    let mut compared = 0;
    for row in rows {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let name = cells[0];
        let input =
            inputs.iter().find(|input| input["pod"]["metadata"]["name"] == name).expect("each row has an input");
        let mut pod = input["pod"].clone();
        pod["status"] = input["status"].clone();
        if name.starts_with('f') {
            // These were deleted once they had been made.
            pod["metadata"]["deletionTimestamp"] = Value::from("2026-11-23T05:15:00Z");
        }
        let Object::Pod(pod) = Object::from_json(Kind::Pod, pod).unwrap() else { unreachable!() };
        let told = table::pod_row(&pod);
        assert_eq!(
            [told.ready_cell(), told.status, told.restarts.to_string()],
            [cells[1], cells[2], cells[3]],
            "{name}"
        );
        compared += 1;
    }
    assert!(compared >= 47, "{compared} rows");
}
