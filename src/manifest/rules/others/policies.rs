//! Rules on small kinds: budgets, classes, leases
//! (kubernetes: pkg/apis/{policy,scheduling,node,coordination}/validation/validation.go, 1.36).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use k8s_openapi::json::from_json;
use serde_json::Value;

use super::{number, one_of};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, metadata, names, numbers, selectors, shown};

/// `cluster/disruption-budget`: a budget says how many Pods must stay or how many may go, one of the two, as a number or a
/// percentage.
///
/// Bad:
/// ```yaml
/// kind: PodDisruptionBudget
/// spec: {minAvailable: 1, maxUnavailable: 1}
/// ```
/// Good:
/// ```yaml
/// kind: PodDisruptionBudget
/// spec: {minAvailable: 1}
/// ```
pub fn disruption_budget(spec: View<'_>, errors: &mut Errors) {
    const CODE: &str = "cluster/disruption-budget";
    let path = Path::ROOT.field("spec");
    let selector = spec.0.and_then(|spec| spec.get("selector")).filter(|it| !it.is_null());
    let selector: Option<LabelSelector> = selector.and_then(|value| from_json(value.clone()).ok());
    let [least, most] = ["minAvailable", "maxUnavailable"].map(|field| count(spec.at(field)));
    if least.is_some() && most.is_some() {
        let policy = spec.at("unhealthyPodEvictionPolicy");
        let policy = policy.exists().then(|| policy.str().to_owned());
        let value = go::Struct::new()
            .raw("MinAvailable", &shown::optional_int_or_string(least.as_ref(), "null"))
            .raw("Selector", &selector.as_ref().map_or_else(|| "null".to_owned(), shown::selector))
            .raw("MaxUnavailable", &shown::optional_int_or_string(most.as_ref(), "null"))
            .optional_string("UnhealthyPodEvictionPolicy", &policy)
            .finish();
        errors.invalid(CODE, &path, Shown::Json(&value), "minAvailable and maxUnavailable cannot be both set");
    }
    for (field, value) in [("minAvailable", least), ("maxUnavailable", most)] {
        let Some(value) = value else { continue };
        let at = path.field(field);
        numbers::count_or_percent(CODE, &value, &at, errors);
        numbers::at_most_100_percent(CODE, &value, &at, errors);
    }
    selectors::validate(selector.as_ref(), &path.field("selector"), errors);
    let at = path.field("unhealthyPodEvictionPolicy");
    one_of(CODE, spec.at("unhealthyPodEvictionPolicy"), &["AlwaysAllow", "IfHealthyBudget"], &at, errors);
}

fn count(view: View<'_>) -> Option<IntOrString> {
    match view.0? {
        Value::String(text) => Some(IntOrString::String(text.clone())),
        Value::Number(number) => number.as_i64().and_then(|it| i32::try_from(it).ok()).map(IntOrString::Int),
        _ => None,
    }
}

/// `cluster/priority`: the highest priorities, and names that begin with `system-`, are the system's own.
///
/// Bad:
/// ```yaml
/// kind: PriorityClass
/// value: 2000000000
/// ```
/// Good:
/// ```yaml
/// kind: PriorityClass
/// value: 1000
/// ```
pub fn priority_class(object: View<'_>, meta: &ObjectMeta, errors: &mut Errors) {
    const CODE: &str = "cluster/priority";
    let (name, value) = (metadata::effective_name(meta), object.at("value").int());
    let system = [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
    if name.starts_with("system-") {
        let why = match system.iter().find(|(known, _)| *known == name) {
            None => Some(format!("{name} is not a known system priority class")),
            Some((_, own)) if *own != value => Some(format!("value of {name} PriorityClass must be {own}")),
            Some(_) if object.at("globalDefault").is_true() => {
                Some(format!("globalDefault of {name} PriorityClass must be false"))
            }
            Some(_) => None,
        };
        if let Some(why) = why {
            let detail = "priority class names with 'system-' prefix are reserved for system use only. error: ";
            let metadata = Path::ROOT.field("metadata");
            errors.forbidden(CODE, &metadata.field("name"), &[detail, &why].concat());
        }
    } else if value > 1_000_000_000 {
        let detail = "maximum allowed value of a user defined priority is 1000000000";
        errors.forbidden(CODE, &Path::ROOT.field("value"), detail);
    }
    let (policy, at) = (object.at("preemptionPolicy"), Path::ROOT.field("preemptionPolicy"));
    match policy.exists() && policy.str().is_empty() {
        true => errors.required(CODE, &at, ""),
        false => one_of(CODE, policy, &["PreemptLowerPriority", "Never"], &at, errors),
    }
}

/// `cluster/runtime-class`: the runtime of a class is named like a DNS label.
///
/// Bad:
/// ```yaml
/// kind: RuntimeClass
/// handler: G_Visor
/// ```
/// Good:
/// ```yaml
/// kind: RuntimeClass
/// handler: gvisor
/// ```
pub fn runtime_class(object: View<'_>, errors: &mut Errors) {
    let handler = object.at("handler").str();
    let at = Path::ROOT.field("handler");
    errors.invalid_each("cluster/runtime-class", &at, handler, names::dns1123_label(handler));
}

/// `cluster/lease`: a lease lasts longer than nothing, and counts its holders from nothing on.
///
/// Bad:
/// ```yaml
/// apiVersion: coordination.k8s.io/v1
/// kind: Lease
/// spec: {leaseDurationSeconds: 0}
/// ```
/// Good:
/// ```yaml
/// apiVersion: coordination.k8s.io/v1
/// kind: Lease
/// spec: {leaseDurationSeconds: 15}
/// ```
pub fn lease(spec: View<'_>, errors: &mut Errors) {
    const CODE: &str = "cluster/lease";
    let path = Path::ROOT.field("spec");
    if let Some(seconds) = number(spec.at("leaseDurationSeconds")).filter(|seconds| *seconds <= 0) {
        errors.invalid(CODE, &path.field("leaseDurationSeconds"), seconds, "must be greater than 0");
    }
    let transitions = number(spec.at("leaseTransitions"));
    numbers::not_negative(CODE, transitions, &path.field("leaseTransitions"), errors);
}
