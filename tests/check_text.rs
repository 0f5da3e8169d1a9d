//! What `podlab check` prints for people, and the exit codes that scripts go by.

#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Standard output and exit code of `podlab check -` for `text`.
fn check(text: &str) -> (String, i32) {
    check_with(&[], text)
}

fn check_with(options: &[&str], text: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podlab"));
    let mut child =
        command.arg("check").args(options).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

#[test]
fn a_tab_is_pointed_at_with_its_reason_and_its_mend() {
    let (told, code) = check("apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\n");
    insta::assert_snapshot!(told, @r"
    error[yaml/tab]: yaml: line 4: found character that cannot start any token
     --> STDIN:4:1
      |
    4 | →   name: web
      | ^^^^
      = reason: YAML indents with spaces only. A TAB here looks right but has no width that YAML could count.
      = help: Turn TABs into spaces

    STDIN: refused, 1 error
    ");
    assert_eq!(code, 1);
}

#[test]
fn what_a_cluster_accepts_is_accepted() {
    let (told, code) =
        check("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: nginx}]}\n");
    assert_eq!((told.as_str(), code), ("STDIN: accepted\n", 0));
}

#[test]
fn advice_is_only_said_when_asked_and_is_no_error() {
    let text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: \"nginx:latest\"}]}\n";
    assert_eq!(check(text), ("STDIN: accepted\n".to_owned(), 0));
    let (told, code) = check_with(&["--advice"], text);
    assert!(told.contains("advice[advice/latest-tag]") && told.contains("advice[advice/no-resources]"), "{told}");
    assert!(!told.contains("error") && told.contains("STDIN: accepted"), "{told}");
    assert_eq!(code, 0);
}

#[test]
fn a_warning_is_no_error_either() {
    let (told, code) = check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {imagePullSecrets: [{}], containers: [{name: a, image: nginx}]}\n",
    );
    assert!(told.contains("warning[") && !told.contains("error["), "{told}");
    assert_eq!(code, 0);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    for options in
        [&["check", "-"][..], &["check", "--output", "json", "-"], &["check", "--jsonl"], &["run", "-"], &["--help"]]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podlab"));
        command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: nginx}]}}";
        let text = if options.contains(&"--jsonl") {
            serde_json::json!({"id": "a", "yaml": pod}).to_string()
        } else {
            pod.into()
        };
        // It may be over before it has read anything.
        let _over = child.stdin.take().unwrap().write_all(text.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{options:?}");
        assert_eq!(output.status.code(), Some(0), "{options:?}");
    }
}
