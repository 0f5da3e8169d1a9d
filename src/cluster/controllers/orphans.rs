//! Pods and ReplicaSets without a controller: whoever selects them adopts them
//! (kubernetes: pkg/controller/controller_ref_manager.go).

use collections::Set as BTreeSet;
use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, OwnerReference};

use super::family::Member;
use super::timer::Controller;
use crate::api::{Kind, Object, controller_of, labels};
use crate::cluster::api_server;
use crate::cluster::world::World;
use crate::cluster::{Change, ObjectKey};

/// What has no controller.
#[derive(Clone, Debug, Default)]
pub(super) struct Orphans(BTreeSet<ObjectKey>);

impl Orphans {
    /// Hears of a change of what is `now` like that.
    pub fn see(&mut self, change: &Change, now: Option<&Object>) {
        if !matches!(change.key.kind, Kind::Pod | Kind::ReplicaSet) {
            return;
        }
        let orphan = |object: &Object| {
            controller_of(object.metadata()).is_none() && object.metadata().deletion_timestamp.is_none()
        };
        if now.is_some_and(orphan) {
            self.0.insert(change.key.clone());
        } else {
            self.0.remove(&change.key);
        }
    }

    /// Whether the object of `key` has no controller.
    pub fn contains(&self, key: &ObjectKey) -> bool {
        self.0.contains(key)
    }

    /// Gives those of `kind` in the owner's namespace that `selector` matches to the owner, and says which they are.
    /// Pods that are over stay as they are.
    pub fn adopt(&self, kind: Kind, owner: &ObjectKey, selector: &LabelSelector, world: &mut World) -> Vec<ObjectKey> {
        let lives = |_: &ObjectKey, object: &Object| !matches!(object, Object::Pod(pod) if is_over(pod));
        self.adopt_where(kind, owner, selector, lives, world)
    }

    /// Gives those of `kind` in the owner's namespace that `selector` and `wanted` match to the owner, and says which
    /// they are.
    pub fn adopt_where(
        &self,
        kind: Kind,
        owner: &ObjectKey,
        selector: &LabelSelector,
        wanted: impl Fn(&ObjectKey, &Object) -> bool,
        world: &mut World,
    ) -> Vec<ObjectKey> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let first = ObjectKey { kind, namespace: owner.namespace.clone(), name: "".into() };
        let mut found: Vec<ObjectKey> = self
            .0
            .range(first..)
            .take_while(|key| key.kind == kind && key.namespace == owner.namespace)
            .filter(|key| {
                let object = world.store.get(key);
                object.is_some_and(|object| {
                    controller_of(object.metadata()).is_none()
                        && object.metadata().deletion_timestamp.is_none()
                        && wanted(key, object)
                        && labels::matches(Some(selector), object.metadata().labels.as_ref())
                })
            })
            .cloned()
            .collect();
        let Some(reference) = world.store.get(owner).and_then(|object| reference(owner, object)) else {
            return Vec::new();
        };
        // A conflict means that somebody else was quicker: the next sync looks again.
        found.retain(|key| {
            let Some(mut object) = world.store.get(key).cloned() else { return false };
            object.metadata_mut().owner_references.get_or_insert_default().push(reference.clone());
            api_server::update(world, object).is_ok()
        });
        found
    }
}

impl Orphans {
    /// Adopts Pods without a controller that the owner of `uid` selects and `wanted` takes, finished ones too; lets go of
    /// those for which that holds no longer (controller_ref_manager.go ClaimPods).
    pub fn claim_pods(
        &self,
        owner: &ObjectKey,
        uid: &str,
        selector: &LabelSelector,
        wanted: impl Fn(&ObjectKey) -> bool,
        world: &mut World,
    ) {
        self.adopt_where(Kind::Pod, owner, selector, |pod, _| wanted(pod), world);
        let foreign = |key: &&ObjectKey| {
            world.store.get(key).and_then(Object::as_pod).is_some_and(|pod| {
                Member::belongs(pod, uid)
                    && !(labels::matches(Some(selector), pod.metadata.labels.as_ref()) && wanted(key))
            })
        };
        let strangers: Vec<ObjectKey> = world.store.dependents(uid).filter(foreign).cloned().collect();
        for pod in strangers {
            release(&pod, world);
        }
    }
}

fn is_over(pod: &crate::api::Pod) -> bool {
    matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"))
}

/// The reference by which `object`, of `key`, controls others.
pub(super) fn reference(key: &ObjectKey, object: &Object) -> Option<OwnerReference> {
    Some(OwnerReference {
        api_version: key.kind.api_version().into(),
        kind: key.kind.name().into(),
        name: (&key.name).into(),
        uid: object.metadata().uid.clone()?,
        controller: Some(true),
        block_owner_deletion: Some(true),
    })
}

/// Lets go of an object: it has no controller any more.
pub(super) fn release(key: &ObjectKey, world: &mut World) {
    let Some(mut object) = world.store.get(key).cloned() else { return };
    let owners = &mut object.metadata_mut().owner_references;
    if let Some(list) = owners {
        list.retain(|owner| owner.controller != Some(true));
    }
    if owners.as_deref().is_some_and(<[_]>::is_empty) {
        *owners = None;
    }
    let _ = api_server::update(world, object);
}

/// Takes a finalizer off an object.
pub(super) fn let_go(object: &Object, finalizer: &str, world: &mut World) {
    let mut object = object.clone();
    object.set_resource_version(None);
    let finalizers = &mut object.metadata_mut().finalizers;
    if let Some(list) = finalizers {
        list.retain(|name| name != finalizer);
    }
    *finalizers = finalizers.take().filter(|list| !list.is_empty());
    let _ = api_server::update(world, object);
}

/// Who may adopt `object`.
pub(super) fn adopters(object: &Object, world: &World) -> Vec<(Controller, ObjectKey)> {
    let labels = object.metadata().labels.as_ref();
    let namespace: Rc<str> = object.namespace().into();
    let kinds: &[(Kind, Controller)] = match object {
        Object::Pod(_) => &[
            (Kind::ReplicaSet, Controller::ReplicaSet),
            (Kind::StatefulSet, Controller::StatefulSet),
            (Kind::DaemonSet, Controller::DaemonSet),
        ],
        Object::ReplicaSet(_) => &[(Kind::Deployment, Controller::Deployment)],
        _ => &[],
    };
    let selects = |candidate: &Object| {
        let selector = match candidate {
            Object::ReplicaSet(set) => set.spec.as_ref().map(|spec| &spec.selector),
            Object::StatefulSet(set) => set.spec.as_ref().map(|spec| &spec.selector),
            Object::DaemonSet(set) => set.spec.as_ref().map(|spec| &spec.selector),
            Object::Deployment(deployment) => deployment.spec.as_ref().map(|spec| &spec.selector),
            _ => None,
        };
        labels::matches(selector, labels)
    };
    let of = |(kind, controller): &(Kind, Controller)| {
        let found = world.store.list(*kind);
        let found = found.filter(|(key, candidate)| key.namespace == namespace && selects(candidate));
        found.map(|(key, _)| (*controller, key.clone())).collect::<Vec<_>>()
    };
    kinds.iter().flat_map(of).collect()
}
