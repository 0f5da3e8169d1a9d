//! Which of the nodes that can take a Pod is the best: the emptiest and most balanced one, other things being equal
//! (scheduler: framework/plugins, default weights of 1.36).

use collections::Map as BTreeMap;

use super::claim::Claim;
use super::node_terms::{node_term, tolerates};
use super::nodes::NodeInfo;
use super::pod_affinity::Place;
use crate::api::Pod;
use crate::api::quantity::Quantity;
use crate::cluster::Rng;

/// What a node scores by itself, before the nodes are compared with one another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Marks {
    /// How empty it stays and how evenly it is used: out of two hundred, and weighed already.
    room: i64,
    /// The softer taints that are not tolerated.
    intolerable: i64,
    /// The weights of the preferred node affinity terms that it meets.
    preferred: i64,
    /// The Pods of the same owner.
    siblings: i64,
}

impl Marks {
    /// The marks of the node `name` for `pod`, which takes `claim` of it.
    pub fn of(pod: &Pod, claim: &Claim, name: &str, node: &NodeInfo) -> Self {
        let own = |name: &str| claim.requests.get(name).copied().unwrap_or_default();
        let own = (own("cpu"), own("memory"));
        // A Pod that requests neither does not change how evenly they are used.
        let weighs = !(own.0.is_zero() && own.1.is_zero());
        Self {
            room: least_allocated(claim, node) + if weighs { balanced(own, node) } else { 0 },
            intolerable: intolerable(pod, node),
            preferred: preferred(pod, name, node),
            siblings: siblings(claim, node),
        }
    }

    /// The larger one of each mark.
    fn most(self, other: Self) -> Self {
        Self {
            room: self.room.max(other.room),
            intolerable: self.intolerable.max(other.intolerable),
            preferred: self.preferred.max(other.preferred),
            siblings: self.siblings.max(other.siblings),
        }
    }

    /// Makes so many Pods count in place of those of the same owner; as many on every node are as good as none.
    pub fn set_siblings(&mut self, count: i64) {
        self.siblings = count;
    }
}

/// What each of the candidates scores for how much the Pod, and the Pods that are there, prefer its places.
pub(super) fn of_wishes(wishes: &BTreeMap<Place, i64>, candidates: &[(&str, &NodeInfo)]) -> Vec<i64> {
    let wish = |node: &NodeInfo| {
        wishes.iter().filter(|((key, value), _)| node.labels.get(key) == Some(value)).map(|(_, sum)| sum).sum()
    };
    let raw: Vec<i64> = candidates.iter().map(|(_, node)| wish(node)).collect();
    let least = raw.iter().min().copied().unwrap_or(0);
    let most = raw.iter().max().map_or(0, |most| most - least);
    raw.into_iter().map(|score| normalised(score - least, most, false)).collect()
}

/// The best of the candidates by their marks and by what they score `for_company`; of equally good ones a random one, as
/// in the real scheduler.
pub(super) fn best<'a>(
    candidates: impl Iterator<Item = (&'a str, Marks)> + Clone,
    for_company: &[i64],
    rng: &mut Rng,
) -> Option<&'a str> {
    let most = candidates.clone().map(|(_, marks)| marks).reduce(Marks::most)?;
    let company = for_company.iter().copied().chain(std::iter::repeat(0));
    let mut top = i64::MIN;
    let mut winners = Vec::new();
    for ((name, marks), company) in candidates.zip(company) {
        let total = marks.room
            + 3 * normalised(marks.intolerable, most.intolerable, true)
            + 2 * normalised(marks.preferred, most.preferred, false)
            + 2 * normalised(marks.siblings, most.siblings, true)
            + 2 * company;
        if total > top {
            top = total;
            winners.clear();
        }
        if total == top {
            winners.push(name);
        }
    }
    let pick = if winners.len() > 1 { rng.below(winners.len() as u64) as usize } else { 0 };
    winners.get(pick).copied()
}

/// Brought to 0 … 100 by the largest (scheduler: helper/normalize_score.go).
fn normalised(score: i64, most: i64, reverse: bool) -> i64 {
    match (most, reverse) {
        (0, true) => 100,
        (0, false) => 0,
        (_, true) => 100 - score.saturating_mul(100) / most,
        (_, false) => score.saturating_mul(100) / most,
    }
}

/// The mean share that stays free, in hundredths (plugins/noderesources/least_allocated.go).
fn least_allocated(claim: &Claim, node: &NodeInfo) -> i64 {
    let (cpu, memory) = node.room;
    let free = |whole: i64, used: i64, asked: i64| {
        let used = used.saturating_add(asked);
        if whole <= 0 || used > whole {
            return 0;
        }
        match (whole - used).checked_mul(100) {
            Some(free) => free / whole,
            None => ((i128::from(whole - used) * 100) / i128::from(whole)) as i64,
        }
    };
    (free(cpu, node.load.0, claim.load.0) + free(memory, node.load.1, claim.load.1)) / 2
}

/// How much more evenly CPU and memory are used with the Pod than without it: 75 where it makes no difference
/// (plugins/noderesources/balanced_allocation.go balancedResourceScorer, 1.36).
fn balanced(own: (Quantity, Quantity), node: &NodeInfo) -> i64 {
    let gained = evenness(own, node) - evenness((Quantity::default(), Quantity::default()), node);
    50 + (50 + gained) / 2
}

/// How evenly CPU and memory are used once so much more of them is requested
/// (plugins/noderesources/balanced_allocation.go balancedResourceScore).
fn evenness((own_cpu, own_memory): (Quantity, Quantity), node: &NodeInfo) -> i64 {
    let used = |name: &str| node.requested.of(name);
    let share = |used: i64, whole: i64| if whole <= 0 { 1.0 } else { (used as f64 / whole as f64).min(1.0) };
    let cpu = share((used("cpu") + own_cpu).milli_value(), node.room.0);
    let memory = share((used("memory") + own_memory).value(), node.room.1);
    let deviation = (cpu - memory).abs() / 2.0;
    ((1.0 - deviation) * 100.0) as i64
}

/// How many taints of the softer kind are not tolerated.
fn intolerable(pod: &Pod, node: &NodeInfo) -> i64 {
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    let soft = node.taints.iter().filter(|taint| taint.effect == "PreferNoSchedule");
    soft.filter(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint))).count() as i64
}

/// The weights of the preferred node affinity terms that the node meets.
fn preferred(pod: &Pod, name: &str, node: &NodeInfo) -> i64 {
    let affinity = pod.spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let terms = affinity.and_then(|it| it.preferred_during_scheduling_ignored_during_execution.as_deref());
    let met = terms.into_iter().flatten().filter(|term| node_term(&term.preference, name, &node.labels));
    met.map(|term| i64::from(term.weight)).sum()
}

/// How many Pods of the same owner are there already: without constraints of its own the Pods of one owner are spread
/// over the hosts (plugins/podtopologyspread: system defaults).
fn siblings(claim: &Claim, node: &NodeInfo) -> i64 {
    let count = claim.owner.as_ref().and_then(|owner| node.owners.get(owner)).copied().unwrap_or(0);
    i64::try_from(count).unwrap_or(i64::MAX)
}
