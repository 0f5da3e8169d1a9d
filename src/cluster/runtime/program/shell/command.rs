//! Simple commands: expansion, redirections, and which of function, builtin and program it is.

use std::rc::Rc;

use super::super::machine::{Body, Cx, Io, Process, Step};
use super::super::tools::Launch;
use super::Shell;
use super::builtins;
use super::expand::Halt;
use super::frames::Frame;
use super::tree::{Redirect, RedirectKind, Simple, Word};
use crate::cluster::runtime::files::FileError;

impl Shell {
    /// The texts behind the operators of redirections.
    pub(super) fn redirect_texts(&mut self, redirects: &[Redirect], io: &Io) -> Result<Vec<String>, Halt> {
        redirects.iter().map(|redirect| self.single(&redirect.word, io)).collect()
    }

    /// A simple command whose words may have to wait for substituted commands.
    pub(super) fn simple(&mut self, simple: Rc<Simple>, io: &mut Io, cx: &mut Cx) -> Step {
        if self.memo.is_empty() {
            self.substituted = None;
        }
        let expanded = self.expand_simple(&simple, io, cx);
        let (words, values, texts) = match expanded {
            Ok(expanded) => expanded,
            Err(halt) => return self.halt(halt, Frame::Simple(simple), io, cx),
        };
        self.expanded();
        if self.options.no_run {
            return Step::Go;
        }
        if self.options.trace {
            let assigned = values.iter().map(|(name, value)| format!(" {name}={}", traced(value)));
            let text: String = assigned.chain(words.iter().map(|word| format!(" {}", traced(word)))).collect();
            io.complain(cx, &format!("+{text}"));
        }
        let Some(name) = words.first().cloned() else { return self.only_assignments(&simple, values, &texts, io, cx) };
        let special = builtins::is_special(&name);
        let function = if special { None } else { self.functions.get(&name).cloned() };
        if function.is_none() && !special && !builtins::is_builtin(&name) {
            return self.program(&simple, words, values, &texts, io, cx);
        }
        // `exec` keeps its redirections.
        let keeps = &*name != "exec";
        match redirect(&simple.redirects, &texts, keeps, io, cx) {
            Ok(saved) if !saved.is_empty() => self.frames.push(Frame::Restore(saved)),
            Ok(_) => {}
            Err(text) => {
                io.complain(cx, &format!("{}: {text}", self.name));
                return self.done(1, io, cx);
            }
        }
        let lasting = special && function.is_none();
        let mut before = Vec::new();
        for (variable, value) in values {
            if !lasting {
                before.push((variable.clone(), self.variables.get(&variable).cloned()));
            }
            if let Err(text) = self.assign(&variable, &value) {
                return self.fail(&text, io, cx);
            }
            if function.is_some() || &*name == "exec" {
                self.export(&variable);
            }
        }
        if !before.is_empty() {
            self.frames.push(Frame::Variables(before));
        }
        if let Some(body) = function {
            let arguments: Rc<[Rc<str>]> = words.get(1..).unwrap_or_default().into();
            let arguments = std::mem::replace(&mut self.arguments, arguments);
            self.frames.push(Frame::Call(Some(arguments), Vec::new()));
            self.frames.push(Frame::Node(body.as_ref().clone()));
            return Step::Go;
        }
        self.builtin(&words, io, cx)
    }

    #[allow(clippy::type_complexity, reason = "three lists of what was expanded, used once")]
    fn expand_simple(
        &mut self,
        simple: &Simple,
        io: &Io,
        cx: &mut Cx,
    ) -> Result<(Vec<Rc<str>>, Vec<(Rc<str>, String)>, Vec<String>), Halt> {
        self.memo_used = 0;
        let words = self.command_words(&simple.words, io, cx)?;
        let mut values = Vec::with_capacity(simple.assignments.len());
        for (name, value) in &simple.assignments {
            let value = self.single(value, io)?;
            // Without a command, later assignments see earlier ones.
            if words.is_empty() && !self.variables.get(name).is_some_and(|variable| variable.read_only) {
                let _checked = self.assign(name, &value);
            }
            values.push((name.clone(), value));
        }
        let texts = self.redirect_texts(&simple.redirects, io)?;
        Ok((words, values, texts))
    }

    /// The words of a command; those of `export NAME=value` are not split.
    fn command_words(&mut self, words: &[Word], io: &Io, cx: &mut Cx) -> Result<Vec<Rc<str>>, Halt> {
        let declares = words.first().and_then(Word::plain);
        if !matches!(declares, Some("export" | "readonly" | "local")) {
            return self.fields(words, io, cx);
        }
        let mut out = Vec::new();
        for word in words {
            let assigns = match word.0.first() {
                Some(super::tree::Part::Text(text)) => {
                    text.split_once('=').is_some_and(|(name, _)| super::parse::is_name(name))
                }
                _ => false,
            };
            if assigns {
                out.push(self.single(word, io)?.into());
            } else {
                out.extend(self.fields(std::slice::from_ref(word), io, cx)?);
            }
        }
        Ok(out)
    }

