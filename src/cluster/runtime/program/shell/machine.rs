//! Runs a script in virtual time, one instruction after another, up to the next thing that takes time.

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::super::catalogue::Image;
use super::super::process::{ExecAnswer, ExitReason, ProcessState, ended};
use super::code::{Code, Op};
use super::parse::Simple;
use super::word::{Part, Word};
use super::{Known, Script, arithmetic, tools};
use crate::cluster::Time;

/// How many instructions run in one instant; a script that spins is slowed down then, as a CPU limit would.
const BURST: u32 = 2_000;
/// The longest pause that a spinning script is slowed down by.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How many bytes an instance may write before its log is cut off.
const LOG_BUDGET: usize = 1 << 20;
/// How long a tool takes that is not simulated.
const ASSUMED_TIME: Duration = Duration::from_secs(1);
/// How deep substituted commands may call one another.
const DEEPEST: u32 = 16;

/// What SIGTERM does to a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum OnTerminate {
    /// It ends a while later with a code.
    Ends(Duration, i32),
    /// It deals with it itself; advance it.
    Handled,
    /// It does not care.
    Ignored,
}

/// Why the machine stands still.
#[derive(Clone, Debug, PartialEq)]
enum Blocked {
    /// A command takes its time.
    Until(Time),
    /// A command never ends by itself.
    Forever,
    /// `wait`: for what runs beside, up to an instant or for ever.
    Waiting(Option<Time>),
    /// A server serves.
    Serving(tools::Server),
}

/// A script at work.
#[derive(Clone, Debug)]
pub(in super::super) struct Machine {
    script: Rc<Script>,
    code: Rc<Code>,
    at: usize,
    status: i32,
    variables: BTreeMap<String, String>,
    loops: Vec<(Rc<[String]>, usize)>,
    blocked: Option<Blocked>,
    /// When the jobs beside the script end.
    beside: Vec<Option<Time>>,
    /// What `trap … TERM` says; an empty code ignores the signal.
    trap: Option<Rc<Code>>,
    trapped: bool,
    /// Where to go on once a trap's commands are done.
    resume: Option<(Rc<Code>, usize)>,
    /// Whether the shell gave its place to the command it runs.
    replaced: bool,
    stop_on_error: bool,
    first_process: bool,
    spent: u32,
    pause: Duration,
    written: usize,
    line: String,
}

/// What an instruction leads to.
enum Effect {
    Done(i32),
    Block(Blocked, i32),
    Exit(i32),
}

impl Machine {
    /// The machine at the start of `script`.
    pub fn new(script: Rc<Script>, _now: Time, first_process: bool) -> Machine {
        let variables = script.environment.iter().cloned().collect();
        let code = script.code.clone();
        let replaced = code.single;
        Machine {
            script,
            code,
            at: 0,
            status: 0,
            variables,
            loops: Vec::new(),
            blocked: None,
            beside: Vec::new(),
            trap: None,
            trapped: false,
            resume: None,
            replaced,
            stop_on_error: false,
            first_process,
            spent: 0,
            pause: Duration::from_millis(10),
            written: 0,
            line: String::new(),
        }
    }

