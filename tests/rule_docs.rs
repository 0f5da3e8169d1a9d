//! The documentation of the rules is true: each bad example is found by its rule, each good one is not.
//!
//! A rule's doc comment begins with its code in backquotes and a colon, and holds YAML blocks after `Bad:` and `Good:`.
//! An example is merged into the least object of its kind (a Pod where it names none), lists entry by entry.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at what should not be")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use podlab::api::{Kind, Object, defaults};
use podlab::manifest::rules;
use serde_json::{Value, json};

struct Example {
    code: String,
    file: PathBuf,
    bad: bool,
    yaml: String,
}

fn source_files(directory: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => source_files(&path, out),
            false => out.push(path),
        }
    }
    out.sort();
}

/// The code that a doc comment's first line names: `` `pod/os`: … ``.
fn code_of(line: &str) -> Option<&str> {
    let (code, _) = line.strip_prefix('`')?.split_once("`:")?;
    let kebab =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b"-/0123456789".contains(&b));
    (code.matches('/').count() == 1 && kebab(code)).then_some(code)
}

fn examples(file: &Path) -> Vec<Example> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut found = Vec::new();
    let (mut code, mut bad, mut yaml): (Option<String>, bool, Option<String>) = (None, false, None);
    let mut in_doc = false;
    for line in text.lines() {
        let Some(doc) = line.trim_start().strip_prefix("///") else {
            in_doc = false;
            continue;
        };
        let doc = doc.strip_prefix(' ').unwrap_or(doc);
        if !in_doc {
            in_doc = true;
            code = code_of(doc).map(str::to_owned);
        }
        match (doc, yaml.take(), &code) {
            ("```", Some(yaml), Some(code)) => {
                found.push(Example { code: code.clone(), file: file.to_owned(), bad, yaml });
            }
            // The example of a comment that names no rule.
            ("```", Some(_), None) => {}
            (line, Some(block), _) => yaml = Some(block + line + "\n"),
            ("Bad:", ..) => bad = true,
            ("Good:", ..) => bad = false,
            ("```yaml", ..) => yaml = Some(String::new()),
            _ => {}
        }
    }
    found
}

/// `patch` over `base`: maps by key, lists entry by entry.
fn merged(base: Value, patch: Value) -> Value {
    match (base, patch) {
        (Value::Object(mut base), Value::Object(patch)) => {
            for (key, value) in patch {
                let old = base.remove(&key).unwrap_or_default();
                base.insert(key, merged(old, value));
            }
            Value::Object(base)
        }
        (Value::Array(mut base), Value::Array(patch)) if !patch.is_empty() => {
            for (i, value) in patch.into_iter().enumerate() {
                match base.get_mut(i) {
                    Some(old) => *old = merged(old.take(), value),
                    None => base.push(value),
                }
            }
            Value::Array(base)
        }
        (base, Value::Null) => base,
        (_, patch) => patch,
    }
}

/// The least object of a kind that the server accepts; an example is merged over it.
fn minimal(kind: Kind) -> Value {
    let container = json!({"name": "a", "image": "nginx"});
    let template = json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container]}});
    let selector = json!({"matchLabels": {"app": "a"}});
    let job = json!({"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}});
    let mut object = match kind {
        Kind::Pod => json!({"spec": {"containers": [container]}}),
        Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => {
            json!({"spec": {"selector": selector, "template": template}})
        }
        Kind::StatefulSet => json!({"spec": {"serviceName": "a", "selector": selector, "template": template}}),
        Kind::Job => json!({"spec": job}),
        Kind::CronJob => json!({"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job}}}),
        Kind::Service => json!({"spec": {"ports": [{"port": 80}]}}),
        Kind::HorizontalPodAutoscaler => {
            let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"});
            json!({"spec": {"maxReplicas": 3, "scaleTargetRef": target}})
        }
        Kind::PersistentVolumeClaim => {
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
        }
        _ => json!({}),
    };
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.name().into();
    object["metadata"] = json!({"name": "p"});
    object
}

fn codes(yaml: &str) -> BTreeSet<&'static str> {
    let patch: Value = serde_yaml::from_str(yaml).expect("the example is YAML");
    let name = patch.get("kind").and_then(Value::as_str).unwrap_or("Pod").to_owned();
    let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == name).expect("a kind that has rules");
    let mut object = Object::from_json(kind, merged(minimal(kind), patch)).expect("the example decodes");
    defaults::apply(&mut object);
    let errors = rules::validate(&object);
    let warnings = if errors.is_empty() { rules::warnings(&object) } else { Vec::new() };
    let advice = rules::advice(&object);
    errors.iter().chain(&warnings).chain(&advice).map(|error| error.code).collect()
}

#[test]
fn every_example_is_what_it_says() {
    let mut files = Vec::new();
    source_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manifest/rules"), &mut files);
    let mut wrong = Vec::new();
    let mut count = 0;
    for example in files.iter().flat_map(|file| examples(file)) {
        count += 1;
        let codes = codes(&example.yaml);
        if codes.contains(example.code.as_str()) != example.bad {
            let sort = if example.bad { "bad" } else { "good" };
            let file = example.file.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{file}: the {sort} example of {} gives {codes:?}\n{}", example.code, example.yaml));
        }
    }
    println!("{count} examples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 200, "only {count} examples were found");
}
