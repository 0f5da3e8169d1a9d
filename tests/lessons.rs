//! The lessons of both languages: they are read, they agree with each other, no step is met by what it begins with
//! unless it only asks to watch, and each can be met. All of it through the page's own reducer, as a reader would.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::fs;
use std::rc::Rc;

use podlab::api::Kind;
use podlab::cluster::{ObjectKey, Time};
use podlab::i18n::{Catalogue, Lang};
use podlab::lessons::{LESSONS, Lesson, Step};
use podlab::ui::model::study::Place;
use podlab::ui::state::{Msg, Settings, State, Turn};

fn text(lang: &str, id: &str) -> String {
    fs::read_to_string(format!("{}/lessons/{lang}/{id}.md", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn lesson(lang: &str, id: &str) -> Lesson {
    let lesson = Lesson::parse(&text(lang, id));
    assert!(lesson.is_ok(), "{lang}/{id}: {lesson:?}");
    lesson.unwrap()
}

/// The file that web/build.mjs makes and the page fetches.
fn all_lessons(lang: &str) -> Rc<str> {
    LESSONS.iter().map(|id| format!("=== {id}\n{}\n", text(lang, id))).collect::<String>().into()
}

/// What a reader does.
enum Do {
    /// Replaces the one by the other in the editor.
    Change(&'static str, &'static str),
    /// Lets time flow to this virtual second.
    Wait(u32),
    /// Runs a line in the terminal.
    Type(&'static str),
    /// Replaces the one by the other in the editor that `kubectl edit` opened, and saves.
    Edit(&'static str, &'static str),
    /// Saves in that editor without a change.
    Close,
    /// Runs a line that ends in the name of the file that kubectl stored.
    TypeStored(&'static str),
}
use Do::{Change, Close, Edit, Type, TypeStored, Wait};

/// The page with this step in the editor.
fn at_step(place: Place) -> State {
    let mut state = State::open(Settings::default(), None, "kind: Mine\n".into(), None);
    state.apply(Msg::Study(Turn::Show(Some(place))));
    state.apply(Msg::Study(Turn::Texts(Lang::En, Some(all_lessons("en")))));
    assert_eq!(*state.doc.text, *state.study.step(place).unwrap().manifest);
    assert!(!state.playback.playing && !state.study.done);
    state
}

/// Lets time flow up to this virtual second, or to the end of the story.
fn play(state: &mut State, until: Option<f64>) {
    state.apply(Msg::Rate(8.0));
    state.apply(Msg::Play);
    while until.is_none_or(|until| state.playback.at.as_secs_f64() < until) {
        if !state.playback.playing {
            match until {
                None => break,
                Some(_) => {
                    state.apply(Msg::Further);
                    state.apply(Msg::Play);
                }
            }
        }
        if let Some(session) = state.session.clone() {
            session.advance(state.target(), usize::MAX);
        }
        state.apply(Msg::Frame(0.25));
        if state.session.is_none() {
            break;
        }
    }
    state.apply(Msg::Pause);
}

fn replaced(text: &str, from: &str, to: &str, place: &str) -> Rc<str> {
    assert!(text.contains(from), "{place}: no {from:?} in\n{text}");
    text.replace(from, to).into()
}

/// Whether the step is done by this.
fn done(place: Place, deeds: &[Do], name: &str) -> bool {
    let mut state = at_step(place);
    for deed in deeds {
        match deed {
            Change(from, to) => {
                let text = replaced(&state.doc.text, from, to, name);
                state.apply(Msg::Edited(text));
            }
            Wait(second) => {
                state.apply(Msg::Apply { again: false });
                play(&mut state, Some(f64::from(*second)));
            }
            Type(line) => state.apply(Msg::Type((*line).into())),
            Close => {
                let text = state.terminal.editing().map(Into::into);
                state.apply(Msg::EditDone(text));
            }
            TypeStored(line) => {
                let printed = state.terminal.blocks.iter().flat_map(|block| &block.parts);
                let printed: String = printed.map(|(_, text)| text.as_str()).collect();
                let file = printed.split(['"', ' ', '\n']).find(|word| word.starts_with("/tmp/kubectl-edit-")).unwrap();
                state.apply(Msg::Type(format!("{line} {file}").into()));
            }
            Edit(from, to) => {
                let text = replaced(state.terminal.editing().unwrap_or_default(), from, to, name);
                state.apply(Msg::EditDone(Some(text)));
            }
        }
    }
    state.apply(Msg::Apply { again: false });
    play(&mut state, None);
    if state.study.done {
        assert!(state.study.progress.of(place).is_some());
    } else if !deeds.is_empty() {
        eprintln!("{name}: accepted {}, {:?} hold at {:?}", state.verdict.accepted, state.study.met, state.playback.at);
        state.terminal.blocks.iter().for_each(|block| eprintln!("$ {}\n{:?}", block.line, block.parts));
    }
    state.study.done
}

/// A lesson, a step of it, and what a reader does there.
type Solution = (&'static str, usize, &'static [Do]);

/// What a reader would do, for each step that asks for more than watching.
const SOLUTIONS: &[Solution] = &[
    ("several-containers", 1, &[Change("sleep 5", "sleep infinity")]),
    ("several-containers", 2, &[Change("replicas: 1", "replicas: 3")]),
    ("several-containers", 3, &[Change("\t", "  ")]),
    ("init-containers", 1, &[Change("migrate", "X"), Change("download", "migrate"), Change("X", "download")]),
    ("init-containers", 2, &[Change("slep", "sleep")]),
    ("init-containers", 3, &[Change("  restartPolicy: Never\n", "")]),
    ("init-containers", 4, &[Wait(8), Type("kubectl create service clusterip db --tcp=6379"), Wait(20)]),
    ("several-containers", 4, &[Wait(20), Type("kubectl scale deployment simple-webapp --replicas=5"), Wait(60)]),
    ("patterns", 0, &[Change("/var/log/agent", "/var/log/web")]),
    ("patterns", 1, &[Change("| cat", "| sed -u 's/: / text=/; s/^/level=/'")]),
    ("patterns", 2, &[Change("dev-db", "prod-db")]),
    ("debugging", 0, &[Wait(10), Type("k describe pod web"), Change("app-setings", "app-settings")]),
    ("debugging", 1, &[Wait(30), Type("kubectl logs web --previous"), Change("  mod:", "  mode:")]),
    ("debugging", 2, &[Wait(10), Type("kubectl exec web -- ls /tmp"), Change("/tmp/ready", "/tmp/app-ready")]),
    (
        "debugging",
        3,
        &[
            Wait(10),
            Type("kubectl exec web -- ls"),
            Type("kubectl debug web --image=busybox:1.36 --target=app"),
            Wait(30),
        ],
    ),
    ("changing-a-pod", 0, &[Wait(10), Type("kubectl set image pod/web app=nginx:1.28"), Wait(40)]),
    (
        "changing-a-pod",
        1,
        &[
            Wait(10),
            Type("kubectl edit pod web"),
            Edit("3600", "7200"),
            Close,
            TypeStored("kubectl replace --force -f"),
            Wait(60),
        ],
    ),
    (
        "changing-a-pod",
        2,
        &[
            Wait(10),
            Type("kubectl get pod web -o yaml > web.yaml"),
            Type("sed -i s/3600/7200/ web.yaml"),
            Type("kubectl delete pod web && kubectl create -f web.yaml"),
            Wait(60),
        ],
    ),
    (
        "rolling-update",
        2,
        &[
            Wait(20),
            Type("kubectl set image deployment/web app=nginx:1:28"),
            Wait(60),
            Type("kubectl rollout undo deployment/web"),
            Wait(90),
        ],
    ),
    ("native-sidecars", 0, &[Change("sleep infinity\"]\n", "sleep infinity\"]\n    restartPolicy: Always\n")]),
    (
        "native-sidecars",
        1,
        &[
            Change(
                "      - name: log-agent\n        image: busybox:1.36\n        command: [sh, -c, \"sleep infinity\"]\n",
                "",
            ),
            Change(
                "      containers:\n",
                "      initContainers:\n      - name: log-agent\n        image: busybox:1.36\n        restartPolicy: Always\n        command: [sh, -c, \"sleep infinity\"]\n      containers:\n",
            ),
        ],
    ),
    ("probes", 1, &[Change("port: 8080", "port: 80")]),
    (
        "probes",
        2,
        &[Change(
            "    livenessProbe:",
            "    startupProbe:\n      httpGet:\n        path: /\n        port: 8080\n      periodSeconds: 5\n      failureThreshold: 10\n    livenessProbe:",
        )],
    ),
    ("commands", 0, &[Change("command: [\"sleep\", \"20\"]", "command:\n    - sleep\n    - \"20\"")]),
    ("commands", 1, &[Change("- 20", "- \"20\"")]),
    ("commands", 2, &[Change("sleep, \"20\"", "\"sleep 20\"")]),
    ("rolling-update", 0, &[Change("app: website", "app: web")]),
    ("rolling-update", 1, &[Change("maxSurge: 0", "maxSurge: 1")]),
    (
        "autoscaling",
        1,
        &[Change(
            "        - containerPort: 80\n",
            "        - containerPort: 80\n        resources:\n          requests:\n            cpu: 100m\n",
        )],
    ),
    ("autoscaling", 2, &[Change("maxReplicas: 2", "maxReplicas: 6")]),
    ("challenges", 0, &[Change("name: Web", "name: web")]),
    ("challenges", 1, &[Change("nginx:1:27", "nginx:1.27")]),
    ("challenges", 2, &[Change("  - name: app\n    image: redis", "  - name: agent\n    image: redis")]),
    ("challenges", 3, &[Change("spec:\n", "spec:\n  volumes:\n  - name: data\n    emptyDir: {}\n")]),
    (
        "challenges",
        4,
        &[Change(
            "apiVersion: v1\nkind: Pod",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  mode: fast\n---\napiVersion: v1\nkind: Pod",
        )],
    ),
    ("challenges", 5, &[Change("\"500\"", "\"1\"")]),
    ("challenges", 6, &[Change("256Mi", "64Mi")]),
    ("challenges", 7, &[Change("echo ready", "echo ready; sleep infinity")]),
    ("challenges", 8, &[Change("spec:\n", "spec:\n  restartPolicy: Never\n")]),
    ("challenges", 9, &[Change("3600", "5")]),
    ("challenges", 10, &[Change("    readinessProbe:\n      exec:\n        command: [\"true\"]\n", "")]),
    ("challenges", 11, &[Change("    restartPolicyy: Never", "  restartPolicy: Never")]),
    ("challenges", 12, &[Change("imagePullPolicies", "imagePullPolicy")]),
    ("challenges", 13, &[Change("[\"false\"]", "[\"true\"]")]),
    ("challenges", 14, &[Change("  nodeSelector:\n    disk: ssd\n", "")]),
    ("challenges", 15, &[Change("    - containerPort: 6379\n      hostPort: 8080", "    - containerPort: 6379")]),
    ("challenges", 16, &[Change("backoffLimit: 0", "backoffLimit: 4")]),
    ("challenges", 17, &[Change("    spec:\n", "    spec:\n      restartPolicy: Never\n")]),
    ("challenges", 18, &[Change("apiVersion: v1", "apiVersion: apps/v1")]),
    ("challenges", 19, &[Change("[sleep, infinity]\n", "[sleep, infinity]\n    restartPolicy: Always\n")]),
];

#[test]
fn every_step_can_be_met_and_is_not_met_before() {
    let mut wrong = Vec::new();
    for (number, id) in LESSONS.iter().enumerate() {
        for (index, step) in lesson("en", id).steps.iter().enumerate() {
            let place = Place { lesson: number, step: index };
            let name = format!("{id}, step {index}: {}", step.title);
            match SOLUTIONS.iter().find(|(lesson, step, _)| lesson == id && *step == index) {
                None if !done(place, &[], &name) => wrong.push(format!("{name}: watching is not enough")),
                Some(_) if done(place, &[], &name) => wrong.push(format!("{name}: met from the beginning")),
                Some((.., deeds)) if !done(place, deeds, &name) => wrong.push(format!("{name}: not met")),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the lesson on autoscaling foretells is what its run shows.
#[test]
fn the_autoscaler_does_the_arithmetic_of_its_lesson() {
    let place = Place { lesson: LESSONS.iter().position(|id| *id == "autoscaling").unwrap(), step: 0 };
    let mut state = at_step(place);
    let question = state.study.step(place).unwrap().question.clone().unwrap();
    assert_eq!(question.choices[question.right], "3: 175 divided by 80, rounded up");
    state.apply(Msg::Apply { again: false });
    play(&mut state, None);
    let key = ObjectKey::new(Kind::HorizontalPodAutoscaler, "default", "web");
    let at = state.playback.at;
    let said: Vec<serde_json::Value> = state.session.unwrap().with_run(|run| {
        run.changes_between(&key, Time::ZERO, at).map(|(_, change)| change.object.to_json()["status"].clone()).collect()
    });
    let seen =
        |status: &serde_json::Value| status["currentMetrics"][0]["resource"]["current"]["averageUtilization"].as_i64();
    let first = said.iter().find(|status| seen(status).is_some()).unwrap();
    assert_eq!((seen(first), first["desiredReplicas"].as_i64()), (Some(175), Some(3)), "{first}");
}

#[test]
fn leaving_gives_the_own_text_back() {
    let mut state = at_step(Place { lesson: 0, step: 0 });
    state.apply(Msg::Study(Turn::Show(Some(Place { lesson: 1, step: 2 }))));
    state.apply(Msg::Edited("kind: Lesson\n".into()));
    state.apply(Msg::Study(Turn::Show(None)));
    assert_eq!(&*state.doc.text, "kind: Lesson\n", "the table of contents leaves the step alone");
    state.apply(Msg::Study(Turn::Leave));
    assert_eq!((&*state.doc.text, state.study.open), ("kind: Mine\n", false));
}

#[test]
fn a_step_that_is_not_there_leads_to_the_contents() {
    let mut state = State::open(Settings::default(), None, "kind: Mine\n".into(), None);
    state.apply(Msg::Study(Turn::Show(Some(Place { lesson: 1, step: 99 }))));
    state.apply(Msg::Study(Turn::Texts(Lang::En, None)));
    state.apply(Msg::Study(Turn::Texts(Lang::En, Some(all_lessons("en")))));
    assert_eq!((state.study.place, &*state.doc.text), (None, "kind: Mine\n"));
}

/// The lines of a manifest that are not a comment, which is in the reader's language.
fn code(manifest: &str) -> Vec<&str> {
    manifest.lines().filter(|line| !line.trim_start().starts_with('#')).collect()
}

fn comments(manifest: &str) -> impl Iterator<Item = &str> {
    manifest.lines().filter(|line| line.trim_start().starts_with('#'))
}

#[test]
fn both_languages_teach_the_same() {
    for id in LESSONS {
        let (en, zh) = (lesson("en", id), lesson("zh-CN", id));
        assert_eq!(en.steps.len(), zh.steps.len(), "{id}");
        for (en, zh) in en.steps.iter().zip(&zh.steps) {
            assert_eq!((&en.goals, &en.acts), (&zh.goals, &zh.acts), "{id}: {}", en.title);
            assert_eq!(code(&en.manifest), code(&zh.manifest), "{id}: {}", en.title);
            assert!(comments(&zh.manifest).all(|comment| !comment.is_ascii()), "{id}: {}", en.title);
            assert_eq!(comments(&en.manifest).count(), comments(&zh.manifest).count(), "{id}: {}", en.title);
            assert!(en.acts.iter().all(|act| podlab::share::read_act(act).is_some()), "{id}: {:?}", en.acts);
            assert_eq!(en.hint.is_some(), zh.hint.is_some(), "{id}: {}", en.title);
            let question = |step: &Step| step.question.as_ref().map(|one| (one.choices.len(), one.right));
            assert_eq!(question(en), question(zh), "{id}: {}", en.title);
            // What is in back-quotes is code, which both languages share.
            for goal in &en.goals {
                let id = goal.phrase().0;
                assert!(Catalogue::of(Lang::En).get(id).is_some(), "no message {id}");
            }
            assert!(!zh.title.is_ascii(), "{id}: {}", zh.title);
        }
    }
    for lang in ["en", "zh-CN"] {
        let folder = format!("{}/lessons/{lang}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(fs::read_dir(folder).unwrap().count(), LESSONS.len(), "a lesson of {lang} is in no menu");
    }
}
