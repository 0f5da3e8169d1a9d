//! One running instance of a program: what it does next, how it takes signals, what it answers.

use std::rc::Rc;
use std::time::Duration;

use super::scripted;
use super::shell::{Machine, OnTerminate};
use super::{Behaviour, Program, Verdict};
use crate::api::sim::OnTerm;
use crate::cluster::Time;

/// A probe by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ProbeKind {
    /// `startupProbe`.
    Startup,
    /// `livenessProbe`.
    Liveness,
    /// `readinessProbe`.
    Readiness,
}

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
}

/// One instance.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    program: Rc<Program>,
    instance: u32,
    started: Time,
    /// When and how it ends after SIGTERM, once that has come.
    ending: Option<(Time, i32)>,
    /// The interpreter, where the program is a script.
    machine: Option<Machine>,
    /// How many of a catalogue image's lines have been written.
    lines_written: usize,
}

impl Process {
    /// Starts an instance; `instance` counts from 0.
    pub fn start(program: Rc<Program>, instance: u32, now: Time) -> Process {
        let machine = match &program.behaviour {
            Behaviour::Script(script) => Some(Machine::new(script.clone(), now, program.first_process)),
            _ => None,
        };
        Process { program, instance, started: now, ending: None, machine, lines_written: 0 }
    }

    /// Lets it do what is due, and takes what it writes: (to standard error, the line).
    pub fn advance(&mut self, now: Time, lines: &mut Vec<(bool, String)>) -> ProcessState {
        if let Some((at, code)) = self.ending
            && at <= now
        {
            return ended(code, ExitReason::of_code(code), self.program.sim.message.clone());
        }
        let state = match &self.program.behaviour {
            Behaviour::Scripted => scripted::advance(&self.program.sim, self.instance, self.started, now),
            Behaviour::Script(_) => match &mut self.machine {
                Some(machine) => machine.advance(now, lines),
                None => ProcessState::Runs { wake: None },
            },
            Behaviour::Catalogue(image) => image.advance(self.started, now, &mut self.lines_written, lines),
            Behaviour::Assumed | Behaviour::Missing(_) => ProcessState::Runs { wake: None },
        };
        match (state, self.ending) {
            (ProcessState::Runs { wake }, Some((at, _))) => {
                ProcessState::Runs { wake: Some(wake.map_or(at, |wake| wake.min(at))) }
            }
            (state, _) => state,
        }
    }

    /// SIGTERM comes. Advance it afterwards.
    pub fn terminate(&mut self, now: Time) {
        if self.ending.is_some() {
            return;
        }
        self.ending = match &self.program.behaviour {
            Behaviour::Scripted => match self.program.sim.term {
                OnTerm::Ignore => None,
                OnTerm::Exit { after, code } => Some((now + after, code)),
            },
            Behaviour::Script(_) => match self.machine.as_mut().map(|machine| machine.terminate(now)) {
                Some(OnTerminate::Ends(after, code)) => Some((now + after, code)),
                _ => None,
            },
            Behaviour::Catalogue(image) => image.on_term().map(|(after, code)| (now + after, code)),
            Behaviour::Assumed | Behaviour::Missing(_) => Some((now, 143)),
        };
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
            }
            Behaviour::Catalogue(image) => image.listens(port, age),
            Behaviour::Script(_) => self.machine.as_ref().is_some_and(|machine| machine.listens(port)),
            // Nothing is known of the program, so nothing is known of its ports: it is taken to serve what is asked.
            Behaviour::Assumed => true,
            Behaviour::Missing(_) => false,
        }
    }

    /// What `command` gives when it is run in the container now.
    pub fn exec(&self, command: &[String], now: Time) -> ExecAnswer {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        if let ["probe", which] = words.as_slice() {
            let (kind, name) = match *which {
                "startup" => (ProbeKind::Startup, "startup"),
                "live" => (ProbeKind::Liveness, "live"),
                _ => (ProbeKind::Readiness, "ready"),
            };
            return match self.probe(kind, now) {
                Verdict::Passes => ExecAnswer { after: Some(Duration::ZERO), code: 0, output: "ok\n".to_owned() },
                Verdict::Fails => {
                    let output = format!("{name} check: not ok\n");
                    ExecAnswer { after: Some(Duration::ZERO), code: 1, output }
                }
                Verdict::Hangs => ExecAnswer { after: None, code: 0, output: String::new() },
            };
        }
        let image = match &self.program.behaviour {
            Behaviour::Catalogue(image) => Some(*image),
            Behaviour::Script(script) => script.image(),
            _ => None,
        };
        Machine::run_aside(&words, image, now)
    }
}

/// An end.
pub(super) fn ended(code: i32, reason: ExitReason, message: Option<String>) -> ProcessState {
    ProcessState::Exited { code, reason, message }
}
