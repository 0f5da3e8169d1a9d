//! How fast the judge is: bytes a second over the truth set, and its time against that of reading the YAML alone (the
//! goal is three times), without and with the fixes it proposes and tries.
//!
//! `cargo bench --profile native --bench judge`. Without `--bench` (as `cargo test --all-targets` starts it) it runs
//! each measurement once, to see that it works.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark may stop, and prints round numbers")]

#[path = "../tests/support/cases.rs"]
mod cases;

use std::hint::black_box;
use std::time::{Duration, Instant};

use podlab::manifest::{check_dry_run, check_without_fixes};
use podlab::yaml::{Values, split, terminated};

/// A way to go through one text.
type Work = fn(&str);

fn scan(text: &str) {
    black_box(split(&terminated(text)));
}

fn values(text: &str) {
    let text = terminated(text);
    for document in &split(&text) {
        let _ = black_box(Values::resolve(&document.tree));
    }
}

fn judge(text: &str) {
    black_box(check_without_fixes(text, "case.yaml"));
}

fn mend(text: &str) {
    black_box(check_dry_run(text, "case.yaml"));
}

/// The best of several times: what disturbs can only make it longer.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn best(texts: &[String], rounds: usize, work: Work) -> Duration {
    let once = || {
        let start = Instant::now();
        texts.iter().for_each(|text| work(text));
        start.elapsed()
    };
    (0..rounds).map(|_| once()).min().unwrap()
}

fn main() {
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 15 } else { 1 };
    let all = cases::all();
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
        all.iter().filter(|case| wanted(case["stage"].as_str().unwrap())).map(cases::text_of).collect()
    };
    let accepted = of(&|stage| stage == "ok");
    // One text of 200 lines and one of 2,000, as they are edited.
    let long = |count: usize| {
        let one = accepted.iter().find(|text| text.lines().count() > 18 && text.ends_with('\n')).unwrap();
        vec![(0..count).map(|_| format!("---\n{one}")).collect::<String>()]
    };
    let sets = [
        ("accepted", accepted.clone()),
        ("refused", of(&|stage| stage != "ok")),
        ("some 200 lines", long(10)),
        ("some 2,000 lines", long(100)),
    ];
    let head = ["read", "values", "judged", "with fixes"].map(|name| format!("{name:>11} {:>6}", "")).concat();
    println!("{:18} {:>7} {head}", "texts", "kB");
    for (name, texts) in &sets {
        let bytes: usize = texts.iter().map(String::len).sum();
        let times = [scan as Work, values, judge, mend].map(|work| best(texts, rounds, work));
        let against = |time: Duration| time.as_secs_f64() / times[0].as_secs_f64();
        let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
        let shown = times.map(|time| format!("{:>6.1} MB/s {:>5.2}x", speed(time), against(time))).concat();
        println!("{name:18} {:>7} {shown}", bytes / 1000);
    }
}
