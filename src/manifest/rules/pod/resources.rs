//! Rules on `resources` of containers and of the whole Pod.

use collections::{Map as BTreeMap, Set as BTreeSet};

use k8s_openapi::api::core::v1::{PodSpec, ResourceClaim, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;

use crate::api::quantity::{self, Quantity};
use crate::api::{Path, resources};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::names::NOT_NEGATIVE;
use crate::manifest::rules::{go, names};

/// The resources without a domain that the server knows.
pub const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
const COUNTED: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Whose resources they are: the names that are allowed differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A container, or the overhead of a Pod.
    Container,
    /// The Pod itself.
    Pod,
    /// Nobody in particular: what a LimitRange or a quota speaks of.
    Any,
}

type List = BTreeMap<String, Field>;

/// Every rule of one `resources`; `claims` are the names in `spec.resourceClaims`.
pub fn validate(
    requirements: &ResourceRequirements,
    owner: Owner,
    claim_names: &BTreeSet<&str>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let limits = requirements.limits.as_ref();
    let requests = requirements.requests.as_ref();
    each_limit(limits, owner, &path.field("limits"), errors);
    each_request(requests, limits, owner, path, errors);
    huge_pages(limits, requests, path, errors);
    claims(go::list(&requirements.claims), claim_names, &path.field("claims"), errors);
}

/// Every rule of the limits alone; also of `overhead`.
pub fn each_limit(limits: Option<&List>, owner: Owner, path: &Path<'_>, errors: &mut Errors) {
    for (name, field) in limits.into_iter().flatten() {
        let at = path.key(name);
        resource_name(name, owner, &at, errors);
        amount_value(name, &field.0, &at, errors);
        huge_page_amount(name, field, &at, errors);
    }
}

fn each_request(requests: Option<&List>, limits: Option<&List>, owner: Owner, path: &Path<'_>, errors: &mut Errors) {
    let list = path.field("requests");
    for (name, field) in requests.into_iter().flatten() {
        let at = list.key(name);
        resource_name(name, owner, &at, errors);
        amount_value(name, &field.0, &at, errors);
        request_fits_limit(name, field, limits, path, errors);
        huge_page_amount(name, field, &at, errors);
    }
}

/// `resources/name`: a resource is a standard one, or an extended one with a domain before it.
///
/// Nobody hands out a resource of an unknown name, so the Pod could never be scheduled.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{resources: {limits: {gpu: 1}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{resources: {limits: {nvidia.com/gpu: 1}}}]}
/// ```
pub fn resource_name(name: &str, owner: Owner, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "resources/name";
    let shown = Shown::Named(name);
    let plain = !name.contains('/');
    let faults = names::qualified_name(name);
    let good = faults.is_empty();
    for fault in faults {
        errors.invalid(CODE, path, shown, fault);
    }
    let standard = STANDARD.contains(&name) || is_huge_page(name) || name.starts_with("requests.hugepages-");
    if good && plain && !standard {
        errors.invalid(CODE, path, shown, "must be a standard resource type or fully qualified");
    }
    if owner == Owner::Pod {
        let supported = matches!(name, "cpu" | "memory") || is_huge_page(name);
        if good && (!plain || standard) && !supported {
            errors.not_supported(CODE, path, name, &["cpu", "hugepages-", "memory"]);
        }
    } else if plain && owner == Owner::Container {
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !is_huge_page(name) {
            errors.invalid(CODE, path, shown, "must be a standard resource for containers");
        }
    } else if owner == Owner::Container && !is_native(name) && !is_extended(name) {
        errors.invalid(CODE, path, shown, "doesn't follow extended resource name standard");
    }
}

/// Whether it is memory in huge pages.
pub fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// Kubernetes' own: without a domain, or of `kubernetes.io`.
pub fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::qualified_name(&["requests.", name].concat()).is_empty()
}

