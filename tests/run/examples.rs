//! The examples of containers that work together: what flows, as a timeline of each, and what the world outside
//! received in the end.

use std::fmt::Write as _;

use podlab::cluster::{Action, Config, Time};
use podlab::lessons::Example;
use podlab::manifest;
use podlab::trace::{Run, timeline};

fn begin(id: &str) -> Run {
    let example = Example::find(id).unwrap();
    let judgement = manifest::check(example.yaml, "example.yaml");
    assert!(judgement.accepted(), "{id}: {:?}", judgement.diagnostics);
    let mut run = Run::new(Config::default());
    for object in judgement.accepted_objects() {
        run.act(Time::ZERO, Action::Create(object.clone())).unwrap();
    }
    run
}

/// The timeline of so many seconds, without Events and conditions, and the logs of the hosts outside.
fn story(id: &str, seconds: f64) -> String {
    let mut run = begin(id);
    run.run_until(Time::from_secs_f64(seconds));
    let mut out = String::new();
    for line in timeline(&run).lines() {
        let what = line.get(11..16).unwrap_or_default().trim();
        if matches!(what, "log" | "net" | "cri" | "act") && !line.contains(" row ") {
            let _infallible = writeln!(out, "{line}");
        }
    }
    let picture = podlab::trace::scene::scene(&run, run.end());
    for host in &picture.outside {
        let _infallible = writeln!(out, "\n{} received:", host.name);
        for (at, _, line) in run.received(&host.name, run.end()) {
            let _infallible = writeln!(out, "{:>9.3}  {line}", at.as_secs_f64());
        }
    }
    out
}

macro_rules! stories {
    ($($test:ident: $id:literal, $seconds:literal;)*) => {
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!($id, story($id, $seconds));
            }
        )*
    };
}

stories! {
    log_shipper: "log-shipper", 20.0;
    log_shipper_native: "log-shipper-native", 40.0;
    adapter: "adapter", 20.0;
    adapter_without: "adapter-without", 20.0;
    ambassador: "ambassador", 20.0;
    web_with_cache: "web-with-cache", 20.0;
    init_clone: "init-clone", 20.0;
    init_wait: "init-wait", 20.0;
    init_volume: "init-volume", 20.0;
    init_retry: "init-retry", 30.0;
    job_never_ends: "job-never-ends", 40.0;
    job_with_sidecar: "job-with-sidecar", 60.0;
}

fn received(id: &str) -> Vec<String> {
    let mut run = begin(id);
    run.run_until(Time::from_secs_f64(30.0));
    run.received("logs.example.com", run.end()).into_iter().map(|(_, _, line)| line).collect()
}

#[test]
fn the_central_log_has_one_format_with_the_adapter_and_two_without() {
    let one = received("adapter");
    assert!(one.len() > 10, "{one:?}");
    for line in &one {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(["time", "level", "app", "message"].iter().all(|key| value[*key].is_string()), "{line}");
        assert_eq!(value["level"], "INFO");
    }
    assert!(one.iter().any(|line| line.contains("billing")) && one.iter().any(|line| line.contains("search")));
    let two = received("adapter-without");
    let first = two.iter().filter(|line| line.contains("|INFO|invoice ")).count();
    let second = two.iter().filter(|line| line.starts_with("level=info ts=")).count();
    assert!(first > 5 && second > 5 && first + second == two.len(), "{two:?}");
}

#[test]
fn the_central_log_holds_what_the_app_wrote_to_the_last_line() {
    let mut run = begin("log-shipper-native");
    run.run_until(Time::from_secs_f64(60.0));
    let lines: Vec<String> = run.received("logs.example.com", run.end()).into_iter().map(|(_, _, line)| line).collect();
    let expected =
        ["page 1 written", "page 2 written", "page 3 written", "page 4 written", "page 5 written", "report complete"];
    assert_eq!(lines, expected);
}

#[test]
fn the_ambassador_leads_to_the_database_that_the_variable_names() {
    for (host, other) in [("dev-db.example.com", "prod-db.example.com"), ("prod-db.example.com", "dev-db.example.com")]
    {
        let yaml = Example::find("ambassador").unwrap().yaml.replace("dev-db.example.com", host);
        let mut run = Run::new(Config::default());
        for object in manifest::check(&yaml, "example.yaml").accepted_objects() {
            run.act(Time::ZERO, Action::Create(object.clone())).unwrap();
        }
        run.run_until(Time::from_secs_f64(30.0));
        let lines: Vec<String> = run.received(host, run.end()).into_iter().map(|(_, _, line)| line).collect();
        assert!(lines.iter().filter(|line| line.starts_with("INSERT INTO orders")).count() > 3, "{host}: {lines:?}");
        assert!(run.received(other, run.end()).is_empty());
    }
}
