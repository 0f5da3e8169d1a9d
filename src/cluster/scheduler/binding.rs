//! A Pod that has its node waits until its claims have their volumes there; only then it is bound
//! (scheduler: plugins/volumebinding PreBind, binder.go BindPodVolumes, 1.36).

use std::time::Duration;

use std::rc::Rc;

use collections::{Map as BTreeMap, Set as BTreeSet};

use super::hints::Event;
use super::rejection::Plugin;
use super::tell::Nomination;
use super::volumes::Claims;
use super::{Scheduler, Timer};
use crate::api::{Object, Pod};
use crate::cluster::world::{Due, World};
use crate::cluster::{ObjectKey, Time, api_server, storage};

/// How often the claims are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long they are waited for (apis/config/v1: SetDefaults_VolumeBindingArgs).
const PATIENCE: Duration = Duration::from_secs(600);

/// The Pods that wait: what each was when it was given its node, which, and since when.
pub(super) type Binding = BTreeMap<ObjectKey, (Rc<Pod>, String, Time)>;

impl Scheduler {
    /// Asks for the volumes that the Pod's claims are to have on the node; false where there is nothing to wait for.
    pub(super) fn wait_for_claims(&mut self, key: &ObjectKey, pod: &Rc<Pod>, node: &str, world: &mut World) -> bool {
        let Some(info) = self.nodes.by_name.get(node) else { return false };
        let promised = Claims::of(pod, &self.nodes, &world.store).promise(node, &info.labels).unwrap_or_default();
        let promised: Vec<_> = promised
            .into_iter()
            .map(|(claim, volume)| (claim.clone(), volume.and_then(|it| it.metadata.name.clone())))
            .collect();
        if promised.is_empty() {
            return false;
        }
        for (mut claim, volume) in promised {
            match volume {
                Some(volume) => storage::reserve(world, &volume, &claim),
                None => {
                    let annotations = Rc::make_mut(&mut claim).metadata.annotations.get_or_insert_default();
                    annotations.insert(storage::SELECTED_NODE.to_owned(), node.to_owned());
                    // Whoever was quicker is seen at the next look.
                    let _ = api_server::update(world, Object::PersistentVolumeClaim(claim));
                }
            }
        }
        self.binding.insert(key.clone(), (pod.clone(), node.to_owned(), world.now));
        world.wake(LOOK, Due::Scheduler(Timer::Bind(key.clone(), world.now)));
        true
    }

    /// Looks whether the claims of a Pod have their volumes by now.
    pub(super) fn look_at_claims(&mut self, key: &ObjectKey, since: Time, world: &mut World) {
        let Some((pod, node, began)) = self.binding.get(key).cloned() else { return };
        if began != since {
            return;
        }
        let bound = |claim: &ObjectKey| match storage::claim(&world.store, claim) {
            Some(claim) => Ok(storage::is_bound(claim)),
            None => Err(format!(
                "failed to check provisioning pvc: PersistentVolumeClaim \"{}/{}\" not found",
                claim.namespace, claim.name
            )),
        };
        let all = storage::claims(&pod).map(|(_, claim)| bound(&claim)).collect::<Result<Vec<bool>, String>>();
        let problem = match all {
            Ok(all) if all.iter().all(|bound| *bound) => {
                self.binding.remove(key);
                if !self.bind(key, &pod, &node, world) {
                    self.nodes.free(key);
                }
                return;
            }
            Ok(_) if world.now.since(since) < PATIENCE => {
                return world.wake(LOOK, Due::Scheduler(Timer::Bind(key.clone(), since)));
            }
            Ok(_) => "context deadline exceeded".to_owned(),
            Err(problem) => problem,
        };
        self.binding.remove(key);
        self.nodes.free(key);
        self.queue.helped(&Event::PodLeft(&pod), &world.store, world.now);
        let message = format!("running PreBind plugin \"VolumeBinding\": binding volumes: {problem}");
        let plugins = BTreeSet::from([Plugin::VolumeBinding]);
        self.fail(key, &pod, plugins, message.into(), Nomination::Stays, world);
    }
}
