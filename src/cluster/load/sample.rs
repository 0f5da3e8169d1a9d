//! What became of requests.

use crate::cluster::{ObjectKey, Time};

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
