//! The text of one object as something to be changed: entries are written, put in, taken out, renamed and moved, in
//! block style, in flow style and in JSON, and whatever else stands there stays as it is.

use serde_json::Value as Json;

use super::render;
use crate::api::{FieldPath, Segment};
use crate::manifest::places::walk;
use crate::text::{Span, TextEdit};
use crate::yaml::{Entry, NodeId, NodeKind, Style, Tree, Value, ValueId, Values};

/// One object in its text.
#[derive(Clone, Copy)]
pub(in crate::manifest) struct Site<'s, 'a> {
    pub text: &'s str,
    pub tree: &'s Tree<'a>,
    pub values: &'s Values<'a>,
    pub root: ValueId,
}

/// Key and value.
type Pair = (NodeId, NodeId);

impl<'s, 'a> Site<'s, 'a> {
    /// The value at `path`, and its entry where it has a key.
    pub fn at(&self, path: &[Segment]) -> Option<(ValueId, Option<&'s Entry<'a>>)> {
        walk(self.values, self.root, path)
    }

    /// The text of the scalar at `path`, as it is meant.
    pub fn text_at(&self, path: &[Segment]) -> Option<&'s str> {
        self.at(path).and_then(|(value, _)| self.values.text(value))
    }

    /// The elements of the list at `path`.
    pub fn items(&self, path: &[Segment]) -> &'s [ValueId] {
        match self.at(path).map(|(value, _)| self.values.get(value)) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The entries of the object at `path`.
    pub fn entries(&self, path: &[Segment]) -> &'s [Entry<'a>] {
        match self.at(path).map(|(value, _)| self.values.get(value)) {
            Some(Value::Object(entries)) => entries,
            _ => &[],
        }
    }

    /// What stands in `span`.
    pub fn slice(&self, span: Span) -> &'s str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn span(&self, node: NodeId) -> Span {
        self.tree.node(node).span
    }

    fn style(&self, node: NodeId) -> Style {
        match self.tree.node(node).kind {
            NodeKind::Scalar { style, .. } => style,
            _ => Style::Plain,
        }
    }

    fn pairs(&self, mapping: NodeId) -> (&'s [Pair], bool) {
        match &self.tree.node(mapping).kind {
            NodeKind::Mapping { pairs, flow } => (pairs, *flow),
            _ => (&[], false),
        }
    }

    /// The mapping in which the key `key` is written, and which pair it is.
    pub fn holder(&self, key: NodeId) -> Option<(NodeId, usize)> {
        let span = self.span(key);
        self.tree.nodes().find_map(|(id, node)| {
            if node.span.start > span.start || node.span.end < span.end {
                return None;
            }
            // Nodes are numbered in the order of the text.
            let index = self.pairs(id).0.binary_search_by_key(&key, |pair| pair.0).ok()?;
            Some((id, index))
        })
    }

    /// Whether texts here are written in double quotes, as in JSON.
    fn quotes(&self, mapping: NodeId) -> bool {
        let first = |mapping| self.pairs(mapping).0.first().map(|pair| self.style(pair.0));
        first(mapping).or_else(|| first(self.values.node(self.root))) == Some(Style::DoubleQuoted)
    }

    fn line_start(&self, at: usize) -> usize {
        self.slice(Span::new(0, at)).rfind('\n').map_or(0, |end| end + 1)
    }

    /// The end of the line on which something that ends at `at` has its last character.
    fn line_end(&self, at: usize) -> usize {
        let last = self.slice(Span::new(0, at)).trim_end_matches(['\n', '\r', ' ']).len();
        let rest = self.text.get(last..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        last + line.trim_end_matches('\r').len()
    }

    /// The column of something that only blanks and dashes stand before.
    fn column(&self, at: usize) -> Option<usize> {
        let before = self.slice(Span::new(self.line_start(at), at));
        before.chars().all(|c| c == ' ' || c == '-').then_some(before.len())
    }

    /// How many characters stand before it on its line.
    pub fn column_of(&self, at: usize) -> usize {
        self.slice(Span::new(self.line_start(at), at)).chars().count()
    }

    /// Where a pair ends, its colon included.
    fn end_of(&self, pair: Pair) -> usize {
        let (key, value) = (self.span(pair.0), self.span(pair.1));
        if value.end > key.end && !value.is_empty() {
            return value.end;
        }
        let rest = self.text.get(key.end..).unwrap_or_default();
        key.end + rest.find(':').map_or(0, |colon| colon + 1)
    }

    /// Writes `json` in place of the scalar `value`, in its own style of quotes.
    pub fn write(&self, value: ValueId, json: &Json) -> Option<TextEdit> {
        let node = self.values.node(value);
        let span = self.span(node);
        if !matches!(self.values.get(value), Value::Scalar(_)) || span.is_empty() {
            return None;
        }
        Some(self.replace_scalar(node, json))
    }

    /// Gives the key `key` another name.
    pub fn rename(&self, key: NodeId, name: &str) -> TextEdit {
        self.replace_scalar(key, &Json::from(name))
    }

    fn replace_scalar(&self, node: NodeId, json: &Json) -> TextEdit {
        let span = self.span(node);
        let text = match (json, self.style(node)) {
            (Json::String(text), Style::SingleQuoted) => format!("'{}'", text.replace('\'', "''")),
            (Json::String(_), Style::DoubleQuoted) => render::scalar(json, true),
            _ => render::scalar(json, false),
        };
        let breaks = if self.slice(span).ends_with('\n') { "\n" } else { "" };
        TextEdit::replace(span, text + breaks)
    }

    /// Writes `json` at `path`, with whatever of the path is missing; a new field comes first in its object where
    /// `first` says so, else last.
    pub fn put(&self, path: &[Segment], json: &Json, first: bool) -> Option<TextEdit> {
        let mut at = self.root;
        let mut entry = None;
        for (i, segment) in path.iter().enumerate() {
            let next = walk(self.values, at, std::slice::from_ref(segment));
            match next.filter(|(value, _)| !self.values.is_null(*value)) {
                Some(next) => (at, entry) = next,
                None => {
                    let below = nested(path.get(i + 1..).unwrap_or_default(), json);
                    return match (segment, next) {
                        (Segment::Field(_) | Segment::Key(_), Some((_, Some(null)))) => self.fill(null, &below),
                        (Segment::Field(name), None) => self.insert(at, name, &below, first),
                        (Segment::Key(key), None) => self.insert(at, key, &below, first),
                        (Segment::Index(_), None) => self.append(at, &below),
                        _ => None,
                    };
                }
            }
        }
        match (self.values.get(at), entry) {
            (Value::Scalar(_), Some(entry)) if self.span(self.values.node(at)).is_empty() => self.fill(entry, json),
            _ => self.write(at, json),
        }
    }

    /// Gives a value to a key that has none.
    fn fill(&self, entry: &Entry<'_>, json: &Json) -> Option<TextEdit> {
        let (mapping, index) = self.holder(entry.key_node)?;
        let (pairs, flow) = self.pairs(mapping);
        let pair = *pairs.get(index)?;
        let value = self.span(pair.1);
        if !value.is_empty() {
            return Some(TextEdit::replace(value, render::flow(json, self.quotes(mapping))));
        }
        let text = match flow {
            true => format!(" {}", render::flow(json, self.quotes(mapping))),
            false => render::block_value(json, self.column(self.span(pair.0).start)?),
        };
        Some(TextEdit::insert(self.end_of(pair), text))
    }

    /// Puts a new field into an object.
    pub fn insert(&self, object: ValueId, key: &str, json: &Json, first: bool) -> Option<TextEdit> {
        let mapping = self.values.node(object);
        if !matches!(self.values.get(object), Value::Object(_)) {
            return None;
        }
        let (pairs, flow) = self.pairs(mapping);
        let quotes = self.quotes(mapping);
        let start = pairs.first().map(|pair| self.span(pair.0).start);
        let Some((start, last)) = start.zip(pairs.last()) else {
            let entry = render::flow_entry(key, json, quotes);
            return flow.then(|| TextEdit::insert(self.span(mapping).start + 1, entry));
        };
        if flow {
            // On lines of their own where the others are.
            let lead = self.slice(Span::new(self.span(mapping).start + 1, start));
            let own_lines = lead.contains('\n') && lead.trim().is_empty();
            let lead = if own_lines { lead } else { " " };
            let entry = render::flow_entry(key, json, quotes);
            return Some(match first {
                true => TextEdit::insert(start, format!("{entry},{lead}")),
                false => TextEdit::insert(self.end_of(*last), format!(",{lead}{entry}")),
            });
        }
        let column = self.column(start)?;
        let entry = render::block_entry(key, json, column);
        let indent = " ".repeat(column);
        Some(match first {
            true => TextEdit::insert(start, format!("{entry}\n{indent}")),
            false => TextEdit::insert(self.line_end(self.end_of(*last)), format!("\n{indent}{entry}")),
        })
    }

    /// Puts a new element behind the others of a list.
    pub fn append(&self, list: ValueId, json: &Json) -> Option<TextEdit> {
        let node = self.values.node(list);
        let span = self.span(node);
        let NodeKind::Sequence { items, flow } = &self.tree.node(node).kind else { return None };
        let quotes = self.quotes(self.values.node(self.root));
        match items.last() {
            Some(last) if *flow => {
                Some(TextEdit::insert(self.span(*last).end, format!(", {}", render::flow(json, quotes))))
            }
            None => Some(TextEdit::insert(span.start + 1, render::flow(json, quotes))),
            Some(last) => {
                let column = self.column(span.start)?;
                let item = render::block(json, column + 2);
                let at = self.line_end(self.span(*last).end);
                Some(TextEdit::insert(at, format!("\n{}- {item}", " ".repeat(column))))
            }
        }
    }

    /// Takes a key and its value out.
    pub fn remove(&self, key: NodeId) -> Option<TextEdit> {
        let (mapping, index) = self.holder(key)?;
        let (pairs, flow) = self.pairs(mapping);
        let pair = *pairs.get(index)?;
        let (start, end) = (self.span(pair.0).start, self.end_of(pair));
        let next = pairs.get(index + 1).map(|next| self.span(next.0).start);
        if pairs.len() == 1 {
            return self.empty(mapping, flow);
        }
        if flow {
            let before = index.checked_sub(1).and_then(|before| pairs.get(before)).map(|before| self.end_of(*before));
            return match (next, before) {
                (Some(next), _) => Some(TextEdit::replace(Span::new(start, next), "")),
                (None, Some(before)) => Some(TextEdit::replace(Span::new(before, end), "")),
                (None, None) => None,
            };
        }
        let line = self.line_start(start);
        match self.slice(Span::new(line, start)).trim().is_empty() {
            true => Some(TextEdit::replace(self.lines(line, end), "")),
            // Behind a dash the next key takes its place.
            false => next.map(|next| TextEdit::replace(Span::new(start, next), "")),
        }
    }

    /// The whole lines from the one that begins at `start` to the one on which `end` lies.
    pub fn lines(&self, start: usize, end: usize) -> Span {
        let line_end = self.line_end(end);
        let rest = self.text.get(line_end..).unwrap_or_default();
        let line_break = rest.find('\n').map_or(0, |at| at + 1);
        Span::new(start, line_end + line_break)
    }

    /// `{}` in place of a mapping.
    fn empty(&self, mapping: NodeId, flow: bool) -> Option<TextEdit> {
        let span = self.span(mapping);
        if flow {
            return Some(TextEdit::replace(Span::new(span.start + 1, span.end.saturating_sub(1)), ""));
        }
        let parent = self.tree.nodes().find_map(|(id, _)| self.pairs(id).0.iter().find(|pair| pair.1 == mapping))?;
        let colon = self.end_of((parent.0, parent.0));
        Some(TextEdit::replace(Span::new(colon, span.end), " {}"))
    }

    /// Takes an element out of a list that keeps others.
    pub fn remove_item(&self, list: ValueId, index: usize) -> Option<TextEdit> {
        let node = self.values.node(list);
        let NodeKind::Sequence { items, flow } = &self.tree.node(node).kind else { return None };
        let item = self.span(*items.get(index)?);
        let next = items.get(index + 1).map(|next| self.span(*next));
        let before = index.checked_sub(1).and_then(|before| items.get(before)).map(|before| self.span(*before));
        if *flow {
            return match (next, before) {
                (Some(next), _) => Some(TextEdit::replace(Span::new(item.start, next.start), "")),
                (None, Some(before)) => Some(TextEdit::replace(Span::new(before.end, item.end), "")),
                (None, None) => None,
            };
        }
        if items.len() < 2 {
            return None;
        }
        let dash = self.dash(node, item.start)?;
        Some(TextEdit::replace(self.lines(self.line_start(dash), item.end), ""))
    }

    /// The dash of the element that begins at `start`, which has its line to itself.
    pub fn dash(&self, list: NodeId, start: usize) -> Option<usize> {
        let column = self.column(self.span(list).start)?;
        let mut line = self.line_start(start);
        loop {
            let dash = line + column;
            let before = self.slice(Span::new(line, dash));
            if self.text.get(dash..).is_some_and(|rest| rest.starts_with('-')) && before.trim().is_empty() {
                return Some(dash);
            }
            if line <= self.span(list).start {
                return None;
            }
            line = self.line_start(line.saturating_sub(1));
        }
    }

    /// Moves a key and its value to the end of another object, or of a key without a value.
    pub fn transfer(&self, key: NodeId, to: ValueId, to_entry: Option<&Entry<'_>>) -> Option<Vec<TextEdit>> {
        let (mapping, index) = self.holder(key)?;
        let (pairs, flow) = self.pairs(mapping);
        let pair = *pairs.get(index)?;
        let (start, end) = (self.span(pair.0).start, self.end_of(pair));
        let target = self.values.node(to);
        let (target_pairs, target_flow) = self.pairs(target);
        let removal = self.remove(key)?;
        if target_flow {
            let written = self.slice(Span::new(start, end));
            if !flow {
                return None;
            }
            let insertion = match target_pairs.last() {
                Some(last) => TextEdit::insert(self.end_of(*last), format!(", {written}")),
                None => TextEdit::insert(self.span(target).start + 1, written),
            };
            // In a broken text a key without a value may seem to end inside of what goes.
            let inside = removal.span.start <= insertion.span.start && insertion.span.start <= removal.span.end;
            return (!inside).then(|| vec![removal, insertion]);
        }
        let (at, column) = match (target_pairs.first().zip(target_pairs.last()), to_entry) {
            (Some((first, last)), _) => (self.line_end(self.end_of(*last)), self.column(self.span(first.0).start)?),
            (None, Some(entry)) if self.values.is_null(to) => {
                let key = self.span(entry.key_node);
                (self.line_end(key.end), self.column(key.start)? + 2)
            }
            _ => return None,
        };
        let written = match flow {
            true => self.slice(Span::new(start, end)).to_owned(),
            false => shifted(self.slice(Span::new(start, self.line_end(end))), self.column(start)?, column),
        };
        if flow && written.contains('\n') {
            return None;
        }
        let indent = " ".repeat(column);
        if removal.span.start <= at && at <= removal.span.end {
            // It goes where it ends already: one change instead of two that touch.
            let rest = removal.replacement;
            let line = format!("{rest}{indent}{written}\n");
            return Some(vec![TextEdit::replace(removal.span, line)]);
        }
        Some(vec![removal, TextEdit::insert(at, format!("\n{indent}{written}"))])
    }
}

