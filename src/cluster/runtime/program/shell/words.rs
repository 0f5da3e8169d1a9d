//! Words of a script: quotes, parameters, substitutions, here-documents.

use std::rc::Rc;

use super::parse::{Parsed, Parser, ends_word};
use super::tree::{Operation, Parameter, Part, Redirect, RedirectKind, Word};

/// The parts of a word while it is read.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    text: String,
    quoted: bool,
}

impl Parts {
    fn push(&mut self, c: char, quoted: bool) {
        if self.quoted != quoted {
            self.flush();
            self.quoted = quoted;
        }
        self.text.push(c);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.parts.push(if self.quoted { Part::Quoted(text) } else { Part::Text(text) });
        }
    }

    fn add(&mut self, part: Part) {
        self.flush();
        self.parts.push(part);
    }

    fn word(mut self) -> Word {
        self.flush();
        Word(self.parts)
    }
}

/// What ends a word that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// A blank or an operator.
    Blank,
    /// The `}` of a parameter outside quotes.
    Brace,
    /// The `}` of a parameter in double quotes.
    QuotedBrace,
    /// The `/` or `}` of a replacement.
    Slash,
    /// A double quote.
    Quote,
    /// The end of the text: a here-document, an arithmetic expression.
    End,
}

impl<'a> Parser<'a> {
    /// One word, up to a blank or an operator outside quotes.
    pub fn word(&mut self) -> Parsed<Word> {
        let start = self.at;
        let mut parts = Parts::default();
        self.parts(Until::Blank, &mut parts)?;
        if self.at == start {
            let found = self.peek().map(|c| format!("\"{}\"", c.escape_default()));
            return Err(format!("syntax error: unexpected {}", found.as_deref().unwrap_or("end of file")));
        }
        Ok(parts.word())
    }

    fn parts(&mut self, until: Until, into: &mut Parts) -> Parsed<()> {
        let quoted = matches!(until, Until::Quote | Until::QuotedBrace | Until::End);
        loop {
            let Some(c) = self.peek() else {
                return match until {
                    Until::Blank | Until::End => Ok(()),
                    Until::Quote => Err("syntax error: unterminated quoted string".to_owned()),
                    _ => Err("syntax error: missing '}'".to_owned()),
                };
            };
            match (until, c) {
                (Until::Blank, c) if ends_word(c) => return Ok(()),
                (Until::Brace | Until::QuotedBrace | Until::Slash, '}') | (Until::Quote, '"') | (Until::Slash, '/') => {
                    return Ok(());
                }
                _ => {}
            }
            self.at += c.len_utf8();
            match c {
                '\\' => {
                    let next = self.peek();
                    self.at += next.map_or(0, char::len_utf8);
                    match next {
                        None => into.push('\\', true),
                        Some('\n') => {}
                        Some(next) if !quoted => into.push(next, true),
                        Some(next @ ('$' | '`' | '\\')) => into.push(next, true),
                        Some('"') if until != Until::End => into.push('"', true),
                        Some('}') if until == Until::QuotedBrace => into.push('}', true),
                        Some(next) => {
                            into.push('\\', true);
                            into.push(next, true);
                        }
                    }
                }
                '\'' if !quoted => {
                    let end = self.rest().find('\'').ok_or("syntax error: unterminated quoted string")?;
                    let inside = self.rest().get(..end).unwrap_or_default();
                    self.at += end + 1;
                    into.add(Part::Quoted(inside.to_owned()));
                }
                '"' if until == Until::End => into.push('"', true),
                '"' => {
                    let before = self.at;
                    self.deeper()?;
                    if until == Until::QuotedBrace {
                        // Quotes within a quoted parameter change nothing here.
                        self.depth -= 1;
                        continue;
                    }
                    self.parts(Until::Quote, into)?;
                    self.depth -= 1;
                    if self.at == before {
                        into.add(Part::Quoted(String::new()));
                    }
                    self.at += 1;
                }
                '$' => self.dollar(quoted, until, into)?,
                '`' => {
                    let inside = self.backquoted()?;
                    self.deeper()?;
                    let mut inner = Parser::new(&inside);
                    inner.depth = self.depth;
                    let node = inner.whole()?;
                    self.depth -= 1;
                    into.add(Part::Command(Rc::new(node), quoted));
                }
                c => into.push(c, quoted),
            }
        }
    }

    /// Everything up to the end of the text, as commands.
    fn whole(&mut self) -> Parsed<super::tree::Node> {
        let node = self.list_or_nothing(&[])?;
        if self.rest().is_empty() { Ok(node) } else { Err("syntax error in a substituted command".to_owned()) }
    }

