//! Which Pods go first when there are too many (kubernetes: controller_utils.go ActivePodsWithRanks).

use collections::Map as BTreeMap;
use std::cmp::{Ordering, Reverse};
use std::rc::Rc;

use k8s_openapi::jiff::Timestamp;

use super::super::family::{Family, Member, Phase};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Time};

/// Active Pods by node.
pub(super) type OnNode = BTreeMap<Rc<str>, usize>;

/// The `count` Pods that are given up first, in that order.
pub(super) fn victims(family: &Family, count: usize, on_node: &OnNode, now: Time, world: &World) -> Vec<ObjectKey> {
    let active = family.members.iter().filter(|(_, member)| member.active());
    if count >= usize::try_from(family.totals.active).unwrap_or(0) {
        return active.map(|(key, _)| key.clone()).collect();
    }
    let now = now.to_timestamp(world.config.epoch);
    let mut ranked: Vec<(Rank<'_>, &ObjectKey)> =
        active.map(|(key, member)| (Rank::of(member, on_node, now), key)).collect();
    if count > 0 && count <= ranked.len() {
        ranked.select_nth_unstable(count - 1);
    }
    ranked.truncate(count);
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, key)| key.clone()).collect()
}

/// What decides which Pod goes first: the smaller one. The uid comes last, so that no two are alike.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank<'a> {
    bound: bool,
    kind: u8,
    ready: bool,
    deletion_cost: i32,
    crowd: Reverse<usize>,
    ready_for: Option<i64>,
    restarts: Reverse<(i32, i32)>,
    age: i64,
    uid: &'a str,
}

impl<'a> Rank<'a> {
    fn of(member: &'a Member, on_node: &OnNode, now: Timestamp) -> Self {
        Self {
            bound: member.node.is_some(),
            kind: match member.phase {
                Phase::Pending => 0,
                Phase::Unknown => 1,
                Phase::Running | Phase::Terminal => 2,
            },
            ready: member.ready.is_some(),
            deletion_cost: member.deletion_cost,
            crowd: Reverse(member.node.as_ref().and_then(|node| on_node.get(node)).copied().unwrap_or(0)),
            ready_for: member.ready.map(|since| magnitude(since, now)),
            restarts: Reverse(member.restarts),
            age: magnitude(member.created, now),
            uid: &member.uid,
        }
    }
}

/// `Less` where `a` goes before `b`. The real comparison takes the uid as soon as two times of one order of magnitude
/// differ, and so is no order of all Pods: which of three goes first may depend on where one begins. Here uids come last.
pub(in super::super) fn first_to_go(a: &Member, b: &Member, on_node: &OnNode, now: Timestamp) -> Ordering {
    Rank::of(a, on_node, now).cmp(&Rank::of(b, on_node, now))
}

/// The order of magnitude of an age: the younger go first, but ages are compared by it only (LogarithmicScaleDown).
fn magnitude(since: Timestamp, now: Timestamp) -> i64 {
    let age = now.as_nanosecond().saturating_sub(since.as_nanosecond());
    u64::try_from(age).ok().and_then(u64::checked_ilog2).map_or(-1, i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_pods_can_be_put_in_order() {
        let mut seed = 7_u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        let second = |second: u64| Timestamp::constant(second as i64, 0);
        let mut members: Vec<Member> = (0..500)
            .map(|_| Member {
                uid: format!("{:08x}", draw(1 << 32)).into(),
                phase: Phase::Running,
                deleting: false,
                node: Some("node-1".into()),
                ready: (draw(4) > 0).then(|| second(100 + draw(8))),
                created: second(90 + draw(8)),
                deletion_cost: 0,
                restarts: (draw(2) as i32, 0),
            })
            .collect();
        let (nowhere, now) = (OnNode::new(), second(130));
        collections::sort_by(&mut members, |a, b| first_to_go(a, b, &nowhere, now));
        for (at, first) in members.iter().enumerate() {
            assert!(members[at..].iter().all(|later| first_to_go(first, later, &nowhere, now).is_le()));
        }
    }
}
