//! The timeline as fractions of its width.

use crate::cluster::Time;
use crate::trace::{Lane, Mark, MarkKind, Tone};

/// One bar of a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Where it begins, 0 to 1.
    pub from: f64,
    /// How long it is, 0 to 1.
    pub length: f64,
    /// What it looks like.
    pub tone: Tone,
    /// The index of the span it paints.
    pub span: usize,
}

/// One mark of a lane; several of one kind that would touch are one.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// Where, 0 to 1.
    pub at: f64,
    /// What kind of thing it marks.
    pub kind: MarkKind,
    /// The index of the mark it paints (the first of several).
    pub mark: usize,
    /// How many marks it stands for.
    pub count: usize,
}

/// A line of the ruler.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, 0 to 1.
    pub at: f64,
    /// What it says.
    pub time: Time,
}

/// Where `at` lies on a timeline that ends at `horizon`.
pub fn fraction(at: Time, horizon: Time) -> f64 {
    let whole = horizon.as_secs_f64();
    if whole <= 0.0 { 0.0 } else { (at.as_secs_f64() / whole).clamp(0.0, 1.0) }
}

/// The moment by which the rows are ordered: the playhead's, but while time flows that of the last stop, so that no row
/// moves away under a look. Whoever goes back sees them as they are there.
pub fn settled(kept: Time, at: Time, playing: bool) -> Time {
    if playing && at >= kept { kept } else { at }
}

/// When the last Pod was gone by `moment`: between two of these the order of the rows is the same.
pub fn last_gone(lanes: &[Lane], moment: Time) -> Option<Time> {
    lanes.iter().filter_map(|lane| lane.gone).filter(|gone| *gone <= moment).max()
}

/// The lanes from above to below, as of [`last_gone`]: first those whose Pod is there or still to come.
pub fn ordered(lanes: &[Lane], last_gone: Option<Time>) -> Vec<&Lane> {
    let mut ordered: Vec<&Lane> = lanes.iter().collect();
    collections::sort_by_key(&mut ordered, |lane| lane.gone.is_some_and(|gone| Some(gone) <= last_gone));
    ordered
}

/// The bars of `lane` up to `horizon`.
pub fn bars(lane: &Lane, horizon: Time) -> Vec<Bar> {
    let spans = lane.spans.iter().enumerate().filter(|(_, span)| span.from < horizon && span.to > span.from);
    spans
        .map(|(index, span)| {
            let from = fraction(span.from, horizon);
            Bar { from, length: fraction(span.to, horizon) - from, tone: span.tone, span: index }
        })
        .collect()
}

/// The marks of `lane` up to `horizon`, thinned out: one for each kind within `near` of the width.
pub fn dots(lane: &Lane, horizon: Time, near: f64) -> Vec<Dot> {
    let mut dots: Vec<Dot> = Vec::new();
    // That everything was created at the beginning needs no mark on every lane.
    let told = |mark: &Mark| mark.at <= horizon && (mark.kind != MarkKind::Action || mark.at > Time::ZERO);
    for (index, mark) in lane.marks.iter().enumerate().filter(|(_, mark)| told(mark)) {
        let at = fraction(mark.at, horizon);
        match dots.iter_mut().rev().take(8).find(|dot| dot.kind == mark.kind && at - dot.at < near) {
            Some(dot) => dot.count += 1,
            None => dots.push(Dot { at, kind: mark.kind, mark: index, count: 1 }),
        }
    }
    dots
}

/// The lines of a ruler with room for about `room` of them.
pub fn ticks(horizon: Time, room: usize) -> Vec<Tick> {
    const STEPS: [f64; 15] =
        [0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];
    let whole = horizon.as_secs_f64();
    let [.., longest] = STEPS;
    let step = STEPS.into_iter().find(|step| whole / step <= room.max(1) as f64).unwrap_or(longest);
    let count = (whole / step).floor() as usize;
    (0..=count)
        .map(|n| Time::from_secs_f64(n as f64 * step))
        .map(|time| Tick { at: fraction(time, horizon), time })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::cluster::ObjectKey;
    use crate::trace::LaneSpan;
    use crate::trace::scene::Role;

    fn lane(spans: &[(f64, f64)], marks: &[(f64, MarkKind)]) -> Lane {
        let time = Time::from_secs_f64;
        let span = |&(from, to): &(f64, f64)| LaneSpan {
            from: time(from),
            to: time(to),
            tone: Tone::Running,
            word: "Running".into(),
            detail: "".into(),
        };
        Lane {
            pod: ObjectKey::new(Kind::Pod, "default", "web"),
            uid: "1".into(),
            container: "app".into(),
            role: Role::App,
            gone: None,
            spans: spans.iter().map(span).collect(),
            marks: marks.iter().map(|&(at, kind)| Mark { at: time(at), kind, text: "".into() }).collect(),
        }
    }

    #[test]
    fn bars_end_at_the_horizon() {
        let bars = bars(&lane(&[(0.0, 5.0), (5.0, 20.0), (20.0, 30.0)], &[]), Time::from_secs_f64(10.0));
        let places: Vec<_> = bars.iter().map(|bar| (bar.from, bar.length)).collect();
        assert_eq!(places, [(0.0, 0.5), (0.5, 0.5)]);
    }

    #[test]
    fn those_who_are_gone_stand_below_once_time_stops() {
        let time = Time::from_secs_f64;
        let of = |uid: &str, gone: Option<f64>| Lane { uid: uid.into(), gone: gone.map(time), ..lane(&[], &[]) };
        let lanes = [of("a", Some(5.0)), of("b", Some(8.0)), of("c", None), of("d", None)];
        let order = |at: f64| -> String {
            ordered(&lanes, last_gone(&lanes, time(at))).iter().map(|lane| &*lane.uid).collect()
        };
        assert_eq!(
            [order(0.0), order(4.9), order(5.0), order(7.0), order(20.0)],
            ["abcd", "abcd", "bcda", "bcda", "cdab"]
        );
        let (early, late) = (time(1.0), time(9.0));
        assert_eq!(
            [settled(early, late, true), settled(early, late, false), settled(late, early, true)],
            [early, late, early]
        );
    }

    #[test]
    fn marks_that_touch_are_one() {
        use MarkKind::{ProbeFailed, ProbeOk};
        let marks = [(1.0, ProbeOk), (1.01, ProbeFailed), (1.02, ProbeOk), (5.0, ProbeOk)];
        let dots = dots(&lane(&[], &marks), Time::from_secs_f64(10.0), 0.01);
        let counts: Vec<_> = dots.iter().map(|dot| (dot.kind, dot.count)).collect();
        assert_eq!(counts, [(ProbeOk, 2), (ProbeFailed, 1), (ProbeOk, 1)]);
    }

    #[test]
    fn rulers_have_round_lines() {
        let seconds = |horizon, room| -> Vec<f64> {
            ticks(Time::from_secs_f64(horizon), room).iter().map(|tick| tick.time.as_secs_f64()).collect()
        };
        assert_eq!(seconds(20.0, 5), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(seconds(120.0, 8), [0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0, 105.0, 120.0]);
        assert_eq!(ticks(Time::ZERO, 5).len(), 1);
    }
}
