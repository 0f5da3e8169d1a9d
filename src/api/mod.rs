//! Floor 2: the Kubernetes API as data: kinds, typed objects, field paths; knows nothing of text.

mod kind;
mod object;
mod path;

pub use kind::Kind;
pub use object::{Object, ObjectError, Other, Pod};
pub use path::{FieldPath, Path, Segment};
