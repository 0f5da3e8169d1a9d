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

use std::rc::Rc;

pub use curve::{Curve, Load};
pub(crate) use room::{Room, Timer};

use super::{ObjectKey, Time};

/// What became of the requests to one target within a second (or what of it is left where the load changed).
#[derive(Clone, Debug, PartialEq)]
pub struct LoadSample {
    /// To whom they were sent: a Service, an owner of Pods, or a Pod.
    pub target: ObjectKey,
    /// When the second began.
    pub from: Time,
    /// When it ended: when this was noted.
    pub to: Time,
    /// How many requests came.
    pub requests: f64,
    /// How many were answered.
    pub answered: f64,
    /// How many found nobody listening, or were cut off when a Pod went.
    pub refused: f64,
    /// How many gave up waiting.
    pub timed_out: f64,
    /// Half of the answers came within this many seconds; none where there were no answers.
    pub latency_p50: Option<f64>,
    /// 95 of 100 answers came within this many seconds.
    pub latency_p95: Option<f64>,
    /// The CPU that the Pods behind it used for their answers, in thousandths of a core.
    pub cpu_millis: f64,
    /// How many Pods requests were sent to.
    pub receivers: u32,
    /// How many of them listened.
    pub listening: u32,
}

impl LoadSample {
    /// The requests that were not answered.
    pub fn errors(&self) -> f64 {
        self.refused + self.timed_out
    }

    /// How long the time is that it tells of, in seconds.
    pub fn seconds(&self) -> f64 {
        self.to.since(self.from).as_secs_f64()
    }
}

/// The CPU that load has cost a container so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    /// The container that answers.
    pub container: Rc<str>,
    /// Thousandths of a core, times seconds.
    pub milli_seconds: f64,
}
