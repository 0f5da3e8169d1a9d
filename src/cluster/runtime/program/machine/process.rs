//! One process: its descriptors, what it waits for, how signals find it.

use std::collections::VecDeque;

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::shell::Shell;
use super::super::tools::{Launch, Tool};
use super::kernel::{Cx, Kernel, Written};
use super::network::Request;
use super::reply::Ticket;
use super::setup::Setup;
use super::signal;
use crate::cluster::Time;
use crate::cluster::runtime::files::{Place, absolute};

/// What every process has, whatever it runs.
#[derive(Clone, Debug)]
pub(crate) struct Io {
    pub pid: u32,
    pub parent: u32,
    /// Descriptors: what they are by number.
    pub fds: BTreeMap<u8, u32>,
    pub folder: Rc<str>,
    pub umask: u16,
    pub user: u32,
    /// What it has written and nobody has taken yet.
    pending: VecDeque<(u32, Vec<u8>)>,
    /// Its children; once they have ended with the code, or with the signal below zero.
    pub children: BTreeMap<u32, Option<i32>>,
    /// Signals that it ignores, a bit each.
    pub ignored: u64,
    /// Open tickets of the network.
    pub tickets: Vec<Ticket>,
    /// A write has failed, and why.
    pub failed: Option<String>,
    /// It has written to a pipe that nobody reads, and SIGPIPE is on its way to it.
    dying: bool,
}

/// What a process waits for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    /// Nothing.
    No,
    /// An instant.
    Until(Time),
    /// Data on a handle.
    Readable(u32),
    /// Room for what it has written, tried again at an instant where that is known.
    Writing(Option<Time>),
    /// The end of all these children.
    Children(Vec<u32>),
    /// The end of all these children, or a signal that is trapped.
    Waiting(Vec<u32>),
    /// One of these files to become longer, shorter or another one.
    Watch(Vec<Watched>),
    /// An answer of the network (on a ticket that is not 0); data on a handle; an instant.
    Reply { ticket: Ticket, handle: Option<u32>, until: Option<Time> },
    /// The end of a child, or an instant.
    ChildUntil(u32, Time),
    /// Nothing that will come by itself.
    Forever,
}

/// A file as it was seen last; or a folder, whose path ends with a slash and whose size is the number of its names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Watched {
    pub path: Rc<str>,
    /// None: it was not there.
    pub file: Option<(Place, u32)>,
    pub size: u64,
}

/// What a process runs.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// A program about to begin.
    Start(Launch),
    Shell(Box<Shell>),
    Tool(Box<Tool>),
}

/// What one step leads to.
#[derive(Debug)]
pub(crate) enum Step {
    Go,
    Block(Block),
    Exit(i32),
    /// It runs something else from now on.
    Become(Body),
}

/// A process.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub io: Io,
    pub body: Body,
    pub block: Block,
    pub exit: Option<i32>,
}

impl Io {
    pub fn new(pid: u32, parent: u32, setup: &Setup) -> Io {
        Io {
            pid,
            parent,
            fds: BTreeMap::new(),
            folder: setup.folder.clone(),
            umask: 0o022,
            user: setup.user,
            pending: VecDeque::new(),
            children: BTreeMap::new(),
            ignored: 0,
            tickets: Vec::new(),
            failed: None,
            dying: false,
        }
    }

    /// The same for a child.
    pub fn fork(&self, kernel: &mut Kernel) -> Io {
        for handle in self.fds.values() {
            kernel.duplicate(*handle);
        }
        Io {
            parent: self.pid,
            fds: self.fds.clone(),
            folder: self.folder.clone(),
            pending: VecDeque::new(),
            children: BTreeMap::new(),
            tickets: Vec::new(),
            failed: None,
            dying: false,
            ..*self
        }
    }

    /// Puts `handle` at `fd`; what was there closes.
    pub fn set(&mut self, fd: u8, handle: u32, kernel: &mut Kernel) {
        if let Some(old) = self.fds.insert(fd, handle) {
            kernel.close(old);
        }
    }

    /// Closes a descriptor.
    pub fn close(&mut self, fd: u8, kernel: &mut Kernel) {
        if let Some(old) = self.fds.remove(&fd) {
            kernel.close(old);
        }
    }

