//! The lessons of both languages: they are read, they agree with each other, no step is met by what it begins with
//! unless it only asks to watch, and each can be met.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::fs;

use podlab::cluster::{Action, Config, Time};
use podlab::lessons::{LESSONS, Lesson, Step};
use podlab::manifest;
use podlab::trace::Run;

fn lesson(lang: &str, id: &str) -> Lesson {
    let path = format!("{}/lessons/{lang}/{id}.md", env!("CARGO_MANIFEST_DIR"));
    let lesson = Lesson::parse(&fs::read_to_string(&path).unwrap());
    assert!(lesson.is_ok(), "{path}: {lesson:?}");
    lesson.unwrap()
}

/// Whether all goals of the step hold two virtual minutes after this manifest was applied.
fn met(step: &Step, manifest: &str) -> bool {
    let judgement = manifest::check(manifest, "manifest.yaml");
    if !judgement.accepted() {
        return false;
    }
    let mut run = Run::new(Config::default());
    for object in judgement.accepted_objects() {
        run.act(Time::ZERO, Action::Create(object.clone())).unwrap();
    }
    let end = Time::from_secs_f64(120.0);
    run.run_until(end);
    step.goals.iter().all(|goal| goal.met(&run, end))
}

/// A lesson, a step of it, and what is replaced by what.
type Solution = (&'static str, usize, &'static [(&'static str, &'static str)]);

/// What a reader would change, for each step that asks for a change: its place, what stands there, what should.
const SOLUTIONS: &[Solution] = &[
    ("several-containers", 1, &[("sleep 5", "sleep infinity")]),
    ("several-containers", 2, &[("replicas: 1", "replicas: 3")]),
    ("several-containers", 3, &[("\t", "  ")]),
    ("init-containers", 1, &[("migrate", "X"), ("download", "migrate"), ("X", "download")]),
    ("init-containers", 2, &[("slep", "sleep")]),
    ("init-containers", 3, &[("  restartPolicy: Never\n", "")]),
    ("native-sidecars", 0, &[("sleep infinity\"]\n", "sleep infinity\"]\n    restartPolicy: Always\n")]),
    (
        "native-sidecars",
        1,
        &[
            (
                "      - name: log-agent\n        image: busybox:1.36\n        command: [sh, -c, \"sleep infinity\"]\n",
                "",
            ),
            (
                "      containers:\n",
                "      initContainers:\n      - name: log-agent\n        image: busybox:1.36\n        restartPolicy: Always\n        command: [sh, -c, \"sleep infinity\"]\n      containers:\n",
            ),
        ],
    ),
    ("probes", 1, &[("port: 8080", "port: 80")]),
    (
        "probes",
        2,
        &[(
            "    livenessProbe:",
            "    startupProbe:\n      httpGet:\n        path: /\n        port: 8080\n      periodSeconds: 5\n      failureThreshold: 10\n    livenessProbe:",
        )],
    ),
    ("commands", 1, &[("- 20", "- \"20\"")]),
    ("commands", 2, &[("sleep, \"20\"", "\"sleep 20\"")]),
    ("rolling-update", 0, &[("app: website", "app: web")]),
    ("rolling-update", 1, &[("maxSurge: 0", "maxSurge: 1")]),
    ("challenges", 0, &[("name: Web", "name: web")]),
    ("challenges", 1, &[("nginx:1:27", "nginx:1.27")]),
    ("challenges", 2, &[("  - name: app\n    image: redis", "  - name: agent\n    image: redis")]),
    ("challenges", 3, &[("spec:\n", "spec:\n  volumes:\n  - name: data\n    emptyDir: {}\n")]),
    (
        "challenges",
        4,
        &[(
            "apiVersion: v1\nkind: Pod",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  mode: fast\n---\napiVersion: v1\nkind: Pod",
        )],
    ),
    ("challenges", 5, &[("\"500\"", "\"1\"")]),
    ("challenges", 6, &[("256Mi", "64Mi")]),
    ("challenges", 7, &[("echo ready", "echo ready; sleep infinity")]),
    ("challenges", 8, &[("spec:\n", "spec:\n  restartPolicy: Never\n")]),
    ("challenges", 9, &[("3600", "5")]),
    ("challenges", 10, &[("    readinessProbe:\n      exec:\n        command: [\"true\"]\n", "")]),
    ("challenges", 11, &[("    restartPolicyy: Never", "  restartPolicy: Never")]),
    ("challenges", 12, &[("imagePullPolicies", "imagePullPolicy")]),
    ("challenges", 13, &[("[\"false\"]", "[\"true\"]")]),
    ("challenges", 14, &[("  nodeSelector:\n    disk: ssd\n", "")]),
    ("challenges", 15, &[("    - containerPort: 6379\n      hostPort: 8080", "    - containerPort: 6379")]),
    ("challenges", 16, &[("backoffLimit: 0", "backoffLimit: 4")]),
    ("challenges", 17, &[("    spec:\n", "    spec:\n      restartPolicy: Never\n")]),
    ("challenges", 18, &[("apiVersion: v1", "apiVersion: apps/v1")]),
    ("challenges", 19, &[("[sleep, infinity]\n", "[sleep, infinity]\n    restartPolicy: Always\n")]),
];

#[test]
fn every_step_can_be_met_and_is_not_met_before() {
    for id in LESSONS {
        for (index, step) in lesson("en", id).steps.iter().enumerate() {
            let place = format!("{id}, step {index}: {}", step.title);
            match SOLUTIONS.iter().find(|(lesson, step, _)| *lesson == id && *step == index) {
                None => assert!(met(step, &step.manifest), "{place}: watching is not enough"),
                Some((.., changes)) => {
                    assert!(!met(step, &step.manifest), "{place}: met from the beginning");
                    let mut mended = step.manifest.clone();
                    for (from, to) in *changes {
                        assert!(mended.contains(from), "{place}: no {from:?}");
                        mended = mended.replace(from, to);
                    }
                    assert!(met(step, &mended), "{place}: not met by\n{mended}");
                }
            }
        }
    }
}

#[test]
fn both_languages_teach_the_same() {
    for id in LESSONS {
        let (en, zh) = (lesson("en", id), lesson("zh-CN", id));
        assert_eq!(en.steps.len(), zh.steps.len(), "{id}");
        for (en, zh) in en.steps.iter().zip(&zh.steps) {
            assert_eq!((&en.manifest, &en.goals), (&zh.manifest, &zh.goals), "{id}: {}", en.title);
            assert_eq!(en.hint.is_some(), zh.hint.is_some(), "{id}: {}", en.title);
            assert!(!zh.title.is_ascii(), "{id}: {}", zh.title);
        }
    }
    for lang in ["en", "zh-CN"] {
        let folder = format!("{}/lessons/{lang}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(fs::read_dir(folder).unwrap().count(), LESSONS.len(), "a lesson of {lang} is in no menu");
    }
}
