//! Verdicts held against those of a real API server and kubectl. The numbers may only rise: whoever raises one
//! writes the new one here.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use podlab::manifest::{check_dry_run, decode_bytes};
use podlab::text::Span;
use serde_json::Value;

const FILES: [&str; 6] = ["text", "extra", "schema", "schema2", "semantic", "spec"];

fn cases(file: &str) -> Vec<Value> {
    let packed = std::fs::read(format!("tests/truth/validation/{file}.jsonl.gz")).unwrap();
    let mut lines = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut lines).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text_of(case: &Value) -> String {
    match case["yaml"].as_str() {
        Some(text) => decode_bytes(text.as_bytes()),
        None => {
            let packed = case["yaml_b64"].as_str().unwrap();
            decode_bytes(&base64::engine::general_purpose::STANDARD.decode(packed).unwrap())
        }
    }
}

/// How many cases of each stage have kubectl's whole text, and how many there are.
#[test]
fn agreement_never_falls() {
    let mut agree: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in FILES.iter().flat_map(|file| cases(file)) {
        // Answers that depend on what else exists, and lists that Go shuffles, are the judge's business.
        if case["cluster_state"].as_bool() == Some(true) || case["order_random"].as_bool() == Some(true) {
            continue;
        }
        let judgement = check_dry_run(&text_of(&case), "case.yaml");
        let stage = case["stage"].as_str().unwrap();
        let same = case["stderr"].as_str().unwrap().trim() == judgement.stderr.trim();
        let count = agree.entry(stage.to_owned()).or_default();
        count.0 += usize::from(same);
        count.1 += 1;
    }
    println!("{agree:?}");
    let floors = [
        ("admission", 12),
        ("client", 348),
        ("decode", 749),
        ("invalid", 2552),
        ("ok", 1718),
        ("server", 2),
        ("yaml", 432),
    ];
    for (stage, least) in floors {
        let (same, all) = agree[stage];
        assert!(same >= least, "{stage}: {same} of {all} agree, {least} did before");
    }
}

/// Every place lies inside the text and on characters, and every cause and warning has one.
#[test]
fn places_lie_in_the_text() {
    for case in FILES.iter().flat_map(|file| cases(file)) {
        let text = text_of(&case);
        let judgement = check_dry_run(&text, "case.yaml");
        let inside = |span: Span| text.get(span.start..span.end).is_some();
        for diagnostic in &judgement.diagnostics {
            let places = diagnostic.related.iter().map(|related| related.span).chain([diagnostic.span]);
            let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
            assert!(places.chain(edits).all(inside), "{}: {diagnostic:?}", case["id"]);
        }
    }
}
