//! The commands that are part of the shell.

mod jobs;
mod read;
mod variables;

use std::rc::Rc;

use super::super::machine::{Body, Cx, Io, Step};
use super::super::tools::{self, Launch};
use super::Shell;
use super::frames::{Frame, Leave};
use super::parse::parse;
use super::{printf, test};

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
                    // Busybox leaves the arguments as they are.
                    None => 1,
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
                let launch = Launch {
                    words: arguments.into(),
                    environment: self.variables.clone(),
                    pid_one: io.pid == 1,
                    direct: false,
                };
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
}

/// A text in single quotes, as `set` and `trap` print it.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}
