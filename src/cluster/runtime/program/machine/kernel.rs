//! What the processes of a container share: open files, pipes, the log, the table of processes.

mod descriptors;

use std::collections::VecDeque;

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::network::Request;
use super::process::Process;
use super::reply::{Reply, Ticket};
use super::setup::Setup;
use crate::cluster::Time;
use crate::cluster::runtime::files::{Disks, FileError, Files, Layer, Place};

/// What the machine gets and leaves in one step.
pub(crate) struct Outside<'a> {
    pub now: Time,
    pub disks: &'a mut Disks,
    /// Lines for the container's log: whether to standard error, and the text.
    pub lines: &'a mut Vec<(bool, String)>,
    pub requests: &'a mut Vec<(Ticket, Request)>,
}

/// What a process's step works with.
pub(crate) struct Cx<'a, 'o> {
    pub kernel: &'a mut Kernel,
    pub outside: &'a mut Outside<'o>,
}

/// What a descriptor leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The container's log; standard error where `true`.
    Log(bool),
    /// Nothing comes, everything goes.
    Null,
    /// Zeros without end.
    Zero,
    /// Noise without end.
    Noise,
    /// Kept for whoever ran the command; standard error where `true`.
    Captured(bool),
    /// The end of a pipe; it writes where `true`.
    Pipe(u32, bool),
    /// An open file.
    File(Place, u32),
    /// The text of a here-document.
    Text(Rc<[u8]>),
}

/// An open file description: shared by all descriptors that were made of one another.
#[derive(Clone, Debug)]
struct Open {
    target: Target,
    offset: u64,
    append: bool,
    references: u32,
}

#[derive(Clone, Debug, Default)]
struct Pipe {
    data: VecDeque<u8>,
    readers: u32,
    writers: u32,
    /// A named pipe waits for its first writer.
    waits: bool,
}

/// What reading gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Data(Vec<u8>),
    End,
    /// Nothing is there yet.
    Wait,
}

/// What became of bytes that were written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// So many were taken; the rest has to wait, until an instant where that is known.
    Some(usize, Option<Time>),
    All,
    /// Nobody reads the pipe any more.
    Broken,
    Failed(FileError),
}

/// How many bytes a pipe holds (Linux: PIPE_BUF times 16).
const PIPE: usize = 65_536;
/// How many lines of log a container may write at once, and how many a second after that.
const LOG_BURST: u64 = 4_000;
const LOG_RATE: u64 = 100;
/// A line longer than this is cut into several (containerd: internal/cri/io/logger.go).
const LONGEST_LINE: usize = 16_384;
/// Of so many files it is kept that they were read in one step.
const READS: usize = 8;
/// What is kept of a captured command's output.
const CAPTURED: usize = 1 << 20;

/// What a command wrote that somebody waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captured {
    /// Everything as it came.
    pub all: Vec<u8>,
    /// Standard output alone.
    pub stdout: Vec<u8>,
    /// Standard error alone.
    pub stderr: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Listed {
    parent: u32,
    command: Rc<str>,
    user: u32,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    opens: BTreeMap<u32, Open>,
    pipes: BTreeMap<u32, Pipe>,
    fifos: BTreeMap<(Place, u32), u32>,
    next_handle: u32,
    pub layer: Rc<Layer>,
    pub setup: Rc<Setup>,
    listed: BTreeMap<u32, Listed>,
    next_pid: u32,
    pub(super) born: Vec<Process>,
    pub(super) signals: Vec<(u32, u8)>,
    /// How the first process ended.
    pub(super) dead: Option<i32>,
    /// How those ended that were run aside.
    pub(super) ended: BTreeMap<u32, i32>,
    pub(super) captured: Captured,
    pub(super) replies: BTreeMap<Ticket, VecDeque<Reply>>,
    /// Tickets of processes that have ended.
    pub(super) closing: Vec<Ticket>,
    next_ticket: Ticket,
    line: [Vec<u8>; 2],
    /// How many lines may still be written, in thousandths, and when that was counted.
    log_left: (u64, Time),
    noise: u64,
    /// Steps that were spent on moving bytes.
    pub(super) work: u32,
    /// Files of volumes that have been read lately.
    pub(super) reads: Vec<(Rc<str>, u32)>,
}

