//! Floor 4: kubectl: a command line in, bytes out; knows nothing of the browser.
//!
//! A command does at once what it can do at once. Where it goes on (`get -w`, `rollout status`, a `delete` that waits),
//! its [`Output`] carries a [`Follow`], which is fed what happens and says what is printed then and when it ends.

mod api;
mod args;
mod budgets;
mod describe;
mod dry;
mod explain;
mod flags;
mod follow;
mod go_sort;
mod help;
mod made;
mod manifest;
mod merge;
mod pods;
mod print;
pub mod prompt;
mod resource;
mod resources;
#[cfg(not(target_arch = "wasm32"))]
pub mod rest;
mod selector;
pub mod tabwriter;
mod verbs;
mod wire;
mod words;

use crate::cluster::{ApiError, Cluster, Time};
use args::Args;

pub use describe::describe;
pub use explain::DOCS;
pub use follow::{Follow, Heard};
pub use manifest::{ReadError, read_objects};
pub use verbs::edit::{Edit, Saved};
pub use verbs::shell::{Shell, Typed};

/// What a command printed and how it ended.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Its exit status.
    pub exit_code: i32,
    /// What it goes on with; none for a command that has ended.
    pub follow: Option<Box<Follow>>,
    /// The object it opens in an editor.
    pub edit: Option<Box<Edit>>,
    /// The shell in a container that waits for lines.
    pub shell: Option<Box<Shell>>,
    /// A file that it writes on this side, by its name.
    pub file: Option<Box<(String, String)>>,
}

impl Output {
    fn line(text: impl Into<String>) -> Self {
        let mut stdout = text.into();
        stdout.push('\n');
        Self { stdout, ..Self::default() }
    }

    fn text(stdout: impl Into<String>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// Something said of what was not found; where nothing was, the command is still a success.
    fn remark(stderr: impl Into<String>) -> Self {
        Self { stderr: stderr.into(), ..Self::default() }
    }

    fn then(mut self, next: Output) -> Self {
        self.stdout.push_str(&next.stdout);
        self.stderr.push_str(&next.stderr);
        self.exit_code = self.exit_code.max(next.exit_code);
        self.follow = self.follow.or(next.follow);
        self.edit = self.edit.or(next.edit);
        self.shell = self.shell.or(next.shell);
        self.file = self.file.or(next.file);
        self
    }

    /// The lines of what was not found, as standard error and a failure.
    fn with_missing(mut self, missing: &str) -> Self {
        if !missing.is_empty() {
            self.stderr.push_str(missing);
            self.exit_code = 1;
        }
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
        if error.reason == "Invalid" {
            return Self(format!("The {}", invalid(&error.message)));
        }
        Self(format!("Error from server ({}): {}", error.reason, error.message))
    }
}

/// An object that is not valid: one cause on the line, several one below the other
/// (kubectl: cmd/util/helpers.go statusCausesToAggrError).
fn invalid(message: &str) -> String {
    let (subject, causes) = message.split_once(" is invalid: ").unwrap_or((message, ""));
    // Messages name the kind with its group; kubectl names the kind.
    let (kind, name) = subject.split_once(' ').unwrap_or((subject, ""));
    let kind = kind.split('.').next().unwrap_or(kind);
    let list = causes.strip_prefix('[').and_then(|causes| causes.strip_suffix(']'));
    let causes = list.map_or_else(|| vec![causes], split_causes);
    match causes.as_slice() {
        [one] => format!("{kind} {name} is invalid: {one}"),
        several => format!("{kind} {name} is invalid: \n* {}", several.join("\n* ")),
    }
}

/// The causes of a list: each begins with the path of a field and the word for what is wrong with it. A cause that is
/// said twice is listed once.
fn split_causes(text: &str) -> Vec<&str> {
    const WORDS: [&str; 11] = [
        "Invalid value",
        "Required value",
        "Forbidden",
        "Not found",
        "Duplicate value",
        "Unsupported value",
        "Too long",
        "Too many",
        "Too few",
        "Internal error",
        "TypeInvalid",
    ];
    let begins = |rest: &str| {
        let path = rest.split(": ").next().unwrap_or_default();
        let after = rest.get(path.len()..).and_then(|rest| rest.strip_prefix(": ")).unwrap_or_default();
        !path.contains(' ') && WORDS.iter().any(|word| after.starts_with(word))
    };
    let mut causes = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(", ") {
        if text.get(at + 2..).is_some_and(begins) {
            causes.extend(text.get(from..at));
            from = at + 2;
        }
    }
    causes.extend(text.get(from..));
    let mut seen = Vec::new();
    causes.retain(|cause| {
        let new = !seen.contains(cause);
        seen.push(*cause);
        new
    });
    causes
}

impl From<Failure> for Output {
    fn from(failure: Failure) -> Self {
        Self { stderr: format!("{}\n", failure.0), exit_code: 1, ..Self::default() }
    }
}

/// Someone at a prompt: what kubectl remembers between commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The namespace of the context; empty means `default`.
    pub namespace: String,
    /// Whether someone sits at a terminal, so that `-it` begins a session.
    pub interactive: bool,
}

