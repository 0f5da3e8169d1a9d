//! The cells of a [`Floor`] as pixels: which look another way than before, and how their pictures are laid side by side.
//! Ten thousand cells that are copied here and handed to the browser at once take a tenth of what as many calls would.

use super::floor::Floor;
use super::seating::Cell;

/// Bytes of a pixel: red, green, blue, and how opaque it is.
const PIXEL: usize = 4;

/// A cell that looks another way than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The place of its frame on the floor.
    pub frame: usize,
    /// Its upper left corner, in pixels of the canvas.
    pub x: usize,
    /// From above.
    pub y: usize,
    /// The number of its picture: 0 for a seat that is free, then two for each tone, of a new and of an old revision.
    pub sprite: usize,
}

/// A part of the canvas, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Where it begins from the left.
    pub x: usize,
    /// Where it begins from above.
    pub y: usize,
    /// How wide it is.
    pub width: usize,
    /// How high it is.
    pub height: usize,
}

/// Pictures of cells side by side, each a square.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strip {
    /// The length of a square's side, in pixels.
    pub pitch: usize,
    /// The pixels, row by row.
    pub pixels: Vec<u8>,
}

/// The pixels of a canvas, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mosaic {
    width: usize,
    pixels: Vec<u8>,
}

/// The number of a cell's picture.
fn sprite(cell: &Cell) -> usize {
    if cell.member.is_some() { 1 + usize::from(cell.tone) * 2 + usize::from(cell.old) } else { 0 }
}

/// Which of `cells` look another way than `before`, where `scale` pixels of the canvas are a pixel of the floor. Those that
/// were not there before look another way.
pub fn changes(floor: &Floor, before: &[Cell], cells: &[Cell], scale: f64) -> Vec<Change> {
    let mut all = Vec::new();
    let pixel = |at: f64| (at * scale).round().max(0.0) as usize;
    for (number, frame) in floor.frames.iter().enumerate() {
        for seat in 0..frame.room.seats {
            let cell = frame.first + seat;
            let Some(now) = cells.get(cell) else { break };
            let sprite = sprite(now);
            if before.get(cell).is_some_and(|before| self::sprite(before) == sprite) {
                continue;
            }
            if let Some((x, y)) = floor.place_in(frame, seat) {
                all.push(Change { frame: number, x: pixel(x), y: pixel(y), sprite });
            }
        }
    }
    all
}

/// What has to be shown anew after `changes` of cells of this pitch: an area in each frame that has some.
pub fn areas(changes: &[Change], pitch: usize) -> Vec<Area> {
    let of_frame = |changes: &[Change]| {
        let least = |of: fn(&Change) -> usize| changes.iter().map(of).min().unwrap_or_default();
        let most = |of: fn(&Change) -> usize| changes.iter().map(of).max().unwrap_or_default();
        let (x, y) = (least(|it| it.x), least(|it| it.y));
        Area { x, y, width: most(|it| it.x) + pitch - x, height: most(|it| it.y) + pitch - y }
    };
    changes.chunk_by(|a, b| a.frame == b.frame).map(of_frame).collect()
}

impl Mosaic {
    /// An empty one of so many pixels.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, pixels: vec![0; width.saturating_mul(height).saturating_mul(PIXEL)] }
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Lays the pictures of `strip` where cells changed; what lies outside is left out.
    pub fn lay(&mut self, changes: &[Change], strip: &Strip) {
        let pitch = strip.pitch;
        let from_row = strip.pixels.len().checked_div(pitch).unwrap_or_default();
        for change in changes {
            let wide = pitch.min(self.width.saturating_sub(change.x)) * PIXEL;
            for row in 0..pitch {
                let from = row * from_row + change.sprite * pitch * PIXEL;
                let to = ((change.y + row) * self.width + change.x) * PIXEL;
                let (Some(from), Some(to)) = (strip.pixels.get(from..from + wide), self.pixels.get_mut(to..to + wide))
                else {
                    break;
                };
                to.copy_from_slice(from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::floor::Room;

    fn cell(tone: u8, old: bool) -> Cell {
        Cell { member: Some(0), tone, old }
    }

    /// Each picture's pixels are its number.
    fn strip(pitch: usize, sprites: u8) -> Strip {
        let row: Vec<u8> = (0..sprites).flat_map(|sprite| vec![sprite; pitch * PIXEL]).collect();
        Strip { pitch, pixels: row.repeat(pitch) }
    }

    #[test]
    fn every_cell_is_laid_where_the_floor_has_it() {
        let rooms: Vec<Room> =
            (0..3).map(|number| Room { name: Some(format!("node-{number}").into()), seats: 20 }).collect();
        let floor = Floor::new(&rooms, 300.0, 200.0);
        let cells: Vec<Cell> = (0..floor.cells).map(|at| cell((at % 8) as u8, at % 3 == 0)).collect();
        for scale in [1.0, 1.25, 2.0] {
            let pixel = |at: f64| (at * scale).round() as usize;
            let (width, height) = (pixel(floor.width), pixel(floor.height));
            let strip = strip(pixel(floor.pitch), 17);
            let mut mosaic = Mosaic::new(width, height);
            let all = changes(&floor, &[], &cells, scale);
            assert_eq!(all.len(), floor.cells);
            mosaic.lay(&all, &strip);
            for (at, cell) in cells.iter().enumerate() {
                let (x, y) = floor.place(at).unwrap();
                let place = (pixel(y + floor.pitch / 2.0) * width + pixel(x + floor.pitch / 2.0)) * PIXEL;
                assert_eq!(usize::from(mosaic.pixels()[place]), sprite(cell), "cell {at} at {scale}");
            }
            let areas = areas(&all, strip.pitch);
            assert_eq!(areas.len(), 3);
            assert!(areas.iter().all(|it| it.x + it.width <= width && it.y + it.height <= height));
        }
    }

    #[test]
    fn what_looks_as_before_is_left_alone() {
        let rooms = [Room { name: None, seats: 30 }, Room { name: Some("a".into()), seats: 30 }];
        let floor = Floor::new(&rooms, 400.0, 200.0);
        let before = vec![cell(1, false); 60];
        let mut now = before.clone();
        // Another Pod that looks the same.
        now[3].member = Some(7);
        now[40].old = true;
        now[41] = Cell::default();
        let changed = changes(&floor, &before, &now, 1.0);
        assert_eq!(changed.iter().map(|it| it.sprite).collect::<Vec<_>>(), [4, 0]);
        let pitch = floor.pitch as usize;
        assert_eq!(areas(&changed, pitch).len(), 1);
        assert_eq!(areas(&changed, pitch)[0].width, pitch * 2);
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut mosaic = Mosaic::new(10, 4);
        let at = |x, y| Change { frame: 0, x, y, sprite: 1 };
        mosaic.lay(&[at(8, 0), at(3, 9), at(30, 1), Change { sprite: 99, ..at(0, 0) }], &strip(4, 2));
        let row = |y: usize| mosaic.pixels()[y * 40..(y + 1) * 40].iter().map(|byte| u32::from(*byte)).sum::<u32>();
        assert_eq!([row(0), row(1), row(2), row(3)], [8, 8, 8, 8]);
    }
}
