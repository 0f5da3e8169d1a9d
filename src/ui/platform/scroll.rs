//! Scrolling.

use web_sys::Element;
use yew::NodeRef;

/// Scrolls what holds the element so far that its end is seen.
pub(crate) fn to_end(last: &NodeRef) {
    if let Some(window) = last.cast::<Element>().and_then(|last| last.parent_element()) {
        window.set_scroll_top(window.scroll_height());
    }
}

/// Whether the window is wide enough for everything at once.
pub(crate) fn wide() -> bool {
    gloo::utils::window().match_media("(min-width: 700px)").ok().flatten().is_some_and(|query| query.matches())
}

/// Whether the person wants things not to move.
pub(crate) fn still() -> bool {
    gloo::utils::window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

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
