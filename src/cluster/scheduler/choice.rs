//! The node that a Pod is given, of all that there are.

use collections::{Map as BTreeMap, Set as BTreeSet};
use std::rc::Rc;

use super::claim::Claim;
use super::filter::{Asking, filter};
use super::node_terms::named_nodes;
use super::nodes::{NodeInfo, Nodes};
use super::rejection::{Plugin, Rejection};
use super::score::{self, Marks};
use super::verdicts::{Verdict, Verdicts, verdict};
use super::{behind, pod_affinity, spread, volumes};
use crate::api::Pod;
use crate::api::labels::Labels;
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Rng, Store};

/// Pods that preempted others, with the node they wait for and what they take there.
pub(super) type Nominated = BTreeMap<ObjectKey, (String, Rc<Claim>)>;

/// The scheduler's answer for one Pod.
pub(super) enum Outcome<'a> {
    /// This node.
    Node(String),
    /// No node, and why: the reasons of each, and the plugins that gave them.
    Nowhere { rejections: Vec<(&'a str, Rejection)> },
    /// Something is in the way wherever the Pod goes, and which plugin found it.
    Missing { plugin: Plugin, message: String },
}

/// Chooses a node for the Pod, from what the nodes were to the last one where that holds for it too.
pub(super) fn choose<'a>(
    nodes: &'a Nodes,
    nominated: &Nominated,
    known: &mut Verdicts,
    (key, pod): (&ObjectKey, &Pod),
    claim: &Rc<Claim>,
    world: &mut World,
) -> Outcome<'a> {
    let behind = behind::selector(pod, &world.store);
    if behind.is_none() && nominated.is_empty() && Verdicts::hold(pod, nodes) {
        return decide(nodes, known.on(nodes, pod, claim), &[], &mut world.rng);
    }
    let named = named_nodes(pod);
    if named.as_ref().is_some_and(BTreeSet::is_empty) {
        let message = "pod affinity terms conflict".to_owned();
        return Outcome::Missing { plugin: Plugin::NodeAffinity, message };
    }
    if let Some(message) = volumes::missing(pod, &world.store) {
        return Outcome::Missing { plugin: Plugin::VolumeBinding, message };
    }
    let mut verdicts = judge(nodes, nominated, (key, pod), claim, named, &world.store);
    // A node that this Pod made room on is taken when it fits there.
    if let Some(promised) = pod.status.nominated_node_name.as_deref() {
        let mut all = nodes.by_name.keys().zip(&verdicts);
        if all.any(|(name, verdict)| name == promised && verdict.is_ok()) {
            return Outcome::Node(promised.to_owned());
        }
    }
    let company = for_company((pod, behind), nodes, &mut verdicts, &world.store);
    decide(nodes, verdicts.iter(), &company, &mut world.rng)
}

/// The verdicts on all nodes, in their order, where they may depend on anything.
pub(super) fn judge(
    nodes: &Nodes,
    nominated: &Nominated,
    (key, pod): (&ObjectKey, &Pod),
    claim: &Rc<Claim>,
    named: Option<BTreeSet<String>>,
    store: &Store,
) -> Vec<Verdict> {
    let asking = Asking::of(pod, claim, named, nodes, store);
    let on = |(name, node): (&String, &NodeInfo)| {
        // Room that more important Pods wait for is not given away.
        let promised: Vec<(&ObjectKey, &Rc<Claim>)> = nominated
            .iter()
            .filter(|(other, (on, theirs))| on == name && *other != key && theirs.priority >= claim.priority)
            .map(|(other, (_, theirs))| (other, theirs))
            .collect();
        if promised.is_empty() {
            return verdict(&asking, name, node);
        }
        let mut fuller = nodes.only(name);
        for (other, theirs) in promised {
            fuller.assign(other, name, theirs.clone());
        }
        fuller.by_name.get(name).map_or(Ok(()), |fuller| filter(&asking, name, fuller))?;
        Ok(Marks::of(pod, claim, name, node))
    };
    nodes.by_name.iter().map(on).collect()
}

/// What each of the candidates scores for where other Pods are; nothing where that does not matter to the Pod. What its
/// own constraints say counts instead of the Pods of its owner, which are taken out of the marks; those `behind` its Services
/// come in their place.
fn for_company(
    (pod, behind): (&Pod, Option<Labels>),
    nodes: &Nodes,
    verdicts: &mut [Verdict],
    store: &Store,
) -> Vec<i64> {
    let all = nodes.by_name.iter().zip(&*verdicts);
    let candidates: Vec<(&str, &NodeInfo)> =
        all.filter(|(_, verdict)| verdict.is_ok()).map(|((name, node), _)| (name.as_str(), node)).collect();
    // Who is alone is compared with nobody.
    if candidates.len() < 2 {
        return Vec::new();
    }
    let spread = spread::scores(pod, &candidates, nodes, store);
    if spread.is_some() {
        verdicts.iter_mut().flatten().for_each(|marks| marks.set_siblings(0));
    } else if let Some(behind) = behind {
        for (node, verdict) in nodes.by_name.values().zip(&mut *verdicts) {
            if let Ok(marks) = verdict {
                marks.set_siblings(behind::count(&behind, pod.namespace(), node, store));
            }
        }
    }
    let wishes = pod_affinity::preference(pod, nodes, store);
    if wishes.is_empty() {
        return spread.unwrap_or_default();
    }
    let scores = score::of_wishes(&wishes, &candidates);
    match spread {
        Some(spread) => spread.into_iter().zip(scores).map(|(one, other)| one + other).collect(),
        None => scores,
    }
}

/// What follows from the verdicts on all nodes and from what the candidates score `for_company`.
fn decide<'a, 'b>(
    nodes: &'a Nodes,
    verdicts: impl Iterator<Item = &'b Verdict> + Clone,
    for_company: &[i64],
    rng: &mut Rng,
) -> Outcome<'a> {
    let all = nodes.by_name.keys().map(String::as_str).zip(verdicts);
    let candidates = all.clone().filter_map(|(name, verdict)| Some((name, *verdict.as_ref().ok()?)));
    match score::best(candidates, for_company, rng) {
        Some(node) => Outcome::Node(node.to_owned()),
        None => {
            let rejections = all.filter_map(|(name, verdict)| Some((name, verdict.as_ref().err()?.clone())));
            Outcome::Nowhere { rejections: rejections.collect() }
        }
    }
}