impl Kernel {
    pub fn new(setup: Rc<Setup>, seed: u64) -> Self {
        Self {
            opens: BTreeMap::new(),
            pipes: BTreeMap::new(),
            fifos: BTreeMap::new(),
            next_handle: 1,
            layer: setup.layer.clone(),
            setup,
            listed: BTreeMap::new(),
            next_pid: 2,
            born: Vec::new(),
            signals: Vec::new(),
            dead: None,
            ended: BTreeMap::new(),
            captured: Captured::default(),
            replies: BTreeMap::new(),
            closing: Vec::new(),
            next_ticket: 0,
            line: Default::default(),
            log_left: (LOG_BURST * 1_000, Time::ZERO),
            noise: seed | 1,
            work: 0,
            reads: Vec::new(),
        }
    }

    /// Work on so many bytes counts as steps, so that whoever moves much is slowed down like whoever does much.
    pub fn spend(&mut self, bytes: usize) {
        self.work = self.work.saturating_add(u32::try_from(bytes / 256).unwrap_or(u32::MAX));
    }

    /// A number that looks like chance.
    pub fn random(&mut self) -> u64 {
        self.noise = self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.noise >> 33
    }

    /// Opens something; one descriptor refers to it.
    pub fn open(&mut self, target: Target) -> u32 {
        if let Target::Pipe(id, writes) = target
            && let Some(pipe) = self.pipes.get_mut(&id)
        {
            if writes {
                pipe.writers += 1;
                pipe.waits = false;
            } else {
                pipe.readers += 1;
            }
        }
        let handle = self.next_handle;
        self.next_handle += 1;
        self.opens.insert(handle, Open { target, offset: 0, append: false, references: 1 });
        handle
    }

    /// A new pipe: the handles of its reading and its writing end.
    pub fn pipe(&mut self) -> (u32, u32) {
        let id = self.next_handle;
        self.next_handle += 1;
        self.pipes.insert(id, Pipe::default());
        (self.open(Target::Pipe(id, false)), self.open(Target::Pipe(id, true)))
    }

    /// One more descriptor refers to it.
    pub fn duplicate(&mut self, handle: u32) -> u32 {
        if let Some(open) = self.opens.get_mut(&handle) {
            open.references += 1;
        }
        handle
    }

    /// A descriptor closes.
    pub fn close(&mut self, handle: u32) {
        let Some(open) = self.opens.get_mut(&handle) else { return };
        open.references -= 1;
        if open.references > 0 {
            return;
        }
        if let Target::Pipe(id, writes) = open.target
            && let Some(pipe) = self.pipes.get_mut(&id)
        {
            let ends = if writes { &mut pipe.writers } else { &mut pipe.readers };
            *ends = ends.saturating_sub(1);
            // What was written into a named pipe waits there for whoever opens it next.
            let named = self.fifos.values().any(|known| *known == id);
            let used_up = !named || pipe.data.is_empty();
            if used_up && pipe.writers == 0 && pipe.readers == 0 {
                self.pipes.remove(&id);
                self.fifos.retain(|_, known| *known != id);
            }
        }
        self.opens.remove(&handle);
    }

    /// What a descriptor leads to.
    pub fn target(&self, handle: u32) -> Option<&Target> {
        self.opens.get(&handle).map(|open| &open.target)
    }

    /// A process comes into the table.
    pub fn register(&mut self, pid: u32, parent: u32, command: Rc<str>, user: u32) {
        self.listed.insert(pid, Listed { parent, command, user });
    }

    /// A process runs another program.
    pub fn rename(&mut self, pid: u32, command: Rc<str>) {
        if let Some(listed) = self.listed.get_mut(&pid) {
            listed.command = command;
        }
    }

    pub(super) fn forget(&mut self, pid: u32) {
        self.listed.remove(&pid);
    }

    /// The processes: number, parent, command, user.
    pub fn list(&self) -> impl Iterator<Item = (u32, u32, &Rc<str>, u32)> {
        self.listed.iter().map(|(pid, listed)| (*pid, listed.parent, &listed.command, listed.user))
    }

    /// Whether there is room for one more process.
    pub fn may_fork(&self) -> bool {
        self.listed.len() < super::PROCESSES
    }

    pub(super) fn next_pid(&mut self) -> u32 {
        let pid = self.next_pid;
        self.next_pid = self.next_pid.wrapping_add(1).max(2);
        pid
    }

    /// Lets a process begin: its number.
    pub fn spawn(&mut self, mut process: Process, command: Rc<str>) -> u32 {
        let pid = self.next_pid();
        self.register(pid, process.io.parent, command, process.io.user);
        process.io.pid = pid;
        self.born.push(process);
        pid
    }

