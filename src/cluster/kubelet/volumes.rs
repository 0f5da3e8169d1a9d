//! Volumes: what a Pod needs before its sandbox, and the ladder of retries (kubelet: volumemanager,
//! util/goroutinemap/exponentialbackoff).

use std::time::Duration;

use k8s_openapi::api::core::v1::{KeyToPath, Volume, VolumeProjection};

use super::sync::{Doing, Flow, Run};
use super::worker::{Life, Worker};
use super::{Cx, Timer, host_path};
use crate::api::{Kind, Object, Pod, containers};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Reason, Time, storage};

/// The ladder of tries to mount what a Pod asks for. It goes on whether or not a sync waits for it (kubelet:
/// volumemanager/reconciler).
#[derive(Clone, Copy, Debug)]
pub(super) struct Mounting {
    delay: Duration,
    next_try: Time,
}

/// The time after the first try; it doubles.
const FIRST: Duration = Duration::from_millis(500);
/// The longest time between two tries.
const LONGEST: Duration = Duration::from_secs(122);
/// So long a sync waits for the volumes (kubelet: volume_manager.go podAttachAndMountTimeout).
const PATIENCE: Duration = Duration::from_secs(123);

impl Worker {
    /// A sync begins to wait for the volumes.
    pub(super) fn wait_for_volumes(&mut self, run: &mut Run, cx: &mut Cx) -> Flow {
        let give_up = cx.world.now + PATIENCE;
        let next_try = match self.mounting {
            Some(mounting) => mounting.next_try,
            None => cx.world.now + cx.world.config.latencies.volumes,
        };
        run.doing = Doing::Volumes { give_up };
        Flow::Wait(Some(next_try.min(give_up).since(cx.world.now)))
    }

    /// A sync has waited for the volumes: until the next try, or for too long.
    pub(super) fn volumes_waited(&mut self, run: &mut Run, give_up: Time, cx: &mut Cx) -> Flow {
        if self.mounting.is_none_or(|mounting| mounting.next_try <= cx.world.now) {
            self.try_mount(cx);
        }
        if let Some(text) = self.unusable_claims(cx) {
            self.pod_event(cx, true, "FailedMount", text);
            run.steps.clear();
            run.outcome.fail(None);
            if let Some(mounting) = self.mounting {
                cx.timer(mounting.next_try.since(cx.world.now), Timer::Mount { pod: self.uid.clone() });
            }
            return Flow::Next;
        }
        let Some(mounting) = self.mounting else { return Flow::Next };
        if give_up <= cx.world.now {
            // WaitForAttachAndMount: the sync ends with an error and without an event. The next one sees what has become
            // of the Pod in the meantime.
            run.steps.clear();
            run.outcome.fail(None);
            cx.timer(mounting.next_try.since(cx.world.now), Timer::Mount { pod: self.uid.clone() });
            return Flow::Next;
        }
        run.doing = Doing::Volumes { give_up };
        Flow::Wait(Some(mounting.next_try.min(give_up).since(cx.world.now)))
    }

    /// The ladder goes on while no sync waits for it.
    pub(super) fn mount_timer(&mut self, cx: &mut Cx) {
        let waits = self.run.as_ref().is_some_and(|run| matches!(run.doing, Doing::Volumes { .. }));
        let due = self.mounting.is_some_and(|mounting| mounting.next_try <= cx.world.now);
        if self.life != Life::Syncing || waits || !due {
            return;
        }
        self.try_mount(cx);
        if let Some(mounting) = self.mounting {
            cx.timer(mounting.next_try.since(cx.world.now), Timer::Mount { pod: self.uid.clone() });
        }
    }

