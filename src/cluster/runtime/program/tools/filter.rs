//! Programs that read their input (files or standard input) and write something of it, line by line or in chunks. One
//! loop reads for all of them; a [`Kind`] says what becomes of a line.

mod begin;
mod work;

use std::collections::VecDeque;
use std::rc::Rc;

use super::super::machine::{Block, Body, Cx, Io, Read, Step, Variables};
use super::super::shell::Shell;
use super::Options;
use super::lines::{self, Cut, Sort, Translate, Uniq};
use super::regex::Regex;
use super::{awk, grep, sed, tar};

pub(super) use begin::begin;

/// A filter at work.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    kind: Kind,
    /// The names of its files; `-` is standard input.
    inputs: Vec<Rc<str>>,
    next: usize,
    handle: Option<u32>,
    /// What was read of a line that is not complete.
    rest: Vec<u8>,
    status: i32,
}

/// What a filter does.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// `cat`; the number of the next line, and whether empty ones count.
    Cat(Option<(u64, bool)>),
    Head {
        count: Count,
        left: u64,
        headings: bool,
    },
    Tail {
        count: Count,
        lines: VecDeque<Vec<u8>>,
        seen: u64,
        bytes: usize,
    },
    /// `tee`: the handles it writes to beside its output.
    Tee(Vec<u32>),
    Wc(lines::Wc),
    Cut(Cut),
    Translate(Translate),
    Sort(Box<Sort>),
    Uniq(Uniq),
    Grep(Box<grep::Grep>),
    Sed(Box<sed::Sed>),
    Awk(Box<awk::Awk>),
    /// `rev`
    Reverse,
    /// `tac`, `paste -s`, `base64`, `shuf`: everything is needed first.
    Whole(lines::Whole),
    /// The width, and how much of a line has been written.
    Fold(usize, usize),
    /// A shell whose commands come from its input.
    Script(Variables, Vec<Rc<str>>, Vec<u8>),
    /// `tar -x` and `-t`
    Untar(Box<tar::Unpack>),
}

/// How much of an input: lines or bytes; from its beginning (`+N`), from its end, or all but so many (`-N`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub number: u64,
    pub bytes: bool,
    pub from_start: bool,
    pub all_but: bool,
}

impl Count {
    /// Reads `10`, `+3`, `-5`, `2k`.
    pub fn read(text: &str, bytes: bool) -> Result<Count, String> {
        let digits = text.trim_start_matches(['+', '-']);
        let number = super::files::size(digits).ok_or_else(|| format!("invalid number '{text}'"))?;
        Ok(Count { number, bytes, from_start: text.starts_with('+'), all_but: text.starts_with('-') })
    }

    /// The end of `all` that `tail` shows.
    pub fn of<'a>(&self, all: &'a [u8]) -> &'a [u8] {
        let number = usize::try_from(self.number).unwrap_or(usize::MAX);
        if self.bytes {
            let start = if self.from_start { number.saturating_sub(1) } else { all.len().saturating_sub(number) };
            return all.get(start.min(all.len())..).unwrap_or_default();
        }
        let mut starts: Vec<usize> = vec![0];
        starts.extend(all.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1));
        if starts.last() == Some(&all.len()) {
            starts.pop();
        }
        let first = if self.from_start { number.saturating_sub(1) } else { starts.len().saturating_sub(number) };
        starts.get(first).and_then(|start| all.get(*start..)).unwrap_or_default()
    }
}

/// The descriptor of the input that is read: it closes with the process, however that ends.
const OWN: u8 = 255;

/// What happens after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Goes,
    /// Nothing more of this file is wanted.
    Next,
    /// The program ends with this code.
    Quits(i32),
}

/// How much is held in memory for programs that need everything first.
pub(super) const HELD: usize = 4 << 20;

/// `tail` without `-f`.
pub(super) fn tail(names: Vec<Rc<str>>, count: Count) -> Filter {
    Filter::new(Kind::Tail { count, lines: VecDeque::new(), seen: 0, bytes: 0 }, names)
}

/// A shell that reads its commands from its input.
pub(super) fn script(environment: Variables, options: Vec<Rc<str>>) -> Filter {
    Filter::new(Kind::Script(environment, options, Vec::new()), Vec::new())
}

