//! The second part of the program: what a first visit to the page does not run (`web/split.mjs`).
//!
//! A first visit shows the first example as soon as the first part is there, and the second comes meanwhile; what the
//! person does waits for it (`web/later.js`). Whoever brings a text waits for both, since any part of the program may have
//! to look at it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::i18n::{Lang, text};

#[wasm_bindgen(module = "/web/later.js")]
extern "C" {
    #[wasm_bindgen(js_name = begin)]
    fn hand_over(exports: &JsValue);
    #[wasm_bindgen(js_name = loadLater, catch)]
    async fn load_later() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = followLater)]
    fn follow_later(patience: &str, failure: &str);
    /// Called by the stubs of the first part, which find it by this name.
    #[wasm_bindgen(js_name = loadLaterNow)]
    fn load_later_now();
}

/// How often the second part is asked for before a page that needs it gives up.
const TRIES: u32 = 3;

/// Tells the loader which program it serves: before anything else.
pub(crate) fn begin() {
    hand_over(&wasm_bindgen::exports());
}

/// Fetches the second part for a page that is shown already; what is done there waits for it.
pub(crate) fn follow(lang: Lang) {
    follow_later(&text(lang, "later-patience"), &text(lang, "later-failure"));
}

/// Fetches the second part for a page that needs it before anything is shown.
pub(crate) async fn fetch() {
    for _ in 0..TRIES {
        if load_later().await.is_ok() {
            return;
        }
    }
    // This asks once more, and what it throws is shown in place of the page.
    load_later_now();
}