    pub(super) fn close_all(&mut self, kernel: &mut Kernel) {
        for handle in std::mem::take(&mut self.fds).into_values() {
            kernel.close(handle);
        }
        for (handle, _) in std::mem::take(&mut self.pending) {
            kernel.close(handle);
        }
        for ticket in std::mem::take(&mut self.tickets) {
            kernel.replies.remove(&ticket);
            kernel.closing.push(ticket);
        }
    }

    /// `path` from the folder the process is in.
    pub fn path(&self, path: &str) -> String {
        absolute(&self.folder, path)
    }

    /// Writes to a descriptor; what cannot be taken now waits, and so does the process.
    pub fn write(&mut self, cx: &mut Cx, fd: u8, data: &[u8]) {
        let Some(&handle) = self.fds.get(&fd) else {
            self.failed = Some("Bad file descriptor".to_owned());
            return;
        };
        if data.is_empty() || self.dying {
            return;
        }
        if !self.pending.is_empty() {
            self.pending.push_back((cx.kernel.duplicate(handle), data.to_vec()));
            return;
        }
        match cx.write(handle, data) {
            Written::All => {}
            Written::Some(taken, _) => {
                let rest = data.get(taken..).unwrap_or_default().to_vec();
                self.pending.push_back((cx.kernel.duplicate(handle), rest));
            }
            Written::Broken => self.broken(cx),
            Written::Failed(error) => self.failed = Some(error.to_string()),
        }
    }

    /// Whether something that it has written waits to be taken.
    pub fn is_blocked(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Writes to an open file that is no descriptor; what cannot be taken now waits.
    pub fn write_handle(&mut self, cx: &mut Cx, handle: u32, data: &[u8]) {
        match cx.write(handle, data) {
            Written::Some(taken, _) => {
                let rest = data.get(taken..).unwrap_or_default().to_vec();
                self.pending.push_back((cx.kernel.duplicate(handle), rest));
            }
            Written::All => {}
            Written::Broken => self.broken(cx),
            Written::Failed(error) => self.failed = Some(error.to_string()),
        }
    }

    /// Writes a line to standard error.
    pub fn complain(&mut self, cx: &mut Cx, text: &str) {
        self.write(cx, 2, text.as_bytes());
        self.write(cx, 2, b"\n");
    }

    fn broken(&mut self, cx: &mut Cx) {
        self.failed = Some("Broken pipe".to_owned());
        if self.ignored & (1 << signal::PIPE) == 0 {
            self.dying = true;
            cx.kernel.signals.push((self.pid, signal::PIPE));
        }
    }

    /// Tries again to write what waits; the instant of the next try, where it still waits.
    fn flush(&mut self, cx: &mut Cx) -> Option<Option<Time>> {
        while let Some((handle, data)) = self.pending.pop_front() {
            match cx.write(handle, &data) {
                Written::Some(taken, at) => {
                    let rest = data.get(taken..).unwrap_or_default().to_vec();
                    self.pending.push_front((handle, rest));
                    return Some(at);
                }
                Written::All => {}
                Written::Broken => self.broken(cx),
                Written::Failed(error) => self.failed = Some(error.to_string()),
            }
            cx.kernel.close(handle);
        }
        None
    }

    /// Asks something of the network, on a ticket that closes when the process ends.
    pub fn ask(&mut self, cx: &mut Cx, request: Request) -> Ticket {
        let ticket = cx.ask(request);
        self.tickets.push(ticket);
        ticket
    }
}

impl Process {
    pub fn new(io: Io, body: Body) -> Process {
        Process { io, body, block: Block::No, exit: None }
    }

    /// Whether it can go on.
    pub(super) fn ready(&mut self, cx: &mut Cx) -> bool {
        let now = cx.now();
        match &self.block {
            Block::No => true,
            Block::Until(at) => *at <= now,
            Block::Readable(handle) => cx.kernel.readable(*handle),
            Block::Writing(at) => {
                if at.is_some_and(|at| at > now) {
                    return false;
                }
                let before = self.io.pending.front().map(|(_, data)| data.len());
                match self.io.flush(cx) {
                    None => true,
                    Some(at) => {
                        let moved = before != self.io.pending.front().map(|(_, data)| data.len());
                        self.block = Block::Writing(at);
                        // Whoever reads on the other side has something to do now.
                        moved || self.io.failed.is_some()
                    }
                }
            }
            Block::Children(pids) | Block::Waiting(pids) => self.have_ended(pids),
            Block::ChildUntil(pid, at) => *at <= now || self.have_ended(&[*pid]),
            Block::Watch(watched) => {
                let files = cx.files(0);
                watched.iter().any(|seen| match files.open(&seen.path) {
                    // A folder: other names are in it than before.
                    _ if seen.path.ends_with('/') => {
                        files.list(&seen.path).map_or(0, |names| names.len() as u64) != seen.size
                    }
                    Ok((place, inode, _)) => {
                        let size = files.size_of(&place, inode).unwrap_or(0);
                        seen.file != Some((place, inode)) || size != seen.size
                    }
                    Err(_) => seen.file.as_ref().is_some_and(|(place, inode)| {
                        files.size_of(place, *inode).is_some_and(|size| size != seen.size)
                    }),
                })
            }
            Block::Reply { ticket, handle, until } => {
                *ticket != 0 && cx.kernel.replies.get(ticket).is_none_or(|replies| !replies.is_empty())
                    || handle.is_some_and(|handle| cx.kernel.readable(handle))
                    || until.is_some_and(|until| until <= now)
            }
            Block::Forever => false,
        }
    }

