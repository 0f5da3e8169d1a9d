//! A prompt: lines with kubectl, pipes and a few tools, against a cluster. What it prints is text; whoever paints it
//! keeps the time.

mod complete;
mod filters;
mod grammar;

use std::collections::VecDeque;
use std::rc::Rc;

use collections::Map as BTreeMap;

use crate::cluster::{Cluster, Record, Time, run_tool};
use crate::kubectl::{Client, DOCS, Edit, Follow, Heard, Output, Saved, Shell, Typed};
use grammar::{Command, Fault, Pipeline, When};

pub use complete::{Completion, complete};

/// How much one command may print, in bytes; what is beyond is left out, and that is said.
const MOST: usize = 1 << 20;

/// What a prompt remembers: the namespace of the context, files, what was typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    client: Client,
    /// What `explain` tells of types and fields, once it is there ([`DOCS`]).
    pub docs: Option<Rc<str>>,
    /// Files that commands wrote, and those of the editor.
    pub files: BTreeMap<String, String>,
    /// The lines so far, oldest first.
    pub history: Vec<String>,
}

/// What is still to be done of a line.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    pipelines: VecDeque<Pipeline>,
    failed: bool,
}

impl Rest {
    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.pipelines.is_empty()
    }
}

/// What a command that goes on does meanwhile.
#[derive(Clone, Debug)]
pub enum Running {
    /// It hears what happens; its output goes through these filters.
    Follow(Box<Follow>, Vec<Vec<String>>),
    /// `watch`: the line is run again every so many seconds, and its output replaced.
    Watch {
        /// The line.
        line: String,
        /// Seconds between two runs.
        every: u64,
    },
    /// An editor is open.
    Edit(Box<Edit>),
    /// A shell in a container takes the lines.
    Shell(Box<Shell>),
}

/// What a line printed.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// To standard output.
    pub stdout: String,
    /// To standard error.
    pub stderr: String,
    /// The exit status of its last command.
    pub exit_code: i32,
    /// Whether what was printed before is to go.
    pub clear: bool,
    /// Whether more of the line has to be typed: a quote or a here-document is open.
    pub unfinished: bool,
    /// What goes on.
    pub running: Option<Running>,
    /// What is done after that.
    pub rest: Rest,
}

/// Whether more of a line has to be typed before it can be run: a quote or a here-document is open.
pub fn is_unfinished(line: &str) -> bool {
    grammar::parse(line) == Err(Fault::Unfinished)
}

impl Prompt {
    /// A prompt that someone sits at, which remembers lines typed before.
    pub fn with_history(history: Vec<String>) -> Self {
        Self { history, client: Client { interactive: true, ..Client::default() }, ..Self::default() }
    }

    /// A line for the shell in a container that takes them now.
    pub fn type_in(&mut self, cluster: &mut Cluster, mut shell: Box<Shell>, line: &str) -> Answer {
        let Typed { stdout, stderr, exit_code } = shell.enter(cluster, line);
        let running = exit_code.is_none().then_some(Running::Shell(shell));
        Answer { stdout, stderr, exit_code: exit_code.unwrap_or_default(), running, ..Answer::default() }
    }

    /// Runs a line, or several.
    pub fn run(&mut self, cluster: &mut Cluster, line: &str) -> Answer {
        match grammar::parse(line) {
            Err(Fault::Unfinished) => Answer { unfinished: true, ..Answer::default() },
            Err(Fault::Unexpected(sign)) => Answer {
                stderr: format!("sh: syntax error near unexpected token `{sign}'\n"),
                exit_code: 2,
                ..Answer::default()
            },
            Ok(pipelines) => self.resume(cluster, Rest { pipelines: pipelines.into(), failed: false }, 0),
        }
    }

    /// Goes on with what is left of a line, after a command that went on has ended with `exit_code`.
    pub fn resume(&mut self, cluster: &mut Cluster, mut rest: Rest, exit_code: i32) -> Answer {
        let mut answer = Answer { exit_code, ..Answer::default() };
        rest.failed = exit_code != 0;
        while let Some(pipeline) = rest.pipelines.pop_front() {
            let due = match pipeline.when {
                When::Always => true,
                When::Success => !rest.failed,
                When::Failure => rest.failed,
            };
            if !due {
                continue;
            }
            self.pipeline(cluster, pipeline, &mut answer);
            rest.failed = answer.exit_code != 0;
            if answer.running.is_some() {
                break;
            }
        }
        answer.rest = rest;
        answer
    }

