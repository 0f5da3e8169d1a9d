//! The rolling update of a DaemonSet (kubernetes: pkg/controller/daemon/update.go rollingUpdate).

use k8s_openapi::api::apps::v1::DaemonSetSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Daemon, Place, Sync};
use crate::api::int_or_string::scaled;
use crate::cluster::{ApiError, ObjectKey};

/// How many Pods there may be beside the old ones, and how many may be missing, of those on `wanted` nodes.
fn bounds(spec: &DaemonSetSpec, wanted: usize) -> (usize, usize) {
    let nodes = i32::try_from(wanted).unwrap_or(i32::MAX);
    let rolling = spec.update_strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
    let of = |value: Option<&IntOrString>, default: i32| {
        let count = value.map_or(Some(default), |value| scaled(value, nodes, true)).unwrap_or(default);
        usize::try_from(count).unwrap_or(0)
    };
    let surge = of(rolling.and_then(|rolling| rolling.max_surge.as_ref()), 0);
    let missing = of(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()), 1);
    (surge, if surge == 0 { missing.max(1) } else { missing })
}

fn rolls(spec: &DaemonSetSpec) -> bool {
    spec.update_strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) != Some("OnDelete")
}

/// Whether a new Pod may be made beside an old one (daemonset_util.go AllowsSurge).
pub(super) fn surges(spec: &DaemonSetSpec) -> bool {
    rolls(spec) && bounds(spec, 1).0 > 0
}

/// The new and the old Pod of one node, without those on their way out; none where there are several of one sort
/// (update.go findUpdatedPodsOnNode).
type Pair<'a> = Option<(Option<&'a Daemon>, Option<&'a Daemon>)>;

impl Sync<'_> {
    /// One step of it.
    pub(super) fn roll(&mut self) -> Result<(), ApiError> {
        if !rolls(&self.spec) {
            return Ok(());
        }
        let wanted = self.places.iter().filter(|place| place.should_run).count();
        let (surge, missing) = bounds(&self.spec, wanted);
        if surge > 0 { self.roll_by_surge(surge, wanted) } else { self.roll_in_place(missing) }
    }

    fn available(&self, daemon: &Daemon) -> bool {
        let now = self.world.timestamp().0;
        !daemon.member.deleting && daemon.member.available(self.spec.min_ready_seconds.unwrap_or(0), now)
    }

    fn is_new(&self, daemon: &Daemon) -> bool {
        daemon.hash == self.revision.hash
    }

    /// Old Pods that are not available go at once, others as long as not too many are missing.
    fn roll_in_place(&mut self, most: usize) -> Result<(), ApiError> {
        let mut missing = 0;
        let (mut broken, mut candidates): (Vec<ObjectKey>, Vec<ObjectKey>) = (Vec::new(), Vec::new());
        for (_, here) in self.occupied() {
            match self.pair(&here) {
                Some((Some(new), None)) => missing += usize::from(!self.available(new)),
                Some((None, Some(old))) if !self.available(old) => {
                    missing += 1;
                    broken.push(old.key.clone());
                }
                Some((None, Some(old))) => candidates.push(old.key.clone()),
                _ => missing += 1,
            }
        }
        let more = most.saturating_sub(missing);
        let surplus = broken.into_iter().chain(candidates.into_iter().take(more)).collect();
        self.bring(Vec::new(), surplus)
    }

    /// New Pods are made beside the old ones, which go when the new ones are available. Where a Pod is not to run any
    /// more, the old one goes as soon as it is not needed.
    fn roll_by_surge(&mut self, most: usize, wanted: usize) -> Result<(), ApiError> {
        let (mut surging, mut available) = (0, 0);
        let (mut surplus, mut displaced): (Vec<ObjectKey>, Vec<ObjectKey>) = (Vec::new(), Vec::new());
        let (mut at_once, mut candidates): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for (place, here) in self.occupied() {
            let Some((new, old)) = self.pair(&here) else {
                surging += 1;
                continue;
            };
            available += usize::from(old.or(new).is_some_and(|daemon| self.available(daemon)));
            match (new, old) {
                (_, None) => {}
                (None, Some(old)) => match (self.available(old), place.should_run) {
                    (false, false) => surplus.push(old.key.clone()),
                    (false, true) => at_once.push(place.name),
                    (true, false) => displaced.push(old.key.clone()),
                    (true, true) => candidates.push(place.name),
                },
                (Some(new), Some(old)) if self.available(new) => surplus.push(old.key.clone()),
                (Some(_), Some(_)) => surging += 1,
            }
        }
        surplus.extend(displaced.into_iter().take(available.saturating_sub(wanted)));
        at_once.extend(candidates.into_iter().take(most.saturating_sub(surging)));
        self.bring(at_once, surplus)
    }

    /// Of Pods side by side on one node those that have to go: the oldest new one stays, and beside it the oldest old
    /// one while that serves and the new one does not yet (daemon_controller.go podsShouldBeOnNode).
    pub(super) fn pruned(&self, running: &[Daemon]) -> Vec<ObjectKey> {
        let new = running.iter().find(|daemon| self.is_new(daemon));
        let old = running.iter().find(|daemon| !self.is_new(daemon));
        let replaced = old.filter(|old| new.is_some_and(|new| old.member.ready.is_none() || self.available(new)));
        let kept = |daemon: &&Daemon| {
            [new, old.filter(|_| replaced.is_none())].into_iter().flatten().any(|kept| kept.key == daemon.key)
        };
        running.iter().filter(|daemon| !kept(daemon)).map(|daemon| daemon.key.clone()).collect()
    }

    fn pair<'a>(&self, here: &'a [Daemon]) -> Pair<'a> {
        let staying = || here.iter().filter(|daemon| !daemon.member.deleting);
        let mut new = staying().filter(|daemon| self.is_new(daemon));
        let mut old = staying().filter(|daemon| !self.is_new(daemon));
        let pair = (new.next(), old.next());
        (new.next().is_none() && old.next().is_none()).then_some(pair)
    }

    /// The nodes that should have a Pod, and those that have one all the same, with what they have.
    fn occupied(&self) -> Vec<(Place, Vec<Daemon>)> {
        let mut daemons = self.daemons();
        let places = self.places.iter().cloned();
        places
            .map(|place| {
                let here = daemons.remove(&place.name).unwrap_or_default();
                (place, here)
            })
            .filter(|(place, here)| place.should_run || !here.is_empty())
            .collect()
    }
}
