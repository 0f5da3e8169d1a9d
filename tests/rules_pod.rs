//! The rules on Pods against what a real API server said: causes in order, warnings, admission.

#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use podlab::api::{Kind, Object, defaults};
use podlab::manifest::rules;
use serde_json::Value;

/// The files with manifests that are about rules; `text` is about YAML.
const FILES: &[&str] = &["spec", "semantic", "schema", "schema2", "extra"];

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/truth/validation/{file}.jsonl.gz", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The object of a case, defaulted; `None` where this plain reading of YAML is not enough.
fn object(case: &Value) -> Option<Object> {
    let value: Value = serde_yaml::from_str(case["yaml"].as_str()?).ok()?;
    let kind = Kind::find(value["apiVersion"].as_str()?, value["kind"].as_str()?)?;
    let mut object = Object::from_json(kind, value).ok()?;
    defaults::apply(&mut object);
    Some(object)
}

type Cause = (String, String, String);

fn causes(case: &Value) -> Vec<Cause> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = case["causes"].as_array().unwrap();
    list.iter().map(|cause| (text(&cause["type"]), text(&cause["field"]), text(&cause["message"]))).collect()
}

fn found(object: &Object) -> Vec<Cause> {
    rules::validate(object)
        .into_iter()
        .map(|error| (error.cause.reason().to_owned(), error.path.to_string(), error.message))
        .collect()
}

/// How many of how many agree; prints the first that do not.
#[derive(Default)]
struct Score {
    good: usize,
    all: usize,
    told: usize,
}

impl Score {
    fn count<T: std::fmt::Debug + PartialEq>(&mut self, id: &str, ours: &[T], truth: &[T]) {
        self.all += 1;
        if ours == truth {
            self.good += 1;
        } else if self.told < std::env::var("SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(3) {
            self.told += 1;
            println!("--- {id}");
            ours.iter().filter(|each| !truth.contains(each)).for_each(|each| println!("  too much {each:?}"));
            truth.iter().filter(|each| !ours.contains(each)).for_each(|each| println!("  missing  {each:?}"));
            if ours.len() == truth.len() {
                println!("  ours  {ours:?}\n  truth {truth:?}");
            }
        }
    }

    fn percent(&self) -> f64 {
        100.0 * self.good as f64 / self.all.max(1) as f64
    }
}

#[test]
fn causes_of_pods_agree_with_the_server() {
    let (mut score, mut unread) = (Score::default(), 0);
    for case in FILES.iter().flat_map(|file| cases(file)) {
        let stage = case["stage"].as_str().unwrap();
        if case["kind"] != "Pod" || case["document_count"] != 1 || !matches!(stage, "invalid" | "ok") {
            continue;
        }
        let Some(object) = object(&case) else {
            unread += 1;
            continue;
        };
        let (mut ours, mut truth) = (found(&object), causes(&case));
        for (_, _, message) in &mut ours {
            *message = message.replace("A_xxxxx", "A_<rand5>");
        }
        if case["order_random"] == true {
            ours.sort();
            truth.sort();
        }
        score.count(case["id"].as_str().unwrap(), &ours, &truth);
    }
    println!("Pod causes: {}/{} = {:.2} %, {unread} not read", score.good, score.all, score.percent());
    assert!(score.percent() >= 99.9);
}

