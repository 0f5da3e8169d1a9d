//! The sentences that explain fields (`locales/fields.*.txt`): each language has all of them, each is of a field that
//! there is, and what people write most is explained in full.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::collections::BTreeMap;

use podlab::api::schema::TypeId;

const FILES: [(&str, &str); 2] =
    [("en", include_str!("../locales/fields.en.txt")), ("zh-CN", include_str!("../locales/fields.zh-CN.txt"))];

/// Structs with a sentence for each field.
const WHOLE: [&str; 18] = [
    "Capabilities",
    "Container",
    "ContainerPort",
    "CronJobSpec",
    "DaemonSetSpec",
    "DeploymentSpec",
    "EnvVar",
    "ExecAction",
    "GRPCAction",
    "HTTPGetAction",
    "KeyToPath",
    "LabelSelector",
    "Probe",
    "ResourceRequirements",
    "ServicePort",
    "StatefulSetSpec",
    "TCPSocketAction",
    "Toleration",
];

fn sentences(text: &'static str) -> BTreeMap<&'static str, &'static str> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(' ').unwrap()).collect()
}

#[test]
fn every_language_explains_the_same_fields() {
    let [(_, english), others @ ..] = FILES;
    let english = sentences(english);
    assert!(english.len() >= 300, "{}", english.len());
    for (language, text) in others {
        assert!(sentences(text).keys().eq(english.keys()), "{language}");
    }
    for (language, text) in FILES {
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert!(lines.is_sorted(), "{language} is sorted, so that a field is found by eye");
        for (key, sentence) in sentences(text) {
            let length = sentence.chars().count();
            assert!((4..=160).contains(&length), "{language} {key}: {length} characters");
            assert!(sentence.ends_with(['.', '。']), "{language} {key}");
        }
    }
}

#[test]
fn every_sentence_is_of_a_field() {
    for key in sentences(FILES[0].1).keys() {
        let (holder, field) = key.split_once('.').unwrap();
        let holder = if holder == "Object" { "Pod" } else { holder };
        assert!(TypeId::named(holder).and_then(|id| id.field(field)).is_some(), "{key}");
    }
}

#[test]
fn what_is_written_most_is_explained_in_full() {
    let english = sentences(FILES[0].1);
    for name in WHOLE {
        for field in TypeId::named(name).unwrap().fields() {
            assert!(english.contains_key(format!("{name}.{}", field.name).as_str()), "{name}.{}", field.name);
        }
    }
}
