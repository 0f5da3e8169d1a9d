//! The claims of ephemeral volumes: each Pod gets its own, which goes with it
//! (kubernetes: pkg/controller/volume/ephemeral/controller.go, 1.36).

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Volume};

use super::orphans::reference;
use super::pod_template::say;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::{Kind, Object, Pod, controller_of};
use crate::cluster::world::World;
use crate::cluster::{Change, ChangeKind, ObjectKey, api_server, storage};

/// How long it takes to make a claim; the scheduler has looked for it by then.
const MAKE_AFTER: Duration = Duration::from_millis(10);

/// Hears of a change, and whether its object is `gone` by now: of a new Pod, and of a claim that somebody took from one.
pub(super) fn see(change: &Change, gone: bool, queue: &mut WorkQueue, world: &mut World) {
    let pod = match &change.object {
        Object::Pod(pod)
            if change.kind == ChangeKind::Added
                && pod.spec.volumes.iter().flatten().any(|it| it.ephemeral.is_some()) =>
        {
            change.key.clone()
        }
        Object::PersistentVolumeClaim(claim) if gone => match controller_of(&claim.metadata) {
            Some(owner) if owner.kind == "Pod" => ObjectKey::new(Kind::Pod, &change.key.namespace, &owner.name),
            _ => return,
        },
        _ => return,
    };
    queue.add(Controller::Ephemeral, &pod, MAKE_AFTER, world);
}

/// Makes the claims that the Pod of `key` lacks.
pub(super) fn sync(key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
    let Some(Object::Pod(pod)) = world.store.get(key).cloned() else { return };
    if pod.metadata.deletion_timestamp.is_some() {
        return;
    }
    for (volume, claim) in storage::claims(&pod) {
        let Some(missing) = wanted(key, &pod, volume) else { continue };
        let problem = match storage::claim(&world.store, &claim) {
            Some(present) => storage::foreign(&pod, present),
            None => {
                let name = &claim.name;
                let mut missing = missing;
                missing.metadata.name = Some(name.into());
                let made = api_server::create(world, Object::PersistentVolumeClaim(Rc::new(missing)));
                made.err().map(|error| format!("create PVC {name}: {error}"))
            }
        };
        if let Some(problem) = problem {
            let message = format!("ephemeral volume {}: {problem}", volume.name);
            say(world, key, "ephemeral_volume", true, "FailedBinding", message);
            return queue.retry(Controller::Ephemeral, key, world);
        }
    }
    queue.succeeded(Controller::Ephemeral, key);
}

/// The claim of an ephemeral volume, without its name; none of another volume.
fn wanted(key: &ObjectKey, pod: &Rc<Pod>, volume: &Volume) -> Option<PersistentVolumeClaim> {
    let template = volume.ephemeral.as_ref()?.volume_claim_template.as_ref()?;
    let mut claim = PersistentVolumeClaim { spec: Some(template.spec.clone()), ..PersistentVolumeClaim::default() };
    let metadata = template.metadata.clone().unwrap_or_default();
    (claim.metadata.annotations, claim.metadata.labels) = (metadata.annotations, metadata.labels);
    claim.metadata.namespace = Some((&key.namespace).into());
    claim.metadata.owner_references = Some(vec![reference(key, &Object::Pod(pod.clone()))?].into());
    Some(claim)
}
