//! What the API server checks on create: one rule, one function, in a file per area of the API.
//!
//! Every function takes a **defaulted** object (`api::defaults`) and gives findings in the order in which the server
//! lists them. A rule's doc comment names its code, says why the server insists, and shows a bad and a good example;
//! `tests/rule_docs.rs` runs the examples.

mod advice;
pub mod claim;
pub mod errors;
pub mod go;
pub mod metadata;
pub mod names;
pub mod pod;
pub mod selectors;
pub mod warn;

pub use self::advice::advice;
use self::errors::Errors;
use super::FieldError;
use crate::api::Object;

/// What the server refuses (422 Invalid), in its order; empty when it accepts.
///
/// `object` is already defaulted. Findings with the same path and text stand as often as the server lists them in
/// `details.causes`; kubectl prints each once.
pub fn validate(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    if let Object::Pod(pod) = object {
        pod::validate(pod, &mut errors);
    }
    errors.into_vec()
}

/// What the server tells with `Warning: …` while it prepares the object, even if it then refuses it.
pub fn early_warnings(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    if let Object::Pod(pod) = object {
        warn::pod::early(pod, &mut errors);
    }
    errors.distinct();
    errors.into_vec()
}

/// What the server accepts with `Warning: …`, all of it, [`early_warnings`] first; the message is the text after that
/// word. Ask only when [`validate`] found nothing.
pub fn warnings(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    if let Object::Pod(pod) = object {
        warn::pod::early(pod, &mut errors);
        warn::pod::warnings(pod, &mut errors);
    }
    errors.distinct();
    errors.into_vec()
}

/// Why an admission plug-in refuses the object before validation (403 Forbidden), in the text after
/// `NAME is forbidden: `.
pub fn admission(object: &Object) -> Option<String> {
    match object {
        Object::Pod(pod) => pod::admission::mutating(pod),
        _ => None,
    }
}

/// Why an admission plug-in refuses a valid object, after its warnings were told.
pub fn late_admission(object: &Object) -> Option<String> {
    match object {
        Object::Pod(pod) => pod::admission::validating(pod),
        _ => None,
    }
}