    /// Tries to mount what the Pod asks for.
    fn try_mount(&mut self, cx: &mut Cx) {
        let mut missing = Vec::new();
        for volume in used(&self.pod) {
            let host_path = volume.host_path.as_ref();
            let refused = host_path.and_then(|source| host_path::problem(source, &cx.node.name, &cx.runtime.disks));
            if let Some(problem) = refused.or_else(|| problem(volume, self.pod.namespace(), cx.world)) {
                missing.push((volume.name.clone(), problem));
            }
        }
        if missing.is_empty() {
            self.mounted = self.claim_problems(cx.world).is_empty();
            self.mounting = None;
            return;
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
        let delay = self.mounting.map_or(FIRST, |mounting| mounting.delay);
        self.mounting = Some(Mounting { delay: (delay * 2).min(LONGEST), next_try: cx.world.now + delay });
    }

    /// The volumes whose claims cannot be used, each with the reason (desired_state_of_world_populator.go
    /// getPVCExtractPV).
    fn claim_problems(&self, world: &World) -> Vec<(&str, String)> {
        let problem = |(volume, key): (&Volume, ObjectKey)| {
            let why = match storage::claim(&world.store, &key) {
                None => {
                    let name = &key.name;
                    format!("failed to fetch PVC from API server: persistentvolumeclaims \"{name}\" not found")
                }
                Some(claim) if claim.metadata.deletion_timestamp.is_some() => "PVC is being deleted".to_owned(),
                Some(claim) if claim.status.as_ref().and_then(|it| it.phase.as_deref()) != Some("Bound") => {
                    "PVC is not bound".to_owned()
                }
                Some(claim) if volume.persistent_volume_claim.is_none() => return storage::foreign(&self.pod, claim),
                Some(_) => return None,
            };
            Some(format!("error processing PVC {}/{}: {why}", key.namespace, key.name))
        };
        let claims = storage::claims(&self.pod).filter(|(volume, _)| is_used(&self.pod, &volume.name));
        claims.filter_map(|(volume, key)| Some((volume.name.as_str(), problem((volume, key))?))).collect()
    }

    /// What a sync says that ends because claims cannot be used (volume_manager.go WaitForAttachAndMount, kubelet.go
    /// SyncPod).
    fn unusable_claims(&self, cx: &mut Cx) -> Option<String> {
        let problems = self.claim_problems(cx.world);
        let (volume, message) = problems.first()?;
        self.decide(cx, "", Reason::WaitsForVolume { volume: (*volume).into(), message: message.as_str().into() });
        let failed: Vec<&str> = problems.iter().map(|(name, _)| *name).collect();
        let namespace = self.pod.namespace();
        let waiting = used(&self.pod).filter(|volume| problem(volume, namespace, cx.world).is_some());
        let mut unmounted: Vec<&str> =
            waiting.map(|volume| volume.name.as_str()).chain(failed.iter().copied()).collect();
        collections::sort(&mut unmounted);
        let mut why: Vec<&str> = problems.iter().map(|(_, why)| why.as_str()).collect();
        collections::sort(&mut why);
        Some(format!(
            "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[], failed to process \
             volumes=[{}]: {}",
            unmounted.join(" "),
            failed.join(" "),
            why.join("; ")
        ))
    }
}

/// Whether any container mounts the volume or has it as a device; the kubelet passes over the others
/// (desired_state_of_world_populator.go processPodVolumes).
fn is_used(pod: &Pod, name: &str) -> bool {
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten();
    let of_ephemeral = ephemeral.map(|container| (&container.volume_mounts, &container.volume_devices));
    let plain = containers::in_order(&pod.spec).map(|container| (&container.volume_mounts, &container.volume_devices));
    plain.chain(of_ephemeral).any(|(mounts, devices)| {
        mounts.iter().flatten().any(|mount| mount.name == name) || devices.iter().flatten().any(|it| it.name == name)
    })
}

/// The volumes that containers use.
fn used(pod: &Pod) -> impl Iterator<Item = &Volume> {
    pod.spec.volumes.iter().flatten().filter(|volume| is_used(pod, &volume.name))
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
    if let Some(source) = &volume.csi {
        // No driver is installed that a Pod could mount by itself (kubernetes: volume/csi/csi_client.go).
        return Some(format!(
            "kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name {} not found in the list of \
             registered CSI drivers",
            source.driver
        ));
    }
    let sources = volume.projected.as_ref()?.sources.as_deref().unwrap_or_default();
    let of = |source: &VolumeProjection| {
        if let Some(map) = &source.config_map
            && map.name != "kube-root-ca.crt"
        {
            return config_map(&map.name, map.optional, map.items.as_deref(), namespace, world);
        }
        let of = source.secret.as_ref()?;
        secret(&of.name, of.optional, of.items.as_deref(), namespace, world)
    };
    // Every source is looked at (kubelet: volume/projected/projected.go collectData), each text is told once
    // (apimachinery: util/errors Aggregate).
    let mut problems: Vec<String> = Vec::new();
    for problem in sources.iter().filter_map(of) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    match problems.len() {
        0 | 1 => problems.pop(),
        _ => Some(format!("[{}]", problems.join(", "))),
    }
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
