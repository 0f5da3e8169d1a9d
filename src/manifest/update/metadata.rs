//! What of `metadata` may change (apimachinery: api/validation/objectmeta.go ValidateObjectMetaAccessorUpdate, 1.36).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::IMMUTABLE;
use crate::api::schema::served_kinds;
use crate::api::{Kind, Object, Path};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::metadata as rules;

/// What the server checks of every kind before the kind's own rules (apiserver: registry/rest/update.go
/// validateCommonFields).
pub(super) fn common(old: &Object, new: &Object, errors: &mut Errors) {
    let path = Path::ROOT.field("metadata");
    let namespaced = match new {
        Object::Other(it) => served_kinds()
            .iter()
            .any(|served| served.namespaced && served.kind == it.kind && served.api_version == it.api_version),
        object => object.kind().is_some_and(Kind::namespaced),
    };
    rules::validate_form(new.metadata(), namespaced, &path, errors);
    identity(old.metadata(), new.metadata(), errors);
}

/// What each kind's own rules check first (pkg/apis/core/validation ValidateObjectMetaUpdate).
pub(super) fn update(old: &ObjectMeta, new: &ObjectMeta, errors: &mut Errors) {
    identity(old, new, errors);
    let path = Path::ROOT.field("metadata");
    rules::standard_finalizers(new.finalizers.as_deref().unwrap_or_default(), &path.field("finalizers"), errors);
}

/// `update/identity`: an object keeps its name, namespace and uid, and while it is being deleted no finalizer is added.
///
/// Everything that refers to the object does so by these; with others it would be another object.
fn identity(old: &ObjectMeta, new: &ObjectMeta, errors: &mut Errors) {
    const CODE: &str = "update/identity";
    let path = Path::ROOT.field("metadata");
    let finalizers = |meta: &ObjectMeta| meta.finalizers.clone().unwrap_or_default();
    if old.deletion_timestamp.is_some() {
        let before = finalizers(old);
        let added: Vec<String> = finalizers(new).into_iter().filter(|it| !before.contains(it)).collect();
        if !added.is_empty() {
            let detail =
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{";
            let names: Vec<String> = added.iter().map(|name| crate::yaml::quote(name)).collect();
            errors.forbidden(CODE, &path.field("finalizers"), &[detail, &names.join(", "), "}"].concat());
        }
    }
    for (field, before, after) in
        [("name", &old.name, &new.name), ("namespace", &old.namespace, &new.namespace), ("uid", &old.uid, &new.uid)]
    {
        let after = after.as_deref().unwrap_or_default();
        if before.as_deref().unwrap_or_default() != after {
            let shown = if field == "uid" { Shown::Named(after) } else { Shown::Str(after) };
            errors.invalid(CODE, &path.field(field), shown, IMMUTABLE);
        }
    }
    rules::labels(new.labels.as_ref(), &path.field("labels"), errors);
    rules::annotations(new.annotations.as_ref(), &path.field("annotations"), errors);
    let owners = new.owner_references.as_deref().unwrap_or_default();
    rules::owner_references(owners, &path.field("ownerReferences"), errors);
}