    /// Runs what is due up to `now`.
    pub fn advance(&mut self, now: Time, lines: &mut Vec<(bool, String)>) -> ProcessState {
        loop {
            match &self.blocked {
                None => {}
                Some(Blocked::Waiting(_)) if self.trapped => self.status = 143,
                Some(Blocked::Until(at) | Blocked::Waiting(Some(at))) if *at > now => {
                    return ProcessState::Runs { wake: Some(*at) };
                }
                Some(Blocked::Until(_) | Blocked::Waiting(Some(_))) => {}
                Some(Blocked::Forever | Blocked::Waiting(None) | Blocked::Serving(_)) => {
                    return ProcessState::Runs { wake: None };
                }
            }
            self.blocked = None;
            if self.trapped && self.resume.is_none() {
                self.trapped = false;
                if let Some(code) = self.trap.clone() {
                    self.resume = Some((std::mem::replace(&mut self.code, code), self.at));
                    self.at = 0;
                }
            }
            if self.spent >= BURST {
                self.spent = 0;
                self.blocked = Some(Blocked::Until(now + self.pause));
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                continue;
            }
            self.spent += 1;
            let code = self.code.clone();
            let Some(op) = code.ops.get(self.at) else {
                match self.resume.take() {
                    Some((code, at)) => {
                        (self.code, self.at) = (code, at);
                        continue;
                    }
                    None => return self.end(self.status, lines),
                }
            };
            self.at += 1;
            match op {
                Op::Jump(at) => self.at = *at,
                Op::JumpIf(succeeded, at) => {
                    if (self.status == 0) == *succeeded {
                        self.at = *at;
                    }
                }
                Op::Negate => self.status = i32::from(self.status == 0),
                Op::Succeed => self.status = 0,
                Op::ForStart(words) => {
                    let words: Vec<String> = words.iter().flat_map(|word| self.expand(word, now, 0)).collect();
                    self.loops.push((words.into(), 0));
                }
                Op::ForNext(name, out) => self.next_word(name, *out),
                Op::Complain(text) => {
                    self.say(true, &format!("sh: {text}\n"), lines);
                    return self.end(2, lines);
                }
                Op::Beside(command) => self.start_beside(command, now, lines),
                Op::Run { command, last } => match self.run(command, *last, now, lines) {
                    Effect::Done(status) => {
                        self.status = status;
                        let judged = matches!(code.ops.get(self.at), Some(Op::JumpIf(..) | Op::Negate));
                        if self.stop_on_error && status != 0 && !judged {
                            return self.end(status, lines);
                        }
                    }
                    Effect::Block(blocked, status) => {
                        self.status = status;
                        self.spent = 0;
                        self.pause = Duration::from_millis(10);
                        self.blocked = Some(blocked);
                    }
                    Effect::Exit(code) => return self.end(code, lines),
                },
            }
        }
    }

    /// SIGTERM comes.
    pub fn terminate(&mut self, now: Time) -> OnTerminate {
        let _ = now;
        if self.replaced {
            return match &self.blocked {
                Some(Blocked::Serving(server)) if server.handles_term => {
                    OnTerminate::Ends(Duration::from_millis(50), 0)
                }
                _ if self.first_process => OnTerminate::Ignored,
                _ => OnTerminate::Ends(Duration::ZERO, 143),
            };
        }
        match &self.trap {
            Some(code) if code.ops.is_empty() => OnTerminate::Ignored,
            Some(_) => {
                self.trapped = true;
                OnTerminate::Handled
            }
            None if self.first_process => OnTerminate::Ignored,
            None => OnTerminate::Ends(Duration::ZERO, 143),
        }
    }

    /// Whether a server of the script listens on `port`.
    pub fn listens(&self, port: u16) -> bool {
        matches!(&self.blocked, Some(Blocked::Serving(server)) if server.port == Some(port))
    }

    /// What a command gives that is run beside the container's main process.
    pub fn run_aside(words: &[&str], image: Option<&'static Image>, now: Time) -> ExecAnswer {
        let script = match Script::of_command(words, image, Vec::new()) {
            Known::Script(script) => script,
            Known::Missing(program) => {
                let output = format!("exec: \"{program}\": executable file not found in $PATH");
                return ExecAnswer { after: Some(Duration::ZERO), code: 126, output };
            }
            // Nothing is known of the command: a probe or hook is taken to do its work.
            Known::No => return ExecAnswer { after: Some(Duration::ZERO), code: 0, output: String::new() },
        };
        let mut machine = Machine::new(Rc::new(script), now, false);
        let mut lines = Vec::new();
        let mut at = now;
        let answer = |after, code, lines: Vec<(bool, String)>| {
            let output = lines.into_iter().map(|(_, line)| line + "\n").collect();
            ExecAnswer { after, code, output }
        };
        // A command that takes very many pauses counts as one that never ends.
        for _ in 0..10_000 {
            match machine.advance(at, &mut lines) {
                ProcessState::Exited { code, .. } => return answer(Some(at.since(now)), code, lines),
                ProcessState::Runs { wake: Some(wake) } => at = wake,
                ProcessState::Runs { wake: None } => break,
            }
        }
        answer(None, 0, lines)
    }

    fn end(&mut self, code: i32, lines: &mut Vec<(bool, String)>) -> ProcessState {
        if !self.line.is_empty() {
            self.say(false, "\n", lines);
        }
        ended(code & 0xff, ExitReason::of_code(code & 0xff), None)
    }

    /// Writes text to the log, line by line.
    fn say(&mut self, stderr: bool, text: &str, lines: &mut Vec<(bool, String)>) {
        if self.written > LOG_BUDGET {
            return;
        }
        self.written += text.len();
        self.line.push_str(text);
        while let Some((line, rest)) = self.line.split_once('\n') {
            let (line, rest) = (line.to_owned(), rest.to_owned());
            lines.push((stderr, line));
            self.line = rest;
        }
        if self.written > LOG_BUDGET {
            lines.push((true, "podlab: this container has written 1 MiB; the rest of its log is left out".to_owned()));
        }
    }

