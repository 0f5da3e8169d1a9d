//! Paths of fields, as the API server prints them: `spec.containers[0].resources.limits[cpu]`.

use std::borrow::Cow;
use std::fmt;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A field by its JSON name.
    Field(Cow<'static, str>),
    /// An element of a list.
    Index(usize),
    /// A key of a map (`limits[cpu]`).
    Key(String),
}

/// A path under construction: a linked list on the stack, so that walking an object allocates nothing.
///
/// ```
/// use podlab::api::Path;
/// let spec = Path::ROOT.field("spec");
/// let containers = spec.field("containers");
/// assert_eq!(containers.index(0).field("name").to_string(), "spec.containers[0].name");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Field(&'static str),
    Named(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// The object itself; prints as nothing.
    pub const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    /// The field `name` below.
    pub fn field<'b>(&'b self, name: &'static str) -> Path<'b> {
        Path { parent: Some(self), step: Step::Field(name) }
    }

    /// The field `name` below, where the name comes from the manifest: the server prints some map keys so.
    pub fn named<'b>(&'b self, name: &'b str) -> Path<'b> {
        Path { parent: Some(self), step: Step::Named(name) }
    }

    /// The element `index` below.
    pub fn index<'b>(&'b self, index: usize) -> Path<'b> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// The map entry `key` below.
    pub fn key<'b>(&'b self, key: &'b str) -> Path<'b> {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    /// The path as a value that outlives the walk.
    pub fn to_owned(&self) -> FieldPath {
        let mut segments = Vec::new();
        let mut at = Some(self);
        while let Some(path) = at {
            match path.step {
                Step::Root => {}
                Step::Field(name) => segments.push(Segment::Field(Cow::Borrowed(name))),
                Step::Named(name) => segments.push(Segment::Field(Cow::Owned(name.to_owned()))),
                Step::Index(index) => segments.push(Segment::Index(index)),
                Step::Key(key) => segments.push(Segment::Key(key.to_owned())),
            }
            at = path.parent;
        }
        segments.reverse();
        FieldPath(segments)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_owned().fmt(f)
    }
}

/// A path on its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(pub Vec<Segment>);

impl fmt::Display for FieldPath {
    /// As apimachinery prints it (apimachinery: util/validation/field/path.go String).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if i == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}
