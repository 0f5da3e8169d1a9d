//! `podlab kubectl`: one kubectl command at one moment of a manifest's run.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::*;
use podlab::cluster::{Action, Cluster, Config, Time};
use podlab::kubectl;

use crate::duration::duration;
use crate::{out, scenario};

const HELP: &str = "\
podlab kubectl: one command at one moment

usage: podlab kubectl [-f FILE] [--at 30s] [--during 10m] [--seed 0] [--nodes 1] -- get pods -o wide

  -f        the manifest that is applied at the start; - is standard input; without one the cluster is empty
  --at      when the command is given (90, 90s, 1m30s); 0 where nothing is said
  --during  how long a command that goes on (get -w, wait, rollout status, delete) is followed at most; 10m where
            nothing is said
  --seed    another seed, another jitter
  --nodes   how many nodes there are, 1 to 8
";

/// How long a command that goes on is followed.
const PATIENCE: Duration = Duration::from_secs(600);

struct Options {
    file: Option<PathBuf>,
    at: Time,
    during: Duration,
    config: Config,
    command: Vec<String>,
    help: bool,
}

/// Runs what the words say; the exit code is kubectl's.
pub fn main(words: impl Iterator<Item = OsString>) -> Result<ExitCode, String> {
    let options = parse(words).map_err(|error| format!("podlab kubectl: {error}\n\n{HELP}"))?;
    if options.help {
        out::print(HELP);
        return Ok(ExitCode::SUCCESS);
    }
    let from_input = options.file.as_ref().is_some_and(|file| file.as_os_str() == "-");
    let mut objects = Vec::new();
    if let Some(file) = &options.file {
        let text = match from_input {
            true => std::io::read_to_string(std::io::stdin()),
            false => fs::read_to_string(file),
        };
        let text = text.map_err(|error| format!("{}: {error}\n", file.display()))?;
        objects = scenario::accepted(&text, &file.to_string_lossy());
        if objects.is_empty() {
            return Ok(ExitCode::FAILURE);
        }
    }
    let mut cluster = Cluster::new(options.config);
    for object in objects {
        let name = object.name().to_owned();
        if let Err(error) = cluster.act(Action::Create(object)) {
            out::complain(&format!("{name}: {error}\n"));
        }
    }
    cluster.run_until(options.at);
    let read = |name: &str| match name {
        kubectl::DOCS => Some(include_str!("../../../docs/fields.json").to_owned()),
        "-" if !from_input => std::io::read_to_string(std::io::stdin()).ok(),
        name => fs::read_to_string(name).ok(),
    };
    let output = kubectl::run_words(&mut cluster, &options.command, &read);
    let output = kubectl::finish(&mut cluster, output, options.at + options.during);
    if let Some((name, text)) = output.file.as_deref() {
        fs::write(name, text).map_err(|error| format!("{name}: {error}\n"))?;
    }
    out::print(&output.stdout);
    out::complain(&output.stderr);
    Ok(ExitCode::from(u8::try_from(output.exit_code).unwrap_or(1)))
}

fn parse(words: impl Iterator<Item = OsString>) -> Result<Options, lexopt::Error> {
    let words: Vec<OsString> = words.collect();
    let (own, command) = match words.iter().position(|word| word == "--") {
        Some(at) => (words.get(..at), words.get(at + 1..)),
        None => (Some(words.as_slice()), None),
    };
    let command = command.unwrap_or_default().iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut options =
        Options { file: None, at: Time::ZERO, during: PATIENCE, config: Config::default(), command, help: false };
    let mut parser = lexopt::Parser::from_args(own.unwrap_or_default().to_vec());
    while let Some(word) = parser.next()? {
        match word {
            Short('f') | Long("filename") => options.file = Some(parser.value()?.into()),
            Long("at") => {
                let text = parser.value()?.string()?;
                let at = duration(&text).ok_or_else(|| format!("{text:?} is no duration"))?;
                options.at = Time::ZERO + at;
            }
            Long("during") => {
                let text = parser.value()?.string()?;
                options.during = duration(&text).ok_or_else(|| format!("{text:?} is no duration"))?;
            }
            Long("seed") => options.config.seed = parser.value()?.parse()?,
            Long("nodes") => {
                options.config.nodes = parser.value()?.parse()?;
                if !(1..=8).contains(&options.config.nodes) {
                    return Err("--nodes takes 1 to 8".into());
                }
            }
            Long("help") | Short('h') => options.help = true,
            other => return Err(other.unexpected()),
        }
    }
    if options.command.is_empty() && !options.help {
        return Err("no command; it comes after --".into());
    }
    Ok(options)
}
