//! Files for the person to keep: texts, pictures, a film. `web/export.js` makes them; it is fetched when wanted.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/web/load.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadExport, catch)]
    async fn load_export() -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// The module `web/export.js`.
    #[wasm_bindgen(js_name = Object)]
    type Module;
    #[wasm_bindgen(method, catch)]
    async fn save(this: &Module, what: &str, name: &str, text: &str) -> Result<JsValue, JsValue>;
}

/// Gives the person a file: `what` is one of the names that `web/export.js` knows. False where the browser cannot.
pub(crate) async fn save(what: &str, name: &str, text: &str) -> bool {
    match load_export().await {
        Ok(module) => wasm_bindgen::JsCast::unchecked_into::<Module>(module).save(what, name, text).await.is_ok(),
        Err(_) => false,
    }
}
