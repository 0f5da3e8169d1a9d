//! Carrying out the statements of an awk program.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::super::filter::HELD;
use super::super::parse::{Expression, Statement};
use super::super::value::Value;
use super::text::formatted;
use super::{Awk, End, Ran};

impl Awk {
    pub(super) fn statement(&mut self, statement: &Statement, out: &mut Vec<u8>) -> Ran<End> {
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
}
