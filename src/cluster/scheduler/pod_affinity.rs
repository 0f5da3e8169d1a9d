//! Affinity and anti-affinity between Pods (scheduler: plugins/interpodaffinity, 1.36).

use collections::{Map as BTreeMap, Set as BTreeSet};

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{PodAffinityTerm, PodSpec, WeightedPodAffinityTerm};

use super::nodes::{NodeInfo, Nodes};
use super::pod_terms::{preferred, preferred_anti, required, required_anti};
use super::rejection::{Plugin, Rejection};
use crate::api::labels::{self, Labels};
use crate::api::{Kind, Object, Pod};
use crate::cluster::{ObjectKey, Store};

/// A label key and value of nodes: a place such as a host or a zone.
pub(super) type Place = (String, String);

/// What the affinity terms of one Pod, and those of the Pods already placed, mean for the nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// For each required affinity term: its topology key and the places with a Pod that matches all terms.
    near: Vec<(Text, BTreeSet<String>)>,
    /// Whether the first Pod of a group may go anywhere: no Pod matches, but it matches its own terms.
    first: bool,
    /// Places with a Pod that the Pod must not be near.
    away: BTreeSet<Place>,
    /// Topology keys that a node must have for the anti-affinity to be judged at all.
    kept_away_by: BTreeSet<Place>,
}

/// Whether `term`, written in the Pod `of`, means the Pod `other`.
fn means(term: &PodAffinityTerm, of: &Pod, other: &Pod, store: &Store) -> bool {
    let namespaces = term.namespaces.as_deref().unwrap_or_default();
    let by_labels = term.namespace_selector.as_ref().is_some_and(|selector| {
        let key = ObjectKey::new(Kind::Namespace, "", other.namespace());
        store.get(&key).is_some_and(|object| labels::matches(Some(selector), object.metadata().labels.as_ref()))
    });
    let own = namespaces.is_empty() && term.namespace_selector.is_none() && of.namespace() == other.namespace();
    if !own && !by_labels && !namespaces.iter().any(|namespace| namespace == other.namespace()) {
        return false;
    }
    // What the keys of labels stand for has come into the selector when the Pod was made.
    labels::matches(term.label_selector.as_ref(), other.metadata.labels.as_ref())
}

impl Terms {
    /// Looks at every placed Pod once.
    pub fn of(pod: &Pod, nodes: &Nodes, store: &Store) -> Self {
        let (near, away) = (required(&pod.spec), required_anti(&pod.spec));
        let mut terms = Terms {
            near: near.iter().map(|term| (term.topology_key.clone(), BTreeSet::new())).collect(),
            ..Terms::default()
        };
        let place = |node: &NodeInfo, key: &str| node.labels.get(key).map(|value| (key.to_owned(), value.clone()));
        for key in nodes.keep_apart.iter() {
            let other = store.get(key).and_then(Object::as_pod);
            let (Some(node), Some(other)) = (nodes.node_of(key), other) else { continue };
            let meant = required_anti(&other.spec).iter().filter(|term| means(term, other, pod, store));
            terms.kept_away_by.extend(meant.filter_map(|term| place(node, &term.topology_key)));
        }
        if near.is_empty() && away.is_empty() {
            return terms;
        }
        let mut matched = false;
        for node in nodes.by_name.values() {
            for other in node.pods(store) {
                if !near.is_empty() && near.iter().all(|term| means(term, pod, other, store)) {
                    matched = true;
                    for (key, places) in &mut terms.near {
                        places.extend(node.labels.get(key.as_str()).cloned());
                    }
                }
                let meant = away.iter().filter(|term| means(term, pod, other, store));
                terms.away.extend(meant.filter_map(|term| place(node, &term.topology_key)));
            }
        }
        terms.first = !matched && near.iter().all(|term| means(term, pod, pod, store));
        terms
    }

    /// Whether a node with `node` as labels is allowed.
    pub fn filter(&self, node: &Labels) -> Result<(), Rejection> {
        let has_keys = self.near.iter().all(|(key, _)| node.contains_key(key.as_str()));
        let beside =
            self.near.iter().all(|(key, places)| node.get(key.as_str()).is_some_and(|value| places.contains(value)));
        if !(has_keys && (beside || self.first)) {
            let reason = "node(s) didn't match pod affinity rules";
            return Err(Rejection::new(Plugin::InterPodAffinity, reason, false));
        }
        let at = |places: &BTreeSet<Place>| places.iter().any(|(key, value)| node.get(key.as_str()) == Some(value));
        if at(&self.away) {
            let reason = "node(s) didn't match pod anti-affinity rules";
            return Err(Rejection::new(Plugin::InterPodAffinity, reason, true));
        }
        if at(&self.kept_away_by) {
            let reason = "node(s) didn't satisfy existing pods anti-affinity rules";
            return Err(Rejection::new(Plugin::InterPodAffinity, reason, true));
        }
        Ok(())
    }
}

