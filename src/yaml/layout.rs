//! The indentation of a text, made even: two blanks a level, one blank behind a dash.
//!
//! Only blanks at the beginning of lines, behind dashes and at the end of lines change. Quotes, comments, flow
//! collections and everything inside scalars stay as they are written.

use super::documents::{Document, split};
use super::scan::{Scanner, Style, Token, TokenKind};
use super::tree::{NodeKind, Tree};
use crate::text::{Span, TextEdit, apply};

/// How much deeper each level lies.
const STEP: usize = 2;

/// Lists of more levels than this are left alone.
const DEEPEST: usize = 200;

/// What makes the layout of `text` even, or none where it cannot be done without risk: the text is broken, or the
/// result would not read to the same trees.
pub fn layout(text: &str) -> Option<Vec<TextEdit>> {
    let bare_return = text.bytes().zip(text.bytes().skip(1).chain([0])).any(|(a, b)| a == b'\r' && b != b'\n');
    let documents = split(text);
    let broken = |document: &Document<'_>| document.tree.error.is_some() || document.fault.is_some();
    if bare_return || documents.iter().any(broken) {
        return None;
    }
    let dash = dash_offset(&documents, text);
    let mut edits = Vec::new();
    for document in documents.iter().filter(|document| !document.json && document.tree.root().is_some()) {
        edits.extend(Layout::new(text, document, dash).edits()?);
    }
    let laid_out = apply(text, &edits);
    same(&documents, &laid_out).then_some(edits)
}

