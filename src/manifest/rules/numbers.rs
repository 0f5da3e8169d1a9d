//! Rules on numbers that many kinds share.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::errors::{Errors, Shown};
use super::{names, shown};
use crate::api::{Path, int_or_string};

/// A number that is given must not be below zero.
pub fn not_negative(code: &'static str, number: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(number) = number.filter(|number| *number < 0) {
        errors.invalid(code, path, number, names::NOT_NEGATIVE);
    }
}

/// A count or a percentage, not below zero.
pub fn count_or_percent(code: &'static str, value: &IntOrString, path: &Path<'_>, errors: &mut Errors) {
    match value {
        IntOrString::Int(number) => not_negative(code, Some(i64::from(*number)), path, errors),
        IntOrString::String(text) => errors.invalid_each(code, path, text, names::percent(text)),
    }
}

/// A percentage of at most 100; counts pass.
pub fn at_most_100_percent(code: &'static str, value: &IntOrString, path: &Path<'_>, errors: &mut Errors) {
    if let IntOrString::String(text) = value
        && int_or_string::percent(text).is_some_and(|percent| percent > 100)
    {
        errors.invalid(code, path, Shown::Json(&shown::int_or_string(value)), "must not be greater than 100%");
    }
}