/// The value of `expr`.
pub(super) fn expr(words: &[&str]) -> Result<String, String> {
    lines::expr(words)
}

impl Options<'_> {}

impl Filter {
    pub(super) fn new(kind: Kind, inputs: Vec<Rc<str>>) -> Filter {
        let inputs = if inputs.is_empty() { vec!["-".into()] } else { inputs };
        Filter { kind, inputs, next: 0, handle: None, rest: Vec::new(), status: 0 }
    }

    /// It has no input at all.
    pub(super) fn reads_nothing(&mut self) {
        self.next = self.inputs.len();
    }

    /// Bytes of memory it holds.
    pub fn used(&self) -> usize {
        self.rest.len()
            + match &self.kind {
                Kind::Tail { bytes, .. } => *bytes,
                Kind::Sort(sort) => sort.used(),
                Kind::Whole(whole) => whole.used(),
                Kind::Awk(awk) => awk.used(),
                Kind::Sed(sed) => sed.used(),
                Kind::Script(_, _, text) => text.len(),
                Kind::Untar(unpack) => unpack.data.len(),
                _ => 0,
            }
    }

    fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Cat(_) => "cat",
            Kind::Head { .. } => "head",
            Kind::Tail { .. } => "tail",
            Kind::Tee(_) => "tee",
            Kind::Wc(_) => "wc",
            Kind::Cut(_) => "cut",
            Kind::Translate(_) => "tr",
            Kind::Sort(_) => "sort",
            Kind::Uniq(_) => "uniq",
            Kind::Grep(_) => "grep",
            Kind::Sed(_) => "sed",
            Kind::Awk(_) => "awk",
            Kind::Reverse => "rev",
            Kind::Whole(_) => "tac",
            Kind::Fold(..) => "fold",
            Kind::Script(..) => "sh",
            Kind::Untar(_) => "tar",
        }
    }

    /// One step: the next chunk of input.
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if io.failed.is_some() {
            let error = io.failed.take().unwrap_or_default();
            io.complain(cx, &format!("{}: write error: {error}", self.name()));
            return Step::Exit(1);
        }
        let mut out = Vec::new();
        let Some(handle) = self.handle else { return self.open(io, cx) };
        match cx.read(handle, 32_768) {
            Read::Wait => Step::Block(Block::Readable(handle)),
            Read::End => {
                let mut flow = Flow::Goes;
                let line = std::mem::take(&mut self.rest);
                if !line.is_empty() {
                    flow = self.line(&line, false, &mut out);
                }
                self.file_ends(&mut out);
                self.close(io, cx);
                self.print(&out, io, cx);
                match flow {
                    Flow::Quits(code) => Step::Exit(code),
                    _ => Step::Go,
                }
            }
            Read::Data(data) => {
                let flow = self.data(&data, &mut out, io, cx);
                self.print(&out, io, cx);
                match flow {
                    Flow::Goes => Step::Go,
                    Flow::Next => {
                        self.rest.clear();
                        out.clear();
                        self.file_ends(&mut out);
                        self.print(&out, io, cx);
                        self.close(io, cx);
                        Step::Go
                    }
                    Flow::Quits(code) => Step::Exit(code),
                }
            }
        }
    }

    fn print(&mut self, out: &[u8], io: &mut Io, cx: &mut Cx) {
        io.write(cx, 1, out);
        if let Kind::Awk(awk) = &mut self.kind {
            awk.flush(io, cx);
        }
        if let Kind::Sed(sed) = &mut self.kind {
            sed.flush(io, cx);
        }
    }

    fn close(&mut self, io: &mut Io, cx: &mut Cx) {
        if self.handle.take().is_some() {
            io.close(OWN, cx.kernel);
        }
    }

    /// Opens the next input, or ends.
    fn open(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if let Kind::Awk(awk) = &mut self.kind
            && let Some(step) = awk.begins(io, cx)
        {
            return step;
        }
        let Some(name) = self.inputs.get(self.next).cloned() else { return self.over(io, cx) };
        self.next += 1;
        if let Kind::Awk(awk) = &mut self.kind
            && awk.assigns(&name)
        {
            return Step::Go;
        }
        let opened = if &*name == "-" {
            match io.fds.get(&0) {
                Some(handle) => Ok(cx.kernel.duplicate(*handle)),
                None => return Step::Go,
            }
        } else {
            let path = io.path(&name);
            match cx.files(io.user).stat(&path, true) {
                Ok(stat) if stat.is_folder() => Err("Is a directory".to_owned()),
                _ => cx.open_file(&path, None, false, io).map_err(|error| error.to_string()),
            }
        };
        match opened {
            Ok(handle) => {
                self.handle = Some(handle);
                io.set(OWN, handle, cx.kernel);
                let mut out = Vec::new();
                match &mut self.kind {
                    Kind::Head { count, left, headings } => {
                        *left = count.number;
                        if *headings {
                            let gap = if self.next > 1 { "\n" } else { "" };
                            out.extend_from_slice(format!("{gap}==> {name} <==\n").as_bytes());
                        }
                        if count.number == 0 {
                            self.close(io, cx);
                        }
                    }
                    Kind::Tail { lines, .. } if self.inputs.len() > 1 => {
                        lines.clear();
                        let gap = if self.next > 1 { "\n" } else { "" };
                        out.extend_from_slice(format!("{gap}==> {name} <==\n").as_bytes());
                    }
                    Kind::Grep(grep) => grep.file(&name),
                    Kind::Sed(sed) => sed.file(&name, self.next == self.inputs.len()),
                    Kind::Awk(awk) => awk.file(&name),
                    Kind::Wc(wc) => wc.file(&name),
                    _ => {}
                }
                io.write(cx, 1, &out);
            }
            Err(error) => {
                let silent = matches!(&self.kind, Kind::Grep(grep) if grep.silent());
                if !silent {
                    let text = match self.kind {
                        Kind::Cat(_) | Kind::Tail { .. } if error.starts_with("Is a") => format!("read error: {error}"),
                        Kind::Cat(_) | Kind::Tail { .. } | Kind::Uniq(_) => format!("can't open '{name}': {error}"),
                        _ => format!("{name}: {error}"),
                    };
                    io.complain(cx, &format!("{}: {text}", self.name()));
                }
                self.status = match &self.kind {
                    Kind::Grep(_) | Kind::Awk(_) | Kind::Sort(_) => 2,
                    _ => 1,
                };
            }
        }
        Step::Go
    }

    /// All inputs are read.
    fn over(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let mut out = Vec::new();
        let mut status = self.status;
        match &mut self.kind {
            Kind::Sort(sort) => match sort.finish(&mut out) {
                Some(file) => {
                    let path = io.path(&file);
                    if cx.files(io.user).put(&path, &out, 0o644).is_err() {
                        status = 2;
                    }
                    out.clear();
                }
                None => status = status.max(sort.status()),
            },
            Kind::Uniq(uniq) => uniq.finish(&mut out),
            Kind::Untar(unpack) if status == 0 => status = unpack.finish(&mut out, io, cx),
            Kind::Whole(whole) => whole.finish(&mut out, &mut |below| cx.kernel.random() as usize % below.max(1)),
            Kind::Wc(wc) => wc.finish(&mut out),
            Kind::Grep(grep) => status = grep.finish(status),
            Kind::Sed(sed) => {
                status = sed.finish(&mut out).unwrap_or(status);
            }
            Kind::Awk(awk) => {
                if let Some(code) = awk.finish(&mut out) {
                    self.print(&out, io, cx);
                    return Step::Exit(if code == 0 { status } else { code });
                }
            }
            Kind::Script(environment, options, text) => {
                let text = String::from_utf8_lossy(text).into_owned();
                let mut shell = Shell::new(&text, "sh".into(), [].into(), environment.clone(), io.pid);
                for option in options.iter() {
                    shell.switch(option.get(1..).unwrap_or_default(), option.starts_with('-'));
                }
                return Step::Become(Body::Shell(Box::new(shell)));
            }
            _ => {}
        }
        self.print(&out, io, cx);
        if let Kind::Tee(handles) = &mut self.kind {
            for handle in std::mem::take(handles) {
                cx.kernel.close(handle);
            }
        }
        Step::Exit(status)
    }
}

/// A regular expression of a text that people wrote, with its own words for what is wrong.
pub(super) fn regex(text: &str, extended: bool, ignore_case: bool) -> Result<Regex, String> {
    Regex::new(text, extended, ignore_case)
}
