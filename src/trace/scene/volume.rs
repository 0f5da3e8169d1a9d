//! The volumes of a Pod and who mounts them.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Volume, VolumeMount};

use super::place::Place;
use crate::api::quantity::Quantity;
use crate::api::{Pod, containers};
use crate::cluster::volume_keys;
use crate::trace::Origin;
use crate::trace::track::Track;

/// A volume and who mounts it.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeScene {
    /// Its name in the Pod.
    pub name: Rc<str>,
    /// Its kind, as the manifest's field is called (`emptyDir`, `configMap`).
    pub kind: &'static str,
    /// What it comes from (the ConfigMap's name, the host's path), or nothing.
    pub source: Rc<str>,
    /// The key under which its files are known ([`crate::cluster::volume_keys`]).
    pub disk: Rc<str>,
    /// How many bytes it may hold, where that is limited.
    pub limit: Option<u64>,
    /// Whether it lies in memory (`medium: Memory`).
    pub memory: bool,
    /// Who mounts it where, in the order of the containers.
    pub mounts: Vec<Mount>,
    /// What the kubelet said when it could not be mounted, while that is so.
    pub problem: Option<Rc<str>>,
    /// Where the manifest speaks of it.
    pub origin: Option<Origin>,
}

/// A volume seen from one container.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// The container.
    pub container: Rc<str>,
    /// The path in it.
    pub path: Rc<str>,
    /// The part of the volume it sees, or nothing for all of it.
    pub sub_path: Rc<str>,
    /// Whether it may only read.
    pub read_only: bool,
}

/// What the server adds to every Pod: not written in any manifest, and so not painted.
const TOKEN: &str = "kube-api-access-";

/// The volumes of a Pod in the order of its spec.
pub(super) fn build(pod: &Pod, track: &Track, place: &Place) -> Vec<VolumeScene> {
    let volumes = pod.spec.volumes.iter().flatten().enumerate();
    let written = volumes.filter(|(_, volume)| !volume.name.starts_with(TOKEN));
    let disks = volume_keys(pod);
    let scene = |(number, volume): (usize, &Volume)| {
        let (kind, source) = source(volume);
        let problem = track.volume_problem.as_ref().filter(|(name, _)| **name == *volume.name);
        let empty = volume.empty_dir.as_ref();
        let limit = empty.and_then(|source| Quantity::parse(&source.size_limit.as_ref()?.0).ok());
        let limit = limit.and_then(|limit| u64::try_from(limit.value()).ok());
        let disk = disks.iter().find(|(name, _)| *name == volume.name);
        VolumeScene {
            disk: disk.map(|(_, key)| key.clone()).unwrap_or_default(),
            limit: limit.filter(|limit| *limit > 0),
            memory: empty.is_some_and(|source| source.medium.as_deref() == Some("Memory")),
            name: volume.name.as_str().into(),
            kind,
            source: source.unwrap_or_default().into(),
            mounts: mounts(pod, &volume.name),
            problem: problem.map(|(_, message)| message.clone()),
            origin: Some(place.element("volumes", number)),
        }
    };
    written.map(scene).collect()
}

fn mounts(pod: &Pod, name: &str) -> Vec<Mount> {
    let containers = containers::in_order(&pod.spec);
    let plain = containers.map(|container| (&container.name, &container.volume_mounts));
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten();
    let all = plain.chain(ephemeral.map(|container| (&container.name, &container.volume_mounts)));
    let mount = |container: &str, mount: &VolumeMount| Mount {
        container: container.into(),
        path: mount.mount_path.as_str().into(),
        sub_path: mount.sub_path.as_deref().or(mount.sub_path_expr.as_deref()).unwrap_or_default().into(),
        read_only: mount.read_only.unwrap_or_default(),
    };
    let mut found = Vec::new();
    for (container, mounts) in all {
        found.extend(mounts.iter().flatten().filter(|it| it.name == name).map(|it| mount(container, it)));
    }
    found
}

/// The kind of a volume, as its field is called, and what it comes from.
fn source(volume: &Volume) -> (&'static str, Option<&str>) {
    if let Some(it) = &volume.config_map {
        return ("configMap", Some(&it.name));
    }
    if let Some(it) = &volume.secret {
        return ("secret", it.secret_name.as_deref());
    }
    if let Some(it) = &volume.persistent_volume_claim {
        return ("persistentVolumeClaim", Some(&it.claim_name));
    }
    if let Some(it) = &volume.host_path {
        return ("hostPath", Some(&it.path));
    }
    if let Some(it) = &volume.nfs {
        return ("nfs", Some(&it.server));
    }
    if let Some(it) = &volume.csi {
        return ("csi", Some(&it.driver));
    }
    if let Some(it) = &volume.image {
        return ("image", it.reference.as_deref());
    }
    match () {
        () if volume.projected.is_some() => ("projected", None),
        () if volume.downward_api.is_some() => ("downwardAPI", None),
        () if volume.ephemeral.is_some() => ("ephemeral", None),
        () if volume.empty_dir.is_some() => ("emptyDir", None),
        () => ("volume", None),
    }
}
