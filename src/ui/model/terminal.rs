//! The terminal: what was typed and printed, and what goes on while time flows.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::Time;
use crate::kubectl::Shell;
use crate::kubectl::prompt::{Answer, Prompt, Rest, Running};
use crate::ui::session::Session;

/// How many commands are kept on the screen.
const MOST_BLOCKS: usize = 200;

/// How many bytes of one command's output are kept on the screen.
const MOST_BYTES: usize = 200_000;

/// The name of the editor's text among the files.
pub const MANIFEST: &str = "manifest.yaml";

/// What is typed, in the answer to `help`: it is the same in every language.
const HELP_KUBECTL: &str = "  \
  k get pods -o wide        k edit deploy NAME
  k describe pod NAME       k explain pod.spec
  k apply -f manifest.yaml  k logs NAME -f
";
const HELP_JOINS: &str = "  a | b   a ; b   a && b   > FILE   -f - <<EOF\n";

/// Something printed: to standard output, to standard error, or by the page itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// The message of `locales/*.ftl` of this name.
    Note(&'static str),
    /// Such a message where it is the whole answer.
    Told(&'static str),
}

/// A command and what it printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// When it was given.
    pub at: Time,
    /// What was typed.
    pub line: Rc<str>,
    /// What stood before it: `$`, or the sign of a shell in a container.
    pub sign: Rc<str>,
    /// What was printed, in order.
    pub parts: Vec<(Stream, String)>,
    /// Its exit status, once it has ended.
    pub exit_code: Option<i32>,
}

impl Block {
    fn print(&mut self, stream: Stream, text: &str) {
        if text.is_empty() && !matches!(stream, Stream::Note(_) | Stream::Told(_)) {
            return;
        }
        match self.parts.last_mut().filter(|(last, _)| *last == stream) {
            Some((_, all)) => all.push_str(text),
            None => self.parts.push((stream, text.to_owned())),
        }
        let size: usize = self.parts.iter().map(|(_, text)| text.len()).sum();
        if size > MOST_BYTES
            && let Some((_, all)) = self.parts.first_mut()
        {
            let over = (size - MOST_BYTES).min(all.len());
            let cut = (over..=all.len()).find(|at| all.is_char_boundary(*at)).unwrap_or(all.len());
            all.drain(..cut);
        }
    }
}

/// The whole terminal. Two are equal when they are the same state of it.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    /// What Tab and the history know.
    pub prompt: Rc<Prompt>,
    /// What is on the screen, oldest first.
    pub blocks: Vec<Rc<Block>>,
    /// What goes on.
    running: Option<Running>,
    rest: Rest,
    /// Up to when it has heard what happened.
    heard: Time,
    /// When `watch` is run next.
    next: Time,
    /// The furthest moment anyone has looked at since time last branched.
    furthest: Time,
    /// Grows with each change.
    version: u32,
}

impl PartialEq for Terminal {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Terminal {
    /// A terminal that remembers the lines of earlier visits.
    pub fn new(history: Vec<String>) -> Self {
        Self { prompt: Rc::new(Prompt::with_history(history)), ..Self::default() }
    }

    /// Another run began: what went on with the last one has ended.
    pub fn restart(&mut self) {
        if self.running.is_some() {
            self.interrupt();
        }
        (self.heard, self.furthest) = (Time::ZERO, Time::ZERO);
    }

    /// Whether the last command has ended and was refused something that a cluster would refuse too.
    pub fn failed(&self) -> bool {
        let Some(block) = self.blocks.last().filter(|block| block.exit_code.is_some_and(|code| code != 0)) else {
            return false;
        };
        let errors = block.parts.iter().filter(|(stream, _)| *stream == Stream::Err);
        errors
            .flat_map(|(_, text)| text.lines())
            .any(|line| !line.starts_with("Warning: ") && !line.contains(" (NotSimulated): "))
    }

    /// Whether a command goes on.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The text of the editor that a command has opened.
    pub fn editing(&self) -> Option<&str> {
        match &self.running {
            Some(Running::Edit(edit)) => Some(&edit.text),
            _ => None,
        }
    }

    /// Runs a line at `at`; true where it changed the cluster. `text` is the editor's.
    pub fn enter(&mut self, line: &str, text: &str, session: &Session, at: Time) -> bool {
        let prompt = Rc::make_mut(&mut self.prompt);
        prompt.files.insert(MANIFEST.to_owned(), text.to_owned());
        let typed = line.trim();
        if !typed.is_empty() && prompt.history.last().is_none_or(|last| last != typed) {
            prompt.history.push(typed.to_owned());
        }
        self.running = None;
        self.begin(line, "$".into(), at);
        // What the prompt itself can do is told in the reader's language; in a pipe it is a text as any other.
        if typed == "help" {
            self.version = self.version.wrapping_add(1);
            if let Some(block) = self.blocks.last_mut().map(Rc::make_mut) {
                block.print(Stream::Told("terminal-help"), "");
                block.print(Stream::Out, HELP_KUBECTL);
                block.print(Stream::Told("terminal-help-beside"), "");
                block.print(Stream::Out, HELP_JOINS);
                block.print(Stream::Told("terminal-help-keys"), "");
                block.exit_code = Some(0);
            }
            return false;
        }
        let line = line.to_owned();
        self.run(session, at, move |prompt, cluster| prompt.run(cluster, &line))
    }

