//! The characters of a text one by one, with go-yaml's notion of lines, blanks and allowed characters.

use super::{Mark, Result};
use crate::text::Span;
use crate::yaml::SyntaxError;

/// go-yaml reads in blocks of this many bytes and refuses a block that holds a forbidden character
/// (go-yaml: readerc.go, input_raw_buffer_size).
const BLOCK: usize = 512;

pub(super) struct Cursor<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pub mark: Mark,
    /// The block with the first forbidden character begins here: nothing from here on can be read.
    readable: usize,
}

/// Whether YAML forbids `c` (go-yaml: readerc.go yaml_parser_update_buffer).
fn is_forbidden(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

impl<'a> Cursor<'a> {
    /// The characters of the bytes `span` of `text`.
    pub fn new(text: &'a str, span: Span) -> Self {
        let text = text.get(..span.end).unwrap_or(text);
        let start = span.start.min(text.len());
        // A byte order mark counts only here (go-yaml: readerc.go yaml_parser_determine_encoding).
        let marked = text.get(start..).is_some_and(|rest| rest.starts_with('\u{feff}'));
        let start = if marked { start + '\u{feff}'.len_utf8() } else { start };
        // Most texts are plain ASCII: look at characters only where a byte is suspicious.
        let suspicious = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || *byte >= 0x7f;
        let bytes = text.as_bytes();
        let part = bytes.get(start..).unwrap_or_default();
        let readable = part
            .iter()
            .position(suspicious)
            .and_then(|at| {
                let rest = text.get(start + at..)?;
                rest.char_indices().find(|(_, c)| is_forbidden(*c)).map(|(i, _)| at + i)
            })
            .map_or(usize::MAX, |bad| start + bad / BLOCK * BLOCK);
        let mark = Mark { offset: start, ..Mark::default() };
        Self { text, bytes, mark, readable }
    }

    /// Makes sure that the next `count` characters may be read, as go-yaml's buffer would have them.
    pub fn need(&self, count: usize) -> Result<()> {
        match self.mark.offset.saturating_add(count) > self.readable {
            true => Err(SyntaxError::reader("control characters are not allowed", self.mark)),
            false => Ok(()),
        }
    }

    /// The text of the bytes `from..to`.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    pub fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.mark.offset + ahead).copied()
    }

    pub fn current(&self) -> Option<u8> {
        self.byte(0)
    }

    pub fn is(&self, byte: u8) -> bool {
        self.byte(0) == Some(byte)
    }

    /// `---` or `...` followed by a blank, at the start of a line.
    pub fn at_document_indicator(&self, byte: u8) -> bool {
        (0..3).all(|i| self.byte(i) == Some(byte)) && self.blank_or_end(3)
    }

    pub fn at_blank(&self) -> bool {
        matches!(self.current(), Some(b' ' | b'\t'))
    }

    fn break_length(&self, ahead: usize) -> usize {
        match self.byte(ahead) {
            Some(b'\n') => 1,
            Some(b'\r') if self.byte(ahead + 1) == Some(b'\n') => 2,
            Some(b'\r') => 1,
            Some(0xc2) if self.byte(ahead + 1) == Some(0x85) => 2,
            Some(0xe2) if self.byte(ahead + 1) == Some(0x80) => match self.byte(ahead + 2) {
                Some(0xa8 | 0xa9) => 3,
                _ => 0,
            },
            _ => 0,
        }
    }

    /// Whether a line break stands `ahead` bytes from here.
    pub fn break_at(&self, ahead: usize) -> bool {
        self.break_length(ahead) > 0
    }

    pub fn at_break(&self) -> bool {
        self.break_at(0)
    }

    pub fn at_end(&self) -> bool {
        self.mark.offset >= self.bytes.len()
    }

    pub fn at_break_or_end(&self) -> bool {
        self.at_end() || self.at_break()
    }

    /// Whether a blank, a line break or the end stands `ahead` bytes from here.
    pub fn blank_or_end(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            None | Some(b' ' | b'\t' | b'\n' | b'\r') => true,
            Some(0xc2 | 0xe2) => self.break_at(ahead),
            Some(_) => false,
        }
    }

    pub fn at_alpha(&self) -> bool {
        self.current().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    }

    /// Goes one character on, within a line.
    pub fn skip(&mut self) {
        let width = match self.current() {
            None => return,
            Some(0..0x80) => 1,
            Some(0x80..0xe0) => 2,
            Some(0xe0..0xf0) => 3,
            Some(_) => 4,
        };
        self.mark.offset = (self.mark.offset + width).min(self.bytes.len());
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Goes over one line break, if one stands here.
    pub fn skip_line(&mut self) {
        let length = self.break_length(0);
        if length > 0 {
            self.mark.index += if self.is(b'\r') { length } else { 1 };
            self.mark.offset += length;
            self.mark.line += 1;
            self.mark.column = 0;
        }
    }

    /// Goes over one line break and appends it as YAML understands it: a line feed, but for U+2028 and U+2029.
    pub fn read_line(&mut self, into: &mut String) {
        match self.break_length(0) {
            0 => return,
            3 => into.push_str(self.slice(self.mark.offset, self.mark.offset + 3)),
            _ => into.push('\n'),
        }
        self.skip_line();
    }

    /// Goes one character on and appends it.
    pub fn read(&mut self, into: &mut String) {
        let start = self.mark.offset;
        self.skip();
        into.push_str(self.slice(start, self.mark.offset));
    }
}
