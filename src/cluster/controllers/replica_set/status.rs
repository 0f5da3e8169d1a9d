//! The status of a ReplicaSet (kubernetes: pkg/controller/replicaset/replica_set_utils.go calculateStatus).

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetCondition, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::jiff::Timestamp;

use super::super::family::Family;
use crate::api::Object;
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey, api_server};

const REPLICA_FAILURE: &str = "ReplicaFailure";

/// What a sync saw before it did anything.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    active: i32,
    fully_labeled: i32,
    ready: i32,
    available: i32,
    terminating: i32,
}

impl Seen {
    pub fn of(family: Option<&Family>, spec: &ReplicaSetSpec, now: Timestamp, world: &World) -> Self {
        let Some(family) = family else { return Self::default() };
        Self {
            active: family.totals.active,
            fully_labeled: fully_labeled(family, spec, world),
            ready: family.totals.ready,
            available: family.available(spec.min_ready_seconds.unwrap_or(0), now),
            terminating: family.totals.terminating,
        }
    }
}

/// How many active Pods have all labels of the template. What the selector asks for all of them have.
fn fully_labeled(family: &Family, spec: &ReplicaSetSpec, world: &World) -> i32 {
    let template = spec.template.as_ref().and_then(|template| template.metadata.as_ref()?.labels.as_ref());
    let asked = spec.selector.match_labels.as_ref();
    let more: Vec<(&String, &String)> = template
        .into_iter()
        .flatten()
        .filter(|(name, value)| asked.and_then(|asked| asked.get(name.as_str())) != Some(*value))
        .collect();
    if more.is_empty() {
        return family.totals.active;
    }
    let all = |key: &ObjectKey| {
        let labels = world.store.get(key).and_then(|pod| pod.metadata().labels.as_ref());
        more.iter().all(|(name, value)| labels.and_then(|labels| labels.get(name.as_str())) == Some(*value))
    };
    let count = family.members.iter().filter(|(key, member)| member.active() && all(key)).count();
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Go leaves zeros of plain fields out.
fn some(count: i32) -> Option<i32> {
    Some(count).filter(|count| *count != 0)
}

/// Writes the status where it differs.
pub(super) fn write(
    key: &ObjectKey,
    set: &Rc<ReplicaSet>,
    seen: &Seen,
    wanted: i32,
    failure: Option<&ApiError>,
    world: &mut World,
) {
    let Some(Object::ReplicaSet(present)) = world.store.get(key) else { return };
    let old = present.status.clone().unwrap_or_default();
    let mut new = ReplicaSetStatus {
        replicas: seen.active,
        fully_labeled_replicas: some(seen.fully_labeled),
        ready_replicas: some(seen.ready),
        available_replicas: some(seen.available),
        terminating_replicas: Some(seen.terminating),
        observed_generation: set.metadata.generation,
        conditions: old.conditions.clone(),
    };
    let conditions = new.conditions.get_or_insert_default();
    let failed = conditions.iter().any(|condition| condition.type_ == REPLICA_FAILURE);
    match failure {
        Some(error) if !failed => conditions.push(ReplicaSetCondition {
            type_: REPLICA_FAILURE.into(),
            status: "True".into(),
            reason: Some(if seen.active < wanted { "FailedCreate" } else { "FailedDelete" }.into()),
            message: Some(error.message.clone().into()),
            last_transition_time: Some(world.timestamp()),
        }),
        None if failed => conditions.retain(|condition| condition.type_ != REPLICA_FAILURE),
        _ => {}
    }
    if conditions.is_empty() {
        new.conditions = None;
    }
    if new == old {
        return;
    }
    let mut object = ReplicaSet::clone(present);
    object.status = Some(new);
    // Nobody else writes this status: a refusal means that the ReplicaSet is gone.
    let _ = api_server::update_status(world, Object::ReplicaSet(Rc::new(object)));
}
