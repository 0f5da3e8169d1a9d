//! Zooming by hand: the wheel with Ctrl (as trackpads tell a pinch too), or two fingers.

use std::cell::Cell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, TouchEvent, WheelEvent};

/// Calls `heard` with a factor and the place on the screen it is about, until the listeners are dropped.
pub(crate) fn listen(id: &str, heard: impl Fn(f64, f64) + 'static) -> Vec<EventListener> {
    let Some(element) = gloo::utils::document().get_element_by_id(id) else { return Vec::new() };
    let options = EventListenerOptions::enable_prevent_default();
    let heard = Rc::new(heard);
    let wheel = {
        let heard = heard.clone();
        EventListener::new_with_options(&element, "wheel", options, move |event| {
            if let Some(wheel) = event.dyn_ref::<WheelEvent>().filter(|wheel| wheel.ctrl_key() || wheel.meta_key()) {
                wheel.prevent_default();
                // Wheels turn in steps of a hundred, trackpads in steps of a few.
                heard((-wheel.delta_y().clamp(-60.0, 60.0) / 120.0).exp2(), f64::from(wheel.client_x()));
            }
        })
    };
    let apart = Rc::new(Cell::new(None::<f64>));
    let moved = {
        let apart = apart.clone();
        EventListener::new_with_options(&element, "touchmove", options, move |event| {
            let Some(touches) = event.dyn_ref::<TouchEvent>().map(TouchEvent::touches) else { return };
            let (Some(one), Some(two)) = (touches.get(0), touches.get(1)) else { return apart.set(None) };
            event.prevent_default();
            let (x1, x2) = (f64::from(one.client_x()), f64::from(two.client_x()));
            let now = (x1 - x2).hypot(f64::from(one.client_y() - two.client_y())).max(1.0);
            if let Some(before) = apart.replace(Some(now)) {
                heard(now / before, f64::midpoint(x1, x2));
            }
        })
    };
    let ended = EventListener::new(&element, "touchend", move |_| apart.set(None));
    vec![wheel, moved, ended]
}

/// Where on the screen the place `x` lies within the width of the element `inner`, 0 to 1.
pub(crate) fn share(inner: &str, x: f64) -> Option<f64> {
    let bounds = gloo::utils::document().get_element_by_id(inner)?.get_bounding_client_rect();
    (bounds.width() > 0.0).then(|| (x - bounds.left()) / bounds.width())
}

/// Scrolls `window` sideways so that the place `share` of the width of `inner` is at `x` on the screen.
pub(crate) fn hold(window: &str, inner: &str, share: f64, x: f64) {
    let by_id = |id: &str| gloo::utils::document().get_element_by_id(id);
    let (Some(window), Some(inner)): (Option<Element>, Option<Element>) = (by_id(window), by_id(inner)) else { return };
    let bounds = inner.get_bounding_client_rect();
    let by = bounds.left() + share * bounds.width() - x;
    window.set_scroll_left(window.scroll_left() + by.round() as i32);
}
