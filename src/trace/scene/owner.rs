//! What stands around Pods: the objects that own them and the nodes they run on.

use std::rc::Rc;

use crate::cluster::{ObjectKey, Time};
use crate::trace::Tone;

/// An object that keeps Pods, or keeps others that do (a Deployment its ReplicaSets).
#[derive(Clone, Debug, PartialEq)]
pub struct OwnerScene {
    /// Which object.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: Rc<str>,
    /// Its state in one word (`Available`, `Progressing`, `Complete`, `Scaled down`).
    pub word: Rc<str>,
    /// What that looks like.
    pub tone: Tone,
    /// How many Pods it wants.
    pub desired: i32,
    /// How many Pods it has.
    pub current: i32,
    /// How many of them are ready.
    pub ready: i32,
    /// How many are of its newest template, where it tells (Deployment, StatefulSet, DaemonSet).
    pub updated: Option<i32>,
    /// How many have been ready long enough, where it tells.
    pub available: Option<i32>,
    /// Its revision, where it has one.
    pub revision: Option<Rc<str>>,
    /// When it was created.
    pub created: Time,
    /// When its deletion was asked for.
    pub deleted: Option<Time>,
    /// The owners it owns, newest first.
    pub owners: Vec<OwnerScene>,
    /// The Pods it owns itself, by name.
    pub pods: Vec<ObjectKey>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeScene {
    /// Its name.
    pub name: Rc<str>,
    /// Its state in one word, as `kubectl get nodes` says it (`Ready`, `NotReady,SchedulingDisabled`).
    pub word: Rc<str>,
    /// What that looks like.
    pub tone: Tone,
    /// Allocatable CPU, millicores.
    pub cpu_millis: u64,
    /// Allocatable memory, bytes.
    pub memory: u64,
    /// How many Pods it takes.
    pub max_pods: u64,
    /// The Pods bound to it, by namespace and name.
    pub pods: Vec<ObjectKey>,
}
