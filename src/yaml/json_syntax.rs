//! JSON documents as trees, with the complaints of Go's `encoding/json` (scanner.go) where they are broken.

use std::borrow::Cow;

use super::go_syntax::quote;
use super::scan::Style;
use super::tree::{NodeKind, Tree, TreeBuilder};
use crate::text::Span;

/// How deep JSON may nest (encoding/json: maxNestingDepth).
const MAX_DEPTH: usize = 10_000;

/// Why no JSON value could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JsonError {
    /// Nothing but blanks.
    Empty,
    /// The text ends too early.
    UnexpectedEnd,
    /// Go's words, and the byte they speak of.
    Syntax { problem: String, at: usize },
}

/// The JSON value that begins at or behind the byte `from`, and the byte behind it.
pub(super) fn parse(text: &str, from: usize) -> Result<(Tree<'_>, usize), JsonError> {
    let mut reader = Reader { text, at: from, builder: TreeBuilder::default() };
    reader.skip_blanks();
    if reader.peek().is_none() {
        return Err(JsonError::Empty);
    }
    reader.document()?;
    Ok((reader.builder.finish(reader.at), reader.at))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    builder: TreeBuilder<'a>,
}

type Read<T> = Result<T, JsonError>;

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The complaint about the byte here.
    fn fail<T>(&self, context: &str) -> Read<T> {
        let Some(byte) = self.peek() else { return Err(JsonError::UnexpectedEnd) };
        let shown = match byte {
            b'\'' => r"'\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            _ => {
                let quoted = quote(&char::from(byte).to_string());
                format!("'{}'", quoted.trim_matches('"'))
            }
        };
        Err(JsonError::Syntax { problem: format!("invalid character {shown} {context}"), at: self.at })
    }

    fn document(&mut self) -> Read<()> {
        // The open collections: true for an object.
        let mut open: Vec<bool> = Vec::new();
        loop {
            // A value is due.
            self.skip_blanks();
            let start = self.at;
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    let object = bracket == b'{';
                    if open.len() >= MAX_DEPTH {
                        return Err(JsonError::Syntax { problem: "exceeded max depth".to_owned(), at: self.at });
                    }
                    self.at += 1;
                    let kind = match object {
                        true => NodeKind::Mapping { pairs: Vec::new(), flow: true },
                        false => NodeKind::Sequence { items: Vec::new(), flow: true },
                    };
                    self.builder.add(kind, Span::new(start, self.at), None, None);
                    open.push(object);
                    self.skip_blanks();
                    let close = if object { b'}' } else { b']' };
                    if self.peek() == Some(close) {
                        self.close(&mut open);
                    } else if object {
                        self.key()?;
                        continue;
                    } else {
                        continue;
                    }
                }
                _ => self.scalar()?,
            }
            // A value is done: what follows?
            loop {
                let Some(object) = open.last().copied() else { return Ok(()) };
                self.skip_blanks();
                match (self.peek(), object) {
                    (Some(b','), true) => {
                        self.at += 1;
                        self.skip_blanks();
                        self.key()?;
                        break;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => self.close(&mut open),
                    (_, true) => return self.fail("after object key:value pair"),
                    (_, false) => return self.fail("after array element"),
                }
            }
        }
    }

    fn close(&mut self, open: &mut Vec<bool>) {
        self.at += 1;
        open.pop();
        self.builder.close(Some(Span::new(self.at, self.at)));
    }

    /// A key and its colon.
    fn key(&mut self) -> Read<()> {
        if self.peek() != Some(b'"') {
            return self.fail("looking for beginning of object key string");
        }
        self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return self.fail("after object key");
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Read<()> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => return self.string(),
            Some(b't') => self.literal("true")?,
            Some(b'f') => self.literal("false")?,
            Some(b'n') => self.literal("null")?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return self.fail("looking for beginning of value"),
        }
        let value = Cow::Borrowed(self.text.get(start..self.at).unwrap_or_default());
        let kind = NodeKind::Scalar { value, style: Style::Plain, plain: true };
        self.builder.add(kind, Span::new(start, self.at), None, None);
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Read<()> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return self.fail(&format!("in literal {word} (expecting '{}')", char::from(expected)));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn digits(&mut self, context: &str) -> Read<()> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.fail(context);
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Read<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn string(&mut self) -> Read<()> {
        let start = self.at;
        self.at += 1;
        let mut value: Option<String> = None;
        let mut piece = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let text = value.get_or_insert_default();
                    text.push_str(self.text.get(piece..self.at).unwrap_or_default());
                    self.at += 1;
                    let character = self.escape()?;
                    value.get_or_insert_default().push(character);
                    piece = self.at;
                }
                Some(0..0x20) => return self.fail("in string literal"),
                Some(_) => self.at += 1,
                None => return Err(JsonError::UnexpectedEnd),
            }
        }
        let rest = self.text.get(piece..self.at).unwrap_or_default();
        let value = match value {
            None => Cow::Borrowed(rest),
            Some(text) => Cow::Owned(text + rest),
        };
        self.at += 1;
        let kind = NodeKind::Scalar { value, style: Style::DoubleQuoted, plain: false };
        self.builder.add(kind, Span::new(start, self.at), None, None);
        Ok(())
    }

    fn escape(&mut self) -> Read<char> {
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                return self.second_half(first);
            }
            _ => return self.fail("in string escape code"),
        };
        self.at += 1;
        Ok(character)
    }

    fn hex(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.fail("in \\u hexadecimal character escape");
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Joins the halves of a surrogate pair; a lone half becomes U+FFFD.
    fn second_half(&mut self, first: u32) -> Read<char> {
        let lone = char::from_u32(first).unwrap_or('\u{fffd}');
        let follows = self.text.get(self.at..).unwrap_or_default().starts_with("\\u");
        if !(0xd800..0xdc00).contains(&first) || !follows {
            return Ok(lone);
        }
        let before = self.at;
        self.at += 2;
        let second = self.hex()?;
        if (0xdc00..0xe000).contains(&second) {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
        }
        self.at = before;
        Ok(lone)
    }
}