    fn pipeline(&mut self, cluster: &mut Cluster, pipeline: Pipeline, answer: &mut Answer) {
        let mut input: Option<String> = None;
        let mut commands = pipeline.commands.into_iter();
        while let Some(command) = commands.next() {
            let Command { words, input: own, output: file } = command;
            let through = own.or(input.take());
            match words.as_slice() {
                [name] if name == "clear" => {
                    *answer = Answer { clear: true, ..Answer::default() };
                    continue;
                }
                [name, rest @ ..] if name == "watch" => {
                    answer.running = Some(watch(rest));
                    return;
                }
                _ => {}
            }
            let ran = self.command(cluster, &words, through.as_deref());
            answer.stderr.push_str(&ran.stderr);
            answer.exit_code = ran.exit_code;
            if let Some(file) = ran.file {
                let (name, text) = *file;
                self.files.insert(name.trim_start_matches("./").to_owned(), text);
            }
            if let Some(edit) = ran.edit {
                answer.running = Some(Running::Edit(edit));
                return;
            }
            if let Some(shell) = ran.shell {
                // What is said before the first line: where a port is forwarded from, what is debugged.
                answer.stdout.push_str(&ran.stdout);
                answer.running = Some(Running::Shell(shell));
                return;
            }
            if let Some(follow) = ran.follow {
                let filters: Vec<Vec<String>> = commands.map(|command| command.words).collect();
                let mut stdout = ran.stdout;
                for filter in &filters {
                    stdout = filters::over_text(filter, &stdout);
                }
                answer.stdout.push_str(&stdout);
                answer.running = Some(Running::Follow(follow, filters));
                return;
            }
            match file {
                Some((name, append)) => {
                    let kept = self.files.entry(name).or_default();
                    if !append {
                        kept.clear();
                    }
                    kept.push_str(&ran.stdout);
                }
                None => input = Some(ran.stdout),
            }
        }
        let mut last = input.unwrap_or_default();
        if last.len() > MOST {
            let cut = (0..=MOST).rev().find(|at| last.is_char_boundary(*at)).unwrap_or(0);
            last.truncate(cut);
            last.push_str("\n… (the rest is left out)\n");
        }
        answer.stdout.push_str(&last);
    }

    fn command(&mut self, cluster: &mut Cluster, words: &[String], input: Option<&str>) -> Output {
        let (files, docs) = (&self.files, &self.docs);
        let read = |name: &str| match (name, input) {
            (DOCS, _) => docs.as_deref().map(str::to_owned),
            ("-" | "/dev/stdin", Some(input)) => Some(input.to_owned()),
            _ => files.get(name.strip_prefix("./").unwrap_or(name)).cloned(),
        };
        match words.first().map(String::as_str) {
            Some("kubectl" | "k") => self.client.run(cluster, words, &read),
            Some("ls") => Output::text(files.keys().map(|name| format!("{name}\n")).collect::<String>()),
            Some("history") => {
                let lines = self.history.iter().enumerate().map(|(number, line)| format!("{:5}  {line}\n", number + 1));
                Output::text(lines.collect::<String>())
            }
            Some("help") => Output::text(HELP),
            Some("alias" | "source" | "export" | "cd" | "true") => Output::default(),
            Some("false") => Output { exit_code: 1, ..Output::default() },
            Some("rm") => {
                for name in words.iter().skip(1) {
                    self.files.remove(name);
                }
                Output::default()
            }
            Some("date") => Output::text(cluster.now().to_timestamp(cluster.config().epoch).to_seconds() + "\n"),
            Some(name) if filters::BORROWED.contains(&name) => {
                let files: Vec<(&str, &str)> =
                    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
                let ran = run_tool(words, input.unwrap_or_default(), &files);
                self.files.extend(ran.files);
                Output { stdout: ran.stdout, stderr: ran.stderr, exit_code: ran.code, ..Output::default() }
            }
            Some(name) => filters::run(words, input, &read).unwrap_or_else(|| Output {
                stderr: format!("{name}: command not found\n"),
                exit_code: 127,
                ..Output::default()
            }),
            None => Output::default(),
        }
    }

    /// An editor was closed; `text` is what it holds, none where it was closed without saving.
    pub fn edited(&mut self, cluster: &mut Cluster, edit: &Edit, text: Option<&str>) -> Answer {
        let saved = match text {
            Some(text) => edit.save(cluster, text),
            None => edit.cancel(),
        };
        let (output, running) = match saved {
            Saved::Ended(output) => (output, None),
            Saved::Again(edit, output) => (output, Some(Running::Edit(edit))),
            Saved::Kept { output, file, text } => {
                self.files.insert(file, text);
                (output, None)
            }
        };
        Answer {
            stdout: output.stdout,
            stderr: output.stderr,
            exit_code: output.exit_code,
            running,
            ..Answer::default()
        }
    }
}

impl Running {
    /// Takes in what happened, in order, up to and including `now`.
    pub fn hear<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>, now: Time) -> Heard {
        let mut all = Heard::default();
        if let Running::Shell(shell) = self {
            records.into_iter().for_each(|record| add(&mut all, shell.hear(record)));
            return all;
        }
        let Running::Follow(follow, filters) = self else { return all };
        let deadline = follow.deadline();
        for record in records {
            if deadline.is_some_and(|deadline| record.at > deadline) || all.exit_code.is_some() {
                break;
            }
            add(&mut all, follow.hear(record));
        }
        if all.exit_code.is_none() && deadline.is_some_and(|deadline| deadline <= now) {
            add(&mut all, follow.expire());
        }
        for filter in filters {
            all.stdout = filters::over_text(filter, &all.stdout);
        }
        all
    }
}