    fn next_word(&mut self, name: &str, out: usize) {
        let next = self.loops.last_mut().and_then(|(words, at)| {
            let word = words.get(*at).cloned();
            *at += 1;
            word
        });
        match next {
            Some(word) => {
                self.variables.insert(name.to_owned(), word);
            }
            None => {
                self.loops.pop();
                self.at = out;
            }
        }
    }

    fn start_beside(&mut self, command: &Simple, now: Time, lines: &mut Vec<(bool, String)>) {
        // Beside the script only its end matters: the log of what runs there is written at once.
        let end = match self.run(command, false, now, lines) {
            Effect::Done(_) | Effect::Exit(_) => Some(now),
            Effect::Block(Blocked::Until(at), _) => Some(at),
            Effect::Block(..) => None,
        };
        self.beside.push(end);
        self.variables.insert("!".to_owned(), (self.beside.len() + 1).to_string());
        self.status = 0;
    }

    fn run(&mut self, command: &Simple, last: bool, now: Time, lines: &mut Vec<(bool, String)>) -> Effect {
        let words: Vec<String> = command.words.iter().flat_map(|word| self.expand(word, now, 0)).collect();
        let mut assigned = Vec::new();
        for (name, value) in &command.assignments {
            let value = self.expand(value, now, 0).join(" ");
            assigned.push((name.clone(), value));
        }
        let Some((program, arguments)) = words.split_first() else {
            self.variables.extend(assigned);
            return Effect::Done(0);
        };
        let base = program.rsplit('/').next().unwrap_or(program);
        match base {
            "exec" => {
                let rest = arguments.iter().map(|word| Word::text(word)).collect();
                self.replaced = true;
                return self.run(&Simple { words: rest, ..command.clone() }, true, now, lines);
            }
            "exit" | "return" => {
                let code = arguments.first().map_or(Some(self.status), |code| code.parse().ok());
                return match code {
                    Some(code) => Effect::Exit(code),
                    None => {
                        let bad = arguments.first().map(String::as_str).unwrap_or_default();
                        self.say(true, &format!("sh: exit: Illegal number: {bad}\n"), lines);
                        Effect::Exit(2)
                    }
                };
            }
            "sleep" => {
                return match tools::sleep(arguments) {
                    Ok(Some(time)) if time.is_zero() => Effect::Done(0),
                    Ok(Some(time)) => Effect::Block(Blocked::Until(now + time), 0),
                    Ok(None) => Effect::Block(Blocked::Forever, 0),
                    Err(text) => {
                        self.say(true, &format!("{text}\n"), lines);
                        Effect::Done(1)
                    }
                };
            }
            "wait" => {
                let end = self.beside.iter().copied().collect::<Option<Vec<Time>>>();
                self.beside.clear();
                return match end {
                    Some(ends) => match ends.into_iter().max().filter(|end| *end > now) {
                        Some(end) => Effect::Block(Blocked::Waiting(Some(end)), 0),
                        None => Effect::Done(0),
                    },
                    None => Effect::Block(Blocked::Waiting(None), 0),
                };
            }
            "trap" => {
                self.set_trap(arguments);
                return Effect::Done(0);
            }
            "git" => return self.git(arguments, now, lines),
            "set" => {
                self.stop_on_error |= arguments.iter().any(|a| a.starts_with('-') && a.contains('e'));
                return Effect::Done(0);
            }
            _ => {}
        }
        if let Some((status, text)) = self.instant(base, arguments, now) {
            let errors = status == 2;
            if !(command.output_away && !errors || command.errors_away && errors) {
                self.say(errors, &text, lines);
            }
            return Effect::Done(status);
        }
        let borrowed: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if let Some(server) = tools::server(base, &borrowed) {
            return Effect::Block(Blocked::Serving(server), 0);
        }
        self.unknown(program, base, last, now, lines)
    }

    /// A program nobody simulates: in a known image it may be missing, else it is taken to work.
    fn unknown(&mut self, program: &str, base: &str, last: bool, now: Time, lines: &mut Vec<(bool, String)>) -> Effect {
        let shell_image = self.script.image.is_some_and(|image| image.has_shell);
        if shell_image && !program.contains('/') && !tools::is_usual(base) {
            self.say(true, &format!("sh: {program}: not found\n"), lines);
            return Effect::Done(127);
        }
        if last && !tools::is_usual(base) {
            self.say(
                true,
                &format!("podlab: {program} is not simulated; it is taken to serve until told to stop\n"),
                lines,
            );
            return Effect::Block(Blocked::Serving(tools::Server { port: None, handles_term: true }), 0);
        }
        self.say(true, &format!("podlab: {program} is not simulated yet; it is taken to succeed\n"), lines);
        Effect::Block(Blocked::Until(now + ASSUMED_TIME), 0)
    }