    fn begin(&mut self, line: &str, sign: Rc<str>, at: Time) {
        let block = Block { at, line: line.into(), sign, parts: Vec::new(), exit_code: None };
        self.blocks.push(Rc::new(block));
        let over = self.blocks.len().saturating_sub(MOST_BLOCKS);
        self.blocks.drain(..over);
    }

    /// Gives a line to the shell in a container that takes them; true where it changed the cluster.
    pub fn type_inside(&mut self, line: &str, session: &Session, at: Time) -> bool {
        let Some(shell) = self.shell().filter(|shell| shell.is_ready()).cloned() else { return false };
        self.begin(line, shell.sign().into(), at);
        // What was to come after the shell still is.
        let (rest, line, shell) = (std::mem::take(&mut self.rest), line.to_owned(), Box::new(shell));
        let acted = self.run(session, at, move |prompt, cluster| prompt.type_in(cluster, shell.clone(), &line));
        if self.running.is_some() {
            self.rest = rest;
            return acted;
        }
        let code = self.blocks.last().and_then(|block| block.exit_code).unwrap_or_default();
        let more =
            !rest.is_done() && self.run(session, at, move |prompt, cluster| prompt.resume(cluster, rest.clone(), code));
        acted || more
    }

    /// What `explain` tells is there.
    pub fn learn(&mut self, docs: Rc<str>) {
        Rc::make_mut(&mut self.prompt).docs = Some(docs);
        self.version = self.version.wrapping_add(1);
    }

    /// The shell in a container that takes the lines.
    pub fn shell(&self) -> Option<&Shell> {
        match &self.running {
            Some(Running::Shell(shell)) => Some(shell),
            _ => None,
        }
    }

    /// Whether lines are taken now: no command goes on, or one that reads them does.
    pub fn takes_lines(&self) -> bool {
        self.running.is_none() || self.shell().is_some_and(Shell::is_ready)
    }

    /// Lets `what` run at `at`: first beside the run, and on the run itself where it changes something.
    fn run(
        &mut self,
        session: &Session,
        at: Time,
        what: impl Fn(&mut Prompt, &mut crate::cluster::Cluster) -> Answer,
    ) -> bool {
        self.version = self.version.wrapping_add(1);
        self.furthest = self.furthest.max(at);
        let before = self.prompt.as_ref().clone();
        let prompt = Rc::make_mut(&mut self.prompt);
        let (answer, acted) = session.beside(at, |cluster| what(prompt, cluster));
        let answer = match acted {
            false => answer,
            true => {
                *prompt = before;
                let answer = session.with_cluster(at, |cluster| what(prompt, cluster));
                if at < self.furthest {
                    self.note("terminal-branch");
                }
                self.furthest = at;
                answer
            }
        };
        self.heard = session.computed().min(self.heard.max(at));
        if acted {
            self.heard = at;
        }
        self.next = at + Duration::from_secs(2);
        self.take(answer);
        acted
    }

    fn note(&mut self, id: &'static str) {
        if let Some(block) = self.blocks.last_mut() {
            Rc::make_mut(block).print(Stream::Note(id), "");
        }
    }

    fn take(&mut self, answer: Answer) {
        if answer.clear {
            self.blocks.clear();
        }
        if let Some(block) = self.blocks.last_mut() {
            let block = Rc::make_mut(block);
            block.print(Stream::Out, &answer.stdout);
            block.print(Stream::Err, &answer.stderr);
            block.exit_code = answer.running.is_none().then_some(answer.exit_code);
        }
        self.running = answer.running;
        self.rest = answer.rest;
    }

