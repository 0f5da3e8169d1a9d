//! The documentation of the rules is true: each bad example is found by its rule, each good one is not.
//!
//! A rule's doc comment begins with its code in backquotes and a colon, and holds YAML blocks after `Bad:` and `Good:`.
//! An example is merged into the least object of its kind (a Pod where it names none), lists entry by entry.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at what should not be")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use podlab::api::schema::served_kinds;
use podlab::api::{Kind, Object, Other, defaults};
use podlab::i18n::{Catalogue, Lang};
use podlab::manifest::{check, rules};
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
        let doc = if doc.starts_with("Bad (") { "Bad:" } else { doc };
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

/// The least object of a kind that the server accepts, or nearly; an example is merged over it.
fn minimal(api_version: &str, kind: &str) -> Value {
    let container = json!({"name": "a", "image": "nginx"});
    let template = json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container]}});
    let selector = json!({"matchLabels": {"app": "a"}});
    let job = json!({"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}});
    let mut object = match kind {
        "Pod" => json!({"spec": {"containers": [container]}}),
        "Deployment" | "ReplicaSet" | "DaemonSet" => json!({"spec": {"selector": selector, "template": template}}),
        "ReplicationController" => json!({"spec": {"selector": {"app": "a"}, "template": template}}),
        "StatefulSet" => json!({"spec": {"serviceName": "a", "selector": selector, "template": template}}),
        "Job" => json!({"spec": job}),
        "CronJob" => json!({"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job}}}),
        "Service" => json!({"spec": {"ports": [{"port": 80}]}}),
        "HorizontalPodAutoscaler" => {
            let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"});
            json!({"spec": {"maxReplicas": 3, "scaleTargetRef": target}})
        }
        "PersistentVolumeClaim" => {
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
        }
        "PersistentVolume" => {
            let capacity = json!({"storage": "1Gi"});
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "capacity": capacity, "hostPath": {"path": "/mnt"}}})
        }
        "StorageClass" => json!({"provisioner": "example.com/disks"}),
        "ClusterRoleBinding" => json!({"roleRef": {"kind": "ClusterRole", "name": "a"}}),
        _ => json!({}),
    };
    object["apiVersion"] = api_version.into();
    object["kind"] = kind.into();
    object["metadata"] = json!({"name": "p"});
    object
}

fn codes(yaml: &str) -> BTreeSet<&'static str> {
    let patch: Value = serde_yaml::from_str(yaml).expect("the example is YAML");
    let name = patch.get("kind").and_then(Value::as_str).unwrap_or("Pod").to_owned();
    let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == name);
    let served = || served_kinds().iter().find(|served| served.kind == name).expect("a kind that is served");
    let api_version = kind.map_or_else(|| served().api_version, Kind::api_version);
    let value = merged(minimal(api_version, &name), patch);
    let mut object = match kind {
        Some(kind) => Object::from_json(kind, value).expect("the example decodes"),
        None => Object::Other(Other::from_json(api_version, &name, value).expect("the example decodes")),
    };
    defaults::apply(&mut object);
    let errors = rules::validate(&object);
    let warnings = if errors.is_empty() { rules::warnings(&object) } else { Vec::new() };
    let advice = rules::advice(&object);
    errors.iter().chain(&warnings).chain(&advice).map(|error| error.code).collect()
}

/// The codes of what the judge finds in a text, whose type is added where it is missing.
fn codes_of_text(yaml: &str) -> BTreeSet<String> {
    let head = "apiVersion: v1\n".to_owned() + if yaml.contains("kind:") { "" } else { "kind: Pod\n" };
    let text = if yaml.contains("apiVersion:") { yaml.to_owned() } else { head + yaml };
    check(&text, "f").diagnostics.iter().map(|diagnostic| diagnostic.code.to_string()).collect()
}

#[test]
fn every_example_of_a_text_is_what_it_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manifest/check/codes.rs");
    let examples = examples(&file);
    assert!(examples.len() > 20);
    for example in examples {
        let codes = codes_of_text(&example.yaml);
        assert_eq!(codes.contains(&example.code), example.bad, "{} {codes:?}\n{}", example.code, example.yaml);
    }
}

/// The first paragraphs of the doc comments of a source.
fn comments(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.lines() {
        match (line.trim_start().strip_prefix("///"), found.last_mut()) {
            (Some(doc), Some(comment)) if !doc.is_empty() => comment.push_str(doc.strip_prefix(' ').unwrap_or(doc)),
            _ => found.push(String::new()),
        }
        if let Some(comment) = found.last_mut() {
            comment.push(' ');
        }
    }
    found.iter().map(|comment| comment.trim().to_owned()).collect()
}

/// The codes that doc comments describe are those that the program gives, and the reasons of the page are of them.
#[test]
fn every_code_is_described_and_every_reason_has_its_code() {
    let mut files = Vec::new();
    source_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manifest"), &mut files);
    let (mut described, mut given) = (BTreeSet::new(), BTreeSet::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let program = text.split("#[cfg(test)]").next().unwrap();
        for comment in comments(program) {
            // One comment may describe several: `a/b` and `a/c`: …
            let Some((names, _)) = comment.strip_prefix('`').and_then(|rest| rest.split_once("`:")) else { continue };
            described.extend(names.split('`').step_by(2).filter(|name| name.contains('/')).map(str::to_owned));
        }
        let literals = program
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| line.split('"').skip(1).step_by(2));
        given.extend(literals.filter(|text| code_of(&format!("`{text}`: ")).is_some()).map(str::to_owned));
    }
    let groups: BTreeSet<&str> = described.iter().filter_map(|code| code.split('/').next()).collect();
    given.retain(|code| groups.contains(code.split('/').next().unwrap()) && !code.ends_with('/'));
    let undescribed: Vec<&String> = given.difference(&described).collect();
    assert!(undescribed.is_empty(), "no doc comment describes {undescribed:?}");
    let ids: BTreeSet<String> = described.iter().map(|code| format!("rule-{}", code.replace('/', "-"))).collect();
    let catalogue = Catalogue::of(Lang::En);
    let reasons = catalogue.iter().map(|(id, _)| id).filter_map(|id| Some((id, id.strip_prefix("rule-")?)));
    let stale: Vec<&str> =
        reasons.filter(|(id, rest)| !ids.contains(*id) && !groups.contains(rest)).map(|(id, _)| id).collect();
    assert!(stale.is_empty(), "no rule is explained by {stale:?}");
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
