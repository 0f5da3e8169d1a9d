//! Rules on small kinds: budgets, classes, leases
//! (kubernetes: pkg/apis/{policy,scheduling,node,coordination}/validation/validation.go, 1.36).

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::Toleration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use k8s_openapi::json::from_json;
use serde_json::Value;

use super::{number, one_of, required};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::pod::resources::{Owner, amount_value, resource_name};
use crate::manifest::rules::pod::tolerations;
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
        let policy = policy.exists().then(|| Text::from(policy.str()));
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
    let overhead = Path::ROOT.field("overhead");
    let limits = overhead.field("limits");
    for (name, value) in object.at("overhead.podFixed").entries() {
        resource_name(name, Owner::Container, &limits.key(name), errors);
        amount_value(name, &value.text(), &limits.key(name), errors);
    }
    let scheduling = Path::ROOT.field("scheduling");
    let selector = scheduling.field("nodeSelector");
    for (key, value) in object.at("scheduling.nodeSelector").entries() {
        errors.invalid_each("cluster/runtime-class", &selector, key, names::qualified_name(key));
        errors.invalid_each("cluster/runtime-class", &selector, value.str(), names::label_value(value.str()));
    }
    let typed = |view: View<'_>| from_json::<Toleration>(view.0?.clone()).ok();
    let list: Vec<Toleration> = object.at("scheduling.tolerations").items().filter_map(typed).collect();
    tolerations::validate(&list, &scheduling.field("tolerations"), errors);
}

/// `cluster/api-service`: a part of the API that another server answers is named after its version and group, has its
/// rank among the others, and the Service that answers is named in full.
///
/// Bad:
/// ```yaml
/// kind: APIService
/// metadata: {name: metrics}
/// spec: {group: metrics.example.com, version: v1, groupPriorityMinimum: 100, versionPriority: 100}
/// ```
/// Good:
/// ```yaml
/// kind: APIService
/// metadata: {name: v1.metrics.example.com}
/// spec: {group: metrics.example.com, version: v1, groupPriorityMinimum: 100, versionPriority: 100}
/// ```
pub fn api_service(object: View<'_>, meta: &ObjectMeta, errors: &mut Errors) {
    const CODE: &str = "cluster/api-service";
    let spec = object.at("spec");
    let path = Path::ROOT.field("spec");
    let (group, version) = (spec.at("group").str(), spec.at("version").str());
    let (name, wanted) = (metadata::effective_name(meta), [version, ".", group].concat());
    if !name.is_empty() && names::path_segment(&name).is_empty() && name != wanted {
        let metadata = Path::ROOT.field("metadata");
        let detail = ["must be `spec.version+\".\"+spec.group`: \"", &wanted, "\""].concat();
        errors.invalid(CODE, &metadata.field("name"), &name, &detail);
    }
    match group {
        "" if version != "v1" => {
            let detail = "only v1 may have an empty group and it better be legacy kube";
            errors.required(CODE, &path.field("group"), detail);
        }
        "" => {}
        _ => errors.invalid_each(CODE, &path.field("group"), group, names::dns1123_subdomain(group)),
    }
    errors.invalid_each(CODE, &path.field("version"), version, names::dns1035_label(version));
    for (field, most, detail) in [
        ("groupPriorityMinimum", 20_000, "must be positive and less than 20000"),
        ("versionPriority", 1000, "must be positive and less than 1000"),
    ] {
        let rank = spec.at(field).int();
        if !(1..=most).contains(&rank) {
            errors.invalid(CODE, &path.field(field), rank, detail);
        }
    }
    let (service, skips) = (spec.at("service"), spec.at("insecureSkipTLSVerify").is_true());
    let at = path.field("service");
    let at_skip = path.field("insecureSkipTLSVerify");
    if !service.exists() {
        if skips {
            errors.invalid(CODE, &at_skip, true, "local APIServices may not have insecureSkipTLSVerify");
        }
        return;
    }
    for field in ["namespace", "name"] {
        required(CODE, service.at(field), &at.field(field), errors);
    }
    if skips && !spec.at("caBundle").str().is_empty() {
        errors.invalid(CODE, &at_skip, true, "may not be true if caBundle is present");
    }
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
