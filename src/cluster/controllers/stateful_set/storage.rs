//! The claims of a replica are made before it, and again where they are missing
//! (kubernetes: pkg/controller/statefulset/stateful_pod_control.go).

use std::rc::Rc;

use super::{Sync, identity};
use crate::api::{Kind, Object};
use crate::cluster::{ObjectKey, api_server};

impl Sync<'_> {
    /// Makes the claims of a replica that are missing, and says so (createPersistentVolumeClaims, recordClaimEvent).
    ///
    /// # Errors
    /// Why some cannot be had: the API server refuses them, or they are on their way out.
    pub(super) fn make_claims(&mut self, ordinal: i64) -> Result<(), String> {
        let (pod, set) = (self.name_of(ordinal), self.key.name.clone());
        let mut failures = Vec::new();
        for mut claim in identity::claims(&self.spec, self.key, ordinal) {
            claim.metadata.generate_name = None;
            let name = claim.metadata.name.clone().unwrap_or_default();
            let key = ObjectKey::new(Kind::PersistentVolumeClaim, &self.key.namespace, &name);
            if let Some(present) = self.world.store.get(&key) {
                if present.metadata().deletion_timestamp.is_some() {
                    failures.push(format!("pvc {name} is being deleted"));
                }
                continue;
            }
            match api_server::create(self.world, Object::PersistentVolumeClaim(Rc::new(claim))) {
                Ok(_) => {
                    let message = format!("Create Claim {name} Pod {pod} in StatefulSet {set} success");
                    self.say(false, "SuccessfulCreate", message);
                }
                Err(error) => {
                    failures.push(format!("failed to create PVC {name}: {error}"));
                    let message =
                        format!("Create Claim {name} for Pod {pod} in StatefulSet {set} failed error: {error}");
                    self.say(true, "FailedCreate", message);
                }
            }
        }
        match failures.as_slice() {
            [] => Ok(()),
            [one] => Err(one.clone()),
            // apimachinery: util/errors/errors.go aggregate.
            all => Err(format!("[{}]", all.join(", "))),
        }
    }

    /// Makes the claims again that a Pod waits for; false where that fails (createMissingPersistentVolumeClaims).
    pub(super) fn restore_claims(&mut self, ordinal: i64) -> bool {
        let made = self.make_claims(ordinal).is_ok();
        match made {
            true => _ = self.own(ordinal, self.owner_of_claims()),
            false => self.again = true,
        }
        made
    }

    /// Whether a replica that is missing has a claim still that goes with the Pod before it: the new one has to wait until
    /// it is gone (PodClaimIsStale, hasStaleOwnerRef). Upstream whatever wakes the set next finds it gone.
    pub(super) fn has_stale_claim(&mut self, ordinal: i64) -> bool {
        let (_, with_replica) = self.claims_go();
        if !with_replica {
            return false;
        }
        let pod = self.name_of(ordinal);
        let stale = identity::claims(&self.spec, self.key, ordinal).iter().any(|claim| {
            let name = claim.metadata.name.as_deref().unwrap_or_default();
            let key = ObjectKey::new(Kind::PersistentVolumeClaim, &self.key.namespace, name);
            let present = self.world.store.get(&key);
            let mut owners = present.into_iter().flat_map(|claim| claim.metadata().owner_references.iter().flatten());
            owners.any(|owner| owner.kind == "Pod" && owner.name == pod)
        });
        self.again |= stale;
        stale
    }
}
