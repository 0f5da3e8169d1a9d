//! Which Pods go first when there are too many (kubernetes: controller_utils.go ActivePodsWithRanks).

use collections::Map as BTreeMap;
use std::cmp::Ordering;
use std::rc::Rc;

use k8s_openapi::jiff::Timestamp;

use super::super::family::{Family, Member, Phase};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Time};

/// Active Pods by node.
pub(super) type OnNode = BTreeMap<Rc<str>, usize>;

/// The `count` Pods that are given up first, in that order.
pub(super) fn victims(family: &Family, count: usize, on_node: &OnNode, now: Time, world: &World) -> Vec<ObjectKey> {
    let mut active: Vec<(&ObjectKey, &Member)> = family.members.iter().filter(|(_, member)| member.active()).collect();
    if count < active.len() {
        let now = now.to_timestamp(world.config.epoch);
        let order = |a: &(&ObjectKey, &Member), b: &(&ObjectKey, &Member)| first_to_go(a.1, b.1, on_node, now);
        if count > 0 {
            active.select_nth_unstable_by(count - 1, order);
        }
        active.truncate(count);
        collections::sort_by(&mut active, order);
    }
    active.into_iter().map(|(key, _)| key.clone()).collect()
}

/// `Less` where `a` goes before `b`.
pub(in super::super) fn first_to_go(a: &Member, b: &Member, on_node: &OnNode, now: Timestamp) -> Ordering {
    let crowd = |member: &Member| member.node.as_ref().and_then(|node| on_node.get(node)).copied().unwrap_or(0);
    let kind = |member: &Member| match member.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        Phase::Running | Phase::Terminal => 2,
    };
    a.node
        .is_some()
        .cmp(&b.node.is_some())
        .then_with(|| kind(a).cmp(&kind(b)))
        .then_with(|| a.ready.is_some().cmp(&b.ready.is_some()))
        .then_with(|| a.deletion_cost.cmp(&b.deletion_cost))
        .then_with(|| crowd(b).cmp(&crowd(a)))
        .then_with(|| match (a.ready, b.ready) {
            (Some(a_since), Some(b_since)) => by_age(a_since, b_since, now, a, b),
            _ => Ordering::Equal,
        })
        .then_with(|| b.restarts.0.cmp(&a.restarts.0))
        .then_with(|| b.restarts.1.cmp(&a.restarts.1))
        .then_with(|| by_age(a.created, b.created, now, a, b))
}

/// The younger goes first, but ages are compared by their order of magnitude only; of equally old ones the smaller uid
/// goes (LogarithmicScaleDown).
fn by_age(a: Timestamp, b: Timestamp, now: Timestamp, first: &Member, second: &Member) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let magnitude = |since: Timestamp| {
        let age = now.as_nanosecond().saturating_sub(since.as_nanosecond());
        u64::try_from(age).ok().and_then(u64::checked_ilog2).map_or(-1, i64::from)
    };
    magnitude(a).cmp(&magnitude(b)).then_with(|| first.uid.cmp(&second.uid))
}
