//! Rules on LimitRanges and ResourceQuotas (kubernetes: pkg/apis/core/validation/validation.go, 1.36).

use collections::Map as BTreeMap;

use super::{amount, json};
use crate::api::quantity::Quantity;
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::pod::resources::{Owner, STANDARD, amount_value, is_huge_page, is_native, resource_name};
use crate::manifest::rules::{go, names};

type Amounts<'a> = BTreeMap<&'a str, Quantity>;

/// `quota/limit-type`: limits are set for a `Container`, a `Pod` or a `PersistentVolumeClaim`, for each once.
///
/// Bad:
/// ```yaml
/// kind: LimitRange
/// spec: {limits: [{type: Containers}]}
/// ```
/// Good:
/// ```yaml
/// kind: LimitRange
/// spec: {limits: [{type: Container}]}
/// ```
pub fn range(limits: View<'_>, errors: &mut Errors) {
    const CODE: &str = "quota/limit-type";
    let spec = Path::ROOT.field("spec");
    let list = spec.field("limits");
    let kinds: Vec<&str> = limits.items().map(|limit| limit.at("type").str()).collect();
    for (i, limit) in limits.items().enumerate() {
        let path = list.index(i);
        let at = path.field("type");
        let kind = kinds.get(i).copied().unwrap_or_default();
        let faults = names::qualified_name(kind);
        let known = matches!(kind, "Pod" | "Container" | "PersistentVolumeClaim");
        if faults.is_empty() && !kind.contains('/') && !known {
            errors.invalid(CODE, &at, Shown::Named(kind), "must be a standard limit type or fully qualified");
        }
        for fault in faults {
            errors.invalid(CODE, &at, Shown::Named(kind), fault);
        }
        if kinds.iter().take(i).any(|earlier| *earlier == kind) {
            errors.duplicate(CODE, &at, Shown::Named(kind));
        }
        one(limit, kind, &path, errors);
    }
}

/// `quota/limit-default`: what is filled in is said of containers, not of whole Pods; of claims a bound is said.
///
/// Bad:
/// ```yaml
/// kind: LimitRange
/// spec: {limits: [{type: Pod, default: {cpu: 1}}]}
/// ```
/// Good:
/// ```yaml
/// kind: LimitRange
/// spec: {limits: [{type: Container, default: {cpu: 1}}]}
/// ```
const DEFAULT: &str = "quota/limit-default";

fn one(limit: View<'_>, kind: &str, path: &Path<'_>, errors: &mut Errors) {
    let owner = if matches!(kind, "Pod" | "Container") { Owner::Container } else { Owner::Any };
    let read = |field: &'static str, errors: &mut Errors| -> Amounts<'_> {
        let at = path.field(field);
        limit
            .at(field)
            .entries()
            .map(|(name, value)| {
                resource_name(name, owner, &at.key(name), errors);
                (name, amount(value))
            })
            .collect()
    };
    let (most, least) = (read("max", errors), read("min", errors));
    let (mut default, mut request) = (Amounts::new(), Amounts::new());
    if kind == "Pod" {
        for field in ["default", "defaultRequest"] {
            if limit.at(field).entries().next().is_some() {
                let detail = "may not be specified when `type` is 'Pod'";
                errors.forbidden(DEFAULT, &path.field(field), detail);
            }
        }
    } else {
        (default, request) = (read("default", errors), read("defaultRequest", errors));
    }
    if kind == "Container" {
        // What is not said follows from the rest (core/v1: defaults.go SetDefaults_LimitRangeItem).
        fill(&mut default, &most);
        fill(&mut request, &default);
        fill(&mut request, &least);
    }
    if kind == "PersistentVolumeClaim" && !least.contains_key("storage") && !most.contains_key("storage") {
        let detail = "either minimum or maximum storage value is required, but neither was provided";
        errors.required(DEFAULT, &path.field("limits"), detail);
    }
    let ratio = read("maxLimitRequestRatio", errors);
    let all = Sets { most, least, default, request, ratio };
    let mut names: Vec<&str> = [&all.most, &all.least, &all.default, &all.request, &all.ratio]
        .into_iter()
        .flat_map(|set| set.iter().map(|(name, _)| *name))
        .collect();
    collections::sort_by_key(&mut names, |name| *name);
    names.dedup();
    for name in names {
        order(name, &all, path, errors);
    }
}

fn fill<'a>(to: &mut Amounts<'a>, from: &Amounts<'a>) {
    for (name, value) in from.iter() {
        if !to.contains_key(name) {
            to.insert(name, *value);
        }
    }
}

