//! What runs in one instance of a container: processes with their descriptors, pipes and signals, one step at a time
//! in virtual time. Everything here is plain data, so that a checkpoint copies it.

mod kernel;
mod network;
mod process;
pub(in crate::cluster::runtime) mod reply;
mod setup;

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

pub(crate) use kernel::{Captured, Cx, Kernel, Outside, Read, Target};
pub(crate) use network::Request;
pub(crate) use process::{Block, Body, Io, Process, Step, Watched};
pub(crate) use reply::{Reply, Ticket};
pub(crate) use setup::{Setup, Variable, Variables};

use super::servers::{Desk, Site};
use super::tools;
use crate::cluster::Time;

/// How many steps run in one instant; a program that spins is slowed down then, as a CPU limit would.
const BURST: u32 = 20_000;
/// What a program that goes on spinning gets in each pause.
const SUSTAINED: u32 = 1_000;
/// The longest pause that a spinning program is slowed down by.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
/// How many steps one process runs before the next one's turn.
const SLICE: u32 = 200;
/// How many processes a container may have; beyond, `fork` fails as at a pids limit.
pub(crate) const PROCESSES: usize = 128;
/// How much memory the simulation keeps for one container's variables, pipes and buffers.
const MEMORY: usize = 8 << 20;
/// How much memory a container without a limit may use: what a node has.
const NODE_MEMORY: u64 = 8 << 30;

/// Signals by number.
pub(crate) mod signal {
    pub const INT: u8 = 2;
    pub const QUIT: u8 = 3;
    pub const KILL: u8 = 9;
    pub const USR1: u8 = 10;
    pub const PIPE: u8 = 13;
    pub const TERM: u8 = 15;
    pub const CHLD: u8 = 17;
    pub const WINCH: u8 = 28;

    const NAMES: &[(&str, u8)] = &[
        ("EXIT", 0),
        ("HUP", 1),
        ("INT", INT),
        ("QUIT", QUIT),
        ("ABRT", 6),
        ("KILL", KILL),
        ("USR1", USR1),
        ("SEGV", 11),
        ("USR2", 12),
        ("PIPE", PIPE),
        ("ALRM", 14),
        ("TERM", TERM),
        ("CHLD", CHLD),
        ("CONT", 18),
        ("STOP", 19),
        ("WINCH", WINCH),
    ];

    /// The number of a signal by name (with or without `SIG`) or number.
    pub fn number(text: &str) -> Option<u8> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let named = NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
        named.or_else(|| text.parse().ok().filter(|number| *number < 65))
    }

    /// The exit code of a process that ended so: one that a signal has ended is told by the signal's number below zero.
    pub fn code(end: i32) -> i32 {
        if end < 0 { 128 - end } else { end }
    }

    /// What a shell says when this signal has ended a program that it waits for (strsignal); of some it says nothing
    /// (busybox: ash.c, sprint_status48).
    pub fn told(number: i32) -> Option<&'static str> {
        Some(match number {
            1 => "Hangup",
            3 => "Quit",
            6 => "Aborted",
            9 => "Killed",
            10 => "User defined signal 1",
            11 => "Segmentation fault",
            12 => "User defined signal 2",
            14 => "Alarm clock",
            15 => "Terminated",
            _ => return None,
        })
    }

    /// The name of a signal.
    pub fn name(number: u8) -> &'static str {
        NAMES.iter().find(|(_, known)| *known == number).map_or("RTMIN", |(name, _)| name)
    }
}

/// How an instance stands after it was advanced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It runs; something happens in it at this instant, or nothing by itself.
    Runs(Option<Time>),
    /// Its first process has ended with this code.
    Exited(i32),
    /// It used more memory than it may.
    OutOfMemory,
}

/// The processes of one instance of a container, and what they share.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    processes: BTreeMap<u32, Process>,
    kernel: Kernel,
    fuel: u32,
    pause: Duration,
    /// Throttled until then.
    held: Option<Time>,
    /// How many steps it has done, for the share of the CPU it uses.
    pub steps: u64,
}

impl Machine {
    /// An instance whose first process is `words`.
    pub fn new(setup: Rc<Setup>, words: &[&str], seed: u64) -> Machine {
        let mut machine = Self::empty(setup, seed);
        let (out, err) = (machine.kernel.open(Target::Log(false)), machine.kernel.open(Target::Log(true)));
        let input = machine.kernel.open(Target::Null);
        machine.begin(1, words, [input, out, err]);
        machine
    }

    /// An instance in which nothing runs.
    pub fn empty(setup: Rc<Setup>, seed: u64) -> Machine {
        Machine {
            processes: BTreeMap::new(),
            kernel: Kernel::new(setup, seed),
            fuel: BURST,
            pause: SHORTEST_PAUSE,
            held: None,
            steps: 0,
        }
    }