    fn have_ended(&self, pids: &[u32]) -> bool {
        pids.iter().all(|pid| !matches!(self.io.children.get(pid), Some(None)))
    }

    /// When it goes on by itself.
    pub(super) fn wakes(&self) -> Option<Time> {
        match &self.block {
            Block::Until(at) | Block::Writing(Some(at)) | Block::ChildUntil(_, at) => Some(*at),
            Block::Reply { until, .. } => *until,
            _ => None,
        }
    }

    /// Runs up to `steps` steps: how many it took.
    pub(super) fn run(&mut self, steps: u32, cx: &mut Cx) -> u32 {
        self.block = Block::No;
        for done in 1..=steps {
            if let Some(at) = self.io.flush(cx) {
                self.block = Block::Writing(at);
                return done;
            }
            if self.io.dying {
                return done;
            }
            let step = match &mut self.body {
                Body::Start(launch) => launch.step(&mut self.io, cx),
                Body::Shell(shell) => shell.step(&mut self.io, cx),
                Body::Tool(tool) => tool.step(&mut self.io, cx),
            };
            match step {
                Step::Go => {}
                Step::Become(body) => self.body = body,
                Step::Block(block) => {
                    self.block = block;
                    return done;
                }
                Step::Exit(_) if self.io.dying => {
                    self.exit = Some(-i32::from(signal::PIPE));
                    return done;
                }
                Step::Exit(code) => {
                    // What it has written goes first; then it ends in its next step.
                    if let Some(at) = self.io.flush(cx) {
                        self.body = Body::Tool(Box::new(Tool::Ends(code)));
                        self.block = Block::Writing(at);
                    } else {
                        self.exit = Some(code);
                    }
                    return done;
                }
            }
            if !cx.kernel.born.is_empty() || !cx.kernel.signals.is_empty() || cx.kernel.work > steps {
                return done;
            }
        }
        steps
    }

    /// A signal comes; how the process ends where it ends it. `first` is a process that ignores what it does not handle.
    pub(super) fn deliver(&mut self, number: u8, first: bool, now: Time) -> Option<i32> {
        let fatal = (!first).then_some(-i32::from(number));
        self.io.dying &= number != signal::PIPE;
        match number {
            0 | signal::CHLD | 18 => return None,
            signal::KILL => return fatal,
            _ if self.io.ignored & (1_u64 << (number & 63)) != 0 => return None,
            _ => {}
        }
        match &mut self.body {
            Body::Shell(shell) => match shell.signal(number) {
                super::super::shell::Heard::Traps => {
                    if matches!(self.block, Block::Waiting(_)) {
                        self.block = Block::No;
                    }
                    None
                }
                super::super::shell::Heard::Default => match number {
                    signal::WINCH => None,
                    _ => fatal,
                },
            },
            Body::Tool(tool) => match tool.signal(number, now) {
                Some(Some(at)) => {
                    self.block = Block::Until(at);
                    None
                }
                Some(None) => None,
                None if number == signal::WINCH => None,
                None => fatal,
            },
            Body::Start(_) => fatal,
        }
    }

    /// Bytes of memory it holds.
    pub(super) fn used(&self) -> usize {
        let pending: usize = self.io.pending.iter().map(|(_, data)| data.len()).sum();
        pending
            + match &self.body {
                Body::Start(_) => 0,
                Body::Shell(shell) => shell.used(),
                Body::Tool(tool) => tool.used(),
            }
    }
}