struct Sets<'a> {
    most: Amounts<'a>,
    least: Amounts<'a>,
    default: Amounts<'a>,
    request: Amounts<'a>,
    ratio: Amounts<'a>,
}

/// `quota/limit-order`: the least is not above the most, and what is filled in lies between them.
///
/// Bad:
/// ```yaml
/// kind: LimitRange
/// spec: {limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}]}
/// ```
/// Good:
/// ```yaml
/// kind: LimitRange
/// spec: {limits: [{type: Container, min: {cpu: 1}, max: {cpu: 2}}]}
/// ```
fn order(name: &str, all: &Sets<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "quota/limit-order";
    let of = |set: &Amounts<'_>| set.get(name).copied();
    let (least, most, default, request) = (of(&all.least), of(&all.most), of(&all.default), of(&all.request));
    let mut not_above = |low: Option<Quantity>, high: Option<Quantity>, field, high_is_shown, words: (&str, &str)| {
        if let (Some(low), Some(high)) = (low, high)
            && low > high
        {
            let text = format!("{} {low} is greater than {} {high}", words.0, words.1);
            let list: Path<'_> = path.field(field);
            let value = if high_is_shown { high } else { low }.to_string();
            errors.invalid(CODE, &list.key(name), &value, &text);
        }
    };
    not_above(least, most, "min", false, ("min value", "max value"));
    not_above(least, request, "defaultRequest", true, ("min value", "default request value"));
    not_above(request, most, "defaultRequest", false, ("default request value", "max value"));
    not_above(request, default, "defaultRequest", false, ("default request value", "default limit value"));
    not_above(least, default, "default", false, ("min value", "default value"));
    not_above(default, most, "default", true, ("default value", "max value"));
    ratio(name, all, path, errors);
    let shared = is_native(name) && !is_huge_page(name);
    if let (Some(default), Some(request), false) = (default, request, shared)
        && default != request
    {
        let text = format!("default value {default} must equal to defaultRequest value {request} in {name}");
        errors.invalid(CODE, &path.field("defaultRequest").key(name), &request.to_string(), &text);
    }
}

fn ratio(name: &str, all: &Sets<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "quota/limit-order";
    let Some(ratio) = all.ratio.get(name).copied() else { return };
    let list = path.field("maxLimitRequestRatio");
    let at = list.key(name);
    if ratio < Quantity::from_units(1) {
        errors.invalid(CODE, &at, &ratio.to_string(), &format!("ratio {ratio} is less than 1"));
    }
    if let (Some(least), Some(most)) = (all.least.get(name), all.most.get(name)) {
        // Nobody divides by an absent minimum; one of 0 makes the limit endless, as in Go.
        let limit = most.milli_value() as f64 / least.milli_value() as f64;
        if ratio.milli_value() as f64 / 1000.0 > limit {
            let text = format!("ratio {ratio} is greater than max/min = {limit:.6}");
            errors.invalid(CODE, &at, &ratio.to_string(), &text);
        }
    }
}

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

fn is_counted(name: &str) -> bool {
    STANDARD.contains(&name) && name != "storage" || is_huge_page(name) || name.starts_with("requests.hugepages-")
}

/// Whether a scope chooses among what the resource counts (core/helper: IsResourceQuotaScopeValidForResource).
fn fits(scope: &str, resource: &str) -> bool {
    let computed =
        matches!(resource, "cpu" | "memory" | "limits.cpu" | "limits.memory" | "requests.cpu" | "requests.memory");
    match scope {
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => matches!(resource, "persistentvolumeclaims" | "requests.storage"),
        _ if SCOPES.contains(&scope) => resource == "pods" || computed,
        _ => true,
    }
}

/// `quota/resource`: a quota counts the resources that it knows, and amounts that are not negative.
///
/// Bad:
/// ```yaml
/// kind: ResourceQuota
/// spec: {hard: {deployments: 5}}
/// ```
/// Good:
/// ```yaml
/// kind: ResourceQuota
/// spec: {hard: {count/deployments.apps: 5}}
/// ```
pub fn quota(spec: View<'_>, errors: &mut Errors) {
    const CODE: &str = "quota/resource";
    let path = Path::ROOT.field("spec");
    let hard = path.field("hard");
    for (name, value) in spec.at("hard").entries() {
        let at = hard.key(name);
        resource_name(name, Owner::Any, &at, errors);
        if !name.contains('/') && !is_counted(name) {
            errors.invalid(CODE, &at, Shown::Named(name), "must be a standard resource for quota");
        }
        amount_value(name, &value.text(), &at, errors);
    }
    scopes(spec, &path.field("scopes"), errors);
    selector(spec, &path.field("scopeSelector"), errors);
}

