//! Scalars in their five styles. What needs no change stays borrowed from the text.

use std::borrow::Cow;

use super::{Mark, Result, Scanner, Style, Token, TokenKind};

impl<'a> Scanner<'a> {
    fn push_scalar(&mut self, value: Cow<'a, str>, style: Style, start: Mark, end: Mark) {
        self.tokens.push_back(Token { kind: TokenKind::Scalar { value, style }, start, end });
    }

    pub(super) fn fetch_plain_scalar(&mut self) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let mut end = start;
        // While the value is one stretch of the text, `folded` stays empty.
        let mut folded: Option<String> = None;
        let mut piece = start.offset;
        let indent = self.indent + 1;
        let mut broke_line = false;
        let mut breaks = String::new();
        loop {
            self.cursor.need(4)?;
            let indicator = self.cursor.at_document_indicator(b'-') || self.cursor.at_document_indicator(b'.');
            if self.cursor.mark.column == 0 && indicator || self.cursor.is(b'#') {
                break;
            }
            if !self.cursor.blank_or_end(0) && !self.ends_plain() {
                if broke_line {
                    let text = folded.get_or_insert_default();
                    text.push_str(self.cursor.slice(piece, end.offset));
                    fold(text, &mut breaks);
                    piece = self.cursor.mark.offset;
                    broke_line = false;
                }
                while !self.cursor.blank_or_end(0) && !self.ends_plain() {
                    self.cursor.skip();
                    self.cursor.need(2)?;
                }
                end = self.cursor.mark;
            }
            if !(self.cursor.at_blank() || self.cursor.at_break()) {
                break;
            }
            self.cursor.need(1)?;
            while self.cursor.at_blank() || self.cursor.at_break() {
                if self.cursor.at_blank() {
                    if broke_line && (self.cursor.mark.column as isize) < indent && self.cursor.is(b'\t') {
                        return self.error(start, "found a tab character that violates indentation");
                    }
                    self.cursor.skip();
                } else {
                    self.cursor.need(2)?;
                    self.cursor.read_line(&mut breaks);
                    broke_line = true;
                }
                self.cursor.need(1)?;
            }
            if self.flow_level == 0 && (self.cursor.mark.column as isize) < indent {
                break;
            }
        }
        let value = match folded {
            None => Cow::Borrowed(self.cursor.slice(piece, end.offset)),
            Some(mut text) => {
                text.push_str(self.cursor.slice(piece, end.offset));
                Cow::Owned(text)
            }
        };
        self.push_scalar(value, Style::Plain, start, end);
        if broke_line {
            self.simple_key_allowed = true;
        }
        Ok(())
    }

    /// Whether an indicator here ends a plain scalar.
    fn ends_plain(&self) -> bool {
        match self.cursor.current() {
            Some(b':') => self.cursor.blank_or_end(1),
            Some(b',' | b'?' | b'[' | b']' | b'{' | b'}') => self.flow_level > 0,
            _ => false,
        }
    }

    pub(super) fn fetch_quoted_scalar(&mut self, single: bool) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let quote = if single { b'\'' } else { b'"' };
        self.cursor.skip();
        let first = self.cursor.mark.offset;
        let mut text: Option<String> = None;
        // What lies between `piece` and the cursor belongs to the value and is not in `text` yet.
        let mut piece = first;
        loop {
            self.cursor.need(4)?;
            let indicator = self.cursor.at_document_indicator(b'-') || self.cursor.at_document_indicator(b'.');
            if self.cursor.mark.column == 0 && indicator {
                return self.error(start, "found unexpected document indicator");
            }
            if self.cursor.at_end() {
                return self.error(start, "found unexpected end of stream");
            }
            let mut escaped_break = false;
            while !self.cursor.blank_or_end(0) {
                if self.cursor.is(quote) && !(single && self.cursor.byte(1) == Some(quote)) {
                    break;
                }
                if self.cursor.is(quote) {
                    self.cursor.skip();
                    text.get_or_insert_default().push_str(self.cursor.slice(piece, self.cursor.mark.offset));
                    self.cursor.skip();
                    piece = self.cursor.mark.offset;
                } else if !single && self.cursor.is(b'\\') {
                    let text = text.get_or_insert_default();
                    text.push_str(self.cursor.slice(piece, self.cursor.mark.offset));
                    if self.cursor.break_at(1) {
                        self.cursor.need(3)?;
                        self.cursor.skip();
                        self.cursor.skip_line();
                        escaped_break = true;
                        piece = self.cursor.mark.offset;
                        break;
                    }
                    let character = self.scan_escape(start)?;
                    text.push(character);
                    piece = self.cursor.mark.offset;
                } else {
                    self.cursor.skip();
                }
                self.cursor.need(2)?;
            }
            self.cursor.need(1)?;
            if self.cursor.is(quote) {
                break;
            }
            self.fold_quoted(&mut text, &mut piece, escaped_break)?;
        }
        let value = match text {
            None => Cow::Borrowed(self.cursor.slice(first, self.cursor.mark.offset)),
            Some(mut text) => {
                text.push_str(self.cursor.slice(piece, self.cursor.mark.offset));
                Cow::Owned(text)
            }
        };
        self.cursor.skip();
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        self.push_scalar(value, style, start, self.cursor.mark);
        Ok(())
    }

    /// Goes over the blanks and line breaks inside quotes; blanks count only within a line.
    fn fold_quoted(&mut self, text: &mut Option<String>, piece: &mut usize, escaped_break: bool) -> Result<()> {
        let blanks = self.cursor.mark.offset;
        let mut broke_line = escaped_break;
        let mut breaks = String::new();
        while self.cursor.at_blank() || self.cursor.at_break() {
            if self.cursor.at_blank() {
                self.cursor.skip();
            } else {
                self.cursor.need(2)?;
                if !broke_line {
                    text.get_or_insert_default().push_str(self.cursor.slice(*piece, blanks));
                    broke_line = true;
                }
                self.cursor.read_line(&mut breaks);
            }
            self.cursor.need(1)?;
        }
        if broke_line {
            let text = text.get_or_insert_default();
            match escaped_break {
                true => text.push_str(&breaks),
                false => fold(text, &mut breaks),
            }
            *piece = self.cursor.mark.offset;
        }
        Ok(())
    }

    /// The character that `\…` stands for.
    fn scan_escape(&mut self, start: Mark) -> Result<char> {
        let digits = match self.cursor.byte(1) {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            other => {
                let Some(character) = other.and_then(simple_escape) else {
                    return self.error(start, "found unknown escape character");
                };
                self.cursor.skip();
                self.cursor.skip();
                return Ok(character);
            }
        };
        self.cursor.skip();
        self.cursor.skip();
        self.cursor.need(digits)?;
        let mut code: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = self.cursor.byte(ahead).and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.error(start, "did not find expected hexdecimal number");
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return self.error(start, "found invalid Unicode character escape code");
        };
        for _ in 0..digits {
            self.cursor.skip();
        }
        Ok(character)
    }

    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Result<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.cursor.mark;
        self.cursor.skip();
        let (keep, increment) = self.scan_block_header(start)?;
        self.skip_blanks()?;
        self.skip_comment()?;
        if !self.cursor.at_break_or_end() {
            return self.error(start, "did not find expected comment or line break");
        }
        self.cursor.need(2)?;
        self.cursor.skip_line();

        let mut end = self.cursor.mark;
        let mut indent = increment.map(|increment| usize::try_from(self.indent).unwrap_or(0) + increment);
        let mut text = String::new();
        let mut leading_break = String::new();
        let mut breaks = String::new();
        let mut level = self.scan_block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        let mut previous_blank = false;
        while self.cursor.mark.column == level && !self.cursor.at_end() {
            let blank = self.cursor.at_blank();
            if !literal && !previous_blank && !blank && leading_break.starts_with('\n') {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&leading_break);
            }
            leading_break.clear();
            text.push_str(&breaks);
            breaks.clear();
            previous_blank = blank;
            let line = self.cursor.mark.offset;
            while !self.cursor.at_break_or_end() {
                self.cursor.skip();
                self.cursor.need(1)?;
            }
            text.push_str(self.cursor.slice(line, self.cursor.mark.offset));
            self.cursor.need(2)?;
            self.cursor.read_line(&mut leading_break);
            level = self.scan_block_breaks(&mut indent, &mut breaks, start, &mut end)?;
        }
        if keep != Keep::Strip {
            text.push_str(&leading_break);
        }
        if keep == Keep::All {
            text.push_str(&breaks);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        self.push_scalar(Cow::Owned(text), style, start, end);
        Ok(())
    }

    /// The `+`, `-` and digit behind `|` or `>`, in either order.
    fn scan_block_header(&mut self, start: Mark) -> Result<(Keep, Option<usize>)> {
        let mut keep = None;
        let mut increment = None;
        for _ in 0..2 {
            self.cursor.need(1)?;
            match self.cursor.current() {
                Some(b'+') if keep.is_none() => keep = Some(Keep::All),
                Some(b'-') if keep.is_none() => keep = Some(Keep::Strip),
                Some(b'0') if increment.is_none() => {
                    return self.error(start, "found an indentation indicator equal to 0");
                }
                Some(digit @ b'1'..=b'9') if increment.is_none() => increment = Some(usize::from(digit - b'0')),
                _ => break,
            }
            self.cursor.skip();
        }
        Ok((keep.unwrap_or(Keep::One), increment))
    }

    /// Goes over indentation and empty lines; finds out the indentation of the scalar where it is not known yet.
    fn scan_block_breaks(
        &mut self,
        indent: &mut Option<usize>,
        breaks: &mut String,
        start: Mark,
        end: &mut Mark,
    ) -> Result<usize> {
        *end = self.cursor.mark;
        let mut deepest = 0;
        loop {
            self.cursor.need(1)?;
            let inside = |column: usize| indent.is_none_or(|indent| column < indent);
            while inside(self.cursor.mark.column) && self.cursor.is(b' ') {
                self.cursor.skip();
                self.cursor.need(1)?;
            }
            deepest = deepest.max(self.cursor.mark.column);
            if inside(self.cursor.mark.column) && self.cursor.is(b'\t') {
                return self.error(start, "found a tab character where an indentation space is expected");
            }
            if !self.cursor.at_break() {
                break;
            }
            self.cursor.need(2)?;
            self.cursor.read_line(breaks);
            *end = self.cursor.mark;
        }
        let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
        Ok(*indent.get_or_insert(deepest.max(least)))
    }
}

/// What happens to the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Strip,
    One,
    All,
}

/// Folds line breaks: one becomes a space, of several the first goes.
fn fold(text: &mut String, breaks: &mut String) {
    match breaks.strip_prefix('\n') {
        Some("") => text.push(' '),
        Some(rest) => text.push_str(rest),
        None => text.push_str(breaks),
    }
    breaks.clear();
}

fn simple_escape(byte: u8) -> Option<char> {
    Some(match byte {
        b'0' => '\0',
        b'a' => '\x07',
        b'b' => '\x08',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\x0b',
        b'f' => '\x0c',
        b'r' => '\r',
        b'e' => '\x1b',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
