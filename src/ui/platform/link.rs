//! Links: the address of the page, and the clipboard.

use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::share::{self, LinkError, Shared};

/// Whether the address of the page has a fragment, which may be a link.
pub(crate) fn is_there() -> bool {
    gloo::utils::window().location().hash().is_ok_and(|hash| !hash.is_empty())
}

/// What the address of the page says, where it is a link of Podlab.
pub(crate) fn read() -> Option<Result<Shared, LinkError>> {
    let window = gloo::utils::window();
    let hash = window.location().hash().unwrap_or_default();
    match share::decode(&hash) {
        Err(LinkError::NotALink) => None,
        read => Some(read),
    }
}

/// Puts a link to `shared` into the address and the clipboard; `done` hears whether the clipboard took it.
pub(crate) fn copy(shared: &Shared, done: impl FnOnce(bool) + 'static) {
    let fragment = share::encode(shared);
    let window = gloo::utils::window();
    let address = window.location().href().unwrap_or_default();
    let address = format!("{}#{fragment}", address.split('#').next().unwrap_or_default());
    if let Ok(history) = window.history() {
        // Where the address cannot be changed (an opaque origin), the clipboard still has the link.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
    copy_text(&address, done);
}

/// Opens `text` on a page of its own, beside the page that embeds ours.
pub(crate) fn open_alone(text: &str) {
    let window = gloo::utils::window();
    let address = window.location().href().unwrap_or_default();
    let page = address.split(['?', '#']).next().unwrap_or_default();
    let fragment = share::encode(&Shared { yaml: text.to_owned(), ..Shared::default() });
    // A browser that refuses has told the person so.
    let _ = window.open_with_url_and_target_and_features(&format!("{page}#{fragment}"), "_blank", "noopener");
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
