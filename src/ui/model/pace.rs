//! When a picture is due while a run is computed: what a person waits for comes first, and what is left of the time is
//! the engine's.

/// How long the engine works at a stretch, in milliseconds: so long an answer to a key waits for it at most, but for a
/// single due thing that takes longer.
pub const STRETCH: f64 = 5.0;

/// How long where a person did something that is not yet seen: so long the frame that shows it waits at most.
pub const BRIEF: f64 = 2.0;

/// How long it works between two pictures where the story flows smoothly and enough of it lies ahead.
const CALM: f64 = 8.0;

/// Where the story waits for it: for each millisecond that a picture took it works so many before the next one …
const SHARE: f64 = 9.0;

/// … but for at least, and at most, so many: a number that grows is read several times a second.
const SHORTEST: f64 = 60.0;
const LONGEST: f64 = 250.0;

/// How pictures and work share the page's thread. Instants are milliseconds of one clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// When the last picture was there for the eye.
    there: f64,
    /// How long pictures take, the newest counting most.
    takes: f64,
    /// How long was worked since the last one.
    worked: f64,
}

impl Pace {
    /// A picture that was begun at `begun` can be seen at `now`.
    pub fn seen(&mut self, begun: f64, now: f64) {
        let took = (now - begun).max(0.0);
        self.takes = if self.there == 0.0 { took } else { f64::midpoint(self.takes, took) };
        (self.there, self.worked) = (now, 0.0);
    }

    /// The engine worked for so long.
    pub fn worked(&mut self, long: f64) {
        self.worked += long;
    }

    /// Whether the next picture is due at `now`; `hasty` where what it is to show waits for the engine.
    pub fn due(&self, now: f64, hasty: bool) -> bool {
        !hasty || now - self.there >= (self.takes * SHARE).clamp(SHORTEST, LONGEST)
    }

    /// Whether the engine works on before the next picture.
    pub fn goes_on(&self, hasty: bool) -> bool {
        hasty || self.worked < CALM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_take_a_tenth_of_the_time_while_the_story_waits() {
        let mut pace = Pace::default();
        pace.seen(100.0, 120.0);
        assert!(!pace.due(299.0, true) && pace.due(300.0, true));
        assert!(pace.goes_on(true));
        // A slow one makes the next wait longer, but never for long.
        pace.seen(300.0, 900.0);
        assert!(!pace.due(1_149.0, true) && pace.due(1_150.0, true));
        let mut quick = Pace::default();
        quick.seen(100.0, 100.5);
        assert!(!quick.due(160.0, true) && quick.due(160.5, true));
    }

    #[test]
    fn a_story_that_flows_has_every_frame() {
        let mut pace = Pace::default();
        pace.seen(100.0, 104.0);
        assert!(pace.due(104.0, false) && pace.goes_on(false));
        pace.worked(STRETCH);
        pace.worked(STRETCH);
        assert!(!pace.goes_on(false) && pace.goes_on(true));
        pace.seen(116.0, 120.0);
        assert!(pace.goes_on(false));
    }
}
