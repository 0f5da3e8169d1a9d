//! Characters to tokens, the way of the libyaml family, for that is what kubectl reads with.
//!
//! Modelled on go.yaml.in/yaml/v2 `scannerc.go` (2.4): same tokens, same problems at the same marks. It reads a
//! `&str` in place, holds no more than the tokens a parser may still need, and knows no recursion.

mod chars;
mod directives;
mod keys;
mod scalars;

use std::borrow::Cow;
use std::collections::VecDeque;

use self::chars::Cursor;
use self::keys::SimpleKey;
use super::SyntaxError;
use crate::text::Span;

/// How deep flow collections and block indentation may nest (go-yaml: max_flow_level, max_indents).
const MAX_DEPTH: usize = 10_000;
const TOO_DEEP: &str = "exceeded max depth of 10000";

/// A place in the text: the byte, and the line and column (both from 0) that go-yaml counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The byte.
    pub offset: usize,
    /// How many characters stand before it.
    pub index: usize,
    /// The line, from 0.
    pub line: usize,
    /// The character in the line, from 0.
    pub column: usize,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: the only style whose type is guessed from the text.
    Plain,
    /// In `'…'`.
    SingleQuoted,
    /// In `"…"`.
    DoubleQuoted,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    StreamEnd,
    VersionDirective { major: u32, minor: u32 },
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    Tag { handle: String, suffix: String },
    Scalar { value: Cow<'a, str>, style: Style },
}

#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub kind: TokenKind<'a>,
    pub start: Mark,
    pub end: Mark,
}

/// The scanner; [`Scanner::peek`] and [`Scanner::take`] are all a parser needs.
pub(super) struct Scanner<'a> {
    cursor: Cursor<'a>,
    tokens: VecDeque<Token<'a>>,
    /// How many tokens were taken: the number of the first one in `tokens`.
    taken: usize,
    /// How many `[` and `{` are open.
    flow_level: usize,
    /// The indentation of the open block collections; -1 at the top.
    indent: isize,
    indents: Vec<isize>,
    simple_key_allowed: bool,
    /// One per flow level, and one for the block level.
    simple_keys: Vec<SimpleKey>,
    comments: Vec<Span>,
    ended: bool,
}

