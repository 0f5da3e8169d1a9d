//! Where painted things are.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};

use crate::ui::model::wires::Place;

fn place(element: &Element, origin: &Element) -> Place {
    let (bounds, from) = (element.get_bounding_client_rect(), origin.get_bounding_client_rect());
    // What comes in grows while it does: the places are those it has in the end.
    let whole = origin.dyn_ref::<HtmlElement>().map_or(0.0, |origin| f64::from(origin.offset_width()));
    let scale = if whole > 0.0 && from.width() > 0.0 { from.width() / whole } else { 1.0 };
    // `offset_width` is of whole pixels: what it leaves out is no growth.
    let scale = if (from.width() - whole).abs() < 1.0 { 1.0 } else { scale };
    Place {
        left: (bounds.left() - from.left()) / scale,
        top: (bounds.top() - from.top()) / scale,
        width: bounds.width() / scale,
        height: bounds.height() / scale,
    }
}

/// The elements in `origin` that have the attribute `name`.
fn named(origin: &Element, name: &str) -> Vec<Element> {
    let Ok(found) = origin.query_selector_all(&format!("[{name}]")) else { return Vec::new() };
    let nodes = (0..found.length()).filter_map(|index| found.item(index));
    nodes.filter_map(|node| node.dyn_into::<Element>().ok()).collect()
}

/// The places of the elements in `origin` that have the attribute `name`, with its value, from its upper left corner.
pub(crate) fn places(origin: &Element, name: &str) -> Vec<(String, Place)> {
    let elements = named(origin, name).into_iter();
    elements.filter_map(|element| Some((element.get_attribute(name)?, place(&element, origin)))).collect()
}

/// Tells of changes of size until it is dropped.
pub(crate) struct Watch {
    observer: ResizeObserver,
    _heard: Closure<dyn FnMut()>,
}

impl Watch {
    /// Calls `heard` whenever an element in `origin` that has the attribute `name` gets another size.
    pub fn new(origin: &Element, name: &str, heard: impl FnMut() + 'static) -> Option<Self> {
        let heard = Closure::<dyn FnMut()>::new(heard);
        let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
        observer.observe(origin);
        named(origin, name).iter().for_each(|element| observer.observe(element));
        Some(Self { observer, _heard: heard })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
