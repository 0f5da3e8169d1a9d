//! Runs an awk program over its records.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::super::shell::printf::Form;
use super::super::filter::{Flow, HELD};
use super::super::regex::Regex;
use super::parse::{Expression, Program, Statement};
use super::value::Value;
use super::{Broken, regex};

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

    fn call(&mut self, name: &str, arguments: &[Expression]) -> Ran<Value> {
        let Some(function) = self.program.functions.get(name).cloned() else {
            return Err(format!("call of undefined function {name}"));
        };
        if self.locals.len() >= DEEPEST {
            return Err("functions call one another too deep".to_owned());
        }
        let mut locals = BTreeMap::new();
        for (number, parameter) in function.parameters.iter().enumerate() {
            let cell = match arguments.get(number) {
                Some(Expression::Variable(name)) => {
                    let (table, found) = self.place(name);
                    match table.get(&found) {
                        Some(Cell::Value(value)) => Cell::Value(value.clone()),
                        // An array, or what may become one.
                        _ => Cell::Of(found),
                    }
                }
                Some(argument) => Cell::Value(self.evaluate(argument)?),
                None => Cell::Value(Value::Nothing),
            };
            locals.insert(parameter.clone(), cell);
        }
        self.locals.push(locals);
        let mut out = Vec::new();
        let end = self.statement(&function.body, &mut out);
        self.locals.pop();
        self.printed.extend_from_slice(&out);
        match end? {
            End::Returns(value) => Ok(value),
            _ => Ok(Value::Nothing),
        }
    }

    fn builtin(&mut self, name: &str, arguments: &[Expression]) -> Ran<Value> {
        let given = arguments.len();
        let text = |awk: &mut Self, at: usize| match arguments.get(at) {
            Some(argument) => awk.evaluate(argument).map(|value| value.text()),
            None => Ok(awk.record.clone()),
        };
        let number_of = |awk: &mut Self, at: usize| match arguments.get(at) {
            Some(argument) => awk.evaluate(argument).map(|value| value.number()),
            None => Ok(0.0),
        };
        Ok(match name {
            "length" => match arguments.first() {
                Some(Expression::Variable(name)) if self.is_array(name) => {
                    Value::Number(self.array(name, |array| array.len()) as f64)
                }
                _ => Value::Number(text(self, 0)?.chars().count() as f64),
            },
            "substr" => {
                let chars: Vec<char> = text(self, 0)?.chars().collect();
                let from = number_of(self, 1)?.round();
                let length = if given > 2 { number_of(self, 2)?.round() } else { f64::INFINITY };
                let start = from.max(1.0);
                // As busybox and mawk: what begins before the text begins with it.
                let end = (start + length).min(chars.len() as f64 + 1.0);
                let part = if end > start { chars.get(start as usize - 1..end as usize - 1) } else { None };
                Value::Text(part.unwrap_or_default().iter().collect::<String>().into())
            }
            "index" => {
                let (text, part) = (text(self, 0)?, text(self, 1)?);
                let at = text.find(&*part).map_or(0, |at| text.get(..at).unwrap_or_default().chars().count() + 1);
                Value::Number(at as f64)
            }
            "split" => {
                let text = text(self, 0)?;
                let Some(Expression::Variable(array)) = arguments.get(1) else {
                    return Err("split needs an array".to_owned());
                };
                let parts = match arguments.get(2) {
                    Some(Expression::Regex(regex)) => split_by(&text, regex),
                    Some(other) => {
                        let separator = self.evaluate(other)?.text();
                        split(&text, &separator)
                    }
                    None => {
                        let separator = self.value("FS").text();
                        split(&text, &separator)
                    }
                };
                let count = parts.len();
                self.held += text.len() + count * 48;
                let numbered = parts.into_iter().enumerate();
                let made = numbered.map(|(number, part)| ((number + 1).to_string().into(), Value::Input(part.into())));
                self.array(array, |array| *array = made.collect());
                Value::Number(count as f64)
            }
            "sub" | "gsub" => {
                let Some(pattern) = arguments.first() else { return Err(format!("{name} needs arguments")) };
                let regex = self.regex(pattern)?;
                let with = text(self, 1)?;
                let whole = Expression::Field(Box::new(Expression::Number(0.0)));
                let target = arguments.get(2).unwrap_or(&whole);
                let old = self.evaluate(target)?.text();
                let (new, count) = substitute(&regex, &with, &old, name == "gsub");
                if count > 0 {
                    self.assign(target, Value::Text(new.into()))?;
                }
                Value::Number(count as f64)
            }
            "match" => {
                let chars: Vec<char> = text(self, 0)?.chars().collect();
                let Some(pattern) = arguments.get(1) else { return Err("match needs an expression".to_owned()) };
                let fit = self.regex(pattern)?.find(&chars, 0).and_then(|fit| fit.first().copied().flatten());
                let (start, length) = fit.map_or((0.0, -1.0), |(from, to)| (from as f64 + 1.0, (to - from) as f64));
                self.set("RSTART", Value::Number(start));
                self.set("RLENGTH", Value::Number(length));
                Value::Number(start)
            }
            "sprintf" => {
                let values = self.values(arguments)?;
                Value::Text(String::from_utf8_lossy(&formatted(&values)).into())
            }
            "int" => Value::Number(number_of(self, 0)?.trunc()),
            "sqrt" => Value::Number(number_of(self, 0)?.sqrt()),
            "exp" => Value::Number(number_of(self, 0)?.exp()),
            "log" => Value::Number(number_of(self, 0)?.ln()),
            "sin" => Value::Number(number_of(self, 0)?.sin()),
            "cos" => Value::Number(number_of(self, 0)?.cos()),
            "atan2" => Value::Number(number_of(self, 0)?.atan2(number_of(self, 1)?)),
            "rand" => {
                self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                Value::Number((self.seed >> 11) as f64 / (1_u64 << 53) as f64)
            }
            "srand" => {
                self.seed = number_of(self, 0)?.to_bits() | 1;
                Value::Number(0.0)
            }
            "tolower" => Value::Text(text(self, 0)?.to_lowercase().into()),
            "toupper" => Value::Text(text(self, 0)?.to_uppercase().into()),
            "close" | "fflush" => {
                self.values(arguments)?;
                Value::Number(0.0)
            }
            other => return Err(format!("podlab: {other} of awk is not simulated")),
        })
    }

    fn is_array(&mut self, name: &str) -> bool {
        let (table, name) = self.place(name);
        matches!(table.get(&name), Some(Cell::Array(_)))
    }
}

