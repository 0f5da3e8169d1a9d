//! How much later than asked the kubelet looks at a Pod again (kubelet: pod_workers.go workerResyncIntervalJitterFactor,
//! workerBackOffPeriodJitterFactor, 1.36).

use std::time::Duration;

use crate::cluster::Rng;

/// A delay becomes up to this much longer.
const FACTOR: f64 = 0.5;
/// Where in that range a typical delay lies: the recordings' back-offs of 10, 20 and 40 seconds, less the ticks of PLEG
/// and of the work queue, lie at 0.42 to 0.48 of it on average.
const TYPICAL: f64 = 0.43;
/// How far typical delays lie apart, so that Pods of one template do not keep step.
const SPREAD: f64 = 0.1;

/// The jitter of one Pod; of its own, so that what one Pod does changes nothing for another.
#[derive(Clone, Debug)]
pub(super) struct Jitter {
    rng: Rng,
    typical: bool,
}

impl Jitter {
    /// The jitter of the Pod `pod` in a run of `seed`; a run of seed 0 is a typical one.
    pub fn new(seed: u64, pod: u64) -> Self {
        Self { rng: Rng::new(seed ^ pod), typical: seed == 0 }
    }

    /// `delay`, up to one half longer.
    pub fn lengthen(&mut self, delay: Duration) -> Duration {
        let unit = self.rng.unit();
        let unit = if self.typical { TYPICAL + (unit - 0.5) * SPREAD } else { unit };
        delay.mul_f64(1.0 + unit * FACTOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(seed: u64) -> (u128, u128) {
        let mut jitter = Jitter::new(seed, 7);
        let delays = (0..1_000).map(|_| jitter.lengthen(Duration::from_secs(10)).as_millis());
        delays.fold((u128::MAX, 0), |(least, most), delay| (least.min(delay), most.max(delay)))
    }

    #[test]
    fn a_seed_draws_from_the_whole_range_and_seed_0_from_its_middle() {
        let (least, most) = delays(1);
        assert!((10_000..10_100).contains(&least) && (14_900..15_000).contains(&most), "{least} {most}");
        let (least, most) = delays(0);
        assert!((11_900..11_950).contains(&least) && (12_350..12_400).contains(&most), "{least} {most}");
    }
}
