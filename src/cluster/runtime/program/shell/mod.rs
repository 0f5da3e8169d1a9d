//! Commands that can be interpreted: a small part of the POSIX shell, and the tools it calls.
//!
//! `parse` makes a syntax tree of the text, `code` makes instructions of the tree, `machine` runs them in virtual
//! time. The machine's state is plain data, so that a checkpoint copies it.

mod arithmetic;
mod code;
mod machine;
mod parse;
mod tools;
mod word;

use std::rc::Rc;

use super::catalogue::Image;
use code::Code;
pub(super) use machine::{Machine, OnTerminate};

/// A command that can be interpreted, with what it is run in.
#[derive(Debug)]
pub(super) struct Script {
    code: Rc<Code>,
    environment: Vec<(String, String)>,
    image: Option<&'static Image>,
}

/// Whether a command can be interpreted.
pub(super) enum Known {
    /// It can.
    Script(Script),
    /// Its program is not in the image.
    Missing(String),
    /// Nothing is known of it.
    No,
}

impl Script {
    /// The script of a container's `command` and `args`, given as one list of words.
    pub fn of_command(words: &[&str], image: Option<&'static Image>, environment: Vec<(String, String)>) -> Known {
        let Some((&program, arguments)) = words.split_first() else { return Known::No };
        let base = program.rsplit('/').next().unwrap_or(program);
        let code = if tools::is_shell(base) {
            match shell_text(arguments) {
                Some(text) => Code::of_text(text),
                // A shell that is given no text reads its standard input, which is empty.
                None if arguments.is_empty() => Code::of_text("exit 0"),
                None => return Known::No,
            }
        } else if tools::is_known(base) || tools::server(base, arguments).is_some() {
            Code::of_words(words)
        } else if image.is_some_and(|image| image.has_shell && !program.contains('/')) {
            return Known::Missing(program.to_owned());
        } else {
            return Known::No;
        };
        Known::Script(Script { code: Rc::new(code), environment, image })
    }

    /// The image it runs in, where that is known.
    pub fn image(&self) -> Option<&'static Image> {
        self.image
    }
}

/// The text of `sh -c TEXT`, with options such as `-e` before or in the same word (`-ec`).
fn shell_text<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        if !argument.starts_with('-') {
            return None;
        }
        if !argument.starts_with("--") && argument.ends_with('c') {
            return arguments.next().copied();
        }
    }
    None
}