    fn only_assignments(
        &mut self,
        simple: &Simple,
        values: Vec<(Rc<str>, String)>,
        texts: &[String],
        io: &mut Io,
        cx: &mut Cx,
    ) -> Step {
        for (name, value) in values {
            if let Err(text) = self.assign(&name, &value) {
                return self.fail(&text, io, cx);
            }
        }
        match redirect(&simple.redirects, texts, true, io, cx) {
            Ok(saved) => self.frames.push(Frame::Restore(saved)),
            Err(text) => {
                io.complain(cx, &format!("{}: {text}", self.name));
                return self.done(1, io, cx);
            }
        }
        let status = self.substituted.take().unwrap_or(0);
        self.done(status, io, cx)
    }

    /// Marks a variable for the environment.
    pub(super) fn export(&mut self, name: &str) {
        if !self.variables.get(name).is_some_and(|variable| variable.exported) {
            Rc::make_mut(&mut self.variables).entry(name.into()).or_default().exported = true;
        }
    }

    /// Runs a program: in a child, or in the shell's own place when nothing comes after it.
    fn program(
        &mut self,
        simple: &Simple,
        words: Vec<Rc<str>>,
        values: Vec<(Rc<str>, String)>,
        texts: &[String],
        io: &mut Io,
        cx: &mut Cx,
    ) -> Step {
        let mut environment = self.variables.clone();
        for (name, value) in values {
            let variable = Rc::make_mut(&mut environment).entry(name).or_default();
            variable.value = Some(value.into());
            variable.exported = true;
        }
        let command: Rc<str> = words.join(" ").into();
        let launch = Launch { words: words.into(), environment, pid_one: io.pid == 1, direct: false };
        if self.frames.is_empty() && self.traps.is_empty() && self.ending.is_none() {
            if let Err(text) = redirect(&simple.redirects, texts, false, io, cx) {
                io.complain(cx, &format!("{}: {text}", self.name));
                return Step::Exit(1);
            }
            cx.kernel.rename(io.pid, command);
            return Step::Become(Body::Start(launch));
        }
        if !cx.kernel.may_fork() {
            return self.no_fork(io, cx);
        }
        let mut child = io.fork(cx.kernel);
        if let Err(text) = redirect(&simple.redirects, texts, false, &mut child, cx) {
            for handle in std::mem::take(&mut child.fds).into_values() {
                cx.kernel.close(handle);
            }
            io.complain(cx, &format!("{}: {text}", self.name));
            return self.done(1, io, cx);
        }
        let launch = Launch { pid_one: false, ..launch };
        let pid = cx.kernel.spawn(Process::new(child, Body::Start(launch)), command);
        io.children.insert(pid, None);
        self.frames.push(Frame::Children(vec![pid], false));
        Step::Go
    }
}

/// A word as `set -x` shows it: in quotes where it needs them (busybox: ash.c, maybe_single_quote).
fn traced(word: &str) -> String {
    let needs = |byte: u8| byte < b'+' || matches!(byte, b';'..=b'?' | b'`' | b'[' | b'\\') || byte > b'z';
    if word.bytes().any(needs) { builtins::quote(word) } else { word.to_owned() }
}

/// Carries redirections out; with `save` gives what was at the descriptors before.
pub(super) fn redirect(
    redirects: &[Redirect],
    texts: &[String],
    save: bool,
    io: &mut Io,
    cx: &mut Cx,
) -> Result<Vec<(u8, Option<u32>)>, String> {
    let mut saved = Vec::new();
    for (redirect, text) in redirects.iter().zip(texts) {
        let fd = redirect.fd;
        let opened = match redirect.kind {
            RedirectKind::Here => Ok(Some(cx.kernel.open(super::super::machine::Target::Text(text.as_bytes().into())))),
            RedirectKind::Duplicate if text == "-" => Ok(None),
            RedirectKind::Duplicate => match text.parse::<u8>().ok().and_then(|from| io.fds.get(&from).copied()) {
                Some(handle) => Ok(Some(cx.kernel.duplicate(handle))),
                None if text.parse::<u8>().is_ok() => Err(format!("{text}: Bad file descriptor")),
                None => open(text, Some(false), true, io, cx).map(Some),
            },
            RedirectKind::Read => open(text, None, false, io, cx).map(Some),
            RedirectKind::Write => open(text, Some(false), true, io, cx).map(Some),
            RedirectKind::ReadWrite => open(text, Some(false), false, io, cx).map(Some),
            RedirectKind::Append => open(text, Some(true), false, io, cx).map(Some),
        };
        match opened {
            Ok(handle) => {
                if save {
                    let before = io.fds.get(&fd).copied();
                    saved.push((fd, before.map(|handle| cx.kernel.duplicate(handle))));
                }
                match handle {
                    Some(handle) => io.set(fd, handle, cx.kernel),
                    None => io.close(fd, cx.kernel),
                }
            }
            Err(error) => {
                for (fd, handle) in saved.into_iter().rev() {
                    match handle {
                        Some(handle) => io.set(fd, handle, cx.kernel),
                        None => io.close(fd, cx.kernel),
                    }
                }
                return Err(error);
            }
        }
    }
    Ok(saved)
}

fn open(path: &str, write: Option<bool>, cut: bool, io: &Io, cx: &mut Cx) -> Result<u32, String> {
    let verb = if write.is_some() { "create" } else { "open" };
    cx.open_file(&io.path(path), write, cut, io).map_err(|error| match (error, write) {
        (FileError::NotFound, Some(_)) => format!("can't create {path}: nonexistent directory"),
        (FileError::NotFound, None) => format!("can't open {path}: no such file"),
        _ => format!("can't {verb} {path}: {error}"),
    })
}
