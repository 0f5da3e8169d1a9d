//! The namespace controller: it empties a namespace that is on its way out, its Pods first, and lets it go then
//! (kubernetes: pkg/controller/namespace/namespace_controller.go, deletion/namespaced_resources_deleter.go, 1.36).

use std::time::Duration;

use collections::Map as BTreeMap;
use k8s_openapi::api::core::v1::{Namespace, NamespaceCondition};

use super::queue::{Retries, WorkQueue};
use super::timer::Controller;
use crate::api::{Kind, Object, Pod};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Propagation, api_server};

/// A namespace on its way out is looked at so long after each of its changes, so that what was made in it at the last moment
/// is seen (namespaceDeletionGracePeriod).
pub(super) const WAIT: Duration = Duration::from_secs(5);
/// How long it is until one is looked at again in which something is left that should be gone (nsControllerRateLimiter).
const RETRIES: Retries = Retries { first: Duration::from_millis(5), longest: Duration::from_secs(60) };
/// How many seconds what has finalizers is taken to need (finalizerEstimateSeconds).
const FINALIZERS: i64 = 15;

/// What a deletion left.
#[derive(Default)]
struct Left {
    /// In how many seconds it may be gone; none where it should be gone now.
    estimate: i64,
    /// How many objects of each resource, `pods.` or `deployments.apps`.
    resources: BTreeMap<String, usize>,
    /// On how many of them each finalizer is.
    finalizers: BTreeMap<String, usize>,
    /// What should be gone and is not.
    failures: Vec<String>,
}

/// Empties the namespace of `key`: its other objects go when it has no Pod any more (deleteAllContent).
pub(super) fn empty(key: &ObjectKey, namespace: &Namespace, queue: &mut WorkQueue, world: &mut World) {
    let pods: Vec<ObjectKey> = world.store.in_namespace(Kind::Pod, &key.name).map(|(key, _)| key.clone()).collect();
    let mut left = delete(&pods, estimate(key, namespace, world), world);
    if left.resources.is_empty() {
        let all = world.store.iter().map(|(key, _)| key);
        let others: Vec<ObjectKey> = all.filter(|inside| inside.namespace == key.name).cloned().collect();
        left = delete(&others, 0, world);
        post(key, &left, true, world);
    } else {
        // What is left is told of only once the Pods are gone (issue 138208).
        post(key, &left, false, world);
    }
    if !left.failures.is_empty() {
        return queue.retry_after(RETRIES, Controller::Upkeep, key, world);
    }
    queue.succeeded(Controller::Upkeep, key);
    if left.resources.is_empty() {
        world.ending.remove(&key.name);
        world.store.remove(key);
    } else {
        let seconds = u64::try_from(left.estimate / 2 + 1).unwrap_or(1);
        queue.add(Controller::Upkeep, key, Duration::from_secs(seconds), world);
    }
}

/// In how many seconds all Pods are gone that run still: the longest grace, nothing once that is over
/// (estimateGracefulTermination).
fn estimate(key: &ObjectKey, namespace: &Namespace, world: &World) -> i64 {
    let runs = |pod: &&Pod| !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
    let pods = world.store.in_namespace(Kind::Pod, &key.name).filter_map(|(_, pod)| pod.as_pod());
    let longest = pods.filter(runs).filter_map(|pod| pod.spec.termination_grace_period_seconds).max().unwrap_or(0);
    let now = world.now.to_timestamp(world.config.epoch);
    let since = namespace.metadata.deletion_timestamp.as_ref().map_or(0, |at| now.duration_since(at.0).as_secs());
    if since >= longest { 0 } else { longest }
}

