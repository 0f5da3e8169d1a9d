//! `podlab check`: would a cluster accept this file?

mod jsonl;
mod text;
mod update;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use lexopt::prelude::*;
use podlab::manifest::{self, Diagnostic, Severity};

use crate::out;

const HELP: &str = "\
podlab check: would a cluster accept this file?

usage: podlab check [--output text|json] [--advice] FILE…
       podlab check --update OLD NEW
       podlab check --jsonl [--update] [--advice] [--name NAME]

  --output text|json  how to say it; text shows the lines of the file (default: text)
  --advice            also say what a cluster accepts without a word and Podlab would not leave so
  --update            what kubectl apply answers to NEW where OLD was applied before
  --jsonl             read {id, yaml} or {id, yaml_b64} lines on the standard input, write an answer for each;
                      with --update, {id, old, new}
  --name NAME         what the messages call the file with --jsonl (default: case.yaml)

FILE may be - for the standard input. Exit status: 0 accepted, 1 refused, 2 misuse.
";

enum Output {
    Text,
    Json,
}

/// The command with the words behind its name.
///
/// # Errors
/// What to tell of a misuse.
pub fn main(words: impl Iterator<Item = OsString>) -> Result<ExitCode, String> {
    let mut output = Output::Text;
    let (mut advice, mut lines, mut update) = (false, false, false);
    let mut name = "case.yaml".to_owned();
    let mut files: Vec<OsString> = Vec::new();
    let misuse = |error: lexopt::Error| format!("podlab check: {error}\n\n{HELP}");
    let mut arguments = lexopt::Parser::from_args(words);
    while let Some(argument) = arguments.next().map_err(misuse)? {
        match argument {
            Long("help") | Short('h') => {
                out::print(HELP);
                return Ok(ExitCode::SUCCESS);
            }
            Long("output") | Short('o') => match arguments.value().map_err(misuse)?.to_string_lossy().as_ref() {
                "text" => output = Output::Text,
                "json" => output = Output::Json,
                other => return Err(format!("podlab check: --output is text or json, not {other:?}\n")),
            },
            Long("advice") => advice = true,
            Long("jsonl") => lines = true,
            Long("update") => update = true,
            Long("name") => name = arguments.value().map_err(misuse)?.to_string_lossy().into_owned(),
            Value(file) => files.push(file),
            other => return Err(misuse(other.unexpected())),
        }
    }
    if update {
        return match (lines, files.as_slice()) {
            (true, []) => update::answers(&name),
            (false, [old, new]) => update::two_files(old, new),
            _ => Err(format!("podlab check: --update takes two files\n\n{HELP}")),
        };
    }
    match (lines, files.is_empty()) {
        (true, true) => jsonl::answer(&name, advice),
        (true, false) => Err("podlab check: --jsonl reads the standard input and takes no files\n".to_owned()),
        (false, true) => Err(format!("podlab check: which file?\n\n{HELP}")),
        (false, false) => files_one_by_one(&files, &output, advice),
    }
}

fn files_one_by_one(files: &[OsString], output: &Output, advice: bool) -> Result<ExitCode, String> {
    let mut accepted = true;
    for file in files {
        let (name, bytes) = read(file)?;
        let content = manifest::decode_bytes(&bytes);
        let mut judgement = manifest::check(&content, &name);
        if !advice {
            judgement.diagnostics.retain(|diagnostic| !is_advice(diagnostic));
        }
        accepted &= judgement.accepted();
        match output {
            Output::Json => out::print(&format!("{}\n", jsonl::answer_line(&name, &content, &judgement))),
            Output::Text => {
                let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                out::print(&text::report(&name, &content, &judgement, colours));
            }
        }
    }
    Ok(if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether it is told only to those who ask: the cluster says nothing of it.
fn is_advice(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Advice
}

/// The name that messages give a file, and what stands in it.
fn read(file: &OsString) -> Result<(String, Vec<u8>), String> {
    if file == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("error: reading STDIN: {error}\n"))?;
        return Ok(("STDIN".to_owned(), bytes));
    }
    let name = file.to_string_lossy().into_owned();
    match std::fs::read(file) {
        Ok(bytes) => Ok((name, bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(format!("error: the path {name:?} does not exist\n"))
        }
        Err(error) => Err(format!("error: {name}: {error}\n")),
    }
}
