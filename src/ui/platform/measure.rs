//! Where painted things are.

use web_sys::Element;

use crate::ui::model::wires::Place;

fn place(element: &Element, origin: &Element) -> Place {
    let (bounds, from) = (element.get_bounding_client_rect(), origin.get_bounding_client_rect());
    Place {
        left: bounds.left() - from.left(),
        top: bounds.top() - from.top(),
        width: bounds.width(),
        height: bounds.height(),
    }
}

/// The places of the elements in `origin` that have the attribute `name`, with its value, from its upper left corner.
pub(crate) fn places(origin: &Element, name: &str) -> Vec<(String, Place)> {
    let Ok(found) = origin.query_selector_all(&format!("[{name}]")) else { return Vec::new() };
    let elements = (0..found.length()).filter_map(|index| found.item(index)).filter_map(|node| {
        use wasm_bindgen::JsCast;
        node.dyn_into::<Element>().ok()
    });
    elements.filter_map(|element| Some((element.get_attribute(name)?, place(&element, origin)))).collect()
}
