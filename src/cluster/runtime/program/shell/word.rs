//! Words of the shell: text with quotes, variables, arithmetic and substituted commands in it.

use std::rc::Rc;

use super::code::Code;

/// A word before expansion.
#[derive(Clone, Debug, Default)]
pub(super) struct Word(pub Vec<Part>);

/// A part of a word.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Text as it stands.
    Text(String),
    /// A variable; `quoted` ones are not split at blanks.
    Variable {
        /// Its name, or one of `?`, `$`, `#`, `0`.
        name: String,
        /// What stands for it when it is unset or empty (`${X:-y}`).
        default: Option<String>,
        /// Whether it stands in double quotes.
        quoted: bool,
    },
    /// `$((…))`.
    Arithmetic(String),
    /// `$(…)` or backquotes.
    Command {
        /// What is run.
        code: Rc<Code>,
        /// Whether it stands in double quotes.
        quoted: bool,
    },
    /// Quotes around nothing: an empty word is still a word.
    EmptyQuotes,
}

impl Word {
    /// A word of plain text.
    pub fn text(text: &str) -> Self {
        Word(vec![Part::Text(text.to_owned())])
    }

    /// The text, where nothing in it has to be expanded.
    pub fn plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}
