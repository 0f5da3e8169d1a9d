//! Explanations: why something is as it is, what comes next, and which field of the manifest causes it.

use std::rc::Rc;
use std::time::Duration;

use crate::api::FieldPath;
use crate::cluster::{ObjectKey, Time};

/// Words for people, to be said in their language: a message of `locales/*.ftl` and what is filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// The message's id (`why-crash-back-off`).
    pub id: &'static str,
    /// The message's arguments by name.
    pub args: Vec<(&'static str, Fill)>,
}

/// What is filled into a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Fill {
    /// A text, the same in every language.
    Text(String),
    /// A length of time, told in the reader's way (`1 min 20 s`).
    Time(Duration),
    /// How many there are of something: the message may choose its words by it.
    Count(i64),
    /// So many bytes, told in the units of manifests (`1.5 GiB`).
    Bytes(u64),
}

impl Phrase {
    /// The message `id` with nothing filled in.
    pub fn new(id: &'static str) -> Self {
        Self { id, args: Vec::new() }
    }

    /// The same with `name` filled in.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with_fill(name, Fill::Text(value.into()))
    }

    /// The same with `name` filled in as it is.
    #[must_use]
    pub fn with_fill(mut self, name: &'static str, value: Fill) -> Self {
        self.args.push((name, value));
        self
    }

    /// The same with a number filled in.
    #[must_use]
    pub fn with_count(self, name: &'static str, value: impl Into<i64>) -> Self {
        self.with_fill(name, Fill::Count(value.into()))
    }

    /// The same with a length of time filled in.
    #[must_use]
    pub fn with_time(self, name: &'static str, value: Duration) -> Self {
        self.with_fill(name, Fill::Time(value))
    }
}

/// Why a Pod, a container of one, or an owner of Pods is in its state.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The state in one word, as the stage shows it.
    pub word: Rc<str>,
    /// Why it is so, the nearest cause first.
    pub because: Vec<Phrase>,
    /// What happens next, as far as the cluster knows.
    pub next: Option<Next>,
    /// The field that causes it, in the object the manifest holds.
    pub origin: Option<Origin>,
    /// What a person can do about it here and now.
    pub remedies: Vec<Remedy>,
}

/// Something that a person can do about a state.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Read what a container has written.
    ReadLog {
        /// Its Pod.
        pod: ObjectKey,
        /// Its name.
        container: Rc<str>,
    },
    /// Let the registry have an image, named as the manifest names it.
    LetPull(Rc<str>),
    /// Add a node like those that are there.
    AddNode,
    /// Bring a node back that nothing is heard of.
    BringBack(Rc<str>),
    /// Go back to the revision before (`kubectl rollout undo`).
    Undo(ObjectKey),
    /// Let a rollout go on that was paused (`kubectl rollout resume`).
    Resume(ObjectKey),
}

/// What happens next.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// When; none where it depends on something that has no time.
    pub at: Option<Time>,
    /// What.
    pub what: Phrase,
}

/// A field of an object that a manifest holds: of the Pod itself, or of the owner whose template made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The object of the manifest.
    pub object: ObjectKey,
    /// The field in it (`spec.template.spec.containers[0]`).
    pub path: FieldPath,
}
