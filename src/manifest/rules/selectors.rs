//! Rules on label selectors, wherever they stand (apimachinery: apis/meta/v1/validation/validation.go, 1.36).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::errors::{Errors, Shown};
use super::{go, metadata, names};
use crate::api::Path;

const CODE: &str = "selector/expression";
/// `values` is missing where the operator needs it.
pub const VALUES_REQUIRED: &str = "must be specified when `operator` is 'In' or 'NotIn'";
/// `values` is there where the operator takes none.
pub const VALUES_FORBIDDEN: &str = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
/// The operator is unknown.
pub const OPERATOR_INVALID: &str = "not a valid selector operator";

/// Every rule of a selector; an absent one is good here (some fields require it elsewhere).
pub fn validate(selector: Option<&LabelSelector>, path: &Path<'_>, errors: &mut Errors) {
    let Some(selector) = selector else { return };
    metadata::labels(selector.match_labels.as_ref(), &path.field("matchLabels"), errors);
    let expressions = path.field("matchExpressions");
    for (i, requirement) in go::list(&selector.match_expressions).iter().enumerate() {
        expression(requirement, &expressions.index(i), errors);
    }
}

/// `selector/expression`: `In` and `NotIn` need values, `Exists` and `DoesNotExist` take none; other operators do not
/// exist here.
///
/// A selector that cannot be evaluated would silently match nothing.
///
/// Bad:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchExpressions: [{key: app, operator: In}]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}]}
/// ```
fn expression(requirement: &LabelSelectorRequirement, path: &Path<'_>, errors: &mut Errors) {
    let values = go::list(&requirement.values);
    let at = path.field("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => errors.required(CODE, &at, VALUES_REQUIRED),
        "Exists" | "DoesNotExist" if !values.is_empty() => errors.forbidden(CODE, &at, VALUES_FORBIDDEN),
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        operator => errors.invalid(CODE, &path.field("operator"), Shown::Named(operator), OPERATOR_INVALID),
    }
    errors.invalid_each(CODE, &path.field("key"), &requirement.key, names::qualified_name(&requirement.key));
    for (i, value) in values.iter().enumerate() {
        errors.invalid_each(CODE, &at.index(i), value, names::label_value(value));
    }
}
