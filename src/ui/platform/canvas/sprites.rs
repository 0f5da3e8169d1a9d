//! The pictures of cells, drawn once for a size and a theme.

use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, Path2d};

use super::{context, new_canvas};
use crate::trace::Tone;
use crate::ui::icon::{Icon, shape};
use crate::ui::model::mosaic::Strip;

/// From this pitch on a cell holds the shape of its tone; smaller ones are told apart by how they are filled.
const SHAPED: f64 = 13.0;

/// A colour, as a style and as pixels: a square of it tells whether the browser says which pixels it drew. Some do not, so
/// that nobody is known by them.
const PROBE: (&str, [u8; 4]) = ("#2e7ad4", [0x2e, 0x7a, 0xd4, 0xff]);

/// How much the pixels may differ from that: some browsers change them by a hair.
const HAIR: u8 = 4;

/// The colours of a tone, as the browser computes them from the style sheets.
struct Colours {
    edge: String,
    ground: String,
    bar: String,
    on: String,
}

/// The pictures of a free seat and of each tone, of a new and of an old revision, side by side.
pub(super) struct Sprites {
    /// As they were drawn.
    pub canvas: HtmlCanvasElement,
    /// As pixels, where the browser gives them.
    pub strip: Option<Strip>,
}

/// The colours that the children of `palette` have, one for each tone.
fn colours(palette: &Element) -> Vec<Colours> {
    let children = palette.children();
    let of = |index: u32| {
        let style = gloo::utils::window().get_computed_style(&children.item(index)?).ok()??;
        let value = |name: &str| style.get_property_value(name).unwrap_or_default();
        Some(Colours {
            edge: value("color"),
            ground: value("background-color"),
            bar: value("border-top-color"),
            on: value("outline-color"),
        })
    };
    (0..children.length()).filter_map(of).collect()
}

impl Sprites {
    /// Draws them, `pitch` pixels from one to the next, for cells of `size` on the floor, in the colours of `palette`.
    pub fn draw(pitch: u32, size: f64, palette: &Element) -> Option<Self> {
        let colours = colours(palette);
        let canvas = new_canvas()?;
        let count = 1 + 2 * colours.len() as u32;
        canvas.set_width(pitch * (count + 1));
        canvas.set_height(pitch);
        let target = context(&canvas)?;
        draw(&target, f64::from(pitch), size, &colours);
        let side = f64::from(pitch);
        target.set_fill_style_str(PROBE.0);
        target.fill_rect(f64::from(count) * side, 0.0, side, side);
        let strip = read(&target, pitch, count);
        Some(Self { canvas, strip })
    }
}

/// The pixels of so many sprites, and of the square after them.
fn read(target: &CanvasRenderingContext2d, pitch: u32, count: u32) -> Option<Strip> {
    let (width, height) = ((count + 1) * pitch, pitch);
    let pixels = target.get_image_data(0.0, 0.0, f64::from(width), f64::from(height)).ok()?.data().0;
    let row = (width * 4) as usize;
    let from = (count * pitch * 4) as usize;
    let probe = |row: &[u8]| {
        let square = row.get(from..).unwrap_or_default();
        !square.is_empty() && square.iter().zip(PROBE.1.iter().cycle()).all(|(is, was)| is.abs_diff(*was) <= HAIR)
    };
    let told = pixels.len() == row * pitch as usize && pixels.chunks(row).all(probe);
    told.then_some(Strip { pitch: pitch as usize, pixels })
}

fn draw(target: &CanvasRenderingContext2d, pitch: f64, size: f64, colours: &[Colours]) {
    let gap = if size >= 9.0 { (pitch / 8.0).round().max(1.0) } else { 1.0 };
    let side = pitch - gap;
    if let Some(waiting) = colours.first() {
        target.set_fill_style_str(&waiting.edge);
        target.set_global_alpha(0.28);
        let dot = (side / 5.0).round().max(1.0);
        target.fill_rect(((side - dot) / 2.0).round(), ((side - dot) / 2.0).round(), dot, dot);
        target.set_global_alpha(1.0);
    }
    for (colour, tone) in colours.iter().zip(Tone::ALL) {
        for old in [false, true] {
            let place = pitch * f64::from(1 + (tone as u8) * 2 + u8::from(old));
            target.save();
            // Nobody scales or rotates this context: moving it cannot fail.
            let _moved = target.translate(place, 0.0);
            if size >= SHAPED {
                shaped(target, side, tone, colour)
            } else {
                filled(target, side, tone, colour)
            }
            if old {
                cut(target, side, size);
            }
            target.restore();
        }
    }
}

