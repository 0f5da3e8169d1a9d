//! Verdicts held against those of a real API server and kubectl. The numbers may only rise: whoever raises one
//! writes the new one here.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

#[path = "support/cases.rs"]
mod cases;

use podlab::manifest::check_dry_run;
use podlab::text::Span;
use std::collections::BTreeMap;

/// How many cases of each stage have kubectl's whole text, and how many there are.
#[test]
fn agreement_never_falls() {
    let mut agree: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in cases::all() {
        // Answers that depend on what else exists, and lists that Go shuffles, are the judge's business.
        if case["cluster_state"].as_bool() == Some(true) || case["order_random"].as_bool() == Some(true) {
            continue;
        }
        let judgement = check_dry_run(&cases::text_of(&case), "case.yaml");
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
        ("invalid", 2559),
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
    for case in cases::all() {
        let text = cases::text_of(&case);
        let judgement = check_dry_run(&text, "case.yaml");
        let inside = |span: Span| text.get(span.start..span.end).is_some();
        for diagnostic in &judgement.diagnostics {
            let places = diagnostic.related.iter().map(|related| related.span).chain([diagnostic.span]);
            let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
            assert!(places.chain(edits).all(inside), "{}: {diagnostic:?}", case["id"]);
        }
    }
}
