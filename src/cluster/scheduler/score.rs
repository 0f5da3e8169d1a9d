//! Which of the nodes that can take a Pod is the best: the emptiest and most balanced one, other things being equal
//! (scheduler: framework/plugins, default weights of 1.36).

use super::claim::Claim;
use super::filter::{node_term, tolerates};
use super::nodes::{NodeInfo, Nodes};
use super::{pod_affinity, spread};
use crate::api::Pod;
use crate::api::quantity::Quantity;
use crate::cluster::{Rng, Store};

/// The best of `candidates`; of equally good ones a random one, as in the real scheduler.
pub(super) fn best<'a>(
    pod: &Pod,
    claim: &Claim,
    candidates: &[(&'a str, &NodeInfo)],
    nodes: &Nodes,
    store: &Store,
    rng: &mut Rng,
) -> Option<&'a str> {
    if let [(only, _)] = candidates {
        return Some(only);
    }
    let infos = candidates;
    let own = |name: &str| claim.requests.get(name).copied().unwrap_or_default();
    let own = (own("cpu"), own("memory"));
    // A Pod that requests neither does not change how evenly they are used.
    let weighs = !(own.0.is_zero() && own.1.is_zero());
    let mut totals: Vec<i64> = infos
        .iter()
        .map(|(_, node)| least_allocated(claim, node) + if weighs { balanced(own, node) } else { 0 })
        .collect();
    let mut add = |weight: i64, reverse: bool, raw: Vec<i64>| {
        for (total, score) in totals.iter_mut().zip(normalised(raw, reverse)) {
            *total += weight * score;
        }
    };
    add(3, true, infos.iter().map(|(_, node)| intolerable(pod, node)).collect());
    add(2, false, infos.iter().map(|(name, node)| preferred(pod, name, node)).collect());
    let spread = spread::scores(pod, candidates, nodes, store);
    if spread.is_none() {
        add(2, true, infos.iter().map(|(_, node)| siblings(claim, node)).collect());
    }
    let wishes = pod_affinity::preference(pod, nodes, store);
    if !wishes.is_empty() {
        let wish = |node: &NodeInfo| {
            wishes.iter().filter(|((key, value), _)| node.labels.get(key) == Some(value)).map(|(_, sum)| sum).sum()
        };
        let raw: Vec<i64> = infos.iter().map(|(_, node)| wish(node)).collect();
        let least = raw.iter().min().copied().unwrap_or(0);
        add(2, false, raw.into_iter().map(|score| score - least).collect());
    }
    totals.iter_mut().zip(spread.into_iter().flatten()).for_each(|(total, score)| *total += 2 * score);
    let top = totals.iter().max().copied()?;
    let winners = || candidates.iter().zip(&totals).filter(|(_, total)| **total == top).map(|((name, _), _)| *name);
    let count = winners().count();
    let pick = if count > 1 { rng.below(count as u64) as usize } else { 0 };
    winners().nth(pick)
}

/// Brought to 0 … 100 by the largest (scheduler: helper/normalize_score.go).
fn normalised(raw: Vec<i64>, reverse: bool) -> Vec<i64> {
    let most = raw.iter().max().copied().unwrap_or(0);
    raw.into_iter()
        .map(|score| match (most, reverse) {
            (0, true) => 100,
            (0, false) => 0,
            (_, true) => 100 - score.saturating_mul(100) / most,
            (_, false) => score.saturating_mul(100) / most,
        })
        .collect()
}

/// The mean share that stays free, in hundredths (plugins/noderesources/least_allocated.go).
fn least_allocated(claim: &Claim, node: &NodeInfo) -> i64 {
    let (cpu, memory) = node.room;
    let free = |whole: i64, used: i64, asked: i64| {
        let used = used.saturating_add(asked);
        if whole <= 0 || used > whole { 0 } else { ((i128::from(whole - used) * 100) / i128::from(whole)) as i64 }
    };
    (free(cpu, node.load.0, claim.load.0) + free(memory, node.load.1, claim.load.1)) / 2
}

/// How evenly CPU and memory are used (plugins/noderesources/balanced_allocation.go).
fn balanced((own_cpu, own_memory): (Quantity, Quantity), node: &NodeInfo) -> i64 {
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