/// `quota/scope`: a scope is a known one, does not exclude another, and chooses among what is counted.
///
/// Bad:
/// ```yaml
/// kind: ResourceQuota
/// spec: {hard: {pods: 5}, scopes: [BestEffort, NotBestEffort]}
/// ```
/// Good:
/// ```yaml
/// kind: ResourceQuota
/// spec: {hard: {pods: 5}, scopes: [BestEffort]}
/// ```
fn scopes(spec: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "quota/scope";
    let list = spec.at("scopes");
    let shown = json(list);
    let scopes: Vec<&str> = list.items().map(View::str).collect();
    for scope in &scopes {
        if !SCOPES.contains(scope) {
            errors.invalid(CODE, path, Shown::Json(&shown), "unsupported scope");
        }
        for (name, _) in spec.at("hard").entries() {
            if is_counted(name) && !fits(scope, name) {
                errors.invalid(CODE, path, Shown::Json(&shown), "unsupported scope applied to resource");
            }
        }
    }
    for [one, other] in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if scopes.contains(&one) && scopes.contains(&other) {
            errors.invalid(CODE, path, Shown::Json(&shown), "conflicting scopes");
        }
    }
}

/// `quota/scope-selector`: a selector of scopes names known ones that choose among what is counted; values are said where
/// they are compared, and nowhere else.
///
/// Bad:
/// ```yaml
/// kind: ResourceQuota
/// spec: {hard: {pods: 5}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In}]}}
/// ```
/// Good:
/// ```yaml
/// kind: ResourceQuota
/// spec: {hard: {pods: 5}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}
/// ```
fn selector(spec: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "quota/scope-selector";
    let list = spec.at("scopeSelector.matchExpressions");
    // The server's paths leave out which expression it is.
    let path = path.field("matchExpressions");
    let (at_operator, at_values) = (path.field("operator"), path.field("values"));
    for (i, expression) in list.items().enumerate() {
        let from = errors.len();
        let (scope, operator) = (expression.at("scopeName").str(), expression.at("operator").str());
        if !SCOPES.contains(&scope) {
            errors.invalid(CODE, &path.field("scopeName"), Shown::Named(scope), "unsupported scope");
        }
        for (name, _) in spec.at("hard").entries() {
            if is_counted(name) && !fits(scope, name) {
                let shown = shown_selector(list);
                errors.invalid(CODE, &path, Shown::Json(&shown), "unsupported scope applied to resource");
            }
        }
        if SCOPES.contains(&scope)
            && !matches!(scope, "PriorityClass" | "VolumeAttributesClass")
            && operator != "Exists"
        {
            let detail = "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, \
                ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or \
                ResourceQuotaScopeCrossNamespacePodAffinity";
            errors.invalid(CODE, &at_operator, Shown::Named(operator), detail);
        }
        let values = expression.at("values");
        match (operator, values.items().len()) {
            ("In" | "NotIn", 0) => {
                let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                errors.required(CODE, &at_values, detail);
            }
            ("Exists" | "DoesNotExist", 1..) => {
                let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                errors.invalid(CODE, &at_values, Shown::Json(&json(values)), detail);
            }
            ("In" | "NotIn" | "Exists" | "DoesNotExist", _) => {}
            _ => errors.invalid(CODE, &at_operator, Shown::Named(operator), "not a valid selector operator"),
        }
        errors.in_entry(from, &path, i);
    }
    let named = |scope: &str| list.items().any(|expression| expression.at("scopeName").str() == scope);
    for [one, other] in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if named(one) && named(other) {
            errors.invalid(CODE, &path, Shown::Json(&json(spec.at("scopes"))), "conflicting scopes");
        }
    }
}

/// The selector as Go writes the internal struct.
fn shown_selector(list: View<'_>) -> String {
    let expressions = list.items().map(|expression| {
        let one = go::Struct::new().string("ScopeName", expression.at("scopeName").str());
        let one = one.string("Operator", expression.at("operator").str());
        one.raw("Values", &json(expression.at("values"))).finish()
    });
    let expressions = expressions.collect::<Vec<_>>().join(",");
    go::Struct::new().raw("MatchExpressions", &["[", &expressions, "]"].concat()).finish()
}
