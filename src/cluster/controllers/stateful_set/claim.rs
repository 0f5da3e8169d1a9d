//! Which Pods are a StatefulSet's (kubernetes: pkg/controller/statefulset/stateful_set.go getPodsForStatefulSet,
//! pkg/controller/controller_ref_manager.go).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::super::family::Member;
use super::super::orphans::Orphans;
use super::{REVISION_LABEL, Replica, Sync, identity};
use crate::api::Kind;
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, api_server};

/// The number of the Pod called `pod` in the set called `set`; none where the name is another's.
fn ordinal(set: &str, pod: &str) -> Option<i64> {
    let (parent, number) = pod.rsplit_once('-')?;
    let digits = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    number.parse().ok().filter(|_| digits && parent == set)
}

/// Adopts Pods without a controller that the set selects and that have a name of its, finished ones too; lets go of
/// those it no longer selects.
pub(super) fn claim(key: &ObjectKey, uid: &str, selector: &LabelSelector, orphans: &Orphans, world: &mut World) {
    orphans.claim_pods(key, uid, selector, |pod| ordinal(&key.name, &pod.name).is_some(), world);
}

/// The Pods of the set by their number.
pub(super) fn replicas(uid: &str, world: &World) -> Vec<(i64, Replica)> {
    let pods = world.store.dependents(uid).filter(|key| key.kind == Kind::Pod);
    let mut replicas: Vec<(i64, Replica)> = pods
        .filter_map(|key| {
            let pod = world.store.get(key)?.as_pod()?;
            let (_, number) = key.name.rsplit_once('-')?;
            let ordinal = number.parse().ok()?;
            let label = |name: &str| pod.metadata.labels.as_ref().and_then(|labels| labels.get(name));
            let phase = pod.status.phase.as_deref();
            let replica = Replica {
                key: key.clone(),
                member: Member::of(pod),
                revision: label(REVISION_LABEL).cloned().unwrap_or_default(),
                failed: phase == Some("Failed"),
                succeeded: phase == Some("Succeeded"),
                named: label(identity::POD_NAME_LABEL).is_some_and(|name| **name == *key.name)
                    && label(identity::POD_INDEX_LABEL).is_some_and(|index| index == number),
            };
            Member::belongs(pod, uid).then_some((ordinal, replica))
        })
        .collect();
    collections::sort_by_key(&mut replicas, |(ordinal, _)| *ordinal);
    replicas
}

impl Sync<'_> {
    /// Gives a Pod the labels of its place, where it was adopted, and its claims their owner, where the policy is another
    /// one now; either is told (stateful_pod_control.go UpdateStatefulPod).
    pub(super) fn update(&mut self, replica: &Replica, ordinal: i64) {
        let owned_anew = self.own(ordinal, self.owner_of_claims());
        if replica.named && !owned_anew {
            return;
        }
        let Some(mut pod) = self.world.store.get(&replica.key).cloned() else { return };
        identity::label(pod.metadata_mut(), &replica.key.name, ordinal);
        if api_server::update(self.world, pod).is_ok() {
            let (pod, set) = (&replica.key.name, &self.key.name);
            let message = format!("Update Pod {pod} in StatefulSet {set} successful");
            self.say(false, "SuccessfulUpdate", message);
        }
    }
}
