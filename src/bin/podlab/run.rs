//! `podlab run`: a manifest or a recording's scenario in virtual time.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;
use podlab::cluster::{Config, Time};
use podlab::trace::{export, timeline};

use crate::duration::duration;
use crate::scenario::{self, Scenario};
use crate::{out, recording};

const HELP: &str = "\
podlab run: a manifest in virtual time

usage: podlab run FILE [--until 2m] [--seed 0] [--nodes 1] [--at '20s kubectl delete pod web']… [--output timeline|trace]
       podlab run --recording R.json[.gz] [--seed 0] [--output timeline|trace]
       podlab run --recordings DIR --out DIR [--seed 0]

  FILE          the manifest; - is standard input
  --until       how long it runs (90, 90s, 1h30m); 2m where nothing is said
  --seed        another seed, another jitter; 0, the default, is a typical run
  --nodes       how many nodes there are, 1 to 8
  --at          what is done when; may be given again. What is refused is told, and the run goes on. Beside kubectl
                commands: 'node down NODE', 'node up NODE', 'node pressure NODE memory|disk|pid PODS' (so many Pods
                have to go), 'systemctl restart kubelet', 'kill POD CONTAINER [EXIT-CODE]', 'POST pods/NAME/eviction',
                'PATCH pods/NAME JSON', 'PATCH pods/NAME/status condition TYPE=True',
                'load SERVICE REQUESTS_A_SECOND [ramp|spike|day DURATION]', 'load deployment/NAME …',
                'load SERVICE none', 'network off|on [HOST]' (the world outside, or one host of it)
  --output      timeline: text, a line for each change; trace: JSON in the format of the recordings
  --recording   manifest, actions and length of a recording; containers obey their SIM variables
  --recordings  every recording of a folder at once; a trace of each goes to the folder --out, ready for
                tests/truth/compare.py tests/truth/traces DIR
";

enum Output {
    Timeline,
    Trace,
}

/// Runs what the words say.
pub fn main(words: impl Iterator<Item = OsString>) -> Result<ExitCode, String> {
    parse(words).map_err(|error| format!("podlab run: {error}\n\n{HELP}"))?.run()
}

struct Options {
    file: Option<PathBuf>,
    recording: Option<PathBuf>,
    recordings: Option<PathBuf>,
    out: Option<PathBuf>,
    until: Time,
    config: Config,
    at: Vec<(Time, String)>,
    output: Output,
    help: bool,
}

fn parse(words: impl Iterator<Item = OsString>) -> Result<Options, lexopt::Error> {
    let mut options = Options {
        file: None,
        recording: None,
        recordings: None,
        out: None,
        until: Time::from_secs_f64(120.0),
        config: Config::default(),
        at: Vec::new(),
        output: Output::Timeline,
        help: false,
    };
    let instant = |text: &str| {
        let duration = duration(text).ok_or_else(|| format!("{text:?} is no duration"))?;
        Ok::<Time, lexopt::Error>(Time::ZERO + duration)
    };
    let mut parser = lexopt::Parser::from_args(words);
    while let Some(word) = parser.next()? {
        match word {
            Value(file) if options.file.is_none() => options.file = Some(file.into()),
            Long("recording") => options.recording = Some(parser.value()?.into()),
            Long("recordings") => options.recordings = Some(parser.value()?.into()),
            Long("out") => options.out = Some(parser.value()?.into()),
            Long("until") => options.until = instant(&parser.value()?.string()?)?,
            Long("seed") => options.config.seed = parser.value()?.parse()?,
            Long("nodes") => {
                options.config.nodes = parser.value()?.parse()?;
                if !(1..=8).contains(&options.config.nodes) {
                    return Err("--nodes takes 1 to 8".into());
                }
            }
            Long("at") => {
                let text = parser.value()?.string()?;
                let (at, command) = text.trim().split_once(char::is_whitespace).ok_or("--at takes 'TIME COMMAND'")?;
                options.at.push((instant(at)?, command.trim().to_owned()));
            }
            Long("output") | Short('o') => {
                options.output = match parser.value()?.string()?.as_str() {
                    "timeline" => Output::Timeline,
                    "trace" => Output::Trace,
                    other => return Err(format!("--output takes timeline or trace, not {other:?}").into()),
                }
            }
            Long("help") | Short('h') => options.help = true,
            other => return Err(other.unexpected()),
        }
    }
    options.at.sort_by_key(|(at, _)| *at);
    Ok(options)
}

impl Options {
    fn run(self) -> Result<ExitCode, String> {
        if self.help {
            out::print(HELP);
            return Ok(ExitCode::SUCCESS);
        }
        match (&self.file, &self.recording, &self.recordings) {
            (Some(file), None, None) => match self.manifest(file)? {
                Some(scenario) => self.print(scenario),
                None => Ok(ExitCode::FAILURE),
            },
            (None, Some(file), None) => self.print(recording::read(file, self.config.seed)?),
            (None, None, Some(folder)) => self.folder(folder),
            _ => Err(format!("podlab run: one of FILE, --recording and --recordings\n\n{HELP}")),
        }
    }

    /// The scenario of a manifest; none where nothing of it is accepted.
    fn manifest(&self, file: &Path) -> Result<Option<Scenario>, String> {
        let text =
            if file == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { fs::read_to_string(file) };
        let manifest = text.map_err(|error| format!("{}: {error}\n", file.display()))?;
        let objects = scenario::accepted(&manifest, &file.to_string_lossy());
        if objects.is_empty() {
            return Ok(None);
        }
        Ok(Some(Scenario {
            name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            note: String::new(),
            manifest,
            objects,
            config: self.config.clone(),
            actions: self.at.clone(),
            until: self.until,
        }))
    }

    fn print(&self, scenario: Scenario) -> Result<ExitCode, String> {
        let (run, about) = scenario.play();
        let text = match self.output {
            Output::Timeline => timeline(&run),
            Output::Trace => format!("{}\n", export(&run, &about)),
        };
        out::print(&text);
        Ok(ExitCode::SUCCESS)
    }

    fn folder(&self, folder: &Path) -> Result<ExitCode, String> {
        let say = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}\n", path.display());
        let out = self.out.as_ref().ok_or_else(|| format!("podlab run: --recordings needs --out\n\n{HELP}"))?;
        fs::create_dir_all(out).map_err(|error| say(out, &error))?;
        let entries = fs::read_dir(folder).map_err(|error| say(folder, &error))?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.to_string_lossy().ends_with(".json.gz") || file.to_string_lossy().ends_with(".json"));
        files.sort();
        let mut failed = false;
        for file in &files {
            let scenario = match recording::read(file, self.config.seed) {
                Ok(scenario) => scenario,
                Err(message) => {
                    out::complain(&message);
                    failed = true;
                    continue;
                }
            };
            let target = out.join(format!("{}.json", scenario.name));
            let (run, about) = scenario.play();
            fs::write(&target, export(&run, &about)).map_err(|error| say(&target, &error))?;
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
