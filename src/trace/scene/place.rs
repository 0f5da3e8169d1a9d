//! Where the manifest speaks of a Pod: in the Pod itself, or in the template of the owner it was made from.

use std::borrow::Cow;

use super::build;
use crate::api::{FieldPath, Kind, Object, Segment};
use crate::cluster::{ObjectKey, Time};
use crate::trace::{Origin, Run};

/// The object of the manifest, and the path to the Pod in it.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Place {
    object: ObjectKey,
    prefix: Vec<Segment>,
}

fn field(name: &'static str) -> Segment {
    Segment::Field(Cow::Borrowed(name))
}

impl Place {
    /// The place of the Pod `object` as things stood at `at`.
    pub fn of(run: &Run, at: Time, object: &Object, key: &ObjectKey) -> Self {
        let Some(root) = build::ownership(run, at, object).pop() else {
            return Self { object: key.clone(), prefix: Vec::new() };
        };
        let fields: &[&'static str] = match root.kind {
            Kind::CronJob => &["spec", "jobTemplate", "spec", "template"],
            _ => &["spec", "template"],
        };
        Self { prefix: fields.iter().map(|name| field(name)).collect(), object: root }
    }

    /// A field of the Pod's spec; none of them is the Pod as a whole.
    pub fn at(&self, fields: &[&'static str]) -> Origin {
        let mut path = self.prefix.clone();
        path.push(field("spec"));
        path.extend(fields.iter().map(|name| field(name)));
        Origin { object: self.object.clone(), path: FieldPath(path) }
    }

    /// An element of a list of the Pod's spec.
    pub fn element(&self, list: &'static str, number: usize) -> Origin {
        self.below(list, number, &[])
    }

    /// A field of an element of a list of the Pod's spec.
    pub fn below(&self, list: &'static str, number: usize, fields: &[&'static str]) -> Origin {
        let mut origin = self.at(&[list]);
        origin.path.0.push(Segment::Index(number));
        origin.path.0.extend(fields.iter().map(|name| field(name)));
        origin
    }
}
