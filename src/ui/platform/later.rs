//! The second part of the program: what a first visit to the page does not run (`web/split.mjs`).
//!
//! A first visit shows the first example as soon as the first part is there, and the second comes meanwhile. Whoever
//! brings a text waits for both, since any part of the program may have to look at it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen(module = "/web/load.js")]
extern "C" {
    #[wasm_bindgen(js_name = begin)]
    fn hand_over(exports: &JsValue);
    #[wasm_bindgen(js_name = loadLater, catch)]
    async fn load_later() -> Result<JsValue, JsValue>;
    /// Called by the stubs of the first part, which find it by this name.
    #[wasm_bindgen(js_name = loadLaterNow)]
    fn load_later_now();
}

/// How often the second part is asked for before somebody needs it.
const TRIES: u32 = 3;

/// Tells the loader which program it serves: before anything else.
pub(crate) fn begin() {
    hand_over(&wasm_bindgen::exports());
}

/// Begins to fetch the second part; `wait` says whether `start` needs it.
pub(crate) fn fetch(wait: bool, start: impl FnOnce() + 'static) {
    let mut start = Some(start);
    if !wait && let Some(start) = start.take() {
        start();
    }
    spawn_local(async move {
        for _ in 0..TRIES {
            if load_later().await.is_ok() {
                break;
            }
        }
        if let Some(start) = start.take() {
            // Where it has not come, this asks once more, and what it throws is shown in place of the page.
            load_later_now();
            start();
        }
    });
}