/// Deletes these objects, and looks what is left of them (deleteAllContentForGroupVersionResource).
fn delete(keys: &[ObjectKey], estimate: i64, world: &mut World) -> Left {
    let mut left = Left { estimate, ..Left::default() };
    for key in keys {
        let alive = world.store.get(key).is_some_and(|object| object.metadata().deletion_timestamp.is_none());
        if alive {
            // What is gone already is as good.
            let _ = api_server::delete(world, key, None, Propagation::Background);
        }
    }
    let mut stuck: BTreeMap<String, bool> = BTreeMap::new();
    for key in keys {
        let Some(object) = world.store.get(key) else { continue };
        let (group, version) = key.kind.api_version().split_once('/').unwrap_or(("", key.kind.api_version()));
        *left.resources.entry(format!("{}.{group}", key.kind.plural())).or_default() += 1;
        let finalizers = object.metadata().finalizers.as_deref().unwrap_or_default();
        let resource = format!("{group}/{version}, Resource={}", key.kind.plural());
        *stuck.entry(resource).or_insert(true) &= finalizers.is_empty();
        for finalizer in finalizers {
            *left.finalizers.entry(finalizer.clone()).or_default() += 1;
        }
    }
    if estimate > 0 {
        return left;
    }
    let namespace = keys.first().map_or("", |key| &*key.namespace);
    for (resource, unexpected) in stuck {
        match unexpected {
            true => {
                let why = format!("unexpected items still remain in namespace: {namespace} for gvr: {resource}");
                left.failures.push(why);
            }
            false => left.estimate = FINALIZERS,
        }
    }
    left
}

/// Writes into the namespace's conditions how far it has come; what is left of its content only where that `counts`
/// (status_condition_utils.go namespaceConditionUpdater).
fn post(key: &ObjectKey, left: &Left, counts: bool, world: &mut World) {
    let Some(Object::Namespace(namespace)) = world.store.get(key).cloned() else { return };
    let mut namespace = namespace.as_ref().clone();
    let conditions = namespace.status.get_or_insert_default().conditions.get_or_insert_default();
    let now = world.timestamp();
    let mut changed = false;
    for (type_, status, reason, message) in words(left, counts) {
        let known = conditions.iter_mut().find(|condition| condition.type_ == type_);
        if let Some(known) = known {
            if known.status == status && known.message.as_deref() == Some(message.as_str()) {
                continue;
            }
            if known.status != status {
                known.last_transition_time = Some(now.clone());
            }
            (known.status, known.reason, known.message) = (status.into(), Some(reason.into()), Some(message.into()));
        } else {
            conditions.push(NamespaceCondition {
                type_: type_.into(),
                status: status.into(),
                reason: Some(reason.into()),
                message: Some(message.into()),
                last_transition_time: Some(now.clone()),
            });
        }
        changed = true;
    }
    if changed {
        world.store.put(key.clone(), Object::Namespace(namespace.into()));
    }
}

/// The type, status, reason and message of each condition, in their order.
fn words(left: &Left, counts: bool) -> [(&'static str, &'static str, &'static str, String); 5] {
    let list = |of: &BTreeMap<String, usize>, verb: &str, unit: &str| {
        let parts: Vec<String> = of.iter().map(|(name, count)| format!("{name} {verb} {count} {unit}")).collect();
        parts.join(", ")
    };
    let unless = |bad: bool, type_, good: (&'static str, &str), worse: (&'static str, String)| match bad {
        true => (type_, "True", worse.0, worse.1),
        false => (type_, "False", good.0, good.1.to_owned()),
    };
    let never = || ("", String::new());
    let failed = left.failures.len();
    let failures = format!("Failed to delete all resource types, {failed} remaining: {}", left.failures.join(", "));
    let resources = list(&left.resources, "has", "resource instances");
    let finalizers = list(&left.finalizers, "in", "resource instances");
    [
        unless(
            false,
            "NamespaceDeletionDiscoveryFailure",
            ("ResourcesDiscovered", "All resources successfully discovered"),
            never(),
        ),
        unless(
            false,
            "NamespaceDeletionGroupVersionParsingFailure",
            ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
            never(),
        ),
        unless(
            failed > 0,
            "NamespaceDeletionContentFailure",
            ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            ("ContentDeletionFailed", failures),
        ),
        unless(
            counts && !left.resources.is_empty(),
            "NamespaceContentRemaining",
            ("ContentRemoved", "All content successfully removed"),
            ("SomeResourcesRemain", format!("Some resources are remaining: {resources}")),
        ),
        unless(
            counts && !left.finalizers.is_empty(),
            "NamespaceFinalizersRemaining",
            ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
            ("SomeFinalizersRemain", format!("Some content in the namespace has finalizers remaining: {finalizers}")),
        ),
    ]
}
