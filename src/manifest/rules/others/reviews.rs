//! Rules on questions to the server (kubernetes: pkg/apis/authorization/validation/validation.go, 1.36).

use crate::api::{Other, Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::go;

/// `cluster/review`: who asks whether somebody may do something says what: a resource or an address, and of whom.
///
/// Bad:
/// ```yaml
/// kind: SubjectAccessReview
/// spec: {user: jane}
/// ```
/// Good:
/// ```yaml
/// kind: SubjectAccessReview
/// spec: {user: jane, resourceAttributes: {verb: get, resource: pods}}
/// ```
const CODE: &str = "cluster/review";

/// The rules of a question about rights; there are none on other questions.
pub fn validate(other: &Other, errors: &mut Errors) {
    if !other.kind.ends_with("SubjectAccessReview") {
        return;
    }
    let object = View::new(&other.value);
    let (spec, path) = (object.at("spec"), Path::ROOT.field("spec"));
    let (resource, address) = (spec.at("resourceAttributes"), spec.at("nonResourceAttributes"));
    match (resource.exists(), address.exists()) {
        (true, true) => {
            let text = |name: &str| address.at(name).str().to_owned();
            let shown = go::Struct::new().string("Path", &text("path")).string("Verb", &text("verb")).finish();
            let detail = "cannot be specified in combination with resourceAttributes";
            errors.invalid(CODE, &path.field("nonResourceAttributes"), Shown::Json(&shown), detail);
        }
        (false, false) => {
            let detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            errors.invalid(CODE, &path.field("resourceAttributes"), Shown::Json("null"), detail);
        }
        _ => {}
    }
    let asks_of_itself = other.kind == "SelfSubjectAccessReview";
    if !asks_of_itself && spec.at("user").str().is_empty() && spec.at("groups").items().len() == 0 {
        errors.invalid(CODE, &path.field("user"), "", "at least one of user or group must be specified");
    }
}