/// `json` below what is missing of a path.
fn nested(path: &[Segment], json: &Json) -> Json {
    path.iter().rev().fold(json.clone(), |inner, segment| match segment {
        Segment::Field(name) => render::object([(name.as_ref(), inner)]),
        Segment::Key(key) => render::object([(key.as_str(), inner)]),
        Segment::Index(_) => Json::Array(vec![inner]),
    })
}

/// Lines of which the first stood at column `from`, for column `to`.
fn shifted(lines: &str, from: usize, to: usize) -> String {
    let mut out = String::new();
    for (i, line) in lines.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let blanks = line.len() - line.trim_start_matches(' ').len();
        match i > 0 && !line.trim().is_empty() {
            true => {
                out.push_str(&" ".repeat((blanks + to).saturating_sub(from)));
                out.push_str(line.get(blanks..).unwrap_or_default());
            }
            false => out.push_str(line),
        }
    }
    out
}

/// A path with more steps.
pub(super) fn below<const N: usize>(path: &[Segment], fields: [&'static str; N]) -> Vec<Segment> {
    let steps = fields.into_iter().map(|name| Segment::Field(name.into()));
    path.iter().cloned().chain(steps).collect()
}

/// As the server would print it.
pub(super) fn shown(path: &[Segment]) -> String {
    FieldPath(path.to_vec()).to_string()
}
