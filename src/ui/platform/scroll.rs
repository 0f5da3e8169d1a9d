//! Scrolling.

use web_sys::Element;

fn by_id(id: &str) -> Option<Element> {
    gloo::utils::document().get_element_by_id(id)
}

/// Scrolls the element `window` sideways so that the element `inner` in it is seen, a third from its left.
pub(crate) fn keep_in_sight(window: &str, inner: &str) {
    let (Some(window), Some(inner)) = (by_id(window), by_id(inner)) else { return };
    let (frame, place) = (window.get_bounding_client_rect(), inner.get_bounding_client_rect());
    let hidden = place.left() < frame.left() + frame.width() * 0.15 || place.right() > frame.right() - 24.0;
    if hidden {
        let by = place.left() - frame.left() - frame.width() / 3.0;
        window.set_scroll_left(window.scroll_left() + by as i32);
    }
}
