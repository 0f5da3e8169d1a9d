//! Floor 6: the page. The only room that may use web-sys, gloo and wasm-bindgen.

/// Puts the page into the document's body.
pub fn mount() {}
