//! Formatting and the two forms of lists held against the recorded manifests: the meaning never changes, doing it twice
//! is doing it once, and a broken text is refused.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

#[path = "support/truth.rs"]
mod truth;

use podlab::manifest::{convert_list, format};
use podlab::text::apply;
use podlab::yaml::{self, NodeKind, Values};

const FILES: [&str; 6] = ["text", "extra", "schema", "schema2", "semantic", "spec"];

fn texts() -> impl Iterator<Item = String> {
    let cases = FILES.iter().flat_map(|name| truth::read(&format!("validation/{name}")));
    cases.filter_map(|case| case["yaml"].as_str().map(str::to_owned))
}

/// What each document means, with its comments; none where the text is broken.
fn meaning(text: &str) -> Option<Vec<(Option<String>, Vec<String>)>> {
    yaml::split(text)
        .iter()
        .map(|document| {
            let tree = &document.tree;
            let comments = tree.comments.iter().map(|span| text[span.start..span.end].trim_end().to_owned()).collect();
            let values = Values::resolve(tree).ok().filter(|_| document.fault.is_none())?;
            Some((values.root().map(|root| yaml::to_json(&values, root)), comments))
        })
        .collect()
}

/// The text with each level twice as deep and dashes set in: something to be laid out.
fn crooked(text: &str) -> String {
    let line = |line: &str| {
        let content = line.trim_start_matches(' ');
        format!("{}{content}", " ".repeat((line.len() - content.len()) * 2))
    };
    text.split_inclusive('\n').map(line).collect()
}

#[test]
fn formatting_keeps_the_meaning_and_is_done_once() {
    let (mut sound, mut refused) = (0, Vec::new());
    for text in texts().flat_map(|text| [crooked(&text), text]) {
        let Some(meant) = meaning(&text) else { continue };
        sound += 1;
        let Some(edits) = format(&text) else {
            refused.push(text);
            continue;
        };
        let once = apply(&text, &edits);
        assert_eq!(meaning(&once).unwrap(), meant, "{text}\nbecame\n{once}");
        let twice = format(&once);
        assert_eq!(twice.as_deref(), Some(&[][..]), "{text}\nbecame\n{once}");
    }
    println!("{} of {sound} sound texts were refused", refused.len());
    for text in refused.iter().take(5) {
        println!("{text:?}");
    }
    assert!(sound > 5_000, "{sound}");
    assert!(refused.len() * 100 <= sound, "{} of {sound} sound texts were refused", refused.len());
}

#[test]
fn broken_texts_are_refused() {
    let mut broken = 0;
    for text in texts() {
        if yaml::split(&text).iter().any(|document| document.tree.error.is_some() || document.fault.is_some()) {
            broken += 1;
            assert_eq!(format(&text), None, "{text}");
        }
    }
    assert!(broken > 100, "{broken}");
}

#[test]
fn a_list_means_the_same_in_both_forms() {
    let (mut asked, mut done) = (0, 0);
    for text in texts() {
        let Some(meant) = meaning(&text) else { continue };
        for document in yaml::split(&text).iter().filter(|document| !document.json) {
            for (_, node) in document.tree.nodes() {
                let NodeKind::Sequence { items, .. } = &node.kind else { continue };
                let Some(first) = items.first() else { continue };
                asked += 1;
                let at = document.tree.node(*first).span.start;
                let Some((_, edit)) = convert_list(&text, at) else { continue };
                done += 1;
                let after = meaning(&apply(&text, &[edit])).unwrap();
                let values = |all: &[(Option<String>, Vec<String>)]| {
                    all.iter().map(|(json, _)| json.clone()).collect::<Vec<_>>()
                };
                assert_eq!(values(&after), values(&meant), "{text}");
                let comments = |all: Vec<(Option<String>, Vec<String>)>| {
                    let mut all: Vec<String> = all.into_iter().flat_map(|(_, comments)| comments).collect();
                    all.sort();
                    all
                };
                assert_eq!(comments(after), comments(meant.clone()), "{text}");
            }
        }
    }
    println!("{done} of {asked} lists have another form");
    assert!(asked > 5_000 && done * 10 > asked * 9, "{done} of {asked}");
}