    /// Time has come to `at`; true where a command that had to be run then changed the cluster.
    pub fn hear(&mut self, session: &Session, at: Time) -> bool {
        self.furthest = self.furthest.max(at);
        let from = std::mem::replace(&mut self.heard, at);
        let Some(running) = &mut self.running else { return false };
        if let Running::Watch { line, every } = running {
            let (line, every) = (line.clone(), *every);
            if at >= self.next || at < from {
                self.next = at + Duration::from_secs(every);
                let mut prompt = self.prompt.as_ref().clone();
                let (answer, _) = session.beside(at, |cluster| prompt.run(cluster, &line));
                self.version = self.version.wrapping_add(1);
                if let Some(block) = self.blocks.last_mut() {
                    let block = Rc::make_mut(block);
                    block.parts.clear();
                    block.print(Stream::Out, &answer.stdout);
                    block.print(Stream::Err, &answer.stderr);
                }
            }
            return false;
        }
        if at <= from {
            return false;
        }
        let waited = matches!(running, Running::Shell(shell) if !shell.is_ready());
        let heard = session.records(from, at, |records| running.hear(records, at));
        if waited && matches!(running, Running::Shell(shell) if shell.is_ready()) {
            self.version = self.version.wrapping_add(1);
        }
        if heard.stdout.is_empty() && heard.stderr.is_empty() && heard.exit_code.is_none() {
            return false;
        }
        self.version = self.version.wrapping_add(1);
        if let Some(block) = self.blocks.last_mut() {
            let block = Rc::make_mut(block);
            block.print(Stream::Out, &heard.stdout);
            block.print(Stream::Err, &heard.stderr);
            block.exit_code = heard.exit_code;
        }
        let Some(code) = heard.exit_code else { return false };
        self.running = None;
        let rest = std::mem::take(&mut self.rest);
        if rest.is_done() {
            return false;
        }
        self.run(session, at, move |prompt, cluster| prompt.resume(cluster, rest.clone(), code))
    }

    /// The editor that a command opened is closed, with a text or without saving; true where the cluster changed.
    pub fn edited(&mut self, text: Option<&str>, session: &Session, at: Time) -> bool {
        let Some(Running::Edit(edit)) = self.running.take() else { return false };
        let text = text.map(str::to_owned);
        self.run(session, at, move |prompt, cluster| prompt.edited(cluster, &edit, text.as_deref()))
    }

    /// Puts files beside those that are there.
    pub fn put_files(&mut self, files: &[(String, String)]) {
        for (name, text) in files.iter().filter(|(name, _)| name != MANIFEST) {
            Rc::make_mut(&mut self.prompt).files.insert(name.clone(), text.clone());
        }
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self) {
        self.version = self.version.wrapping_add(1);
        self.running = None;
        self.rest = Rest::default();
        if let Some(block) = self.blocks.last_mut().filter(|block| block.exit_code.is_none()) {
            let block = Rc::make_mut(block);
            block.print(Stream::Err, "^C\n");
            block.exit_code = Some(130);
        }
    }

    /// Ctrl-L.
    pub fn clear(&mut self) {
        self.version = self.version.wrapping_add(1);
        self.blocks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(terminal: &Terminal) -> String {
        let parts = terminal.blocks.last().map(|block| block.parts.clone()).unwrap_or_default();
        parts.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_change_in_the_past_begins_another_branch_and_says_so() {
        let session = Session::new(Vec::new());
        session.advance(Time::from_secs_f64(60.0), usize::MAX);
        let mut terminal = Terminal::new(Vec::new());
        let at = Time::from_secs_f64(5.0);
        assert!(terminal.enter("k run a --image=nginx", "", &session, at));
        assert_eq!(text(&terminal), "pod/a created\n");
        session.advance(Time::from_secs_f64(60.0), usize::MAX);
        assert!(!terminal.hear(&session, Time::from_secs_f64(30.0)));
        assert!(!terminal.enter("k get pod a --no-headers", "", &session, Time::from_secs_f64(30.0)));
        assert!(text(&terminal).contains("Running"));
        assert!(terminal.enter("k delete pod a --wait=false", "", &session, Time::from_secs_f64(10.0)));
        let noted =
            terminal.blocks.last().unwrap().parts.iter().any(|(stream, _)| *stream == Stream::Note("terminal-branch"));
        assert!(noted);
    }

    #[test]
    fn what_waits_ends_as_time_flows() {
        let session = Session::new(Vec::new());
        let mut terminal = Terminal::new(Vec::new());
        terminal.enter(
            "k run a --image=nginx; k wait pod/a --for=condition=Ready && echo ready",
            "",
            &session,
            Time::ZERO,
        );
        assert!(terminal.is_running());
        session.advance(Time::from_secs_f64(60.0), usize::MAX);
        for second in 1..30 {
            terminal.hear(&session, Time::from_secs_f64(f64::from(second)));
        }
        assert!(!terminal.is_running());
        assert_eq!(text(&terminal), "pod/a created\npod/a condition met\nready\n");
        terminal.enter("k get pods -w", "", &session, Time::from_secs_f64(30.0));
        assert!(terminal.is_running());
        terminal.interrupt();
        assert_eq!(terminal.blocks.last().unwrap().exit_code, Some(130));
    }
}