/// A cell with room for the shape that its tone has everywhere.
fn shaped(target: &CanvasRenderingContext2d, side: f64, tone: Tone, colour: &Colours) {
    let line = (side / 12.0).max(1.0);
    let inner = side - line;
    let plate = Path2d::new().ok();
    if let Some(plate) = &plate {
        // A plain number is a radius that cannot be wrong.
        let _round = plate.round_rect_with_f64(line / 2.0, line / 2.0, inner, inner, side / 5.0);
        let solid = matches!(tone, Tone::Ready | Tone::Failed | Tone::Done);
        target.set_fill_style_str(if solid { &colour.bar } else { &colour.ground });
        target.fill_with_path_2d(plate);
        target.set_line_width(line);
        target.set_stroke_style_str(&colour.bar);
        target.stroke_with_path(plate);
        let ink = if solid { &colour.on } else { &colour.edge };
        target.set_fill_style_str(ink);
        target.set_stroke_style_str(ink);
    }
    let (fills, d) = shape(Icon::Tone(tone));
    if let Ok(path) = Path2d::new_with_path_string(d) {
        let (room, from) = (side * 0.66, side * 0.17);
        target.save();
        let _moved = target.translate(from, from);
        let _scaled = target.scale(room / 16.0, room / 16.0);
        target.set_line_width(2.4);
        target.set_line_cap("round");
        if fills {
            target.fill_with_path_2d(&path)
        } else {
            target.stroke_with_path(&path)
        }
        target.restore();
    }
}

/// A cell that is told from others by how it is filled.
fn filled(target: &CanvasRenderingContext2d, side: f64, tone: Tone, colour: &Colours) {
    let line = (side / 6.0).round().max(1.0);
    let (half, third) = ((side / 2.0).round(), (side / 3.0).round());
    let frame = |style: &str| {
        target.set_stroke_style_str(style);
        target.set_line_width(line);
        target.stroke_rect(line / 2.0, line / 2.0, side - line, side - line);
    };
    let area = |style: &str, x: f64, y: f64, width: f64, height: f64| {
        target.set_fill_style_str(style);
        target.fill_rect(x, y, width, height);
    };
    match tone {
        Tone::Waiting => frame(&colour.edge),
        Tone::Pulling => {
            frame(&colour.bar);
            area(&colour.bar, 0.0, half, side, side - half);
        }
        Tone::Running => {
            frame(&colour.bar);
            area(&colour.bar, third, third, side - third * 2.0, side - third * 2.0);
        }
        Tone::Ready => area(&colour.bar, 0.0, 0.0, side, side),
        Tone::Done => {
            area(&colour.bar, 0.0, 0.0, side, side);
            area(&colour.ground, third, third, side - third * 2.0, side - third * 2.0);
        }
        Tone::Failed => {
            area(&colour.ground, 0.0, 0.0, side, side);
            target.set_stroke_style_str(&colour.bar);
            target.set_line_width(line * 1.6);
            target.begin_path();
            for (x1, x2) in [(0.0, side), (side, 0.0)] {
                target.move_to(x1, 0.0);
                target.line_to(x2, side);
            }
            target.stroke();
        }
        Tone::BackOff => {
            area(&colour.ground, 0.0, 0.0, side, side);
            area(&colour.bar, 0.0, 0.0, side, third);
            area(&colour.bar, 0.0, side - third, side, third);
        }
        Tone::Terminating => {
            target.set_fill_style_str(&colour.bar);
            corner(target, &[(0.0, 0.0), (side, side), (0.0, side)]);
            target.fill();
        }
    }
}

/// A cell of an old revision lacks a corner.
fn cut(target: &CanvasRenderingContext2d, side: f64, size: f64) {
    let cut = if size >= SHAPED { side * 0.36 } else { side * 0.55 };
    // What is drawn now takes away: the name of an operation that every canvas knows.
    let _known = target.set_global_composite_operation("destination-out");
    corner(target, &[(side - cut, 0.0), (side + 1.0, 0.0), (side + 1.0, cut)]);
    target.fill();
}

fn corner(target: &CanvasRenderingContext2d, points: &[(f64, f64)]) {
    target.begin_path();
    for (index, (x, y)) in points.iter().enumerate() {
        if index == 0 { target.move_to(*x, *y) } else { target.line_to(*x, *y) }
    }
    target.close_path();
}
