//! The rules on Pods against what a real API server said: causes in order, warnings, admission.

#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use podlab::api::{Kind, Object, defaults};
use podlab::manifest::rules;
use podlab::manifest::rules::pod::admission::Denied;
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
        let late =
            || rules::late_admission(&object, None, &|_, _, _| None).filter(|_| rules::validate(&object).is_empty());
        let early = rules::admission(&object, &|_, _, _| None).map(|denied| match denied {
            Denied::Forbidden(text) | Denied::Failed(text) => text,
        });
        let ours: Vec<String> = early.or_else(late).into_iter().collect();
        let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
        *kinds.entry(truth.len()).or_insert(0) += 1;
        score.count(case["id"].as_str().unwrap(), &ours, &truth);
    }
    println!("admission: {}/{} = {:.2} %, forbidden or not: {kinds:?}", score.good, score.all, score.percent());
    assert!(score.percent() >= 99.0);
}

/// What kubectl prints of the Pod `p` with these fields beside its name and its container `a`.
fn told(metadata: &str, spec: &str) -> String {
    let containers = if spec.contains("containers:") { "" } else { "containers: [{name: a, image: nginx}], " };
    let name = if metadata.contains("generateName") { "" } else { "name: p, " };
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{{name}{metadata}}}\nspec: {{{containers}{spec}}}\n");
    podlab::manifest::check(&text, "case.yaml").stderr
}

fn forbidden(text: &str) -> String {
    format!("Error from server (Forbidden): error when creating \"case.yaml\": pods \"p\" is forbidden: {text}\n")
}

fn invalid(text: &str) -> String {
    format!("The Pod \"p\" is invalid: {text}\n")
}

#[test]
fn a_generated_name_with_dots_is_warned_of() {
    let told = told("generateName: a.b-", "");
    let warning = "Warning: metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; \
                   a DNS label is recommended: [must not contain dots]\n";
    assert_eq!(told, warning);
}

#[test]
fn the_huge_pages_of_a_pod_are_its_own() {
    let containers = |huge: &str| {
        format!("containers: [{{name: a, image: nginx, resources: {{limits: {{cpu: 1, hugepages-2Mi: {huge}}}}}}}]")
    };
    let pod = |side: &str, huge: &str| {
        told("", &format!("resources: {{{side}: {{cpu: 2, hugepages-2Mi: 4Mi}}}}, {}", containers(huge)))
    };
    assert_eq!(pod("limits", "2Mi"), "");
    let required = "spec.resources.limits: Required value: Limit must be set for non overcommitable resources";
    assert_eq!(pod("requests", "4Mi"), invalid(required));
}

#[test]
fn an_app_armor_annotation_becomes_the_field_before_it_is_compared() {
    let key = "container.apparmor.security.beta.kubernetes.io/a";
    let deprecated = format!(
        "Warning: metadata.annotations[{key}]: deprecated since v1.30; use the \"appArmorProfile\" field instead\n"
    );
    let pod = "securityContext: {appArmorProfile: {type: RuntimeDefault}}";
    let told = |value: &str, spec: &str| told(&format!("annotations: {{{key}: \"{value}\"}}"), spec);
    assert_eq!(told("localhost/x", pod), deprecated);
    assert_eq!(told("runtime/default", pod), "");
    assert_eq!(told("localhost/x", ""), deprecated);
    let refused = "spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and \
                   field must match";
    assert_eq!(told("localhost/", pod), deprecated + &invalid(refused));
}

#[test]
fn block_devices_need_the_users_of_the_node() {
    let container = |name: &str| {
        format!(
            "{{name: {name}, image: nginx, volumeDevices: [{{name: v, devicePath: /d}}, {{name: w, devicePath: /e}}]}}"
        )
    };
    let volume = |name: &str| format!("{{name: {name}, persistentVolumeClaim: {{claimName: c}}}}");
    let spec = format!(
        "hostUsers: false, volumes: [{}, {}], initContainers: [{}], containers: [{}]",
        volume("v"),
        volume("w"),
        container("i"),
        container("a")
    );
    let refused = "\n* spec.initContainers[0].volumeDevices: Forbidden: when `hostUsers` is false\n\
                   * spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false";
    assert_eq!(told("", &spec), invalid(refused));
    assert_eq!(told("", &spec.replace("false", "true")), "");
}

