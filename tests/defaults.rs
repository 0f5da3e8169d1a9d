//! Every recorded object after defaulting and admission, against ours.

#[path = "support/truth.rs"]
mod truth;

use podlab::api::admission::{self, Creation};
use podlab::api::defaults;
use serde_json::Value;

/// Takes away what a dry run cannot know or what only Go prints: null fields, times, allocated ports.
fn comparable(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| {
                !value.is_null() && key != "nodePort" && key != "healthCheckNodePort" && key != "lastTransitionTime"
            });
            fields.values_mut().for_each(comparable);
        }
        Value::Array(items) => items.iter_mut().for_each(comparable),
        _ => {}
    }
}

#[test]
fn defaulted_objects_equal_the_recordings() {
    let cases = truth::read("defaults/dev");
    let mut wrong = 0;
    for case in &cases {
        let text = case["yaml"].as_str().unwrap();
        let Some(mut object) = truth::object(text) else { panic!("{} is not read", case["id"]) };
        defaults::apply(&mut object);
        let once = object.clone();
        defaults::apply(&mut object);
        assert_eq!(once, object, "defaulting twice changes {}", case["id"]);
        let creation =
            Creation { uid: "<uid>".into(), time: None, name_suffix: "<rand5>".into(), volume_suffix: "xxxxx".into() };
        admission::apply(&mut object, &creation);
        object.metadata_mut().uid = None;
        let mut ours = object.to_json();
        let mut theirs: Value = serde_yaml::from_str(case["stdout"].as_str().unwrap()).unwrap();
        comparable(&mut ours);
        comparable(&mut theirs);
        if ours != theirs {
            wrong += 1;
            println!("{} differs\n{}", case["id"], truth::difference(&theirs, &ours));
        }
    }
    println!("defaults: {} of {} equal", cases.len() - wrong, cases.len());
    assert_eq!(wrong, 0);
}