    /// Commands that take no time: their exit code, and what they write (errors where the code is 2).
    fn instant(&mut self, program: &str, arguments: &[String], now: Time) -> Option<(i32, String)> {
        let none = String::new();
        Some(match program {
            ":" | "true" | "cd" | "umask" | "unset" => (0, none),
            "false" => (1, none),
            "echo" => (0, tools::echo(arguments)),
            "printf" => (0, tools::printf(arguments)),
            "date" => (0, tools::date(arguments, now) + "\n"),
            "hostname" => (0, self.variables.get("HOSTNAME").cloned().unwrap_or_default() + "\n"),
            "export" | "readonly" | "local" => {
                for argument in arguments {
                    if let Some((name, value)) = argument.split_once('=') {
                        self.variables.insert(name.to_owned(), value.to_owned());
                    }
                }
                (0, none)
            }
            "test" | "[" => {
                let end = arguments.len() - usize::from(program == "[" && arguments.last().is_some_and(|a| a == "]"));
                match tools::test(arguments.get(..end).unwrap_or_default()) {
                    Some(found) => (i32::from(!found), none),
                    None => (2, "podlab: this test is not simulated yet; it is taken to fail\n".to_owned()),
                }
            }
            _ => return None,
        })
    }

    fn set_trap(&mut self, arguments: &[String]) {
        let Some((action, signals)) = arguments.split_first() else { return };
        if signals.iter().any(|signal| matches!(signal.trim_start_matches("SIG"), "TERM" | "15")) {
            self.trap = if action == "-" { None } else { Some(Rc::new(Code::of_text(action))) };
        }
    }

    /// `git clone ADDRESS [FOLDER]`: takes a while and says what git says.
    fn git(&mut self, arguments: &[String], now: Time, lines: &mut Vec<(bool, String)>) -> Effect {
        let plain: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
        match plain.as_slice() {
            [verb, address, rest @ ..] if *verb == "clone" => {
                let name = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let folder = rest.first().map_or(name.trim_end_matches(".git"), |folder| folder.as_str());
                self.say(true, &format!("Cloning into '{folder}'...\n"), lines);
                Effect::Block(Blocked::Until(now + Duration::from_secs(3)), 0)
            }
            _ => {
                self.say(true, "podlab: of git only `clone` is simulated\n", lines);
                Effect::Done(1)
            }
        }
    }

