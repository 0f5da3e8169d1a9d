//! What is shown to the person: a finding with its place in the text and the ways to mend it.

use std::borrow::Cow;

use crate::text::{Span, TextEdit};

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The cluster refuses the document.
    Error,
    /// The cluster accepts it and says `Warning: …`.
    Warning,
    /// The cluster says nothing; Podlab does.
    Advice,
}

/// One finding at one place of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The rule (`pod/restart-policy`, `yaml/tab`); leads to its explanation.
    pub code: Cow<'static, str>,
    /// How much it weighs.
    pub severity: Severity,
    /// The exact key or value; the parent's key where something is missing.
    pub span: Span,
    /// The field path as the server prints it, empty for faults of the text.
    pub path: String,
    /// The server's own text.
    pub message: String,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// Ways to mend it, the best first.
    pub fixes: Vec<Fix>,
}

/// Another place that a diagnostic speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there, as a field path.
    pub path: String,
}

/// One click that mends a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The message of `locales/*.ftl` that names it (`fix-tabs-to-spaces`).
    pub id: &'static str,
    /// The value that the message's `{ $value }` stands for, empty where it has none.
    pub value: String,
    /// What changes in the text; the edits do not overlap.
    pub edits: Vec<TextEdit>,
}
