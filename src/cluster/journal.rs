//! What happened, in order: the raw matter of every trace.

use std::rc::Rc;

use super::network::flow::Flow;
use super::{Action, Change, Decision, LoadSample, Time};

/// One thing that happened at one instant.
#[derive(Clone, Debug)]
pub struct Record {
    /// When, in virtual time.
    pub at: Time,
    /// What.
    pub what: Happening,
}

/// The kinds of things that happen.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An API object changed (Events are objects too).
    Changed(Rc<Change>),
    /// The container runtime did or saw something.
    Runtime(RuntimeNote),
    /// A container wrote a line.
    Log(LogLine),
    /// Files of a volume changed.
    Files(Rc<FileNote>),
    /// Something went from one party to another. It is noted when it leaves, or a moment later where several are told
    /// as one.
    Flow(Rc<Flow>),
    /// A part of the cluster decided something, with its reason.
    Decided(Decision),
    /// A second of load is over.
    Load(Rc<LoadSample>),
    /// A person did something.
    Acted(Rc<Action>),
}

/// Something the container runtime did or saw, for one container or sandbox.
#[derive(Clone, Debug, PartialEq)]
pub struct RuntimeNote {
    /// The uid of the Pod.
    pub pod: Rc<str>,
    /// The container; empty for the sandbox.
    pub container: Rc<str>,
    /// Which instance of the container, from 0.
    pub attempt: u32,
    /// What happened.
    pub event: RuntimeEvent,
}

/// What the runtime did or saw, named as the recordings name it.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names of the container runtime interface speak for themselves")]
pub enum RuntimeEvent {
    SandboxStarting,
    SandboxReady {
        ip: Rc<str>,
    },
    SandboxFailed {
        message: Rc<str>,
    },
    SandboxStopped,
    PullStarted {
        image: Rc<str>,
    },
    PullEnded {
        image: Rc<str>,
        error: Option<Rc<str>>,
    },
    Created,
    Started,
    StartFailed {
        message: Rc<str>,
    },
    /// A signal reached the container's first process (`TERM`, `KILL`).
    Signal {
        name: &'static str,
    },
    /// `StopContainer` was called: TERM now, KILL after this many seconds.
    Stopping {
        grace_seconds: i64,
    },
    Exited {
        code: i32,
        reason: Rc<str>,
    },
    Removed,
    /// A hook (`postStart`, `preStop`) began or ended.
    HookStarted {
        hook: &'static str,
    },
    HookEnded {
        hook: &'static str,
        ok: bool,
    },
    /// A probe (`startup`, `liveness`, `readiness`) gave a verdict.
    Probed {
        probe: &'static str,
        ok: bool,
        message: Rc<str>,
    },
}

/// One line that a container wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// The uid of the Pod.
    pub pod: Rc<str>,
    /// The container.
    pub container: Rc<str>,
    /// Which instance of it, from 0.
    pub attempt: u32,
    /// Whether it went to standard error.
    pub stderr: bool,
    /// The text, without the line's end.
    pub text: Rc<str>,
}

/// A change of a file in a volume.
#[derive(Clone, Debug, PartialEq)]
pub struct FileNote {
    /// The volume's key: `uid/name` for a Pod's own volumes, `claim/namespace/name`, `node/name/path`.
    pub disk: Rc<str>,
    /// The file's name from the volume's root.
    pub path: Rc<str>,
    /// What became of it.
    pub change: FileChange,
    /// Whose doing it is; none where it came from the API.
    pub by: Option<Toucher>,
}

/// A container that writes or reads a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toucher {
    /// The uid of the Pod.
    pub pod: Rc<str>,
    /// The container.
    pub container: Rc<str>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FileChange {
    /// These bytes were added at its end.
    Appended(Rc<[u8]>),
    /// These are its bytes now; it may be new. After them come so many zeros that are not kept.
    Set(Rc<Vec<u8>>, u64),
    /// It is a folder.
    Folder,
    /// It is a link to this path.
    Link(Rc<str>),
    /// It is gone, with everything below it.
    Removed,
    /// It was read; that is told now and then while the same container goes on reading.
    Read,
}
