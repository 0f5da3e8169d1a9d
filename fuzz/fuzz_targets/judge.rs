//! Whatever bytes come: an answer, with places inside the text and on characters, and fixes that can be applied.
#![no_main]

use libfuzzer_sys::fuzz_target;
use podlab::manifest::{check, decode_bytes, fix_all};
use podlab::text::{Span, apply};

fuzz_target!(|bytes: &[u8]| {
    let text = decode_bytes(bytes);
    let judgement = check(&text, "f.yaml");
    let inside = |span: Span| assert!(text.get(span.start..span.end).is_some(), "{span:?}");
    for diagnostic in &judgement.diagnostics {
        inside(diagnostic.span);
        diagnostic.related.iter().for_each(|related| inside(related.span));
        for edit in diagnostic.fixes.iter().flat_map(|fix| &fix.edits) {
            inside(edit.span);
        }
    }
    let fixed = fix_all(&text);
    assert_eq!(apply(&text, &fixed.edits), fixed.text);
});
