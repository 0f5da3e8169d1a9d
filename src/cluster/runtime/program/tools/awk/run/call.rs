//! The functions of `awk`: those a program defines, and those the language has.

use super::*;

impl Awk {
    pub(super) fn call(&mut self, name: &str, arguments: &[Expression]) -> Ran<Value> {
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

    pub(super) fn builtin(&mut self, name: &str, arguments: &[Expression]) -> Ran<Value> {
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

    pub(super) fn is_array(&mut self, name: &str) -> bool {
        let (table, name) = self.place(name);
        matches!(table.get(&name), Some(Cell::Array(_)))
    }
}
