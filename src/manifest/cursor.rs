//! What stands at a place of a text: the way to it from the object, with the type of every part of the way.
//!
//! It reads the tree and not the values, because it helps with texts that mean nothing yet.

use crate::api::schema::{FieldType, TypeId, served_kinds};
use crate::api::{FieldPath, Segment};
use crate::yaml::{NodeId, NodeKind, Tree};

/// A node of a tree, to walk on from. An alias is what it stands for.
#[derive(Clone, Copy)]
pub(super) struct At<'t, 'a> {
    tree: &'t Tree<'a>,
    pub node: NodeId,
}

impl<'t, 'a> At<'t, 'a> {
    pub fn new(tree: &'t Tree<'a>, node: NodeId) -> Self {
        Self { tree, node: tree.follow(node) }
    }

    /// The keys and values of a mapping; none of anything else.
    pub fn entries(self) -> impl Iterator<Item = (&'t str, At<'t, 'a>)> {
        let pairs: &'t [(NodeId, NodeId)] = match &self.tree.node(self.node).kind {
            NodeKind::Mapping { pairs, .. } => pairs,
            _ => &[],
        };
        pairs
            .iter()
            .filter_map(move |(key, value)| Some((At::new(self.tree, *key).text()?, At::new(self.tree, *value))))
    }

    /// The elements of a list; none of anything else.
    pub fn items(self) -> impl Iterator<Item = At<'t, 'a>> {
        let items: &'t [NodeId] = match &self.tree.node(self.node).kind {
            NodeKind::Sequence { items, .. } => items,
            _ => &[],
        };
        items.iter().map(move |item| At::new(self.tree, *item))
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<At<'t, 'a>> {
        self.entries().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The value at the end of a way of keys.
    pub fn at(self, keys: &[&str]) -> Option<At<'t, 'a>> {
        keys.iter().try_fold(self, |at, key| at.get(key))
    }

    /// The text of a scalar as it is written, without quotes.
    pub fn text(self) -> Option<&'t str> {
        match &self.tree.node(self.node).kind {
            NodeKind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The text of a scalar below.
    pub fn text_of(self, key: &str) -> Option<&'t str> {
        self.get(key)?.text()
    }

    /// Whether it is the same node of the same tree.
    pub fn is(self, other: At<'_, '_>) -> bool {
        self.node == other.node && std::ptr::addr_eq(self.tree, other.tree)
    }

    /// The struct of an object by its `kind` and, where it has one, its `apiVersion`.
    fn object_type(self) -> Option<TypeId> {
        let kind = self.text_of("kind")?;
        let version = self.text_of("apiVersion").unwrap_or_default();
        TypeId::of_kind(version, kind).or_else(|| {
            let served = served_kinds().iter().rfind(|served| served.kind == kind)?;
            TypeId::of_kind(served.api_version, kind)
        })
    }
}

/// What a node should hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// An object with an `apiVersion` and a `kind` of its own.
    Object,
    /// The items of a List.
    Objects,
    /// What a field of this type holds.
    Type(&'static FieldType),
    /// Nobody knows.
    Unknown,
}

impl Shape {
    /// The struct that a node of this shape is.
    fn structure(self, at: At<'_, '_>) -> Option<TypeId> {
        match self {
            Shape::Object => at.object_type(),
            Shape::Type(FieldType::Struct(id)) => Some(*id),
            _ => None,
        }
    }

    fn of_key(self, at: At<'_, '_>, key: &str) -> Shape {
        let field = |id: TypeId| id.field(key).map_or(Shape::Unknown, |field| Shape::Type(&field.kind));
        match (self, self.structure(at)) {
            (_, Some(id)) => field(id),
            (Shape::Type(FieldType::Map(values, _)), _) => Shape::Type(values),
            (Shape::Object, None) if key == "items" => Shape::Objects,
            // Whatever kind it will be, it has these.
            (Shape::Object, None) if matches!(key, "apiVersion" | "kind" | "metadata") => {
                TypeId::named("Pod").map_or(Shape::Unknown, field)
            }
            _ => Shape::Unknown,
        }
    }

    fn of_item(self) -> Shape {
        match self {
            Shape::Objects => Shape::Object,
            Shape::Type(FieldType::List(items)) => Shape::Type(items),
            _ => Shape::Unknown,
        }
    }
}

