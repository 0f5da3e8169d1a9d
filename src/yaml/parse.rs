//! Tokens to events: the grammar, as a machine of states, so that depth costs no stack.
//!
//! Modelled on go.yaml.in/yaml/v2 `parserc.go` (2.4).

use std::borrow::Cow;

use super::SyntaxError;
use super::scan::{Mark, Scanner, Style, TokenKind};
use crate::text::Span;

#[derive(Debug)]
pub(super) enum EventKind<'a> {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'a str),
    Scalar { value: Cow<'a, str>, style: Style, plain_implicit: bool },
    SequenceStart { flow: bool },
    SequenceEnd,
    MappingStart { flow: bool },
    MappingEnd,
}

#[derive(Debug)]
pub(super) struct Event<'a> {
    pub kind: EventKind<'a>,
    pub anchor: Option<&'a str>,
    pub tag: Option<String>,
    pub start: Mark,
    pub end: Mark,
}

impl<'a> Event<'a> {
    fn plain(kind: EventKind<'a>, start: Mark, end: Mark) -> Self {
        Self { kind, anchor: None, tag: None, start, end }
    }

    fn empty(mark: Mark) -> Self {
        let kind = EventKind::Scalar { value: Cow::Borrowed(""), style: Style::Plain, plain_implicit: true };
        Self::plain(kind, mark, mark)
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirstEntry,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirstKey,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequencePairKey,
    FlowSequencePairValue,
    FlowSequencePairEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

pub(super) struct Parser<'a> {
    pub scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    /// Where the open collections began.
    marks: Vec<Mark>,
    /// Handles and prefixes of `%TAG`.
    tags: Vec<(String, String)>,
}

type Result<T> = std::result::Result<T, SyntaxError>;

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, span: Span) -> Self {
        Self {
            scanner: Scanner::new(text, span),
            state: State::ImplicitDocumentStart,
            states: Vec::new(),
            marks: Vec::new(),
            tags: Vec::new(),
        }
    }

    pub fn next(&mut self) -> Result<Event<'a>> {
        match self.state {
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceFirstEntry => self.block_sequence_entry(true),
            State::BlockSequenceEntry => self.block_sequence_entry(false),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirstKey => self.block_mapping_key(true),
            State::BlockMappingKey => self.block_mapping_key(false),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirstEntry => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequencePairKey => self.flow_sequence_pair_key(),
            State::FlowSequencePairValue => self.flow_sequence_pair_value(),
            State::FlowSequencePairEnd => self.flow_sequence_pair_end(),
            State::FlowMappingFirstKey => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => {
                let mark = self.scanner.peek()?.start;
                Ok(Event::plain(EventKind::StreamEnd, mark, mark))
            }
        }
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn error<T>(&self, problem: &'static str, mark: Mark, context: Mark) -> Result<T> {
        Err(SyntaxError::parser(problem, mark, context))
    }

    /// The error of a collection that goes on with the wrong token.
    fn collection_error<T>(&mut self, problem: &'static str, mark: Mark) -> Result<T> {
        let context = self.marks.pop().unwrap_or_default();
        self.error(problem, mark, context)
    }

    fn begin_collection(&mut self) -> Result<()> {
        let mark = self.scanner.peek()?.start;
        self.marks.push(mark);
        self.scanner.take();
        Ok(())
    }

    fn end_collection(&mut self, kind: EventKind<'a>) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let event = Event::plain(kind, token.start, token.end);
        self.pop_state();
        self.marks.pop();
        self.scanner.take();
        Ok(event)
    }

    fn document_start(&mut self, implicit: bool) -> Result<Event<'a>> {
        if !implicit {
            while self.scanner.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.take();
            }
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                Ok(Event::plain(EventKind::StreamEnd, start, end))
            }
            TokenKind::VersionDirective { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart => {
                self.directives()?;
                let token = self.scanner.peek()?;
                let (begin, end) = (token.start, token.end);
                if token.kind != TokenKind::DocumentStart {
                    return self.error("did not find expected <document start>", begin, Mark::default());
                }
                self.scanner.take();
                self.states.push(State::DocumentEnd);
                self.state = State::DocumentContent;
                Ok(Event::plain(EventKind::DocumentStart, start, end))
            }
            _ if implicit => {
                self.directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                Ok(Event::plain(EventKind::DocumentStart, start, end))
            }
            _ => self.error("did not find expected <document start>", start, Mark::default()),
        }
    }

    fn document_content(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let mark = token.start;
                self.pop_state();
                Ok(Event::empty(mark))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let (start, mut end) = (token.start, token.start);
        if token.kind == TokenKind::DocumentEnd {
            end = token.end;
            self.scanner.take();
        }
        self.tags.clear();
        self.state = State::DocumentStart;
        Ok(Event::plain(EventKind::DocumentEnd, start, end))
    }

    fn directives(&mut self) -> Result<()> {
        let mut version_seen = false;
        loop {
            let token = self.scanner.peek()?;
            let mark = token.start;
            match &mut token.kind {
                TokenKind::VersionDirective { major, minor } => {
                    if version_seen {
                        return self.error("found duplicate %YAML directive", mark, Mark::default());
                    }
                    if (*major, *minor) != (1, 1) {
                        return self.error("found incompatible YAML document", mark, Mark::default());
                    }
                    version_seen = true;
                }
                TokenKind::TagDirective { handle, prefix } => {
                    let (handle, prefix) = (std::mem::take(handle), std::mem::take(prefix));
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        return self.error("found duplicate %TAG directive", mark, Mark::default());
                    }
                    self.tags.push((handle, prefix));
                }
                _ => break,
            }
            self.scanner.take();
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tags.iter().any(|(known, _)| known == handle) {
                self.tags.push((handle.to_owned(), prefix.to_owned()));
            }
        }
        Ok(())
    }

    fn node(&mut self, block: bool, indentless: bool) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let (mut start, mut end) = (token.start, token.start);
        if let TokenKind::Alias(name) = token.kind {
            let event = Event::plain(EventKind::Alias(name), token.start, token.end);
            self.pop_state();
            self.scanner.take();
            return Ok(event);
        }
        let mut anchor = None;
        let mut tag: Option<(String, String, Mark)> = None;
        for first in [true, false] {
            let token = self.scanner.peek()?;
            match &mut token.kind {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(*name),
                TokenKind::Tag { handle, suffix } if tag.is_none() => {
                    tag = Some((std::mem::take(handle), std::mem::take(suffix), token.start));
                }
                _ => break,
            }
            if first {
                start = token.start;
            }
            end = token.end;
            self.scanner.take();
        }
        let tag = match tag {
            None => None,
            Some((handle, suffix, _)) if handle.is_empty() => Some(suffix),
            Some((handle, suffix, mark)) => match self.tags.iter().find(|(known, _)| *known == handle) {
                Some((_, prefix)) => Some(format!("{prefix}{suffix}")),
                None => return self.error("found undefined tag handle", mark, start),
            },
        };
        let implicit = tag.as_deref().is_none_or(str::is_empty);
        let token = self.scanner.peek()?;
        let next = token.start;
        let kind = match &mut token.kind {
            TokenKind::BlockEntry if indentless => {
                end = token.end;
                self.state = State::IndentlessSequenceEntry;
                EventKind::SequenceStart { flow: false }
            }
            TokenKind::Scalar { value, style } => {
                end = token.end;
                let plain_implicit = tag.as_deref() == Some("!") || *style == Style::Plain && implicit;
                let (value, style) = (std::mem::take(value), *style);
                let tag = tag.filter(|tag| tag != "!");
                self.scanner.take();
                self.pop_state();
                let kind = EventKind::Scalar { value, style, plain_implicit };
                return Ok(Event { kind, anchor, tag, start, end });
            }
            TokenKind::FlowSequenceStart => {
                end = token.end;
                self.state = State::FlowSequenceFirstEntry;
                EventKind::SequenceStart { flow: true }
            }
            TokenKind::FlowMappingStart => {
                end = token.end;
                self.state = State::FlowMappingFirstKey;
                EventKind::MappingStart { flow: true }
            }
            TokenKind::BlockSequenceStart if block => {
                end = token.end;
                self.state = State::BlockSequenceFirstEntry;
                EventKind::SequenceStart { flow: false }
            }
            TokenKind::BlockMappingStart if block => {
                end = token.end;
                self.state = State::BlockMappingFirstKey;
                EventKind::MappingStart { flow: false }
            }
            _ if anchor.is_some() || tag.is_some() => {
                self.pop_state();
                EventKind::Scalar { value: Cow::Borrowed(""), style: Style::Plain, plain_implicit: implicit }
            }
            _ => return self.error("did not find expected node content", next, start),
        };
        Ok(Event { kind, anchor, tag, start, end })
    }

    fn block_sequence_entry(&mut self, first: bool) -> Result<Event<'a>> {
        if first {
            self.begin_collection()?;
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::BlockEntry => {
                self.scanner.take();
                if matches!(self.scanner.peek()?.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return Ok(Event::empty(end));
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(true, false)
            }
            TokenKind::BlockEnd => self.end_collection(EventKind::SequenceEnd),
            _ => self.collection_error("did not find expected '-' indicator", start),
        }
    }

    fn indentless_sequence_entry(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        if token.kind != TokenKind::BlockEntry {
            self.pop_state();
            return Ok(Event::plain(EventKind::SequenceEnd, start, start));
        }
        self.scanner.take();
        let next = &self.scanner.peek()?.kind;
        if matches!(next, TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
            self.state = State::IndentlessSequenceEntry;
            return Ok(Event::empty(end));
        }
        self.states.push(State::IndentlessSequenceEntry);
        self.node(true, false)
    }

    fn block_mapping_key(&mut self, first: bool) -> Result<Event<'a>> {
        if first {
            self.begin_collection()?;
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::Key => {
                self.scanner.take();
                if matches!(self.scanner.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
                    self.state = State::BlockMappingValue;
                    return Ok(Event::empty(end));
                }
                self.states.push(State::BlockMappingValue);
                self.node(true, true)
            }
            TokenKind::BlockEnd => self.end_collection(EventKind::MappingEnd),
            _ => self.collection_error("did not find expected key", start),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        if token.kind != TokenKind::Value {
            self.state = State::BlockMappingKey;
            return Ok(Event::empty(start));
        }
        self.scanner.take();
        if matches!(self.scanner.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd) {
            self.state = State::BlockMappingKey;
            return Ok(Event::empty(end));
        }
        self.states.push(State::BlockMappingKey);
        self.node(true, true)
    }

    fn flow_sequence_entry(&mut self, first: bool) -> Result<Event<'a>> {
        if first {
            self.begin_collection()?;
        } else {
            let token = self.scanner.peek()?;
            let start = token.start;
            match token.kind {
                TokenKind::FlowSequenceEnd => {}
                TokenKind::FlowEntry => self.scanner.take(),
                _ => return self.collection_error("did not find expected ',' or ']'", start),
            }
        }
        let token = self.scanner.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::FlowSequenceEnd => self.end_collection(EventKind::SequenceEnd),
            TokenKind::Key => {
                self.scanner.take();
                self.state = State::FlowSequencePairKey;
                Ok(Event::plain(EventKind::MappingStart { flow: true }, start, end))
            }
            _ => {
                self.states.push(State::FlowSequenceEntry);
                self.node(false, false)
            }
        }
    }

    fn flow_sequence_pair_key(&mut self) -> Result<Event<'a>> {
        let token = self.scanner.peek()?;
        let end = token.end;
        if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
            self.scanner.take();
            self.state = State::FlowSequencePairValue;
            return Ok(Event::empty(end));
        }
        self.states.push(State::FlowSequencePairValue);
        self.node(false, false)
    }

    fn flow_sequence_pair_value(&mut self) -> Result<Event<'a>> {
        if self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take();
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowSequencePairEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowSequencePairEnd;
        Ok(Event::empty(self.scanner.peek()?.start))
    }

    fn flow_sequence_pair_end(&mut self) -> Result<Event<'a>> {
        let mark = self.scanner.peek()?.start;
        self.state = State::FlowSequenceEntry;
        Ok(Event::plain(EventKind::MappingEnd, mark, mark))
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<Event<'a>> {
        if first {
            self.begin_collection()?;
        } else {
            let token = self.scanner.peek()?;
            let start = token.start;
            match token.kind {
                TokenKind::FlowMappingEnd => {}
                TokenKind::FlowEntry => self.scanner.take(),
                _ => return self.collection_error("did not find expected ',' or '}'", start),
            }
        }
        match self.scanner.peek()?.kind {
            TokenKind::FlowMappingEnd => self.end_collection(EventKind::MappingEnd),
            TokenKind::Key => {
                self.scanner.take();
                let token = self.scanner.peek()?;
                let start = token.start;
                if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                    self.state = State::FlowMappingValue;
                    return Ok(Event::empty(start));
                }
                self.states.push(State::FlowMappingValue);
                self.node(false, false)
            }
            _ => {
                self.states.push(State::FlowMappingEmptyValue);
                self.node(false, false)
            }
        }
    }

    fn flow_mapping_value(&mut self, empty: bool) -> Result<Event<'a>> {
        if !empty && self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take();
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(false, false);
            }
        }
        self.state = State::FlowMappingKey;
        Ok(Event::empty(self.scanner.peek()?.start))
    }
}
