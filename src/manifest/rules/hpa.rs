//! Rules on HorizontalPodAutoscalers (kubernetes: pkg/apis/autoscaling/validation/validation.go, 1.36).

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec,
};

use super::errors::{Errors, Shown};
use super::{go, hpa_metrics, metadata, names};
use crate::api::{Path, quantity};

const MAX_WINDOW_SECONDS: i32 = 3600;
const MAX_PERIOD_SECONDS: i32 = 1800;

/// Every rule of a HorizontalPodAutoscaler.
pub fn validate(autoscaler: &HorizontalPodAutoscaler, errors: &mut Errors) {
    metadata::validate(&autoscaler.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    spec(autoscaler, errors);
}

/// The rules of a HorizontalPodAutoscaler but those of its metadata.
pub fn spec(autoscaler: &HorizontalPodAutoscaler, errors: &mut Errors) {
    let spec = &autoscaler.spec;
    let path = Path::ROOT.field("spec");
    replicas(spec, &path, errors);
    let target = path.field("scaleTargetRef");
    reference(&spec.scale_target_ref, &target, errors);
    api_version(&spec.scale_target_ref, true, &target, errors);
    hpa_metrics::validate(spec, &path, errors);
    if let Some(behavior) = &spec.behavior {
        let at = path.field("behavior");
        for (name, rules) in [("scaleUp", &behavior.scale_up), ("scaleDown", &behavior.scale_down)] {
            if let Some(rules) = rules {
                scaling(rules, &at.field(name), errors);
            }
        }
    }
}

/// `hpa/replicas`: at least one Pod at the least, and not more at the least than at the most.
///
/// Bad:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {minReplicas: 5, maxReplicas: 3}
/// ```
/// Good:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {minReplicas: 3, maxReplicas: 5}
/// ```
fn replicas(spec: &HorizontalPodAutoscalerSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "hpa/replicas";
    const AT_LEAST_ONE: &str = "must be greater than or equal to 1";
    let (at_min, at_max) = (path.field("minReplicas"), path.field("maxReplicas"));
    if let Some(min) = spec.min_replicas.filter(|min| *min < 1) {
        errors.invalid(CODE, &at_min, min, AT_LEAST_ONE);
    }
    match spec.max_replicas {
        0 => errors.required(CODE, &at_max, "must be set and greater than 0"),
        max if max < 0 => errors.invalid(CODE, &at_max, max, AT_LEAST_ONE),
        _ => {}
    }
    if spec.min_replicas.is_some_and(|min| spec.max_replicas < min) {
        errors.invalid(CODE, &at_max, spec.max_replicas, "must be greater than or equal to `minReplicas`");
        errors.related(&at_min);
    }
}

/// `hpa/reference`: an object is named by its kind and name, each a part of a URL.
///
/// Bad:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a/b}}
/// ```
/// Good:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
/// ```
pub fn reference(reference: &CrossVersionObjectReference, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "hpa/reference";
    for (name, value) in [("kind", &reference.kind), ("name", &reference.name)] {
        let at = path.field(name);
        match value.is_empty() {
            true => errors.required(CODE, &at, ""),
            false => path_segment(CODE, value, &at, errors),
        }
    }
}

/// `hpa/api-version`: the version of what is scaled is `group/version`; only the old ReplicationController has no group.
///
/// Bad:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {scaleTargetRef: {apiVersion: v1, kind: Deployment, name: web}}
/// ```
/// Good:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
/// ```
pub fn api_version(reference: &CrossVersionObjectReference, needs_group: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "hpa/api-version";
    let version = go::text(&reference.api_version);
    let at = path.field("apiVersion");
    let (group, rest) = version.split_once('/').unwrap_or(("", version));
    if rest.contains('/') {
        errors.invalid(CODE, &at, version, &["unexpected GroupVersion string: ", version].concat());
    } else if needs_group && group.is_empty() && !(rest == "v1" && reference.kind == "ReplicationController") {
        errors.invalid(CODE, &at, version, "apiVersion must specify API group");
    }
}

/// What a part of a URL's path may not be or contain (apimachinery: api/validation/path IsValidPathSegmentName).
pub fn path_segment(code: &'static str, text: &str, path: &Path<'_>, errors: &mut Errors) {
    errors.invalid_each(code, path, text, names::path_segment(text));
}

/// `hpa/behavior`: how fast it may scale: windows up to an hour, periods up to half an hour, at least one policy.
///
/// Bad:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 15}]}}}
/// ```
/// Good:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {behavior: {scaleUp: {policies: [{type: Pods, value: 4, periodSeconds: 15}]}}}
/// ```
fn scaling(rules: &HPAScalingRules, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "hpa/behavior";
    if let Some(window) = rules.stabilization_window_seconds {
        let at = path.field("stabilizationWindowSeconds");
        if window < 0 {
            errors.invalid(CODE, &at, window, "must be greater than or equal to zero");
        }
        if window > MAX_WINDOW_SECONDS {
            errors.invalid(CODE, &at, window, "must be less than or equal to 3600");
        }
    }
    if let Some(select) = rules.select_policy.as_deref().filter(|it| !matches!(*it, "Disabled" | "Max" | "Min")) {
        errors.not_supported(CODE, &path.field("selectPolicy"), select, &["Disabled", "Max", "Min"]);
    }
    let at = path.field("policies");
    let policies = go::list(&rules.policies);
    if policies.is_empty() {
        errors.required(CODE, &at, "must specify at least one Policy");
    }
    for (i, policy) in policies.iter().enumerate() {
        let at = at.index(i);
        if !matches!(policy.type_.as_str(), "Percent" | "Pods") {
            errors.not_supported(CODE, &at.field("type"), &policy.type_, &["Percent", "Pods"]);
        }
        if policy.value <= 0 {
            errors.invalid(CODE, &at.field("value"), policy.value, names::POSITIVE);
        }
        let at_period = at.field("periodSeconds");
        if policy.period_seconds <= 0 {
            errors.invalid(CODE, &at_period, policy.period_seconds, names::POSITIVE);
        }
        if policy.period_seconds > MAX_PERIOD_SECONDS {
            errors.invalid(CODE, &at_period, policy.period_seconds, "must be less than or equal to 1800");
        }
    }
    if let Some(tolerance) = rules.tolerance.as_ref().map(quantity::of).filter(|tolerance| tolerance.sign() < 0) {
        let value = tolerance.to_string();
        errors.invalid(CODE, &path.field("tolerance"), Shown::Str(&value), names::NOT_NEGATIVE);
    }
}