/// How much the Pod prefers each place for the Pods there, and they that it comes; higher is better
/// (scheduler: plugins/interpodaffinity/scoring.go).
pub(super) fn preference(pod: &Pod, nodes: &Nodes, store: &Store) -> BTreeMap<Place, i64> {
    let mut sums: BTreeMap<Place, i64> = BTreeMap::new();
    let mut add = |node: &NodeInfo, term: &PodAffinityTerm, weight: i64| {
        if let Some(value) = node.labels.get(term.topology_key.as_str()) {
            let sum = sums.entry((term.topology_key.to_string(), value.clone())).or_default();
            *sum = sum.saturating_add(weight);
        }
    };
    let wanted: Vec<(&PodAffinityTerm, i64)> = wishes(&pod.spec).collect();
    if !wanted.is_empty() {
        for node in nodes.by_name.values() {
            for other in node.pods(store) {
                let met = wanted.iter().filter(|(term, _)| means(term, pod, other, store));
                met.for_each(|(term, weight)| add(node, term, *weight));
            }
        }
    }
    for key in nodes.with_wishes.iter() {
        let other = store.get(key).and_then(Object::as_pod);
        let (Some(node), Some(other)) = (nodes.node_of(key), other) else { continue };
        // Who must be beside such a Pod is glad of one more (hardPodAffinityWeight).
        let hard = required(&other.spec).iter().map(|term| (term, 1));
        let met = hard.chain(wishes(&other.spec)).filter(|(term, _)| means(term, other, pod, store));
        met.for_each(|(term, weight)| add(node, term, weight));
    }
    sums
}

/// The preferred terms with their weights, which are negative for those that keep Pods apart.
fn wishes(spec: &PodSpec) -> impl Iterator<Item = (&PodAffinityTerm, i64)> {
    let signed = |sign: i64| move |it| weighed(it, sign);
    preferred(spec).iter().map(signed(1)).chain(preferred_anti(spec).iter().map(signed(-1)))
}

fn weighed(term: &WeightedPodAffinityTerm, sign: i64) -> (&PodAffinityTerm, i64) {
    (&term.pod_affinity_term, sign * i64::from(term.weight))
}

/// Whether `other`, beside which `pod` may wait to be placed, is what all its affinity terms ask for.
fn near(pod: &Pod, other: &Pod, store: &Store) -> bool {
    let terms = required(&pod.spec);
    !terms.is_empty() && terms.iter().all(|term| means(term, pod, other, store))
}

/// Whether `other` is what all anti-affinity terms of `pod` keep it from.
fn apart(pod: &Pod, other: &Pod, store: &Store) -> bool {
    let terms = required_anti(&pod.spec);
    !terms.is_empty() && terms.iter().all(|term| means(term, pod, other, store))
}

/// Whether the waiting `pod` may go somewhere since `other` came to a node
/// (plugin.go isSchedulableAfterPodChange; the next two too).
pub(super) fn helped_by_coming(pod: &Pod, other: &Pod, store: &Store) -> bool {
    near(pod, other, store)
}

/// Whether it may since a placed Pod has other labels.
pub(super) fn helped_by_change(pod: &Pod, old: &Pod, new: &Pod, store: &Store) -> bool {
    (!near(pod, old, store) && near(pod, new, store)) || (apart(pod, old, store) && !apart(pod, new, store))
}

/// Whether it may since `other` left: it was kept from it, or the other one kept it away.
pub(super) fn helped_by_leaving(pod: &Pod, other: &Pod, store: &Store) -> bool {
    apart(pod, other, store) || required_anti(&other.spec).iter().any(|term| means(term, other, pod, store))
}

/// Whether it may since a node came, or is at another place than before (isSchedulableAfterNodeChange).
pub(super) fn helped_by_node(pod: &Pod, old: Option<&NodeInfo>, new: &NodeInfo) -> bool {
    let Some(old) = old else { return true };
    let (near, away) = (required(&pod.spec), required_anti(&pod.spec));
    let value = |node: &NodeInfo, term: &PodAffinityTerm| node.labels.get(term.topology_key.as_str()).cloned();
    let moved = |term: &PodAffinityTerm| value(old, term) != value(new, term);
    // Who is kept away by others does not know their topology keys.
    if near.is_empty() && away.is_empty() {
        return old.labels != new.labels;
    }
    near.iter().any(|term| moved(term) && value(new, term).is_some())
        || away.iter().any(|term| moved(term) && value(old, term).is_some())
}
