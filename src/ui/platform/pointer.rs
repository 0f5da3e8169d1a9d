//! Where the pointer is, and dragging.

use web_sys::{Element, MouseEvent, PointerEvent};
use yew::NodeRef;

/// Where the pointer is within the width of an element, 0 to 1.
pub(crate) fn share_of_width(event: &PointerEvent, node: &NodeRef) -> Option<f64> {
    let bounds = node.cast::<Element>()?.get_bounding_client_rect();
    (bounds.width() > 0.0).then(|| ((f64::from(event.client_x()) - bounds.left()) / bounds.width()).clamp(0.0, 1.0))
}

/// Sends the pointer's events to `node` until it is released.
pub(crate) fn capture(event: &PointerEvent, node: &NodeRef) {
    if let Some(element) = node.cast::<Element>() {
        // A pointer that is gone already cannot be captured; then there is no drag.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Whether `node` has the pointer.
pub(crate) fn has_capture(event: &PointerEvent, node: &NodeRef) -> bool {
    node.cast::<Element>().is_some_and(|element| element.has_pointer_capture(event.pointer_id()))
}

/// Where the pointer is within an element, CSS pixels from its upper left corner.
pub(crate) fn within(event: &MouseEvent, node: &NodeRef) -> Option<(f64, f64)> {
    let bounds = node.cast::<Element>()?.get_bounding_client_rect();
    Some((f64::from(event.client_x()) - bounds.left(), f64::from(event.client_y()) - bounds.top()))
}
