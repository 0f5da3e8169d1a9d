//! Walking the tree: the stack of what is under way, and one step of it.

mod node;

use std::rc::Rc;

use super::super::machine::{self, Block, Body, Cx, Io, Process, Step, Variable, signal};
use super::Shell;
use super::expand::Halt;
use super::parse::parse;
use super::state::Substitution;
use super::tree::{Case, For, Node, Redirect, Simple};

/// How many frames there may be: a real shell runs out of stack.
const DEEPEST: usize = 3_000;
/// How much a substituted command may write.
const LONGEST_OUTPUT: usize = 2 << 20;

/// Something under way.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// To be run.
    Node(Node),
    /// A simple command, whose words may wait for substituted commands.
    Simple(Rc<Simple>),
    /// Commands one after another; the next one's place.
    List(Rc<[Node]>, usize),
    /// The left side runs.
    AndOr(Rc<(Node, Node)>, bool),
    /// The status is turned round.
    Not,
    /// The condition runs.
    If(Rc<(Node, Node, Option<Node>)>),
    /// The condition runs, or the body: then with the status of the body before.
    Loop(bool, Rc<(Node, Node)>, Option<i32>),
    /// The words of a loop are expanded.
    ForWords(Rc<For>),
    /// The body runs; the next word's place.
    For(Rc<For>, Rc<[Rc<str>]>, usize),
    /// The word of a `case` is expanded.
    Case(Rc<Case>),
    /// The redirections of a compound command are expanded.
    Redirect(Rc<Node>, Rc<[Redirect]>),
    /// Descriptors are put back.
    Restore(Vec<(u8, Option<u32>)>),
    /// Variables are put back.
    Variables(Vec<(Rc<str>, Option<Variable>)>),
    /// A function or a file that is sourced runs: the arguments before, and the variables that are local.
    Call(Option<Rc<[Rc<str>]>>, Vec<(Rc<str>, Option<Variable>)>),
    /// Children in the foreground run; the status is the last one's, turned round with `true`.
    Children(Vec<u32>, bool),
    /// `wait` for these; whether their status counts.
    Wait(Vec<u32>, bool),
    /// A trap's commands run; the status before.
    Trap(i32),
    /// `read` reads a line into these variables.
    Read { names: Rc<[Rc<str>]>, raw: bool, line: Vec<u8>, until: Option<crate::cluster::Time> },
}

/// How a shell takes a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It has a trap for it.
    Traps,
    /// As a program that knows nothing of it.
    Default,
}

/// How far the stack is cut off.
pub(super) enum Leave {
    /// `break` or `continue` of so many loops.
    Loops(usize, bool),
    /// `return`
    Call,
}