/// `resources/amount`: an amount is not negative, and a thing that is counted comes in whole numbers.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{resources: {limits: {nvidia.com/gpu: 500m}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{resources: {limits: {nvidia.com/gpu: 1}}}]}
/// ```
pub fn amount_value(name: &str, written: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "resources/amount";
    // The decoder lets no other text pass.
    let amount = Quantity::parse(written.trim()).unwrap_or_default();
    if amount.sign() < 0 {
        errors.invalid(CODE, path, &*quantity::printed(written), NOT_NEGATIVE);
    }
    if (COUNTED.contains(&name) || is_extended(name)) && !is_whole(amount) {
        errors.invalid(CODE, path, &*quantity::printed(written), "must be an integer");
    }
}

/// Whether it is a whole number once it is rounded up to thousandths. What is beyond Go's 64 bits counts as whole.
fn is_whole(amount: Quantity) -> bool {
    amount.round_up_to_milli().is_integer()
}

/// The number of units as Go counts them: an amount beyond 64 bits is 0 there.
fn units(amount: Quantity) -> i64 {
    if amount.nano() / 1_000_000_000 > i128::from(i64::MAX) { 0 } else { amount.value() }
}

/// `resources/request-above-limit`: a request is at most the limit; of what cannot be shared it is equal, and the
/// limit must be there.
///
/// The request is what the scheduler sets aside, the limit is what the kernel allows.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{resources: {requests: {memory: 128Mi}, limits: {memory: 64Mi}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{resources: {requests: {memory: 64Mi}, limits: {memory: 128Mi}}}]}
/// ```
fn request_fits_limit(name: &str, field: &Field, limits: Option<&List>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "resources/request-above-limit";
    let shared = is_native(name) && !is_huge_page(name);
    let limit_path = path.field("limits");
    let Some(most) = limits.and_then(|limits| limits.get(name)) else {
        if !shared {
            errors.required(CODE, &limit_path, "Limit must be set for non overcommitable resources");
        }
        return;
    };
    let (amount, limit) = (quantity::of(field), quantity::of(most));
    let relation = if amount != limit && !shared {
        "must be equal to "
    } else if amount > limit {
        "must be less than or equal to "
    } else {
        return;
    };
    let detail = [relation, name, " limit of ", &quantity::printed(&most.0)].concat();
    let requests = path.field("requests");
    errors.invalid(CODE, &requests, &*quantity::printed(&field.0), &detail);
    errors.place(&requests.key(name));
    errors.related(&limit_path.key(name));
}

/// `resources/huge-page-size`: an amount of huge pages is a whole number of pages.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{resources: {limits: {memory: 1Gi, hugepages-2Mi: 3Mi}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{resources: {limits: {memory: 1Gi, hugepages-2Mi: 4Mi}}}]}
/// ```
fn huge_page_amount(name: &str, field: &Field, path: &Path<'_>, errors: &mut Errors) {
    let Some(size) = name.strip_prefix("hugepages-") else { return };
    let amount = quantity::of(field);
    let whole = Quantity::parse(size).is_ok_and(|size| {
        size.sign() > 0 && is_whole(size) && units(amount).checked_rem(size.value()).is_some_and(|rest| rest == 0)
    });
    if !whole {
        let shown = quantity::printed(&field.0);
        let detail = [&*shown, " is not positive integer multiple of ", name].concat();
        errors.invalid("resources/huge-page-size", path, &*shown, &detail);
    }
}

/// `resources/huge-pages-alone`: huge pages come with cpu or memory.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{resources: {limits: {hugepages-2Mi: 4Mi}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{resources: {limits: {cpu: 1, hugepages-2Mi: 4Mi}}}]}
/// ```
pub fn huge_pages(limits: Option<&List>, requests: Option<&List>, path: &Path<'_>, errors: &mut Errors) {
    let any =
        |test: fn(&str) -> bool| limits.into_iter().chain(requests).flat_map(BTreeMap::keys).any(|name| test(name));
    if any(is_huge_page) && !any(|name| matches!(name, "cpu" | "memory")) {
        errors.forbidden("resources/huge-pages-alone", path, "HugePages require cpu or memory");
    }
}

