//! The engine as the page has it: compiled to wasm, where `usize` has 32 bits, and run by Node.js.
//! `cargo xtask test` runs these. What needs a document is tested in a real browser instead, in `tests/e2e`.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]
#![cfg(target_arch = "wasm32")]

use podlab::cluster::Rng;
use podlab::text::Span;
use podlab::yaml::{Tree, Values, to_json};
use wasm_bindgen_test::wasm_bindgen_test;

/// Numbers of a manifest have 64 bits whatever the machine has.
#[wasm_bindgen_test]
fn numbers_keep_their_64_bits() {
    assert_eq!(size_of::<usize>(), 4);
    let text = "a: 9223372036854775807\nb: -9223372036854775808\nc: 4294967296\nd: 1.5e300\ne: 0o17\nf: 名\n";
    let tree = Tree::parse(text, Span::new(0, text.len()));
    let values = Values::resolve(&tree).unwrap();
    let json = to_json(&values, values.root().unwrap());
    let expected = r#"{"a":9223372036854775807,"b":-9223372036854775808,"c":4294967296,"d":1.5e+300,"e":15,"f":"名"}"#;
    assert_eq!(json, expected);
}

/// The same seed gives the same run here as natively (where these numbers come from): a shared link must show the
/// same Pods to everybody.
#[wasm_bindgen_test]
fn chance_is_the_same_as_natively() {
    let mut rng = Rng::new(7);
    assert_eq!(rng.next_u64(), 7_191_089_600_892_374_487);
    assert_eq!(rng.below(u64::MAX), 309_689_372_594_955_804);
    assert_eq!(rng.name_suffix(5), "m7vqk");
}
