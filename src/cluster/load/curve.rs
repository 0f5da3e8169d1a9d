//! How many requests come, and how that changes with time.

use std::time::Duration;

/// So many requests a second are sent at most, whatever is asked for.
const MOST_PER_SECOND: u32 = 10_000_000;

/// How many requests a second come, by a curve that begins when it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Requests a second at the highest; none with 0.
    pub per_second: u32,
    /// How they come.
    pub curve: Curve,
}

/// How the number of requests changes with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// It does not.
    #[default]
    Steady,
    /// From what came before it evenly up (or down) to the full number.
    Ramp {
        /// How long that takes.
        over: Duration,
    },
    /// A fifth of the full number; after a while all of it for as long; then a fifth again.
    Spike {
        /// How long before it, and how long it lasts.
        over: Duration,
    },
    /// As over a day: a tenth of the full number at the beginning, all of it at noon, a tenth at midnight, again and
    /// again.
    Day {
        /// How long a day is.
        over: Duration,
    },
}

impl Curve {
    /// Its name, as links and commands write it.
    pub fn name(self) -> &'static str {
        match self {
            Curve::Steady => "steady",
            Curve::Ramp { .. } => "ramp",
            Curve::Spike { .. } => "spike",
            Curve::Day { .. } => "day",
        }
    }

    /// How long it takes, where it takes a time.
    pub fn over(self) -> Option<Duration> {
        match self {
            Curve::Steady => None,
            Curve::Ramp { over } | Curve::Spike { over } | Curve::Day { over } => Some(over),
        }
    }

    /// The curve of a name.
    pub fn named(name: &str, over: Duration) -> Option<Self> {
        Some(match name {
            "steady" => Curve::Steady,
            "ramp" => Curve::Ramp { over },
            "spike" => Curve::Spike { over },
            "day" => Curve::Day { over },
            _ => return None,
        })
    }
}

impl Load {
    /// Nobody.
    pub const NONE: Load = Load { per_second: 0, curve: Curve::Steady };

    /// Requests a second, `age` after it was set, where there were `before` of them when it was set.
    pub fn rate(self, before: f64, age: Duration) -> f64 {
        let full = f64::from(self.per_second.min(MOST_PER_SECOND));
        // How often the curve's time has passed.
        let passed = |over: Duration| age.as_secs_f64() / over.as_secs_f64().max(1e-3);
        match self.curve {
            Curve::Steady => full,
            Curve::Ramp { over } => before + (full - before) * passed(over).min(1.0),
            Curve::Spike { over } if (1.0..2.0).contains(&passed(over)) => full,
            Curve::Spike { .. } => full / 5.0,
            Curve::Day { over } => {
                let hour = passed(over).fract();
                // A hill that begins and ends level: the same bits everywhere, as a cosine would not be.
                let slope = 1.0 - (2.0 * hour - 1.0).abs();
                full * (0.1 + 0.9 * slope * slope * (3.0 - 2.0 * slope))
            }
        }
    }

    /// Whether it will ever send anything from `age` on.
    pub fn is_over(self, before: f64, age: Duration) -> bool {
        match self.curve {
            Curve::Ramp { over } => self.per_second == 0 && (before <= 0.0 || age >= over),
            _ => self.per_second == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(curve: Curve, seconds: &[u64]) -> Vec<f64> {
        let load = Load { per_second: 100, curve };
        seconds.iter().map(|second| load.rate(20.0, Duration::from_secs(*second))).collect()
    }

    #[test]
    fn each_curve_has_its_form() {
        let over = Duration::from_secs(60);
        assert_eq!(rates(Curve::Steady, &[0, 99]), [100.0, 100.0]);
        assert_eq!(rates(Curve::Ramp { over }, &[0, 30, 60, 900]), [20.0, 60.0, 100.0, 100.0]);
        assert_eq!(rates(Curve::Spike { over }, &[0, 59, 60, 119, 120]), [20.0, 20.0, 100.0, 100.0, 20.0]);
        let day = rates(Curve::Day { over }, &[0, 15, 30, 45, 60, 90]);
        for (found, wanted) in day.into_iter().zip([10.0, 55.0, 100.0, 55.0, 10.0, 100.0]) {
            assert!((found - wanted).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn a_ramp_down_to_nothing_ends() {
        let load = Load { per_second: 0, curve: Curve::Ramp { over: Duration::from_secs(10) } };
        assert_eq!(load.rate(50.0, Duration::from_secs(5)), 25.0);
        assert!(!load.is_over(50.0, Duration::from_secs(5)));
        assert!(load.is_over(50.0, Duration::from_secs(10)));
        assert!(Load::NONE.is_over(50.0, Duration::ZERO));
    }

    #[test]
    fn no_time_at_all_divides_nothing_by_zero() {
        for curve in ["steady", "ramp", "spike", "day"] {
            let curve = Curve::named(curve, Duration::ZERO).unwrap();
            assert!(Load { per_second: u32::MAX, curve }.rate(1.0, Duration::from_secs(1)).is_finite());
        }
    }
}