/// `resources/claim`: a container uses a claim that the Pod lists in `spec.resourceClaims`, and names it once.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{resources: {claims: [{name: gpu}]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {resourceClaims: [{name: gpu, resourceClaimName: my-gpu}], containers: [{resources: {claims: [{name: gpu}]}}]}
/// ```
fn claims(claims: &[ResourceClaim], known: &BTreeSet<&str>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "resources/claim";
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (i, claim) in claims.iter().enumerate() {
        let at = path.index(i);
        let name = claim.name.as_str();
        if name.is_empty() {
            errors.required(CODE, &at, "");
            continue;
        }
        let request = go::text(&claim.request);
        if seen.contains(name) {
            errors.duplicate(CODE, &at, name);
        } else {
            let mut key = name.to_owned();
            if !request.is_empty() {
                errors.invalid_each(CODE, &at.field("request"), request, names::dns1123_label(request));
                key.push('/');
                key.push_str(request);
            }
            if seen.contains(&key) {
                errors.duplicate(CODE, &at, &key);
            } else if request.is_empty() {
                let parts = seen.iter().filter(|key| key.split_once('/').is_some_and(|(first, _)| first == name));
                for _ in parts {
                    errors.duplicate(CODE, &at, name);
                }
            }
            seen.insert(key);
        }
        if !known.contains(name) {
            let mut detail = String::from("must be one of the names in pod.spec.resourceClaims");
            if known.is_empty() {
                detail.push_str(" which is empty");
            }
            for (i, known) in known.iter().enumerate() {
                detail.push_str(if i == 0 { ": " } else { ", " });
                detail.push_str(known);
            }
            errors.not_found(CODE, &at, name, &detail);
        }
    }
}

/// `resources/pod-level`: what a Pod sets for itself covers what its containers ask for.
///
/// Bad:
/// ```yaml
/// spec: {resources: {requests: {cpu: 100m}}, containers: [{resources: {requests: {cpu: 200m}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {resources: {requests: {cpu: 300m}}, containers: [{resources: {requests: {cpu: 200m}}}]}
/// ```
pub fn pod_level(spec: &PodSpec, claim_names: &BTreeSet<&str>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "resources/pod-level";
    let Some(requirements) = &spec.resources else { return };
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        errors.forbidden(CODE, path, "may not be set for a windows pod");
        return;
    }
    if requirements.claims.is_some() {
        errors.forbidden(CODE, &path.field("claims"), "claims may not be set for Resources at pod-level");
    }
    validate(requirements, Owner::Pod, claim_names, path, errors);
    let requests = path.field("requests");
    let sums = resources::container_requests(spec);
    covers(requirements.requests.as_ref(), &sums, "requests", &requests, errors);
    let huge: resources::Amounts =
        resources::container_limits(spec).into_iter().filter(|(name, _)| is_huge_page(name)).collect();
    covers(requirements.limits.as_ref(), &huge, "limits", &path.field("limits"), errors);
    container_limits(spec, requirements.limits.as_ref(), path, errors);
}

fn covers(own: Option<&List>, sums: &resources::Amounts, what: &str, path: &Path<'_>, errors: &mut Errors) {
    for (name, sum) in sums {
        let Some(own) = own.and_then(|own| own.get(name)).map(quantity::of) else { continue };
        if *sum > own {
            let detail = ["must be greater than or equal to aggregate container ", what, " of ", &sum.to_string()];
            errors.invalid("resources/pod-level", &path.key(name), &own.to_string(), &detail.concat());
        }
    }
}

fn container_limits(spec: &PodSpec, own: Option<&List>, path: &Path<'_>, errors: &mut Errors) {
    let containers = path.field("containers");
    for (i, container) in spec.containers.iter().enumerate() {
        let entry = containers.index(i);
        let limits = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        for (name, field) in limits.into_iter().flatten() {
            let Some(own) = own.and_then(|own| own.get(name)).map(quantity::of) else { continue };
            let limit = quantity::of(field);
            if limit > own {
                let detail = ["must be less than or equal to pod limits of ", &own.to_string()].concat();
                let at = entry.key(name);
                errors.invalid("resources/pod-level", &at.field("limits"), &limit.to_string(), &detail);
            }
        }
    }
}
