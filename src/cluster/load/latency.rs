//! How long answers took: an account by size, so that a second of ten thousand Pods costs no more memory than one.

/// How many sizes there are; each is a fifth longer than the one before, from a millisecond on.
const SIZES: usize = 64;
/// How much longer each size is.
const STEP: f64 = 1.2;
/// The shortest size, seconds.
const SHORTEST: f64 = 0.001;

/// How many answers took how long.
#[derive(Clone, Debug, Default)]
pub(super) struct Latencies {
    /// By size: how many, and their times together.
    sizes: Vec<(f64, f64)>,
    count: f64,
}

impl Latencies {
    /// `count` answers took `seconds`.
    pub fn add(&mut self, seconds: f64, count: f64) {
        if count <= 0.0 {
            return;
        }
        if self.sizes.is_empty() {
            self.sizes = vec![(0.0, 0.0); SIZES];
        }
        let mut bound = SHORTEST;
        let mut size = 0;
        while bound < seconds && size + 1 < SIZES {
            bound *= STEP;
            size += 1;
        }
        if let Some((number, sum)) = self.sizes.get_mut(size) {
            *number += count;
            *sum += count * seconds;
            self.count += count;
        }
    }

    /// The time within which this part of the answers came; none where there were none.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let mut left = self.count * part;
        let mut last = None;
        for (number, sum) in self.sizes.iter().filter(|(number, _)| *number > 0.0) {
            last = Some(sum / number);
            left -= number;
            if left <= self.count * 1e-9 {
                break;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_answers() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.quantile(0.5), None);
        latencies.add(0.02, 90.0);
        latencies.add(1.5, 10.0);
        let near = |part: f64, wanted: f64| (latencies.quantile(part).unwrap() - wanted).abs() < 1e-9;
        assert!(near(0.5, 0.02) && near(0.9, 0.02) && near(0.95, 1.5) && near(1.0, 1.5));
    }
}
