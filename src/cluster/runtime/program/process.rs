//! One running instance of a program: what it does next, how it takes signals, what it answers.

use std::rc::Rc;
use std::time::Duration;

use super::images::Image;
use super::machine::{Machine, Outside, Setup, State, signal};
use super::scripted;
use super::servers::{Access, Bare, Desk, Question, Served, Site};
use super::{Behaviour, Program, Reply, Verdict};
use crate::api::sim::OnTerm;
use crate::cluster::Time;
use crate::cluster::probe_kind::ProbeKind;
use crate::cluster::runtime::files::Disks;

/// Whether a process runs, and when it wants to be looked at again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ProcessState {
    /// It runs; something happens in it at `wake`, or nothing by itself.
    Runs {
        /// When to advance it next.
        wake: Option<Time>,
    },
    /// It has ended.
    Exited {
        /// The exit code, 128 + the signal's number where a signal ended it.
        code: i32,
        /// As the runtime reports it.
        reason: ExitReason,
        /// What it wrote to the termination message file.
        message: Option<String>,
    },
}

/// The runtime's word for an end (containerd: internal/cri/server/container_status.go).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitReason {
    /// Exit code 0.
    Completed,
    /// Any other exit code.
    Error,
    /// Killed for its memory.
    OomKilled,
}

impl ExitReason {
    /// As it stands in the status.
    pub fn name(self) -> &'static str {
        match self {
            ExitReason::Completed => "Completed",
            ExitReason::Error => "Error",
            ExitReason::OomKilled => "OOMKilled",
        }
    }

    /// The reason that goes with a plain exit code.
    pub fn of_code(code: i32) -> Self {
        if code == 0 { ExitReason::Completed } else { ExitReason::Error }
    }
}

/// What an HTTP request to a process meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpAnswer {
    /// Nobody listens on the port.
    Refused,
    /// A response with this status code.
    Status(u16),
    /// The connection is taken and nothing comes.
    Hangs,
}

/// What a command run beside the main process gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExecAnswer {
    /// How long it takes; `None` is for ever.
    pub after: Option<Duration>,
    /// Its exit code.
    pub code: i32,
    /// What it writes, standard output and error as they come.
    pub output: String,
    /// Standard output alone.
    pub stdout: Vec<u8>,
    /// Standard error alone.
    pub stderr: Vec<u8>,
}

impl ExecAnswer {
    /// What is known without running anything.
    fn at_once(code: i32, output: String) -> Self {
        let stdout = output.clone().into_bytes();
        Self { after: Some(Duration::ZERO), code, output, stdout, stderr: Vec::new() }
    }
}

/// The container that a server works in.
pub(crate) struct Workplace<'a> {
    pub hostname: &'a str,
    /// Seconds since 1970 when the run began.
    pub epoch: i64,
    /// Whether the manifest mounts anything into it.
    pub mounted: bool,
    /// What it is started with, made when it is needed.
    pub setup: &'a mut dyn FnMut(&mut Disks) -> Rc<Setup>,
}

/// One instance.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    program: Rc<Program>,
    instance: u32,
    started: Time,
    /// When and how it ends after SIGTERM, once that has come.
    ending: Option<(Time, i32)>,
    /// The processes, where the program is a script or something was run aside.
    machine: Option<Box<Machine>>,
    setup: Option<Rc<Setup>>,
    /// How many of a catalogue image's lines have been written.
    lines_written: usize,
    /// What it serves, where it is a well-known image that somebody has asked.
    site: Option<Box<Site>>,
    /// A port of its own that somebody else has.
    taken: Option<u16>,
}

/// A program that uses more memory than it may lives so long.
const UNTIL_OOM: Duration = Duration::from_secs(1);

impl Process {
    /// Starts an instance; `instance` counts from 0. A script needs `setup`.
    pub fn start(program: Rc<Program>, instance: u32, now: Time, setup: Option<Rc<Setup>>, seed: u64) -> Process {
        let machine = match (&program.behaviour, &setup) {
            (Behaviour::Script(words), Some(setup)) => {
                let words: Vec<String> = words.iter().map(|word| super::expand(word, &setup.environment)).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                Some(Box::new(Machine::new(setup.clone(), &words, seed)))
            }
            // An agent of which the annotation says what it ships.
            (Behaviour::Scripted, Some(setup)) if program.sim.ship.is_some() => {
                let mut words = vec!["podlab-agent", program.sim.ship.as_deref().unwrap_or_default()];
                words.extend(program.sim.tail.iter().map(String::as_str));
                let mut machine = Machine::empty(setup.clone(), seed);
                machine.beside(&words);
                Some(Box::new(machine))
            }
            _ => None,
        };
        Process {
            program,
            instance,
            started: now,
            ending: None,
            machine,
            setup,
            lines_written: 0,
            site: None,
            taken: None,
        }
    }

