//! Which Pods are a DaemonSet's (kubernetes: pkg/controller/daemon/daemon_controller.go getDaemonPods,
//! pkg/controller/controller_ref_manager.go).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::super::family::Member;
use super::super::orphans::{Orphans, release};
use crate::api::{Kind, Object, labels};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// Adopts Pods without a controller that the set selects, finished ones too; lets go of those it no longer selects.
pub(super) fn claim(key: &ObjectKey, uid: &str, selector: &LabelSelector, orphans: &Orphans, world: &mut World) {
    orphans.adopt_where(Kind::Pod, key, selector, |_, _| true, world);
    let foreign = |pod: &&ObjectKey| {
        world.store.get(pod).and_then(Object::as_pod).is_some_and(|pod| {
            Member::belongs(pod, uid) && !labels::matches(Some(selector), pod.metadata.labels.as_ref())
        })
    };
    let strangers: Vec<ObjectKey> = world.store.dependents(uid).filter(foreign).cloned().collect();
    for pod in strangers {
        release(&pod, world);
    }
}
