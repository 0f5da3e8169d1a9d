//! Runs an awk program over its records.

mod call;
mod evaluate;
mod statement;
mod text;

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::super::shell::printf::Form;
use super::super::filter::{Flow, HELD};
use super::super::regex::Regex;
use super::parse::{Expression, Program};
use super::value::Value;
use super::{Broken, regex};
use text::{formatted, split, split_by, substitute, unescaped};

/// A variable: a value, or an array.
#[derive(Clone, Debug)]
enum Cell {
    Value(Value),
    Array(BTreeMap<Rc<str>, Value>),
    /// An array of the caller, by its name.
    Of(String),
}

impl Default for Cell {
    fn default() -> Self {
        Cell::Value(Value::Nothing)
    }
}

impl Cell {
    /// The array of a variable that is none becomes one.
    fn make_array(&mut self) {
        if !matches!(self, Cell::Array(_)) {
            *self = Cell::Array(BTreeMap::new());
        }
    }
}

/// An awk at work.
#[derive(Clone, Debug)]
pub(in super::super::super) struct Awk {
    program: Rc<Program>,
    globals: BTreeMap<String, Cell>,
    locals: Vec<BTreeMap<String, Cell>>,
    record: Rc<str>,
    fields: Vec<Rc<str>>,
    /// Which ranges are open, by rule.
    open: Vec<bool>,
    begun: bool,
    exiting: Option<i32>,
    files: Vec<(String, bool, Vec<u8>)>,
    /// Files that were opened already: they are added to from then on.
    opened: Vec<String>,
    complaints: Vec<String>,
    fuel: u32,
    held: usize,
    seed: u64,
    /// What functions printed that are called within an expression.
    printed: Vec<u8>,
    /// Lines of a record of several, where `RS` is empty or not the end of a line.
    gathered: String,
}

/// How a statement ends.
enum End {
    Goes,
    Breaks,
    Continues,
    Next,
    Returns(Value),
    Exits,
}

/// How many steps one record takes at most.
const FUEL: u32 = 200_000;
/// How deep functions may call one another.
const DEEPEST: usize = 60;

type Ran<T> = Result<T, Broken>;

impl Awk {
    pub(super) fn new(program: Program) -> Awk {
        let open = vec![false; program.rules.len()];
        let globals = [
            ("FS", " "),
            ("OFS", " "),
            ("ORS", "\n"),
            ("RS", "\n"),
            ("SUBSEP", "\u{1c}"),
            ("OFMT", "%.6g"),
            ("FILENAME", ""),
        ];
        let globals = globals.iter().map(|(name, text)| ((*name).to_owned(), Cell::Value(Value::Text((*text).into()))));
        Awk {
            program: Rc::new(program),
            globals: globals.collect(),
            locals: Vec::new(),
            record: "".into(),
            fields: Vec::new(),
            open,
            begun: false,
            exiting: None,
            files: Vec::new(),
            opened: Vec::new(),
            complaints: Vec::new(),
            fuel: FUEL,
            held: 0,
            seed: 1,
            printed: Vec::new(),
            gathered: String::new(),
        }
    }

    /// Whether it reads anything.
    pub fn reads(&self) -> bool {
        !self.program.rules.is_empty() || !self.program.end.is_empty()
    }

    /// Bytes of memory it holds, about.
    pub fn used(&self) -> usize {
        self.held + self.gathered.len()
    }

    pub fn take_complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    /// What goes into files: name, whether it is added, and text.
    pub fn take_files(&mut self) -> Vec<(String, bool, Vec<u8>)> {
        std::mem::take(&mut self.files)
    }

    /// `-F`
    pub fn set_separator(&mut self, text: &str) {
        let text = if text == "t" { "\t".to_owned() } else { unescaped(text) };
        self.set("FS", Value::Text(text.into()));
    }

    /// `name=value` among the files; false where it is none.
    pub fn assigns(&mut self, word: &str) -> bool {
        let Some((name, value)) = word.split_once('=') else { return false };
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_name {
            self.set(name, Value::Input(unescaped(value).into()));
        }
        is_name
    }

    pub fn file(&mut self, name: &str) {
        self.set("FILENAME", Value::Text(if name == "-" { "" } else { name }.into()));
        self.set("FNR", Value::Number(0.0));
    }

    /// `BEGIN`; true where the program ends there.
    pub fn begin(&mut self, out: &mut Vec<u8>) -> bool {
        if !self.begun {
            self.begun = true;
            self.fuel = FUEL;
            let program = self.program.clone();
            for block in &program.begin {
                let end = self.statement(block, out);
                if self.ended(end) {
                    break;
                }
            }
        }
        self.exiting.is_some()
    }

    /// Whether a statement's end is the program's.
    fn ended(&mut self, end: Ran<End>) -> bool {
        match end {
            Ok(End::Exits) => true,
            Ok(_) => false,
            Err(text) => {
                self.complaints.push(text);
                self.exiting = Some(2);
                true
            }
        }
    }

