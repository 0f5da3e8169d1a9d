//! Volumes: what a Pod needs before its sandbox, and the ladder of retries (kubelet: volumemanager,
//! util/goroutinemap/exponentialbackoff).

use std::time::Duration;

use k8s_openapi::api::core::v1::{KeyToPath, Volume};

use super::sync::{Doing, Flow, Run};
use super::worker::Worker;
use super::{Cx, host_path};
use crate::api::{Kind, Object};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Reason};

/// A wait for volumes: how long until the next try.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mounting {
    delay: Duration,
}

impl Default for Mounting {
    fn default() -> Self {
        Self { delay: Duration::from_millis(500) }
    }
}

/// The longest time between two tries.
const LONGEST: Duration = Duration::from_secs(122);

impl Worker {
    /// Tries to mount what the Pod asks for.
    pub(super) fn mount(&mut self, run: &mut Run, mounting: Mounting, cx: &mut Cx) -> Flow {
        let mut missing = Vec::new();
        for volume in self.pod.spec.volumes.as_deref().unwrap_or_default() {
            let host_path = volume.host_path.as_ref();
            let refused = host_path.and_then(|source| host_path::problem(source, &cx.node.name, &cx.runtime.disks));
            if let Some(problem) = refused.or_else(|| problem(volume, self.pod.namespace(), cx.world)) {
                missing.push((volume.name.clone(), problem));
            }
        }
        if missing.is_empty() {
            self.mounted = true;
            return Flow::Next;
        }
        for (volume, problem) in missing {
            let text = format!("MountVolume.SetUp failed for volume \"{volume}\" : {problem}");
            self.decide(
                cx,
                "",
                Reason::WaitsForVolume { volume: volume.as_str().into(), message: text.as_str().into() },
            );
            self.pod_event(cx, true, "FailedMount", text);
        }
        let delay = mounting.delay;
        run.doing = Doing::Volumes(Mounting { delay: (delay * 2).min(LONGEST) });
        Flow::Wait(Some(delay))
    }
}

/// What keeps `volume` from being mounted.
fn problem(volume: &Volume, namespace: &str, world: &World) -> Option<String> {
    if let Some(source) = &volume.config_map {
        return config_map(&source.name, source.optional, source.items.as_deref(), namespace, world);
    }
    if let Some(source) = &volume.secret {
        let name = source.secret_name.as_deref().unwrap_or_default();
        return secret(name, source.optional, source.items.as_deref(), namespace, world);
    }
    let sources = volume.projected.as_ref()?.sources.as_deref().unwrap_or_default();
    sources.iter().find_map(|source| {
        if let Some(map) = &source.config_map
            && map.name != "kube-root-ca.crt"
        {
            return config_map(&map.name, map.optional, map.items.as_deref(), namespace, world);
        }
        let of = source.secret.as_ref()?;
        secret(&of.name, of.optional, of.items.as_deref(), namespace, world)
    })
}

fn config_map(
    name: &str,
    optional: Option<bool>,
    items: Option<&[KeyToPath]>,
    namespace: &str,
    world: &World,
) -> Option<String> {
    if optional == Some(true) {
        return None;
    }
    let Some(Object::ConfigMap(map)) = world.store.get(&ObjectKey::new(Kind::ConfigMap, namespace, name)) else {
        return Some(format!("configmap \"{name}\" not found"));
    };
    let has = |key: &str| {
        map.data.as_ref().is_some_and(|data| data.contains_key(key))
            || map.binary_data.as_ref().is_some_and(|data| data.contains_key(key))
    };
    let missing = items.unwrap_or_default().iter().find(|item| !has(&item.key))?;
    Some(format!("configmap references non-existent config key: {}", missing.key))
}

fn secret(
    name: &str,
    optional: Option<bool>,
    items: Option<&[KeyToPath]>,
    namespace: &str,
    world: &World,
) -> Option<String> {
    if optional == Some(true) {
        return None;
    }
    let Some(Object::Secret(secret)) = world.store.get(&ObjectKey::new(Kind::Secret, namespace, name)) else {
        return Some(format!("secret \"{name}\" not found"));
    };
    let has = |key: &str| {
        secret.data.as_ref().is_some_and(|data| data.contains_key(key))
            || secret.string_data.as_ref().is_some_and(|data| data.contains_key(key))
    };
    let missing = items.unwrap_or_default().iter().find(|item| !has(&item.key))?;
    Some(format!("references non-existent secret key: {}", missing.key))
}