    fn list_or_nothing(&mut self, ends: &[&str]) -> Parsed<super::tree::Node> {
        self.newlines();
        if self.rest().is_empty() || self.rest().starts_with(')') {
            return Ok(super::tree::Node::List([].into()));
        }
        self.list(ends)
    }

    /// The text in backquotes; a backslash keeps `` ` ``, `\` and `$`.
    fn backquoted(&mut self) -> Parsed<String> {
        let mut inside = String::new();
        loop {
            let c = self.peek().ok_or("syntax error: EOF in backquote substitution")?;
            self.at += c.len_utf8();
            match c {
                '`' => return Ok(inside),
                '\\' => {
                    let next = self.peek().unwrap_or('\\');
                    self.at += next.len_utf8();
                    if !matches!(next, '`' | '\\' | '$') {
                        inside.push('\\');
                    }
                    inside.push(next);
                }
                c => inside.push(c),
            }
        }
    }

    /// What follows a `$`.
    fn dollar(&mut self, quoted: bool, until: Until, into: &mut Parts) -> Parsed<()> {
        if self.rest().starts_with("((")
            && let Some(end) = closing(self.rest().get(2..).unwrap_or_default())
        {
            let inside = self.rest().get(2..2 + end).unwrap_or_default();
            self.at += end + 4;
            self.deeper()?;
            let word = self.text_parts(&inside.replace('"', ""))?;
            self.depth -= 1;
            into.add(Part::Arithmetic(Rc::new(word), quoted));
            return Ok(());
        }
        if self.take("(") {
            self.deeper()?;
            let node = self.list_or_nothing(&[")"])?;
            self.depth -= 1;
            self.newlines();
            if !self.take(")") {
                return Err("syntax error: unexpected end of file (expecting \")\")".to_owned());
            }
            into.add(Part::Command(Rc::new(node), quoted));
            return Ok(());
        }
        if self.take("{") {
            self.deeper()?;
            let parameter = self.braced(quoted, until)?;
            self.depth -= 1;
            into.add(Part::Parameter(Rc::new(parameter)));
            return Ok(());
        }
        let rest = self.rest();
        let length = match rest.chars().next() {
            Some(c) if c.is_ascii_digit() || "?$#@*!-".contains(c) => 1,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            Some('\'') if !quoted && until == Until::Blank => {
                // `$'…'`, which busybox knows.
                self.at += 1;
                let end = self.rest().find('\'').ok_or("syntax error: unterminated quoted string")?;
                let inside = self.rest().get(..end).unwrap_or_default();
                self.at += end + 1;
                let (bytes, _) = super::escapes::unescape(inside.as_bytes(), false);
                into.add(Part::Quoted(String::from_utf8_lossy(&bytes).into_owned()));
                return Ok(());
            }
            _ => {
                into.push('$', quoted);
                return Ok(());
            }
        };
        let name = rest.get(..length).unwrap_or_default();
        self.at += length;
        let (operation, word) = (Operation::Plain, Word::default());
        into.add(Part::Parameter(Rc::new(Parameter { name: name.into(), operation, word, quoted })));
        Ok(())
    }

