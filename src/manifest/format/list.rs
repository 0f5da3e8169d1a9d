//! A list in one line (`[sh, -c, date]`) or in several (`- sh`), whichever it is not.

use crate::text::{Span, TextEdit, apply};
use crate::yaml::{Document, NodeId, NodeKind, Style, Tree, Values, quote, split, terminated, to_json};

/// The form that a list has or gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// In brackets.
    Flow,
    /// A dash for each element.
    Block,
}

/// The edit that gives the innermost list at the byte `offset` its other form, and which that is. None where there is
/// no list, or none whose other form would mean the same.
pub fn convert_list(text: &str, offset: usize) -> Option<(ListForm, TextEdit)> {
    let whole = terminated(text);
    let documents = split(&whole);
    let document = documents.iter().find(|it| it.span.touches(offset) && it.tree.error.is_none() && !it.json)?;
    let tree = &document.tree;
    let mut lists: Vec<(NodeId, Option<NodeId>, Span)> = lists(tree, &whole);
    // The innermost first.
    lists.retain(|(.., reach)| reach.touches(offset));
    collections::sort_by_key(&mut lists, |(.., reach)| reach.len());
    let change = |(list, key, _): &(NodeId, Option<NodeId>, Span)| {
        let writer = Writer { text: &whole, tree };
        let (form, edit) = match tree.node(*list).kind {
            NodeKind::Sequence { flow: true, .. } => (ListForm::Block, writer.to_block(*list, (*key)?)?),
            _ => (ListForm::Flow, writer.to_flow(*list, (*key)?)?),
        };
        let after = apply(&whole, std::slice::from_ref(&edit));
        (edit.span.end <= text.len() && same_meaning(&documents, &after)).then_some((form, edit))
    };
    lists.iter().find_map(change)
}

/// Each list that is the value of a key, and where one would point at to mean it: from the line of the key to its end.
fn lists(tree: &Tree<'_>, text: &str) -> Vec<(NodeId, Option<NodeId>, Span)> {
    let mut lists = Vec::new();
    for (_, node) in tree.nodes() {
        let NodeKind::Mapping { pairs, flow: false } = &node.kind else { continue };
        for (key, value) in pairs {
            let list = tree.node(*value);
            let NodeKind::Sequence { items, .. } = &list.kind else { continue };
            if items.is_empty() || list.anchor.is_some() || list.tag.is_some() {
                continue;
            }
            let start = tree.node(*key).span.start;
            let start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
            let line_end = text.get(list.span.end..).and_then(|rest| rest.find('\n')).unwrap_or(0);
            lists.push((*value, Some(*key), Span::new(start, list.span.end + line_end)));
        }
    }
    lists
}

/// Whether `text` holds the same values and as many comments.
fn same_meaning(before: &[Document<'_>], text: &str) -> bool {
    let meaning = |document: &Document<'_>| {
        let values = Values::resolve(&document.tree).ok()?;
        Some((values.root().map(|root| to_json(&values, root)), document.tree.comments.len()))
    };
    let after = split(text);
    before.len() == after.len()
        && before.iter().zip(&after).all(|(a, b)| meaning(a).is_some_and(|meant| meaning(b) == Some(meant)))
}

struct Writer<'w, 'a> {
    text: &'a str,
    tree: &'w Tree<'a>,
}

