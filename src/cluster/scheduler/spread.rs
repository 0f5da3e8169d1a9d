//! Topology spread constraints (scheduler: plugins/podtopologyspread, 1.36).

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::TopologySpreadConstraint;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::node_terms::{node_affinity, untolerated};
use super::nodes::{NodeInfo, Nodes};
use super::rejection::{Plugin, Rejection};
use crate::api::Pod;
use crate::api::labels::{self, Labels};
use crate::cluster::Store;

/// The constraints of one Pod with the numbers of matching Pods in each domain.
#[derive(Clone, Debug, Default)]
pub(super) struct Constraints(Vec<Constraint>);

#[derive(Clone, Debug)]
struct Constraint {
    key: String,
    max_skew: i64,
    min_domains: usize,
    /// Whether the Pod itself counts where it goes.
    own: i64,
    /// Matching Pods by the value of the topology key.
    domains: BTreeMap<String, i64>,
}

impl Constraints {
    /// Counts for the constraints that must be met.
    pub fn hard(pod: &Pod, nodes: &Nodes, store: &Store) -> Self {
        let wanted = constraints(pod, HARD);
        let all_keys = |node: &NodeInfo| has_keys(&wanted, &node.labels);
        let count = |constraint: &&TopologySpreadConstraint| {
            let selector = selector(constraint, pod);
            let mut domains: BTreeMap<String, i64> = BTreeMap::new();
            for (name, node) in &nodes.by_name {
                let Some(value) = node.labels.get(constraint.topology_key.as_str()).filter(|_| all_keys(node)) else {
                    continue;
                };
                if !includes(constraint, pod, name, node) {
                    continue;
                }
                *domains.entry(value.clone()).or_default() += matching(pod, selector.as_ref(), node, store);
            }
            Constraint {
                key: constraint.topology_key.to_string(),
                max_skew: i64::from(constraint.max_skew),
                min_domains: usize::try_from(constraint.min_domains.unwrap_or(1)).unwrap_or(1),
                own: i64::from(labels::matches(selector.as_ref(), pod.metadata.labels.as_ref())),
                domains,
            }
        };
        Self(wanted.iter().map(count).collect())
    }

    /// Whether a node with `node` as labels keeps the skew within bounds.
    pub fn filter(&self, node: &Labels) -> Result<(), Rejection> {
        for constraint in &self.0 {
            let Some(value) = node.get(&constraint.key) else {
                let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
                return Err(Rejection::new(Plugin::PodTopologySpread, reason, false));
            };
            let few = constraint.domains.len() < constraint.min_domains;
            let least = if few { 0 } else { constraint.domains.values().min().copied().unwrap_or(0) };
            let here = constraint.domains.get(value).copied().unwrap_or(0);
            if here + constraint.own - least > constraint.max_skew {
                let reason = "node(s) didn't match pod topology spread constraints";
                return Err(Rejection::new(Plugin::PodTopologySpread, reason, true));
            }
        }
        Ok(())
    }
}

/// What a constraint says that must be met …
const HARD: &str = "DoNotSchedule";
/// … and one that is only preferred.
const SOFT: &str = "ScheduleAnyway";
/// Each node is a place of its own.
const HOSTNAME: &str = "kubernetes.io/hostname";

fn constraints<'a>(pod: &'a Pod, kind: &str) -> Vec<&'a TopologySpreadConstraint> {
    let written = pod.spec.topology_spread_constraints.iter().flatten();
    written.filter(|constraint| constraint.when_unsatisfiable == kind).collect()
}

fn has_keys(wanted: &[&TopologySpreadConstraint], node: &Labels) -> bool {
    wanted.iter().all(|constraint| node.contains_key(constraint.topology_key.as_str()))
}

/// How many Pods on the node count for a constraint; none where its selector asks for nothing
/// (common.go countPodsMatchSelector).
fn matching(pod: &Pod, selector: Option<&LabelSelector>, node: &NodeInfo, store: &Store) -> i64 {
    let Some(selector) = selector.filter(|selector| !labels::is_empty(selector)) else { return 0 };
    let counts = |other: &&Pod| {
        other.namespace() == pod.namespace()
            && other.metadata.deletion_timestamp.is_none()
            && labels::matches(Some(selector), other.metadata.labels.as_ref())
    };
    i64::try_from(node.pods(store).filter(counts).count()).unwrap_or(i64::MAX)
}

