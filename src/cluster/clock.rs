//! Virtual time: instants, the way Go prints durations, and the queue of what is due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::{Add, Sub};
use std::time::Duration;

use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// A virtual instant: microseconds since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// When the run begins.
    pub const ZERO: Time = Time(0);
    /// Later than anything that ever happens.
    pub const END: Time = Time(u64::MAX);

    /// The instant `micros` microseconds after the beginning.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The instant `seconds` virtual seconds after the beginning; what is negative or no number is the beginning.
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self((seconds.max(0.0) * 1e6).round() as u64)
    }

    /// Microseconds since the beginning.
    pub fn as_micros(self) -> u64 {
        self.0
    }

    /// Virtual seconds since the beginning.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// How long ago `earlier` was; zero where it lies ahead.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The date this instant shows on a clock that read `epoch` when the run began.
    pub fn to_timestamp(self, epoch: Timestamp) -> Timestamp {
        let micros = i64::try_from(self.0).unwrap_or(i64::MAX);
        epoch.checked_add(SignedDuration::from_micros(micros)).unwrap_or(Timestamp::MAX)
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// A duration as Go prints it: `10s`, `1m20s`, `1.5s`, `300ms`, `0s` (Go: time.Duration.String).
pub fn go_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    let fraction = |value: u128, unit: u128, name: &str| {
        let (whole, rest) = (value / unit, value % unit);
        if rest == 0 {
            return format!("{whole}{name}");
        }
        let digits = unit.to_string().len() - 1;
        let rest = format!("{rest:0digits$}");
        format!("{whole}.{}{name}", rest.trim_end_matches('0'))
    };
    match nanos {
        0..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => fraction(nanos, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(nanos, 1_000_000, "ms"),
        _ => {
            let (minutes, rest) = (nanos / 60_000_000_000, nanos % 60_000_000_000);
            let seconds = fraction(rest, 1_000_000_000, "s");
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    }
}

/// What is due when. Things due at one instant come in the order they were put in.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    /// Instants, the order of putting in, and where the thing itself lies: what is moved about is small.
    order: BinaryHeap<Reverse<(Time, u64, usize)>>,
    things: Vec<Option<T>>,
    /// Places among the things that are free.
    holes: Vec<usize>,
    next: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { order: BinaryHeap::new(), things: Vec::new(), holes: Vec::new(), next: 0 }
    }
}

impl<T> Queue<T> {
    /// Puts `what` in for the instant `at`.
    pub fn push(&mut self, at: Time, what: T) {
        let hole = self.holes.pop().and_then(|hole| Some((hole, self.things.get_mut(hole)?)));
        let place = match hole {
            Some((hole, free)) => {
                *free = Some(what);
                hole
            }
            None => {
                self.things.push(Some(what));
                self.things.len() - 1
            }
        };
        self.order.push(Reverse((at, self.next, place)));
        self.next += 1;
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Time> {
        self.order.peek().map(|Reverse((at, ..))| *at)
    }

    /// The next thing, with its instant.
    pub fn pop(&mut self) -> Option<(Time, T)> {
        let Reverse((at, _, place)) = self.order.pop()?;
        let what = self.things.get_mut(place)?.take()?;
        self.holes.push(place);
        Some((at, what))
    }

    /// How many things wait.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing is due any more.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_prints_them() {
        for (millis, text) in [
            (0, "0s"),
            (300, "300ms"),
            (1_500, "1.5s"),
            (10_000, "10s"),
            (80_000, "1m20s"),
            (300_000, "5m0s"),
            (3_661_001, "1h1m1.001s"),
        ] {
            assert_eq!(go_duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn the_queue_keeps_the_order_of_one_instant() {
        let mut queue = Queue::default();
        for (at, what) in [(2, "c"), (1, "a"), (1, "b")] {
            queue.push(Time::from_micros(at), what);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(_, what)| what).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }
}