    /// Puts `handle` at a descriptor of a process that is about to begin.
    pub fn give(&mut self, pid: u32, fd: u8, handle: u32) {
        let child = self.born.iter_mut().find(|child| child.io.pid == pid);
        let old = match child {
            Some(child) => child.io.fds.insert(fd, handle),
            None => Some(handle),
        };
        if let Some(old) = old {
            self.close(old);
        }
    }

    /// Sends a signal; false where there is no such process.
    pub fn kill(&mut self, pid: u32, number: u8) -> bool {
        let there = self.listed.contains_key(&pid);
        if there && number > 0 {
            self.signals.push((pid, number));
        }
        there
    }

    /// Bytes of memory in pipes and buffers.
    pub(super) fn used(&self) -> usize {
        self.pipes.values().map(|pipe| pipe.data.len()).sum::<usize>() + self.line.iter().map(Vec::len).sum::<usize>()
    }

    /// Whether reading would give something at once (data or the end).
    pub(super) fn readable(&self, handle: u32) -> bool {
        match self.target(handle) {
            Some(Target::Pipe(id, _)) => {
                self.pipes.get(id).is_none_or(|pipe| !pipe.data.is_empty() || pipe.writers == 0 && !pipe.waits)
            }
            _ => true,
        }
    }

    /// Writes what a container left without an end of line.
    pub(super) fn flush_log(&mut self, outside: &mut Outside) {
        for stderr in [false, true] {
            let line = std::mem::take(&mut self.line[usize::from(stderr)]);
            if !line.is_empty() {
                outside.lines.push((stderr, String::from_utf8_lossy(&line).into_owned()));
            }
        }
    }

    /// Takes lines for the log, as many as may be written now.
    fn log(&mut self, stderr: bool, data: &[u8], outside: &mut Outside) -> Written {
        let (left, at) = self.log_left;
        let earned = outside.now.since(at).as_micros() as u64 / 1_000 * LOG_RATE;
        let mut left = left.saturating_add(earned).min(LOG_BURST * 1_000);
        let mut taken = 0;
        let line = &mut self.line[usize::from(stderr)];
        while let Some(rest) = data.get(taken..).filter(|rest| !rest.is_empty()) {
            if left < 1_000 {
                break;
            }
            let room = LONGEST_LINE.saturating_sub(line.len()).max(1);
            let end = rest.iter().take(room).position(|byte| *byte == b'\n');
            let part = rest.get(..end.unwrap_or(rest.len().min(room))).unwrap_or_default();
            line.extend_from_slice(part);
            taken += part.len() + usize::from(end.is_some());
            if end.is_some() || line.len() >= LONGEST_LINE {
                let text = String::from_utf8_lossy(line).into_owned();
                line.clear();
                outside.lines.push((stderr, text));
                left -= 1_000;
            }
        }
        self.log_left = (left, outside.now);
        if taken == data.len() {
            Written::All
        } else {
            Written::Some(taken, Some(outside.now + Duration::from_secs(1)))
        }
    }
}

impl Cx<'_, '_> {
    /// The present.
    pub fn now(&self) -> Time {
        self.outside.now
    }

    /// The files as `user` sees them.
    pub fn files(&mut self, user: u32) -> Files<'_> {
        let setup: &Setup = &self.kernel.setup;
        Files {
            layer: &mut self.kernel.layer,
            mounts: &setup.mounts,
            disks: self.outside.disks,
            read_only_root: setup.read_only_root,
            user,
            groups: &setup.groups,
            now: self.outside.now,
        }
    }

    /// Asks something of the network.
    pub fn ask(&mut self, request: Request) -> Ticket {
        self.kernel.next_ticket += 1;
        let ticket = self.kernel.next_ticket;
        self.kernel.replies.insert(ticket, VecDeque::new());
        self.outside.requests.push((ticket, request));
        ticket
    }

    /// Says more on a ticket.
    pub fn tell(&mut self, ticket: Ticket, request: Request) {
        if request == Request::Close {
            self.kernel.replies.remove(&ticket);
        }
        self.outside.requests.push((ticket, request));
    }

    /// The next reply on a ticket.
    pub fn reply(&mut self, ticket: Ticket) -> Option<Reply> {
        self.kernel.replies.get_mut(&ticket)?.pop_front()
    }
}
