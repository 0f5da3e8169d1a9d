//! Events to a tree of nodes with their places. The tree of a broken text holds what was read before the fault.
//!
//! Nodes lie in one arena, so that neither building nor dropping a deep tree needs a deep stack.

use collections::Map as BTreeMap;
use std::borrow::Cow;

use super::SyntaxError;
use super::parse::{Event, EventKind, Parser};
use super::scan::Style;
use crate::text::Span;

/// A node of one [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// Its number in the tree, from 0.
    pub fn number(self) -> usize {
        self.0 as usize
    }
}

/// One node with its place.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// What it is.
    pub kind: NodeKind<'a>,
    /// From its first to its last character; without anchor and tag. Empty where a value is missing.
    pub span: Span,
    /// The tag as a whole (`tag:yaml.org,2002:str`).
    pub tag: Option<String>,
    /// The name behind `&`.
    pub anchor: Option<&'a str>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeKind<'a> {
    /// A scalar: text, whose type is decided later.
    Scalar {
        /// The text without quotes, escapes and folding.
        value: Cow<'a, str>,
        /// How it was written.
        style: Style,
        /// Whether its type may be guessed from its text.
        plain: bool,
    },
    /// `- a` or `[a]`.
    Sequence {
        /// The elements.
        items: Vec<NodeId>,
        /// Whether it was written in brackets.
        flow: bool,
    },
    /// `a: b` or `{a: b}`.
    Mapping {
        /// Keys and values in the order of the text; a key may stand twice.
        pairs: Vec<(NodeId, NodeId)>,
        /// Whether it was written in braces.
        flow: bool,
    },
    /// `*name`.
    Alias {
        /// The name behind `*`.
        name: &'a str,
        /// What it stands for.
        target: NodeId,
    },
}

/// The tree of one document.
#[derive(Clone, Debug, Default)]
pub struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    root: Option<NodeId>,
    /// The comments, from `#` to the end of the line; of a broken text those before the fault.
    pub comments: Vec<Span>,
    /// Why the rest of the text could not be read.
    pub error: Option<SyntaxError>,
}

impl<'a> Tree<'a> {
    /// Reads the document in the bytes `span` of `text`; whatever follows a `...` or a second `---` is left unread,
    /// as go-yaml's `Unmarshal` leaves it. Places are places of `text`, lines of errors count from the span.
    pub fn parse(text: &'a str, span: Span) -> Self {
        let mut parser = Parser::new(text, span);
        let mut builder = TreeBuilder::default();
        let error = read(&mut parser, &mut builder).err();
        let mut tree = builder.finish(span.end);
        tree.error = error;
        tree.comments = parser.scanner.into_comments();
        tree
    }

    /// The outermost node; none in a text without any.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The node `id` of this tree.
    pub fn node(&self, id: NodeId) -> &Node<'a> {
        // An id is made by this tree alone and nodes are never taken out.
        &self.nodes[id.0 as usize]
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing could be read.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node itself, or what it stands for where it is an alias.
    pub fn follow(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            NodeKind::Alias { target, .. } => target,
            _ => id,
        }
    }

    /// Every node with its id, in the order of their beginnings.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node<'a>)> {
        (0..).map(NodeId).zip(&self.nodes)
    }
}

/// A collection that is not closed yet; a mapping may wait for the value of its last key.
struct Open {
    id: NodeId,
    key: Option<NodeId>,
}

