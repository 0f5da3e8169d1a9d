//! The commands that are part of the shell.

use std::rc::Rc;
use std::time::Duration;

use super::super::machine::{Block, Body, Cx, Io, Step, signal};
use super::super::tools::{self, Launch};
use super::Shell;
use super::frames::{Frame, Leave};
use super::parse::{is_name, parse};
use super::{printf, test};
use crate::cluster::Time;

/// Those that POSIX calls special: they go before functions, and their assignments last.
const SPECIAL: &[&str] = &[
    ".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "source",
    "times", "trap", "unset",
];
const USUAL: &[&str] = &[
    "[", "[[", "alias", "bg", "cd", "command", "echo", "false", "fg", "getopts", "hash", "help", "jobs", "kill", "let",
    "local", "printf", "pwd", "read", "test", "true", "type", "ulimit", "umask", "unalias", "wait",
];

fn among(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

/// Whether `name` is a special builtin.
pub(super) fn is_special(name: &str) -> bool {
    among(SPECIAL, name)
}

/// Whether `name` is a builtin.
pub(in super::super) fn is_builtin(name: &str) -> bool {
    among(USUAL, name)
}

impl Shell {
    /// Runs a builtin.
    pub(super) fn builtin(&mut self, words: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
        let Some((name, arguments)) = words.split_first() else { return Step::Go };
        let first = arguments.first().map(|word| &**word);
        let status = match &**name {
            ":" | "true" | "alias" | "unalias" | "hash" | "times" | "bg" | "fg" | "jobs" | "help" => 0,
            "false" => 1,
            "echo" => self.print(&printf::echo(arguments), io, cx),
            "printf" => {
                let (text, errors) = printf::printf(arguments);
                for error in &errors {
                    io.complain(cx, &format!("{}: printf: {error}", self.name));
                }
                let failed = self.print(&text, io, cx);
                if errors.is_empty() { failed } else { 1 }
            }
            "test" | "[" | "[[" => match test::command(name, arguments, io, cx) {
                Ok(found) => i32::from(!found),
                Err(text) => {
                    io.complain(cx, &format!("{}: {text}", self.name));
                    2
                }
            },
            "cd" => self.change_folder(first, io, cx),
            "pwd" => self.print(format!("{}\n", io.folder).as_bytes(), io, cx),
            "exit" | "return" => return self.exits(name, first, io, cx),
            "break" | "continue" => {
                let count = first.map_or(Some(1), |count| count.parse().ok());
                let Some(count) = count.filter(|count| *count > 0) else {
                    return self.fail(&format!("{name}: Illegal number: {}", first.unwrap_or_default()), io, cx);
                };
                self.status = 0;
                return self.leave(&Leave::Loops(count, &**name == "continue"), io, cx).unwrap_or(Step::Go);
            }
            "shift" => {
                let count = first.map_or(Some(1), |count| count.parse::<usize>().ok());
                match count.and_then(|count| self.arguments.get(count..)) {
                    Some(rest) => {
                        self.arguments = rest.into();
                        0
                    }
                    None => return self.fail("shift: can't shift that many", io, cx),
                }
            }
            "export" | "readonly" => self.declare(name, arguments, io, cx),
            "local" => self.local(arguments, io, cx),
            "unset" => {
                for argument in arguments.iter().filter(|argument| !argument.starts_with('-')) {
                    if first == Some("-f") {
                        Rc::make_mut(&mut self.functions).remove(argument);
                    } else if self.variables.get(argument).is_some_and(|variable| variable.read_only) {
                        return self.fail(&format!("unset: {argument}: is read only"), io, cx);
                    } else {
                        self.restore(argument, None);
                    }
                }
                0
            }
            "eval" => {
                let text = arguments.join(" ");
                cx.kernel.spend(text.len().saturating_mul(8));
                self.status = 0;
                self.frames.push(Frame::Node(parse(&text)));
                return Step::Go;
            }
            "." | "source" => return self.source(first, arguments, io, cx),
            "exec" => {
                if arguments.is_empty() {
                    self.status = 0;
                    return Step::Go;
                }
                cx.kernel.rename(io.pid, arguments.join(" ").into());
                let launch =
                    Launch { words: arguments.into(), environment: self.variables.clone(), pid_one: io.pid == 1 };
                return Step::Become(Body::Start(launch));
            }
            "set" => self.set(arguments, io, cx),
            "trap" => self.trap(arguments, io, cx),
            "wait" => return self.wait(arguments, io),
            "kill" => self.kill(arguments, io, cx),
            "read" => return self.begin_read(arguments, cx),
            "umask" => match first {
                None => self.print(format!("{:04o}\n", io.umask).as_bytes(), io, cx),
                Some(mode) => match u16::from_str_radix(mode, 8) {
                    Ok(mode) => {
                        io.umask = mode & 0o777;
                        0
                    }
                    Err(_) => 1,
                },
            },
            "ulimit" => self.print(b"unlimited\n", io, cx),
            "command" | "type" => return self.command(name, arguments, io, cx),
            "getopts" => self.getopts(arguments, io, cx),
            "let" => {
                let mut value = 0;
                for argument in arguments {
                    match super::arithmetic::evaluate(argument, self) {
                        Ok(found) => value = found,
                        Err(text) => return self.fail(&text, io, cx),
                    }
                }
                i32::from(value == 0)
            }
            _ => 0,
        };
        self.done(status, io, cx)
    }

    fn print(&mut self, text: &[u8], io: &mut Io, cx: &mut Cx) -> i32 {
        io.failed = None;
        io.write(cx, 1, text);
        match io.failed.take() {
            None => 0,
            Some(error) => {
                io.complain(cx, &format!("{}: write error: {error}", self.name));
                1
            }
        }
    }

    fn exits(&mut self, name: &str, first: Option<&str>, io: &mut Io, cx: &mut Cx) -> Step {
        let code = match first.map(str::parse::<i32>) {
            None => match self.ending {
                Some(code) if name == "exit" => code,
                _ => self.status,
            },
            Some(Ok(code)) if code >= 0 || name == "return" => code & 255,
            Some(_) => {
                let text = format!("{name}: Illegal number: {}", first.unwrap_or_default());
                return self.fail(&text, io, cx);
            }
        };
        self.status = code;
        if name == "return"
            && let Some(step) = self.leave(&Leave::Call, io, cx)
        {
            return step;
        }
        self.leave_all(code, io, cx)
    }

    fn change_folder(&mut self, to: Option<&str>, io: &mut Io, cx: &mut Cx) -> i32 {
        let home = self.value("HOME").unwrap_or_else(|| "/".into());
        let old = self.value("OLDPWD").unwrap_or_else(|| io.folder.clone());
        let shown = to == Some("-");
        let to = match to {
            None => &*home,
            Some("-") => &*old,
            Some(to) => to,
        };
        let path = io.path(to);
        match cx.files(io.user).stat(&path, true) {
            Ok(stat) if stat.is_folder() => {
                let _read_only = self.assign("OLDPWD", &io.folder.clone());
                let _read_only = self.assign("PWD", &path);
                io.folder = path.into();
                if shown { self.print(format!("{}\n", io.folder).as_bytes(), io, cx) } else { 0 }
            }
            _ => {
                io.complain(cx, &format!("{}: cd: can't cd to {to}: No such file or directory", self.name));
                2
            }
        }
    }

    fn declare(&mut self, name: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let plain: Vec<&Rc<str>> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
        if plain.is_empty() {
            let mut text = String::new();
            for (known, variable) in self.variables.iter() {
                let chosen = if name == "export" { variable.exported } else { variable.read_only };
                if let Some(value) = variable.value.as_deref().filter(|_| chosen) {
                    text.push_str(&format!("{name} {known}={}\n", quote(value)));
                }
            }
            return self.print(text.as_bytes(), io, cx);
        }
        for argument in plain {
            let (variable, value) = match argument.split_once('=') {
                Some((variable, value)) => (variable, Some(value)),
                None => (&**argument, None),
            };
            if !is_name(variable) {
                io.complain(cx, &format!("{}: {name}: {variable}: bad variable name", self.name));
                return 2;
            }
            if let Some(value) = value
                && let Err(text) = self.assign(variable, value)
            {
                io.complain(cx, &format!("{}: {name}: {text}", self.name));
                return 2;
            }
            let entry = Rc::make_mut(&mut self.variables).entry(variable.into()).or_default();
            if name == "export" {
                entry.exported = true;
            } else {
                entry.read_only = true;
            }
        }
        0
    }

    fn local(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let call = self.frames.iter().rposition(|frame| matches!(frame, Frame::Call(Some(_), _)));
        let Some(call) = call else {
            io.complain(cx, &format!("{}: local: not in a function", self.name));
            return 1;
        };
        for argument in arguments {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (&**argument, None),
            };
            let before = self.variables.get(name).cloned();
            if let Some(Frame::Call(_, locals)) = self.frames.get_mut(call)
                && !locals.iter().any(|(known, _)| &**known == name)
            {
                locals.push((name.into(), before));
            }
            match value {
                Some(value) => {
                    let _read_only = self.assign(name, value);
                }
                None => self.restore(name, None),
            }
        }
        0
    }

    fn source(&mut self, file: Option<&str>, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
        let Some(file) = file else { return self.fail(".: filename argument required", io, cx) };
        let Ok(bytes) = cx.files(io.user).read(&io.path(file)) else {
            return self.fail(&format!(".: can't open '{file}': No such file or directory"), io, cx);
        };
        let before = (arguments.len() > 1).then(|| {
            let given: Rc<[Rc<str>]> = arguments.get(1..).unwrap_or_default().into();
            std::mem::replace(&mut self.arguments, given)
        });
        self.status = 0;
        self.frames.push(Frame::Call(before, Vec::new()));
        self.frames.push(Frame::Node(parse(&String::from_utf8_lossy(&bytes))));
        Step::Go
    }

    fn set(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        if arguments.is_empty() {
            let text: String = self
                .variables
                .iter()
                .filter_map(|(name, variable)| Some(format!("{name}={}\n", quote(variable.value.as_deref()?))))
                .collect();
            return self.print(text.as_bytes(), io, cx);
        }
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let on = argument.starts_with('-');
            match &**argument {
                "--" | "-" => {
                    self.arguments = rest.cloned().collect();
                    return 0;
                }
                letters if (on || letters.starts_with('+')) && letters.len() > 1 => {
                    self.switch(letters.get(1..).unwrap_or_default(), on);
                    if letters.contains('o') {
                        match rest.next().map(|name| &**name) {
                            Some("pipefail") => self.options.pipe_fail = on,
                            Some("errexit") => self.options.exit_on_error = on,
                            Some("nounset") => self.options.unset = on,
                            Some("xtrace") => self.options.trace = on,
                            Some("noglob") => self.options.no_glob = on,
                            Some("allexport") => self.options.export_all = on,
                            Some("vi" | "emacs" | "posix" | "errtrace") | None => {}
                            Some(name) => {
                                io.complain(cx, &format!("{}: set: illegal option -o {name}", self.name));
                                return 2;
                            }
                        }
                    }
                }
                _ => {
                    self.arguments = std::iter::once(argument).chain(rest).cloned().collect();
                    return 0;
                }
            }
        }
        0
    }

    fn trap(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let arguments = match arguments.split_first() {
            Some((first, rest)) if &**first == "--" => rest,
            _ => arguments,
        };
        let Some((action, signals)) = arguments.split_first() else {
            let mut text = String::new();
            for (number, action) in &self.traps {
                text.push_str(&format!("trap -- {} {}\n", quote(action), signal::name(*number)));
            }
            return self.print(text.as_bytes(), io, cx);
        };
        // One argument alone is a signal that is reset.
        let (action, signals) = if signals.is_empty() { ("-".into(), arguments) } else { (action.clone(), signals) };
        let mut status = 0;
        for name in signals {
            let Some(number) = signal::number(name) else {
                io.complain(cx, &format!("{}: trap: {name}: invalid signal specification", self.name));
                status = 1;
                continue;
            };
            let bit = 1_u64 << (number & 63);
            io.ignored &= !bit;
            if &*action == "-" {
                self.traps.remove(&number);
            } else {
                if action.is_empty() {
                    io.ignored |= bit;
                }
                self.traps.insert(number, action.clone());
            }
        }
        status
    }

    fn wait(&mut self, arguments: &[Rc<str>], io: &Io) -> Step {
        if arguments.is_empty() {
            self.frames.push(Frame::Wait(self.jobs.clone(), false));
            return Step::Go;
        }
        let mut pids: Vec<u32> = arguments.iter().filter_map(|argument| self.job(argument)).collect();
        if pids.last().is_none_or(|pid| !io.children.contains_key(pid)) {
            // No child of this shell.
            pids.clear();
        }
        self.frames.push(Frame::Wait(pids, true));
        Step::Go
    }

    /// The process of `%1` or of a number.
    fn job(&self, text: &str) -> Option<u32> {
        match text.strip_prefix('%') {
            Some(number) => self.jobs.get(number.parse::<usize>().unwrap_or(1).checked_sub(1)?).copied(),
            None => text.parse().ok(),
        }
    }

    fn kill(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let mut number = signal::TERM;
        let mut targets = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let named = match &**argument {
                "-l" => {
                    let code = rest.next().and_then(|code| code.parse::<u8>().ok());
                    let text = code.map_or("HUP INT QUIT KILL TERM", |code| signal::name(code & 127));
                    return self.print(format!("{text}\n").as_bytes(), io, cx);
                }
                "-s" | "-n" => rest.next().map(|name| &**name),
                "--" => continue,
                option if option.starts_with('-') && targets.is_empty() => option.get(1..),
                target => {
                    targets.push(target);
                    continue;
                }
            };
            match named.and_then(signal::number) {
                Some(named) => number = named,
                None => {
                    io.complain(cx, &format!("{}: kill: invalid signal {argument}", self.name));
                    return 2;
                }
            }
        }
        let mut status = 0;
        for target in targets {
            if !tools::kill(target, self.job(target), number, io, cx) {
                io.complain(cx, &format!("{}: kill: ({target}) - No such process", self.name));
                status = 1;
            }
        }
        status
    }

    fn begin_read(&mut self, arguments: &[Rc<str>], cx: &mut Cx) -> Step {
        let (mut raw, mut until, mut names) = (false, None, Vec::new());
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match &**argument {
                "-t" => {
                    let seconds = rest.next().and_then(|seconds| seconds.parse::<f64>().ok()).unwrap_or(0.0);
                    until = Some(cx.now() + Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
                }
                "-p" | "-n" | "-d" => {
                    rest.next();
                }
                option if option.starts_with('-') && names.is_empty() => raw |= option.contains('r'),
                _ => names.push(argument.clone()),
            }
        }
        if names.is_empty() {
            names.push("REPLY".into());
        }
        self.frames.push(Frame::Read { names: names.into(), raw, line: Vec::new(), until });
        Step::Go
    }

    /// Goes on reading a line, and gives it to the variables.
    pub(super) fn read(
        &mut self,
        names: Rc<[Rc<str>]>,
        raw: bool,
        mut line: Vec<u8>,
        until: Option<Time>,
        io: &mut Io,
        cx: &mut Cx,
    ) -> Step {
        let Some(&handle) = io.fds.get(&0) else { return self.done(1, io, cx) };
        let complete = match cx.read_line(handle, &mut line) {
            Some(complete) => complete,
            None if until.is_some_and(|until| until <= cx.now()) => {
                return self.done(142, io, cx);
            }
            None => {
                self.frames.push(Frame::Read { names, raw, line, until });
                return Step::Block(match until {
                    Some(until) => Block::Reply { ticket: 0, handle: Some(handle), until: Some(until) },
                    None => Block::Readable(handle),
                });
            }
        };
        if complete && !raw && line.ends_with(b"\\\n") {
            line.truncate(line.len() - 2);
            self.frames.push(Frame::Read { names, raw, line, until });
            return Step::Go;
        }
        if complete {
            line.pop();
        }
        line.retain(|byte| *byte != 0);
        let text = String::from_utf8_lossy(&line);
        // A backslash keeps what follows it from splitting.
        let mut chars: Vec<(char, bool)> = Vec::with_capacity(text.len());
        let mut escaped = false;
        for c in text.chars() {
            if c == '\\' && !raw && !escaped {
                escaped = true;
            } else {
                chars.push((c, escaped));
                escaped = false;
            }
        }
        let ifs = self.value("IFS").unwrap_or_else(|| " \t\n".into());
        let blank = |(c, kept): &(char, bool)| !kept && matches!(c, ' ' | '\t' | '\n') && ifs.contains(*c);
        let splits = |(c, kept): &(char, bool)| !kept && ifs.contains(*c);
        let mut at = chars.iter().take_while(|c| blank(c)).count();
        for (number, name) in names.iter().enumerate() {
            let rest = chars.get(at..).unwrap_or_default();
            let value: String;
            if number + 1 == names.len() {
                let mut end = rest.len() - rest.iter().rev().take_while(|c| blank(c)).count();
                // One separator at the very end of the last field belongs to nobody.
                let body = rest.get(..end).unwrap_or_default();
                if body.last().is_some_and(splits) && !body.iter().take(end.saturating_sub(1)).any(splits) {
                    end -= 1;
                }
                value = rest.get(..end).unwrap_or_default().iter().map(|(c, _)| *c).collect();
                at = chars.len();
            } else {
                let end = rest.iter().position(splits).unwrap_or(rest.len());
                value = rest.get(..end).unwrap_or_default().iter().map(|(c, _)| *c).collect();
                at += end;
                at += chars.get(at..).unwrap_or_default().iter().take_while(|c| blank(c)).count();
                if chars.get(at).is_some_and(|c| splits(c) && !blank(c)) && !rest.get(end).is_none_or(|_| false) {
                    at += 1;
                    at += chars.get(at..).unwrap_or_default().iter().take_while(|c| blank(c)).count();
                }
            }
            if let Err(text) = self.assign(name, &value) {
                return self.fail(&text, io, cx);
            }
        }
        self.done(i32::from(!complete), io, cx)
    }

    fn command(&mut self, name: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
        let asks = name == "type" || arguments.first().is_some_and(|first| matches!(&**first, "-v" | "-V"));
        if !asks {
            let rest = match arguments.split_first() {
                Some((first, rest)) if &**first == "-p" => rest,
                _ => arguments,
            };
            let Some(first) = rest.first() else { return self.done(0, io, cx) };
            if is_special(first) || is_builtin(first) {
                return self.builtin(rest, io, cx);
            }
            // A program, whatever functions there are.
            let words: Vec<&str> = rest.iter().map(|word| &**word).collect();
            self.frames.push(Frame::Node(super::Node::of_words(&words)));
            return Step::Go;
        }
        let mut status = 0;
        let long = name == "type" || arguments.first().is_some_and(|first| &**first == "-V");
        for word in arguments.iter().filter(|word| !word.starts_with('-')) {
            let found = if is_special(word) || is_builtin(word) {
                Some((word.to_string(), "a shell builtin".to_owned()))
            } else if self.functions.contains_key(word) {
                Some((word.to_string(), "a shell function".to_owned()))
            } else {
                tools::locate(word, io, cx).map(|path| (path.clone(), path))
            };
            match found {
                Some((short, is)) => {
                    let text = if long { format!("{word} is {is}\n") } else { format!("{short}\n") };
                    self.print(text.as_bytes(), io, cx);
                }
                None => {
                    if long {
                        self.print(format!("{word}: not found\n").as_bytes(), io, cx);
                    }
                    status = 127;
                }
            }
        }
        self.done(status, io, cx)
    }

    fn getopts(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let [letters, name, rest @ ..] = arguments else { return 2 };
        let words: Rc<[Rc<str>]> = if rest.is_empty() { self.arguments.clone() } else { rest.into() };
        let mut index = self.value("OPTIND").and_then(|value| value.parse::<usize>().ok()).unwrap_or(1);
        if index == 1 && self.option_at == 0 {
            self.option_at = 1;
        }
        let silent = letters.starts_with(':');
        let word = words.get(index - 1).cloned();
        let letter = word.as_deref().filter(|word| word.starts_with('-') && word.len() > 1 && *word != "--");
        let Some((word, letter)) = letter.and_then(|word| Some((word, word.chars().nth(self.option_at.max(1))?)))
        else {
            if word.as_deref() == Some("--") {
                index += 1;
            }
            self.option_at = 0;
            let _read_only = self.assign("OPTIND", &index.to_string());
            let _read_only = self.assign(name, "?");
            return 1;
        };
        self.option_at = self.option_at.max(1) + 1;
        let ends = word.chars().count() <= self.option_at;
        let known = letters.char_indices().find(|(_, known)| *known == letter && letter != ':');
        let (mut found, mut value) = (letter.to_string(), None);
        let takes =
            known.is_some_and(|(at, _)| letters.get(at + letter.len_utf8()..).is_some_and(|l| l.starts_with(':')));
        if known.is_none() {
            found = "?".to_owned();
            if silent {
                value = Some(letter.to_string());
            } else {
                io.complain(cx, &format!("Illegal option -{letter}"));
            }
        } else if takes {
            let rest: String = word.chars().skip(self.option_at).collect();
            if rest.is_empty() {
                index += 1;
                value = words.get(index - 1).map(|word| word.to_string());
                if value.is_none() {
                    found = if silent { ":".to_owned() } else { "?".to_owned() };
                    value = silent.then(|| letter.to_string());
                    if !silent {
                        io.complain(cx, &format!("No arg for -{letter} option"));
                    }
                }
            } else {
                value = Some(rest);
            }
        }
        if ends || takes {
            index += 1;
            self.option_at = 1;
        }
        let _read_only = self.assign("OPTIND", &index.to_string());
        let _read_only = self.assign(name, &found);
        match value {
            Some(value) => {
                let _read_only = self.assign("OPTARG", &value);
            }
            None => self.restore("OPTARG", None),
        }
        0
    }
}

/// A text in single quotes, as `set` and `trap` print it.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
