//! Looking at instants all over an hour of 100 Pods.

mod measure;

use std::time::Duration;

use podlab::cluster::Time;
use podlab::trace::scene::{Stage, scene};

fn main() {
    let mut run = measure::run(100, "run=20 exit=1", true);
    run.run_until(measure::HOUR);
    let mut stage = Stage::default();
    let instants = (0..400_u64).map(|number| Time::from_micros(number * 2_654_435_761 % 3_600_000_000));
    let (mut afresh, mut kept) = (Vec::new(), Vec::new());
    for at in instants {
        afresh.push(measure::time(|| scene(&run, at)).0);
        kept.push(measure::time(|| stage.scene(&run, at)).0);
    }
    for (what, mut all) in [("seek p95, from nothing", afresh), ("seek p95, from where one was", kept)] {
        all.sort();
        measure::say(what, all[all.len() * 95 / 100], Duration::from_millis(16));
    }
    let nearly = Time::from_secs_f64(3_599.0);
    let mut branch = run.clone();
    let (took, ()) = measure::time(|| branch.with_cluster(nearly, |_| ()));
    measure::say("going back a second to act", took, Duration::from_millis(250));
}