/// Turns the events of `parser` into nodes.
fn read<'a>(parser: &mut Parser<'a>, builder: &mut TreeBuilder<'a>) -> Result<(), SyntaxError> {
    let mut anchors: BTreeMap<&'a str, NodeId> = BTreeMap::new();
    loop {
        let Event { kind, anchor, tag, start, end } = parser.next()?;
        let span = Span::new(start.offset, end.offset);
        let kind = match kind {
            EventKind::StreamEnd | EventKind::DocumentEnd => return Ok(()),
            EventKind::DocumentStart => continue,
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                builder.close(Some(span));
                continue;
            }
            EventKind::Alias(name) => match anchors.get(name) {
                Some(target) => NodeKind::Alias { name, target: *target },
                None => {
                    let problem = format!("unknown anchor '{name}' referenced");
                    return Err(SyntaxError::meaning(problem, span));
                }
            },
            EventKind::Scalar { value, style, plain_implicit } => {
                NodeKind::Scalar { value, style, plain: plain_implicit }
            }
            EventKind::SequenceStart { flow } => NodeKind::Sequence { items: Vec::new(), flow },
            EventKind::MappingStart { flow } => NodeKind::Mapping { pairs: Vec::new(), flow },
        };
        let id = builder.add(kind, span, tag, anchor);
        if let Some(name) = anchor {
            anchors.insert(name, id);
        }
    }
}

/// A tree in the making.
#[derive(Default)]
pub(super) struct TreeBuilder<'a> {
    tree: Tree<'a>,
    open: Vec<Open>,
}

impl<'a> TreeBuilder<'a> {
    /// Adds a node; a collection stays open until [`TreeBuilder::close`].
    pub fn add(&mut self, kind: NodeKind<'a>, span: Span, tag: Option<String>, anchor: Option<&'a str>) -> NodeId {
        let opens = matches!(kind, NodeKind::Sequence { .. } | NodeKind::Mapping { .. });
        let id = NodeId(u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX));
        self.tree.nodes.push(Node { kind, span, tag, anchor });
        self.attach(id);
        if opens {
            self.open.push(Open { id, key: None });
        }
        id
    }

    /// The tree; what is still open ends at `end` at the latest.
    pub fn finish(mut self, end: usize) -> Tree<'a> {
        self.close_all(end);
        self.tree
    }

    /// Puts a new node where it belongs: under the innermost open collection, or at the root.
    fn attach(&mut self, id: NodeId) {
        let Some(open) = self.open.last_mut() else {
            self.tree.root.get_or_insert(id);
            return;
        };
        let Some(parent) = self.tree.nodes.get_mut(open.id.0 as usize) else { return };
        match &mut parent.kind {
            NodeKind::Sequence { items, .. } => items.push(id),
            NodeKind::Mapping { pairs, .. } => match open.key.take() {
                None => open.key = Some(id),
                Some(key) => pairs.push((key, id)),
            },
            _ => {}
        }
    }

    /// Closes the innermost collection; a block collection ends with its last child, not at the next token.
    pub fn close(&mut self, end: Option<Span>) {
        let Some(Open { id, .. }) = self.open.pop() else { return };
        let last = match &self.tree.node(id).kind {
            NodeKind::Sequence { items, flow } => (!flow || end.is_none()).then(|| items.last().copied()),
            NodeKind::Mapping { pairs, flow } => {
                (!flow || end.is_none()).then(|| pairs.last().map(|(_, value)| *value))
            }
            _ => None,
        };
        let end = match last {
            Some(child) => child.map(|child| self.tree.node(child).span.end),
            None => end.map(|span| span.end),
        };
        if let (Some(node), Some(end)) = (self.tree.nodes.get_mut(id.0 as usize), end) {
            node.span.end = node.span.end.max(end);
        }
    }

    /// Closes what a fault left open; a key that waited for its value gets an empty one.
    fn close_all(&mut self, end: usize) {
        while let Some(open) = self.open.last_mut() {
            if let Some(key) = open.key.take() {
                let at = self.tree.node(key).span.end.min(end);
                let id = NodeId(u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX));
                let kind = NodeKind::Scalar { value: Cow::Borrowed(""), style: Style::Plain, plain: true };
                self.tree.nodes.push(Node { kind, span: Span::new(at, at), tag: None, anchor: None });
                if let Some(open) = self.open.last_mut() {
                    open.key = Some(key);
                }
                self.attach(id);
            }
            self.close(None);
        }
    }
}
