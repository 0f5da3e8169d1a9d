//! Ranges: what one container, Pod or claim of a namespace may ask for (kubernetes: plugin/pkg/admission/limitranger, 1.36).

use std::rc::Rc;

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;

use super::{ApiError, carried};
use crate::api::quantity::{self, Quantity};
use crate::api::resources::{self, Amounts};
use crate::api::{Kind, Object, View};
use crate::cluster::{ObjectKey, Store};

/// Who filled in what.
const FILLED: &str = "kubernetes.io/limit-ranger";

/// Gives the containers of a Pod what the ranges of its namespace say of those that say nothing.
///
/// # Errors
/// Invalid where a limit that was filled in lies below what is asked for: the Pod is judged after that.
pub(in crate::cluster::api_server) fn fill(
    store: &Store,
    key: &ObjectKey,
    object: &mut Object,
) -> Result<(), ApiError> {
    let Object::Pod(pod) = object else { return Ok(()) };
    let mut filled = false;
    for (_, range) in carried(store, Kind::LimitRange, &key.namespace) {
        let mut limits: BTreeMap<String, Field> = BTreeMap::new();
        let mut requests: BTreeMap<String, Field> = BTreeMap::new();
        for item in range.at("spec.limits").items().filter(|item| item.at("type").str() == "Container") {
            let side = |to: &mut BTreeMap<String, Field>, from: View<'_>| {
                from.entries().for_each(|(name, amount)| _ = to.entry(name.to_owned()).or_insert(Field(amount.text())));
            };
            side(&mut limits, item.at("default"));
            side(&mut limits, item.at("max"));
            side(&mut requests, item.at("defaultRequest"));
            side(&mut requests, item.at("default"));
            side(&mut requests, item.at("max"));
            side(&mut requests, item.at("min"));
        }
        if limits.is_empty() && requests.is_empty() {
            continue;
        }
        let pod = Rc::make_mut(pod);
        let mut notes = Vec::new();
        let spec = pod.spec.make_mut();
        for container in spec.containers.iter_mut() {
            merge(container, "container", &limits, &requests, &mut notes);
        }
        for container in spec.init_containers.iter_mut().flatten() {
            merge(container, "init container", &limits, &requests, &mut notes);
        }
        if !notes.is_empty() {
            let annotations = pod.metadata.make_mut().annotations.get_or_insert_default();
            annotations.insert(FILLED.to_owned(), format!("LimitRanger plugin set: {}", notes.join("; ")));
            filled = true;
        }
    }
    if filled { judge(key, &pod.spec) } else { Ok(()) }
}

/// core/validation: validateResourceRequirements, as far as what was filled in can break it.
fn judge(key: &ObjectKey, spec: &PodSpec) -> Result<(), ApiError> {
    let mut causes = Vec::new();
    let init = spec.init_containers.as_deref().unwrap_or_default();
    for (list, containers) in [("containers", &spec.containers[..]), ("initContainers", init)] {
        for (i, own) in containers.iter().enumerate().filter_map(|(i, it)| Some((i, it.resources.as_deref()?))) {
            let limits = amounts(own.limits.as_ref());
            for (name, request) in amounts(own.requests.as_ref()) {
                if let Some(limit) = limits.get(&name).filter(|limit| request > **limit) {
                    let detail = format!("must be less than or equal to {name} limit of {limit}");
                    let path = format!("spec.{list}[{i}].resources.requests");
                    causes.push(format!("{path}: Invalid value: \"{request}\": {detail}"));
                }
            }
        }
    }
    match causes.as_slice() {
        [] => Ok(()),
        [one] => Err(ApiError::invalid(key, one)),
        several => Err(ApiError::invalid(key, &format!("[{}]", several.join(", ")))),
    }
}

/// limitranger: mergeContainerResources.
fn merge(
    container: &mut Container,
    word: &str,
    limits: &BTreeMap<String, Field>,
    requests: &BTreeMap<String, Field>,
    notes: &mut Vec<String>,
) {
    let own = container.resources.get_or_insert_default();
    // A limit that was written stands for its request; the ranges fill what is then still open.
    let written = own.limits.clone().unwrap_or_default();
    add(own, false, &written);
    let limits = add(own, true, limits);
    let requests = add(own, false, requests);
    for (set, side) in [(requests, "request"), (limits, "limit")] {
        if !set.is_empty() {
            notes.push(format!("{} {side} for {word} {}", set.join(", "), container.name));
        }
    }
}

/// Adds what is not there yet, and says what that is.
fn add(to: &mut ResourceRequirements, limits: bool, from: &BTreeMap<String, Field>) -> Vec<String> {
    if from.is_empty() {
        return Vec::new();
    }
    let side = if limits { &mut to.limits } else { &mut to.requests };
    let side = side.get_or_insert_default();
    let mut set = Vec::new();
    for (name, amount) in from {
        if !side.contains_key(name) {
            side.insert(name.clone(), amount.clone());
            set.push(name.clone());
        }
    }
    set
}

