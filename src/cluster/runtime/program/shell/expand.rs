//! From words to fields: parameters, substitutions, arithmetic, splitting, file names.
//!
//! A substituted command takes time, so expanding stops there ([`Halt::Need`]), the command runs, its output goes to
//! the shell's `memo`, and the words are expanded again from the beginning; what came before is taken from the memo,
//! so that nothing happens twice.

use std::rc::Rc;

use super::super::machine::{Cx, Io};
use super::Shell;
use super::arithmetic::{self, Names};
use super::pattern;
use super::tree::{Node, Operation, Parameter, Part, Word};

/// Why expanding stops.
#[derive(Debug)]
pub(super) enum Halt {
    /// This command has to run first.
    Need(Rc<Node>),
    /// It cannot be expanded: the shell's words.
    Fail(String),
}

/// How many fields a command may have, and how many bytes a word.
const MOST_FIELDS: usize = 20_000;
const LONGEST: usize = 2 << 20;

struct Expander<'s, 'c> {
    shell: &'s mut Shell,
    io: &'c Io,
    /// How much of the memo is used.
    memo: usize,
    /// Whether fields are split and file names looked for.
    split: bool,
    /// Finished fields in pattern form, and whether something in them is special.
    fields: Vec<(String, bool)>,
    current: Option<String>,
    special: bool,
}

impl Names for Shell {
    fn get(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| value.to_string())
    }
    fn set(&mut self, name: &str, value: i64) {
        let _read_only = self.assign(name, &value.to_string());
    }
}

impl Shell {
    fn expander<'s, 'c>(&'s mut self, io: &'c Io, split: bool) -> Expander<'s, 'c> {
        let memo = self.memo_used;
        Expander { shell: self, io, memo, split, fields: Vec::new(), current: None, special: false }
    }

    /// The fields that words become.
    pub(super) fn fields(&mut self, words: &[Word], io: &Io, cx: &mut Cx) -> Result<Vec<Rc<str>>, Halt> {
        // Most words stand as they are.
        if let Some(plain) = words.iter().map(as_it_stands).collect::<Option<Vec<Rc<str>>>>() {
            return Ok(plain);
        }
        let mut expander = self.expander(io, true);
        for word in words {
            expander.word(word)?;
            expander.finish();
        }
        let (fields, memo) = (std::mem::take(&mut expander.fields), expander.memo);
        self.memo_used = memo;
        let mut out: Vec<Rc<str>> = Vec::with_capacity(fields.len());
        for (field, special) in fields {
            if special && !self.options.no_glob {
                let found = super::glob::expand(&field, io, cx);
                if !found.is_empty() {
                    out.extend(found.iter().map(|name| Rc::from(name.as_str())));
                    continue;
                }
            }
            out.push(pattern::unescape(&field).into());
        }
        if out.len() > MOST_FIELDS {
            return Err(Halt::Fail("argument list too long".to_owned()));
        }
        Ok(out)
    }

    /// The one field that a word becomes where nothing is split, as a pattern.
    pub(super) fn pattern(&mut self, word: &Word, io: &Io) -> Result<String, Halt> {
        let mut expander = self.expander(io, false);
        expander.word(word)?;
        expander.finish();
        let (field, memo) = (expander.fields.pop(), expander.memo);
        self.memo_used = memo;
        Ok(field.map(|(field, _)| field).unwrap_or_default())
    }

    /// The one field that a word becomes where nothing is split.
    pub(super) fn single(&mut self, word: &Word, io: &Io) -> Result<String, Halt> {
        if let [Part::Quoted(text)] = word.0.as_slice() {
            return Ok(text.clone());
        }
        self.pattern(word, io).map(|text| pattern::unescape(&text))
    }
}

/// The one field that a word is, where nothing in it has to be expanded.
fn as_it_stands(word: &Word) -> Option<Rc<str>> {
    let ordinary = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,+%@".contains(&byte);
    match word.0.as_slice() {
        [Part::Quoted(text)] => Some(text.as_str().into()),
        [Part::Text(text)] if !text.is_empty() && text.bytes().all(ordinary) => Some(text.as_str().into()),
        _ => None,
    }
}

impl Expander<'_, '_> {
    fn finish(&mut self) {
        if let Some(field) = self.current.take() {
            self.fields.push((field, self.special));
        }
        self.special = false;
    }

    fn open(&mut self) -> &mut String {
        self.current.get_or_insert_default()
    }

    fn literal(&mut self, text: &str) {
        pattern::escape_into(self.open(), text);
    }

    fn word(&mut self, word: &Word) -> Result<(), Halt> {
        for (number, part) in word.0.iter().enumerate() {
            let home = match part {
                Part::Text(text) if number == 0 && text.starts_with('~') => {
                    let rest = text.get(1..).unwrap_or_default();
                    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
                }
                _ => None,
            };
            match home {
                Some(rest) => {
                    let home = self.shell.value("HOME").unwrap_or_else(|| "/root".into());
                    self.literal(&home);
                    self.text(rest);
                }
                None => self.part(part, false)?,
            }
            if self.current.as_ref().is_some_and(|field| field.len() > LONGEST) {
                return Err(Halt::Fail("out of memory".to_owned()));
            }
        }
        Ok(())
    }