/// Whether `text` reads to the same documents, with the same comments.
fn same(before: &[Document<'_>], text: &str) -> bool {
    let after = split(text);
    let equal = |(a, b): (&Document<'_>, &Document<'_>)| {
        b.tree.error.is_none()
            && b.fault.is_none()
            && a.tree.comments.len() == b.tree.comments.len()
            && same_tree(&a.tree, &b.tree)
    };
    before.len() == after.len() && before.iter().zip(&after).all(equal)
}

/// Whether two trees are the same but for their places.
fn same_tree(a: &Tree<'_>, b: &Tree<'_>) -> bool {
    let same_kind = |a: &NodeKind<'_>, b: &NodeKind<'_>| match (a, b) {
        (
            NodeKind::Scalar { value, style, plain },
            NodeKind::Scalar { value: other, style: other_style, plain: other_plain },
        ) => value == other && style == other_style && plain == other_plain,
        (NodeKind::Sequence { items, flow }, NodeKind::Sequence { items: other, flow: other_flow }) => {
            items == other && flow == other_flow
        }
        (NodeKind::Mapping { pairs, flow }, NodeKind::Mapping { pairs: other, flow: other_flow }) => {
            pairs == other && flow == other_flow
        }
        (NodeKind::Alias { target, .. }, NodeKind::Alias { target: other, .. }) => target == other,
        _ => false,
    };
    a.len() == b.len()
        && a.nodes()
            .zip(b.nodes())
            .all(|((_, a), (_, b))| a.tag == b.tag && a.anchor == b.anchor && same_kind(&a.kind, &b.kind))
}

/// How much deeper than their key the dashes of lists lie: 0 or 2, whichever the text has more often.
fn dash_offset(documents: &[Document<'_>], text: &str) -> usize {
    let column = |at: usize| at - text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let (mut even, mut deeper) = (0_usize, 0_usize);
    for tree in documents.iter().map(|document| &document.tree) {
        for (_, node) in tree.nodes() {
            let NodeKind::Mapping { pairs, flow: false } = &node.kind else { continue };
            for (key, value) in pairs {
                let NodeKind::Sequence { flow: false, .. } = tree.node(*value).kind else { continue };
                match column(tree.node(*value).span.start) > column(tree.node(*key).span.start) {
                    true => deeper += 1,
                    false => even += 1,
                }
            }
        }
    }
    if deeper > even { STEP } else { 0 }
}

/// An open block collection.
struct Level {
    mapping: bool,
    /// Its column as written.
    old: usize,
    /// Its column to be.
    new: usize,
    /// The column to be of the dash whose element is being read, if the last indicator was a dash.
    dash: Option<usize>,
}

impl Level {
    /// The column of what lies below.
    fn below(&self, step: usize) -> usize {
        self.dash.map_or(self.new + step, |dash| dash + STEP)
    }

    /// The indentation, as a scanner counts it, of what a block scalar here lies in: as written and to be.
    fn parents(&self) -> (usize, usize) {
        (self.old, self.dash.unwrap_or(self.new))
    }
}

/// What becomes of a line.
#[derive(Clone, Copy, Default)]
struct Line {
    start: usize,
    /// Its indentation to be, where something begins in it.
    indentation: Option<usize>,
    /// Blanks at its end count.
    scalar: bool,
}

struct Layout<'l, 'a> {
    text: &'a str,
    document: &'l Document<'a>,
    dash: usize,
    lines: Vec<Line>,
    levels: Vec<Level>,
    /// The line with the bracket of the outermost flow collection that is open.
    flow: Option<usize>,
    depth: usize,
    gaps: Vec<TextEdit>,
}

impl<'l, 'a> Layout<'l, 'a> {
    fn new(text: &'a str, document: &'l Document<'a>, dash: usize) -> Self {
        let Span { start, end } = document.span;
        let part = text.get(start..end).unwrap_or_default();
        let mut lines = vec![Line { start, ..Line::default() }];
        lines.extend(part.match_indices('\n').map(|(at, _)| Line { start: start + at + 1, ..Line::default() }));
        Self { text, document, dash, lines, levels: Vec::new(), flow: None, depth: 0, gaps: Vec::new() }
    }

    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    /// The bytes of a line without its break.
    fn line_span(&self, line: usize) -> Span {
        let start = self.lines.get(line).map_or(self.document.span.end, |line| line.start);
        let next = self.lines.get(line + 1).map_or(self.document.span.end, |line| line.start);
        let content = self.text.get(start..next).unwrap_or_default();
        Span::new(start, start + content.trim_end_matches(['\n', '\r']).len())
    }

    fn indentation(&self, line: usize) -> usize {
        let span = self.line_span(line);
        let content = self.text.get(span.start..span.end).unwrap_or_default();
        content.len() - content.trim_start_matches(' ').len()
    }

    fn is_blank(&self, line: usize) -> bool {
        let span = self.line_span(line);
        self.text.get(span.start..span.end).unwrap_or_default().trim().is_empty()
    }

    fn set(&mut self, line: usize, indentation: usize) {
        if let Some(line) = self.lines.get_mut(line) {
            line.indentation.get_or_insert(indentation);
        }
    }

    fn edits(mut self) -> Option<Vec<TextEdit>> {
        let mut scanner = Scanner::new(self.text, self.document.span);
        let mut dash_end: Option<usize> = None;
        loop {
            let token = scanner.peek().ok()?.clone();
            scanner.take();
            if token.kind == TokenKind::StreamEnd {
                break;
            }
            self.token(&token)?;
            // One blank behind a dash that has something behind it.
            if let Some(end) = dash_end.take_if(|_| token.start.offset < token.end.offset) {
                let gap = Span::new(end, token.start.offset);
                let blanks = self.text.get(gap.start..gap.end).unwrap_or_default();
                if gap.len() > 1 && blanks.bytes().all(|byte| byte == b' ') {
                    self.gaps.push(TextEdit::replace(gap, " "));
                }
            }
            if token.kind == TokenKind::BlockEntry {
                dash_end = Some(token.end.offset);
            }
        }
        self.comments(&scanner.into_comments());
        Some(self.collect())
    }

    /// Follows one token; none where it is of a kind that is too rare to be worth the risk.
    fn token(&mut self, token: &Token<'_>) -> Option<()> {
        let line = self.line_of(token.start.offset);
        let first = self.indentation(line) + self.line_span(line).start == token.start.offset;
        let in_flow = self.depth > 0;
        let below = self.levels.last().map_or(0, |level| level.below(STEP));
        let mut at = below;
        match token.kind {
            TokenKind::BlockMappingStart | TokenKind::BlockSequenceStart => {
                let mapping = token.kind == TokenKind::BlockMappingStart;
                let step = if mapping { STEP } else { self.dash };
                let new = self.levels.last().map_or(0, |level| level.below(step));
                self.levels.push(Level { mapping, old: token.start.column, new, dash: None });
                if self.levels.len() > DEEPEST {
                    return None;
                }
                return Some(());
            }
            TokenKind::BlockEnd => {
                self.levels.pop();
                return Some(());
            }
            TokenKind::BlockEntry if !in_flow => {
                let dash = self.dash;
                let level = self.levels.last_mut()?;
                // Without a level of its own the list lies at the column of its key.
                at = if level.mapping { level.new + dash } else { level.new };
                level.dash = Some(at);
            }
            TokenKind::Key | TokenKind::Value if !in_flow => {
                let level = self.levels.last_mut()?;
                level.dash = None;
                at = level.new;
                // A key behind a question mark.
                if first && token.start.offset < token.end.offset {
                    return None;
                }
            }
            TokenKind::DocumentStart | TokenKind::DocumentEnd => at = 0,
            TokenKind::VersionDirective { .. } | TokenKind::TagDirective { .. } => return None,
            _ => {}
        }
        if first {
            let moved = in_flow.then(|| self.moved(self.flow.unwrap_or(line), self.indentation(line)));
            self.set(line, moved.unwrap_or(at));
        }
        match token.kind {
            TokenKind::FlowSequenceStart | TokenKind::FlowMappingStart => {
                if self.depth == 0 {
                    self.flow = Some(line);
                }
                self.depth += 1;
            }
            TokenKind::FlowSequenceEnd | TokenKind::FlowMappingEnd => self.depth = self.depth.saturating_sub(1),
            TokenKind::Scalar { style: Style::Literal | Style::Folded, .. } => self.block_scalar(token, line, below),
            TokenKind::Scalar { .. } => {
                let last = self.line_of(token.end.offset);
                for next in line + 1..=last {
                    let least = if in_flow { 0 } else { below };
                    let moved = self.moved(line, self.indentation(next)).max(least);
                    self.set(next, moved);
                }
            }
            _ => {}
        }
        Some(())
    }

    /// The indentation to be of a line that moves along with `line`.
    fn moved(&self, line: usize, indentation: usize) -> usize {
        let new = self.lines.get(line).and_then(|line| line.indentation);
        match new {
            Some(new) => (indentation + new).saturating_sub(self.indentation(line)),
            None => indentation,
        }
    }

    fn block_scalar(&mut self, token: &Token<'_>, line: usize, below: usize) {
        let header = self.text.get(token.start.offset..self.line_span(line).end).unwrap_or_default();
        let header = header.split('#').next().unwrap_or_default();
        let last = match self.line_of(token.end.offset) {
            last if self.lines.get(last).is_some_and(|it| it.start == token.end.offset) => last.saturating_sub(1),
            last => last,
        };
        let first = (line + 1..=last).find(|line| !self.is_blank(*line));
        let Some(first) = first else { return };
        // With an indicator the indentation counts from the parent's, else from the first line of the text.
        let (from, to) = match header.bytes().any(|byte| byte.is_ascii_digit()) {
            true => self.levels.last().map_or((0, 0), Level::parents),
            false => (self.indentation(first), below),
        };
        for next in line + 1..=last {
            let indentation = self.indentation(next);
            let moved = match self.is_blank(next) && indentation <= from {
                true => 0,
                false => (indentation + to).saturating_sub(from),
            };
            self.set(next, moved);
            if let Some(line) = self.lines.get_mut(next) {
                line.scalar = true;
            }
        }
    }

    /// Comments that have a line of their own go with the line that follows at their column, or with the one before.
    fn comments(&mut self, comments: &[Span]) {
        let own: Vec<usize> = comments
            .iter()
            .map(|comment| (self.line_of(comment.start), comment.start))
            .filter(|(line, start)| self.line_span(*line).start + self.indentation(*line) == *start)
            .map(|(line, _)| line)
            .collect();
        let place = |line: usize| {
            self.lines.get(line).filter(|it| !it.scalar).and_then(|it| Some((self.indentation(line), it.indentation?)))
        };
        let mut places = Vec::with_capacity(own.len());
        for line in own {
            let column = self.indentation(line);
            let next = (line + 1..self.lines.len()).find_map(place);
            let before = (0..line).rev().find_map(place);
            let new = match (before, next) {
                (_, Some((old, new))) if old == column => new,
                (Some((old, new)), _) if old == column => new,
                (Some((old, new)), Some((next_old, next_new))) if column > next_old => {
                    // Between two lines: at the level it is nearer to.
                    if old > next_old { new.max(next_new) } else { next_new }
                }
                (_, Some((_, new))) => new,
                (Some((old, new)), None) if column >= old => new,
                _ => 0,
            };
            places.push((line, new));
        }
        for (line, new) in places {
            self.set(line, new);
        }
    }

    fn collect(self) -> Vec<TextEdit> {
        let mut edits = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            let span = self.line_span(number);
            let content = self.text.get(span.start..span.end).unwrap_or_default();
            let old = self.indentation(number);
            let kept = if line.scalar { content } else { content.trim_end() };
            if kept.is_empty() || (line.scalar && self.is_blank(number) && line.indentation == Some(0)) {
                if !content.is_empty() {
                    edits.push(TextEdit::replace(span, ""));
                }
                continue;
            }
            if let Some(new) = line.indentation.filter(|new| *new != old) {
                edits.push(TextEdit::replace(Span::new(span.start, span.start + old), " ".repeat(new)));
            }
            if kept.len() < content.len() {
                edits.push(TextEdit::replace(Span::new(span.start + kept.len(), span.end), ""));
            }
        }
        edits.extend(self.gaps);
        edits
    }
}
