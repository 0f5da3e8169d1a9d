//! Virtual time: instants, the way Go prints durations, and the queue of what is due.

use std::cmp::Ordering;
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

    /// The instant at which a clock that read `epoch` when the run began shows `date`; what lies before is the beginning.
    pub fn of_timestamp(date: Timestamp, epoch: Timestamp) -> Self {
        Self::from_secs_f64(date.duration_since(epoch).as_secs_f64())
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

/// When a thing's turn comes: the heap compares these all the time, so what that takes is written out.
#[derive(Clone, Copy, Debug)]
struct Turn {
    at: Time,
    /// The order of putting in, which no two have in common.
    number: u64,
    /// Where the thing itself lies: what is moved about is small.
    place: usize,
}

impl Turn {
    /// Whether this turn comes before the other.
    #[inline(always)]
    fn before(&self, other: &Self) -> bool {
        self.at.0 < other.at.0 || (self.at.0 == other.at.0 && self.number < other.number)
    }
}

impl PartialEq for Turn {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Turn {}

impl PartialOrd for Turn {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    #[inline(always)]
    fn lt(&self, other: &Self) -> bool {
        other.before(self)
    }

    #[inline(always)]
    fn le(&self, other: &Self) -> bool {
        !self.before(other)
    }
}

impl Ord for Turn {
    /// The heap gives its greatest first, which is whose turn comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

/// What is due when. Things due at one instant come in the order they were put in.
#[derive(Clone, Debug)]
pub struct Queue<T> {
    order: BinaryHeap<Turn>,
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
        self.order.push(Turn { at, number: self.next, place });
        self.next += 1;
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Time> {
        self.order.peek().map(|turn| turn.at)
    }

    /// The next thing, with its instant.
    pub fn pop(&mut self) -> Option<(Time, T)> {
        let Turn { at, place, .. } = self.order.pop()?;
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

    #[test]
    fn the_queue_gives_what_is_due_first() {
        let (mut queue, mut due) = (Queue::default(), Vec::new());
        for number in 0..1_000_u64 {
            let at = Time::from_micros(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57);
            queue.push(at, number);
            due.push((at, number));
            if number % 3 == 0 {
                due.sort_unstable();
                assert_eq!(queue.next_at(), Some(due[0].0));
                assert_eq!(queue.pop(), Some(due.remove(0)));
            }
        }
        due.sort_unstable();
        assert!(std::iter::from_fn(|| queue.pop()).eq(due));
    }
}
