//! Where Pods stand when they are seen from afar: a frame for each node, in it a cell for each seat.

use std::rc::Rc;

/// How far it is from a cell to the next, largest first.
const PITCHES: [f64; 9] = [24.0, 20.0, 16.0, 13.0, 11.0, 9.0, 7.0, 6.0, 5.0];

/// The height of a frame's head, between frames, and around its cells.
const HEAD: f64 = 24.0;
const GAP: f64 = 8.0;
const PAD: f64 = 6.0;

/// A frame is never narrower, so that its head can be read.
const NARROWEST: f64 = 72.0;

/// What wants a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The node's name; none for Pods that have no node.
    pub name: Option<Rc<str>>,
    /// How many cells it has.
    pub seats: usize,
}

/// The frame of a node, in CSS pixels from the upper left corner of the floor.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Whose it is.
    pub room: Room,
    /// Where it begins from the left.
    pub x: f64,
    /// Where it begins from above.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// The number of its first cell among all cells.
    pub first: usize,
    /// How many cells stand side by side.
    pub columns: usize,
}

/// All frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floor {
    /// From a cell to the next.
    pub pitch: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// In reading order.
    pub frames: Vec<Frame>,
    /// How many cells there are.
    pub cells: usize,
}

/// Where a hand goes from a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the cell before, in reading order.
    Back,
    /// To the next.
    On,
    /// To the nearest above.
    Up,
    /// To the nearest below.
    Down,
}

impl Floor {
    /// The frames of `rooms` on a floor of this width, with cells as large as fit into `height`, and higher than that
    /// where even the smallest do not.
    pub fn new(rooms: &[Room], width: f64, height: f64) -> Self {
        let most = rooms.iter().map(|room| room.seats).max().unwrap_or_default().max(1);
        let widest = (((width + GAP) / (NARROWEST + GAP)) as usize).clamp(1, rooms.len().max(1));
        let [.., smallest] = PITCHES;
        let mut best = None;
        for pitch in PITCHES {
            let tall = |across: usize| {
                let columns = columns(width, across, pitch);
                let rows = most.div_ceil(columns) as f64;
                rooms.len().div_ceil(across) as f64 * (HEAD + PAD * 2.0 + rows * pitch + GAP)
            };
            let across = (1..=widest).min_by(|a, b| tall(*a).total_cmp(&tall(*b))).unwrap_or(1);
            best = Some((pitch, across));
            if tall(across) <= height {
                break;
            }
        }
        let (pitch, across) = best.unwrap_or((smallest, 1));
        Self::lay(rooms, width, pitch, across)
    }

    fn lay(rooms: &[Room], width: f64, pitch: f64, across: usize) -> Self {
        let columns = columns(width, across, pitch);
        let frame_width = (width - GAP * (across - 1) as f64) / across as f64;
        let (mut y, mut first) = (0.0, 0);
        let mut frames = Vec::with_capacity(rooms.len());
        for row in rooms.chunks(across) {
            let most = row.iter().map(|room| room.seats).max().unwrap_or_default().max(1);
            let height = HEAD + PAD * 2.0 + most.div_ceil(columns) as f64 * pitch;
            for (place, room) in row.iter().enumerate() {
                let x = place as f64 * (frame_width + GAP);
                frames.push(Frame { room: room.clone(), x, y, width: frame_width, height, first, columns });
                first += room.seats;
            }
            y += height + GAP;
        }
        Self { pitch, width, height: (y - GAP).max(0.0), frames, cells: first }
    }

    fn frame_of(&self, cell: usize) -> Option<&Frame> {
        // Frames without a seat begin where the next does: the last of them is the one that holds the cell.
        let after = self.frames.partition_point(|frame| frame.first <= cell);
        self.frames.get(..after)?.iter().rev().find(|frame| cell < frame.first + frame.room.seats)
    }

    /// The upper left corner of a cell.
    pub fn place(&self, cell: usize) -> Option<(f64, f64)> {
        let frame = self.frame_of(cell)?;
        self.place_in(frame, cell - frame.first)
    }

    /// The upper left corner of a frame's cell.
    pub fn place_in(&self, frame: &Frame, seat: usize) -> Option<(f64, f64)> {
        if seat >= frame.room.seats {
            return None;
        }
        let (column, row) = (seat % frame.columns, seat / frame.columns);
        let (x, y) = (frame.x + PAD, frame.y + HEAD + PAD);
        Some((x + column as f64 * self.pitch, y + row as f64 * self.pitch))
    }