    /// Starts a process with its first three descriptors.
    fn begin(&mut self, pid: u32, words: &[&str], [input, out, err]: [u32; 3]) {
        let setup = self.kernel.setup.clone();
        let mut io = Io::new(pid, 0, &setup);
        io.fds = BTreeMap::from([(0, input), (1, out), (2, err)]);
        let words: Rc<[Rc<str>]> = words.iter().map(|word| Rc::from(*word)).collect();
        self.kernel.register(pid, 0, words.join(" ").into(), io.user);
        let environment = setup.variables();
        let body = Body::Start(tools::Launch { words, environment, pid_one: pid == 1, direct: true });
        self.processes.insert(pid, Process::new(io, body));
    }

    /// Runs `words` beside what runs already; it reads `input`. With `captured` its output is kept, else it is thrown away.
    pub fn aside(&mut self, words: &[&str], input: &Rc<[u8]>, captured: bool) -> u32 {
        let pid = self.kernel.next_pid();
        let target = |stderr| if captured { Target::Captured(stderr) } else { Target::Null };
        let (out, err) = (self.kernel.open(target(false)), self.kernel.open(target(true)));
        let input = self.kernel.open(if input.is_empty() { Target::Null } else { Target::Text(input.clone()) });
        self.begin(pid, words, [input, out, err]);
        pid
    }

    /// Runs `words` beside what runs already; what it writes goes to the log.
    pub fn beside(&mut self, words: &[&str]) {
        let pid = self.kernel.next_pid();
        let (out, err) = (self.kernel.open(Target::Log(false)), self.kernel.open(Target::Log(true)));
        let input = self.kernel.open(Target::Null);
        self.begin(pid, words, [input, out, err]);
    }

    /// How the process `pid`, which was run aside, ended.
    pub fn ended(&self, pid: u32) -> Option<i32> {
        self.kernel.ended.get(&pid).copied()
    }

    /// What was written by what runs aside and is captured.
    pub fn captured(&mut self) -> Captured {
        std::mem::take(&mut self.kernel.captured)
    }

    /// Whether something in it waits for a file to change.
    pub fn watches(&self) -> bool {
        self.processes.values().any(|process| matches!(process.block, Block::Watch(_)))
    }

    /// The ports that are listened on now, with the age their server needs to answer.
    pub fn listens(&self, port: u16, now: Time) -> bool {
        self.processes.values().any(|process| match &process.body {
            Body::Tool(tool) => tool.listens(port, now),
            _ => false,
        })
    }

    /// Whether a server in it has taken `port`, be it that it does not answer yet.
    pub fn occupies(&self, port: u16) -> bool {
        self.processes.values().any(|process| match &process.body {
            Body::Tool(tool) => tool.occupies(port),
            _ => false,
        })
    }

    /// How many bytes more its own layer holds than that of its image.
    pub fn written(&self) -> u64 {
        let (now, before) = (&self.kernel.layer, &self.kernel.setup.layer);
        if Rc::ptr_eq(now, before) { 0 } else { now.used().saturating_sub(before.used()) }
    }

    /// Whether something in it can go on now.
    pub fn is_busy(&self) -> bool {
        !self.processes.is_empty() && self.held.is_none()
    }

    /// Lets the server that listens on the port of a question work.
    pub fn serve<T>(
        &mut self,
        port: u16,
        outside: &mut Outside,
        work: impl FnOnce(&mut Site, &mut Desk) -> T,
    ) -> Option<T> {
        let now = outside.now;
        let found = self.processes.iter_mut().find_map(|(_, process)| match &mut process.body {
            Body::Tool(tool) if tool.listens(port, now) => Some((&mut process.io, tool.site()?)),
            _ => None,
        });
        let (io, site) = found?;
        Some(work(site, &mut Desk::Container(io, &mut Cx { kernel: &mut self.kernel, outside })))
    }

    /// Lets a server work that is no process of its own here.
    pub fn serve_as<T>(&mut self, outside: &mut Outside, work: impl FnOnce(&mut Desk) -> T) -> T {
        let setup = self.kernel.setup.clone();
        let mut io = Io::new(0, 0, &setup);
        for (fd, stderr) in [(1, false), (2, true)] {
            let handle = self.kernel.open(Target::Log(stderr));
            io.fds.insert(fd, handle);
        }
        let done = work(&mut Desk::Container(&mut io, &mut Cx { kernel: &mut self.kernel, outside }));
        io.close_all(&mut self.kernel);
        done
    }

    /// Answers a request.
    pub fn reply(&mut self, ticket: Ticket, reply: Reply) {
        self.kernel.replies.entry(ticket).or_default().push_back(reply);
    }

    /// The files of volumes that have been read since the last call: volume and number.
    pub fn reads(&mut self) -> Vec<(Rc<str>, u32)> {
        std::mem::take(&mut self.kernel.reads)
    }

