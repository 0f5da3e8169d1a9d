//! Floor 1: YAML as Kubernetes reads it. Documents, a tree with spans, scalar rules; knows nothing of Kubernetes.
//!
//! kubectl reads YAML with a Go port of libyaml and types scalars by YAML 1.1, so a YAML 1.2 library would give other
//! verdicts. This room gives the same ones, in the same words and lines:
//! [`Document`]s of a file, a [`Tree`] for each, and its [`Values`].

mod aliasing;
mod documents;
mod error;
mod go_syntax;
mod json;
mod json_syntax;
mod layout;
mod number;
mod parse;
mod readable;
mod resolve;
mod scan;
mod tree;
mod value;

pub use documents::{Document, Documents, StreamError, split, split_terminated, terminated};
pub use error::SyntaxError;
pub use go_syntax::quote;
pub use json::to_json;
pub use layout::layout;
pub use number::json_float;
pub use readable::{blank_faults, readable};
pub use resolve::{days_in, means_itself};
pub use scan::Style;
pub use tree::{Node, NodeId, NodeKind, Tree};
pub use value::{Duplicate, Entry, Scalar, Value, ValueError, ValueId, Values};
