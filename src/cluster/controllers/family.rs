//! The Pods of each owner, boiled down to what controllers decide by, with running totals: a look at ten thousand
//! Pods costs no more than a look at ten.

use collections::{Listed, Map as BTreeMap};
use std::rc::Rc;

use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use k8s_openapi::{Items, Text};

use crate::api::{Pod, containers, controller_of};
use crate::cluster::ObjectKey;

/// The annotation by which a person says which Pods are cheap to lose.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The phase of a Pod, in the order in which Pods are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Pending,
    Unknown,
    Running,
    /// Succeeded or failed: it is over.
    Terminal,
}

/// What matters about one Pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub uid: Rc<str>,
    pub phase: Phase,
    pub deleting: bool,
    pub node: Option<Rc<str>>,
    /// Since when it is Ready.
    pub ready: Option<Timestamp>,
    pub created: Timestamp,
    pub deletion_cost: i32,
    /// The most restarts of an app container, and of a sidecar.
    pub restarts: (i32, i32),
}

/// The condition `type_` of a Pod.
pub(super) fn condition<'a>(pod: &'a Pod, type_: &str) -> Option<&'a PodCondition> {
    pod.status.conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

impl Member {
    /// What matters about `pod`.
    pub fn of(pod: &Pod) -> Self {
        let ready = condition(pod, "Ready").filter(|condition| condition.status == "True");
        let since =
            ready.map(|condition| condition.last_transition_time.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0));
        let most = |statuses: &Option<Items<ContainerStatus>>| {
            statuses.iter().flatten().map(|status| status.restart_count).max().unwrap_or(0)
        };
        let sidecar = |status: &&ContainerStatus| containers::has_sidecar(&pod.spec, &status.name);
        let sidecars = pod.status.init_container_statuses.iter().flatten().filter(sidecar);
        let annotations = pod.metadata.annotations.as_ref();
        let cost =
            annotations.and_then(|annotations| annotations.get(DELETION_COST)).and_then(|text| text.parse().ok());
        Member {
            uid: pod.shared_uid(),
            phase: match pod.status.phase.as_deref() {
                Some("Running") => Phase::Running,
                Some("Succeeded" | "Failed") => Phase::Terminal,
                Some("Unknown") => Phase::Unknown,
                _ => Phase::Pending,
            },
            deleting: pod.metadata.deletion_timestamp.is_some(),
            node: pod.spec.node_name.as_ref().filter(|name| !name.is_empty()).map(Text::to_shared),
            ready: since,
            created: pod.metadata.creation_timestamp.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0),
            deletion_cost: cost.unwrap_or(0),
            restarts: (
                most(&pod.status.container_statuses),
                sidecars.map(|status| status.restart_count).max().unwrap_or(0),
            ),
        }
    }

    /// The controller of a Pod: of the first of the two states that has one.
    pub fn owner<'a>(changed: Option<&'a Pod>, now: Option<&'a Pod>) -> Option<&'a OwnerReference> {
        now.or(changed).and_then(|pod| controller_of(&pod.metadata))
    }

    /// Whether the owner of `uid` controls `pod`.
    pub fn belongs(pod: &Pod, uid: &str) -> bool {
        controller_of(&pod.metadata).is_some_and(|owner| owner.uid == uid)
    }

    /// Whether it counts as a replica: not over, and not on its way out.
    pub fn active(&self) -> bool {
        self.phase != Phase::Terminal && !self.deleting
    }

    /// Whether it is on its way out.
    pub fn terminating(&self) -> bool {
        self.phase != Phase::Terminal && self.deleting
    }

    /// Whether the other one adds the same to the totals of its family.
    fn counts_as(&self, other: &Self) -> bool {
        let weight = |it: &Self| (it.active(), it.terminating(), it.ready.is_some());
        weight(self) == weight(other) && self.node == other.node
    }

    /// Whether it has been Ready for `min_ready` seconds at `now` (podutil.IsPodAvailable).
    pub fn available(&self, min_ready: i32, now: Timestamp) -> bool {
        self.ready.is_some_and(|since| {
            min_ready <= 0 || now.as_second().saturating_sub(since.as_second()) >= i64::from(min_ready)
        })
    }
}