fn add(all: &mut Heard, next: Heard) {
    all.stdout.push_str(&next.stdout);
    all.stderr.push_str(&next.stderr);
    all.exit_code = next.exit_code;
}

/// `watch [-n SECONDS] COMMAND`.
fn watch(words: &[String]) -> Running {
    let (every, words) = match words {
        [flag, seconds, rest @ ..] if flag == "-n" || flag == "--interval" => {
            (seconds.parse::<f64>().unwrap_or(2.0), rest)
        }
        words => (2.0, words),
    };
    // One word is a line of its own: `watch 'kubectl get pods | grep web'`.
    let line = match words {
        [line] => line.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    Running::Watch { line, every: (every.max(1.0)) as u64 }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+[]{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

const HELP: &str = "\
kubectl (or k) talks to the simulated cluster at the playhead.
  k get pods -o wide        k edit deploy NAME
  k describe pod NAME       k explain pod.spec
  k apply -f manifest.yaml  k logs NAME -f
Beside it: cat, ls, grep, sed, awk, head, tail, wc, sort, cut,
tr, echo, watch, history, date, clear.
  a | b   a ; b   a && b   > FILE   -f - <<EOF
Tab completes. Up and down walk through what was typed,
Ctrl-R searches it. Ctrl-C ends what runs, Ctrl-L clears.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Config;

    fn ran(prompt: &mut Prompt, cluster: &mut Cluster, line: &str) -> Answer {
        prompt.run(cluster, line)
    }

    #[test]
    fn lines_go_through_pipes_and_files() {
        let mut cluster = Cluster::new(Config::default());
        let mut prompt = Prompt::default();
        let answer = ran(
            &mut prompt,
            &mut cluster,
            "k run a --image=nginx --dry-run=client -o yaml > a.yaml && k create -f a.yaml; k get po -o name | wc -l",
        );
        assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("pod/a created\n1\n", ""));
        let answer = ran(
            &mut prompt,
            &mut cluster,
            "k create -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\nEOF",
        );
        assert_eq!(answer.stdout, "configmap/c created\n");
        assert_eq!(ran(&mut prompt, &mut cluster, "ls; nope || echo no").stdout, "a.yaml\nno\n");
        assert!(ran(&mut prompt, &mut cluster, "echo 'x").unfinished);
        assert!(ran(&mut prompt, &mut cluster, "echo x; clear").clear);
        assert!(ran(&mut prompt, &mut cluster, "grep x a.yaml |").unfinished);
    }

    #[test]
    fn what_is_piped_goes_into_a_container_and_files_come_out_of_it() {
        let mut cluster = Cluster::new(Config::default());
        let mut prompt = Prompt::default();
        ran(&mut prompt, &mut cluster, "k run a --image=busybox -- sleep 1000");
        cluster.run_until(Time::from_secs_f64(10.0));
        let told = ran(&mut prompt, &mut cluster, "k exec -i a -- sort <<EOF\nb\na\nEOF");
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("a\nb\n", ""));
        ran(&mut prompt, &mut cluster, "echo 'it'\\''s' > f; k cp f a:/tmp/g; k cp a:/tmp/g back");
        assert_eq!(ran(&mut prompt, &mut cluster, "cat back").stdout, "it's\n");
        let packed = "k exec a -- sh -c 'cd /tmp; mkdir d; cp g d/h; tar cf - d | tar xf - -C /; cat /d/h'";
        let told = ran(&mut prompt, &mut cluster, packed);
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("it's\n", ""));
    }

    #[test]
    fn what_goes_on_hears_what_happens_and_the_rest_comes_after() {
        let mut cluster = Cluster::new(Config::default());
        let mut prompt = Prompt::default();
        let answer =
            ran(&mut prompt, &mut cluster, "k run a --image=nginx && k wait pod/a --for=condition=Ready; echo end");
        let Some(mut running) = answer.running else { panic!("it waits") };
        cluster.take_journal();
        cluster.run_until(Time::from_secs_f64(20.0));
        let heard = running.hear(&cluster.take_journal(), cluster.now());
        assert_eq!((heard.stdout.as_str(), heard.exit_code), ("pod/a condition met\n", Some(0)));
        assert_eq!(prompt.resume(&mut cluster, answer.rest, 0).stdout, "end\n");
        let answer = ran(&mut prompt, &mut cluster, "watch -n 5 kubectl get pods");
        assert!(matches!(answer.running, Some(Running::Watch { every: 5, line }) if line == "kubectl get pods"));
        let answer = ran(&mut prompt, &mut cluster, "k get pods -w | grep a");
        assert!(answer.stdout.contains("Running") && !answer.stdout.contains("NAME"), "{}", answer.stdout);
    }
}