#[test]
fn causes_of_templates_agree_with_the_server() {
    let mut score = Score::default();
    let inside = |(_, field, _): &Cause| {
        ["spec.template.", "spec.jobTemplate.spec.template."].iter().any(|prefix| {
            let rest = field.strip_prefix(prefix);
            rest.is_some_and(|rest| {
                rest.starts_with("spec.") || rest.starts_with("labels") || rest.starts_with("annotations")
            })
        })
    };
    for case in FILES.iter().flat_map(|file| cases(file)) {
        let stage = case["stage"].as_str().unwrap();
        if case["document_count"] != 1 || !matches!(stage, "invalid" | "ok") {
            continue;
        }
        let Some(object) = object(&case) else { continue };
        let mut errors = rules::errors::Errors::new();
        let root = podlab::api::Path::ROOT;
        let spec = root.field("spec");
        let template = spec.field("template");
        let job = spec.field("jobTemplate");
        let job_spec = job.field("spec");
        match &object {
            Object::Deployment(it) => it.spec.iter().for_each(|spec| {
                rules::pod::validate_template(&spec.template, &template, &mut errors);
            }),
            Object::DaemonSet(it) => it.spec.iter().for_each(|spec| {
                rules::pod::validate_template(&spec.template, &template, &mut errors);
            }),
            Object::StatefulSet(it) => it.spec.iter().for_each(|spec| {
                rules::pod::validate_template(&spec.template, &template, &mut errors);
            }),
            Object::ReplicaSet(it) => it.spec.iter().flat_map(|spec| &spec.template).for_each(|it| {
                rules::pod::validate_template(it, &template, &mut errors);
            }),
            Object::Job(it) => it.spec.iter().for_each(|spec| {
                rules::pod::validate_template(&spec.template, &template, &mut errors);
            }),
            Object::CronJob(it) => it.spec.job_template.spec.iter().for_each(|spec| {
                rules::pod::validate_template(&spec.template, &job_spec.field("template"), &mut errors);
            }),
            _ => continue,
        }
        // The kinds' own rules on `restartPolicy` and the like are not the template's.
        let own = |cause: &Cause| {
            inside(cause) && !(cause.1.ends_with("spec.restartPolicy") || cause.1.ends_with("activeDeadlineSeconds"))
        };
        let list = errors.into_vec().into_iter();
        let mut ours: Vec<Cause> = list
            .map(|error| (error.cause.reason().to_owned(), error.path.to_string(), error.message))
            .filter(own)
            .collect();
        let mut truth: Vec<Cause> = causes(&case).into_iter().filter(own).collect();
        if case["order_random"] == true {
            ours.sort();
            truth.sort();
        }
        score.count(case["id"].as_str().unwrap(), &ours, &truth);
    }
    println!("template causes: {}/{} = {:.2} %", score.good, score.all, score.percent());
    assert!(score.percent() >= 99.2);
}

#[test]
fn warnings_of_pods_agree_with_the_server() {
    let mut score = Score::default();
    for case in FILES.iter().flat_map(|file| cases(file)) {
        let stage = case["stage"].as_str().unwrap();
        if case["kind"] != "Pod" || case["document_count"] != 1 || !matches!(stage, "ok" | "invalid") {
            continue;
        }
        let Some(object) = object(&case) else { continue };
        let ours = if stage == "ok" { rules::warnings(&object) } else { rules::early_warnings(&object) };
        let ours: Vec<String> = ours.into_iter().map(|error| error.message).collect();
        let truth: Vec<String> =
            case["warnings"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
        score.count(case["id"].as_str().unwrap(), &ours, &truth);
    }
    println!("Pod warnings: {}/{} = {:.2} %", score.good, score.all, score.percent());
    assert!(score.percent() >= 99.0);
}

#[test]
fn admission_agrees_with_the_server() {
    let mut score = Score::default();
    let mut kinds = BTreeMap::new();
    for case in FILES.iter().flat_map(|file| cases(file)) {
        if case["kind"] != "Pod" || case["document_count"] != 1 {
            continue;
        }
        let Some(object) = object(&case) else { continue };
        let stderr = case["stderr"].as_str().unwrap();
        let truth: Vec<&str> = match case["stage"].as_str().unwrap() {
            "admission" => stderr.split_once("is forbidden: ").map(|(_, text)| text.trim_end()).into_iter().collect(),
            "invalid" | "ok" => Vec::new(),
            _ => continue,
        };
        let late = || rules::late_admission(&object, None).filter(|_| rules::validate(&object).is_empty());
        let ours: Vec<String> = rules::admission(&object, &|_, _, _| None).or_else(late).into_iter().collect();
        let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
        *kinds.entry(truth.len()).or_insert(0) += 1;
        score.count(case["id"].as_str().unwrap(), &ours, &truth);
    }
    println!("admission: {}/{} = {:.2} %, forbidden or not: {kinds:?}", score.good, score.all, score.percent());
    assert!(score.percent() >= 99.0);
}
