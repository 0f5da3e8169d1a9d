//! Events as a list shows them.

use std::rc::Rc;

use crate::cluster::{ObjectKey, Time};

/// One Event object as it stood at the instant asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// When it was first noted.
    pub first: Time,
    /// When it was noted last.
    pub last: Time,
    /// How often.
    pub count: i32,
    /// Whether it is a `Warning`, else `Normal`.
    pub warning: bool,
    /// The reason (`BackOff`).
    pub reason: Rc<str>,
    /// The text.
    pub message: Rc<str>,
    /// The object it is about, where that is of a kind Podlab simulates.
    pub object: Option<ObjectKey>,
    /// Who said it (`kubelet`).
    pub source: Rc<str>,
    /// The field of the object it is about (`spec.containers{app}`), empty for the whole.
    pub field_path: Rc<str>,
}

impl EventRow {
    /// The container that [`EventRow::field_path`] names, if it names one.
    pub fn container(&self) -> Option<&str> {
        let (_, name) = self.field_path.split_once('{')?;
        name.strip_suffix('}')
    }
}
