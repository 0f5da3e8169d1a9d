//! The rolling update of a DaemonSet (kubernetes: pkg/controller/daemon/update.go rollingUpdate).

use k8s_openapi::api::apps::v1::DaemonSetSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Daemon, Sync, placement};
use crate::api::int_or_string::scaled;
use crate::cluster::{ApiError, ObjectKey};

/// How many Pods there may be beside the old ones, and how many may be missing.
pub(super) fn bounds(spec: &DaemonSetSpec, nodes: usize) -> (usize, usize) {
    let nodes = i32::try_from(nodes).unwrap_or(i32::MAX);
    let rolling = spec.update_strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
    let of = |value: Option<&IntOrString>, default: i32| {
        let count = value.map_or(Some(default), |value| scaled(value, nodes, true)).unwrap_or(default);
        usize::try_from(count).unwrap_or(0)
    };
    let surge = of(rolling.and_then(|rolling| rolling.max_surge.as_ref()), 0);
    let missing = of(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()), 1);
    (surge, if surge == 0 { missing.max(1) } else { missing })
}

impl Sync<'_> {
    /// One step of it.
    pub(super) fn roll(&mut self) -> Result<(), ApiError> {
        let strategy = self.spec.update_strategy.as_ref().and_then(|strategy| strategy.type_.as_deref());
        if strategy == Some("OnDelete") {
            return Ok(());
        }
        let (surge, missing) = bounds(&self.spec, self.nodes.len());
        if surge > 0 { self.roll_by_surge(surge) } else { self.roll_in_place(missing) }
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
        let daemons = self.daemons();
        let mut missing = 0;
        let (mut broken, mut candidates): (Vec<ObjectKey>, Vec<ObjectKey>) = (Vec::new(), Vec::new());
        for (_, here) in self.wanted_nodes(&daemons) {
            let new = here.iter().find(|daemon| self.is_new(daemon) && !daemon.member.deleting);
            let old = here.iter().find(|daemon| !self.is_new(daemon));
            match (new, old) {
                (Some(new), None) => missing += usize::from(!self.available(new)),
                (None, Some(old)) if !self.available(old) => {
                    missing += 1;
                    broken.extend(Some(old.key.clone()).filter(|_| !old.member.deleting));
                }
                (None, Some(old)) => candidates.push(old.key.clone()),
                _ => missing += 1,
            }
        }
        let more = most.saturating_sub(missing);
        for key in broken.into_iter().chain(candidates.into_iter().take(more)) {
            self.delete(&key);
        }
        Ok(())
    }

    /// New Pods are made beside the old ones, which go when the new ones are available.
    fn roll_by_surge(&mut self, most: usize) -> Result<(), ApiError> {
        let daemons = self.daemons();
        let mut surging = 0;
        let (mut replaced, mut candidates): (Vec<ObjectKey>, Vec<String>) = (Vec::new(), Vec::new());
        let (mut at_once, mut made): (Vec<String>, usize) = (Vec::new(), 0);
        for (node, here) in self.wanted_nodes(&daemons) {
            let new = here.iter().find(|daemon| self.is_new(daemon) && !daemon.member.deleting);
            let old = here.iter().find(|daemon| !self.is_new(daemon) && !daemon.member.deleting);
            match (new, old) {
                (Some(new), Some(old)) if self.available(new) => replaced.push(old.key.clone()),
                (Some(_), Some(_)) => surging += 1,
                (None, Some(old)) if !self.available(old) => at_once.push(node),
                (None, Some(_)) => candidates.push(node),
                _ => {}
            }
        }
        for key in replaced {
            self.delete(&key);
        }
        for node in at_once.into_iter().chain(candidates) {
            if surging + made >= most {
                break;
            }
            self.create(&node)?;
            made += 1;
        }
        Ok(())
    }

    /// The nodes that should have a Pod, with what they have.
    fn wanted_nodes(&self, daemons: &collections::Map<String, Vec<Daemon>>) -> Vec<(String, Vec<Daemon>)> {
        let nodes = self.nodes.iter().filter(|node| placement::allows(&self.spec.template, node).0);
        nodes
            .map(|node| {
                let name = node.metadata.name.clone().unwrap_or_default();
                let here = daemons.get(name.as_str()).cloned().unwrap_or_default();
                (name.into(), here)
            })
            .collect()
    }
}
