//! What a Pod's claims ask of its node, and what they keep it waiting for wherever it would go
//! (scheduler: plugins/volumebinding, plugins/volumerestrictions, 1.36).

use std::borrow::Cow;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{NodeSelector, PersistentVolumeClaim};
use k8s_openapi::json::from_json;

use super::node_terms::node_selector;
use super::nodes::Nodes;
use super::rejection::{Plugin, Rejection};
use crate::api::labels::Labels;
use crate::api::{Other, Pod, View};
use crate::cluster::{ObjectKey, Store, storage};

/// Why no node is looked at for the Pod: a claim that it names is missing or on its way out, or its volume is (both
/// plugins' PreFilter).
pub(super) fn missing(pod: &Pod, store: &Store) -> Option<String> {
    // The claims that it names itself are looked for first, by another plugin.
    let named =
        |ephemeral: bool| storage::claims(pod).filter(move |(it, _)| it.persistent_volume_claim.is_none() == ephemeral);
    let absent = named(false).find(|(_, key)| storage::claim(store, key).is_none());
    if let Some((_, key)) = absent {
        return Some(format!("persistentvolumeclaim \"{}\" not found", key.name));
    }
    let problem = storage::claims(pod).find_map(|(volume, key)| {
        let name = &key.name;
        let Some(claim) = storage::claim(store, &key) else {
            let waits = "waiting for ephemeral volume controller to create the persistentvolumeclaim";
            return Some(format!("{waits} \"{name}\""));
        };
        let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
        if phase == Some("Lost") {
            let volume = storage::volume_name(claim);
            return Some(format!(
                "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""
            ));
        }
        if claim.metadata.deletion_timestamp.is_some() {
            return Some(format!("persistentvolumeclaim \"{name}\" is being deleted"));
        }
        volume.persistent_volume_claim.is_none().then(|| storage::foreign(pod, claim)).flatten()
    });
    let waits = |claim: &PersistentVolumeClaim| {
        let delays = storage::volume_name(claim).is_empty() && storage::delays(claim, store);
        !storage::is_bound(claim) && !delays
    };
    problem.or_else(|| {
        let mut claims = storage::claims(pod).filter_map(|(_, key)| storage::claim(store, &key));
        claims.any(|claim| waits(claim)).then(|| "pod has unbound immediate PersistentVolumeClaims".to_owned())
    })
}

/// Whether the Pod leaves a claim that another one names too.
pub(super) fn share_claim(pod: &Pod, other: &Pod) -> bool {
    pod.namespace() == other.namespace()
        && storage::claims(pod).any(|(_, key)| storage::claims(other).any(|(_, theirs)| theirs == key))
}

/// What a claim without a volume gets on a node: one that is there, or one that is yet to be made.
pub(super) type Promise<'a> = (&'a Rc<PersistentVolumeClaim>, Option<&'a Other>);

/// The claims of a Pod.
#[derive(Default)]
pub(super) struct Claims<'a> {
    store: Option<&'a Store>,
    /// Those that have their volumes.
    bound: Vec<&'a Rc<PersistentVolumeClaim>>,
    /// Those that wait for a Pod to be placed, the smallest first.
    open: Vec<&'a Rc<PersistentVolumeClaim>>,
    /// Whether another Pod has a claim that only one may use.
    taken: bool,
}

impl<'a> Claims<'a> {
    /// The claims of `pod`, where the others are as in `nodes`.
    pub fn of(pod: &Pod, nodes: &Nodes, store: &'a Store) -> Self {
        let mut all = Claims { store: Some(store), ..Claims::default() };
        for (volume, key) in storage::claims(pod) {
            let Some(claim) = storage::claim(store, &key) else { continue };
            if storage::is_bound(claim) {
                all.bound.push(claim)
            } else {
                all.open.push(claim)
            }
            let modes = claim.spec.iter().flat_map(|spec| spec.access_modes.iter().flatten());
            let alone = modes.into_iter().any(|mode| mode == "ReadWriteOncePod");
            all.taken |= alone && volume.persistent_volume_claim.is_some() && is_used(&key, nodes, store);
        }
        collections::sort_by_key(&mut all.open, |claim| storage::request(claim).nano());
        all
    }

