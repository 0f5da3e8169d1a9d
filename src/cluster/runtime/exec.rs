//! Commands that are run in a container beside its program: probes, hooks, `kubectl exec`.

use std::rc::Rc;
use std::time::Duration;

use super::files::Disks;
use super::network::preview;
use super::program::{ExecAnswer, MachineState, Outside, Setup, missing};
use super::{Due, Runtime, Time, Timer, World, push_hex};
use crate::cluster::Ran;
use crate::cluster::fnv::{self, fnv1a};

/// A command that is run beside a container's program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command<'a> {
    /// The program and its arguments.
    pub words: &'a [String],
    /// What it reads from standard input.
    pub input: &'a [u8],
}

impl<'a> From<&'a [String]> for Command<'a> {
    fn from(words: &'a [String]) -> Self {
        Self { words, input: &[] }
    }
}

/// A program that the container does not have, or that may not be run: the runtime cannot run it, which is not the same as one that fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing<'a> {
    program: &'a str,
    /// It is there, and may not be run.
    denied: bool,
}

impl<'a> Missing<'a> {
    /// Whether that is how the command `words` ended. A shell that misses something says so too, but of another program
    /// than its own.
    fn of(words: &'a [String], code: i32, output: &str) -> Option<Self> {
        let program = words.first()?;
        let said = output.strip_prefix("sh: ")?.strip_prefix(program.as_str())?;
        match (code, said) {
            (127, ": not found\n") => Some(Self { program, denied: false }),
            (126, ": Permission denied\n") => Some(Self { program, denied: true }),
            _ => None,
        }
    }

    /// The words of containerd and runc. Each attempt has an id of its own, which goes with the Pod and the instant.
    pub fn text(self, pod: &str, at: Time) -> String {
        let Self { program, denied } = self;
        let why = if denied { "permission denied".to_owned() } else { missing(program) };
        let mut id = String::with_capacity(64);
        let mut hash = fnv::further(fnv1a(pod.bytes()), at.as_micros().to_be_bytes());
        for _ in 0..4 {
            push_hex(&mut id, hash);
            hash = fnv::further(hash, pod.bytes());
        }
        format!(
            "failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to \
             start container process: exec: {program:?}: {why}"
        )
    }
}

impl ExecAnswer {
    /// The program of the command `words`, where it is this that is missing.
    pub fn missing<'a>(&self, words: &'a [String]) -> Option<Missing<'a>> {
        self.after.and_then(|_| Missing::of(words, self.code, &self.output))
    }
}

impl Ran {
    /// What the runtime says where it could not begin the command `words` in a container of `pod` at all.
    pub(crate) fn not_started(&self, words: &[String], pod: &str, at: Time) -> Option<String> {
        Some(Missing::of(words, self.exit_code?, &self.output)?.text(pod, at))
    }
}

/// How long a command is looked ahead, virtual time.
const LOOK_AHEAD: Duration = Duration::from_secs(600);
/// How often something may happen in it until then.
const LOOKS: usize = 2_000;

impl Runtime {
    /// What `command` gives when it is run in a running instance now. It is run ahead of time on a copy of the container,
    /// so that whoever asks knows at once how long it takes; with `effects` it is then run in the container itself too.
    /// None where the instance does not run.
    pub fn exec(
        &mut self,
        uid: &Rc<str>,
        id: u64,
        command: Command<'_>,
        effects: bool,
        setup: &mut dyn FnMut(&mut Disks, &World) -> Rc<Setup>,
        world: &mut World,
    ) -> Option<ExecAnswer> {
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        let now = world.now;
        let live = Rc::make_mut(self.pods.get_mut(uid)?).live.get_mut(&id)?;
        let process = live.process.as_mut()?;
        if let Some(answer) = process.told(&words, now) {
            return Some(answer);
        }
        let disks = &mut self.disks;
        let (mut ahead, pid) = process.ahead(&words, command.input, effects, now, &mut || setup(disks, world));
        if effects {
            live.token = live.token.wrapping_add(1);
            let timer = Timer::Process { pod: uid.clone(), id, token: live.token };
            world.wake(Duration::ZERO, Due::Runtime(timer));
        }
        let mut copy = self.disks.clone();
        let (mut lines, mut requests) = (Vec::new(), Vec::new());
        let mut replies: Vec<(crate::cluster::Time, u32, super::Reply)> = Vec::new();
        let (mut at, mut after, mut code) = (now, None, 0);
        for _ in 0..LOOKS {
            if at.since(now) > LOOK_AHEAD {
                break;
            }
            let mut outside = Outside { now: at, disks: &mut copy, lines: &mut lines, requests: &mut requests };
            let state = ahead.advance(&mut outside);
            lines.clear();
            if let Some(ended) = ahead.ended(pid) {
                (after, code) = (Some(at.since(now)), ended);
                break;
            }
            for (ticket, request) in std::mem::take(&mut requests) {
                for (takes, reply) in preview(self, uid, id, request, effects, world) {
                    replies.push((at + takes, ticket, reply));
                }
            }
            let next = replies.iter().map(|(at, ..)| *at).min();
            let wakes = match state {
                MachineState::Runs(wakes) => wakes.filter(|wakes| *wakes > at),
                MachineState::Exited(_) | MachineState::OutOfMemory => {
                    (after, code) = (Some(at.since(now)), 137);
                    break;
                }
            };
            let Some(soon) = [next, wakes].into_iter().flatten().min() else { break };
            at = at.max(soon);
            for (_, ticket, reply) in replies.extract_if(.., |(due, ..)| *due <= at) {
                ahead.reply(ticket, reply);
            }
        }
        let captured = ahead.captured();
        let output = String::from_utf8_lossy(&captured.all).into_owned();
        Some(ExecAnswer { after, code, output, stdout: captured.stdout, stderr: captured.stderr })
    }
}