/// One step from a node to the next.
pub(super) struct Step<'t, 'a> {
    /// The node it starts from: a mapping or a list.
    pub from: At<'t, 'a>,
    pub shape: Shape,
    /// The struct that this node is, if it is one.
    pub structure: Option<TypeId>,
    pub segment: Segment,
}

impl Step<'_, '_> {
    /// The name of the struct it starts from; empty where that is none.
    pub fn holder(&self) -> &'static str {
        self.structure.map_or("", TypeId::name)
    }

    /// The name of the field it takes; empty where it takes none.
    pub fn field(&self) -> &str {
        match &self.segment {
            Segment::Field(name) => name,
            _ => "",
        }
    }
}

/// What a node is to the one that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Key,
    Value,
    Item,
}

/// A node with the way to it, outermost step first. The way to a key is the way to its value.
pub(super) struct Spot<'t, 'a> {
    pub steps: Vec<Step<'t, 'a>>,
    pub role: Role,
    /// What the value at the end of the way should hold.
    pub shape: Shape,
}

impl<'t, 'a> Spot<'t, 'a> {
    /// The way to `node`; none for the outermost node.
    pub fn of(tree: &'t Tree<'a>, node: NodeId) -> Option<Self> {
        let parents = parents(tree);
        let mut way = Vec::new();
        let mut at = node;
        while let Some((parent, link)) = parents.get(at.number()).copied().flatten() {
            way.push((parent, link));
            at = parent;
        }
        way.reverse();
        let (mut shape, mut role) = (Shape::Object, None);
        let mut steps: Vec<Step<'t, 'a>> = Vec::with_capacity(way.len());
        for (parent, link) in way {
            let from = At::new(tree, parent);
            let structure = shape.structure(from);
            let (segment, next) = match link {
                Link::Key(key) | Link::Value(key) => {
                    let name = At::new(tree, key).text().unwrap_or_default();
                    role = Some(if matches!(link, Link::Key(_)) { Role::Key } else { Role::Value });
                    let segment = match shape {
                        Shape::Type(FieldType::Map(..)) => Segment::Key(name.to_owned()),
                        _ => Segment::Field(name.to_owned().into()),
                    };
                    (segment, shape.of_key(from, name))
                }
                Link::Item(index) => {
                    role = Some(Role::Item);
                    (Segment::Index(index), shape.of_item())
                }
            };
            steps.push(Step { from, shape, structure, segment });
            shape = next;
        }
        Some(Self { steps, role: role?, shape })
    }

    /// The step that leads to the node.
    pub fn last(&self) -> Option<&Step<'t, 'a>> {
        self.steps.last()
    }

    /// The innermost struct of this name that the node lies in.
    pub fn inside(&self, name: &str) -> Option<At<'t, 'a>> {
        self.steps.iter().rfind(|step| step.holder() == name).map(|step| step.from)
    }

    /// The object that the node lies in.
    pub fn object(&self) -> Option<At<'t, 'a>> {
        self.steps.iter().rfind(|step| step.shape == Shape::Object).map(|step| step.from)
    }

    /// The path inside its object.
    pub fn path(&self) -> FieldPath {
        let from = self.steps.iter().rposition(|step| step.shape == Shape::Object).unwrap_or(0);
        FieldPath(self.steps.iter().skip(from).map(|step| step.segment.clone()).collect())
    }
}

#[derive(Clone, Copy)]
enum Link {
    Key(NodeId),
    Value(NodeId),
    Item(usize),
}

/// The parent of each node, by its number.
fn parents(tree: &Tree<'_>) -> Vec<Option<(NodeId, Link)>> {
    let mut parents = vec![None; tree.len()];
    let mut set = |child: NodeId, parent: NodeId, link: Link| {
        if let Some(slot) = parents.get_mut(child.number()) {
            *slot = Some((parent, link));
        }
    };
    for (id, node) in tree.nodes() {
        match &node.kind {
            NodeKind::Mapping { pairs, .. } => {
                for (key, value) in pairs {
                    set(*key, id, Link::Key(*key));
                    set(*value, id, Link::Value(*key));
                }
            }
            NodeKind::Sequence { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    set(*item, id, Link::Item(index));
                }
            }
            _ => {}
        }
    }
    parents
}
