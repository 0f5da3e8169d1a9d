//! What a tree means: scalars with their types, keys as text, aliases and merges followed.
//!
//! Modelled on go-yaml v2 `decode.go` and sigs.k8s.io/yaml `convertToJSONableObject`. The values form a graph: an
//! alias shares what its anchor holds, so that a small text never becomes a large value.

use collections::Map as BTreeMap;
use std::borrow::Cow;

use super::resolve::resolve;
use super::tree::{NodeId, NodeKind, Tree};
use super::{SyntaxError, aliasing, go_syntax, json};
use crate::text::Span;

/// Deeper than this nothing of Kubernetes reaches; what lies deeper is read as nothing, so that no walk over
/// values can exhaust the stack.
const MAX_DEPTH: usize = 512;

/// A scalar with its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on`…
    Bool(bool),
    /// A number that fits an `int64`.
    Int(i64),
    /// A larger one that fits a `uint64`.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(Cow<'a, str>),
}

/// A value of one [`Values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueId(u32);

/// One value.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// A scalar.
    Scalar(Scalar<'a>),
    /// A list.
    List(Vec<ValueId>),
    /// An object; its entries are sorted by key, as Go writes them.
    Object(Vec<Entry<'a>>),
}

/// An entry of an object.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The key as text.
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub key_node: NodeId,
    /// The value.
    pub value: ValueId,
}

/// A key that stands twice in one mapping: the last one wins without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key that counts for nothing.
    pub lost: Span,
    /// The one that wins.
    pub wins: Span,
}

/// Why a text that is YAML is no JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueError {
    /// The words of go-yaml or sigs.k8s.io/yaml, whole.
    pub message: String,
    /// The node they speak of.
    pub span: Span,
}

#[derive(Clone, Debug)]
struct Stored<'a> {
    value: Value<'a>,
    node: NodeId,
    /// How many levels lie below.
    height: usize,
}

/// The meaning of one document.
#[derive(Clone, Debug, Default)]
pub struct Values<'a> {
    values: Vec<Stored<'a>>,
    root: Option<ValueId>,
    /// Keys that were written and count for nothing.
    pub duplicates: Vec<Duplicate>,
}

impl<'a> Values<'a> {
    /// The meaning of `tree`.
    ///
    /// # Errors
    /// When go-yaml or sigs.k8s.io/yaml would refuse it; the syntax error of the tree comes first.
    pub fn resolve(tree: &Tree<'a>) -> Result<Self, ValueError> {
        if let Some(error) = &tree.error {
            return Err(ValueError { message: error.to_string(), span: Span::new(error.offset, error.offset) });
        }
        let mut resolver =
            Resolver { tree, values: Values::default(), targets: vec![Target::New; tree.len()], raw: Vec::new() };
        if let Some(root) = tree.root() {
            let root = resolver.value(root, 0).map_err(|error| {
                let span = Span::new(error.offset, error.context.unwrap_or(error.offset));
                ValueError { message: error.to_string(), span }
            })?;
            aliasing::check(tree)?;
            resolver.values.root = Some(root);
            resolver.stringify_keys()?;
            json::check(&resolver.values, tree)?;
        }
        Ok(resolver.values)
    }

    /// The outermost value; none in an empty document.
    pub fn root(&self) -> Option<ValueId> {
        self.root
    }

