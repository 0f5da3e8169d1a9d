//! Listening to the document.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

/// Calls `heard` for each event of this name in the document, until the listener is dropped.
pub(crate) fn on_document(name: &'static str, mut heard: impl FnMut(Event) + 'static) -> EventListener {
    EventListener::new(&gloo::utils::document(), name, move |event| heard(event.clone()))
}

/// Calls `heard` with the fragment that is put into the address of this tab.
pub(crate) fn on_address(mut heard: impl FnMut(&str) + 'static) -> EventListener {
    EventListener::new(&gloo::utils::window(), "hashchange", move |event| {
        // The event says what came; the address may have been changed since.
        let address = js_sys::Reflect::get(event, &"newURL".into()).ok().and_then(|address| address.as_string());
        heard(address.as_deref().and_then(|address| address.split_once('#')).map_or("", |(_, fragment)| fragment));
    })
}

/// Sends an event of this name to the window, for the scripts of `web/`.
pub(crate) fn dispatch(name: &str) {
    if let Ok(event) = Event::new(name) {
        // Nobody prevents it.
        let _ = gloo::utils::window().dispatch_event(&event);
    }
}

/// Whether the event happened inside an element that `selector` fits.
pub(crate) fn inside(event: &Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// Calls `heard` for each key pressed in the document; it may prevent the default.
pub(crate) fn on_key(mut heard: impl FnMut(&KeyboardEvent) + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&gloo::utils::document(), "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            heard(event);
        }
    })
}