    /// Lets it do what is due; what it writes and asks goes to `outside`.
    pub fn advance(&mut self, epoch: i64, memory_limit: Option<u64>, outside: &mut Outside) -> ProcessState {
        let now = outside.now;
        if let (Some(port), None) = (self.taken, self.ending) {
            let (lines, after, code) = super::images::taken(self.image(), port, epoch, now);
            outside.lines.extend(lines.into_iter().map(|line| (true, line)));
            self.ending = Some((now + after, code));
        }
        if let Some((at, code)) = self.ending
            && at <= now
        {
            return ended(code, ExitReason::of_code(code), self.program.sim.message.clone());
        }
        let oom = match (self.program.memory(self.instance), memory_limit) {
            (Some(used), Some(limit)) if used > limit => Some(self.started + UNTIL_OOM),
            _ => None,
        };
        if oom.is_some_and(|at| at <= now) {
            return ended(137, ExitReason::OomKilled, None);
        }
        let mut state = match &self.program.behaviour {
            _ if self.taken.is_some() => ProcessState::Runs { wake: None },
            Behaviour::Scripted => scripted::advance(&self.program.sim, self.instance, self.started, now),
            Behaviour::Catalogue(image) => {
                image.advance(self.started, now, epoch, &mut self.lines_written, outside.lines)
            }
            Behaviour::Script(_) | Behaviour::Assumed | Behaviour::Missing(_) => ProcessState::Runs { wake: None },
        };
        if let Some(machine) = &mut self.machine {
            let first = matches!(self.program.behaviour, Behaviour::Script(_));
            match machine.advance(outside) {
                State::Runs(Some(at)) => {
                    if let ProcessState::Runs { wake } = &mut state {
                        *wake = Some(wake.map_or(at, |wake| wake.min(at)));
                    }
                }
                State::Exited(code) if first => {
                    let message = self.termination_message(outside);
                    state = ended(code, ExitReason::of_code(code), message);
                }
                State::OutOfMemory if first => {
                    let text = "podlab: the container used more memory than it may; the kernel killed it";
                    outside.lines.push((true, text.to_owned()));
                    state = ended(137, ExitReason::OomKilled, None);
                }
                State::Runs(None) | State::Exited(_) | State::OutOfMemory => {}
            }
        }
        let next = [self.ending.map(|(at, _)| at), oom].into_iter().flatten().min();
        match (state, next) {
            (ProcessState::Runs { wake }, Some(at)) => {
                ProcessState::Runs { wake: Some(wake.map_or(at, |wake| wake.min(at))) }
            }
            (state, _) => state,
        }
    }