impl Client {
    /// Runs a command, its words already apart; a leading `kubectl` may be left out. `read` gives the text of a file
    /// named by `-f`, `-` being standard input and [`DOCS`] what `explain` tells.
    pub fn run(&mut self, cluster: &mut Cluster, words: &[String], read: &dyn Fn(&str) -> Option<String>) -> Output {
        let named = words.first().is_some_and(|word| word == "kubectl" || word == "k");
        let words: Vec<&str> = words.iter().map(String::as_str).skip(usize::from(named)).collect();
        if let [before, topic @ ..] = words.as_slice()
            && *before == "help"
        {
            return help::about_topic(topic);
        }
        let mut outdated = "";
        let result = Args::parse(&words, &self.namespace).and_then(|mut args| {
            if args.get("record").is_some() {
                outdated = "Flag --record has been deprecated, --record will be removed in the future\n";
            }
            if let Some(format) = print::in_lower_case(args.command, args.get("output").unwrap_or_default()) {
                args.replace("output", format);
            }
            let format = args.get("output").unwrap_or_default();
            if let Some(format) = print::of_file(format, args.get("template"), read)? {
                args.replace("output", format);
            }
            let now = cluster.now().to_timestamp(cluster.config().epoch);
            let said = dry::outdated(&args, now);
            let done = verbs::run(self, cluster, &args, read);
            if said.is_empty() { done } else { Ok(Output::remark(said).then(done.unwrap_or_else(Output::from))) }
        });
        Output::remark(outdated).then(result.unwrap_or_else(Output::from))
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
    Client::default().run(cluster, words, read)
}

/// Lets the cluster run until a command that goes on has ended, or until `until`, as if it were interrupted then.
/// The cluster's journal is used up.
pub fn finish(cluster: &mut Cluster, mut output: Output, until: Time) -> Output {
    let Some(mut follow) = output.follow.take() else { return output };
    cluster.take_journal();
    loop {
        let due = cluster.next_due().unwrap_or(until).min(until);
        let deadline = follow.deadline().filter(|deadline| *deadline <= due);
        cluster.run_until(deadline.unwrap_or(due));
        let journal = cluster.take_journal();
        let mut heard: Vec<Heard> = journal.iter().map(|record| follow.hear(record)).collect();
        if deadline.is_some() && heard.iter().all(|heard| heard.exit_code.is_none()) {
            heard.push(follow.expire());
        }
        for heard in heard {
            output.stdout.push_str(&heard.stdout);
            output.stderr.push_str(&heard.stderr);
            if let Some(code) = heard.exit_code {
                output.exit_code = output.exit_code.max(code);
                return output;
            }
        }
        if due >= until {
            return output;
        }
    }
}
