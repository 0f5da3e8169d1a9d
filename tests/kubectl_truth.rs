//! The captures of the real kubectl in `tests/truth/kubectl`, replayed: each block whose state can be rebuilt is run,
//! and must give the same bytes. The numbers may only rise: whoever raises one writes the new one here.
//!
//! A state is a list of objects in `tests/truth/kubectl/state/NAME.json`. The captures do not say when a command was
//! given, so the clock is fitted: a block counts when some second of its hour gives its bytes, no earlier than the
//! block before. A name that was drawn by lot counts for any other.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what should not be")]

mod kubectl_truth {
    pub mod blocks;
    pub mod states;
}

use std::collections::BTreeMap;

use kubectl_truth::blocks::{Block, blocks};
use kubectl_truth::states::{self, State};
use podlab::api::Object;
use podlab::cluster::{Cluster, Config, Time};
use podlab::kubectl;

/// The captures, and how many blocks of each are equal. What differs in the others shows a state of another cluster that
/// the captures do not tell whole; `tests/serve.rs` holds those commands against the real client.
const FLOORS: &[(&str, usize)] = &[
    ("create", 34),
    ("debug", 14),
    ("deploy-basic", 10),
    ("deploy-ops", 35),
    ("deploy-roll", 7),
    ("describe-full", 3),
    ("errors", 61),
    ("events", 10),
    ("explain", 10),
    ("extra", 25),
    ("hpa", 8),
    ("logs", 37),
    ("meta", 22),
    ("misc", 34),
    ("objects", 38),
    ("pods-matrix", 20),
    ("rollout-deadline", 5),
    ("terminating", 4),
    ("top", 12),
];

/// What a block gave.
enum Outcome {
    Equal,
    Differs(String),
    /// Why it cannot be replayed.
    Left(&'static str),
}

type Ran = (String, String, i32);

/// Runs a block on a state at a moment: what it gave, and the objects there are then.
fn run(block: &Block, state: &State, epoch: i64) -> (Ran, Vec<Object>) {
    let epoch = k8s_openapi::jiff::Timestamp::constant(epoch, state.nanos);
    let mut cluster = Cluster::of_objects(Config { epoch, ..Config::default() }, state.objects());
    states::logs(&mut cluster);
    state.measure(&mut cluster);
    let read = |name: &str| states::file(name);
    let (command, pipe) = block.split_pipe();
    let output = kubectl::run_with(&mut cluster, command, &read);
    let objects = cluster.store().iter().map(|(_, object)| object.clone()).collect();
    // What waits is given a minute, in which nothing happens.
    let output = match command.contains(" wait ") {
        true => kubectl::finish(&mut cluster, output, Time::from_secs_f64(60.0)),
        false => output,
    };
    // Such a command was ended by `timeout`.
    let exit_code = if output.follow.is_some() && command.contains(" debug ") { 124 } else { output.exit_code };
    ((block.piped(&output.stdout, pipe), output.stderr, exit_code), objects)
}

fn same(block: &Block, ran: &Ran) -> bool {
    // A pipe's status is its last command's.
    let exit = if block.split_pipe().1.is_some() { block.exit } else { ran.2 };
    block.undrawn(&ran.0) == block.undrawn(&block.stdout) && ran.1 == block.stderr && exit == block.exit
}

/// What there is after a command that drew a name, once it is given the name that was drawn then: what comes after it
/// counts on that.
fn named(block: &Block, state: &State, epoch: i64) -> Option<Vec<Object>> {
    let told = Block { command: states::with_name(block)?, stdout: String::new(), stderr: String::new(), exit: 0 };
    Some(run(&told, state, epoch).1)
}

fn replay(block: &Block, state: &mut State, from: &mut i64) -> Outcome {
    if let Some(why) = states::left(block) {
        return Outcome::Left(why);
    }
    let (first, objects) = run(block, state, *from);
    if same(block, &first) {
        state.go_on(&block.command, named(block, state, *from).unwrap_or(objects));
        return Outcome::Equal;
    }
    if block.differs_in_ages(&first.0) {
        let nanos = state.nanos;
        for epoch in *from..state.until {
            // An age turns within a second too: early in it, and late in it.
            for part in [nanos, 200_000_000] {
                state.nanos = part;
                let (ran, objects) = run(block, state, epoch);
                if same(block, &ran) {
                    *from = epoch;
                    state.nanos = nanos;
                    state.go_on(&block.command, objects);
                    return Outcome::Equal;
                }
            }
        }
        state.nanos = nanos;
    }
    state.go_on(&block.command, objects);
    let (stdout, stderr, exit) = first;
    if states::is_of_a_map(block) && states::same_but_for_order(block, &stdout, &stderr) {
        return Outcome::Left("print the entries of a Go map, whose order is drawn by lot");
    }
    Outcome::Differs(format!("{stdout}[stderr]\n{stderr}[exit {exit}]"))
}

/// Captures of one command each, without a head.
#[test]
fn long_listings_are_equal() {
    let mut cluster = Cluster::of_objects(Config::default(), []);
    for (file, command) in [
        ("explain-pod-recursive", "kubectl explain pod --recursive"),
        ("explain-deploy-recursive", "kubectl explain deployment --recursive"),
    ] {
        let wanted = std::fs::read_to_string(format!("tests/truth/kubectl/{file}.txt")).unwrap();
        let told = kubectl::run_with(&mut cluster, command, &states::file).stdout;
        let differs = wanted.lines().zip(told.lines()).find(|(wanted, told)| wanted != told);
        assert_eq!(differs, None, "{command}");
        assert_eq!(wanted.trim_end(), told.trim_end(), "{command}");
    }
}

#[test]
fn agreement_never_falls() {
    let shown = std::env::var("SHOW").unwrap_or_default();
    let (mut equal_all, mut all) = (0, 0);
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    let mut fallen = Vec::new();
    for (name, floor) in FLOORS {
        let text = std::fs::read_to_string(format!("tests/truth/kubectl/{name}.txt")).unwrap();
        let mut from = states::begin(name);
        let (mut equal, mut count) = (0, 0);
        let mut state = State::of(name);
        for (number, block) in blocks(&text).iter().enumerate() {
            count += 1;
            state.before(name, number);
            match replay(block, &mut state, &mut from) {
                Outcome::Equal => equal += 1,
                Outcome::Left(why) => *left.entry(why).or_default() += 1,
                Outcome::Differs(told) => {
                    *left.entry("differs").or_default() += 1;
                    if shown == *name || shown == "all" {
                        println!(
                            "--- {name} {number}: {}\n<<< wanted\n{}[stderr]\n{}[exit {}]\n>>> told\n{told}\n",
                            block.command, block.stdout, block.stderr, block.exit
                        );
                    }
                }
            }
        }
        println!("{name}: {equal} of {count} blocks are byte-equal");
        if equal < *floor {
            fallen.push(format!("{name}: {equal} are equal, {floor} were"));
        }
        equal_all += equal;
        all += count;
    }
    println!("{equal_all} of {all} blocks are byte-equal; the others:");
    for (why, count) in left {
        println!("  {count} {why}");
    }
    assert!(fallen.is_empty(), "{fallen:?}");
}
