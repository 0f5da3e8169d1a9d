//! What becomes of the claims of replicas that go: they are given an owner to go with, or none
//! (kubernetes: pkg/controller/statefulset/stateful_set_utils.go updateClaimOwnerRefForSetAndPod).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use k8s_openapi::{Items, Text};

use super::super::orphans::reference;
use super::{Replica, Sync, identity};
use crate::api::{Kind, Object};
use crate::cluster::{ObjectKey, api_server};

impl Sync<'_> {
    /// Whether claims go with the set, and with a replica that is beyond its size.
    pub(super) fn claims_go(&self) -> (bool, bool) {
        let policy = self.spec.persistent_volume_claim_retention_policy.as_ref();
        let goes = |what: Option<&Text>| what.is_some_and(|what| what == "Delete");
        (goes(policy.and_then(|it| it.when_deleted.as_ref())), goes(policy.and_then(|it| it.when_scaled.as_ref())))
    }

    /// The owner that the claims of a replica within the set's size have.
    pub(super) fn owner_of_claims(&self) -> Option<OwnerReference> {
        let (with_set, _) = self.claims_go();
        reference(self.key, &Object::StatefulSet(self.set.clone())).filter(|_| with_set)
    }

    /// Gives the claims of replicas beyond the set's size the owner that they go with.
    pub(super) fn hand_over_claims(&mut self, condemned: &[(i64, Replica)]) {
        let (_, with_replica) = self.claims_go();
        for (ordinal, replica) in condemned {
            let pod = self.world.store.get(&replica.key);
            let of_pod = pod.and_then(|pod| reference(&replica.key, pod)).filter(|_| with_replica);
            self.own(*ordinal, of_pod.or_else(|| self.owner_of_claims()));
        }
    }

    /// Gives the claims of one replica this owner, and says whether any had another; others than the set and its Pods are
    /// left alone.
    pub(super) fn own(&mut self, ordinal: i64, owner: Option<OwnerReference>) -> bool {
        let (replica, mut changes) = (self.name_of(ordinal), false);
        for claim in identity::claims(&self.spec, self.key, ordinal) {
            let name = claim.metadata.name.as_deref().unwrap_or_default();
            let key = ObjectKey::new(Kind::PersistentVolumeClaim, &self.key.namespace, name);
            let Some(present) = self.world.store.get(&key) else { continue };
            let ours = |it: &OwnerReference| {
                (it.kind == "StatefulSet" && *it.name == *self.key.name) || (it.kind == "Pod" && it.name == replica)
            };
            let mut owners: Vec<OwnerReference> =
                present.metadata().owner_references.iter().flatten().filter(|it| !ours(it)).cloned().collect();
            owners.extend(owner.clone());
            let owners = Some(Items::from(owners)).filter(|owners| !owners.is_empty());
            if owners != present.metadata().owner_references {
                let mut changed = present.clone();
                changed.metadata_mut().owner_references = owners;
                // It may be gone meanwhile, which is as good.
                let _ = api_server::update(self.world, changed);
                changes = true;
            }
        }
        changes
    }
}