#[test]
fn a_mirror_pod_refers_to_nothing_secret() {
    let mirror =
        |spec: &str| told("annotations: {kubernetes.io/config.mirror: x}", &format!("nodeName: node-1, {spec}"));
    assert_eq!(mirror(""), "");
    let token = "{name: t, projected: {sources: [{serviceAccountToken: {path: t}}]}}";
    let secret = "{name: s, projected: {sources: [{secret: {name: s}}]}}";
    let all = format!("volumes: [{token}, {secret}]");
    let account = "a mirror pod may not reference service accounts";
    assert_eq!(mirror(&format!("serviceAccountName: default, {all}")), forbidden(account));
    assert_eq!(mirror(&all), forbidden("a mirror pod may not reference secrets"));
    let env = "containers: [{name: a, image: nginx, envFrom: [{secretRef: {name: s}}]}]";
    assert_eq!(mirror(env), forbidden("a mirror pod may not reference secrets"));
    let projection = "a mirror pod may not use ServiceAccountToken volume projections";
    assert_eq!(mirror(&format!("volumes: [{token}]")), forbidden(projection));
}

#[test]
fn a_name_that_no_address_can_hold_cannot_even_be_looked_up() {
    let odd = "invalid resource name \"a/b\": [may not contain '/']";
    let account = forbidden(&format!("error looking up service account default/a/b: {odd}"));
    assert_eq!(told("", "serviceAccountName: a/b"), account);
    let failed = |why: &str| format!("Error from server: error when creating \"case.yaml\": {why}\n");
    assert_eq!(told("", "runtimeClassName: a/b"), failed(odd));
    assert_eq!(told("", "runtimeClassName: \"\""), failed("resource name may not be empty"));
    assert_eq!(told("", "runtimeClassName: a"), forbidden("pod rejected: RuntimeClass \"a\" not found"));
}

#[test]
fn a_deletion_cost_may_begin_with_a_minus_and_zeros() {
    let key = "controller.kubernetes.io/pod-deletion-cost";
    let cost = |text: &str| told(&format!("annotations: {{{key}: \"{text}\"}}"), "");
    for good in ["-010", "-10", "0", "-0", "7"] {
        assert_eq!(cost(good), "");
    }
    for bad in ["010", "+1", "-", "", "1.5", "3000000000"] {
        let refused = format!("metadata.annotations[{key}]: Invalid value: \"{bad}\": must be a 32bit integer");
        assert_eq!(cost(bad), invalid(&refused));
    }
}

#[test]
fn tolerations_in_an_annotation_are_read_as_go_reads_them() {
    let key = "scheduler.alpha.kubernetes.io/tolerations";
    let told = |json: &str| told(&format!("annotations: {{{key}: '{json}'}}"), "");
    for good in ["null", "[]", r#"[{"KEY": "a", "value": null, "more": 1}]"#] {
        assert_eq!(told(good), "", "{good}");
    }
    for (json, fault) in [
        ("[", "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("{}", "json: cannot unmarshal object into Go value of type []core.Toleration"),
        ("[1]", "json: cannot unmarshal number into Go value of type core.Toleration"),
        (r#"[{"key": 1}]"#, "json: cannot unmarshal number into Go struct field Toleration.Key of type string"),
        (
            r#"[{"tolerationSeconds": 1.5}]"#,
            "json: cannot unmarshal number 1.5 into Go struct field Toleration.TolerationSeconds of type int64",
        ),
    ] {
        assert_eq!(told(json), invalid(&format!("metadata.annotations: Invalid value: \"{key}\": {fault}")));
    }
}

#[test]
fn the_usual_class_of_the_same_file_says_the_priority() {
    let class = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: usual}\nvalue: 7\n\
                 globalDefault: true\n---\n";
    let told = |before: &str, priority: i32| {
        let pod =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: nginx}], priority: ";
        podlab::manifest::check(&format!("{before}{pod}{priority}}}\n"), "case.yaml").stderr
    };
    let refused = |given: i32, computed: i32| {
        forbidden(&format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller \
             computed {computed} from the given PriorityClass name"
        ))
    };
    assert_eq!(told("", 7), refused(7, 0));
    assert_eq!(told(class, 7), "");
    assert_eq!(told(class, 0), refused(0, 7));
}

#[test]
fn annotations_that_were_init_containers_are_dropped() {
    let value = |annotations: Value| {
        serde_json::json!({"metadata": {"name": "p", "annotations": annotations},
            "spec": {"containers": [{"name": "a", "image": "nginx"}]}})
    };
    let old = "pod.beta.kubernetes.io/init-containers";
    let mut pod = Object::from_json(Kind::Pod, value(serde_json::json!({old: "[]"}))).unwrap();
    defaults::apply(&mut pod);
    assert_eq!(pod.metadata().annotations, None);
    let template = value(serde_json::json!({old: "[]", "a": "b"}));
    let mut set = Object::from_json(
        Kind::DaemonSet,
        serde_json::json!({"metadata": {"name": "d"}, "spec": {"selector": {}, "template": template}}),
    )
    .unwrap();
    defaults::apply(&mut set);
    let kept = &set.to_json()["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(*kept, serde_json::json!({"a": "b"}));
}
