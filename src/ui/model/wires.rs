//! Where the lines of a Pod's picture run: from containers to the volumes they mount, along the left edge; from
//! containers to localhost and on to what lies outside, along the right edge. Everything is measured in pixels from
//! the upper left corner of the picture.

/// The place of something that was painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Place {
    fn right(self) -> f64 {
        self.left + self.width
    }

    fn bottom(self) -> f64 {
        self.top + self.height
    }

    fn middle(self) -> (f64, f64) {
        (self.left + self.width / 2.0, self.top + self.height / 2.0)
    }
}

/// A point.
pub type Point = (f64, f64);

/// A line of straight pieces.
pub type Way = Vec<Point>;

/// How far apart lines run that run side by side.
const APART: f64 = 4.0;

/// What the lines run along and around.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ground {
    /// The inside of the Pod, whose edges are free for lines.
    pub inner: Place,
    /// The wire of localhost.
    pub bus: Place,
}

/// The line from a container at `card` to a volume at `vessel`, the one numbered `lane` of `lanes`; `nth` counts the
/// mounts of the container.
pub fn mount(ground: &Ground, card: Place, vessel: Place, lane: usize, nth: usize) -> Way {
    let gutter = ground.inner.left - 7.0 - APART * (lane % 4) as f64;
    let beside = card.left - ground.inner.left < 12.0;
    let above = vessel.top - 3.0 - (lane % 2) as f64 * 3.0;
    let into = vessel.left + (14.0 + APART * lane as f64).min(vessel.width / 2.0);
    let mut way = match beside {
        true => {
            let out = (card.top + card.height / 2.0 + APART * nth as f64).min(card.bottom() - 6.0);
            vec![(card.left, out), (gutter, out)]
        }
        // It leaves below and runs between the rows.
        false => {
            let out = card.left + (16.0 + 7.0 * nth as f64).min(card.width / 2.0);
            let between = card.bottom() + 4.0 + (lane % 2) as f64 * 2.0;
            vec![(out, card.bottom()), (out, between), (gutter, between)]
        }
    };
    // The vessel at the edge is entered from the side.
    if vessel.left - ground.inner.left < 12.0 {
        let side = vessel.top + 14.0 + APART * (lane % 3) as f64;
        way.extend([(gutter, side), (vessel.left, side)]);
    } else {
        way.extend([(gutter, above), (into, above), (into, vessel.top)]);
    }
    way
}

/// The line from a container at `card` to localhost: straight down where nothing is between, else along the edge.
pub fn plug(ground: &Ground, card: Place, last_row: bool) -> Way {
    let (_, bus) = ground.bus.middle();
    if last_row {
        let down = card.right() - 18.0;
        return vec![(down, card.bottom()), (down, bus)];
    }
    let edge = ground.inner.right() + 7.0;
    if ground.inner.right() - card.right() < 12.0 {
        let out = card.top + card.height / 2.0;
        return vec![(card.right(), out), (edge, out), (edge, bus)];
    }
    // It leaves below and runs between the rows.
    let (out, between) = (card.right() - 18.0, card.bottom() + 4.0);
    vec![(out, card.bottom()), (out, between), (edge, between), (edge, bus)]
}

/// The line from the wire of localhost to something below the Pod.
pub fn leave(ground: &Ground, place: Place) -> Way {
    let (_, bus) = ground.bus.middle();
    let edge = ground.inner.right() + 7.0;
    let above = place.top - 6.0;
    let into = place.left + place.width / 2.0;
    vec![(edge, bus), (edge, above), (into, above), (into, place.top)]
}

/// The way of something that leaves by `from` and arrives by `to`, both of which lead to localhost (or from it).
pub fn join(from: &[Point], to: &[Point]) -> Way {
    let mut way = from.to_vec();
    way.extend(to.iter().rev());
    way.dedup();
    way
}

/// Where one is on `way` after a share of its length, 0 to 1.
pub fn along(way: &[Point], share: f64) -> Option<Point> {
    let steps = || way.iter().zip(way.iter().skip(1));
    let length = |(a, b): (&Point, &Point)| (a.0 - b.0).hypot(a.1 - b.1);
    let mut left = steps().map(length).sum::<f64>() * share.clamp(0.0, 1.0);
    for (a, b) in steps() {
        let step = length((a, b));
        if left <= step && step > 0.0 {
            let part = left / step;
            return Some((a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part));
        }
        left -= step;
    }
    way.last().copied()
}

/// The line as an SVG path draws it, its corners cut.
pub fn path(way: &[Point]) -> String {
    const CUT: f64 = 5.0;
    let mut out = String::new();
    let toward = |from: Point, to: Point, by: f64| {
        let length = (to.0 - from.0).hypot(to.1 - from.1).max(0.001);
        let part = (by / length).min(0.5);
        (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
    };
    let point = |letter: char, (x, y): Point| format!("{letter}{x:.1} {y:.1}");
    for (index, here) in way.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| way.get(before));
        match (before, way.get(index + 1)) {
            (None, _) => out.push_str(&point('M', *here)),
            (Some(_), None) => out.push_str(&point('L', *here)),
            (Some(before), Some(after)) => {
                out.push_str(&point('L', toward(*here, *before, CUT)));
                let end = toward(*here, *after, CUT);
                out.push_str(&format!("Q{:.1} {:.1} {:.1} {:.1}", here.0, here.1, end.0, end.1));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(left: f64, top: f64, width: f64, height: f64) -> Place {
        Place { left, top, width, height }
    }

    fn ground() -> Ground {
        Ground { inner: place(20.0, 0.0, 600.0, 400.0), bus: place(100.0, 300.0, 300.0, 6.0) }
    }

    #[test]
    fn lines_run_straight_and_end_where_they_should() {
        let vessel = place(330.0, 340.0, 290.0, 50.0);
        for card in [place(20.0, 100.0, 290.0, 80.0), place(330.0, 100.0, 290.0, 80.0)] {
            let way = mount(&ground(), card, vessel, 1, 0);
            let near = |a: f64, b: f64| (a - b).abs() < 0.01;
            let straight = way.windows(2).all(|pair| matches!(pair, [a, b] if near(a.0, b.0) || near(a.1, b.1)));
            assert!(straight, "{way:?}");
            assert!(near(way.last().unwrap().1, vessel.top), "{way:?}");
            // No line crosses the card of somebody else: between the rows or at the edge it is free.
            assert!(way.iter().skip(1).all(|(x, y)| *x < 20.0 || *y >= 180.0), "{way:?}");
        }
    }

    #[test]
    fn a_packet_goes_down_along_and_up() {
        let (a, b) = (place(20.0, 200.0, 290.0, 80.0), place(330.0, 200.0, 290.0, 80.0));
        let way = join(&plug(&ground(), a, true), &plug(&ground(), b, true));
        assert_eq!(way, [(292.0, 280.0), (292.0, 303.0), (602.0, 303.0), (602.0, 280.0)]);
        assert_eq!(along(&way, 0.0), Some((292.0, 280.0)));
        assert_eq!(along(&way, 0.5), Some((447.0, 303.0)));
        assert_eq!(along(&way, 1.0), Some((602.0, 280.0)));
        assert_eq!(along(&[], 0.5), None);
    }

    #[test]
    fn corners_are_cut() {
        assert_eq!(path(&[(0.0, 0.0), (0.0, 20.0), (30.0, 20.0)]), "M0.0 0.0L0.0 15.0Q0.0 20.0 5.0 20.0L30.0 20.0");
    }
}
