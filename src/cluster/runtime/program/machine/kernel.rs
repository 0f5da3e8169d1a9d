//! What the processes of a container share: open files, pipes, the log, the table of processes.

use std::collections::VecDeque;

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::network::{Reply, Request, Ticket};
use super::process::Process;
use super::setup::Setup;
use crate::cluster::Time;
use crate::cluster::runtime::files::{Body, Disks, FileError, Files, Place, Tree};

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
    pub layer: Rc<Tree>,
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

    /// Opens the file at an absolute path. `write` is `Some(append)`.
    pub fn open_file(&mut self, path: &str, write: Option<bool>, cut: bool, io: &super::Io) -> Result<u32, FileError> {
        let number = |prefix: &str| path.strip_prefix(prefix).and_then(|rest| rest.parse::<u8>().ok());
        let device = match path {
            "/dev/null" | "/dev/full" | "/dev/tty" => Some(Target::Null),
            "/dev/zero" => Some(Target::Zero),
            "/dev/urandom" | "/dev/random" => Some(Target::Noise),
            "/proc/1/fd/1" => Some(Target::Log(false)),
            "/proc/1/fd/2" => Some(Target::Log(true)),
            _ => None,
        };
        if let Some(target) = device {
            return Ok(self.kernel.open(target));
        }
        let own = match path {
            "/dev/stdin" => Some(0),
            "/dev/stdout" => Some(1),
            "/dev/stderr" => Some(2),
            _ => number("/dev/fd/").or_else(|| number("/proc/self/fd/")),
        };
        if let Some(fd) = own {
            let handle = io.fds.get(&fd).copied().ok_or(FileError::NotFound)?;
            return Ok(self.kernel.duplicate(handle));
        }
        let mode = 0o666 & !io.umask;
        let mut files = self.files(io.user);
        let (place, inode, body) = match write {
            Some(append) => files.create(path, cut && !append, mode)?,
            None => files.open(path)?,
        };
        if body == Body::Fifo {
            let key = (place, inode);
            let id = match self.kernel.fifos.get(&key) {
                Some(id) => *id,
                None => {
                    let id = self.kernel.next_handle;
                    self.kernel.next_handle += 1;
                    self.kernel.pipes.insert(id, Pipe { waits: true, ..Pipe::default() });
                    self.kernel.fifos.insert(key, id);
                    id
                }
            };
            return Ok(self.kernel.open(Target::Pipe(id, write.is_some())));
        }
        let handle = self.kernel.open(Target::File(place, inode));
        if let Some(open) = self.kernel.opens.get_mut(&handle) {
            open.append = write == Some(true);
        }
        Ok(handle)
    }

    /// Reads up to `most` bytes.
    pub fn read(&mut self, handle: u32, most: usize) -> Read {
        let read = self.read_some(handle, most);
        if let Read::Data(data) = &read {
            self.kernel.spend(data.len());
        }
        read
    }

    fn read_some(&mut self, handle: u32, most: usize) -> Read {
        let Some(open) = self.kernel.opens.get(&handle) else { return Read::End };
        let offset = open.offset;
        let data = match &open.target {
            Target::Log(_) | Target::Null | Target::Captured(_) => return Read::End,
            Target::Zero => return Read::Data(vec![0; most]),
            Target::Noise => {
                let noise = (0..most.min(4_096)).map(|_| self.kernel.random() as u8).collect();
                return Read::Data(noise);
            }
            Target::Pipe(id, _) => {
                let Some(pipe) = self.kernel.pipes.get_mut(id) else { return Read::End };
                if pipe.data.is_empty() {
                    return if pipe.writers == 0 && !pipe.waits { Read::End } else { Read::Wait };
                }
                let count = pipe.data.len().min(most);
                return Read::Data(pipe.data.drain(..count).collect());
            }
            Target::File(place, inode) => {
                let (place, inode) = (place.clone(), *inode);
                if self.files(0).size_of(&place, inode).is_some_and(|_| self.is_folder(&place, inode)) {
                    return Read::End;
                }
                if let Place::Disk(disk) = &place
                    && self.kernel.reads.len() < READS
                    && !self.kernel.reads.iter().any(|(known, number)| known == disk && *number == inode)
                {
                    self.kernel.reads.push((disk.clone(), inode));
                }
                self.files(0).read_at(&place, inode, offset, most)
            }
            Target::Text(text) => {
                let start = (offset as usize).min(text.len());
                let end = start.saturating_add(most).min(text.len());
                text.get(start..end).unwrap_or_default().to_vec()
            }
        };
        if data.is_empty() {
            return Read::End;
        }
        if let Some(open) = self.kernel.opens.get_mut(&handle) {
            open.offset += data.len() as u64;
        }
        Read::Data(data)
    }

    fn is_folder(&self, place: &Place, inode: u32) -> bool {
        let tree = match place {
            Place::Layer => &*self.kernel.layer,
            Place::Disk(key) => match self.outside.disks.get(key) {
                Some(disk) => &disk.tree,
                None => return false,
            },
        };
        tree.inode(inode).is_some_and(|inode| inode.body == Body::Folder)
    }

    /// Reads up to and with the next end of line, no further; what was read so far is in `line`. `Some(true)`: a line
    /// is complete, `Some(false)`: the end came first, none: more has to come.
    pub fn read_line(&mut self, handle: u32, line: &mut Vec<u8>) -> Option<bool> {
        if let Some(Target::Pipe(id, _)) = self.kernel.target(handle) {
            let id = *id;
            let Some(pipe) = self.kernel.pipes.get_mut(&id) else { return Some(false) };
            match pipe.data.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    line.extend(pipe.data.drain(..=end));
                    return Some(true);
                }
                None => line.extend(pipe.data.drain(..)),
            }
            return (pipe.writers == 0 && !pipe.waits).then_some(false);
        }
        loop {
            let before = self.kernel.opens.get(&handle).map_or(0, |open| open.offset);
            let Read::Data(data) = self.read(handle, 512) else { return Some(false) };
            let end = data.iter().position(|byte| *byte == b'\n');
            let part = data.get(..end.map_or(data.len(), |end| end + 1)).unwrap_or_default();
            line.extend_from_slice(part);
            if let Some(open) = self.kernel.opens.get_mut(&handle) {
                open.offset = before + part.len() as u64;
            }
            if end.is_some() {
                return Some(true);
            }
            if line.len() > super::MEMORY {
                return Some(false);
            }
        }
    }

    /// Moves to `offset` in a file; where it is, without it.
    pub fn seek(&mut self, handle: u32, offset: u64) {
        if let Some(open) = self.kernel.opens.get_mut(&handle) {
            open.offset = offset;
        }
    }

    /// The place in an open file, its length, and where in it reading goes on.
    pub fn position(&mut self, handle: u32) -> Option<(Place, u32, u64, u64)> {
        let open = self.kernel.opens.get(&handle)?;
        let Target::File(place, inode) = &open.target else { return None };
        let (place, inode, offset) = (place.clone(), *inode, open.offset);
        let size = self.files(0).size_of(&place, inode).unwrap_or(0);
        Some((place, inode, size, offset))
    }

    pub(super) fn write(&mut self, handle: u32, data: &[u8]) -> Written {
        self.kernel.spend(data.len());
        let Some(open) = self.kernel.opens.get(&handle) else { return Written::All };
        match &open.target {
            Target::Log(stderr) => {
                let stderr = *stderr;
                self.kernel.log(stderr, data, self.outside)
            }
            Target::Null | Target::Zero | Target::Noise | Target::Text(_) => Written::All,
            Target::Captured(stderr) => {
                let captured = &mut self.kernel.captured;
                let room = CAPTURED.saturating_sub(captured.all.len()).min(data.len());
                let data = data.get(..room).unwrap_or_default();
                captured.all.extend_from_slice(data);
                let own = if *stderr { &mut captured.stderr } else { &mut captured.stdout };
                own.extend_from_slice(data);
                Written::All
            }
            Target::Pipe(id, _) => {
                let Some(pipe) = self.kernel.pipes.get_mut(id) else { return Written::Broken };
                if pipe.readers == 0 && !self.kernel.fifos.values().any(|fifo| fifo == id) {
                    return Written::Broken;
                }
                let room = PIPE.saturating_sub(pipe.data.len()).min(data.len());
                pipe.data.extend(data.get(..room).unwrap_or_default());
                if room == data.len() { Written::All } else { Written::Some(room, None) }
            }
            Target::File(place, inode) => {
                let (place, inode, append, offset) = (place.clone(), *inode, open.append, open.offset);
                let mut files = self.files(0);
                let offset = if append { files.size_of(&place, inode).unwrap_or(0) } else { offset };
                if let Err(error) = files.write(&place, inode, offset, data) {
                    return Written::Failed(error);
                }
                self.seek(handle, offset + data.len() as u64);
                Written::All
            }
        }
    }
}
