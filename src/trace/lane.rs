//! The timeline: a lane for each container, with what it was from when to when, and marks.

use std::rc::Rc;

use super::Tone;
use super::scene::Role;
use crate::cluster::{ObjectKey, Time};

/// The life of one container of one Pod; the lanes of a Pod come in the order of its spec.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The Pod.
    pub pod: ObjectKey,
    /// The Pod's uid: two Pods of one name, one after the other, have lanes of their own.
    pub uid: Rc<str>,
    /// The container's name.
    pub container: Rc<str>,
    /// What it is in the Pod.
    pub role: Role,
    /// Its states in order of time; each ends where the next begins.
    pub spans: Vec<LaneSpan>,
    /// What happened to it, in order of time.
    pub marks: Vec<Mark>,
}

/// One state of a container, from an instant to another.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneSpan {
    /// When it began.
    pub from: Time,
    /// When it ended; the end of what has been run where it lasts on.
    pub to: Time,
    /// What it looks like.
    pub tone: Tone,
    /// The state in one word (`Running`, `CrashLoopBackOff`).
    pub word: Rc<str>,
    /// What there is to say more (`exit code 1`), or nothing.
    pub detail: Rc<str>,
}

/// Something that happened at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When.
    pub at: Time,
    /// What kind of thing.
    pub kind: MarkKind,
    /// The words.
    pub text: Rc<str>,
}

/// The kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// An Event about it, `Normal`.
    Event,
    /// An Event about it, `Warning`.
    Warning,
    /// A probe passed.
    ProbeOk,
    /// A probe failed.
    ProbeFailed,
    /// A hook began or ended.
    Hook,
    /// A signal reached it.
    Signal,
    /// It ended.
    Exit,
    /// A person acted on its Pod.
    Action,
}

impl MarkKind {
    /// Its name in style sheets and message ids (`probe-failed`).
    pub fn id(self) -> &'static str {
        match self {
            MarkKind::Event => "event",
            MarkKind::Warning => "warning",
            MarkKind::ProbeOk => "probe-ok",
            MarkKind::ProbeFailed => "probe-failed",
            MarkKind::Hook => "hook",
            MarkKind::Signal => "signal",
            MarkKind::Exit => "exit",
            MarkKind::Action => "action",
        }
    }
}
