//! Painting Pods as cells on a canvas: only the cells that changed, each a copy of a picture drawn once.

mod sprites;

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, ImageData};
use yew::NodeRef;

use crate::ui::model::floor::Floor;
use crate::ui::model::mosaic::{Area, Change, Mosaic, areas, changes};
use crate::ui::model::seating::Cell;
use sprites::Sprites;

/// What is on a canvas.
#[derive(Default)]
pub(crate) struct Painter {
    sprites: Option<Sprites>,
    /// What the sprites were drawn for: pixels from a cell to the next, and the number of the palette.
    drawn: (u32, u32),
    floor: Floor,
    painted: Vec<Cell>,
    mosaic: Mosaic,
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

fn new_canvas() -> Option<HtmlCanvasElement> {
    gloo::utils::document().create_element("canvas").ok()?.dyn_into().ok()
}

impl Painter {
    /// Brings the canvas to show `cells` on `floor`. `palette` has a child for each tone; its colours are read again
    /// when `theme` is another number.
    pub fn paint(&mut self, canvas: &NodeRef, palette: &NodeRef, theme: u32, floor: &Floor, cells: &[Cell]) {
        let (Some(canvas), Some(palette)) = (canvas.cast::<HtmlCanvasElement>(), palette.cast::<Element>()) else {
            return;
        };
        let scale = gloo::utils::window().device_pixel_ratio().max(1.0);
        // A cell never reaches into the next one.
        let pitch = (floor.pitch * scale).floor().max(2.0) as u32;
        let anew = self.sprites.is_none() || self.drawn != (pitch, theme);
        if anew {
            self.sprites = Sprites::draw(pitch, floor.pitch, &palette);
            self.drawn = (pitch, theme);
        }
        let Some(sprites) = &self.sprites else { return };
        if anew || self.floor != *floor {
            let (width, height) = ((floor.width * scale).round() as u32, (floor.height * scale).round() as u32);
            // A canvas is emptied by setting its size.
            canvas.set_width(width);
            canvas.set_height(height);
            self.mosaic = match sprites.strip {
                Some(_) => Mosaic::new(width as usize, height as usize),
                None => Mosaic::default(),
            };
            self.floor = floor.clone();
            self.painted.clear();
        }
        let changed = changes(floor, &self.painted, cells, scale);
        if !changed.is_empty()
            && let Some(target) = context(&canvas)
        {
            match &sprites.strip {
                Some(strip) => {
                    self.mosaic.lay(&changed, strip);
                    let shown = show(&target, &self.mosaic, canvas.width(), &areas(&changed, strip.pitch));
                    // A canvas so large that the browser takes no pixels for it is left as it is.
                    if shown.is_none() {
                        return;
                    }
                }
                None => copy(&target, &sprites.canvas, f64::from(pitch), &changed),
            }
        }
        self.painted.clear();
        self.painted.extend_from_slice(cells);
    }
}

/// Hands the pixels of these areas to the browser.
fn show(target: &CanvasRenderingContext2d, mosaic: &Mosaic, width: u32, areas: &[Area]) -> Option<()> {
    let pixels = ImageData::new_with_u8_clamped_array(Clamped(mosaic.pixels()), width).ok()?;
    for it in areas {
        let [x, y, width, height] = [it.x, it.y, it.width, it.height].map(|at| at as f64);
        target
            .put_image_data_with_dirty_x_and_dirty_y_and_dirty_width_and_dirty_height(
                &pixels, 0.0, 0.0, x, y, width, height,
            )
            .ok()?;
    }
    Some(())
}

/// Copies cell by cell, where the browser does not say which pixels it drew.
fn copy(target: &CanvasRenderingContext2d, sprites: &HtmlCanvasElement, pitch: f64, changed: &[Change]) {
    for it in changed {
        let (x, y) = (it.x as f64, it.y as f64);
        target.clear_rect(x, y, pitch, pitch);
        // Nothing can be wrong with these rectangles.
        let _drawn = target.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            sprites,
            it.sprite as f64 * pitch,
            0.0,
            pitch,
            pitch,
            x,
            y,
            pitch,
            pitch,
        );
    }
}
