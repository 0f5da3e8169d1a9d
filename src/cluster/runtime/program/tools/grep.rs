//! `grep`

use std::rc::Rc;

use super::super::machine::{Cx, Io};
use super::Options;
use super::filter::{self, Filter, Flow, Kind};
use super::regex::Regex;

/// A `grep` at work.
#[derive(Clone, Debug)]
pub(in super::super) struct Grep {
    patterns: Rc<[Regex]>,
    options: Flags,
    most: Option<u64>,
    before: usize,
    after: usize,
    name: Rc<str>,
    names: bool,
    number: u64,
    found: u64,
    any: bool,
    /// Lines before a fit that may have to be shown, with their numbers.
    held: Vec<(u64, Vec<u8>)>,
    /// How many lines after a fit are still shown.
    trailing: usize,
    last_shown: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    invert: bool,
    count: bool,
    quiet: bool,
    numbers: bool,
    only: bool,
    list: bool,
    list_without: bool,
    whole_word: bool,
    whole_line: bool,
    silent: bool,
}

pub(super) fn begin(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Result<Filter, (String, i32)> {
    let options = Options::of(arguments, "efABCm");
    let mut texts: Vec<String> =
        options.values.iter().filter(|(letter, _)| *letter == 'e').map(|(_, text)| (*text).to_owned()).collect();
    let mut files = options.rest.clone();
    if let Some(file) = options.value('f') {
        let bytes = cx.files(io.user).read(&io.path(file)).map_err(|error| (format!("{file}: {error}"), 2))?;
        texts.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
    } else if texts.is_empty() {
        if files.is_empty() {
            return Err(("missing pattern".to_owned(), 2));
        }
        texts.push(files.remove(0).to_owned());
    }
    let extended = base == "egrep" || options.has('E') || options.has('P');
    let fixed = base == "fgrep" || options.has('F');
    let ignore_case = options.has('i') || options.has('y') || options.long("ignore-case").is_some();
    let mut patterns = Vec::new();
    for text in texts.iter().flat_map(|text| text.split('\n')) {
        let regex = match fixed {
            true => Ok(Regex::literal(text, ignore_case)),
            false => filter::regex(text, extended, ignore_case),
        };
        patterns.push(regex.map_err(|error| (error, 2))?);
    }
    let recursive = options.has('r') || options.has('R');
    let mut names: Vec<Rc<str>> = files.iter().map(|name| Rc::from(*name)).collect();
    if recursive {
        if names.is_empty() {
            names.push(".".into());
        }
        names = walk(&names, io, cx);
    }
    let number = |letter| options.value(letter).and_then(|text| text.parse::<usize>().ok());
    let around = number('C').unwrap_or(0);
    let has = |letter| options.has(letter);
    let flags = Flags {
        invert: has('v') || options.long("invert-match").is_some(),
        count: has('c') || options.long("count").is_some(),
        quiet: has('q') || options.long("quiet").is_some(),
        numbers: has('n'),
        only: has('o') || options.long("only-matching").is_some(),
        list: has('l'),
        list_without: has('L'),
        whole_word: has('w'),
        whole_line: has('x'),
        silent: has('s'),
    };
    let grep = Grep {
        patterns: patterns.into(),
        options: flags,
        most: options.value('m').and_then(|most| most.parse().ok()),
        before: number('B').unwrap_or(around),
        after: number('A').unwrap_or(around),
        name: "".into(),
        names: (names.len() > 1 || recursive || has('H')) && !has('h'),
        number: 0,
        found: 0,
        any: false,
        held: Vec::new(),
        trailing: 0,
        last_shown: 0,
    };
    Ok(Filter::new(Kind::Grep(Box::new(grep)), names))
}

/// The files at and below these names.
fn walk(names: &[Rc<str>], io: &Io, cx: &mut Cx) -> Vec<Rc<str>> {
    let mut out = Vec::new();
    let mut stack: Vec<Rc<str>> = names.iter().rev().cloned().collect();
    while let Some(name) = stack.pop() {
        match cx.files(io.user).list(&io.path(&name)) {
            Ok(mut below) if out.len() + stack.len() < 10_000 => {
                below.reverse();
                stack.extend(below.into_iter().map(|part| Rc::from(format!("{}/{part}", name.trim_end_matches('/')))));
            }
            Ok(_) => {}
            Err(_) => out.push(name),
        }
    }
    out
}

impl Grep {
    /// Whether missing files are not told of.
    pub fn silent(&self) -> bool {
        self.options.silent
    }

    pub fn file(&mut self, name: &str) {
        self.name = if name == "-" { "(standard input)".into() } else { name.into() };
        (self.number, self.found, self.trailing, self.last_shown) = (0, 0, 0, 0);
        self.held.clear();
    }

    fn fits(&self, chars: &[char]) -> bool {
        self.patterns.iter().any(|regex| self.place(regex, chars, 0).is_some())
    }

    /// The next place where `regex` fits as the options want it.
    fn place(&self, regex: &Regex, chars: &[char], mut from: usize) -> Option<(usize, usize)> {
        loop {
            let (start, end) = regex.find(chars, from)?.first().copied().flatten()?;
            let word =
                |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_');
            let whole_word = !self.options.whole_word || !word(start.checked_sub(1)) && !word(Some(end));
            let whole_line = !self.options.whole_line || start == 0 && end == chars.len();
            if whole_word && whole_line {
                return Some((start, end));
            }
            from = start + 1;
            if from > chars.len() {
                return None;
            }
        }
    }

    fn show(&mut self, number: u64, line: &[u8], mark: char, out: &mut Vec<u8>) {
        let context = self.before + self.after > 0;
        if context && self.last_shown > 0 && number > self.last_shown + 1 {
            out.extend_from_slice(b"--\n");
        }
        self.last_shown = number;
        if self.names {
            out.extend_from_slice(self.name.as_bytes());
            out.push(mark as u8);
        }
        if self.options.numbers {
            out.extend_from_slice(number.to_string().as_bytes());
            out.push(mark as u8);
        }
        out.extend_from_slice(line);
        out.push(b'\n');
    }

    pub fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Flow {
        self.number += 1;
        let text = String::from_utf8_lossy(line);
        let chars: Vec<char> = text.chars().collect();
        let number = self.number;
        if self.fits(&chars) == self.options.invert {
            if self.trailing > 0 && !self.quiet_kind() {
                self.trailing -= 1;
                self.show(number, line, '-', out);
            } else if self.before > 0 {
                self.held.push((number, line.to_vec()));
                if self.held.len() > self.before {
                    self.held.remove(0);
                }
            }
            return Flow::Goes;
        }
        self.found += 1;
        self.any = true;
        if self.options.quiet {
            return Flow::Quits(0);
        }
        if self.options.list || self.options.list_without {
            return Flow::Next;
        }
        if !self.options.count {
            if self.options.only {
                if !self.options.invert {
                    self.show_parts(&chars, out);
                }
            } else {
                for (number, line) in std::mem::take(&mut self.held) {
                    self.show(number, &line, '-', out);
                }
                self.show(number, line, ':', out);
                self.trailing = self.after;
            }
        }
        if self.most.is_some_and(|most| self.found >= most) { Flow::Next } else { Flow::Goes }
    }

    fn quiet_kind(&self) -> bool {
        let o = &self.options;
        o.quiet || o.list || o.list_without || o.count || o.only
    }

    fn show_parts(&mut self, chars: &[char], out: &mut Vec<u8>) {
        let mut at = 0;
        while at <= chars.len() {
            let places = self.patterns.iter().filter_map(|regex| self.place(regex, chars, at));
            let Some((start, end)) = places.min_by_key(|(start, end)| (*start, usize::MAX - end)) else { return };
            if end > start {
                let part: String = chars.get(start..end).unwrap_or_default().iter().collect();
                self.show(self.number, part.as_bytes(), ':', out);
            }
            at = if end > start { end } else { end + 1 };
        }
    }

    pub fn file_ends(&mut self, out: &mut Vec<u8>) {
        let name = self.name.clone();
        if self.options.count && !self.options.quiet {
            let prefix = if self.names { format!("{name}:") } else { String::new() };
            out.extend_from_slice(format!("{prefix}{}\n", self.found).as_bytes());
        }
        if self.options.list && self.found > 0 || self.options.list_without && self.found == 0 {
            out.extend_from_slice(format!("{name}\n").as_bytes());
        }
    }

    /// The exit code.
    pub fn finish(&self, status: i32) -> i32 {
        match (self.any, status) {
            (_, 2) => 2,
            (true, _) => 0,
            (false, _) => 1,
        }
    }
}
