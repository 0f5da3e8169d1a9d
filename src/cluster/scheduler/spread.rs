//! Topology spread constraints (scheduler: plugins/podtopologyspread, 1.36).

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::TopologySpreadConstraint;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::filter::{Plugin, Rejection, node_affinity, untolerated};
use super::nodes::{NodeInfo, Nodes};
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
        Self::of(pod, nodes, store, "DoNotSchedule")
    }

    /// Counts for the constraints that are only preferred.
    pub fn soft(pod: &Pod, nodes: &Nodes, store: &Store) -> Self {
        Self::of(pod, nodes, store, "ScheduleAnyway")
    }

    fn of(pod: &Pod, nodes: &Nodes, store: &Store, kind: &str) -> Self {
        let written = pod.spec.topology_spread_constraints.iter().flatten();
        let wanted: Vec<&TopologySpreadConstraint> =
            written.filter(|constraint| constraint.when_unsatisfiable == kind).collect();
        let all_keys = |node: &NodeInfo| wanted.iter().all(|it| node.labels.contains_key(it.topology_key.as_str()));
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
                let matching = node.pods(store).filter(|other| {
                    other.namespace() == pod.namespace()
                        && other.metadata.deletion_timestamp.is_none()
                        && labels::matches(selector.as_ref(), other.metadata.labels.as_ref())
                });
                let matching = i64::try_from(matching.count()).unwrap_or(i64::MAX);
                *domains.entry(value.clone()).or_default() += matching;
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

    /// How crowded the domains of a node are; lower is better.
    pub fn crowd(&self, node: &Labels) -> i64 {
        let here = |constraint: &Constraint| {
            node.get(&constraint.key).and_then(|value| constraint.domains.get(value)).copied().unwrap_or(0)
        };
        self.0.iter().map(here).sum()
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
