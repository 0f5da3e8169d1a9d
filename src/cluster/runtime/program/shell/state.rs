//! What a shell knows: variables, functions, options, traps, and where it is in its script.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::machine::{Io, Variable, Variables};
use super::frames::Frame;
use super::parse::parse;
use super::tree::Node;

/// The options of `set`.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Options {
    pub exit_on_error: bool,
    pub unset: bool,
    pub trace: bool,
    pub no_glob: bool,
    pub no_run: bool,
    pub export_all: bool,
    pub pipe_fail: bool,
}

/// A substituted command at work.
#[derive(Clone, Debug)]
pub(super) struct Substitution {
    pub pid: u32,
    pub handle: Option<u32>,
    pub output: Vec<u8>,
}

/// A shell at work.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(super) variables: Variables,
    pub(super) functions: Rc<BTreeMap<Rc<str>, Rc<Node>>>,
    /// `$1` and on.
    pub(super) arguments: Rc<[Rc<str>]>,
    /// `$0`.
    pub(super) name: Rc<str>,
    pub(super) frames: Vec<Frame>,
    /// `$?`
    pub(super) status: i32,
    /// `$$`
    pub(super) pid: u32,
    /// `$!`
    pub(super) background: Option<u32>,
    /// Children in the background that were not waited for.
    pub(super) jobs: Vec<u32>,
    /// How those ended that were waited for.
    pub(super) ended: BTreeMap<u32, i32>,
    pub(super) options: Options,
    /// What `trap` says by signal; 0 is the end.
    pub(super) traps: BTreeMap<u8, Rc<str>>,
    /// Trapped signals that came.
    pub(super) heard: Vec<u8>,
    /// The outputs of commands that were substituted in what is being expanded.
    pub(super) memo: Vec<Rc<str>>,
    pub(super) memo_used: usize,
    pub(super) substitution: Option<Substitution>,
    /// How the last substituted command of this command ended.
    pub(super) substituted: Option<i32>,
    /// It ends with this code once the trap of its end is done.
    pub(super) ending: Option<i32>,
    pub(super) line: u32,
    /// Failures do not end it: it was forked inside a condition.
    pub(super) tolerant: bool,
    /// Where `getopts` is in an argument.
    pub(super) option_at: usize,
    /// Bytes in variables and functions, about.
    pub(super) held: usize,
}

impl Shell {
    /// A shell that will run `text` with these words as `$0` and its arguments.
    pub fn new(text: &str, name: Rc<str>, arguments: Rc<[Rc<str>]>, variables: Variables, pid: u32) -> Shell {
        let node = parse(text);
        let mut shell = Shell {
            variables,
            functions: Rc::default(),
            arguments,
            name,
            frames: Vec::new(),
            status: 0,
            pid,
            background: None,
            jobs: Vec::new(),
            ended: BTreeMap::new(),
            options: Options::default(),
            traps: BTreeMap::new(),
            heard: Vec::new(),
            memo: Vec::new(),
            memo_used: 0,
            substitution: None,
            substituted: None,
            ending: None,
            line: 1,
            tolerant: false,
            option_at: 0,
            held: 0,
        };
        shell.frames.push(Frame::Node(node));
        shell
    }

    /// Switches options on as they stand before `-c`: `-e`, `-eu`, `-o pipefail` is `o`.
    pub fn switch(&mut self, letters: &str, on: bool) {
        for letter in letters.chars() {
            match letter {
                'e' => self.options.exit_on_error = on,
                'u' => self.options.unset = on,
                'x' => self.options.trace = on,
                'f' => self.options.no_glob = on,
                'n' => self.options.no_run = on,
                'a' => self.options.export_all = on,
                _ => {}
            }
        }
    }

    /// The same shell for a child, which runs `node` and nothing else.
    pub(super) fn fork(&self, node: Node) -> Shell {
        let traps = self.traps.iter().filter(|(_, action)| action.is_empty());
        Shell {
            variables: self.variables.clone(),
            functions: self.functions.clone(),
            arguments: self.arguments.clone(),
            name: self.name.clone(),
            frames: vec![Frame::Node(node)],
            jobs: Vec::new(),
            ended: BTreeMap::new(),
            traps: traps.map(|(signal, action)| (*signal, action.clone())).collect(),
            heard: Vec::new(),
            memo: Vec::new(),
            memo_used: 0,
            substitution: None,
            substituted: None,
            ending: None,
            tolerant: self.tolerant || self.in_condition(),
            ..*self
        }
    }

    /// The value of a variable.
    pub(super) fn value(&self, name: &str) -> Option<Rc<str>> {
        self.variables.get(name)?.value.clone()
    }

    /// The value of a parameter: a variable, an argument or one of the special ones.
    pub(super) fn parameter(&self, name: &str, io: &Io) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some(self.pid.to_string()),
            "!" => self.background.map(|pid| pid.to_string()),
            "#" => Some(self.arguments.len().to_string()),
            "0" => Some(self.name.to_string()),
            "-" => {
                let o = &self.options;
                let letters = [('e', o.exit_on_error), ('f', o.no_glob), ('u', o.unset), ('x', o.trace)];
                Some(letters.iter().filter(|(_, on)| *on).map(|(letter, _)| *letter).collect())
            }
            "LINENO" => Some(self.line.to_string()),
            "PPID" => Some(io.parent.to_string()),
            "PWD" if self.value("PWD").is_none() => Some(io.folder.to_string()),
            _ => match name.parse::<usize>() {
                Ok(number) => self.arguments.get(number.checked_sub(1)?).map(Rc::to_string),
                Err(_) => self.value(name).map(|value| value.to_string()),
            },
        }
    }

    /// Gives a variable a value.
    pub(super) fn assign(&mut self, name: &str, value: &str) -> Result<(), String> {
        let export_all = self.options.export_all;
        if self.variables.get(name).is_some_and(|variable| variable.read_only) {
            return Err(format!("{name}: is read only"));
        }
        self.held += value.len();
        let variables = Rc::make_mut(&mut self.variables);
        match variables.get_mut(name) {
            Some(variable) => {
                self.held = self.held.saturating_sub(variable.value.as_deref().map_or(0, str::len));
                variable.value = Some(value.into());
                variable.exported |= export_all;
            }
            None => {
                self.held += name.len() + 64;
                let variable = Variable { value: Some(value.into()), exported: export_all, read_only: false };
                variables.insert(name.into(), variable);
            }
        }
        Ok(())
    }

    /// Puts a variable back to what it was.
    pub(super) fn restore(&mut self, name: &str, before: Option<Variable>) {
        let variables = Rc::make_mut(&mut self.variables);
        match before {
            Some(variable) => {
                variables.insert(name.into(), variable);
            }
            None => {
                variables.remove(name);
            }
        }
    }

    /// Bytes of memory it holds, about.
    pub fn used(&self) -> usize {
        let memo: usize = self.memo.iter().map(|text| text.len()).sum();
        self.held + memo + self.frames.len() * 64 + self.substitution.as_ref().map_or(0, |s| s.output.len())
    }
}
