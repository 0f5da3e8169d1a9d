//! One Pod for a virtual hour: a server, and one with probes.

mod measure;

use std::time::Duration;

fn main() {
    for (what, probe) in [("1 Pod, 1 hour", false), ("1 Pod with a readiness probe, 1 hour", true)] {
        let took = measure::median(21, || measure::run(1, "run=inf http=8080", probe).run_until(measure::HOUR));
        measure::say(what, took, Duration::from_millis(5));
    }
}
