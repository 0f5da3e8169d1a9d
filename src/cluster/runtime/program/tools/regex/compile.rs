//! From the text of an expression to the program that fits it.

use super::{LONGEST, Op, Regex};

/// An expression on its way.
pub(super) struct Compiler<'a> {
    pub chars: Vec<char>,
    pub at: usize,
    pub extended: bool,
    pub regex: &'a mut Regex,
    pub depth: usize,
}

impl Compiler<'_> {
    pub(super) fn push(&mut self, op: Op) -> Result<usize, String> {
        if self.regex.ops.len() >= LONGEST {
            return Err("Regular expression too big".to_owned());
        }
        self.regex.ops.push(op);
        Ok(self.regex.ops.len() - 1)
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Takes an operator: `x` in extended expressions, `\x` in basic ones.
    fn takes(&mut self, c: char) -> bool {
        let found = if self.extended {
            self.peek() == Some(c)
        } else {
            self.peek() == Some('\\') && self.chars.get(self.at + 1) == Some(&c)
        };
        if found {
            self.at += if self.extended { 1 } else { 2 };
        }
        found
    }

    fn ahead(&mut self, c: char) -> bool {
        let before = self.at;
        let found = self.takes(c);
        self.at = before;
        found
    }

    pub(super) fn alternatives(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > 50 {
            return Err("Regular expression too deep".to_owned());
        }
        let mut jumps = Vec::new();
        loop {
            let split = self.push(Op::Split(self.regex.ops.len() + 1, 0))?;
            self.sequence()?;
            if !self.takes('|') {
                if let Some(op) = self.regex.ops.get_mut(split) {
                    *op = Op::Jump(split + 1);
                }
                break;
            }
            self.regex.alternatives = true;
            jumps.push(self.push(Op::Jump(0))?);
            let next = self.regex.ops.len();
            if let Some(op) = self.regex.ops.get_mut(split) {
                *op = Op::Split(split + 1, next);
            }
        }
        let end = self.regex.ops.len();
        for jump in jumps {
            if let Some(op) = self.regex.ops.get_mut(jump) {
                *op = Op::Jump(end);
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn sequence(&mut self) -> Result<(), String> {
        let mut first = true;
        while let Some(c) = self.peek() {
            if self.ahead('|') || self.ahead(')') && self.depth > 1 {
                return Ok(());
            }
            let start = self.regex.ops.len();
            let groups = self.regex.groups;
            self.at += 1;
            match c {
                '^' if self.extended || first => {
                    self.push(Op::Start)?;
                    continue;
                }
                '$' if self.extended || self.peek().is_none() || self.ahead(')') || self.ahead('|') => {
                    self.push(Op::End)?;
                    first = false;
                    continue;
                }
                '.' => {
                    self.push(Op::Any)?;
                }
                '[' => self.set()?,
                '*' if first => {
                    self.push(Op::Char('*'))?;
                }
                '(' if self.extended => self.group()?,
                '\\' => {
                    let escaped = self.peek().ok_or("Trailing backslash")?;
                    self.at += 1;
                    match escaped {
                        '(' if !self.extended => self.group()?,
                        '1'..='9' => {
                            let group = escaped.to_digit(10).unwrap_or(0) as usize;
                            if group >= self.regex.groups {
                                return Err("Invalid back reference".to_owned());
                            }
                            self.push(Op::Back(group))?;
                        }
                        '<' | '>' | 'b' | 'B' => {
                            let kind = "<>bB".find(escaped).unwrap_or(0) as u8;
                            self.push(Op::Word(kind))?;
                            first = false;
                            continue;
                        }
                        'w' | 'W' => {
                            let classes = vec!["alnum".to_owned()];
                            self.push(Op::Set(escaped == 'W', vec![('_', '_')], classes))?;
                        }
                        's' | 'S' => {
                            self.push(Op::Set(escaped == 'S', Vec::new(), vec!["space".to_owned()]))?;
                        }
                        'd' if self.extended => {
                            self.push(Op::Set(false, vec![('0', '9')], Vec::new()))?;
                        }
                        'n' => {
                            self.push(Op::Char('\n'))?;
                        }
                        't' => {
                            self.push(Op::Char('\t'))?;
                        }
                        other => {
                            self.push(Op::Char(other))?;
                        }
                    }
                }
                c => {
                    self.push(Op::Char(c))?;
                }
            }
            first = false;
            self.repeats(start, groups)?;
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        let group = self.regex.groups;
        self.regex.groups += 1;
        self.push(Op::Save(group * 2))?;
        self.alternatives()?;
        if !self.takes(')') {
            return Err("Unmatched ( or \\(".to_owned());
        }
        self.push(Op::Save(group * 2 + 1))?;
        Ok(())
    }

    /// `*`, `+`, `?`, `{…}` behind what begins at `start`.
    fn repeats(&mut self, start: usize, groups: usize) -> Result<(), String> {
        loop {
            let (least, most) = if self.peek() == Some('*') {
                self.at += 1;
                (0, None)
            } else if self.takes('+') {
                (1, None)
            } else if self.takes('?') {
                (0, Some(1))
            } else if self.ahead('{')
                && (!self.extended || self.chars.get(self.at + 1).is_some_and(char::is_ascii_digit))
            {
                self.takes('{');
                let mut number = || {
                    let mut value: Option<usize> = None;
                    while let Some(digit) = self.chars.get(self.at).and_then(|c| c.to_digit(10)) {
                        value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
                        self.at += 1;
                    }
                    value
                };
                let least = number();
                let most = if self.peek() == Some(',') {
                    self.at += 1;
                    let mut value: Option<usize> = None;
                    while let Some(digit) = self.chars.get(self.at).and_then(|c| c.to_digit(10)) {
                        value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
                        self.at += 1;
                    }
                    value
                } else {
                    least
                };
                if !self.takes('}') || least.unwrap_or(0) > 255 || most.is_some_and(|most| most > 255) {
                    return Err("Invalid content of \\{\\}".to_owned());
                }
                (least.unwrap_or(0), most)
            } else {
                return Ok(());
            };
            self.repeat(start, least, most)?;
            let _ = groups;
        }
    }

    fn repeat(&mut self, start: usize, least: usize, most: Option<usize>) -> Result<(), String> {
        let body: Vec<Op> = self.regex.ops.drain(start..).collect();
        for _ in 0..least {
            self.copy(&body, start)?;
        }
        match most {
            None => {
                let mark = self.regex.marks;
                self.regex.marks += 1;
                let split = self.push(Op::Split(0, 0))?;
                self.push(Op::Mark(mark))?;
                self.copy(&body, start)?;
                self.push(Op::Moved(mark))?;
                self.push(Op::Jump(split))?;
                let end = self.regex.ops.len();
                if let Some(op) = self.regex.ops.get_mut(split) {
                    *op = Op::Split(split + 1, end);
                }
            }
            Some(most) => {
                let mut splits = Vec::new();
                for _ in least..most {
                    splits.push(self.push(Op::Split(0, 0))?);
                    self.copy(&body, start)?;
                }
                let end = self.regex.ops.len();
                for split in splits {
                    if let Some(op) = self.regex.ops.get_mut(split) {
                        *op = Op::Split(split + 1, end);
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds instructions that were made to stand at `from`.
    fn copy(&mut self, body: &[Op], from: usize) -> Result<(), String> {
        let to = self.regex.ops.len();
        for op in body {
            let moved = match op {
                Op::Split(a, b) => Op::Split(a + to - from, b + to - from),
                Op::Jump(a) => Op::Jump(a + to - from),
                other => other.clone(),
            };
            self.push(moved)?;
        }
        Ok(())
    }

    fn set(&mut self) -> Result<(), String> {
        let not = self.peek() == Some('^');
        self.at += usize::from(not);
        let (mut ranges, mut classes) = (Vec::new(), Vec::new());
        let start = self.at;
        loop {
            let c = self.peek().ok_or("Unmatched [, [^, [:, [., or [=")?;
            self.at += 1;
            if c == ']' && self.at > start + 1 {
                break;
            }
            if c == '[' && self.peek() == Some(':') {
                let rest = self.chars.get(self.at + 1..).unwrap_or_default();
                if let Some(end) = rest.windows(2).position(|pair| pair == [':', ']']) {
                    classes.push(rest.get(..end).unwrap_or_default().iter().collect());
                    self.at += end + 3;
                    continue;
                }
            }
            let c = match (c, self.peek()) {
                ('\\', Some('n')) => {
                    self.at += 1;
                    '\n'
                }
                ('\\', Some('t')) => {
                    self.at += 1;
                    '\t'
                }
                ('\\', Some(escaped @ ('/' | '\\' | ']' | '"'))) if self.extended => {
                    self.at += 1;
                    escaped
                }
                _ => c,
            };
            match (self.peek(), self.chars.get(self.at + 1)) {
                (Some('-'), Some(&last)) if last != ']' => {
                    self.at += 2;
                    ranges.push((c, last));
                }
                _ => ranges.push((c, c)),
            }
        }
        self.push(Op::Set(not, ranges, classes))?;
        Ok(())
    }
}
