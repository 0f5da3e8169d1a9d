//! Why a text is no YAML, in go-yaml's words.

use std::borrow::Cow;
use std::fmt;

use super::scan::Mark;
use crate::text::Span;

/// A fault of the text; prints as go-yaml prints it behind `yaml: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line go-yaml names: 1-based for the scanner, one too low for the parser, absent where that gives 0
    /// (go-yaml: decode.go parser.fail).
    pub line: Option<usize>,
    /// What is wrong (`did not find expected key`).
    pub problem: Cow<'static, str>,
    /// The place, a byte offset; may be the end of the text.
    pub offset: usize,
    /// Where the construct began in which it was found: the open quote, the mapping.
    pub context: Option<usize>,
}

impl SyntaxError {
    /// The scanner found it; go-yaml counts its lines from 1, and says nothing of the first.
    pub(super) fn scanner(problem: &'static str, mark: Mark, context: Mark) -> Self {
        let line = (mark.line != 0).then_some(mark.line + 1);
        Self { line, problem: problem.into(), offset: mark.offset, context: Some(context.offset) }
    }

    /// The parser found it; go-yaml forgets to count its lines from 1.
    pub(super) fn parser(problem: &'static str, mark: Mark, context: Mark) -> Self {
        let line = [mark.line, context.line].into_iter().find(|line| *line != 0);
        Self { line, problem: problem.into(), offset: mark.offset, context: Some(context.offset) }
    }

    /// The reader found it.
    pub(super) fn reader(problem: &'static str, mark: Mark) -> Self {
        Self { line: None, problem: problem.into(), offset: mark.offset, context: None }
    }

    /// It was found in what the text says, not in how.
    pub(super) fn meaning(problem: impl Into<Cow<'static, str>>, span: Span) -> Self {
        Self { line: None, problem: problem.into(), offset: span.start, context: None }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "yaml: line {line}: {}", self.problem),
            None => write!(f, "yaml: {}", self.problem),
        }
    }
}

impl std::error::Error for SyntaxError {}
