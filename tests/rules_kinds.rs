//! The verdicts of the real API server on every kind but Pod, against ours.

#[path = "support/truth.rs"]
mod truth;

use std::collections::BTreeMap;

use podlab::api::defaults;
use podlab::manifest::rules;
use serde_json::Value;

/// The agreement below which the test fails: what was reached, so that nothing falls back.
const CAUSES_AGREE: f64 = 0.999;
const WARNINGS_AGREE: f64 = 1.0;

/// Agreement of one kind: cases whose causes agree, all of them, cases whose warnings agree, all of them.
type Tally = (usize, usize, usize, usize);

fn texts(case: &Value, key: &str) -> Vec<String> {
    let show = |value: &Value| match value {
        Value::String(text) => text.clone(),
        cause => format!("{} {}: {}", text(cause, "type"), text(cause, "field"), text(cause, "message")),
    };
    case[key].as_array().into_iter().flatten().map(show).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn same(mut theirs: Vec<String>, mut ours: Vec<String>, any_order: bool) -> bool {
    if any_order {
        theirs.sort();
        ours.sort();
    }
    theirs == ours
}

#[test]
fn verdicts_equal_the_recordings() {
    let show = std::env::var("SHOW").unwrap_or_default();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut unread = 0;
    for file in ["spec", "semantic", "schema", "schema2", "extra", "text"] {
        for case in truth::read(&format!("validation/{file}")) {
            let (kind, stage) = (text(&case, "kind"), text(&case, "stage"));
            let one = case["document_count"].as_u64() == Some(1) && case["causes"].is_array();
            if matches!(kind, "Pod" | "List") || !matches!(stage, "ok" | "invalid") || !one {
                continue;
            }
            let Some(mut object) = truth::object(text(&case, "yaml")) else {
                unread += 1;
                continue;
            };
            defaults::apply(&mut object);
            let any_order = case["order_random"].as_bool() == Some(true);
            let found = rules::validate(&object);
            let ours: Vec<String> =
                found.iter().map(|it| format!("{} {}: {}", it.cause.reason(), it.path, it.message)).collect();
            let tally = tallies.entry(kind.to_owned()).or_default();
            let causes = same(texts(&case, "causes"), ours.clone(), any_order);
            tally.0 += usize::from(causes);
            tally.1 += 1;
            if !causes && show == kind {
                println!("{} {}", case["id"], truth::lines(&texts(&case, "causes"), &ours));
            }
            if stage == "ok" {
                let mut ours: Vec<String> = Vec::new();
                for warning in rules::warnings(&object) {
                    if !ours.contains(&warning.message) {
                        ours.push(warning.message);
                    }
                }
                let warnings = same(texts(&case, "warnings"), ours.clone(), true);
                tally.2 += usize::from(warnings);
                tally.3 += 1;
                if !warnings && show == format!("{kind} warnings") {
                    println!("{} {}", case["id"], truth::lines(&texts(&case, "warnings"), &ours));
                }
            }
        }
    }
    let mut all: Tally = (0, 0, 0, 0);
    for (kind, tally) in &tallies {
        println!("{kind}: causes {} of {}, warnings {} of {}", tally.0, tally.1, tally.2, tally.3);
        all = (all.0 + tally.0, all.1 + tally.1, all.2 + tally.2, all.3 + tally.3);
    }
    println!("all: causes {} of {}, warnings {} of {}; not read here: {unread}", all.0, all.1, all.2, all.3);
    let share = |good: usize, of: usize| good as f64 / of.max(1) as f64;
    assert!(all.1 > 1000, "the recordings are missing");
    assert!(share(all.0, all.1) >= CAUSES_AGREE);
    assert!(share(all.2, all.3) >= WARNINGS_AGREE);
}
