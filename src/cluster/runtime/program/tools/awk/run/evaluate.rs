//! The values of an awk program's expressions, and where they are put.

use std::rc::Rc;

use super::super::super::filter::HELD;
use super::super::super::regex::Regex;
use super::super::parse::Expression;
use super::super::regex;
use super::super::value::Value;
use super::text::calculate;
use super::{Awk, Ran};

impl Awk {
    pub(super) fn index(&mut self, list: &[Expression]) -> Ran<Rc<str>> {
        let mut out = String::new();
        for (number, expression) in list.iter().enumerate() {
            if number > 0 {
                out.push_str(&self.value("SUBSEP").text());
            }
            out.push_str(&self.evaluate(expression)?.text());
        }
        Ok(out.into())
    }

    pub(super) fn values(&mut self, words: &[Expression]) -> Ran<Vec<Value>> {
        words.iter().map(|word| self.evaluate(word)).collect()
    }

    pub(super) fn assign(&mut self, to: &Expression, value: Value) -> Ran<()> {
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

    pub(super) fn evaluate(&mut self, expression: &Expression) -> Ran<Value> {
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
    pub(super) fn regex(&mut self, pattern: &Expression) -> Ran<Rc<Regex>> {
        match pattern {
            Expression::Regex(regex) => Ok(regex.clone()),
            other => regex(&self.evaluate(other)?.text()).map(Rc::new),
        }
    }
}
