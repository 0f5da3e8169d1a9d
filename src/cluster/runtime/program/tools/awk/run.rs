//! Runs an awk program over its records.

mod call;
mod text;

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::super::shell::printf::Form;
use super::super::filter::{Flow, HELD};
use super::super::regex::Regex;
use super::parse::{Expression, Program, Statement};
use super::value::Value;
use super::{Broken, regex};
use text::{calculate, formatted, split, split_by, substitute, unescaped};

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

    fn index(&mut self, list: &[Expression]) -> Ran<Rc<str>> {
        let mut out = String::new();
        for (number, expression) in list.iter().enumerate() {
            if number > 0 {
                out.push_str(&self.value("SUBSEP").text());
            }
            out.push_str(&self.evaluate(expression)?.text());
        }
        Ok(out.into())
    }

    fn spend(&mut self) -> Ran<()> {
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 || self.held > HELD {
            return Err("podlab: this takes too long or too much; awk is stopped".to_owned());
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement, out: &mut Vec<u8>) -> Ran<End> {
        self.spend()?;
        if out.len() > HELD {
            return Err("podlab: too much output at once".to_owned());
        }
        match statement {
            Statement::Block(statements) => {
                for statement in statements {
                    match self.statement(statement, out)? {
                        End::Goes => {}
                        end => return Ok(end),
                    }
                }
            }
            Statement::Expression(expression) => {
                self.evaluate(expression)?;
                out.append(&mut self.printed);
            }
            Statement::Print { words, form, to } => self.print(words, *form, to.as_ref(), out)?,
            Statement::If(condition, then, otherwise) => {
                if self.evaluate(condition)?.is_true() {
                    return self.statement(then, out);
                }
                if let Some(otherwise) = otherwise {
                    return self.statement(otherwise, out);
                }
            }
            Statement::Loop(before, condition, after, body, body_first) => {
                self.statement(before, out)?;
                let mut first = *body_first;
                loop {
                    let goes = match condition {
                        Some(condition) if !first => self.evaluate(condition)?.is_true(),
                        _ => true,
                    };
                    first = false;
                    if !goes {
                        break;
                    }
                    match self.statement(body, out)? {
                        End::Goes | End::Continues => {}
                        End::Breaks => break,
                        end => return Ok(end),
                    }
                    self.statement(after, out)?;
                }
            }
            Statement::ForIn(name, array, body) => {
                let keys: Vec<Rc<str>> = self.array(array, |array| array.keys().cloned().collect());
                for key in keys {
                    self.set(name, Value::Input(key));
                    match self.statement(body, out)? {
                        End::Goes | End::Continues => {}
                        End::Breaks => break,
                        end => return Ok(end),
                    }
                }
            }
            Statement::Next => return Ok(End::Next),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.exiting = Some(self.evaluate(code)?.number() as i32 & 255);
                } else if self.exiting.is_none() {
                    self.exiting = Some(0);
                }
                return Ok(End::Exits);
            }
            Statement::Return(value) => {
                let value = match value {
                    Some(value) => self.evaluate(value)?,
                    None => Value::Nothing,
                };
                return Ok(End::Returns(value));
            }
            Statement::Break => return Ok(End::Breaks),
            Statement::Continue => return Ok(End::Continues),
            Statement::Delete(name, index) => {
                if index.is_empty() {
                    self.array(name, BTreeMap::clear);
                } else {
                    let key = self.index(index)?;
                    self.array(name, |array| array.remove(&key));
                }
            }
        }
        Ok(End::Goes)
    }

    fn print(
        &mut self,
        words: &[Expression],
        form: bool,
        to: Option<&(Expression, bool)>,
        out: &mut Vec<u8>,
    ) -> Ran<()> {
        let mut text = Vec::new();
        if form {
            let values = self.values(words)?;
            text = formatted(&values);
        } else if words.is_empty() {
            text.extend_from_slice(self.record.as_bytes());
        } else {
            let glue = self.value("OFS").text();
            for (number, value) in self.values(words)?.iter().enumerate() {
                if number > 0 {
                    text.extend_from_slice(glue.as_bytes());
                }
                text.extend_from_slice(value.text().as_bytes());
            }
        }
        if !form {
            text.extend_from_slice(self.value("ORS").text().as_bytes());
        }
        out.append(&mut self.printed);
        let Some((file, append)) = to else {
            out.extend_from_slice(&text);
            return Ok(());
        };
        let name = self.evaluate(file)?.text().to_string();
        let append = *append || self.opened.contains(&name);
        if !self.opened.contains(&name) {
            self.opened.push(name.clone());
        }
        match self.files.last_mut().filter(|(last, ..)| *last == name) {
            Some((_, _, so_far)) => so_far.extend_from_slice(&text),
            None => self.files.push((name, append, text)),
        }
        Ok(())
    }

    fn values(&mut self, words: &[Expression]) -> Ran<Vec<Value>> {
        words.iter().map(|word| self.evaluate(word)).collect()
    }

    fn assign(&mut self, to: &Expression, value: Value) -> Ran<()> {
        match to {
            Expression::Variable(name) => {
                self.set(name, value.clone());
                if name == "NF" {
                    let count = (value.number().max(0.0) as usize).min(10_000);
                    self.fields.resize(count, "".into());
                    self.rebuild();
                }
            }
            Expression::Element(name, index) => {
                let key = self.index(index)?;
                self.held += key.len() + 48;
                self.array(name, |array| array.insert(key, value));
            }
            Expression::Field(number) => {
                let number = self.evaluate(number)?.number().max(0.0) as usize;
                let text = value.text();
                if number == 0 {
                    self.set_record(&text);
                } else if number <= 10_000 {
                    if self.fields.len() < number {
                        self.fields.resize(number, "".into());
                    }
                    if let Some(field) = self.fields.get_mut(number - 1) {
                        *field = text;
                    }
                    self.rebuild();
                }
            }
            _ => return Err("syntax error: not something that can be assigned".to_owned()),
        }
        Ok(())
    }

    fn evaluate(&mut self, expression: &Expression) -> Ran<Value> {
        self.spend()?;
        let truth = |truth: bool| Value::Number(f64::from(u8::from(truth)));
        Ok(match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Regex(regex) => truth(regex.matches(&self.record)),
            Expression::Variable(name) => self.value(name),
            Expression::Field(number) => {
                let number = self.evaluate(number)?.number();
                match number {
                    number if number < 0.0 => return Err("trying to access out of range field".to_owned()),
                    0.0 => Value::Input(self.record.clone()),
                    number => match self.fields.get(number as usize - 1) {
                        Some(field) => Value::Input(field.clone()),
                        None => Value::Nothing,
                    },
                }
            }
            Expression::Element(name, index) => {
                let key = self.index(index)?;
                self.held += 48;
                self.array(name, |array| array.entry(key).or_default().clone())
            }
            Expression::Assign(operator, to, from) => {
                let right = self.evaluate(from)?;
                let value = match operator {
                    None => right,
                    Some(operator) => {
                        let left = self.evaluate(to)?.number();
                        Value::Number(calculate(operator, left, right.number())?)
                    }
                };
                self.assign(to, value.clone())?;
                value
            }
            Expression::Condition(condition, yes, no) => {
                let chosen = if self.evaluate(condition)?.is_true() { yes } else { no };
                self.evaluate(chosen)?
            }
            Expression::Logic(and, left, right) => {
                let left = self.evaluate(left)?.is_true();
                truth(if left == *and { self.evaluate(right)?.is_true() } else { left })
            }
            Expression::Not(value) => truth(!self.evaluate(value)?.is_true()),
            Expression::Negative(value) => Value::Number(-self.evaluate(value)?.number()),
            Expression::Positive(value) => Value::Number(self.evaluate(value)?.number()),
            Expression::Calculate(operator, left, right) => {
                let left = self.evaluate(left)?.number();
                Value::Number(calculate(operator, left, self.evaluate(right)?.number())?)
            }
            Expression::Compare(operator, left, right) => {
                let left = self.evaluate(left)?;
                let order = left.compare(&self.evaluate(right)?);
                truth(match *operator {
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
            Expression::Fits(wanted, text, pattern) => {
                let text = self.evaluate(text)?.text();
                truth(self.regex(pattern)?.matches(&text) == *wanted)
            }
            Expression::In(index, array) => {
                let key = self.index(index)?;
                truth(self.array(array, |array| array.contains_key(&key)))
            }
            Expression::Join(left, right) => {
                let left = self.evaluate(left)?.text();
                let text = format!("{left}{}", self.evaluate(right)?.text());
                self.fuel = self.fuel.saturating_sub(u32::try_from(text.len() / 64).unwrap_or(u32::MAX));
                if text.len() > HELD {
                    return Err("podlab: a text grew too long".to_owned());
                }
                Value::Text(text.into())
            }
            Expression::Step(by, before, of) => {
                let old = self.evaluate(of)?.number();
                self.assign(of, Value::Number(old + by))?;
                Value::Number(if *before { old + by } else { old })
            }
            Expression::Call(name, arguments) => self.call(name, arguments)?,
            Expression::Builtin(name, arguments) => self.builtin(name, arguments)?,
            Expression::Group(list) => Value::Text(self.index(list)?),
        })
    }

    /// The expression that something is held against.
    fn regex(&mut self, pattern: &Expression) -> Ran<Rc<Regex>> {
        match pattern {
            Expression::Regex(regex) => Ok(regex.clone()),
            other => regex(&self.evaluate(other)?.text()).map(Rc::new),
        }
    }
}
