//! Quotas: what a namespace may use in all (kubernetes: plugin/pkg/admission/resourcequota, 1.36).

mod ranges;
mod scopes;
#[cfg(test)]
mod tests;

use k8s_openapi::api::core::v1::Container;

pub(super) use self::ranges::{fill, in_range};
use super::ApiError;
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, Pod, View, resources};
use crate::cluster::{ObjectKey, Store};

/// The objects of `kind` in a namespace, as JSON is looked at.
fn carried<'a>(store: &'a Store, kind: Kind, namespace: &'a str) -> impl Iterator<Item = (&'a str, View<'a>)> {
    store.list(kind).filter(move |(key, _)| *key.namespace == *namespace).filter_map(|(key, object)| match object {
        Object::Other(other) => Some((&*key.name, View::new(&other.value))),
        _ => None,
    })
}

/// Whether the quotas of its namespace let a new object in.
///
/// # Errors
/// Forbidden, with what is exceeded or missing.
pub(super) fn admit(store: &Store, key: &ObjectKey, object: &Object) -> Result<(), ApiError> {
    for (name, quota) in carried(store, Kind::ResourceQuota, &key.namespace) {
        if let Some(why) = exceeded(store, key, object, name, quota) {
            return Err(ApiError::forbidden(key, &why));
        }
    }
    Ok(())
}

/// What of a quota a new object would exceed, or does not say; nothing where the quota does not count it.
fn exceeded(store: &Store, key: &ObjectKey, object: &Object, name: &str, quota: View<'_>) -> Option<String> {
    if !scopes::matches(quota, object) {
        return None;
    }
    let hard: Vec<(&str, Quantity)> = quota
        .at("spec.hard")
        .entries()
        .filter_map(|(resource, most)| Some((resource, Quantity::parse(&most.text()).ok()?)))
        .collect();
    if let Object::Pod(pod) = object {
        let missing = unsaid(pod, &hard);
        if !missing.is_empty() {
            return Some(format!("failed quota: {name}: must specify {missing}"));
        }
    }
    let mut parts: [Vec<String>; 3] = Default::default();
    for (resource, most) in hard {
        let asked = usage_of(object, resource);
        if asked.is_zero() {
            continue;
        }
        let used = counted(store, &key.namespace, quota, resource);
        if used + asked > most {
            for (list, amount) in parts.iter_mut().zip([asked, used, most]) {
                list.push(format!("{resource}={amount}"));
            }
        }
    }
    let [asked, used, most] = parts.map(|list| list.join(","));
    (!asked.is_empty()).then(|| format!("exceeded quota: {name}, requested: {asked}, used: {used}, limited: {most}"))
}

/// The resources of a quota that containers must name and do not: `limits.cpu for: a,b; requests.memory for: a`. It is
/// asked of init containers too, and of none where the Pod speaks for all of them
/// (pkg/quota/v1/evaluator/core/pods.go Constraints).
fn unsaid(pod: &Pod, hard: &[(&str, Quantity)]) -> String {
    let mut missing = Vec::new();
    if speaks_for_all(pod) {
        return String::new();
    }
    let containers: Vec<&Container> =
        pod.spec.containers.iter().chain(pod.spec.init_containers.iter().flatten()).collect();
    for (resource, _) in hard {
        let (limits, name) = side(resource);
        if !matches!(name, "cpu" | "memory") {
            continue;
        }
        let says = |container: &Container| {
            let own = container.resources.as_ref();
            let side = own.and_then(|own| if limits { own.limits.as_ref() } else { own.requests.as_ref() });
            side.is_some_and(|side| side.contains_key(name))
        };
        let silent = containers.iter().filter(|it| !says(it));
        let mut names: Vec<&str> = silent.map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            missing.push(format!("{resource} for: {}", names.join(",")));
        }
    }
    missing.sort();
    missing.join("; ")
}

/// Whether the Pod itself says what it needs (component-helpers: resource/helpers.go IsPodLevelResourcesSet).
fn speaks_for_all(pod: &Pod) -> bool {
    let sides = pod.spec.resources.iter().flat_map(|own| [own.requests.as_ref(), own.limits.as_ref()]);
    let mut names = sides.flatten().flat_map(|side| side.keys());
    names.any(|name| matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-"))
}

/// Whether a resource of a quota is about limits, and which it is.
fn side(resource: &str) -> (bool, &str) {
    match resource.split_once('.') {
        Some(("limits", name)) => (true, name),
        Some(("requests", name)) => (false, name),
        _ => (false, resource),
    }
}

/// How much of a quota's resource one object uses.
fn usage_of(object: &Object, resource: &str) -> Quantity {
    let one = Quantity::from_units(1);
    let kind = object.kind();
    let counted = resource.strip_prefix("count/").map_or(resource, |rest| rest.split('.').next().unwrap_or(rest));
    if kind.is_some_and(|kind| kind.plural() == counted) {
        return one;
    }
    if let Object::Service(service) = object {
        let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref());
        let hit = matches!(
            (resource, kind),
            ("services.nodeports", Some("NodePort")) | ("services.loadbalancers", Some("LoadBalancer"))
        );
        return if hit { one } else { Quantity::default() };
    }
    let Object::Pod(pod) = object else { return Quantity::default() };
    if matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return Quantity::default();
    }
    let (limits, name) = side(resource);
    let amounts = if limits { resources::container_limits(&pod.spec) } else { resources::pod_requests(&pod.spec) };
    amounts.get(name).copied().unwrap_or_default()
}

/// How much of its resource the objects that a quota counts use.
pub(crate) fn usage(store: &Store, quota: &Object, resource: &str) -> Quantity {
    let Object::Other(other) = quota else { return Quantity::default() };
    counted(store, quota.namespace(), View::new(&other.value), resource)
}

fn counted(store: &Store, namespace: &str, quota: View<'_>, resource: &str) -> Quantity {
    let counts = |object: &Object| match object {
        Object::Pod(pod) if matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) => Quantity::default(),
        object if !scopes::matches(quota, object) => Quantity::default(),
        object => usage_of(object, resource),
    };
    let here = store.iter().filter(|(key, _)| *key.namespace == *namespace);
    here.map(|(_, object)| counts(object)).fold(Quantity::default(), |sum, amount| sum + amount)
}
