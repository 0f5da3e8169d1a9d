//! A change of one place of a text.

use serde::Serialize;

use super::Span;

/// Replaces the bytes of `span` by `replacement`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextEdit {
    /// What goes; empty where something is put in.
    pub span: Span,
    /// What comes.
    pub replacement: String,
}