type Result<T> = std::result::Result<T, SyntaxError>;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str, span: Span) -> Self {
        Self {
            cursor: Cursor::new(text, span),
            tokens: VecDeque::with_capacity(16),
            taken: 0,
            flow_level: 0,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            comments: Vec::new(),
            ended: false,
        }
    }

    /// The comments met so far, in order.
    pub fn into_comments(self) -> Vec<Span> {
        self.comments
    }

    /// The next token, which stays.
    pub fn peek(&mut self) -> Result<&mut Token<'a>> {
        self.fetch_more()?;
        let mark = self.cursor.mark;
        if self.tokens.is_empty() {
            // Only behind the end of the stream: the end goes on for ever.
            self.tokens.push_back(Token { kind: TokenKind::StreamEnd, start: mark, end: mark });
        }
        match self.tokens.front_mut() {
            Some(token) => Ok(token),
            None => Err(SyntaxError::scanner("unknown problem parsing YAML content", mark, mark)),
        }
    }

    /// Takes away the token that [`Scanner::peek`] showed.
    pub fn take(&mut self) {
        if self.tokens.pop_front().is_some() {
            self.taken += 1;
        }
    }

    fn fetch_more(&mut self) -> Result<()> {
        loop {
            if !self.tokens.is_empty() && !self.head_may_be_key()? {
                return Ok(());
            }
            if self.ended {
                return Ok(());
            }
            self.fetch_next()?;
        }
    }

    fn error<T>(&self, context: Mark, problem: &'static str) -> Result<T> {
        Err(SyntaxError::scanner(problem, self.cursor.mark, context))
    }

    fn push(&mut self, kind: TokenKind<'a>, start: Mark) {
        let end = self.cursor.mark;
        self.tokens.push_back(Token { kind, start, end });
    }

    fn fetch_next(&mut self) -> Result<()> {
        self.skip_to_token()?;
        self.unroll_indent(self.cursor.mark.column as isize);
        self.cursor.need(4)?;
        let Some(first) = self.cursor.current() else { return self.fetch_stream_end() };
        let at_line_start = self.cursor.mark.column == 0;
        if at_line_start && first == b'%' {
            return self.fetch_directive();
        }
        if at_line_start && self.cursor.at_document_indicator(b'-') {
            return self.fetch_document_indicator(TokenKind::DocumentStart);
        }
        if at_line_start && self.cursor.at_document_indicator(b'.') {
            return self.fetch_document_indicator(TokenKind::DocumentEnd);
        }
        let in_flow = self.flow_level > 0;
        let blank_follows = self.cursor.blank_or_end(1);
        match first {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_follows => self.fetch_block_entry(),
            b'?' if in_flow || blank_follows => self.fetch_key(),
            b':' if in_flow || blank_follows => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(first == b'*'),
            b'!' => self.fetch_tag(),
            b'|' | b'>' if !in_flow => self.fetch_block_scalar(first == b'|'),
            b'\'' | b'"' => self.fetch_quoted_scalar(first == b'\''),
            b'-' | b'?' | b':' => self.fetch_plain_scalar(),
            b'|' | b'>' | b'#' | b'%' | b'@' | b'`' => self.cannot_start(),
            _ if self.cursor.blank_or_end(0) => self.cannot_start(),
            _ => self.fetch_plain_scalar(),
        }
    }

    fn cannot_start(&mut self) -> Result<()> {
        self.error(self.cursor.mark, "found character that cannot start any token")
    }

    /// Skips blanks, comments and line breaks. A tab counts as a blank only where no key may start.
    fn skip_to_token(&mut self) -> Result<()> {
        loop {
            self.cursor.need(1)?;
            while self.cursor.is(b' ') || ((self.flow_level > 0 || !self.simple_key_allowed) && self.cursor.is(b'\t')) {
                self.cursor.skip();
            }
            self.cursor.need(1)?;
            self.skip_comment()?;
            if !self.cursor.at_break() {
                return Ok(());
            }
            self.cursor.need(2)?;
            self.cursor.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn skip_comment(&mut self) -> Result<()> {
        if !self.cursor.is(b'#') {
            return Ok(());
        }
        let start = self.cursor.mark.offset;
        while !self.cursor.at_break_or_end() {
            self.cursor.skip();
            self.cursor.need(1)?;
        }
        self.comments.push(Span::new(start, self.cursor.mark.offset));
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<()> {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.ended = true;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        for _ in 0..3 {
            self.cursor.skip();
        }
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.save_simple_key()?;
        self.simple_keys.push(SimpleKey::impossible(self.next_number()));
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return self.error(Mark::default(), TOO_DEEP);
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'a>) -> Result<()> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let (Some(closed), Some(outer)) = (self.simple_keys.pop(), self.simple_keys.last_mut()) {
                outer.forget(closed.number);
            }
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error(mark, "block sequence entries are not allowed in this context");
            }
            self.roll_indent(mark.column as isize, None, TokenKind::BlockSequenceStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error(mark, "mapping keys are not allowed in this context");
            }
            self.roll_indent(mark.column as isize, None, TokenKind::BlockMappingStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let mark = self.cursor.mark;
        if let Some(key) = self.valid_last_key()? {
            // The place is gone where the scanner did not wait for the `:`; the tokens then come in a wrong order.
            let at = key.number.checked_sub(self.taken);
            self.insert(at, Token { kind: TokenKind::Key, start: key.mark, end: key.mark });
            self.roll_indent(key.mark.column as isize, at, TokenKind::BlockMappingStart, key.mark)?;
            if let Some(last) = self.simple_keys.last_mut() {
                last.possible = false;
            }
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.error(mark, "mapping values are not allowed in this context");
                }
                self.roll_indent(mark.column as isize, None, TokenKind::BlockMappingStart, mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value);
        Ok(())
    }

    fn push_indicator(&mut self, kind: TokenKind<'a>) {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.push(kind, start);
    }

    /// Opens a block collection when `column` lies deeper than the open ones; its start goes to `at` in the queue.
    fn roll_indent(&mut self, column: isize, at: Option<usize>, kind: TokenKind<'a>, mark: Mark) -> Result<()> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return self.error(mark, TOO_DEEP);
        }
        self.insert(at, Token { kind, start: mark, end: mark });
        Ok(())
    }

    /// Puts a token at `at` in the queue, or at its end.
    fn insert(&mut self, at: Option<usize>, token: Token<'a>) {
        let end = self.tokens.len();
        self.tokens.insert(at.unwrap_or(end).min(end), token);
    }

    /// Closes the block collections that lie deeper than `column`.
    fn unroll_indent(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
