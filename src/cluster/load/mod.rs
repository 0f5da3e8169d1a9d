//! Simulated users: how many requests come to whom, what becomes of them, and what CPU they cost.
//!
//! Requests are a fluid, not a crowd: between two looks the rates are even, so a thousand users cost what one does. A
//! look happens once a second, and ten times a second for a while after something changed (`docs/annotations.md`
//! tells the rules). Nothing is looked at while nobody asks for anything.

mod backend;
mod curve;
mod latency;
mod receivers;
mod room;
mod sample;
pub(super) mod timer;

use std::rc::Rc;

pub use curve::{Curve, Load};
pub(crate) use room::Room;
pub use sample::LoadSample;
pub(crate) use timer::Timer;

/// The CPU that load has cost a container so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    /// The container that answers.
    pub container: Rc<str>,
    /// Thousandths of a core, times seconds.
    pub milli_seconds: f64,
}
