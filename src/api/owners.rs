//! Who owns an object, by its owner references (apimachinery: pkg/apis/meta/v1/controller_ref.go).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

/// The controller among the owners of an object.
pub fn controller_of(metadata: &ObjectMeta) -> Option<&OwnerReference> {
    metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

/// Whether the object of `uid` controls an object.
pub fn is_controlled_by(metadata: &ObjectMeta, uid: Option<&str>) -> bool {
    controller_of(metadata).is_some_and(|owner| Some(owner.uid.as_str()) == uid)
}
