//! Playing a run: where the playhead is, how fast it goes, how far the story reaches.

use crate::cluster::Time;

/// The speeds on offer, in virtual seconds a second.
pub const RATES: [f64; 8] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// How far a story is told at most before someone asks for more.
pub const FIRST_LOOK: Time = Time::from_micros(120_000_000);

/// The longest a run is played.
pub const LONGEST: Time = Time::from_micros(4 * 3_600_000_000);

/// How many seconds it takes at most to run to a moment.
const DASH: f64 = 1.8;

/// In how many seconds a story should be seen.
const SEEN_IN: f64 = 24.0;

/// The playhead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playback {
    /// Whether time flows.
    pub playing: bool,
    /// Virtual seconds a second.
    pub rate: f64,
    /// Where it is.
    pub at: Time,
    /// How far it may go.
    pub horizon: Time,
    /// Where it runs to by itself, and at which speed, until it stops there.
    pub dash: Option<(Time, f64)>,
}

impl Default for Playback {
    fn default() -> Self {
        Self { playing: false, rate: 1.0, at: Time::ZERO, horizon: FIRST_LOOK, dash: None }
    }
}

impl Playback {
    /// The playhead `elapsed` seconds of wall time later; it stops at the horizon, and waits at `computed`, the end of
    /// what has been computed.
    pub fn tick(&mut self, elapsed: f64, computed: Time) {
        if !self.playing {
            return;
        }
        // A tab that was in the background does not jump: at most a quarter of a second passes in one frame.
        let (stop, rate) = self.dash.unwrap_or((self.horizon, self.rate));
        let wanted = self.at.as_secs_f64() + rate * elapsed.clamp(0.0, 0.25);
        self.at = Time::from_secs_f64(wanted).min(computed).min(stop).max(self.at);
        if self.at >= stop {
            self.stop();
        }
    }

    /// Stops where it is.
    pub fn stop(&mut self) {
        (self.playing, self.dash) = (false, None);
    }

    /// Runs to `until` in a second or two and stops there; at once where nothing is to move.
    pub fn run_to(&mut self, until: Time, still: bool) {
        let way = until.as_secs_f64() - self.at.as_secs_f64();
        if still || way <= 0.0 {
            (self.at, self.playing, self.dash) = (until, false, None);
            return;
        }
        (self.playing, self.dash) = (true, Some((until, self.rate.max(way / DASH))));
    }

    /// Puts the playhead to `at`, within what may be played.
    pub fn seek(&mut self, at: Time) {
        self.at = at.min(self.horizon);
        self.dash = None;
    }

    /// Starts, from the beginning when it is at the end.
    pub fn play(&mut self) {
        if self.at >= self.horizon {
            self.at = Time::ZERO;
        }
        (self.playing, self.dash) = (true, None);
    }
}

/// The speed at which a story of this length is seen in about half a minute.
pub fn rate_for(length: Time) -> f64 {
    let [.., fastest] = RATES;
    RATES.into_iter().skip(1).find(|rate| length.as_secs_f64() / rate <= SEEN_IN).unwrap_or(fastest)
}

/// How far to show a story whose last happening is at `last`: a little beyond it, to a round number of seconds.
pub fn horizon_for(last: Time, most: Time) -> Time {
    let wanted = last.as_secs_f64() * 1.06 + 2.0;
    let round = match wanted {
        ..30.0 => 5.0,
        ..120.0 => 10.0,
        ..600.0 => 60.0,
        _ => 300.0,
    };
    Time::from_secs_f64((wanted / round).ceil() * round).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(s: f64) -> Time {
        Time::from_secs_f64(s)
    }

    #[test]
    fn time_flows_at_its_rate_and_stops_at_the_horizon() {
        let mut playback = Playback { playing: true, rate: 10.0, at: secs(0.0), horizon: secs(3.0), dash: None };
        playback.tick(0.1, secs(100.0));
        assert_eq!(playback.at, secs(1.0));
        playback.tick(0.1, secs(1.5));
        assert_eq!((playback.at, playback.playing), (secs(1.5), true), "it waits for what is not computed yet");
        playback.tick(60.0, secs(100.0));
        assert_eq!((playback.at, playback.playing), (secs(3.0), false));
        playback.play();
        assert_eq!((playback.at, playback.playing), (secs(0.0), true));
    }

    #[test]
    fn it_runs_to_a_moment_and_stops_there() {
        let mut playback = Playback { horizon: secs(500.0), ..Playback::default() };
        playback.run_to(secs(400.0), false);
        for _ in 0..120 {
            playback.tick(1.0 / 60.0, secs(450.0));
        }
        assert_eq!((playback.at, playback.playing, playback.dash), (secs(400.0), false, None));
        playback.run_to(secs(420.0), true);
        assert_eq!(playback.at, secs(420.0));
    }

    #[test]
    fn a_story_is_seen_in_half_a_minute() {
        assert_eq!(rate_for(secs(10.0)), 1.0);
        assert_eq!(rate_for(secs(120.0)), 5.0);
        assert_eq!(rate_for(secs(600.0)), 50.0);
        assert_eq!(rate_for(secs(1e6)), 100.0);
    }

    #[test]
    fn horizons_are_round() {
        assert_eq!(horizon_for(secs(12.3), secs(120.0)), secs(20.0));
        assert_eq!(horizon_for(secs(31.0), secs(120.0)), secs(40.0));
        assert_eq!(horizon_for(secs(119.0), secs(120.0)), secs(120.0));
    }
}
