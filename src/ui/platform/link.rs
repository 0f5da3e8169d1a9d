//! Links: the address of the page, and the clipboard.

use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::share::{Shared, snippet};

/// The fragment of the page's address.
pub(crate) fn fragment() -> String {
    gloo::utils::window().location().hash().unwrap_or_default()
}

/// The address of this page, without a query and a fragment.
pub(crate) fn page() -> String {
    let address = gloo::utils::window().location().href().unwrap_or_default();
    address.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Puts a link to `shared` into the address and the clipboard; `done` hears whether the clipboard took it.
pub(crate) fn copy(shared: &Shared, done: impl FnOnce(bool) + 'static) {
    let address = snippet::link(&page(), shared);
    show_fragment(address.split('#').next_back().unwrap_or_default());
    copy_text(&address, done);
}

/// Puts `fragment` (without the `#`) into the address, or takes out what is there.
pub(crate) fn show_fragment(fragment: &str) {
    let window = gloo::utils::window();
    let address = window.location().href().unwrap_or_default();
    let page = address.split('#').next().unwrap_or_default();
    let address = if fragment.is_empty() { page.to_owned() } else { format!("{page}#{fragment}") };
    if let Ok(history) = window.history() {
        // Where the address cannot be changed (an opaque origin), what it would say is lost and nothing else.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
}

/// Opens `shared` on a page of its own, beside the page that embeds ours.
pub(crate) fn open_alone(shared: &Shared) {
    let address = snippet::link(&page(), shared);
    // A browser that refuses has told the person so.
    let _ = gloo::utils::window().open_with_url_and_target_and_features(&address, "_blank", "noopener");
}

/// Puts `text` into the clipboard; `done` hears whether that went well.
pub(crate) fn copy_text(text: &str, done: impl FnOnce(bool) + 'static) {
    let navigator = gloo::utils::window().navigator();
    // There is no clipboard on a page that is not served securely.
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    if !clipboard.is_ok_and(|clipboard| clipboard.is_object()) {
        return done(false);
    }
    let written = navigator.clipboard().write_text(text);
    spawn_local(async move { done(JsFuture::from(written).await.is_ok()) });
}
