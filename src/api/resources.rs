//! What the containers of a Pod ask for together, and the quality of service that follows.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;

use super::containers;
use super::quantity::{self, Quantity};

/// Amounts by resource name.
pub type Amounts = BTreeMap<String, Quantity>;

/// Which side of `resources` is added up.
type Side = fn(&ResourceRequirements) -> Option<&BTreeMap<String, Field>>;

/// What the containers request together, as the scheduler counts: app containers and sidecars run at once, init
/// containers one after another beside the sidecars before them
/// (component-helpers: resource/helpers.go AggregateContainerRequests). Pod-level resources and overhead stay out.
pub fn container_requests(spec: &PodSpec) -> Amounts {
    together(spec, |resources| resources.requests.as_ref(), &Amounts::new())
}

/// The same for limits. A container without a limit adds nothing.
pub fn container_limits(spec: &PodSpec) -> Amounts {
    together(spec, |resources| resources.limits.as_ref(), &Amounts::new())
}

/// What the whole Pod requests: its own `resources.requests` where they are set, its containers' otherwise, and the
/// overhead on top (component-helpers: resource/helpers.go PodRequests).
pub fn pod_requests(spec: &PodSpec) -> Amounts {
    whole(spec, container_requests(spec), |resources| resources.requests.as_ref())
}

/// [`pod_requests`], where each container that does not request something is taken to request so much of it as is
/// `missing` (component-helpers: resource/helpers.go applyNonMissing).
pub fn pod_requests_or(spec: &PodSpec, missing: &Amounts) -> Amounts {
    let containers = together(spec, |resources| resources.requests.as_ref(), missing);
    whole(spec, containers, |resources| resources.requests.as_ref())
}

/// Whether a Pod can ask for the resource `name` as a whole (component-helpers: resource/helpers.go
/// IsSupportedPodLevelResource).
pub fn is_pod_level(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

/// What the whole Pod is limited to, in the same way (component-helpers: resource/helpers.go PodLimits).
pub fn pod_limits(spec: &PodSpec) -> Amounts {
    whole(spec, container_limits(spec), |resources| resources.limits.as_ref())
}

fn whole(spec: &PodSpec, mut amounts: Amounts, side: Side) -> Amounts {
    for (name, field) in spec.resources.as_deref().and_then(side).into_iter().flatten() {
        if is_pod_level(name) {
            amounts.insert(name.clone(), quantity::of(field));
        }
    }
    for (name, field) in spec.overhead.iter().flatten() {
        add(&mut amounts, name, quantity::of(field));
    }
    amounts
}

fn together(spec: &PodSpec, side: Side, missing: &Amounts) -> Amounts {
    let mut sum = Amounts::new();
    for container in &spec.containers {
        add_container(&mut sum, container, side, missing);
    }
    let mut sidecars = Amounts::new();
    let mut starting = Amounts::new();
    for container in containers::init(spec) {
        let mut now = sidecars.clone();
        add_container(&mut now, container, side, missing);
        if containers::is_sidecar(container) {
            add_container(&mut sum, container, side, missing);
            sidecars = now.clone();
        }
        raise(&mut starting, now);
    }
    raise(&mut sum, starting);
    sum
}

fn add_container(sum: &mut Amounts, container: &Container, side: Side, missing: &Amounts) {
    let amounts = container.resources.as_deref().and_then(side);
    for (name, field) in amounts.into_iter().flatten() {
        add(sum, name, quantity::of(field));
    }
    for (name, amount) in missing.iter().filter(|(name, _)| amounts.is_none_or(|known| !known.contains_key(*name))) {
        add(sum, name, *amount);
    }
}

fn add(sum: &mut Amounts, name: &str, amount: Quantity) {
    match sum.get_mut(name) {
        Some(present) => *present = *present + amount,
        None => _ = sum.insert(name.to_owned(), amount),
    }
}

fn raise(sum: &mut Amounts, other: Amounts) {
    for (name, amount) in other {
        match sum.get_mut(&name) {
            Some(present) if *present >= amount => {}
            _ => _ = sum.insert(name, amount),
        }
    }
}

/// The quality of service class (`Guaranteed`, `Burstable`, `BestEffort`), from cpu and memory alone
/// (kubernetes: pkg/apis/core/v1/helper/qos/qos.go ComputePodQOS, 1.36).
pub fn qos_class(spec: &PodSpec) -> &'static str {
    let whole = spec
        .resources
        .as_deref()
        .into_iter()
        .filter(|r| [&r.limits, &r.requests].iter().any(|l| l.iter().flatten().count() > 0));
    let containers = spec.containers.iter().chain(containers::init(spec));
    let whole: Vec<&ResourceRequirements> = whole.collect();
    let nothing = ResourceRequirements::default();
    let lists: Vec<&ResourceRequirements> = match whole.is_empty() {
        true => containers.map(|container| container.resources.as_deref().unwrap_or(&nothing)).collect(),
        false => whole,
    };
    let mut requests = Amounts::new();
    let mut limits = Amounts::new();
    let mut guaranteed = true;
    for resources in lists {
        let mut limited = 0;
        for (from, to) in [(&resources.requests, &mut requests), (&resources.limits, &mut limits)] {
            for (name, field) in from.iter().flatten().filter(|(name, _)| matches!(name.as_str(), "cpu" | "memory")) {
                let amount = quantity::of(field);
                if amount.sign() > 0 {
                    add(to, name, amount);
                }
            }
        }
        for name in ["cpu", "memory"] {
            let limit = resources.limits.as_ref().and_then(|limits| limits.get(name));
            limited += usize::from(limit.is_some_and(|field| quantity::of(field).sign() > 0));
        }
        guaranteed &= limited == 2;
    }
    match (requests.is_empty() && limits.is_empty(), guaranteed && requests == limits) {
        (true, _) => "BestEffort",
        (false, true) => "Guaranteed",
        (false, false) => "Burstable",
    }
}
