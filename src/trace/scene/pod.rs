//! The picture of one Pod.

use std::rc::Rc;

use super::{ContainerScene, Role};
use crate::cluster::{ObjectKey, Time};
use crate::trace::{Origin, Tone};

/// A Pod: its containers in order, what they share, and how it fares as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct PodScene {
    /// Its name and namespace.
    pub key: ObjectKey,
    /// Its uid: another Pod of the same name later is another one.
    pub uid: Rc<str>,
    /// What `kubectl get pods` says under STATUS (`Init:0/2`, `CrashLoopBackOff`, `Terminating`).
    pub word: Rc<str>,
    /// What that looks like.
    pub tone: Tone,
    /// The phase (`Pending`, `Running`, `Succeeded`, `Failed`).
    pub phase: Rc<str>,
    /// The reason of the status, where there is one (`Evicted`, `DeadlineExceeded`).
    pub reason: Option<Rc<str>>,
    /// The message of the status, where there is one.
    pub message: Option<Rc<str>>,
    /// How many containers are ready, as `kubectl get pods` counts.
    pub ready: u32,
    /// Of how many.
    pub total: u32,
    /// How many restarts `kubectl get pods` counts.
    pub restarts: i32,
    /// When the newest of them happened.
    pub last_restart: Option<Time>,
    /// The node it is bound to.
    pub node: Option<Rc<str>>,
    /// Its address.
    pub ip: Option<Rc<str>>,
    /// When it was created.
    pub created: Time,
    /// The object that owns it and counts it among its own.
    pub owner: Option<ObjectKey>,
    /// Its conditions, in the status' order.
    pub conditions: Vec<ConditionScene>,
    /// The entries of `initContainers` in order: steps of the chain ([`Role::Init`]) and native sidecars
    /// ([`Role::Sidecar`], painted as rails beside it).
    pub init: Vec<ContainerScene>,
    /// The entries of `containers`.
    pub apps: Vec<ContainerScene>,
    /// The entries of `ephemeralContainers`.
    pub ephemeral: Vec<ContainerScene>,
    /// The volumes that containers mount.
    pub volumes: Vec<VolumeScene>,
    /// How its end goes, once its deletion has been asked for.
    pub termination: Option<Termination>,
    /// Where the manifest speaks of it.
    pub origin: Option<Origin>,
}

impl PodScene {
    /// Every container: the init list, the apps, then the ephemeral ones.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerScene> {
        self.init.iter().chain(&self.apps).chain(&self.ephemeral)
    }

    /// The container `name`.
    pub fn container(&self, name: &str) -> Option<&ContainerScene> {
        self.containers().find(|container| &*container.name == name)
    }

    /// The sidecars, in order.
    pub fn sidecars(&self) -> impl Iterator<Item = &ContainerScene> {
        self.init.iter().filter(|container| container.role == Role::Sidecar)
    }
}

/// One condition of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionScene {
    /// The type (`Ready`).
    pub name: Rc<str>,
    /// `True`, `False` or `Unknown`.
    pub status: Rc<str>,
    /// The reason, or nothing.
    pub reason: Rc<str>,
    /// The message, or nothing.
    pub message: Rc<str>,
    /// Since when it has this status.
    pub since: Time,
}

/// A volume and who mounts it.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeScene {
    /// Its name in the Pod.
    pub name: Rc<str>,
    /// Its kind, as the manifest's field is called (`emptyDir`, `configMap`).
    pub kind: &'static str,
    /// What it comes from (the ConfigMap's name, the host's path), or nothing.
    pub source: Rc<str>,
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

/// The end of a Pod that is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Termination {
    /// When its deletion was asked for.
    pub since: Time,
    /// How many seconds of grace it has.
    pub grace_seconds: i64,
    /// When the grace runs out and what still runs is killed.
    pub until: Time,
}
