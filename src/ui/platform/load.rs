//! Files of the build that are fetched when wanted.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/web/load.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadText, catch)]
    async fn load_text(name: &str) -> Result<JsValue, JsValue>;
}

/// The text of this file; none where it cannot be fetched.
pub(crate) async fn text(name: &str) -> Option<String> {
    load_text(name).await.ok()?.as_string()
}
