//! The engine as the page has it: compiled to wasm and run by Node.js. `cargo xtask test` runs these.
//!
//! What needs a document is tested in a real browser instead, in `tests/e2e`.
#![cfg(target_arch = "wasm32")]

use podlab::text::Span;
use wasm_bindgen_test::wasm_bindgen_test;

/// Offsets are 64 bits natively and 32 bits here; a text past 2 GiB must not be what finds that out.
#[wasm_bindgen_test]
fn the_page_has_32_bit_offsets() {
    assert_eq!(size_of::<usize>(), 4);
    assert_eq!(Span::new(1, usize::MAX).end(), usize::MAX);
}
