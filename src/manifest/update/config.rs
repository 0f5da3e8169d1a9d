//! What of ConfigMaps and Secrets may change (kubernetes: pkg/apis/core/validation/validation.go
//! ValidateConfigMapUpdate, ValidateSecretUpdate, 1.36).

use k8s_openapi::api::core::v1::{ConfigMap, Secret};

use super::{IMMUTABLE, metadata};
use crate::api::Path;
use crate::manifest::rules::config as rules;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::go;

/// Every rule of the update of a ConfigMap.
pub(super) fn config_map(old: &ConfigMap, new: &ConfigMap, errors: &mut Errors) {
    metadata::update(&old.metadata, &new.metadata, errors);
    if old.immutable == Some(true) {
        frozen(new.immutable, old.data == new.data, errors);
        if old.binary_data != new.binary_data {
            errors.forbidden(FROZEN, &Path::ROOT.field("binaryData"), FROZEN_WORDS);
        }
    }
    rules::validate_config_map(new, errors);
}

/// `update/immutable`: what says `immutable: true` never changes again, and stays so.
///
/// Kubelets do not watch such objects any more; they would not see the change.
const FROZEN: &str = "update/immutable";
const FROZEN_WORDS: &str = "field is immutable when `immutable` is set";

fn frozen(immutable: Option<bool>, same_data: bool, errors: &mut Errors) {
    if immutable != Some(true) {
        errors.forbidden(FROZEN, &Path::ROOT.field("immutable"), FROZEN_WORDS);
    }
    if !same_data {
        errors.forbidden(FROZEN, &Path::ROOT.field("data"), FROZEN_WORDS);
    }
}

/// Every rule of the update of a Secret.
pub(super) fn secret(old: &Secret, new: &Secret, errors: &mut Errors) {
    metadata::update(&old.metadata, &new.metadata, errors);
    secret_type(old, new, errors);
    if old.immutable == Some(true) {
        frozen(new.immutable, old.data == new.data, errors);
    }
    rules::validate_secret(new, errors);
}

/// `update/secret-type`: a Secret keeps its type.
///
/// The type promises which keys it has to whoever reads it.
fn secret_type(old: &Secret, new: &Secret, errors: &mut Errors) {
    let after = go::text(&new.type_);
    if go::text(&old.type_) != after {
        errors.invalid("update/secret-type", &Path::ROOT.field("type"), Shown::Named(after), IMMUTABLE);
    }
}
