//! Directives (`%YAML`, `%TAG`), tags and the names of anchors.

use super::{Mark, Result, Scanner, TokenKind};

impl<'a> Scanner<'a> {
    pub(super) fn fetch_directive(&mut self) -> Result<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        self.cursor.skip();
        let kind = match self.scan_directive_name(start)? {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return self.error(start, "found unknown directive name"),
        };
        let end = self.cursor.mark;
        self.skip_blanks()?;
        self.skip_comment()?;
        if !self.cursor.at_break_or_end() {
            return self.error(start, "did not find expected comment or line break");
        }
        self.cursor.skip_line();
        self.tokens.push_back(super::Token { kind, start, end });
        Ok(())
    }

    pub(super) fn skip_blanks(&mut self) -> Result<()> {
        self.cursor.need(1)?;
        while self.cursor.at_blank() {
            self.cursor.skip();
            self.cursor.need(1)?;
        }
        Ok(())
    }

    fn scan_alpha(&mut self) -> Result<&'a str> {
        let start = self.cursor.mark.offset;
        self.cursor.need(1)?;
        while self.cursor.at_alpha() {
            self.cursor.skip();
            self.cursor.need(1)?;
        }
        Ok(self.cursor.slice(start, self.cursor.mark.offset))
    }

    fn scan_directive_name(&mut self, start: Mark) -> Result<&'a str> {
        let name = self.scan_alpha()?;
        if name.is_empty() {
            return self.error(start, "could not find expected directive name");
        }
        if !self.cursor.blank_or_end(0) {
            return self.error(start, "found unexpected non-alphabetical character");
        }
        Ok(name)
    }

    fn scan_version(&mut self, start: Mark) -> Result<TokenKind<'a>> {
        self.skip_blanks()?;
        let major = self.scan_version_number(start)?;
        if !self.cursor.is(b'.') {
            return self.error(start, "did not find expected digit or '.' character");
        }
        self.cursor.skip();
        let minor = self.scan_version_number(start)?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u32> {
        self.cursor.need(1)?;
        let (mut value, mut length) = (0, 0);
        while let Some(digit) = self.cursor.current().filter(u8::is_ascii_digit) {
            length += 1;
            if length > 2 {
                return self.error(start, "found extremely long version number");
            }
            value = value * 10 + u32::from(digit - b'0');
            self.cursor.skip();
            self.cursor.need(1)?;
        }
        match length {
            0 => self.error(start, "did not find expected version number"),
            _ => Ok(value),
        }
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Result<TokenKind<'a>> {
        self.skip_blanks()?;
        let handle = self.scan_tag_handle(true, start)?;
        self.cursor.need(1)?;
        if !self.cursor.at_blank() {
            return self.error(start, "did not find expected whitespace");
        }
        self.skip_blanks()?;
        let prefix = self.scan_tag_uri(None, start)?;
        self.cursor.need(1)?;
        if !self.cursor.blank_or_end(0) {
            return self.error(start, "did not find expected whitespace or line break");
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    /// The name behind `&` or `*`.
    pub(super) fn scan_anchor(&mut self) -> Result<&'a str> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.scan_alpha()?;
        let ends_well = self.cursor.blank_or_end(0)
            || matches!(self.cursor.current(), Some(b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'));
        if name.is_empty() || !ends_well {
            return self.error(start, "did not find expected alphabetic or numeric character");
        }
        Ok(name)
    }

    /// A tag as handle and suffix; `!<…>` has an empty handle, and so has the lone `!`, whose suffix it is.
    pub(super) fn scan_tag(&mut self) -> Result<(String, String)> {
        let start = self.cursor.mark;
        self.cursor.need(2)?;
        let (handle, suffix) = if self.cursor.byte(1) == Some(b'<') {
            self.cursor.skip();
            self.cursor.skip();
            let suffix = self.scan_tag_uri(None, start)?;
            if !self.cursor.is(b'>') {
                return self.error(start, "did not find the expected '>'");
            }
            self.cursor.skip();
            (String::new(), suffix)
        } else {
            let handle = self.scan_tag_handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.scan_tag_uri(None, start)?;
                (handle, suffix)
            } else {
                match self.scan_tag_uri(Some(&handle), start)? {
                    suffix if suffix.is_empty() => (suffix, "!".to_owned()),
                    suffix => ("!".to_owned(), suffix),
                }
            }
        };
        self.cursor.need(1)?;
        if !self.cursor.blank_or_end(0) {
            return self.error(start, "did not find expected whitespace or line break");
        }
        Ok((handle, suffix))
    }

    fn scan_tag_handle(&mut self, directive: bool, start: Mark) -> Result<String> {
        self.cursor.need(1)?;
        if !self.cursor.is(b'!') {
            return self.error(start, "did not find expected '!'");
        }
        self.cursor.skip();
        let mut handle = format!("!{}", self.scan_alpha()?);
        if self.cursor.is(b'!') {
            self.cursor.read(&mut handle);
        } else if directive && handle != "!" {
            return self.error(start, "did not find expected '!'");
        }
        Ok(handle)
    }

    fn scan_tag_uri(&mut self, head: Option<&str>, start: Mark) -> Result<String> {
        let mut uri = head.and_then(|head| head.get(1..)).unwrap_or_default().to_owned();
        let mut found = head.is_some();
        self.cursor.need(1)?;
        while self.cursor.at_alpha()
            || self.cursor.current().is_some_and(|byte| b";/?:@&=+$,.!~*'()[]%".contains(&byte))
        {
            match self.cursor.is(b'%') {
                true => self.scan_uri_escape(&mut uri, start)?,
                false => self.cursor.read(&mut uri),
            }
            found = true;
            self.cursor.need(1)?;
        }
        match found {
            true => Ok(uri),
            false => self.error(start, "did not find expected tag URI"),
        }
    }

    /// One character written as `%XX…`.
    fn scan_uri_escape(&mut self, uri: &mut String, start: Mark) -> Result<()> {
        let mut octets: Vec<u8> = Vec::new();
        let mut width = 1;
        while octets.len() < width {
            self.cursor.need(3)?;
            let hex = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
            let (Some(b'%'), Some(high), Some(low)) =
                (self.cursor.current(), hex(self.cursor.byte(1)), hex(self.cursor.byte(2)))
            else {
                return self.error(start, "did not find URI escaped octet");
            };
            let octet = u8::try_from(high * 16 + low).unwrap_or_default();
            if octets.is_empty() {
                width = match octet {
                    0..0x80 => 1,
                    0xc0..0xe0 => 2,
                    0xe0..0xf0 => 3,
                    0xf0..0xf8 => 4,
                    _ => return self.error(start, "found an incorrect leading UTF-8 octet"),
                };
            } else if octet & 0xc0 != 0x80 {
                return self.error(start, "found an incorrect trailing UTF-8 octet");
            }
            octets.push(octet);
            for _ in 0..3 {
                self.cursor.skip();
            }
        }
        uri.push_str(&String::from_utf8_lossy(&octets));
        Ok(())
    }
}
