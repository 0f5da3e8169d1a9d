//! A program whose words are said outright: how long it runs, how it ends.

use super::process::{ExitReason, ProcessState, ended};
use crate::api::sim::{Exit, Sim};
use crate::cluster::Time;

/// The state of `instance` at `now`, were no signal sent to it.
pub(super) fn advance(sim: &Sim, instance: u32, started: Time, now: Time) -> ProcessState {
    let Some(runs) = sim.runs(instance) else { return ProcessState::Runs { wake: None } };
    let end = started + runs;
    if now < end {
        return ProcessState::Runs { wake: Some(end) };
    }
    match sim.exits(instance) {
        Exit::Code(code) => ended(code, ExitReason::of_code(code), sim.message.clone()),
        Exit::Oom => ended(137, ExitReason::OomKilled, sim.message.clone()),
    }
}
