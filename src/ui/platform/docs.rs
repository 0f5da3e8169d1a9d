//! The texts behind `kubectl explain`: a file beside the page, fetched when somebody opens the terminal.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Where they are, relative to the page.
const FILE: &str = "fields.json";

/// Fetches the texts. Where they cannot be had, `explain` does without.
pub(crate) fn fetch(done: impl FnOnce(String) + 'static) {
    let Some(window) = web_sys::window() else { return };
    // A page opened from a folder has nothing beside it.
    if window.location().protocol().is_ok_and(|protocol| protocol == "file:") {
        return;
    }
    spawn_local(async move {
        let Ok(response) = JsFuture::from(window.fetch_with_str(FILE)).await else { return };
        let Ok(response) = response.dyn_into::<web_sys::Response>() else { return };
        let Some(text) = response.text().ok().filter(|_| response.ok()) else { return };
        if let Some(text) = JsFuture::from(text).await.ok().and_then(|text| text.as_string()) {
            done(text);
        }
    });
}
