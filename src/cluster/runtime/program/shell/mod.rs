//! The shell: the language of POSIX `sh`, with a few things that busybox and bash add.
//!
//! `parse` and `words` make a tree of the text; [`Shell`] walks it with a stack of frames, one step at a time, so that
//! it can stop at any command that takes time. Its state is plain data that points into the tree.

pub(super) mod arithmetic;
mod builtins;
mod command;
pub(super) mod escapes;
mod expand;
mod frames;
pub(super) mod glob;
mod parse;
pub(super) mod pattern;
pub(super) mod printf;
mod state;
pub(super) mod test;
mod tree;
mod words;

pub(super) use builtins::is_builtin;
pub(super) use frames::Heard;
pub(super) use parse::parse;
pub(super) use state::Shell;
pub(super) use tree::{Node, Part, Word};

/// Whether `program` is a shell that reads this language.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash")
}
