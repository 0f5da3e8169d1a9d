//! Floor 4: kubectl: a command line in, bytes out; knows nothing of the browser.

mod api;
mod args;
mod describe;
mod manifest;
mod merge;
mod resource;
pub mod tabwriter;
mod verbs;
mod words;

use crate::cluster::{ApiError, Cluster};
use args::Args;

pub use describe::describe;
pub use manifest::{ReadError, read_objects};

/// What a command printed and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Its exit status.
    pub exit_code: i32,
}

impl Output {
    fn line(text: impl Into<String>) -> Self {
        let mut stdout = text.into();
        stdout.push('\n');
        Self { stdout, ..Self::default() }
    }

    fn then(mut self, next: Output) -> Self {
        self.stdout.push_str(&next.stdout);
        self.stderr.push_str(&next.stderr);
        self.exit_code = self.exit_code.max(next.exit_code);
        self
    }
}

/// Why a command failed, in kubectl's words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure(String);

impl Failure {
    /// A mistake in the command line or in what it reads.
    fn usage(text: impl std::fmt::Display) -> Self {
        Self(format!("error: {text}"))
    }
}

impl From<ApiError> for Failure {
    /// A refusal of the server (kubectl: cmd/util/helpers.go StandardErrorMessage).
    fn from(error: ApiError) -> Self {
        Self(format!("Error from server ({}): {}", error.reason, error.message))
    }
}

impl From<Failure> for Output {
    fn from(failure: Failure) -> Self {
        Self { stderr: format!("{}\n", failure.0), exit_code: 1, ..Self::default() }
    }
}

/// Runs `command` (`kubectl scale deployment/web --replicas=3`) on the cluster as it is now.
/// `kubectl … -f -` reads what follows `<<<`.
pub fn run(cluster: &mut Cluster, command: &str) -> Output {
    run_with(cluster, command, &|_| None)
}

/// The same, with files: `read` gives the text of a file named by `-f`, `-` being standard input.
pub fn run_with(cluster: &mut Cluster, command: &str, read: &dyn Fn(&str) -> Option<String>) -> Output {
    match words::split(command) {
        Ok(line) => {
            let here = line.here_string;
            let read = |name: &str| if name == "-" { here.clone().or_else(|| read(name)) } else { read(name) };
            run_words(cluster, &line.words, &read)
        }
        Err(message) => Failure::usage(message).into(),
    }
}

/// The same, the words already apart; a leading `kubectl` may be left out.
pub fn run_words(cluster: &mut Cluster, words: &[String], read: &dyn Fn(&str) -> Option<String>) -> Output {
    let named = words.first().is_some_and(|word| word == "kubectl" || word == "k");
    let words = words.iter().map(String::as_str).skip(usize::from(named));
    Args::parse(words).and_then(|args| verbs::run(cluster, &args, read)).unwrap_or_else(Output::from)
}
