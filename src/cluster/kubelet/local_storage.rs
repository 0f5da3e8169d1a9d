//! Storage of the node: a Pod that writes more than it may is ended (kubelet: eviction/eviction_manager.go
//! localStorageEviction, 1.36). Only Pods with a limit are looked at.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Container;

use super::eviction::CRITICAL;
use super::worker::{Life, Worker};
use super::{Cx, Timer};
use crate::api::containers::lasting;
use crate::api::quantity::{self, Quantity};
use crate::api::{Pod, resources};
use crate::cluster::Time;
use crate::cluster::runtime::{Runtime, volumes};

/// How often the eviction manager looks (kubelet.go evictionMonitoringPeriod).
const LOOK: Duration = Duration::from_secs(10);
/// How old the numbers of volumes become, with their jitter: between one and two minutes
/// (server/stats/volume_stat_calculator.go, volumeStatsAggPeriod).
const MEASURE: Duration = Duration::from_secs(75);
/// What the runtime writes into a log beside each line.
const LINE: u64 = 41;
/// The blocks of the node's file system, bytes.
const BLOCK: u64 = 4096;
const STORAGE: &str = "ephemeral-storage";

/// What a Pod's volumes held when they were last measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// By volume, bytes; volumes in memory are not of the node's storage.
    volumes: Vec<(String, bool, u64)>,
    /// When they are measured again.
    next: Time,
    /// When the Pod is looked at again.
    look: Time,
}

/// Whether anything limits what the Pod may write.
fn is_limited(pod: &Pod) -> bool {
    let volumes = pod.spec.volumes.as_deref().unwrap_or_default();
    volumes.iter().any(|volume| volume.empty_dir.as_ref().is_some_and(|source| source.size_limit.is_some()))
        || lasting(&pod.spec).any(|container| limit(container).is_some())
}

fn limit(container: &Container) -> Option<Quantity> {
    let limit = container.resources.as_ref()?.limits.as_ref()?.get(STORAGE)?;
    Some(quantity::of(limit)).filter(|limit| !limit.is_zero())
}

/// Whether so many bytes are more than a limit.
fn exceeds(bytes: u64, limit: Quantity) -> bool {
    i128::from(bytes) * 1_000_000_000 > limit.nano()
}

impl Worker {
    /// The Pod will be looked at, where anything limits it.
    pub(super) fn watch_storage(&mut self, cx: &mut Cx) {
        if is_limited(&self.pod) {
            self.storage.look = cx.world.now + LOOK;
            cx.timer(LOOK, Timer::Storage { pod: self.uid.clone() });
        }
    }

    /// The eviction manager looks at the Pod.
    pub(super) fn storage_timer(&mut self, cx: &mut Cx) {
        if self.storage.look != cx.world.now || self.life != Life::Syncing {
            return;
        }
        if self.storage.next <= cx.world.now {
            self.storage.next = cx.world.now + self.jitter.lengthen(MEASURE);
            self.storage.volumes = measure(&self.pod, cx.runtime);
        }
        let over = self.over_its_limit(cx).filter(|_| self.pod.spec.priority.unwrap_or(0) < CRITICAL);
        match over {
            Some(message) => self.end_for(STORAGE, message, false, cx),
            None => self.watch_storage(cx),
        }
    }

    /// The first limit that the Pod exceeds, in the kubelet's words.
    fn over_its_limit(&self, cx: &Cx) -> Option<String> {
        for volume in self.pod.spec.volumes.as_deref().unwrap_or_default() {
            let Some(field) = volume.empty_dir.as_ref().and_then(|source| source.size_limit.as_ref()) else { continue };
            let size = quantity::of(field);
            let used =
                self.storage.volumes.iter().find(|(name, ..)| *name == *volume.name).map_or(0, |(.., used)| *used);
            if size.sign() > 0 && exceeds(used, size) {
                let name = &volume.name;
                return Some(format!("Usage of EmptyDir volume \"{name}\" exceeds the limit \"{size}\". "));
            }
        }
        let written: Vec<(&Container, u64)> =
            lasting(&self.pod.spec).map(|container| (container, self.written(&container.name, cx))).collect();
        if let Some(limit) = resources::container_limits(&self.pod.spec).get(STORAGE) {
            let kept = self.storage.volumes.iter().filter(|(_, memory, _)| !memory).map(|(.., used)| used);
            let all = written.iter().map(|(_, bytes)| bytes).chain(kept).sum();
            if exceeds(all, *limit) {
                return Some(format!(
                    "Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
                ));
            }
        }
        written.into_iter().find_map(|(container, bytes)| {
            let limit = limit(container).filter(|limit| exceeds(bytes, *limit))?;
            Some(format!("Container {} exceeded its local ephemeral storage limit \"{limit}\". ", container.name))
        })
    }

    /// What a container takes of the node's storage, bytes: a file system gives away whole blocks.
    pub(super) fn stored(&self, container: &str, cx: &Cx) -> i64 {
        i64::try_from(self.written(container, cx).div_ceil(BLOCK).saturating_mul(BLOCK)).unwrap_or(i64::MAX)
    }

    /// What a container has written into its own layer and its log.
    fn written(&self, container: &str, cx: &Cx) -> u64 {
        let view = cx.runtime.view(&self.uid);
        let Some(instance) = view.newest(container) else { return 0 };
        let layer = cx.runtime.process(&self.uid, instance.id).map_or(0, |process| process.written());
        let lines = cx.world.logs.lines(&self.uid, container, instance.attempt);
        layer + lines.iter().map(|(_, text)| LINE + text.len() as u64).sum::<u64>()
    }
}

/// What the volumes of a Pod hold that last as long as it does.
fn measure(pod: &Pod, runtime: &Runtime) -> Vec<(String, bool, u64)> {
    let volumes = pod.spec.volumes.as_deref().unwrap_or_default();
    let keys: Vec<Rc<str>> = volumes::keys(pod).map(|(_, key)| key).collect();
    let own = volumes.iter().zip(keys).filter_map(|(volume, key)| {
        let source = volume.empty_dir.as_ref()?;
        let used = runtime.disks.get(&key).map_or(0, |disk| disk.tree.used());
        Some((volume.name.to_string(), source.medium.as_deref() == Some("Memory"), used))
    });
    own.collect()
}
