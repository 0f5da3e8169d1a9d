//! `$((…))`: whole numbers of 64 bits, the operators of C, assignments.

/// The variables an expression reads and writes.
pub(crate) trait Names {
    /// The value of a variable as text.
    fn get(&self, name: &str) -> Option<String>;
    /// Assigns a variable.
    fn set(&mut self, name: &str, value: i64);
}

/// The value of `text`.
///
/// # Errors
/// What is wrong with it, in the shell's words.
pub(crate) fn evaluate(text: &str, names: &mut dyn Names) -> Result<i64, String> {
    let mut reader = Reader { rest: text, names, depth: 0 };
    reader.blanks();
    if reader.rest.is_empty() {
        return Ok(0);
    }
    let value = reader.comma(true)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(format!("arithmetic syntax error: \"{text}\"")) }
}

struct Reader<'a> {
    rest: &'a str,
    names: &'a mut dyn Names,
    depth: usize,
}

/// The operators with two sides, from the loosest to the tightest. Longer ones stand before those they begin with.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
    &["**"],
];

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, text: &str) -> bool {
        self.blanks();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn wrong<T>(&self) -> Result<T, String> {
        Err("arithmetic syntax error".to_owned())
    }

    fn name(&mut self) -> Option<&'a str> {
        self.blanks();
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let name = self.rest.get(..end)?;
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some(name)
    }

    fn value(&self, name: &str) -> i64 {
        let text = self.names.get(name).unwrap_or_default();
        number(text.trim()).unwrap_or(0)
    }

    fn comma(&mut self, live: bool) -> Result<i64, String> {
        let mut value = self.assignment(live)?;
        while self.take(",") {
            value = self.assignment(live)?;
        }
        self.blanks();
        Ok(value)
    }

    /// `live` is false in the branch of a condition that is not taken: nothing is assigned there.
    fn assignment(&mut self, live: bool) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("expression recursion loop detected".to_owned());
        }
        let before = self.rest;
        if let Some(name) = self.name() {
            self.blanks();
            let operators = ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="];
            let found = operators.iter().find(|operator| self.rest.starts_with(**operator));
            if let Some(operator) = found.filter(|_| !self.rest.starts_with("==")) {
                self.rest = self.rest.get(operator.len()..).unwrap_or_default();
                let right = self.assignment(live)?;
                let value = match operator.trim_end_matches('=') {
                    "" => right,
                    operator => calculate(operator, self.value(name), right, live)?,
                };
                if live {
                    self.names.set(name, value);
                }
                self.depth -= 1;
                return Ok(value);
            }
        }
        self.rest = before;
        let value = self.condition(live);
        self.depth -= 1;
        value
    }

    fn condition(&mut self, live: bool) -> Result<i64, String> {
        let value = self.level(0, live)?;
        if !self.take("?") {
            return Ok(value);
        }
        let yes = self.assignment(live && value != 0)?;
        if !self.take(":") {
            return self.wrong();
        }
        let no = self.assignment(live && value == 0)?;
        Ok(if value != 0 { yes } else { no })
    }

    fn level(&mut self, level: usize, live: bool) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.atom(live) };
        let mut value = self.level(level + 1, live)?;
        loop {
            self.blanks();
            let found = operators.iter().find(|operator| {
                let after = self.rest.strip_prefix(**operator);
                // `|` is not the beginning of `||`, nor `<` of `<<`, nor any of an assignment.
                after.is_some_and(|after| match **operator {
                    "|" | "&" | "<" | ">" => {
                        !after.starts_with(**operator) && (after.is_empty() || !after.starts_with('='))
                    }
                    "*" => !after.starts_with('*'),
                    _ => true,
                })
            });
            let Some(operator) = found else { return Ok(value) };
            self.rest = self.rest.get(operator.len()..).unwrap_or_default();
            let right = match *operator {
                "||" => self.level(level + 1, live && value == 0)?,
                "&&" => self.level(level + 1, live && value != 0)?,
                _ => self.level(level + 1, live)?,
            };
            value = calculate(operator, value, right, live)?;
        }
    }

    fn atom(&mut self, live: bool) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("expression recursion loop detected".to_owned());
        }
        let value = self.atom_here(live);
        self.depth -= 1;
        value
    }

    fn atom_here(&mut self, live: bool) -> Result<i64, String> {
        for step in ["++", "--"] {
            let before = self.rest;
            if self.take(step) {
                if let Some(name) = self.name() {
                    let value = self.value(name).wrapping_add(if step == "++" { 1 } else { -1 });
                    if live {
                        self.names.set(name, value);
                    }
                    return Ok(value);
                }
                self.rest = before;
            }
        }
        if self.take("(") {
            let value = self.comma(live)?;
            return if self.take(")") { Ok(value) } else { self.wrong() };
        }
        if self.take("-") {
            return self.atom(live).map(i64::wrapping_neg);
        }
        if self.take("+") {
            return self.atom(live);
        }
        if self.take("!") {
            return self.atom(live).map(|value| i64::from(value == 0));
        }
        if self.take("~") {
            return self.atom(live).map(|value| !value);
        }
        self.take("$");
        if let Some(name) = self.name() {
            let value = self.value(name);
            for (step, by) in [("++", 1), ("--", -1)] {
                if self.take(step) {
                    if live {
                        self.names.set(name, value.wrapping_add(by));
                    }
                    return Ok(value);
                }
            }
            return Ok(value);
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match number(word) {
            Some(value) => Ok(value),
            None => self.wrong(),
        }
    }
}

/// A number in decimal, octal or hexadecimal.
pub(crate) fn number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok()?,
        None => match digits.parse::<i64>() {
            Ok(value) => value,
            Err(_) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => i64::MAX,
            Err(_) => return None,
        },
    };
    Some(if negative { value.wrapping_neg() } else { value })
}

fn calculate(operator: &str, left: i64, right: i64, live: bool) -> Result<i64, String> {
    let shift = (right & 63) as u32;
    Ok(match operator {
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" | "%" if right == 0 && live => return Err("divide by zero".to_owned()),
        "/" | "%" if right == 0 => 0,
        "/" => left.wrapping_div(right),
        "%" => left.wrapping_rem(right),
        "**" if right < 0 => return Err("exponent less than 0".to_owned()),
        "**" => left.wrapping_pow(u32::try_from(right).unwrap_or(u32::MAX)),
        "<<" => left.wrapping_shl(shift),
        ">>" => left.wrapping_shr(shift),
        "&" => left & right,
        "|" => left | right,
        "^" => left ^ right,
        "&&" => i64::from(left != 0 && right != 0),
        "||" => i64::from(left != 0 || right != 0),
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        _ => i64::from(left > right),
    })
}
