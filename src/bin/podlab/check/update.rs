//! `podlab check --update`: what `kubectl apply` answers to a file whose objects are there already.

use std::ffi::OsString;
use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use podlab::manifest::{self, Command, FieldError, Shelf};
use serde_json::{Value, json};

use crate::out;

/// What one `kubectl apply` printed, and the causes behind it.
struct Answer {
    stdout: String,
    stderr: String,
    causes: Vec<FieldError>,
}

fn apply(text: &str, file: &str, shelf: &mut Shelf) -> Answer {
    let command = Command::apply(file);
    let (judgement, done) = manifest::send(text, command, shelf);
    let line = |done: &manifest::Done| format!("{} {}\n", done.label(), done.word);
    // Recordings show a uid, which is another one every time, so.
    let stderr = judgement.stderr.replace(Shelf::UID, "<uid>");
    let mut causes = judgement.causes;
    for cause in &mut causes {
        cause.message = cause.message.replace(Shelf::UID, "<uid>");
    }
    Answer { stdout: done.iter().map(line).collect(), stderr, causes }
}

/// Applies `old`, then `new`, and prints the second answer as kubectl would.
pub(super) fn two_files(old: &OsString, new: &OsString) -> Result<ExitCode, String> {
    let mut shelf = Shelf::new();
    let (name, bytes) = super::read(old)?;
    let first = apply(&manifest::decode_bytes(&bytes), &name, &mut shelf);
    if !first.causes.is_empty() || !first.stderr.is_empty() {
        out::complain(&first.stderr);
    }
    let (name, bytes) = super::read(new)?;
    let second = apply(&manifest::decode_bytes(&bytes), &name, &mut shelf);
    out::print(&second.stdout);
    out::complain(&second.stderr);
    Ok(if exit_code(&second) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// 1 after an error; a warning is none.
fn exit_code(answer: &Answer) -> i32 {
    i32::from(answer.stderr.lines().any(|line| !line.starts_with("Warning: ")))
}

/// Reads `{id, old, new}` lines from the standard input and answers each.
pub(super) fn answers(name: &str) -> Result<ExitCode, String> {
    let mut lines = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| format!("podlab check: reading the standard input: {error}\n"))?;
        if line.trim().is_empty() {
            continue;
        }
        let case: Value = serde_json::from_str(&line).map_err(|error| format!("podlab check: not JSON: {error}\n"))?;
        let text = |field: &str| case.get(field).and_then(Value::as_str).unwrap_or_default();
        let mut shelf = Shelf::new();
        let first = apply(text("old"), name, &mut shelf);
        let second = apply(text("new"), name, &mut shelf);
        let causes = second.causes.iter().map(
            |cause| json!({"type": cause.cause.reason(), "field": cause.path.to_string(), "message": cause.message}),
        );
        let answer = json!({
            "id": text("id"),
            "old_stdout": first.stdout,
            "stdout": second.stdout,
            "exit": exit_code(&second),
            "causes": causes.collect::<Vec<_>>(),
            "stderr": second.stderr,
        });
        if !out::is_read(writeln!(lines, "{answer}"))? {
            break;
        }
    }
    out::is_read(lines.flush())?;
    Ok(ExitCode::SUCCESS)
}