    /// Text outside quotes that stands in the script.
    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.special |= text.contains(['*', '?', '[']);
        if text.contains('\\') {
            self.literal(text);
        } else {
            self.open().push_str(text);
        }
    }

    fn part(&mut self, part: &Part, inside: bool) -> Result<(), Halt> {
        match part {
            // What stands outside quotes in `${x:-a b}` is split as a value would be.
            Part::Text(text) if inside => self.splitting(text),
            Part::Text(text) => self.text(text),
            Part::Quoted(text) => self.literal(text),
            Part::Parameter(parameter) => self.parameter(parameter)?,
            Part::Arithmetic(word, quoted) => {
                let value = self.arithmetic(word)?;
                self.value(&value, *quoted);
            }
            Part::Command(node, quoted) => {
                let Some(text) = self.shell.memo.get(self.memo).cloned() else { return Err(Halt::Need(node.clone())) };
                self.memo += 1;
                self.value(&text, *quoted);
            }
        }
        Ok(())
    }

    fn arithmetic(&mut self, word: &Word) -> Result<String, Halt> {
        let text = self.nested(word, false)?;
        let changes = text.contains("++") || text.contains("--") || text.replace("==", "").contains('=');
        if changes && let Some(known) = self.shell.memo.get(self.memo) {
            self.memo += 1;
            return Ok(known.to_string());
        }
        let value = arithmetic::evaluate(&text, self.shell).map_err(Halt::Fail)?.to_string();
        if changes {
            self.shell.memo.push(value.as_str().into());
            self.memo += 1;
        }
        Ok(value)
    }

    /// The text of a word within another; as a pattern where that is asked for.
    fn nested(&mut self, word: &Word, as_pattern: bool) -> Result<String, Halt> {
        let (split, special) = (std::mem::replace(&mut self.split, false), self.special);
        let fields = std::mem::take(&mut self.fields);
        let current = self.current.take();
        let result = self.word(word);
        let text = self.current.take().unwrap_or_default();
        self.split = split;
        self.special = special;
        self.fields = fields;
        self.current = current;
        result?;
        Ok(if as_pattern { text } else { pattern::unescape(&text) })
    }

    /// A value that was found.
    fn value(&mut self, text: &str, quoted: bool) {
        if quoted { self.literal(text) } else { self.splitting(text) }
    }

    /// A value outside quotes: it is split, and what is special in it stays so.
    fn splitting(&mut self, text: &str) {
        if !self.split {
            let out = self.open();
            for c in text.chars() {
                if c == '\\' {
                    out.push('\\');
                }
                out.push(c);
            }
            return;
        }
        let ifs = self.shell.value("IFS").unwrap_or_else(|| " \t\n".into());
        let mut ended_by_blank = false;
        for c in text.chars() {
            if !ifs.contains(c) {
                self.special |= matches!(c, '*' | '?' | '[');
                let out = self.current.get_or_insert_default();
                if c == '\\' {
                    out.push('\\');
                }
                out.push(c);
                ended_by_blank = false;
            } else if matches!(c, ' ' | '\t' | '\n') {
                if self.current.is_some() {
                    self.finish();
                    ended_by_blank = true;
                }
            } else if self.current.is_some() {
                self.finish();
                ended_by_blank = false;
            } else if ended_by_blank {
                ended_by_blank = false;
            } else {
                self.fields.push((String::new(), false));
            }
            if self.fields.len() > MOST_FIELDS {
                return;
            }
        }
    }

    /// `$@` and `$*`.
    fn arguments(&mut self, all: bool, quoted: bool) {
        let arguments = self.shell.arguments.clone();
        let ifs = self.shell.value("IFS");
        let glue = match &ifs {
            Some(ifs) => ifs.chars().next().map(String::from).unwrap_or_default(),
            None => " ".to_owned(),
        };
        if !self.split || all && quoted {
            let text = arguments.join(if all { &glue } else { " " });
            if quoted && self.split {
                self.open();
            }
            self.value(&text, quoted);
            return;
        }
        for (number, argument) in arguments.iter().enumerate() {
            if number > 0 {
                if quoted {
                    self.open();
                }
                self.finish();
            }
            self.value(argument, quoted);
        }
    }

    fn parameter(&mut self, parameter: &Parameter) -> Result<(), Halt> {
        let Parameter { name, operation, word, quoted } = parameter;
        if *operation == Operation::Bad {
            return Err(Halt::Fail("bad substitution".to_owned()));
        }
        let list = matches!(&**name, "@" | "*");
        let value = match list {
            true if self.shell.arguments.is_empty() => None,
            true => Some(self.shell.arguments.join(" ")),
            false => self.shell.parameter(name, self.io),
        };
        let empty = value.as_deref().unwrap_or_default().is_empty();
        let missing = |colon: bool| value.is_none() || colon && empty;
        let unset = || Halt::Fail(format!("{name}: parameter not set"));
        let strict = self.shell.options.unset && value.is_none() && !list;
        match operation {
            Operation::Default(colon) if missing(*colon) => return self.inner(word, *quoted),
            Operation::Alternative(colon) => {
                return if missing(*colon) {
                    if *quoted {
                        self.open();
                    }
                    Ok(())
                } else {
                    self.inner(word, *quoted)
                };
            }
            Operation::Assign(colon) if missing(*colon) => {
                let text = self.nested(word, false)?;
                self.shell.assign(name, &text).map_err(Halt::Fail)?;
                self.value(&text, *quoted);
                return Ok(());
            }
            Operation::Require(colon) if missing(*colon) => {
                let text = self.nested(word, false)?;
                let text = if text.is_empty() { "parameter null or not set".to_owned() } else { text };
                return Err(Halt::Fail(format!("{name}: {text}")));
            }
            Operation::Length if list => {
                let count = self.shell.arguments.len().to_string();
                self.value(&count, *quoted);
                return Ok(());
            }
            _ if strict && !matches!(operation, Operation::Default(_)) => return Err(unset()),
            Operation::Length => {
                let count = value.unwrap_or_default().chars().count().to_string();
                self.value(&count, *quoted);
                return Ok(());
            }
            _ if list => {
                self.arguments(&**name == "*", *quoted);
                return Ok(());
            }
            _ => {}
        }
        let value = value.unwrap_or_default();
        let chars = || value.chars().collect::<Vec<char>>();
        let text = match operation {
            Operation::TrimStart(longest) => {
                let pattern = self.nested(word, true)?;
                let chars = chars();
                let cut = pattern::part(&pattern, &chars, false, *longest).unwrap_or(0);
                chars.get(cut..).unwrap_or_default().iter().collect()
            }
            Operation::TrimEnd(longest) => {
                let pattern = self.nested(word, true)?;
                let chars = chars();
                let cut = pattern::part(&pattern, &chars, true, *longest).unwrap_or(0);
                chars.get(..chars.len() - cut).unwrap_or_default().iter().collect()
            }
            Operation::Slice => {
                let text = self.nested(word, false)?;
                self.slice(&chars(), &text)?
            }
            Operation::Replace(all) => self.replace(&chars(), word, *all)?,
            _ => value,
        };
        if *quoted {
            self.open();
        }
        self.value(&text, *quoted);
        Ok(())
    }

    /// The word of `${x:-word}` in the place of a value.
    fn inner(&mut self, word: &Word, quoted: bool) -> Result<(), Halt> {
        if quoted {
            self.open();
        }
        for part in &word.0 {
            self.part(part, !quoted)?;
        }
        Ok(())
    }

    fn slice(&mut self, chars: &[char], text: &str) -> Result<String, Halt> {
        let (from, length) = match text.split_once(':') {
            Some((from, length)) => (from, Some(length)),
            None => (text, None),
        };
        let count = chars.len() as i64;
        let mut at = |text: &str| arithmetic::evaluate(text, self.shell).map_err(Halt::Fail);
        let from = at(from)?;
        let from = if from < 0 { count.saturating_add(from).max(0) } else { from.min(count) };
        let to = match length {
            None => count,
            Some(length) => {
                let length = at(length)?;
                if length < 0 { count.saturating_add(length) } else { from.saturating_add(length).min(count) }
            }
        };
        let range = usize::try_from(from).unwrap_or(0)..usize::try_from(to.max(from)).unwrap_or(0);
        Ok(chars.get(range).unwrap_or_default().iter().collect())
    }

    fn replace(&mut self, chars: &[char], word: &Word, all: bool) -> Result<String, Halt> {
        let mut halves = word.0.iter().map(|part| match part {
            Part::Parameter(half) => half.word.clone(),
            _ => Word::default(),
        });
        let pattern = self.nested(&halves.next().unwrap_or_default(), true)?;
        let with = self.nested(&halves.next().unwrap_or_default(), false)?;
        let mut out = String::new();
        let mut at = 0;
        while let Some(rest) = chars.get(at..).filter(|rest| !rest.is_empty()) {
            match pattern::part(&pattern, rest.get(..rest.len().min(2_000)).unwrap_or_default(), false, true) {
                Some(length) if length > 0 => {
                    out.push_str(&with);
                    at += length;
                    if !all {
                        break;
                    }
                }
                _ => {
                    out.extend(rest.first());
                    at += 1;
                }
            }
        }
        out.extend(chars.get(at..).unwrap_or_default());
        Ok(out)
    }
}