impl Writer<'_, '_> {
    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn items(&self, list: NodeId) -> &[NodeId] {
        match &self.tree.node(list).kind {
            NodeKind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    fn comments_in(&self, span: Span) -> impl Iterator<Item = Span> {
        let inside = move |it: &&Span| it.start >= span.start && it.end <= span.end;
        self.tree.comments.iter().filter(inside).copied()
    }

    /// The end of the line that holds `offset`.
    fn line_end(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        offset + rest.lines().next().unwrap_or_default().len()
    }

    fn column(&self, offset: usize) -> usize {
        offset - self.text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
    }

    /// `key: [a, b] # c` as `key: # c`, and a line for each element with the comment that stood beside it.
    fn to_block(&self, list: NodeId, key: NodeId) -> Option<TextEdit> {
        let span = self.tree.node(list).span;
        let key = self.tree.node(key).span;
        let indentation = " ".repeat(self.column(key.start));
        let mut written = String::new();
        let end = self.line_end(span.end);
        let behind = self.slice(Span::new(span.end, end)).trim();
        // What stands behind the bracket is a comment, or the list is not alone in its line.
        if !behind.is_empty() && !behind.starts_with('#') {
            return None;
        }
        let before = self.slice(Span::new(key.end, span.start)).trim_end();
        if before.contains('\n') || !before.trim_start().starts_with(':') {
            return None;
        }
        written.push_str(behind);
        let mut from = span.start;
        let items = self.items(list);
        for (index, item) in items.iter().enumerate() {
            let item = self.tree.node(*item);
            let own = self.slice(item.span);
            let flat = !own.contains('\n') && item.anchor.is_none() && item.tag.is_none();
            // A pair without braces is a mapping that a line of its own would make a block.
            if !flat || matches!(item.kind, NodeKind::Mapping { .. }) && !own.starts_with('{') || own.is_empty() {
                return None;
            }
            for comment in self.comments_in(Span::new(from, item.span.start)) {
                written.push_str(&format!("\n{indentation}{}", self.slice(comment)));
            }
            written.push_str(&format!("\n{indentation}- {own}"));
            // A comment behind the element in its line is the element's, if nothing else is in that line.
            let next = items.get(index + 1).map_or(span.end, |next| self.tree.node(*next).span.start);
            let line = Span::new(item.span.end, self.line_end(item.span.end).min(next));
            from = item.span.end;
            if let Some(comment) = self.comments_in(line).next() {
                written.push_str(&format!(" {}", self.slice(comment)));
                from = comment.end;
            }
        }
        for comment in self.comments_in(Span::new(from, span.end)) {
            written.push_str(&format!("\n{indentation}{}", self.slice(comment)));
        }
        let separated = if behind.is_empty() { written } else { format!(" {written}") };
        // The blank behind the colon goes with the list.
        Some(TextEdit::replace(Span::new(key.end + before.len(), end), separated))
    }

    /// Elements with a line each as `[a, b]`, in several lines where there are comments among them.
    fn to_flow(&self, list: NodeId, key: NodeId) -> Option<TextEdit> {
        let span = self.tree.node(list).span;
        let key = self.tree.node(key).span;
        let between = self.slice(Span::new(key.end, span.start));
        let colon = key.end + between.find(':')? + 1;
        let end = self.line_end(span.end).max(span.end);
        let comments: Vec<Span> = self.comments_in(Span::new(colon, end)).collect();
        let items: Vec<String> = self.items(list).iter().map(|item| self.flow_text(*item, 0)).collect::<Option<_>>()?;
        if comments.is_empty() {
            return Some(TextEdit::replace(Span::new(colon, span.end), format!(" [{}]", items.join(", "))));
        }
        let indentation = " ".repeat(self.column(key.start) + 2);
        let mut written = " [".to_owned();
        let mut from = colon;
        for (item, own) in self.items(list).iter().zip(&items) {
            let place = self.tree.node(*item).span;
            for comment in comments.iter().filter(|it| it.start >= from && it.start < place.start) {
                let same_line = from == colon && !self.slice(Span::new(colon, comment.start)).contains('\n');
                let lead = if same_line { " ".to_owned() } else { format!("\n{indentation}") };
                written.push_str(&format!("{lead}{}", self.slice(*comment)));
            }
            written.push_str(&format!("\n{indentation}{own},"));
            from = place.end;
            let line = self.line_end(place.end);
            if let Some(comment) = comments.iter().find(|it| it.start >= from && it.end <= line) {
                written.push_str(&format!(" {}", self.slice(*comment)));
                from = comment.end;
            }
        }
        for comment in comments.iter().filter(|it| it.start >= from) {
            written.push_str(&format!("\n{indentation}{}", self.slice(*comment)));
        }
        written.push_str(&format!("\n{}]", " ".repeat(self.column(key.start))));
        Some(TextEdit::replace(Span::new(colon, end), written))
    }

    /// A node as it can stand in brackets; none where it has comments or an anchor inside, or is too deep.
    fn flow_text(&self, id: NodeId, depth: usize) -> Option<String> {
        let node = self.tree.node(id);
        if depth > 20 || node.anchor.is_some() || node.tag.is_some() {
            return None;
        }
        let own = self.slice(node.span);
        match &node.kind {
            NodeKind::Scalar { value, style, .. } => Some(match style {
                Style::Plain if own.is_empty() => "null".to_owned(),
                Style::Plain if fits_flow(value) && !own.contains('\n') => own.to_owned(),
                Style::SingleQuoted | Style::DoubleQuoted if !own.contains('\n') => own.to_owned(),
                _ => quote(value),
            }),
            NodeKind::Alias { .. } => Some(own.to_owned()),
            NodeKind::Sequence { flow: true, .. } | NodeKind::Mapping { flow: true, .. } => {
                (!own.contains('\n')).then(|| own.to_owned())
            }
            _ if depth > 0 && self.comments_in(node.span).next().is_some() => None,
            NodeKind::Sequence { items, .. } => {
                let items: Vec<String> =
                    items.iter().map(|item| self.flow_text(*item, depth + 1)).collect::<Option<_>>()?;
                Some(format!("[{}]", items.join(", ")))
            }
            NodeKind::Mapping { pairs, .. } => {
                if self.comments_in(node.span).next().is_some() {
                    return None;
                }
                let pair = |(key, value): &(NodeId, NodeId)| {
                    let (key, value) = (self.flow_text(*key, depth + 1)?, self.flow_text(*value, depth + 1)?);
                    Some(format!("{key}: {value}"))
                };
                let pairs: Vec<String> = pairs.iter().map(pair).collect::<Option<_>>()?;
                Some(format!("{{{}}}", pairs.join(", ")))
            }
        }
    }
}

/// Whether a plain scalar stays one inside of brackets.
fn fits_flow(value: &str) -> bool {
    !value.contains([',', '[', ']', '{', '}', '?', '\n']) && !value.contains(": ") && !value.ends_with(':')
}