    /// The value `id`.
    pub fn get(&self, id: ValueId) -> &Value<'a> {
        // An id is made by these values alone and none is ever taken out.
        &self.values[id.0 as usize].value
    }

    /// Where the value `id` stands in the text.
    pub fn node(&self, id: ValueId) -> NodeId {
        self.values[id.0 as usize].node
    }

    /// The entries of the object `id`; none of anything else.
    pub fn entries(&self, id: ValueId) -> &[Entry<'a>] {
        match self.get(id) {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The value of `key` in the object `id`.
    pub fn field(&self, id: ValueId, key: &str) -> Option<&Entry<'a>> {
        match self.get(id) {
            Value::Object(entries) => {
                entries.binary_search_by(|entry| (*entry.key).cmp(key)).ok().and_then(|at| entries.get(at))
            }
            _ => None,
        }
    }

    /// The element `index` of the list `id`.
    pub fn element(&self, id: ValueId, index: usize) -> Option<ValueId> {
        match self.get(id) {
            Value::List(items) => items.get(index).copied(),
            _ => None,
        }
    }

    /// The text of the value `id`, where it is text.
    pub fn text(&self, id: ValueId) -> Option<&str> {
        match self.get(id) {
            Value::Scalar(Scalar::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether any number, used or not, is none that JSON can write.
    pub(super) fn has_unwritable(&self) -> bool {
        let unwritable = |value: &Value<'_>| matches!(value, Value::Scalar(Scalar::Float(n)) if !n.is_finite());
        self.values.iter().any(|stored| unwritable(&stored.value))
    }

    /// Whether the value `id` is null.
    pub fn is_null(&self, id: ValueId) -> bool {
        matches!(self.get(id), Value::Scalar(Scalar::Null))
    }
}

/// How far a node that an alias names has been resolved.
#[derive(Clone, Copy)]
enum Target {
    New,
    InWork,
    Done(ValueId),
}

/// An entry as go-yaml has it: the key is a value yet.
struct RawEntry<'a> {
    key: Scalar<'a>,
    key_node: NodeId,
    value: ValueId,
}

/// The entries of one mapping in the making.
#[derive(Default)]
struct Entries<'a> {
    list: Vec<RawEntry<'a>>,
    /// Where each key stands in `list`; kept only for large mappings.
    index: BTreeMap<(u8, String), usize>,
}

impl<'a> Entries<'a> {
    /// Looking through a few entries beats an index.
    const SMALL: usize = 24;

    /// Adds an entry in place of one with an equal key, whose key node is returned.
    fn set(&mut self, new: RawEntry<'a>) -> Option<NodeId> {
        if self.index.is_empty() && self.list.len() >= Self::SMALL {
            self.index = self.list.iter().enumerate().map(|(at, entry)| (identity(&entry.key), at)).collect();
        }
        let found = match self.index.is_empty() {
            true => self.list.iter().position(|entry| entry.key == new.key),
            false => self.index.get(&identity(&new.key)).copied(),
        };
        if let Some(entry) = found.and_then(|at| self.list.get_mut(at)) {
            return Some(std::mem::replace(entry, new).key_node);
        }
        if !self.index.is_empty() {
            self.index.insert(identity(&new.key), self.list.len());
        }
        self.list.push(new);
        None
    }
}

/// What tells keys apart: their type and their value.
fn identity(key: &Scalar<'_>) -> (u8, String) {
    match key {
        Scalar::Null => (0, String::new()),
        Scalar::Bool(value) => (1, value.to_string()),
        Scalar::Int(value) => (2, value.to_string()),
        Scalar::Uint(value) => (3, value.to_string()),
        Scalar::Float(value) => (4, value.to_string()),
        Scalar::Str(value) => (5, value.to_string()),
    }
}

struct Resolver<'t, 'a> {
    tree: &'t Tree<'a>,
    values: Values<'a>,
    targets: Vec<Target>,
    /// The entries of each object, by the number of its value.
    raw: Vec<(ValueId, Vec<RawEntry<'a>>)>,
}

type Resolved<T> = Result<T, SyntaxError>;

impl<'t, 'a> Resolver<'t, 'a> {
    fn fail<T>(&self, node: NodeId, problem: impl Into<Cow<'static, str>>) -> Resolved<T> {
        let span = self.tree.node(node).span;
        let mut error = SyntaxError::meaning(problem, span);
        error.context = Some(span.end);
        Err(error)
    }

    fn push(&mut self, value: Value<'a>, node: NodeId, height: usize) -> ValueId {
        let id = ValueId(u32::try_from(self.values.values.len()).unwrap_or(u32::MAX));
        self.values.values.push(Stored { value, node, height });
        id
    }

    fn height(&self, id: ValueId) -> usize {
        self.values.values.get(id.0 as usize).map_or(0, |stored| stored.height)
    }

    fn nothing(&mut self, node: NodeId) -> ValueId {
        self.push(Value::Scalar(Scalar::Null), node, 0)
    }

    fn value(&mut self, id: NodeId, depth: usize) -> Resolved<ValueId> {
        if depth > MAX_DEPTH {
            return Ok(self.nothing(id));
        }
        let node = self.tree.node(id);
        match &node.kind {
            NodeKind::Alias { name, target } => match self.target(*target) {
                Target::Done(value) if depth + self.height(value) > MAX_DEPTH => Ok(self.nothing(id)),
                Target::Done(value) => Ok(value),
                Target::InWork => self.fail(id, format!("anchor '{name}' value contains itself")),
                Target::New => self.value(*target, depth + 1),
            },
            NodeKind::Scalar { value, plain, .. } => match resolve(node.tag.as_deref(), *plain, value) {
                Ok(scalar) => {
                    let value = self.push(Value::Scalar(scalar), id, 0);
                    self.finish(id, value);
                    Ok(value)
                }
                Err(problem) => self.fail(id, problem),
            },
            NodeKind::Sequence { items, .. } => {
                self.begin(id);
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.value(*item, depth + 1)?);
                }
                let height = list.iter().map(|item| self.height(*item) + 1).max().unwrap_or(0);
                let value = self.push(Value::List(list), id, height);
                self.finish(id, value);
                Ok(value)
            }
            NodeKind::Mapping { .. } => {
                self.begin(id);
                let mut entries = Entries::default();
                self.mapping(id, &mut entries, depth)?;
                let entries = entries.list;
                let height = entries.iter().map(|entry| self.height(entry.value) + 1).max().unwrap_or(0);
                let value = self.push(Value::Object(Vec::new()), id, height);
                self.raw.push((value, entries));
                self.finish(id, value);
                Ok(value)
            }
        }
    }

    fn target(&self, id: NodeId) -> Target {
        self.targets.get(id.number()).copied().unwrap_or(Target::New)
    }

    fn begin(&mut self, id: NodeId) {
        if let Some(target) = self.targets.get_mut(id.number()) {
            *target = Target::InWork;
        }
    }

    fn finish(&mut self, id: NodeId, value: ValueId) {
        if let Some(target) = self.targets.get_mut(id.number()) {
            *target = Target::Done(value);
        }
    }

    /// Reads the pairs of a mapping into `entries`, one after the other; a later key replaces an equal one, and so
    /// does what a merge brings.
    fn mapping(&mut self, id: NodeId, entries: &mut Entries<'a>, depth: usize) -> Resolved<()> {
        let tree = self.tree;
        let NodeKind::Mapping { pairs, .. } = &tree.node(id).kind else { return Ok(()) };
        for (key, value) in pairs {
            if is_merge(tree, *key) {
                self.merge(*value, entries, depth)?;
                continue;
            }
            let key_value = self.value(*key, depth + 1)?;
            let scalar = match self.values.get(key_value) {
                Value::Scalar(scalar) => scalar.clone(),
                _ => {
                    let text = go_syntax::of_node(tree, *key);
                    return self.fail(*key, format!("invalid map key: {text}"));
                }
            };
            let value = self.value(*value, depth + 1)?;
            self.set(entries, RawEntry { key: scalar, key_node: *key, value }, true);
        }
        Ok(())
    }

    fn set(&mut self, entries: &mut Entries<'a>, new: RawEntry<'a>, report: bool) {
        let wins = new.key_node;
        if let Some(lost) = entries.set(new).filter(|_| report) {
            let span = |node| self.tree.node(node).span;
            self.values.duplicates.push(Duplicate { lost: span(lost), wins: span(wins) });
        }
    }

    fn merge(&mut self, id: NodeId, entries: &mut Entries<'a>, depth: usize) -> Resolved<()> {
        let tree = self.tree;
        let target = tree.follow(id);
        match &tree.node(target).kind {
            NodeKind::Mapping { .. } => self.merge_mapping(id, entries, depth),
            NodeKind::Sequence { items, .. } if target == id => {
                for item in items.iter().rev() {
                    if !matches!(tree.node(tree.follow(*item)).kind, NodeKind::Mapping { .. }) {
                        return self.want_map(*item);
                    }
                    self.merge_mapping(*item, entries, depth)?;
                }
                Ok(())
            }
            _ => self.want_map(id),
        }
    }

    fn want_map<T>(&self, id: NodeId) -> Resolved<T> {
        self.fail(id, "map merge requires map or sequence of maps as the value")
    }

    fn merge_mapping(&mut self, id: NodeId, entries: &mut Entries<'a>, depth: usize) -> Resolved<()> {
        let value = self.value(id, depth + 1)?;
        let Ok(at) = self.raw.binary_search_by_key(&value, |(of, _)| *of) else { return Ok(()) };
        let Some((_, brought)) = self.raw.get(at) else { return Ok(()) };
        let brought: Vec<RawEntry<'a>> = brought
            .iter()
            .map(|entry| RawEntry { key: entry.key.clone(), key_node: entry.key_node, value: entry.value })
            .collect();
        for entry in brought {
            self.set(entries, entry, false);
        }
        Ok(())
    }

    /// Makes text of the keys of all objects and sorts them (sigs.k8s.io/yaml: yaml.go convertToJSONableObject).
    fn stringify_keys(&mut self) -> Result<(), ValueError> {
        for (object, entries) in std::mem::take(&mut self.raw) {
            let mut named: Vec<Entry<'a>> = Vec::with_capacity(entries.len());
            for entry in entries {
                let Some(key) = json::key_text(entry.key) else {
                    let value = go_syntax::of_node(self.tree, self.values.node(entry.value));
                    let message = format!("unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}");
                    return Err(ValueError { message, span: self.tree.node(entry.key_node).span });
                };
                named.push(Entry { key, key_node: entry.key_node, value: entry.value });
            }
            collections::sort_by(&mut named, |a, b| a.key.cmp(&b.key));
            // Keys that differ as values and not as text (`1` and `"1"`): Go keeps any, we keep the last.
            named.reverse();
            named.dedup_by(|a, b| a.key == b.key);
            named.reverse();
            if let Some(stored) = self.values.values.get_mut(object.0 as usize) {
                stored.value = Value::Object(named);
            }
        }
        Ok(())
    }
}

/// Whether a key is the merge sign: `<<`, not quoted (go-yaml: decode.go isMerge).
pub(super) fn is_merge(tree: &Tree<'_>, key: NodeId) -> bool {
    let node = tree.node(key);
    match &node.kind {
        NodeKind::Scalar { value, plain, .. } => {
            value == "<<" && (*plain || node.tag.as_deref() == Some("tag:yaml.org,2002:merge"))
        }
        _ => false,
    }
}