    /// What it left in its termination message file.
    fn termination_message(&mut self, outside: &mut Outside) -> Option<String> {
        let path = self.setup.as_ref()?.message_path.clone();
        let bytes = self.machine.as_mut()?.read_file(&path, outside)?;
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The signal that stops it comes. Advance it afterwards.
    pub fn terminate(&mut self, now: Time) {
        if self.ending.is_some() {
            return;
        }
        self.ending = match &self.program.behaviour {
            Behaviour::Scripted => match self.program.sim.term {
                OnTerm::Ignore => None,
                OnTerm::Exit { after, code } => Some((now + after, code)),
            },
            Behaviour::Script(_) => {
                let number = self.program.stop.and_then(signal::number).unwrap_or(signal::TERM);
                if let Some(machine) = &mut self.machine {
                    machine.signal(1, number, now);
                }
                None
            }
            Behaviour::Catalogue(image) => image.on_term().map(|(after, code)| (now + after, code)),
            Behaviour::Assumed | Behaviour::Missing(_) => Some((now, 143)),
        };
    }

    /// The processes of the container.
    pub fn machine(&mut self) -> Option<&mut Machine> {
        self.machine.as_deref_mut()
    }

    /// What it was started with, where that is known.
    pub fn setup(&self) -> Option<&Rc<Setup>> {
        self.setup.as_ref()
    }

    /// The processes of the container, to look at.
    pub fn processes(&self) -> Option<&Machine> {
        self.machine.as_deref()
    }

    /// How many bytes were written into the container's own layer.
    pub fn written(&self) -> u64 {
        self.machine.as_ref().map_or(0, |machine| machine.written())
    }

    /// The well-known image whose program it is, where that runs as the image has it.
    pub fn image(&self) -> Option<Image> {
        match &self.program.behaviour {
            Behaviour::Catalogue(image) => Some(*image),
            _ => None,
        }
    }

    /// Whether something in it waits for a file to change.
    pub fn watches(&self) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.watches())
    }

    /// What a scripted probe of this kind meets now.
    pub fn probe(&self, probe: ProbeKind, now: Time) -> Verdict {
        let faults = match probe {
            ProbeKind::Startup => &self.program.sim.startup,
            ProbeKind::Liveness => &self.program.sim.live,
            ProbeKind::Readiness => &self.program.sim.ready,
        };
        faults.verdict(self.instance, now.since(self.started))
    }

    /// What a GET of `path` on `port` meets now.
    pub fn http(&self, port: u16, path: &str, now: Time) -> HttpAnswer {
        if !self.tcp(port, now) {
            return HttpAnswer::Refused;
        }
        let path = path.split('?').next().unwrap_or_default();
        let verdict = match path {
            "/startup" => self.probe(ProbeKind::Startup, now),
            "/live" => self.probe(ProbeKind::Liveness, now),
            "/ready" => self.probe(ProbeKind::Readiness, now),
            _ => Verdict::Passes,
        };
        match verdict {
            Verdict::Passes => HttpAnswer::Status(200),
            Verdict::Fails => HttpAnswer::Status(503),
            Verdict::Hangs => HttpAnswer::Hangs,
        }
    }

    /// Whether somebody listens on `port` now.
    pub fn tcp(&self, port: u16, now: Time) -> bool {
        let age = now.since(self.started);
        match &self.program.behaviour {
            Behaviour::Scripted => {
                self.program.sim.http.is_some_and(|(listens, after)| listens == port && age >= after)
                    || self.program.sim.forward.iter().any(|forward| forward.port == port)
            }
            Behaviour::Catalogue(image) => self.taken.is_none() && image.listens(port, age),
            Behaviour::Script(_) => self.machine.as_ref().is_some_and(|machine| machine.listens(port, now)),
            // Nothing is known of the program, so nothing is known of its ports: it is taken to serve what is asked.
            Behaviour::Assumed => true,
            Behaviour::Missing(_) => false,
        }
    }

    /// Whether nothing is known of it, so that it is taken to listen wherever it is asked.
    pub fn is_assumed(&self) -> bool {
        matches!(self.program.behaviour, Behaviour::Assumed)
    }

    /// Whether it has taken `port`, be it that it does not answer yet.
    pub fn occupies(&self, port: u16) -> bool {
        match &self.program.behaviour {
            Behaviour::Catalogue(_) => self.taken.is_none() && self.wants().any(|own| own == port),
            Behaviour::Script(_) => self.machine.as_ref().is_some_and(|machine| machine.occupies(port)),
            Behaviour::Scripted => {
                self.program.sim.http.is_some_and(|(own, _)| own == port)
                    || self.program.sim.forward.iter().any(|forward| forward.port == port)
            }
            Behaviour::Assumed | Behaviour::Missing(_) => false,
        }
    }

    /// The ports that it takes when it begins.
    pub fn wants(&self) -> impl Iterator<Item = u16> {
        self.image().into_iter().flat_map(|image| image.ports())
    }

    /// Somebody else has `port`, which it wants to listen on.
    pub fn refuse(&mut self, port: u16, now: Time) {
        self.started = now;
        self.taken = Some(port);
    }

    /// What it answers to a question that reaches it on a port it listens on.
    pub fn serve(&mut self, question: &Question, place: &mut Workplace, outside: &mut Outside) -> Served {
        let plain = |answer: HttpAnswer| match answer {
            HttpAnswer::Refused => Served::Refused,
            HttpAnswer::Hangs => Served::Hangs,
            HttpAnswer::Status(status) => {
                let body: &[u8] = if status == 200 { b"ok\n" } else { b"not ok\n" };
                Served::Reply(Reply::Http { status, server: "".into(), body: body.into() }, Duration::from_millis(1))
            }
        };
        if let Behaviour::Scripted = self.program.behaviour {
            if let Some(forward) = self.program.sim.forward.iter().find(|forward| forward.port == question.port) {
                let made = self.setup.get_or_insert_with(|| (place.setup)(outside.disks));
                let to = super::expand_plain(&forward.to, &made.environment);
                return match to.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) {
                    Some((host, port)) => Served::Forward { host: host.into(), port, id: 0 },
                    None => Served::Reply(Reply::Closed, Duration::from_millis(1)),
                };
            }
            return plain(self.http(question.port, question.path, outside.now));
        }
        self.work(question.port, place, outside, |site, desk| site.serve(question, desk)).unwrap_or(Served::Refused)
    }

    /// A request that it has passed on was answered.
    pub fn passed(
        &mut self,
        question: &Question,
        (status, size): (u16, usize),
        place: &mut Workplace,
        outside: &mut Outside,
    ) {
        self.work(question.port, place, outside, |site, desk| site.passed(question, status, size, desk));
    }

    /// Lets the server on `port` work at its desk; none where there is none.
    fn work<T>(
        &mut self,
        port: u16,
        place: &mut Workplace,
        outside: &mut Outside,
        work: impl FnOnce(&mut Site, &mut Desk) -> T,
    ) -> Option<T> {
        let image = match &self.program.behaviour {
            Behaviour::Catalogue(image) => Some(*image),
            Behaviour::Assumed => None,
            Behaviour::Script(_) => return self.machine.as_mut()?.serve(port, outside, work),
            Behaviour::Scripted | Behaviour::Missing(_) => return None,
        };
        let site = self.site.get_or_insert_with(|| Box::new(image.map(Site::of).unwrap_or_default()));
        // Where nothing is mounted, and nobody has run anything in it, its files are those of its image.
        if self.machine.is_none() && !(place.mounted && site.has_files()) {
            let (hostname, epoch, now) = (place.hostname, place.epoch, outside.now);
            let lines = &mut *outside.lines;
            return Some(work(site, &mut Desk::Image(Bare { image, hostname, epoch, now, lines })));
        }
        let made = self.setup.get_or_insert_with(|| (place.setup)(outside.disks)).clone();
        let seed = outside.now.as_micros();
        let machine = self.machine.get_or_insert_with(|| Box::new(Machine::empty(made, seed)));
        Some(machine.serve_as(outside, |desk| work(site, desk)))
    }

    /// What the server on a port, which was asked before, answers to the same question as long as nothing changes in its
    /// container: the status, and its line about it but for the time. None where that is not sure.
    pub fn echo(&self, question: &Question, hostname: &str, mounted: bool, now: Time) -> Option<(u16, Option<Access>)> {
        let image = match &self.program.behaviour {
            Behaviour::Catalogue(image) => Some(*image),
            Behaviour::Assumed => None,
            Behaviour::Script(_) | Behaviour::Scripted | Behaviour::Missing(_) => return None,
        };
        let site = self.site.as_ref().filter(|site| self.machine.is_none() && !(mounted && site.has_files()))?;
        // What it would write is told by what comes back.
        site.echo(question, Bare { image, hostname, epoch: 0, now, lines: &mut Vec::new() })
    }

    /// Whether it listens on `port` now and from now on, or not now and not later, as long as nothing happens to it.
    pub fn is_settled(&self, port: u16, now: Time) -> bool {
        self.tcp(port, now) == self.tcp(port, Time::END)
    }

    /// What `command` gives when it is run in the container now, where that is known without running it.
    pub fn told(&self, words: &[&str], now: Time) -> Option<ExecAnswer> {
        if let ["probe", which] = words {
            let (kind, name) = match *which {
                "startup" => (ProbeKind::Startup, "startup"),
                "live" => (ProbeKind::Liveness, "live"),
                _ => (ProbeKind::Readiness, "ready"),
            };
            return Some(match self.probe(kind, now) {
                Verdict::Passes => ExecAnswer::at_once(0, "ok\n".to_owned()),
                Verdict::Fails => ExecAnswer::at_once(1, format!("{name} check: not ok\n")),
                Verdict::Hangs => ExecAnswer { after: None, ..ExecAnswer::at_once(0, String::new()) },
            });
        }
        // A container that is not run by its command is asked what its words say; nothing else is known of it.
        let says = matches!(self.program.behaviour, Behaviour::Scripted | Behaviour::Assumed)
            && self.machine.is_none()
            && words.first().is_none_or(|word| !super::tools::is_known(word.rsplit('/').next().unwrap_or(word)));
        says.then(|| ExecAnswer::at_once(0, String::new()))
    }

    /// A command is run beside the container's program: with `effects` in the container itself, else in the copy that
    /// comes back, which shows how it will go.
    pub fn ahead(
        &mut self,
        words: &[&str],
        input: &[u8],
        effects: bool,
        now: Time,
        setup: &mut dyn FnMut() -> Rc<Setup>,
    ) -> (Machine, u32) {
        let input: Rc<[u8]> = input.into();
        let setup = self.setup.get_or_insert_with(setup).clone();
        let seed = now.as_micros();
        let machine = self.machine.get_or_insert_with(|| Box::new(Machine::empty(setup, seed)));
        let mut ahead = machine.as_ref().clone();
        let pid = ahead.aside(words, &input, true);
        if effects {
            machine.aside(words, &input, false);
        }
        (ahead, pid)
    }
}

/// An end.
pub(super) fn ended(code: i32, reason: ExitReason, message: Option<String>) -> ProcessState {
    ProcessState::Exited { code, reason, message }
}