    /// Whether the node `name` can have them all.
    pub fn filter(&self, name: &str, node: &Labels) -> Result<(), Rejection> {
        if self.taken {
            let reason = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
            return Err(Rejection::new(Plugin::VolumeRestrictions, reason, true));
        }
        let Some(store) = self.store else { return Ok(()) };
        let mut reasons = Vec::new();
        let volumes = self.bound.iter().map(|claim| storage::volume(store, storage::volume_name(claim)));
        for volume in volumes {
            match volume {
                None => reasons
                    .push(Cow::Borrowed("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)")),
                Some(volume) if reaches(volume, name, node) => continue,
                Some(_) => reasons.push(Cow::Borrowed("node(s) didn't match PersistentVolume's node affinity")),
            }
            break;
        }
        if self.promise(name, node).is_none() {
            reasons.push(Cow::Borrowed("node(s) didn't find available persistent volumes to bind"));
        }
        match reasons.is_empty() {
            true => Ok(()),
            false => Err(Rejection { plugin: Plugin::VolumeBinding, reasons, resolvable: false }),
        }
    }

    /// What each open claim gets on the node; none where one of them gets nothing
    /// (volumebinding/binder.go findMatchingVolumes, checkVolumeProvisions).
    pub fn promise(&self, name: &str, node: &Labels) -> Option<Vec<Promise<'a>>> {
        let Some(store) = self.store else { return Some(Vec::new()) };
        let mut chosen: Vec<&str> = Vec::new();
        let mut promised = Vec::with_capacity(self.open.len());
        for claim in &self.open {
            let selected = storage::annotation(claim, storage::SELECTED_NODE);
            let fits = |volume: &Other| reaches(volume, name, node);
            let found = match selected {
                "" => storage::matching(claim, store, true, Some((&fits, &chosen))),
                selected if selected == name => None,
                _ => return None,
            };
            match found {
                Some(volume) => chosen.extend(volume.metadata.name.as_deref()),
                None if is_made(claim, store, node) => {}
                None => return None,
            }
            promised.push((*claim, found));
        }
        Some(promised)
    }
}

/// Whether a Pod on one of the nodes has the claim.
fn is_used(key: &ObjectKey, nodes: &Nodes, store: &Store) -> bool {
    let mut pods = nodes.by_name.values().flat_map(|node| node.pods(store));
    pods.any(|pod| storage::claims(pod).any(|(_, theirs)| theirs == *key))
}

/// Whether the node can reach the volume (CheckNodeAffinity).
fn reaches(volume: &Other, name: &str, node: &Labels) -> bool {
    let required = View::new(&volume.value).at("spec.nodeAffinity.required");
    let selector = required.0.and_then(|value| from_json::<NodeSelector>(value.clone()).ok());
    selector.is_none_or(|selector| node_selector(&selector, name, node))
}

/// Whether a volume for the claim can be made on the node: its class has somebody who makes them, there.
fn is_made(claim: &PersistentVolumeClaim, store: &Store, node: &Labels) -> bool {
    let Some(class) = storage::class(store, storage::class_of(claim)) else { return false };
    let provisioner = class.at("provisioner").str();
    let among = |expression: View<'_>| {
        let own = node.get(expression.at("key").str());
        own.is_some_and(|own| expression.at("values").items().any(|value| value.str() == own))
    };
    let mut terms = class.at("allowedTopologies").items();
    !provisioner.is_empty()
        && provisioner != storage::NO_PROVISIONER
        && (terms.len() == 0 || terms.any(|term| term.at("matchLabelExpressions").items().all(among)))
}