/// When the next of `members` will have been Ready for `min_ready` seconds (controller_utils.go
/// FindMinNextPodAvailabilityCheck).
pub(super) fn next_available<'a>(
    members: impl Iterator<Item = &'a Member>,
    min_ready: i32,
    now: Timestamp,
) -> Option<Timestamp> {
    if min_ready <= 0 {
        return None;
    }
    let waiting = members.filter(|member| member.active() && !member.available(min_ready, now));
    // The API knows whole seconds: by them it is counted.
    let next = waiting.filter_map(|member| member.ready).min()?;
    Timestamp::from_second(next.as_second()).ok()?.checked_add(SignedDuration::from_secs(i64::from(min_ready))).ok()
}

/// The totals of one family.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub active: i32,
    pub ready: i32,
    pub terminating: i32,
}

/// The Pods of one owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Family {
    pub members: Listed<ObjectKey, Member>,
    pub totals: Totals,
    /// How many active ones are on each node.
    pub on_node: BTreeMap<Rc<str>, usize>,
    /// Whether labels changed, so that some may no longer belong.
    relabelled: bool,
}

impl Family {
    fn count(&mut self, member: &Member, by: i32) {
        if member.active() {
            self.totals.active += by;
            self.totals.ready += if member.ready.is_some() { by } else { 0 };
            if let Some(node) = &member.node {
                let count = self.on_node.entry(node.clone()).or_default();
                *count = if by > 0 { *count + 1 } else { count.saturating_sub(1) };
            }
        } else if member.terminating() {
            self.totals.terminating += by;
        }
    }

    /// How many active Pods are available at `now`.
    pub fn available(&self, min_ready: i32, now: Timestamp) -> i32 {
        if min_ready <= 0 {
            return self.totals.ready;
        }
        let available = |member: &&Member| member.active() && member.available(min_ready, now);
        i32::try_from(self.members.values().filter(available).count()).unwrap_or(i32::MAX)
    }
}

/// The families by the uid of their owner.
#[derive(Clone, Debug, Default)]
pub(super) struct Families(BTreeMap<Rc<str>, Family>);

impl Families {
    /// The family of the owner of `uid`.
    pub fn get(&self, uid: &str) -> Option<&Family> {
        self.0.get(uid)
    }

    /// How many Pods the owner of `uid` has, those that are over included.
    pub fn len(&self, uid: &str) -> usize {
        self.0.get(uid).map_or(0, |family| family.members.len())
    }

    /// Takes in what a Pod is now; `None` where it is gone or belongs to another.
    pub fn set(&mut self, uid: &str, key: &ObjectKey, member: Option<Member>) {
        let family = match self.0.get_mut(uid) {
            Some(family) => family,
            None if member.is_none() => return,
            None => self.0.entry(uid.into()).or_default(),
        };
        match (family.members.get_mut(key), member) {
            (Some(old), Some(member)) if *old == member => return,
            (Some(old), Some(member)) if old.counts_as(&member) => *old = member,
            (_, Some(member)) => {
                family.count(&member, 1);
                if let Some(old) = family.members.insert(key.clone(), member) {
                    family.count(&old, -1);
                }
            }
            (_, None) => {
                if let Some(old) = family.members.remove(key) {
                    family.count(&old, -1);
                }
            }
        }
        if family.members.is_empty() {
            self.0.remove(uid);
        }
    }

    /// The labels of some Pod of the owner changed.
    pub fn look_at_labels(&mut self, uid: &str) {
        if let Some(family) = self.0.get_mut(uid) {
            family.relabelled = true;
        }
    }

    /// Whether labels changed since this was last asked.
    pub fn were_relabelled(&mut self, uid: &str) -> bool {
        self.0.get_mut(uid).is_some_and(|family| std::mem::take(&mut family.relabelled))
    }

    /// Forgets the family of an owner that is gone.
    pub fn forget(&mut self, uid: &str) {
        self.0.remove(uid);
    }
}
