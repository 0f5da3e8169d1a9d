//! A thousand crash-looping Pods for a virtual hour, with all their history.

mod measure;

use std::time::Duration;

use podlab::api::Object;
use podlab::cluster::Happening;

fn main() {
    let before = measure::memory();
    let mut run = measure::run(1_000, "run=2 exit=1", false);
    let (took, ()) = measure::time(|| run.run_until(measure::HOUR));
    measure::say("1,000 crash-looping Pods, 1 hour", took, Duration::from_secs(2));
    let held = measure::memory().saturating_sub(before);
    let statuses = run
        .records()
        .iter()
        .filter(|record| matches!(&record.what, Happening::Changed(change) if matches!(change.object, Object::Pod(_))));
    let (records, statuses) = (run.records().len() as u64, statuses.count() as u64);
    println!("its history: {} MB for {records} records, {statuses} of them versions of Pods", held >> 20);
    println!(
        "a Pod: {} kB; a version of a Pod with all that goes with it: {} B",
        (held / 1_000) >> 10,
        held / statuses
    );
}