    /// A line has come: it is a record, or a part of one.
    pub fn record(&mut self, line: &str, out: &mut Vec<u8>) -> Flow {
        if self.exiting.is_some() {
            return Flow::Next;
        }
        let separator = self.value("RS").text();
        if &*separator == "\n" {
            return self.one_record(line, out);
        }
        if separator.is_empty() {
            if !line.is_empty() {
                if !self.gathered.is_empty() {
                    self.gathered.push('\n');
                }
                self.gathered.push_str(line);
                return Flow::Goes;
            }
            return self.gathered_record(out);
        }
        // Parts between separators within the lines.
        let text = format!("{line}\n");
        let mark = separator.chars().next().unwrap_or('\n');
        let mut parts = text.split(mark).peekable();
        while let Some(part) = parts.next() {
            self.gathered.push_str(part);
            if parts.peek().is_some() {
                let flow = self.gathered_record(out);
                if flow != Flow::Goes {
                    return flow;
                }
            }
        }
        Flow::Goes
    }

    fn gathered_record(&mut self, out: &mut Vec<u8>) -> Flow {
        let text = std::mem::take(&mut self.gathered);
        if text.is_empty() { Flow::Goes } else { self.one_record(&text, out) }
    }

    fn one_record(&mut self, line: &str, out: &mut Vec<u8>) -> Flow {
        self.fuel = FUEL;
        self.set_record(line);
        for name in ["NR", "FNR"] {
            let count = self.value(name).number() + 1.0;
            self.set(name, Value::Number(count));
        }
        let program = self.program.clone();
        for (number, rule) in program.rules.iter().enumerate() {
            let chosen = match self.chosen(number, rule) {
                Ok(chosen) => chosen,
                Err(text) => {
                    self.ended(Err(text));
                    return Flow::Next;
                }
            };
            if !chosen {
                continue;
            }
            let end = match &rule.body {
                Some(body) => self.statement(body, out),
                None => {
                    out.extend_from_slice(self.record.as_bytes());
                    out.extend_from_slice(self.value("ORS").text().as_bytes());
                    Ok(End::Goes)
                }
            };
            match end {
                Ok(End::Next) => return Flow::Goes,
                end => {
                    if self.ended(end) {
                        return Flow::Next;
                    }
                }
            }
        }
        Flow::Goes
    }

    fn chosen(&mut self, number: usize, rule: &super::parse::Rule) -> Ran<bool> {
        let Some(pattern) = &rule.pattern else { return Ok(true) };
        let Some(to) = &rule.to else { return Ok(self.evaluate(pattern)?.is_true()) };
        let was_open = self.open.get(number).copied().unwrap_or(false);
        let begins = was_open || self.evaluate(pattern)?.is_true();
        if begins {
            let ends = self.evaluate(to)?.is_true();
            if let Some(open) = self.open.get_mut(number) {
                *open = !ends;
            }
        }
        Ok(begins)
    }

    /// All records are there: `END`, and the exit code.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Option<i32> {
        if self.exiting.is_none() {
            self.gathered.truncate(self.gathered.trim_end_matches('\n').len());
            self.gathered_record(out);
        }
        let program = self.program.clone();
        self.fuel = FUEL;
        if self.exiting != Some(2) || self.complaints.is_empty() {
            for block in &program.end {
                let end = self.statement(block, out);
                if self.ended(end) {
                    break;
                }
            }
        }
        self.exiting
    }

    fn set_record(&mut self, line: &str) {
        self.record = line.into();
        let separator = self.value("FS").text();
        self.fields = split(line, &separator).into_iter().map(Rc::from).collect();
        self.set("NF", Value::Number(self.fields.len() as f64));
    }

    /// The record made of its fields.
    fn rebuild(&mut self) {
        let glue = self.value("OFS").text();
        self.record = self.fields.join(&glue).into();
        self.set("NF", Value::Number(self.fields.len() as f64));
    }

    /// The table a name lives in, and the name there.
    fn place(&mut self, name: &str) -> (&mut BTreeMap<String, Cell>, String) {
        let mut name = name.to_owned();
        for depth in (0..self.locals.len()).rev() {
            match self.locals.get(depth).and_then(|locals| locals.get(&name)) {
                Some(Cell::Of(other)) => name = other.clone(),
                Some(_) => {
                    if let Some(locals) = self.locals.get_mut(depth) {
                        return (locals, name);
                    }
                    break;
                }
                None => break,
            }
        }
        (&mut self.globals, name)
    }

    fn value(&mut self, name: &str) -> Value {
        let (table, name) = self.place(name);
        match table.get(&name) {
            Some(Cell::Value(value)) => value.clone(),
            _ => Value::Nothing,
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        let (table, name) = self.place(name);
        table.insert(name, Cell::Value(value));
    }

    /// Does something with the array of that name; what was something else becomes one.
    fn array<T: Default>(&mut self, name: &str, with: impl FnOnce(&mut BTreeMap<Rc<str>, Value>) -> T) -> T {
        let (table, name) = self.place(name);
        let cell = table.entry(name).or_default();
        cell.make_array();
        match cell {
            Cell::Array(array) => with(array),
            Cell::Value(_) | Cell::Of(_) => T::default(),
        }
    }

    fn spend(&mut self) -> Ran<()> {
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 || self.held > HELD {
            return Err("podlab: this takes too long or too much; awk is stopped".to_owned());
        }
        Ok(())
    }
}