/// Whether the ranges of its namespace let a new object in.
///
/// # Errors
/// Forbidden, with all that one range says.
pub(in crate::cluster::api_server) fn in_range(
    store: &Store,
    key: &ObjectKey,
    object: &Object,
) -> Result<(), ApiError> {
    for (_, range) in carried(store, Kind::LimitRange, &key.namespace) {
        let items = || range.at("spec.limits").items();
        let mut broken = Vec::new();
        match object {
            Object::Pod(pod) => {
                for item in items() {
                    match item.at("type").str() {
                        "Container" => {
                            let all = pod.spec.containers.iter().chain(pod.spec.init_containers.iter().flatten());
                            for container in all {
                                let own = container.resources.as_deref();
                                let requests = amounts(own.and_then(|own| own.requests.as_ref()));
                                let limits = amounts(own.and_then(|own| own.limits.as_ref()));
                                bounds("Container", item, &requests, Some(&limits), &mut broken);
                            }
                        }
                        "Pod" => {
                            let requests = resources::container_requests(&pod.spec);
                            let limits = resources::container_limits(&pod.spec);
                            bounds("Pod", item, &requests, Some(&limits), &mut broken);
                        }
                        _ => {}
                    }
                }
            }
            Object::PersistentVolumeClaim(claim) => {
                let asked = claim.spec.as_ref().and_then(|spec| spec.resources.as_ref()?.requests.as_ref());
                let requests = amounts(asked);
                for item in items().filter(|item| item.at("type").str() == "PersistentVolumeClaim") {
                    bounds("PersistentVolumeClaim", item, &requests, None, &mut broken);
                }
            }
            _ => return Ok(()),
        }
        match broken.as_slice() {
            [] => {}
            [one] => return Err(ApiError::forbidden(key, one)),
            several => return Err(ApiError::forbidden(key, &format!("[{}]", several.join(", ")))),
        }
    }
    Ok(())
}

fn amounts(side: Option<&BTreeMap<String, Field>>) -> Amounts {
    let mut amounts = Amounts::new();
    for (name, field) in side.into_iter().flatten() {
        amounts.insert(name.clone(), quantity::of(field));
    }
    amounts
}

/// What one item of a range says of amounts; claims have no limits (limitranger: minConstraint, maxConstraint,
/// maxRequestConstraint, limitRequestRatioConstraint).
fn bounds(of: &str, item: View<'_>, requests: &Amounts, limits: Option<&Amounts>, broken: &mut Vec<String>) {
    let each = |field: &str| {
        let entries = item.at(field).entries();
        entries.filter_map(|(name, bound)| Some((name, Quantity::parse(&bound.text()).ok()?))).collect::<Vec<_>>()
    };
    let limit_of = |name: &str| limits.and_then(|limits| limits.get(name)).copied();
    for (name, least) in each("min") {
        let head = format!("minimum {name} usage per {of} is {least}");
        match (requests.get(name), limit_of(name)) {
            (None, _) => broken.push(head + ".  No request is specified"),
            (Some(request), _) if *request < least => broken.push(format!("{head}, but request is {request}")),
            (_, Some(limit)) if limit < least => broken.push(format!("{head}, but limit is {limit}")),
            _ => {}
        }
    }
    for (name, most) in each("max") {
        let head = format!("maximum {name} usage per {of} is {most}");
        match (requests.get(name), limit_of(name)) {
            (_, None) if limits.is_some() => broken.push(head + ".  No limit is specified"),
            (_, Some(limit)) if limit > most => broken.push(format!("{head}, but limit is {limit}")),
            (None, _) if limits.is_none() => broken.push(head + ".  No request is specified"),
            (Some(request), _) if *request > most => broken.push(format!("{head}, but request is {request}")),
            _ => {}
        }
    }
    let Some(limits) = limits else { return };
    for (name, most) in each("maxLimitRequestRatio") {
        let head = format!("{name} max limit to request ratio per {of} is {most}, but ");
        let given = |side: &Amounts| side.get(name).copied().filter(|amount| !amount.is_zero());
        match (given(requests), given(limits)) {
            (None, _) => broken.push(head + "no request is specified or request is 0"),
            (_, None) => broken.push(head + "no limit is specified or limit is 0"),
            (Some(request), Some(limit)) => {
                let ratio = limit.nano() as f64 / request.nano() as f64;
                if ratio * 1000.0 > most.milli_value() as f64 {
                    broken.push(format!("{head}provided ratio is {ratio:.6}"));
                }
            }
        }
    }
}
