//! The little language that says what a container's program does: `run=5 exit=1,1,0 term=3:0 ready=20-40`.
//!
//! It is the language of the recordings (`tests/truth/traces/README.md`) plus `pull` and what comes after it, and the value of the annotation
//! `podlab.dev/sim.<container>` (`docs/annotations.md`). Lists are indexed by the instance of the container, from 0;
//! the last element repeats.

mod parse;

use std::fmt;
use std::time::Duration;

pub use parse::parse;

/// The annotation that carries it for a container is this followed by the container's name.
pub const ANNOTATION_PREFIX: &str = "podlab.dev/sim.";

/// What a container's program does, instance by instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Sim {
    /// How long each instance runs by itself; `None` is for ever.
    pub run: Vec<Option<Duration>>,
    /// How each instance ends then.
    pub exit: Vec<Exit>,
    /// What it does on SIGTERM.
    pub term: OnTerm,
    /// When the startup probe fails.
    pub startup: Faults,
    /// When the liveness probe fails.
    pub live: Faults,
    /// When the readiness probe fails.
    pub ready: Faults,
    /// The port it listens on, and how long after its start.
    pub http: Option<(u16, Duration)>,
    /// What it writes to the termination message file when it ends.
    pub message: Option<String>,
    /// The instances that cannot be started.
    pub start_error: Instances,
    /// The instances that cannot be created.
    pub create_error: Instances,
    /// How its image is pulled, where that is said.
    pub pull: Option<PullRule>,
    /// How much memory each instance uses, bytes.
    pub memory: Vec<u64>,
    /// What it passes on, as a proxy does.
    pub forward: Vec<Forward>,
    /// The files whose lines it ships, by pattern, as a log agent does.
    pub tail: Vec<String>,
    /// Where it ships them to: `host:port`, or `stdout`.
    pub ship: Option<String>,
    /// How it answers simulated users.
    pub serves: Serves,
}

/// A port that is passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The port it listens on.
    pub port: u16,
    /// Where it leads: `host:port`, in which `$NAME` is a variable of the container's environment.
    pub to: String,
}

/// What a program makes of the requests of simulated users; what is not said follows from its resources.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Serves {
    /// How many requests it answers a second at most.
    pub capacity: Option<u32>,
    /// The CPU that one request a second takes, billionths of a core.
    pub cpu: Option<u64>,
    /// How long an answer takes when nobody waits before it.
    pub latency: Option<Duration>,
}

/// How a process ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// Killed for using more memory than its limit: 137, `OOMKilled`.
    Oom,
}

/// What a process does when SIGTERM comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTerm {
    /// It goes on as if nothing were.
    Ignore,
    /// It exits a while later.
    Exit {
        /// How long it takes.
        after: Duration,
        /// The exit code.
        code: i32,
    },
}

/// When a probe fails: for each instance, intervals since its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults(pub Vec<Vec<Fault>>);

/// One interval in which a probe does not pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// From this age of the instance on.
    pub from: Duration,
    /// Up to this age; `None` is for ever.
    pub to: Option<Duration>,
    /// Whether the probe gets no answer at all, rather than a bad one.
    pub hangs: bool,
}

/// Some instances of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    /// None of them.
    #[default]
    None,
    /// Every one.
    All,
    /// These, from 0.
    Some(Vec<u32>),
}

/// How an image is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullRule {
    /// It takes this long.
    Takes(Duration),
    /// It cannot be had.
    Fails,
}

/// What a probe meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A good answer.
    Passes,
    /// A bad answer.
    Fails,
    /// No answer.
    Hangs,
}

/// A word that does not belong to the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimError {
    /// Where the word begins in the text, in bytes.
    pub offset: usize,
    /// The word.
    pub word: String,
    /// What is wrong with it.
    pub fault: SimFault,
}

/// What is wrong with a word of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimFault {
    /// No such key.
    UnknownKey,
    /// The value cannot be read.
    BadValue,
    /// The key stands twice.
    Twice,
}

impl fmt::Display for SimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = &self.word;
        match self.fault {
            SimFault::UnknownKey => write!(f, "`{word}` is not known; known are {}", parse::KEYS.join(", ")),
            SimFault::BadValue => write!(f, "the value of `{word}` cannot be read"),
            SimFault::Twice => write!(f, "`{word}` is said twice"),
        }
    }
}

impl std::error::Error for SimError {}

impl Default for Sim {
    /// A server that runs for ever, passes its probes and dies of SIGTERM at once.
    fn default() -> Self {
        Self {
            run: Vec::new(),
            exit: Vec::new(),
            term: OnTerm::Exit { after: Duration::ZERO, code: 143 },
            startup: Faults::default(),
            live: Faults::default(),
            ready: Faults::default(),
            http: None,
            message: None,
            start_error: Instances::None,
            create_error: Instances::None,
            pull: None,
            memory: Vec::new(),
            forward: Vec::new(),
            tail: Vec::new(),
            ship: None,
            serves: Serves::default(),
        }
    }
}

/// The element for `instance`; the last one repeats.
fn of_instance<T>(list: &[T], instance: u32) -> Option<&T> {
    list.get(instance as usize).or_else(|| list.last())
}

impl Sim {
    /// How long `instance` runs by itself; `None` is for ever.
    pub fn runs(&self, instance: u32) -> Option<Duration> {
        of_instance(&self.run, instance).copied().flatten()
    }

    /// How much memory `instance` uses, bytes, where that is said.
    pub fn memory(&self, instance: u32) -> Option<u64> {
        of_instance(&self.memory, instance).copied()
    }

    /// How `instance` ends then.
    pub fn exits(&self, instance: u32) -> Exit {
        of_instance(&self.exit, instance).copied().unwrap_or(Exit::Code(0))
    }
}

impl Instances {
    /// Whether `instance` is one of them.
    pub fn contains(&self, instance: u32) -> bool {
        match self {
            Instances::None => false,
            Instances::All => true,
            Instances::Some(list) => list.contains(&instance),
        }
    }
}

impl Faults {
    /// What a probe meets that asks `instance` at `age` after its start.
    pub fn verdict(&self, instance: u32, age: Duration) -> Verdict {
        let fault = of_instance(&self.0, instance)
            .and_then(|faults| faults.iter().find(|fault| age >= fault.from && fault.to.is_none_or(|to| age < to)));
        match fault {
            None => Verdict::Passes,
            Some(fault) if fault.hangs => Verdict::Hangs,
            Some(_) => Verdict::Fails,
        }
    }
}
