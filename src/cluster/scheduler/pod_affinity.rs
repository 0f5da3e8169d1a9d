//! Affinity and anti-affinity between Pods (scheduler: plugins/interpodaffinity, 1.36).

use collections::{Map as BTreeMap, Set as BTreeSet};

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{PodAffinityTerm, PodSpec};

use super::filter::{Plugin, Rejection};
use super::nodes::Nodes;
use crate::api::labels::{self, Labels};
use crate::api::{Kind, Pod};
use crate::cluster::{ObjectKey, Store};

/// A label key and value of nodes: a place such as a host or a zone.
type Place = (String, String);

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

fn required(spec: &PodSpec) -> &[PodAffinityTerm] {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_affinity.as_ref());
    affinity.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_deref()).unwrap_or_default()
}

fn required_anti(spec: &PodSpec) -> &[PodAffinityTerm] {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    affinity.and_then(|it| it.required_during_scheduling_ignored_during_execution.as_deref()).unwrap_or_default()
}

/// Whether a Pod asks to be kept from others.
pub(super) fn has_anti_affinity(spec: &PodSpec) -> bool {
    !required_anti(spec).is_empty()
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
    let nothing = Labels::new();
    let (mine, theirs) =
        (of.metadata.labels.as_ref().unwrap_or(&nothing), other.metadata.labels.as_ref().unwrap_or(&nothing));
    let same = |key: &String| mine.get(key).is_none_or(|value| theirs.get(key) == Some(value));
    let differs = |key: &String| mine.get(key).is_none_or(|value| theirs.get(key) != Some(value));
    labels::matches(term.label_selector.as_ref(), Some(theirs))
        && term.match_label_keys.iter().flatten().all(same)
        && term.mismatch_label_keys.iter().flatten().all(differs)
}

impl Terms {
    /// Looks at every placed Pod once. `anti` tells which of them have anti-affinity terms of their own.
    pub fn of(pod: &Pod, nodes: &Nodes, store: &Store, anti: &BTreeSet<ObjectKey>) -> Self {
        let (near, away) = (required(&pod.spec), required_anti(&pod.spec));
        let mut terms = Terms {
            near: near.iter().map(|term| (term.topology_key.clone(), BTreeSet::new())).collect(),
            ..Terms::default()
        };
        if near.is_empty() && away.is_empty() && anti.is_empty() {
            return terms;
        }
        let mut matched = false;
        for node in nodes.by_name.values() {
            let place = |key: &str| node.labels.get(key).map(|value| (key.to_owned(), value.clone()));
            if !(near.is_empty() && away.is_empty()) {
                for other in node.pods(store) {
                    if !near.is_empty() && near.iter().all(|term| means(term, pod, other, store)) {
                        matched = true;
                        for (key, places) in &mut terms.near {
                            places.extend(node.labels.get(key.as_str()).cloned());
                        }
                    }
                    let meant = away.iter().filter(|term| means(term, pod, other, store));
                    terms.away.extend(meant.filter_map(|term| place(&term.topology_key)));
                }
            }
            for key in anti.iter().filter(|key| node.pods.contains_key(*key)) {
                let Some(other) = store.get(key).and_then(crate::api::Object::as_pod) else { continue };
                let meant = required_anti(&other.spec).iter().filter(|term| means(term, other, pod, store));
                terms.kept_away_by.extend(meant.filter_map(|term| place(&term.topology_key)));
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

/// How much the Pod prefers each node for the Pods there, and they for it; higher is better
/// (scheduler: plugins/interpodaffinity/scoring.go).
pub(super) fn preference(pod: &Pod, nodes: &Nodes, store: &Store) -> BTreeMap<Place, i64> {
    let mut sums: BTreeMap<Place, i64> = BTreeMap::new();
    let affinity = pod.spec.affinity.as_ref();
    let near = affinity
        .and_then(|it| it.pod_affinity.as_ref())
        .and_then(|it| it.preferred_during_scheduling_ignored_during_execution.as_deref())
        .unwrap_or_default();
    let away = affinity
        .and_then(|it| it.pod_anti_affinity.as_ref())
        .and_then(|it| it.preferred_during_scheduling_ignored_during_execution.as_deref())
        .unwrap_or_default();
    if near.is_empty() && away.is_empty() {
        return sums;
    }
    let terms = near.iter().map(|term| (term, 1)).chain(away.iter().map(|term| (term, -1)));
    for node in nodes.by_name.values() {
        for other in node.pods(store) {
            for (weighted, sign) in terms.clone() {
                let term = &weighted.pod_affinity_term;
                if let Some(value) = node.labels.get(term.topology_key.as_str())
                    && means(term, pod, other, store)
                {
                    let sum = sums.entry((term.topology_key.to_string(), value.clone())).or_default();
                    *sum = sum.saturating_add(sign * i64::from(weighted.weight));
                }
            }
        }
    }
    sums
}
