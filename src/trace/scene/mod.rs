//! The picture of the cluster at one instant, as data: what the stage paints and what its table reads out.
//!
//! A scene speaks of instants ([`Time`]), never of "now": a Pod's picture changes only when something happens to
//! it, so unchanged Pods are shared between scenes (compare them with [`Rc::ptr_eq`]) and rings and ages are
//! computed by the painter from the playhead.

mod autoscaler;
pub(super) mod build;
mod container;
mod network;
mod owner;
pub(super) mod place;
mod pod;
mod volume;
mod work;

use std::rc::Rc;

pub use autoscaler::{AutoscalerScene, autoscalers};
pub use build::{Stage, scene};
pub(super) use container::waits_for;
pub use container::{
    Beat, ContainerScene, HookScene, PastScene, Port, ProbeScene, PullScene, Role, SignalScene, StopScene, Timer,
    TimerKind,
};
pub use network::{LINGERS, OutsideScene, RECEIVED, Received};
pub use owner::{NodeScene, OwnerScene};
pub use pod::{ConditionScene, PodScene, Termination};
pub use volume::{Mount, VolumeScene};
pub use work::WorkScene;

use super::crowd::{Tally, counted};
use crate::cluster::{Flow, ObjectKey, Time};

/// The whole picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The instant it shows.
    pub at: Time,
    /// The owners that nobody owns (Deployments, Jobs …), each with what it owns.
    pub owners: Vec<OwnerScene>,
    /// The nodes, by name.
    pub nodes: Vec<NodeScene>,
    /// The pictures of Pods, by namespace and name: of every Pod, or where there are [`MANY`] of the chosen one and
    /// the one most worth explaining.
    pub pods: Vec<Rc<PodScene>>,
    /// What flows, in the order it left: what is under way, and what has been within the last [`LINGERS`]. How far each
    /// has come follows from its instants.
    pub flows: Vec<Rc<Flow>>,
    /// The hosts outside of the cluster that something was sent to, by name.
    pub outside: Vec<OutsideScene>,
    /// The Pod that was gone last, and when, where nothing is left and nobody makes one.
    pub departed: Option<(ObjectKey, Time)>,
    /// How many Pods look how, whether they have a picture or not.
    pub tally: Tally,
}

/// From how many Pods on they have no pictures of their own in a scene seen from afar.
pub const MANY: usize = 41;

impl Scene {
    /// How many Pods there are.
    pub fn count(&self) -> usize {
        counted(&self.tally)
    }

    /// Whether Pods without a picture are there too.
    pub fn afar(&self) -> bool {
        self.count() > self.pods.len()
    }

    /// The Pod of `key`.
    pub fn pod(&self, key: &ObjectKey) -> Option<&Rc<PodScene>> {
        let place = self.pods.binary_search_by(|pod| pod.key.cmp(key)).ok()?;
        self.pods.get(place)
    }
}
