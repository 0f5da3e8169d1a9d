//! Answers to changed objects held against those of a real API server and kubectl, and what must hold for any change.
//! The number may only rise: whoever raises it writes the new one here.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

#[path = "support/cases.rs"]
mod cases;
#[path = "support/truth.rs"]
mod truth;

use podlab::api::Object;
use podlab::manifest::update::update;
use podlab::manifest::{Command, Server as _, Shelf, check_dry_run, send};
use serde_json::{Value, json};

/// How many whole answers agreed.
const AGREED: usize = 73;

fn apply(text: &str, shelf: &mut Shelf) -> Value {
    let command = Command::apply("case.yaml");
    let (judgement, done) = send(text, command, shelf);
    let lines: String = done.iter().map(|done| format!("{} {}\n", done.label(), done.word)).collect();
    let causes = judgement
        .causes
        .iter()
        .map(|cause| json!({"type": cause.cause.reason(), "field": cause.path.to_string(), "message": cause.message}));
    json!({"stdout": lines, "stderr": judgement.stderr, "causes": causes.collect::<Vec<_>>()})
}

/// `old` is applied, then `new`: what is printed, and the causes behind it.
#[test]
fn agreement_never_falls() {
    let cases = truth::read("updates/dev");
    let mut agreed = 0;
    for case in &cases {
        let mut shelf = Shelf::new();
        let first = apply(case["old"].as_str().unwrap(), &mut shelf);
        assert_eq!(first["stdout"], case["old_stdout"], "{}", case["id"]);
        let second = apply(case["new"].as_str().unwrap(), &mut shelf);
        let same = ["stdout", "stderr", "causes"].iter().all(|field| second[field] == case[field]);
        agreed += usize::from(same);
        if !same {
            println!("{} {}\n  wanted {}\n  is     {second}", case["id"], case["op"], case["stderr"]);
        }
    }
    println!("{agreed} of {} agree", cases.len());
    assert!(agreed >= AGREED, "{agreed} of {} agree, {AGREED} did before", cases.len());
}

/// The accepted objects of the recordings, as they are stored.
fn stored() -> Vec<(String, Object)> {
    let mut found = Vec::new();
    for case in cases::all().iter().filter(|case| case["verdict"] == "ok") {
        let judgement = check_dry_run(&cases::text_of(case), "case.yaml");
        for object in judgement.accepted_objects() {
            if let Ok(object) = Shelf::new().create(object.clone()) {
                found.push((case["id"].to_string(), object));
            }
        }
    }
    found
}

/// An object that is written again as it is, is accepted, and so is a file that is applied again.
#[test]
fn what_is_stored_may_stay() {
    for (id, object) in stored() {
        assert_eq!(update(&object, &object), [], "{id}");
    }
    for case in cases::all().iter().filter(|case| case["verdict"] == "ok").step_by(3) {
        let (text, mut shelf) = (cases::text_of(case), Shelf::new());
        let first = apply(&text, &mut shelf);
        let second = apply(&text, &mut shelf);
        let count = |answer: &Value| answer["stdout"].as_str().unwrap().lines().count();
        // A list without its merge key can be created but not patched, the annotation has its limit, a uid cannot be
        // chosen, and a null removes what the decoder read as empty.
        let words = second["stderr"].as_str().unwrap();
        let known = ["declared merge key", "Too long", "metadata.uid", "pod updates may not change"];
        let known = known.iter().any(|known| words.contains(known));
        assert!(known || count(&first) == count(&second), "{}: {second}", case["id"]);
    }
}

/// Any two objects get an answer.
#[test]
fn unrelated_objects_get_an_answer() {
    let stored = stored();
    let mut refused = 0;
    for (i, (_, old)) in stored.iter().enumerate() {
        for far in [1, 7, 131] {
            let (_, new) = &stored[(i + far) % stored.len()];
            refused += usize::from(!update(old, new).is_empty());
        }
    }
    assert!(refused > stored.len(), "most of them are not each other's next version");
}