fn calculate(operator: &str, left: f64, right: f64) -> Ran<f64> {
    Ok(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" | "%" if right == 0.0 => return Err("division by zero".to_owned()),
        "/" => left / right,
        "%" => left % right,
        _ => left.powf(right),
    })
}

/// The fields of a text: at blanks, at a character, or at an expression.
fn split(text: &str, separator: &str) -> Vec<String> {
    if separator == " " {
        return text.split([' ', '\t', '\n']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    }
    if text.is_empty() {
        return Vec::new();
    }
    let mut chars = separator.chars();
    match (chars.next(), chars.next()) {
        (None, _) => text.chars().map(String::from).collect(),
        (Some(c), None) if c != '\\' => text.split(c).map(str::to_owned).collect(),
        _ => match regex(separator) {
            Ok(regex) => split_by(text, &regex),
            Err(_) => vec![text.to_owned()],
        },
    }
}

fn split_by(text: &str, regex: &Regex) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut from) = (Vec::new(), 0, 0);
    while let Some((start, end)) = regex.find(&chars, from).and_then(|fit| fit.first().copied().flatten()) {
        if end == start {
            from = end + 1;
            if from > chars.len() {
                break;
            }
            continue;
        }
        out.push(chars.get(at..start).unwrap_or_default().iter().collect());
        at = end;
        from = end;
    }
    out.push(chars.get(at..).unwrap_or_default().iter().collect());
    out
}

/// The text with what fits replaced (once, or everywhere), and how often.
fn substitute(regex: &Regex, with: &str, text: &str, all: bool) -> (String, usize) {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut count) = (String::new(), 0, 0);
    let mut last_end = None;
    while at <= chars.len() && out.len() < HELD {
        let Some((start, end)) = regex.find(&chars, at).and_then(|fit| fit.first().copied().flatten()) else { break };
        out.extend(chars.get(at..start).unwrap_or_default());
        if end > start || last_end != Some(start) {
            count += 1;
            let mut pieces = with.chars();
            while let Some(c) = pieces.next() {
                match c {
                    '&' => out.extend(chars.get(start..end).unwrap_or_default()),
                    '\\' => match pieces.next() {
                        Some(c @ ('&' | '\\')) => out.push(c),
                        Some(c) => out.extend(['\\', c]),
                        None => out.push('\\'),
                    },
                    c => out.push(c),
                }
            }
        }
        last_end = Some(end);
        at = end;
        if end == start {
            out.extend(chars.get(end));
            at += 1;
        }
        if !all {
            break;
        }
    }
    out.extend(chars.get(at..).unwrap_or_default());
    (out, count)
}

/// What `printf` makes of a format and its values.
fn formatted(values: &[Value]) -> Vec<u8> {
    let Some((form, values)) = values.split_first() else { return Vec::new() };
    let form = form.text();
    let mut values = values.iter();
    let mut out = Vec::new();
    let mut rest = form.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        if let Some(after) = rest.strip_prefix(b"%") {
            out.push(b'%');
            rest = after;
            continue;
        }
        let form = Form::read(&mut rest, &mut || values.next().map_or(0, |value| value.number() as i64));
        let Some((&letter, after)) = rest.split_first() else { break };
        rest = after;
        let value = values.next().cloned().unwrap_or_default();
        match letter {
            b'd' | b'i' | b'o' | b'x' | b'X' | b'u' => form.integer(&mut out, value.number() as i64, letter),
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => form.float(&mut out, value.number(), letter),
            b'c' => {
                let c = match &value {
                    Value::Number(code) => char::from_u32(*code as u32),
                    other => other.text().chars().next(),
                };
                form.text(&mut out, c.map(String::from).unwrap_or_default().as_bytes());
            }
            _ => form.text(&mut out, value.text().as_bytes()),
        }
    }
    out
}

fn unescaped(text: &str) -> String {
    let (bytes, _) = super::super::super::shell::escapes::unescape(text.as_bytes(), false);
    String::from_utf8_lossy(&bytes).into_owned()
}