/// How well each of the candidates spreads the Pod, from 0 to 100; none where it has no constraints that are only
/// preferred. A node without one of the topology keys is the worst (plugins/podtopologyspread/scoring.go).
pub(super) fn scores(pod: &Pod, candidates: &[(&str, &NodeInfo)], nodes: &Nodes, store: &Store) -> Option<Vec<i64>> {
    let wanted = constraints(pod, SOFT);
    if wanted.is_empty() {
        return None;
    }
    let scored: Vec<bool> = candidates.iter().map(|(_, node)| has_keys(&wanted, &node.labels)).collect();
    let mut sums = vec![0.0_f64; candidates.len()];
    for constraint in &wanted {
        let key = constraint.topology_key.as_str();
        let selector = selector(constraint, pod);
        let count = |node: &NodeInfo| matching(pod, selector.as_ref(), node, store);
        let value = |node: &NodeInfo| node.labels.get(key).cloned().unwrap_or_default();
        let judged = || candidates.iter().zip(&scored).filter(|(_, scored)| **scored).map(|((_, node), _)| *node);
        let mut domains: BTreeMap<String, i64> = judged().map(|node| (value(node), 0)).collect();
        let size = if key == HOSTNAME { judged().count() } else { domains.len() };
        if key != HOSTNAME {
            let counting = nodes
                .by_name
                .iter()
                .filter(|(name, node)| has_keys(&wanted, &node.labels) && includes(constraint, pod, name, node));
            for (_, node) in counting {
                if let Some(domain) = domains.get_mut(&value(node)) {
                    *domain += count(node);
                }
            }
        }
        // The more places there are the fewer Pods are in each: their number weighs more.
        let weight = ((size + 2) as f64).ln();
        for (sum, (_, node)) in sums.iter_mut().zip(candidates) {
            let here =
                if key == HOSTNAME { count(node) } else { domains.get(&value(node)).copied().unwrap_or_default() };
            *sum += here as f64 * weight + f64::from(constraint.max_skew.saturating_sub(1));
        }
    }
    let sums: Vec<i64> = sums.into_iter().map(|sum| sum.round() as i64).collect();
    let judged = || sums.iter().zip(&scored).filter(|(_, scored)| **scored).map(|(sum, _)| *sum);
    let (least, most) = (judged().min().unwrap_or(0), judged().max().unwrap_or(0));
    let score = |(sum, scored): (&i64, &bool)| match (scored, most) {
        (false, _) => 0,
        (true, ..=0) => 100,
        (true, _) => 100_i64.saturating_mul(most.saturating_add(least).saturating_sub(*sum)) / most,
    };
    Some(sums.iter().zip(&scored).map(score).collect())
}

/// Whether the waiting `pod` may go somewhere since `other` came to a node or left it
/// (plugin.go isSchedulableAfterPodChange; the next one too).
pub(super) fn helped_by_pod(pod: &Pod, other: &Pod) -> bool {
    other.namespace() == pod.namespace()
        && constraints(pod, HARD)
            .iter()
            .any(|it| labels::matches(selector(it, pod).as_ref(), other.metadata.labels.as_ref()))
}

/// Whether it may since a placed Pod has other labels.
pub(super) fn helped_by_change(pod: &Pod, old: &Pod, new: &Pod) -> bool {
    new.namespace() == pod.namespace()
        && constraints(pod, HARD).iter().any(|it| {
            let selector = selector(it, pod);
            let counts = |other: &Pod| labels::matches(selector.as_ref(), other.metadata.labels.as_ref());
            counts(old) != counts(new)
        })
}

/// Whether it may since a node came or went or is other than before (isSchedulableAfterNodeChange).
pub(super) fn helped_by_node(pod: &Pod, old: Option<&NodeInfo>, new: Option<&NodeInfo>) -> bool {
    let wanted = constraints(pod, HARD);
    let fits = |node: &NodeInfo| has_keys(&wanted, &node.labels);
    match (old, new) {
        (Some(old), Some(new)) if fits(new) && fits(old) => {
            let moved = |it: &&TopologySpreadConstraint| {
                old.labels.get(it.topology_key.as_str()) != new.labels.get(it.topology_key.as_str())
            };
            old.taints != new.taints || wanted.iter().any(moved)
        }
        (Some(old), Some(new)) => fits(old) != fits(new),
        (one, other) => one.or(other).is_some_and(fits),
    }
}

/// The constraint's selector with the Pod's own values of `matchLabelKeys` added.
fn selector(constraint: &TopologySpreadConstraint, pod: &Pod) -> Option<LabelSelector> {
    let mut selector = constraint.label_selector.clone()?;
    for key in constraint.match_label_keys.iter().flatten() {
        if let Some(value) = pod.metadata.labels.as_ref().and_then(|labels| labels.get(key)) {
            selector.match_labels.get_or_insert_default().insert(key.clone(), value.clone());
        }
    }
    Some(selector)
}

/// Whether the node's domain counts at all: by default node affinity is honoured and taints are ignored.
fn includes(constraint: &TopologySpreadConstraint, pod: &Pod, name: &str, node: &NodeInfo) -> bool {
    let affinity = constraint.node_affinity_policy.as_deref() != Some("Ignore");
    let taints = constraint.node_taints_policy.as_deref() == Some("Honor");
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    (!affinity || node_affinity(pod, name, &node.labels))
        && (!taints || untolerated(&node.taints, tolerations).is_none())
}
