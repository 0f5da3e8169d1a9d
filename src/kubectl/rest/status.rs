//! Refusals as the API sends them: objects of kind `Status` (apimachinery: api/errors/errors.go).

use serde_json::{Value, json};

use super::address::Address;
use crate::api::Object;
use crate::cluster::ApiError;
use crate::kubectl::resources::Resource;
use crate::manifest::update::PatchError;
use crate::manifest::{FieldError, aggregate};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    /// The HTTP status.
    pub code: u16,
    reason: String,
    message: String,
    details: Value,
}

impl Refused {
    /// A refusal of this reason in these words.
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), details: Value::Null }
    }

    /// There is no such path.
    pub fn no_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// The request cannot be understood.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// There is no such object.
    pub fn not_found(resource: Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.full());
        let details = json!({"name": name, "group": resource.group(), "kind": resource.plural});
        Self { details, ..Self::new(404, "NotFound", message) }
    }

    /// What the cluster refused.
    pub fn of(error: &ApiError, address: &Address) -> Self {
        let details = json!({
            "name": address.name, "group": address.resource.group(), "kind": address.resource.plural,
        });
        Self { details, ..Self::new(error.code, error.reason, error.message.clone()) }
    }

    /// An object that is not valid (422), cause by cause.
    pub fn invalid(kind: &str, group: &str, name: &str, causes: &[FieldError]) -> Self {
        let dot = if group.is_empty() { "" } else { "." };
        let texts = aggregate(causes.iter().map(|cause| format!("{}: {}", cause.path, cause.message)));
        let listed: Vec<Value> = causes
            .iter()
            .map(|cause| {
                json!({"reason": cause.cause.reason(), "message": cause.message, "field": cause.path.to_string()})
            })
            .collect();
        let message = match kind {
            // A patch that fits no type is refused before there is an object.
            "" => texts,
            kind => format!("{kind}{dot}{group} \"{name}\" is invalid: {texts}"),
        };
        let details = json!({"name": name, "group": group, "kind": kind, "causes": listed});
        Self { details, ..Self::new(422, "Invalid", message) }
    }

    /// What `live` may not become.
    pub fn update(live: &Object, causes: &[FieldError]) -> Self {
        let (kind, group) = live.kind().map_or(("", ""), |kind| (kind.name(), kind.group()));
        Self::invalid(kind, group, live.name(), causes)
    }

    /// The object as it is sent.
    pub fn to_json(&self) -> Value {
        let mut value = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            value["details"] = self.details.clone();
        }
        value
    }
}

impl From<PatchError> for Refused {
    fn from(error: PatchError) -> Self {
        match error {
            PatchError::Unusable(message) => Self::bad(message),
            PatchError::Invalid(cause) => Self::invalid("", "", "", &[cause]),
        }
    }
}

/// What is answered where something was done and nothing is left to show.
pub(super) fn success(address: &Address, uid: &str) -> Value {
    let resource = address.resource;
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": {"name": address.name, "group": resource.group(), "kind": resource.plural, "uid": uid},
    })
}
