//! What a validation rule finds: a cause at a path, in the server's words.

use std::fmt;

use crate::api::{FieldPath, Path};

/// The type of a cause as the API reports it (apimachinery: util/validation/field/errors.go ErrorType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// `FieldValueRequired`: something must be there.
    Required,
    /// `FieldValueInvalid`: the value breaks a rule.
    Invalid,
    /// `FieldValueNotSupported`: not one of the known values.
    NotSupported,
    /// `FieldValueDuplicate`: the value stands twice where it may stand once.
    Duplicate,
    /// `FieldValueForbidden`: the field must not be set here.
    Forbidden,
    /// `FieldValueTooLong`.
    TooLong,
    /// `FieldValueTooMany`.
    TooMany,
    /// `FieldValueNotFound`: it names something that is not there.
    NotFound,
    /// `FieldValueTypeInvalid`.
    TypeInvalid,
    /// `InternalError`.
    Internal,
}

impl Cause {
    /// The name in `details.causes[].reason`.
    pub fn reason(self) -> &'static str {
        match self {
            Cause::Required => "FieldValueRequired",
            Cause::Invalid => "FieldValueInvalid",
            Cause::NotSupported => "FieldValueNotSupported",
            Cause::Duplicate => "FieldValueDuplicate",
            Cause::Forbidden => "FieldValueForbidden",
            Cause::TooLong => "FieldValueTooLong",
            Cause::TooMany => "FieldValueTooMany",
            Cause::NotFound => "FieldValueNotFound",
            Cause::TypeInvalid => "FieldValueTypeInvalid",
            Cause::Internal => "InternalError",
        }
    }
}

/// One finding of one rule. Rules make it, `manifest` turns it into a [`super::Diagnostic`] with a place.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// The rule (`pod/restart-policy`); leads to its explanation.
    pub code: &'static str,
    /// The type of the cause.
    pub cause: Cause,
    /// Where, in the object.
    pub path: FieldPath,
    /// The text after `path: `, whole: `Invalid value: "My_Pod": a lowercase …`.
    pub message: String,
    /// Where a person finds it, if the server's path leaves an index out (`volumeMounts.subPath`).
    pub place: Option<FieldPath>,
    /// Other places that belong to it: the first of two equal names, the port a number clashes with.
    pub related: Vec<FieldPath>,
}

impl FieldError {
    /// A finding of rule `code`; `message` is the server's text after `path: `.
    pub fn new(code: &'static str, cause: Cause, path: &Path<'_>, message: impl Into<String>) -> Self {
        Self { code, cause, path: path.to_owned(), message: message.into(), place: None, related: Vec::new() }
    }

    /// Where a person finds it: [`FieldError::place`], else the server's path.
    pub fn place(&self) -> &FieldPath {
        self.place.as_ref().unwrap_or(&self.path)
    }

    /// The same finding, with another place that belongs to it.
    pub fn with_related(mut self, path: &Path<'_>) -> Self {
        self.related.push(path.to_owned());
        self
    }
}

impl fmt::Display for FieldError {
    /// As the server joins path and text; an empty path prints `<nil>`, as Go does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.0.is_empty() {
            true => write!(f, "<nil>: {}", self.message),
            false => write!(f, "{}: {}", self.path, self.message),
        }
    }
}
