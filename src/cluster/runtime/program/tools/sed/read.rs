//! Reading a script of `sed`.

use super::*;

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += 1;
        c
    }

    fn blanks(&mut self, and: &str) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t' || and.contains(c)) {
            self.at += 1;
        }
    }

    pub(super) fn script(&mut self) -> Result<Vec<Command>, String> {
        let mut commands: Vec<Command> = Vec::new();
        let mut blocks = Vec::new();
        loop {
            self.blanks("\n;");
            if self.peek() == Some('#') {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                continue;
            }
            if self.peek().is_none() {
                break;
            }
            let from = self.address()?;
            let mut to = None;
            if from.is_some() {
                self.blanks("");
                if self.peek() == Some(',') {
                    self.at += 1;
                    self.blanks("");
                    to = self.address()?;
                }
            }
            self.blanks("");
            let not = self.peek() == Some('!');
            self.at += usize::from(not);
            self.blanks("");
            let letter = self.next().ok_or("missing command")?;
            let action = self.action(letter)?;
            match action {
                Action::Block(_) => blocks.push(commands.len()),
                Action::End => {
                    let start = blocks.pop().ok_or("unexpected '}'")?;
                    let end = commands.len();
                    if let Some(command) = commands.get_mut(start) {
                        command.action = Action::Block(end);
                    }
                }
                _ => {}
            }
            commands.push(Command { from, to, not, action });
            if commands.len() > 1_000 {
                return Err("script too long".to_owned());
            }
        }
        if blocks.is_empty() { Ok(commands) } else { Err("unmatched '{'".to_owned()) }
    }

    fn number(&mut self) -> Option<u64> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars.get(start..self.at)?.iter().collect::<String>().parse().ok()
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        Ok(match self.peek() {
            Some(c) if c.is_ascii_digit() => {
                let line = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.at += 1;
                    return Ok(Some(Address::Step(line, self.number().unwrap_or(1).max(1))));
                }
                Some(Address::Line(line))
            }
            Some('$') => {
                self.at += 1;
                Some(Address::Last)
            }
            Some('+') => {
                self.at += 1;
                Some(Address::More(self.number().unwrap_or(0)))
            }
            Some(delimiter @ ('/' | '\\')) => {
                self.at += 1;
                let delimiter = if delimiter == '\\' { self.next().ok_or("bad address")? } else { delimiter };
                let text = self.until(delimiter, true)?;
                let ignore = self.peek() == Some('I');
                self.at += usize::from(ignore);
                Some(Address::Fits(Regex::new(&text, self.extended, ignore)?))
            }
            _ => None,
        })
    }

    /// The text up to a delimiter; a delimiter behind a backslash belongs to it.
    fn until(&mut self, delimiter: char, regex: bool) -> Result<String, String> {
        let mut out = String::new();
        let mut in_set = false;
        loop {
            let c = self.next().ok_or("unterminated command")?;
            match c {
                '\\' => {
                    let escaped = self.next().ok_or("unterminated command")?;
                    if escaped == delimiter {
                        out.push(escaped);
                    } else {
                        out.extend(['\\', escaped]);
                    }
                }
                '[' if regex && !in_set => {
                    in_set = true;
                    out.push('[');
                    if self.peek() == Some('^') {
                        out.extend(self.next());
                    }
                    if self.peek() == Some(']') {
                        out.extend(self.next());
                    }
                }
                '[' if in_set && self.peek() == Some(':') => {
                    out.push('[');
                    while let Some(inner) = self.next() {
                        out.push(inner);
                        if inner == ']' {
                            break;
                        }
                    }
                }
                ']' if in_set => {
                    in_set = false;
                    out.push(']');
                }
                c if c == delimiter && !in_set => return Ok(out),
                c => out.push(c),
            }
        }
    }

    fn rest_of_line(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.next() {
            match c {
                '\n' => break,
                '\\' => match self.next() {
                    Some('\n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('n') => out.push('\n'),
                    Some(other) => out.push(other),
                    None => {}
                },
                c => out.push(c),
            }
        }
        out
    }

    fn word(&mut self) -> String {
        self.blanks("");
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '\n' | ';' | '}')) {
            out.push(c);
            self.at += 1;
        }
        out.trim_end().to_owned()
    }

    fn action(&mut self, letter: char) -> Result<Action, String> {
        Ok(match letter {
            '{' => Action::Block(0),
            '}' => Action::End,
            's' => return self.substitute(),
            'd' => Action::Delete,
            'D' => Action::DeleteFirst,
            'p' => Action::Print,
            'P' => Action::PrintFirst,
            'q' | 'Q' => {
                self.blanks("");
                let code = self.number().unwrap_or(0);
                Action::Quit(i32::try_from(code).unwrap_or(0), letter == 'q')
            }
            'n' => Action::Next,
            'N' => Action::Join,
            'h' => Action::Hold(false),
            'H' => Action::Hold(true),
            'g' => Action::Get(false),
            'G' => Action::Get(true),
            'x' => Action::Exchange,
            '=' => Action::Number,
            'a' | 'i' | 'c' => {
                self.blanks("");
                if self.peek() == Some('\\') {
                    self.at += 1;
                    self.blanks("");
                    if self.peek() == Some('\n') {
                        self.at += 1;
                    }
                }
                let text = self.rest_of_line();
                match letter {
                    'a' => Action::Append(text),
                    'i' => Action::Insert(text),
                    _ => Action::Change(text),
                }
            }
            'y' => {
                let delimiter = self.next().ok_or("unterminated `y' command")?;
                let (from, to) = (self.until(delimiter, false)?, self.until(delimiter, false)?);
                let plain = |text: &str| text.replace("\\n", "\n").replace("\\t", "\t").chars().collect::<Vec<char>>();
                let (from, to) = (plain(&from), plain(&to));
                if from.len() != to.len() {
                    return Err("strings for `y' command are different lengths".to_owned());
                }
                Action::Translate(from.into_iter().zip(to).collect())
            }
            'b' => Action::Branch(self.word(), false),
            't' => Action::Branch(self.word(), true),
            ':' => Action::Label(self.word()),
            other => return Err(format!("unsupported command {other}")),
        })
    }

    fn substitute(&mut self) -> Result<Action, String> {
        let delimiter = self.next().ok_or("unterminated `s' command")?;
        let text = self.until(delimiter, true)?;
        let replacement = self.until(delimiter, false)?;
        let (mut all, mut number, mut prints, mut ignore, mut file) = (false, 1, false, false, None);
        loop {
            match self.peek() {
                Some('g') => all = true,
                Some('p') => prints = true,
                Some('i' | 'I') => ignore = true,
                Some('m' | 'M' | 'e') => {}
                Some('w') => {
                    self.at += 1;
                    file = Some(Rc::from(self.word()));
                    break;
                }
                Some(c) if c.is_ascii_digit() => {
                    number = self.number().and_then(|number| usize::try_from(number).ok()).unwrap_or(1).max(1);
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        let mut with = Vec::new();
        let mut plain = String::new();
        let mut chars = replacement.chars();
        let flush = |plain: &mut String, with: &mut Vec<Piece>| {
            if !plain.is_empty() {
                with.push(Piece::Text(std::mem::take(plain)));
            }
        };
        while let Some(c) = chars.next() {
            match c {
                '&' => {
                    flush(&mut plain, &mut with);
                    with.push(Piece::Group(0));
                }
                '\\' => match chars.next() {
                    Some(digit) if digit.is_ascii_digit() => {
                        flush(&mut plain, &mut with);
                        with.push(Piece::Group(digit.to_digit(10).unwrap_or(0) as usize));
                    }
                    Some(case @ ('U' | 'L' | 'E')) => {
                        flush(&mut plain, &mut with);
                        with.push(Piece::Case(case));
                    }
                    Some('n') => plain.push('\n'),
                    Some('t') => plain.push('\t'),
                    Some(other) => plain.push(other),
                    None => plain.push('\\'),
                },
                c => plain.push(c),
            }
        }
        flush(&mut plain, &mut with);
        let regex = Regex::new(&text, self.extended, ignore)?;
        Ok(Action::Substitute { regex, with, all, number, prints, file })
    }
}