    /// What stands between `${` and `}`, which is taken too.
    fn braced(&mut self, quoted: bool, until: Until) -> Parsed<Parameter> {
        let name_length = |rest: &str| match rest.chars().next() {
            Some(c) if c.is_ascii_digit() => rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            Some(c) if "?$#@*!-".contains(c) => 1,
            _ => 0,
        };
        if self.rest().starts_with('#') && !self.rest().starts_with("#}") {
            let after = self.rest().get(1..).unwrap_or_default();
            let length = name_length(after);
            if length > 0 && after.get(length..).is_some_and(|rest| rest.starts_with('}')) {
                let name = after.get(..length).unwrap_or_default().into();
                self.at += length + 2;
                return Ok(Parameter { name, operation: Operation::Length, word: Word::default(), quoted });
            }
        }
        let length = name_length(self.rest());
        let name: Rc<str> = self.rest().get(..length).unwrap_or_default().into();
        self.at += length;
        let inner = if quoted { Until::QuotedBrace } else { Until::Brace };
        let _ = until;
        let colon = self.rest().starts_with(':');
        let after_colon = self.rest().get(usize::from(colon)..).unwrap_or_default();
        let (operation, skip, inner) = match after_colon.chars().next() {
            _ if length == 0 => (Operation::Bad, 0, inner),
            Some('}') if !colon => (Operation::Plain, 0, inner),
            Some('-') => (Operation::Default(colon), 1, inner),
            Some('=') => (Operation::Assign(colon), 1, inner),
            Some('?') => (Operation::Require(colon), 1, inner),
            Some('+') => (Operation::Alternative(colon), 1, inner),
            Some('#') if !colon => {
                let long = after_colon.starts_with("##");
                (Operation::TrimStart(long), 1 + usize::from(long), Until::Brace)
            }
            Some('%') if !colon => {
                let long = after_colon.starts_with("%%");
                (Operation::TrimEnd(long), 1 + usize::from(long), Until::Brace)
            }
            Some('/') if !colon => {
                let all = after_colon.starts_with("//");
                (Operation::Replace(all), 1 + usize::from(all), Until::Slash)
            }
            Some(_) if colon => (Operation::Slice, 0, inner),
            _ => (Operation::Bad, 0, inner),
        };
        self.at += usize::from(colon) + skip;
        let mut parts = Parts::default();
        self.parts(inner, &mut parts)?;
        let mut word = parts.word();
        if let Operation::Replace(_) = operation {
            // The pattern is kept as one quoted-or-not group; the replacement follows a marker.
            let mut with = Parts::default();
            if self.take("/") {
                self.parts(Until::Brace, &mut with)?;
            }
            let pattern = std::mem::take(&mut word);
            let parameter = |word| Parameter { name: "".into(), operation: Operation::Plain, word, quoted: true };
            word = Word(vec![
                Part::Parameter(Rc::new(parameter(pattern))),
                Part::Parameter(Rc::new(parameter(with.word()))),
            ]);
        }
        if !self.take("}") {
            return Err("syntax error: missing '}'".to_owned());
        }
        Ok(Parameter { name, operation, word, quoted })
    }

    /// A text that is expanded as in double quotes, where quotes mean nothing.
    fn text_parts(&self, text: &str) -> Parsed<Word> {
        let mut inner = Parser::new(text);
        inner.depth = self.depth;
        let mut parts = Parts::default();
        inner.parts(Until::End, &mut parts)?;
        Ok(parts.word())
    }

    /// What follows the digits of a redirection.
    pub fn redirection(&mut self, fd: Option<u8>) -> Parsed<Redirect> {
        let operators = [
            ("<<", RedirectKind::Here, 0),
            ("<&", RedirectKind::Duplicate, 0),
            ("<>", RedirectKind::ReadWrite, 0),
            ("<", RedirectKind::Read, 0),
            (">>", RedirectKind::Append, 1),
            (">&", RedirectKind::Duplicate, 1),
            (">|", RedirectKind::Write, 1),
            (">", RedirectKind::Write, 1),
        ];
        let Some((_, kind, usual)) = operators.into_iter().find(|(text, ..)| self.take(text)) else {
            return Err("syntax error: bad redirection".to_owned());
        };
        let fd = fd.unwrap_or(usual);
        if kind == RedirectKind::Here {
            let strip = self.take("-");
            return Ok(Redirect { fd, kind, word: self.here_document(strip)? });
        }
        self.blanks();
        Ok(Redirect { fd, kind, word: self.word()? })
    }

    /// The body of a here-document, which begins after this line.
    fn here_document(&mut self, strip: bool) -> Parsed<Word> {
        self.blanks();
        let start = self.at;
        let word = self.word()?;
        let written = self.text.get(start..self.at).unwrap_or_default();
        let quoted = written.contains(['\'', '"', '\\']);
        let mut mark = String::new();
        for part in &word.0 {
            if let Part::Text(text) | Part::Quoted(text) = part {
                mark.push_str(text);
            }
        }
        let line_end = self.rest().find('\n').map_or(self.text.len(), |end| self.at + end);
        let mut at = match self.here {
            Some((end, resume)) if end == line_end => resume,
            _ => line_end.saturating_add(1),
        };
        let mut body = String::new();
        while let Some(rest) = self.text.get(at..).filter(|rest| !rest.is_empty()) {
            let line = rest.split('\n').next().unwrap_or_default();
            at += line.len() + 1;
            let line = if strip { line.trim_start_matches('\t') } else { line };
            if line == mark {
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        self.here = Some((line_end, at.min(self.text.len())));
        if quoted { Ok(Word::quoted(&body)) } else { self.text_parts(&body) }
    }
}

/// Where the `))` is that ends an arithmetic expression; none when the text is none.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = false;
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quote = !quote,
            _ if quote => {}
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' => return text.get(at + 1..).is_some_and(|rest| rest.starts_with(')')).then_some(at),
            _ => {}
        }
    }
    None
}
