//! Curves and bands as paths: a thousand wide, a hundred high, steps from left to right.

use std::fmt::Write as _;

use super::timeline::fraction;
use crate::cluster::Time;
use crate::trace::Tone;
use crate::trace::crowd::Tally;

/// In which order the tones of a band lie upon each other, the lowest first.
const STACK: [Tone; 8] = [
    Tone::Ready,
    Tone::Done,
    Tone::Running,
    Tone::Pulling,
    Tone::Waiting,
    Tone::Terminating,
    Tone::BackOff,
    Tone::Failed,
];

/// The areas of a band, a tone each, those that are not empty: how many Pods looked so, stacked. `most` Pods are as
/// high as the band.
pub fn areas(tallies: &[Tally], most: u32) -> Vec<(Tone, String)> {
    let width = 1000.0 / tallies.len().max(1) as f64;
    let height = |count: u32| 100.0 - f64::from(count) / f64::from(most.max(1)) * 100.0;
    let mut below: Vec<u32> = vec![0; tallies.len()];
    let mut areas = Vec::new();
    for tone in STACK {
        let count = |tally: &Tally| tally.get(tone as usize).copied().unwrap_or_default();
        if tallies.iter().all(|tally| count(tally) == 0) {
            continue;
        }
        let mut path = String::new();
        let mut slice = 0;
        // Each stretch in which there are some is an area of its own: along its upper edge, and back along the lower.
        while let Some(first) = (slice..tallies.len()).find(|at| tallies.get(*at).is_some_and(|it| count(it) > 0)) {
            let end = (first..tallies.len()).find(|at| tallies.get(*at).is_none_or(|it| count(it) == 0));
            let end = end.unwrap_or(tallies.len());
            let mut edge = |places: &mut dyn Iterator<Item = usize>, upper: bool| {
                let mut last = None;
                for at in places {
                    let under = below.get(at).copied().unwrap_or_default();
                    let own = tallies.get(at).map_or(0, &count);
                    let y = height(if upper { under + own } else { under });
                    let (left, right) = (at as f64 * width, (at + 1) as f64 * width);
                    let (from, to) = if upper { (left, right) } else { (right, left) };
                    let begins = path.is_empty() || path.ends_with('Z');
                    // Points that only prolong a step are left out.
                    let _infallible = match (begins, last == Some(y)) {
                        (true, _) => write!(path, "M{from:.1} {y:.1}H{to:.1}"),
                        (false, true) => write!(path, "H{to:.1}"),
                        (false, false) => write!(path, "H{from:.1}V{y:.1}H{to:.1}"),
                    };
                    last = Some(y);
                }
            };
            edge(&mut (first..end), true);
            edge(&mut (first..end).rev(), false);
            path.push('Z');
            slice = end;
        }
        for (below, tally) in below.iter_mut().zip(tallies) {
            *below += count(tally);
        }
        areas.push((tone, path));
    }
    areas
}

/// The path of a curve that keeps each value up to the next point, on a timeline up to `horizon`; `most` is as high as
/// the picture. A gap is a gap.
pub fn line(points: &[(Time, Option<f64>)], horizon: Time, end: Time, most: f64) -> String {
    let mut path = String::new();
    let mut drawn: Option<f64> = None;
    for (index, (at, value)) in points.iter().enumerate() {
        if *at > horizon {
            break;
        }
        let x = fraction(*at, horizon) * 1000.0;
        let until = points.get(index + 1).map_or(end, |(next, _)| *next).min(horizon);
        let to = fraction(until, horizon) * 1000.0;
        match value {
            Some(value) => {
                let y = 100.0 - value / most.max(1e-9) * 100.0;
                let _infallible = match drawn {
                    Some(before) if (before - y).abs() < 0.05 => write!(path, "H{to:.1}"),
                    Some(_) => write!(path, "V{y:.1}H{to:.1}"),
                    None => write!(path, "M{x:.1} {y:.1}H{to:.1}"),
                };
                drawn = Some(y);
            }
            None => drawn = None,
        }
    }
    path
}

/// A round number that is at least `most`, and the lines of an axis up to it, with room for about three; where
/// it counts things, at whole numbers.
pub fn axis(most: f64, whole: bool) -> (f64, Vec<f64>) {
    if most <= 0.0 {
        return (1.0, vec![0.0, 1.0]);
    }
    let power = 10_f64.powf(most.log10().floor());
    let fits = |step: &f64| most / step <= 3.01 && !(whole && step.fract() > 0.0);
    let step = [0.5, 1.0, 2.0, 2.5, 5.0].into_iter().map(|part| part * power).find(fits);
    let step = step.unwrap_or(power * 5.0);
    let count = (most / step - 1e-9).ceil().max(1.0);
    (count * step, (0..=count as usize).map(|n| n as f64 * step).collect())
}

/// A number as short as it can be read: three digits and a sign for thousands or parts.
pub fn short(value: f64) -> String {
    let trim = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    match value.abs() {
        size if size >= 1e6 => format!("{}M", trim(format!("{:.1}", value / 1e6))),
        size if size >= 1e4 => format!("{}k", trim(format!("{:.1}", value / 1e3))),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => trim(format!("{value:.1}")),
        _ => trim(format!("{value:.2}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(ready: u32, waiting: u32) -> Tally {
        let mut tally = Tally::default();
        (tally[Tone::Ready as usize], tally[Tone::Waiting as usize]) = (ready, waiting);
        tally
    }

    #[test]
    fn areas_lie_upon_each_other() {
        let areas = areas(&[tally(0, 4), tally(2, 2), tally(4, 0), tally(0, 0)], 4);
        assert_eq!(
            areas,
            [
                (Tone::Ready, "M250.0 50.0H500.0H500.0V0.0H750.0H750.0V100.0H500.0H250.0Z".to_owned()),
                (Tone::Waiting, "M0.0 0.0H250.0H500.0H500.0V50.0H250.0H250.0V100.0H0.0Z".to_owned()),
            ]
        );
    }

    #[test]
    fn curves_are_steps_with_gaps() {
        let at = Time::from_secs_f64;
        let points = [(at(0.0), Some(0.0)), (at(2.0), Some(5.0)), (at(4.0), None), (at(6.0), Some(10.0))];
        let path = line(&points, at(10.0), at(8.0), 10.0);
        assert_eq!(path, "M0.0 100.0H200.0V50.0H400.0M600.0 0.0H800.0");
    }

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!(axis(7.0, false), (7.5, vec![0.0, 2.5, 5.0, 7.5]));
        assert_eq!(axis(7.0, true), (10.0, vec![0.0, 5.0, 10.0]));
        assert_eq!(axis(30.0, true), (30.0, vec![0.0, 10.0, 20.0, 30.0]));
        assert_eq!(axis(0.0, true).0, 1.0);
        for most in [0.003, 0.9, 1.0, 12.0, 99.0, 1234.0, 1e7] {
            let (top, lines) = axis(most, false);
            assert!(top >= most && top <= most * 2.01 && lines.len() <= 5, "{most}: {top} {lines:?}");
        }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 0.25, 3.0, 12.34, 256.0, 12_345.0, 2e6].map(short),
            ["0", "0.25", "3", "12.3", "256", "12.3k", "2M"]
        );
    }
}
