//! What a Pod's claims keep it waiting for, wherever it would go (scheduler: plugins/volumebinding PreFilter, 1.36).

use crate::api::{Kind, Object, Pod};
use crate::cluster::{ObjectKey, Store};

/// Why no node is looked at for the Pod: a claim that it names is missing or on its way out.
pub(super) fn missing(pod: &Pod, store: &Store) -> Option<String> {
    let claims = pod.spec.volumes.iter().flatten().filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.map(|claim| claim.claim_name.as_str()).find_map(|name| {
        let found = store.get(&ObjectKey::new(Kind::PersistentVolumeClaim, pod.namespace(), name));
        let gone = |claim: &Object| claim.metadata().deletion_timestamp.is_some();
        match found {
            None => Some(format!("persistentvolumeclaim \"{name}\" not found")),
            Some(claim) if gone(claim) => Some(format!("persistentvolumeclaim \"{name}\" is being deleted")),
            Some(_) => None,
        }
    })
}