    /// The words that a word becomes: variables and substitutions outside quotes are split at blanks.
    fn expand(&mut self, word: &Word, now: Time, depth: u32) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut open: Option<String> = None;
        for part in &word.0 {
            let (text, quoted) = match part {
                Part::Text(text) => (text.clone(), true),
                Part::EmptyQuotes => (String::new(), true),
                Part::Variable { name, default, quoted } => (self.variable(name, default.as_deref()), *quoted),
                Part::Arithmetic(text) => {
                    let variables = &self.variables;
                    let value = arithmetic::evaluate(text, &|name| variables.get(name).cloned());
                    (value.unwrap_or_default().to_string(), true)
                }
                Part::Command { code, quoted } => (self.substitute(code, now, depth), *quoted),
            };
            if quoted {
                open.get_or_insert_default().push_str(&text);
                continue;
            }
            if text.starts_with(char::is_whitespace) {
                words.extend(open.take());
            }
            for (i, piece) in text.split_whitespace().enumerate() {
                if i > 0 {
                    words.extend(open.take());
                }
                open.get_or_insert_default().push_str(piece);
            }
            if text.ends_with(char::is_whitespace) {
                words.extend(open.take());
            }
        }
        words.extend(open);
        words
    }

    fn variable(&self, name: &str, default: Option<&str>) -> String {
        let value = match name {
            "?" => Some(self.status.to_string()),
            "$" => Some("1".to_owned()),
            "0" => Some("sh".to_owned()),
            _ => self.variables.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty()).or(default.map(str::to_owned)).unwrap_or_default()
    }

    /// What a substituted command writes; only commands that take no time have output.
    fn substitute(&mut self, code: &Code, now: Time, depth: u32) -> String {
        let mut out = String::new();
        for op in code.ops.iter().take(100) {
            let Op::Run { command, .. } = op else { continue };
            if depth >= DEEPEST || out.len() > LOG_BUDGET {
                break;
            }
            let words: Vec<String> = command.words.iter().flat_map(|word| self.expand(word, now, depth + 1)).collect();
            if let Some((program, arguments)) = words.split_first()
                && let Some((status, text)) = self.instant(program, arguments, now)
            {
                self.status = status;
                out.push_str(&text);
            }
        }
        out.trim_end_matches('\n').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `sh -c text` to its end: (second: line …, exit code, second of the end).
    fn run(text: &str) -> (String, Option<i32>, f64) {
        run_with_term(text, f64::INFINITY)
    }

    fn run_with_term(text: &str, term: f64) -> (String, Option<i32>, f64) {
        let Known::Script(script) = Script::of_command(&["sh", "-c", text], None, Vec::new()) else { panic!("{text}") };
        let mut machine = Machine::new(Rc::new(script), Time::ZERO, true);
        let (mut log, mut now, mut told) = (String::new(), Time::ZERO, false);
        for _ in 0..1000 {
            let mut lines = Vec::new();
            let state = machine.advance(now, &mut lines);
            for (_, line) in lines {
                log.push_str(&format!("{}: {line}\n", now.as_secs_f64()));
            }
            match state {
                ProcessState::Exited { code, .. } => return (log, Some(code), now.as_secs_f64()),
                ProcessState::Runs { wake } => {
                    let wake = wake.map_or(f64::INFINITY, Time::as_secs_f64);
                    if !told && term < wake {
                        told = true;
                        now = Time::from_secs_f64(term);
                        if let OnTerminate::Ends(after, code) = machine.terminate(now) {
                            return (log, Some(code), (now + after).as_secs_f64());
                        }
                    } else if wake.is_finite() {
                        now = Time::from_secs_f64(wake);
                    } else {
                        break;
                    }
                }
            }
        }
        (log, None, now.as_secs_f64())
    }

    #[test]
    fn lists_stop_where_a_shell_stops() {
        assert_eq!(run("echo a; sleep 2; echo b"), ("0: a\n2: b\n".into(), Some(0), 2.0));
        assert_eq!(run("false && echo no || echo yes; exit 3"), ("0: yes\n".into(), Some(3), 0.0));
        assert_eq!(run("sleep 1 && exit 7"), (String::new(), Some(7), 1.0));
        assert_eq!(run("false").1, Some(1));
    }

    #[test]
    fn loops_variables_and_arithmetic_work() {
        let text = "i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo \"turn $i\"; sleep 1; done; exit $i";
        assert_eq!(run(text), ("0: turn 1\n1: turn 2\n2: turn 3\n".into(), Some(3), 3.0));
        assert_eq!(run("for x in a 'b c'; do echo \"<$x>\"; done").0, "0: <a>\n0: <b c>\n");
        assert_eq!(run("until false; do echo x; exit 4; done").1, Some(4));
        assert_eq!(run("if [ a = b ]; then echo 1; elif true; then echo 2; else echo 3; fi").0, "0: 2\n");
        assert_eq!(run("echo $(echo in) \"${X:-none}\" '$X'").0, "0: in none $X\n");
    }

    #[test]
    fn a_first_process_ignores_term_unless_it_traps_it() {
        assert_eq!(run_with_term("sleep 30; echo end", 5.0), ("30: end\n".into(), Some(0), 30.0));
        assert_eq!(run_with_term("trap 'echo bye; exit 0' TERM; sleep 30; echo end", 5.0).2, 30.0);
        let waits = "trap 'echo bye; exit 0' TERM; sleep 30 & wait";
        assert_eq!(run_with_term(waits, 5.0), ("5: bye\n".into(), Some(0), 5.0));
    }

    #[test]
    fn endless_loops_are_slowed_down() {
        let (_, code, seconds) = run("while :; do :; done");
        assert_eq!(code, None);
        assert!(seconds > 900.0, "{seconds}");
    }

    #[test]
    fn what_is_not_understood_is_said_in_the_log() {
        assert_eq!(run("if true").1, Some(2));
        assert!(run("echo 'open").0.contains("unterminated quoted string"));
        assert!(run("echo a | wc -l").0.contains("pipes are not simulated yet"));
        assert_eq!(run("set -e; false; echo no").1, Some(1));
        assert_eq!(run(&"(".repeat(10_000)).1, Some(2));
    }
}
