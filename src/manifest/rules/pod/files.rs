//! Rules on paths and modes of files, shared by volumes, mounts and profiles.

use crate::api::Path;
use crate::manifest::rules::errors::Errors;

/// The path has an element `..`, which would lead out of its directory.
pub fn has_backsteps(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

/// Refuses paths with `..` elements.
pub fn no_backsteps(code: &'static str, text: &str, path: &Path<'_>, errors: &mut Errors) {
    if has_backsteps(text) {
        errors.invalid(code, path, text, "must not contain '..'");
    }
}

/// Refuses absolute paths and paths with `..` elements.
pub fn descending_path(code: &'static str, text: &str, path: &Path<'_>, errors: &mut Errors) {
    if text.starts_with('/') {
        errors.invalid(code, path, text, "must be a relative path");
    }
    no_backsteps(code, text, path, errors);
}

/// Refuses what [`descending_path`] does, and names that start with `..`, which the kubelet keeps for itself.
pub fn local_path(code: &'static str, text: &str, path: &Path<'_>, errors: &mut Errors) {
    descending_path(code, text, path, errors);
    if text.starts_with("..") && !text.starts_with("../") {
        errors.invalid(code, path, text, "must not start with '..'");
    }
}

/// Refuses file modes beyond `0777`.
pub fn mode(code: &'static str, mode: Option<i32>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(code, path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}
