//! The refusals of the API server, in its words.

use std::fmt;

use crate::api::{Kind, Object};
use crate::cluster::ObjectKey;

/// A refusal of the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status code (404, 409, 403 …).
    pub code: u16,
    /// The machine-readable reason (`NotFound`, `AlreadyExists`, `Forbidden`, `Conflict`).
    pub reason: &'static str,
    /// The message.
    pub message: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

/// The resource with its group, as messages name it: `pods`, `deployments.apps`.
fn resource(kind: Kind) -> String {
    match kind.group() {
        "" => kind.plural().to_owned(),
        group => format!("{}.{group}", kind.plural()),
    }
}

impl ApiError {
    /// The kind is carried, not simulated.
    pub(super) fn not_simulated(object: &Object) -> Self {
        Self { code: 501, reason: "NotSimulated", message: format!("{} is not simulated", object.name()) }
    }

    /// There is no such object.
    pub(crate) fn not_found(key: &ObjectKey) -> Self {
        let message = format!("{} \"{}\" not found", resource(key.kind), key.name);
        Self { code: 404, reason: "NotFound", message }
    }

    /// The name is taken.
    pub(super) fn already_exists(key: &ObjectKey) -> Self {
        let message = format!("{} \"{}\" already exists", resource(key.kind), key.name);
        Self { code: 409, reason: "AlreadyExists", message }
    }

    /// Somebody else has changed the object since it was read.
    pub(super) fn conflict(key: &ObjectKey, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{}\": {why}", resource(key.kind), key.name);
        Self { code: 409, reason: "Conflict", message }
    }

    /// Admission says no.
    pub(super) fn forbidden(key: &ObjectKey, why: &str) -> Self {
        let message = format!("{} \"{}\" is forbidden: {why}", resource(key.kind), key.name);
        Self { code: 403, reason: "Forbidden", message }
    }

    /// A field has a value it must not have.
    pub(super) fn invalid(key: &ObjectKey, why: &str) -> Self {
        let message = match key.kind.group() {
            "" => format!("{} \"{}\" is invalid: {why}", key.kind.name(), key.name),
            group => format!("{}.{group} \"{}\" is invalid: {why}", key.kind.name(), key.name),
        };
        Self { code: 422, reason: "Invalid", message }
    }
}