impl Shell {
    /// One step.
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if self.substitution.is_some() {
            return self.collect(io, cx);
        }
        if !self.heard.is_empty() && self.memo.is_empty() {
            let signal = self.heard.remove(0);
            // A signal that is trapped ends a `wait`; what it waited for is waited for anew by whoever wants it.
            if matches!(self.frames.last(), Some(Frame::Wait(..))) {
                self.frames.pop();
                self.status = 128 + i32::from(signal);
            }
            if let Some(action) = self.traps.get(&signal).cloned() {
                self.frames.push(Frame::Trap(self.status));
                self.frames.push(Frame::Node(parse(&action)));
            }
            return Step::Go;
        }
        if self.frames.len() > DEEPEST {
            io.complain(cx, "sh: podlab: functions call one another too deep; a real shell runs out of stack here");
            return Step::Exit(139);
        }
        let Some(frame) = self.frames.pop() else { return self.over(io, cx) };
        match frame {
            Frame::Node(node) => self.node(node, io, cx),
            Frame::Simple(simple) => self.simple(simple, io, cx),
            Frame::List(nodes, at) => {
                if let Some(node) = nodes.get(at).cloned() {
                    if at + 1 < nodes.len() {
                        self.frames.push(Frame::List(nodes, at + 1));
                    }
                    self.frames.push(Frame::Node(node));
                }
                Step::Go
            }
            Frame::AndOr(sides, and) => {
                if (self.status == 0) == and {
                    self.frames.push(Frame::Node(sides.1.clone()));
                }
                Step::Go
            }
            Frame::Not => {
                self.status = i32::from(self.status == 0);
                Step::Go
            }
            Frame::If(parts) => {
                match (self.status == 0, &parts.2) {
                    (true, _) => self.frames.push(Frame::Node(parts.1.clone())),
                    (false, Some(otherwise)) => self.frames.push(Frame::Node(otherwise.clone())),
                    (false, None) => self.status = 0,
                }
                Step::Go
            }
            Frame::Loop(until, parts, before) => {
                match before {
                    // The body is done: the condition again.
                    None => {
                        self.frames.push(Frame::Loop(until, parts.clone(), Some(self.status)));
                        self.frames.push(Frame::Node(parts.0.clone()));
                    }
                    Some(_) if (self.status == 0) != until => {
                        self.frames.push(Frame::Loop(until, parts.clone(), None));
                        self.frames.push(Frame::Node(parts.1.clone()));
                    }
                    Some(status) => self.status = status,
                }
                Step::Go
            }
            Frame::ForWords(node) => {
                let words = match &node.words {
                    None => Ok(self.arguments.to_vec()),
                    Some(words) => self.fields(words, io, cx),
                };
                match words {
                    Ok(words) => {
                        self.expanded();
                        self.status = 0;
                        self.frames.push(Frame::For(node, words.into(), 0));
                        Step::Go
                    }
                    Err(halt) => self.halt(halt, Frame::ForWords(node), io, cx),
                }
            }
            Frame::For(node, words, at) => {
                if let Some(word) = words.get(at) {
                    if let Err(text) = self.assign(&node.name, word) {
                        return self.fail(&text, io, cx);
                    }
                    self.frames.push(Frame::For(node.clone(), words, at + 1));
                    self.frames.push(Frame::Node(node.body.clone()));
                }
                Step::Go
            }
            Frame::Case(case) => match self.matching_arm(&case, io) {
                Ok(arm) => {
                    self.expanded();
                    self.status = 0;
                    if let Some((_, body)) = arm.and_then(|arm| case.arms.get(arm)) {
                        self.frames.push(Frame::Node(body.clone()));
                    }
                    Step::Go
                }
                Err(halt) => self.halt(halt, Frame::Case(case), io, cx),
            },
            Frame::Redirect(node, redirects) => match self.redirect_texts(&redirects, io) {
                Ok(texts) => {
                    self.expanded();
                    match super::command::redirect(&redirects, &texts, true, io, cx) {
                        Ok(saved) => {
                            self.frames.push(Frame::Restore(saved));
                            self.frames.push(Frame::Node(node.as_ref().clone()));
                            Step::Go
                        }
                        Err(text) => {
                            io.complain(cx, &format!("{}: {text}", self.name));
                            self.done(1, io, cx)
                        }
                    }
                }
                Err(halt) => self.halt(halt, Frame::Redirect(node, redirects), io, cx),
            },
            Frame::Restore(saved) => {
                put_back(saved, io, cx);
                Step::Go
            }
            Frame::Variables(before) => {
                for (name, variable) in before {
                    self.restore(&name, variable);
                }
                Step::Go
            }
            Frame::Call(arguments, locals) => {
                for (name, variable) in locals {
                    self.restore(&name, variable);
                }
                if let Some(arguments) = arguments {
                    self.arguments = arguments;
                }
                Step::Go
            }
            Frame::Children(pids, not) => {
                if pids.iter().any(|pid| matches!(io.children.get(pid), Some(None))) {
                    self.frames.push(Frame::Children(pids.clone(), not));
                    return Step::Block(Block::Children(pids));
                }
                let codes: Vec<i32> = pids.iter().filter_map(|pid| self.reap(*pid, true, io, cx)).collect();
                let mut status = codes.last().copied().unwrap_or(0);
                if self.options.pipe_fail {
                    status = codes.iter().rev().copied().find(|code| *code != 0).unwrap_or(0);
                }
                if not {
                    self.status = i32::from(status == 0);
                    return Step::Go;
                }
                self.done(status, io, cx)
            }
            Frame::Wait(pids, counts) => {
                if pids.iter().any(|pid| matches!(io.children.get(pid), Some(None))) {
                    self.frames.push(Frame::Wait(pids.clone(), counts));
                    return Step::Block(Block::Waiting(pids));
                }
                let mut code = None;
                for pid in &pids {
                    // Who has been waited for can be waited for again.
                    code = self.reap(*pid, counts, io, cx).or_else(|| self.ended.get(pid).copied());
                    if let Some(code) = code {
                        self.ended.insert(*pid, code);
                    }
                }
                self.jobs.retain(|pid| !pids.contains(pid));
                let status = if counts { code.unwrap_or(127) } else { 0 };
                self.done(status, io, cx)
            }
            Frame::Trap(status) => {
                self.status = status;
                Step::Go
            }
            Frame::Read { names, raw, line, until } => self.read(names, raw, line, until, io, cx),
        }
    }

    /// Forks a child that runs `node`; none where there is no room for it.
    pub(super) fn child(&mut self, node: Node, io: &mut Io, cx: &mut Cx) -> Option<u32> {
        if !cx.kernel.may_fork() {
            return None;
        }
        // The child is the subshell itself; one more within it would not hear what is sent to it.
        let node = match node {
            Node::Subshell(inner) => inner.as_ref().clone(),
            node => node,
        };
        let shell = self.fork(node);
        let process = Process::new(io.fork(cx.kernel), Body::Shell(Box::new(shell)));
        let pid = cx.kernel.spawn(process, self.name.clone());
        io.children.insert(pid, None);
        Some(pid)
    }

    /// The exit code of a child that has ended; with `tells` a signal that has ended it is told of.
    fn reap(&mut self, pid: u32, tells: bool, io: &mut Io, cx: &mut Cx) -> Option<i32> {
        let end = io.children.remove(&pid).flatten()?;
        if let Some(text) = signal::told(-end).filter(|_| tells) {
            io.complain(cx, text);
        }
        Some(signal::code(end))
    }

    pub(super) fn no_fork(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        io.complain(cx, &format!("{}: can't fork: Resource temporarily unavailable", self.name));
        self.leave_all(2, io, cx)
    }

    /// A command that counts for `set -e` has ended.
    pub(super) fn done(&mut self, status: i32, io: &mut Io, cx: &mut Cx) -> Step {
        self.status = status;
        if status != 0 && self.options.exit_on_error && !self.tolerant && !self.in_condition() {
            return self.leave_all(status, io, cx);
        }
        Step::Go
    }

    /// Whether a failure is a condition's answer now.
    pub(super) fn in_condition(&self) -> bool {
        self.frames.iter().any(|frame| {
            matches!(
                frame,
                Frame::AndOr(..) | Frame::Not | Frame::If(_) | Frame::Loop(_, _, Some(_)) | Frame::Children(_, true)
            )
        })
    }

    /// What was expanded is used: the memo of substituted commands is empty again.
    pub(super) fn expanded(&mut self) {
        self.memo.clear();
        self.memo_used = 0;
    }

    /// Expanding has stopped: the command it needs runs, or the shell gives up.
    pub(super) fn halt(&mut self, halt: Halt, frame: Frame, io: &mut Io, cx: &mut Cx) -> Step {
        self.memo_used = 0;
        match halt {
            Halt::Fail(text) => self.fail(&text, io, cx),
            Halt::Need(node) => {
                self.frames.push(frame);
                if !cx.kernel.may_fork() {
                    return self.no_fork(io, cx);
                }
                let (read, write) = cx.kernel.pipe();
                let Some(pid) = self.child(node.as_ref().clone(), io, cx) else { return Step::Go };
                cx.kernel.give(pid, 1, write);
                self.substitution = Some(Substitution { pid, handle: Some(read), output: Vec::new() });
                Step::Go
            }
        }
    }

    /// Takes what a substituted command writes, until it has ended.
    fn collect(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let Some(substitution) = &mut self.substitution else { return Step::Go };
        if let Some(handle) = substitution.handle {
            match cx.read(handle, 65_536) {
                machine::Read::Data(data) if substitution.output.len() < LONGEST_OUTPUT => {
                    substitution.output.extend_from_slice(&data);
                }
                machine::Read::Wait => return Step::Block(Block::Readable(handle)),
                machine::Read::Data(_) | machine::Read::End => {
                    cx.kernel.close(handle);
                    substitution.handle = None;
                }
            }
            return Step::Go;
        }
        let pid = substitution.pid;
        match io.children.get(&pid) {
            Some(None) => Step::Block(Block::Children(vec![pid])),
            _ => {
                let code = io.children.remove(&pid).flatten().map_or(0, signal::code);
                let mut output = std::mem::take(&mut substitution.output);
                output.retain(|byte| *byte != 0);
                while output.last() == Some(&b'\n') {
                    output.pop();
                }
                self.memo.push(String::from_utf8_lossy(&output).into());
                self.substituted = Some(code);
                self.substitution = None;
                Step::Go
            }
        }
    }

    /// A mistake that ends a shell without a terminal.
    pub(super) fn fail(&mut self, text: &str, io: &mut Io, cx: &mut Cx) -> Step {
        self.expanded();
        io.complain(cx, &format!("{}: {text}", self.name));
        self.leave_all(2, io, cx)
    }

    /// Cuts the stack off; what has to be put back on the way is put back.
    pub(super) fn leave(&mut self, leave: &Leave, io: &mut Io, cx: &mut Cx) -> Option<Step> {
        let is_loop = |frame: &Frame| matches!(frame, Frame::Loop(..) | Frame::For(..));
        let found = match leave {
            Leave::Loops(..) => {
                let call = self.frames.iter().rposition(|frame| matches!(frame, Frame::Call(..))).unwrap_or(0);
                self.frames.get(call..).unwrap_or_default().iter().any(is_loop)
            }
            Leave::Call => self.frames.iter().any(|frame| matches!(frame, Frame::Call(..))),
        };
        if !found {
            return None;
        }
        let mut loops = 0;
        while let Some(frame) = self.frames.pop() {
            match frame {
                Frame::Restore(saved) => put_back(saved, io, cx),
                Frame::Variables(before) => before.into_iter().for_each(|(name, before)| self.restore(&name, before)),
                frame @ (Frame::Loop(..) | Frame::For(..)) => {
                    let Leave::Loops(count, goes_on) = leave else { continue };
                    loops += 1;
                    if loops < *count && self.has_loop() {
                        continue;
                    }
                    match frame {
                        Frame::Loop(until, parts, _) if *goes_on => self.frames.push(Frame::Loop(until, parts, None)),
                        frame @ Frame::For(..) if *goes_on => self.frames.push(frame),
                        _ => {}
                    }
                    break;
                }
                frame @ Frame::Call(..) => {
                    // The call itself puts back what was before it.
                    self.frames.push(frame);
                    break;
                }
                _ => {}
            }
        }
        Some(Step::Go)
    }

    fn has_loop(&self) -> bool {
        let call = self.frames.iter().rposition(|frame| matches!(frame, Frame::Call(..))).unwrap_or(0);
        let inside = self.frames.get(call..).unwrap_or_default();
        inside.iter().any(|frame| matches!(frame, Frame::Loop(..) | Frame::For(..)))
    }

    /// `exit`: nothing of the script comes any more but the trap of its end.
    pub(super) fn leave_all(&mut self, code: i32, io: &mut Io, cx: &mut Cx) -> Step {
        for frame in std::mem::take(&mut self.frames).into_iter().rev() {
            if let Frame::Restore(saved) = frame {
                put_back(saved, io, cx);
            }
        }
        self.expanded();
        self.status = code;
        if self.ending.is_some() {
            self.ending = Some(code);
        }
        Step::Go
    }

    /// The script is at its end.
    fn over(&mut self, _io: &mut Io, _cx: &mut Cx) -> Step {
        if self.ending.is_none()
            && let Some(action) = self.traps.remove(&0).filter(|action| !action.is_empty())
        {
            self.ending = Some(self.status);
            self.frames.push(Frame::Node(parse(&action)));
            return Step::Go;
        }
        Step::Exit(self.ending.unwrap_or(self.status) & 255)
    }

    /// A signal comes.
    pub fn signal(&mut self, number: u8) -> Heard {
        if self.traps.contains_key(&number) {
            self.heard.push(number);
            Heard::Traps
        } else {
            Heard::Default
        }
    }
}

fn put_back(saved: Vec<(u8, Option<u32>)>, io: &mut Io, cx: &mut Cx) {
    for (fd, handle) in saved.into_iter().rev() {
        match handle {
            Some(handle) => io.set(fd, handle, cx.kernel),
            None => io.close(fd, cx.kernel),
        }
    }
}
