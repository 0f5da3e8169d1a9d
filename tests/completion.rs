//! Completion held against the recorded manifests: wherever somebody wrote a field, completion would have offered it
//! while they did, and no text at any place makes it panic or answer with a place outside of the text.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

#[path = "support/truth.rs"]
mod truth;

use podlab::manifest::{complete, hover};
use podlab::yaml::{self, NodeKind, Style};

/// The manifests that a server accepted, each with its kind.
fn accepted() -> Vec<String> {
    let files = ["spec", "semantic", "text"].iter().flat_map(|name| truth::read(&format!("validation/{name}")));
    files.filter(|case| case["verdict"] == "ok").filter_map(|case| case["yaml"].as_str().map(str::to_owned)).collect()
}

fn scalar_text<'t>(tree: &'t yaml::Tree<'_>, node: yaml::NodeId) -> Option<&'t str> {
    match &tree.node(node).kind {
        NodeKind::Scalar { value, .. } => Some(value),
        _ => None,
    }
}

/// How a text is cut while its key at `start..end` is being written.
fn while_typing(text: &str, start: usize, end: usize) -> [(String, usize); 3] {
    let typed = start + (end - start).min(2);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    [
        // The first letters, with the rest of the text behind.
        (format!("{}{}", &text[..typed], &text[line_end..]), typed),
        // The text as it grows: nothing behind it yet.
        (text[..typed].to_owned(), typed),
        // Nothing of the word yet.
        (format!("{}{}", &text[..start], &text[line_end..]), start),
    ]
}

#[test]
fn what_was_written_would_have_been_offered() {
    let (mut asked, mut missed) = (0, Vec::new());
    // The editor ends lines with "\n" alone, whatever it was given.
    for text in accepted().into_iter().filter(|text| !text.contains('\r')).step_by(2) {
        for document in yaml::split(&text).iter().filter(|document| document.tree.error.is_none()) {
            let tree = &document.tree;
            for (_, node) in tree.nodes() {
                let NodeKind::Mapping { pairs, .. } = &node.kind else { continue };
                for (key, _) in pairs {
                    let key = tree.node(*key);
                    let NodeKind::Scalar { value, style: Style::Plain, .. } = &key.kind else { continue };
                    // Only fields, not keys of maps; and only the last of a line, which is how one types.
                    let known = hover(&text, key.span.start)
                        .is_some_and(|hover| !hover.doc.is_empty() && hover.doc.ends_with(&format!(".{value}")));
                    // What stands there a second time is not offered.
                    let twice = pairs.iter().filter(|(other, _)| scalar_text(tree, *other) == Some(value)).count() > 1;
                    if !known || twice || &**value == "status" || &**value == "creationTimestamp" {
                        continue;
                    }
                    for (typing, at) in while_typing(&text, key.span.start, key.span.end) {
                        asked += 1;
                        if !complete(&typing, at).iter().any(|offered| offered.label == **value) {
                            missed.push(format!("{value} at {at} of {typing:?}"));
                        }
                    }
                }
            }
        }
    }
    println!("{} of {asked} fields were not offered", missed.len());
    for miss in missed.iter().take(12) {
        println!("{miss}");
    }
    assert!(asked > 5_000, "{asked}");
    assert!(missed.len() * 500 <= asked, "{} of {asked} fields were not offered", missed.len());
}

#[test]
fn any_place_of_any_text_has_an_answer() {
    let broken = truth::read("validation/text")
        .into_iter()
        .step_by(9)
        .filter_map(|case| case["yaml"].as_str().map(str::to_owned));
    for text in broken {
        for (at, _) in text.char_indices().step_by(7) {
            for offered in complete(&text, at) {
                assert!(text.get(offered.span.start..offered.span.end).is_some(), "{offered:?} in {text:?}");
            }
            if let Some(hover) = hover(&text, at) {
                assert!(text.get(hover.span.start..hover.span.end).is_some(), "{hover:?} in {text:?}");
            }
        }
    }
}
