//! YAML to JSON exactly as sigs.k8s.io/yaml does it: every recorded case must agree, value and error text alike.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::io::Read as _;

use podlab::text::Span;
use podlab::yaml::{Tree, Values, to_json};
use serde_json::Value;

fn convert(text: &str) -> Result<String, String> {
    let tree = Tree::parse(text, Span::new(0, text.len()));
    let values = Values::resolve(&tree).map_err(|error| error.message)?;
    Ok(values.root().map_or_else(|| "null".to_owned(), |root| to_json(&values, root)))
}

#[test]
fn every_recorded_text_gives_the_recorded_json_or_error() {
    let packed = std::fs::read("tests/truth/yaml_typing/dev.jsonl.gz").unwrap();
    let mut lines = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut lines).unwrap();
    let mut differences = Vec::new();
    for line in lines.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let yaml = case["yaml"].as_str().unwrap();
        let ours = match convert(yaml) {
            Ok(json) => json,
            Err(error) => format!("error {error}"),
        };
        let truth = match (&case["json"], &case["error"]) {
            (Value::String(json), _) => json.clone(),
            (_, Value::String(error)) => format!("error {error}"),
            _ => case["variants"][0].as_str().unwrap().to_owned(),
        };
        let allowed = case["variants"].as_array().into_iter().flatten().any(|variant| variant == ours.as_str());
        if ours != truth && !allowed {
            differences.push(format!("{yaml:?}\n  truth {truth}\n  ours  {ours}"));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn what_is_said_to_be_a_time_has_to_be_one() {
    assert_eq!(convert("a: !!timestamp 2001-01-01\n").unwrap(), "{\"a\":\"2001-01-01\"}");
    for text in ["a: !!timestamp 2001-01-01a\n", "a: !!timestamp '2001-01-01a'\n", "!!timestamp 2001-01-01a: b\n"] {
        let error = "yaml: cannot decode !!str `2001-01-01a` as a !!timestamp";
        assert_eq!(convert(text).unwrap_err(), error, "{text}");
    }
}