    /// Runs what is due up to now.
    pub fn advance(&mut self, outside: &mut Outside) -> State {
        if let Some(until) = self.held {
            if until > outside.now {
                return State::Runs(Some(until));
            }
            self.held = None;
        }
        let mut spun = true;
        loop {
            let mut progressed = false;
            let pids: Vec<u32> = self.processes.keys().copied().collect();
            for pid in pids {
                let Some(mut process) = self.processes.remove(&pid) else { continue };
                let mut cx = Cx { kernel: &mut self.kernel, outside };
                if process.ready(&mut cx) {
                    progressed = true;
                    let slice = SLICE.min(self.fuel);
                    let used = process.run(slice, &mut cx).saturating_add(std::mem::take(&mut cx.kernel.work));
                    self.fuel -= used.min(self.fuel);
                    self.steps += u64::from(used);
                }
                match process.exit {
                    None => {
                        self.processes.insert(pid, process);
                    }
                    Some(code) => self.end(process, code),
                }
                self.settle(outside);
                if self.kernel.dead.is_some() || self.fuel == 0 {
                    break;
                }
            }
            if let Some(code) = self.kernel.dead {
                self.kernel.flush_log(outside);
                return State::Exited(code);
            }
            if self.used() > MEMORY || self.memory() > self.kernel.setup.memory_limit.unwrap_or(NODE_MEMORY) {
                self.kernel.flush_log(outside);
                return State::OutOfMemory;
            }
            if self.fuel == 0 {
                break;
            }
            if !progressed {
                spun = false;
                break;
            }
        }
        if spun {
            let until = outside.now + self.pause;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            self.fuel = if self.pause == LONGEST_PAUSE { SUSTAINED } else { BURST };
            self.held = Some(until);
            return State::Runs(Some(until));
        }
        let mut wake: Option<Time> = None;
        for process in self.processes.values() {
            if let Some(at) = process.wakes() {
                wake = Some(wake.map_or(at, |wake| wake.min(at)));
            }
        }
        // Whoever has nothing more to do now has not spun, if it sleeps long enough.
        if wake.is_none_or(|at| at.since(outside.now) >= Duration::from_millis(1)) {
            self.fuel = BURST;
            self.pause = SHORTEST_PAUSE;
        }
        State::Runs(wake)
    }

    fn used(&self) -> usize {
        self.kernel.used() + self.processes.values().map(Process::used).sum::<usize>()
    }

    /// Whether it spins and is slowed down.
    pub fn is_throttled(&self) -> bool {
        self.held.is_some()
    }

    /// Memory in use as the simulation knows it, bytes.
    pub fn memory(&self) -> u64 {
        self.claims().fold(self.used() as u64, |sum, (memory, _)| sum.saturating_add(memory))
    }

    /// What programs use that do nothing else, thousandths of a core.
    pub fn cpu_millis(&self) -> u64 {
        self.claims().fold(0, |sum, (_, millis)| sum.saturating_add(millis))
    }

    fn claims(&self) -> impl Iterator<Item = (u64, u64)> {
        self.processes.values().filter_map(|process| match &process.body {
            Body::Tool(tool) => Some(tool.claims()),
            _ => None,
        })
    }

    /// A process has ended: its descriptors close, its parent hears of it.
    fn end(&mut self, mut process: Process, code: i32) {
        process.io.close_all(&mut self.kernel);
        let pid = process.io.pid;
        self.kernel.forget(pid);
        match self.processes.get_mut(&process.io.parent) {
            Some(parent) => {
                parent.io.children.insert(pid, Some(code));
            }
            None if pid == 1 => self.kernel.dead = Some(signal::code(code)),
            None if process.io.parent == 0 => {
                self.kernel.ended.insert(pid, signal::code(code));
            }
            None => {}
        }
        for child in self.processes.values_mut() {
            if child.io.parent == pid {
                child.io.parent = 1;
            }
        }
    }

    /// Takes in what the last step left: new processes, signals.
    fn settle(&mut self, outside: &mut Outside) {
        for process in std::mem::take(&mut self.kernel.born) {
            self.processes.insert(process.io.pid, process);
        }
        for ticket in std::mem::take(&mut self.kernel.closing) {
            outside.requests.push((ticket, Request::Close));
        }
        for (pid, number) in std::mem::take(&mut self.kernel.signals) {
            self.signal(pid, number, outside.now);
        }
    }

    /// Sends a signal to a process. Advance the machine afterwards.
    pub fn signal(&mut self, pid: u32, number: u8, now: Time) {
        let first = pid == 1 && self.kernel.setup.first_process;
        let Some(process) = self.processes.get_mut(&pid) else { return };
        if let Some(code) = process.deliver(number, first, now)
            && let Some(process) = self.processes.remove(&pid)
        {
            self.end(process, code);
        }
    }

    /// The bytes of a file as the container sees it.
    pub fn read_file(&mut self, path: &str, outside: &mut Outside) -> Option<Vec<u8>> {
        let mut cx = Cx { kernel: &mut self.kernel, outside };
        cx.files(0).read(path).ok().map(|bytes| bytes.to_vec())
    }
}