    /// The cell under a point.
    pub fn hit(&self, x: f64, y: f64) -> Option<usize> {
        let inside =
            |frame: &&Frame| x >= frame.x && x < frame.x + frame.width && y >= frame.y && y < frame.y + frame.height;
        let frame = self.frames.iter().find(inside)?;
        let column = ((x - frame.x - PAD) / self.pitch).floor();
        let row = ((y - frame.y - HEAD - PAD) / self.pitch).floor();
        if column < 0.0 || row < 0.0 || column as usize >= frame.columns {
            return None;
        }
        let seat = row as usize * frame.columns + column as usize;
        (seat < frame.room.seats).then_some(frame.first + seat)
    }

    /// Where one comes to from `cell`, among the cells that are `taken`.
    pub fn go(&self, cell: usize, way: Way, taken: impl Fn(usize) -> bool) -> Option<usize> {
        let place = |cell: usize| self.place(cell);
        let (x, y) = place(cell)?;
        let all = || (0..self.cells).filter(|cell| taken(*cell));
        let nearest = |down: bool| {
            let beyond = all().filter_map(|other| place(other).map(|at| (other, at)));
            let beyond = beyond.filter(|(_, (_, there))| if down { *there > y + 0.5 } else { *there < y - 0.5 });
            let far = |(_, (left, top)): &(usize, (f64, f64))| (left - x).abs() + (top - y).abs() * 2.0;
            beyond.min_by(|a, b| far(a).total_cmp(&far(b))).map(|(other, _)| other)
        };
        match way {
            Way::Back => (0..cell).rev().find(|cell| taken(*cell)),
            Way::On => (cell + 1..self.cells).find(|cell| taken(*cell)),
            Way::Up => nearest(false),
            Way::Down => nearest(true),
        }
    }
}

fn columns(width: f64, across: usize, pitch: f64) -> usize {
    let frame = (width - GAP * (across - 1) as f64) / across as f64;
    (((frame - PAD * 2.0) / pitch) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(count: usize, seats: usize) -> Vec<Room> {
        (0..count).map(|number| Room { name: Some(format!("node-{number}").into()), seats }).collect()
    }

    #[test]
    fn ten_thousand_pods_fit_a_stage() {
        let floor = Floor::new(&rooms(91, 110), 640.0, 520.0);
        assert_eq!(floor.cells, 10_010);
        assert!(floor.height < 1_100.0, "{}", floor.height);
        assert!(Floor::new(&rooms(1, 60), 640.0, 520.0).pitch > 20.0, "few cells are large");
    }

    #[test]
    fn frames_never_overlap_and_stay_on_the_floor() {
        for (count, seats, width) in [(1, 1, 300.0), (3, 110, 360.0), (40, 30, 700.0), (200, 110, 360.0), (7, 0, 50.0)]
        {
            let floor = Floor::new(&rooms(count, seats), width, 400.0);
            for (index, one) in floor.frames.iter().enumerate() {
                assert!(one.x >= 0.0 && one.x + one.width <= width + 0.01 && one.y + one.height <= floor.height + 0.01);
                for other in floor.frames.iter().skip(index + 1) {
                    let apart = one.x + one.width <= other.x + 0.01
                        || other.x + other.width <= one.x + 0.01
                        || one.y + one.height <= other.y + 0.01;
                    assert!(apart, "{one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn a_cell_is_hit_where_it_stands() {
        let mut all = rooms(5, 30);
        all.insert(2, Room { name: None, seats: 0 });
        let floor = Floor::new(&all, 500.0, 300.0);
        for cell in 0..floor.cells {
            let (x, y) = floor.place(cell).unwrap();
            assert_eq!(floor.hit(x + 1.0, y + 1.0), Some(cell));
        }
        assert_eq!(floor.place(floor.cells), None);
        assert_eq!(floor.hit(-3.0, 4.0), None);
        assert_eq!(floor.hit(3.0, 4.0), None, "the head is no cell");
    }

    #[test]
    fn keys_lead_to_every_cell_that_is_taken() {
        let floor = Floor::new(&rooms(4, 25), 420.0, 200.0);
        let taken = |cell: usize| cell % 3 == 1;
        let (mut at, mut seen) = (1, 1);
        while let Some(next) = floor.go(at, Way::On, taken) {
            assert!(taken(next) && next > at);
            assert_eq!(floor.go(next, Way::Back, taken), Some(at));
            (at, seen) = (next, seen + 1);
        }
        assert_eq!(seen, 33);
        let below = floor.go(1, Way::Down, taken).unwrap();
        assert!(floor.place(below).unwrap().1 > floor.place(1).unwrap().1);
        assert_eq!(floor.go(1, Way::Up, taken), None);
    }
}
