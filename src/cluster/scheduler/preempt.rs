//! Preemption: whom to remove so that a more important Pod fits
//! (scheduler: framework/preemption, plugins/defaultpreemption, 1.36).

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

use super::filter::{Asking, Rejection, filter};
use super::nodes::{NodeInfo, Nodes};
use super::{explain, pod_affinity, spread};
use crate::api::Object;
use crate::cluster::{ObjectKey, Store};

const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// A node and who has to leave it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub node: String,
    pub victims: Vec<ObjectKey>,
}

/// The best node to make room on.
///
/// # Errors
/// Why there is none, as the event says it.
pub(super) fn preempt(
    asking: &Asking<'_>,
    rejections: &[(&str, Rejection)],
    nodes: &Nodes,
    store: &Store,
) -> Result<Plan, String> {
    if asking.pod.spec.preemption_policy.as_deref() == Some("Never") {
        return Err("not eligible due to preemptionPolicy=Never.".to_owned());
    }
    if waits_for_victims(asking, nodes, store) {
        return Err("not eligible due to a terminating pod on the nominated node.".to_owned());
    }
    let mut reasons: Vec<Cow<'static, str>> = Vec::new();
    let mut rejections = rejections.iter().peekable();
    let mut plans: Vec<(Rank, Plan)> = Vec::new();
    for (name, node) in &nodes.by_name {
        // Both are in the order of the nodes' names.
        let rejection = rejections.next_if(|(rejected, _)| rejected == name);
        if !rejection.is_some_and(|(_, rejection)| rejection.resolvable) {
            reasons.push(NOT_HELPFUL.into());
            continue;
        }
        match victims(asking, name, nodes, store) {
            Ok(victims) => {
                let plan = Plan { node: name.clone(), victims };
                plans.push((Rank::of(&plan, node, store), plan));
            }
            Err(more) => reasons.extend(more),
        }
    }
    let best = plans.into_iter().min_by(|(a, _), (b, _)| a.cmp(b));
    best.map(|(_, plan)| plan).ok_or_else(|| explain(nodes.by_name.len(), &reasons))
}

/// Whether victims of an earlier attempt are still on their way out of the nominated node.
fn waits_for_victims(asking: &Asking<'_>, nodes: &Nodes, store: &Store) -> bool {
    let nominated = asking.pod.status.nominated_node_name.as_ref().and_then(|name| nodes.by_name.get(name.as_str()));
    nominated.is_some_and(|node| {
        node.below(asking.claim.priority).any(|(key, _)| {
            let pod = store.get(key).and_then(Object::as_pod);
            pod.is_some_and(|pod| {
                let conditions = pod.status.conditions.iter().flatten();
                pod.metadata.deletion_timestamp.is_some()
                    && conditions.into_iter().any(|condition| {
                        condition.type_ == "DisruptionTarget"
                            && condition.reason.as_deref() == Some("PreemptionByScheduler")
                    })
            })
        })
    })
}

/// Who has to leave the node: first all that are less important, then as many as possible are spared, the most
/// important first.
fn victims(
    asking: &Asking<'_>,
    name: &str,
    nodes: &Nodes,
    store: &Store,
) -> Result<Vec<ObjectKey>, Vec<Cow<'static, str>>> {
    let Some(node) = nodes.by_name.get(name) else { return Err(vec![NOT_HELPFUL.into()]) };
    let mut potential: Vec<(&ObjectKey, i32)> =
        node.below(asking.claim.priority).map(|(key, claim)| (key, claim.priority)).collect();
    if potential.is_empty() {
        return Err(vec![NO_VICTIMS.into()]);
    }
    // The more important Pod is the one of higher priority, then the one that started earlier.
    collections::sort_by(&mut potential, |(a, a_priority), (b, b_priority)| {
        b_priority.cmp(a_priority).then_with(|| started(a, store).cmp(&started(b, store))).then_with(|| a.cmp(b))
    });
    let mut without = nodes.clone();
    for (key, _) in &potential {
        without.free(key);
    }
    judge(asking, name, &without, store).map_err(|rejection| rejection.reasons)?;
    let mut victims = Vec::new();
    for (key, _) in potential {
        let Some(claim) = node.pods.get(key) else { continue };
        without.assign(key, name, claim.clone());
        if judge(asking, name, &without, store).is_err() {
            without.free(key);
            victims.push(key.clone());
        }
    }
    Ok(victims)
}

/// Filters one node as if it and its neighbours were as in `nodes`.
fn judge(asking: &Asking<'_>, name: &str, nodes: &Nodes, store: &Store) -> Result<(), Rejection> {
    let Some(node) = nodes.by_name.get(name) else { return Ok(()) };
    let again = Asking {
        pod: asking.pod,
        claim: asking.claim,
        affinity: pod_affinity::Terms::of(asking.pod, nodes, store, &nodes.with_anti_affinity),
        spread: spread::Constraints::hard(asking.pod, nodes, store),
    };
    filter(&again, name, node)
}

fn started(key: &ObjectKey, store: &Store) -> Option<MetaTime> {
    let pod = store.get(key).and_then(Object::as_pod)?;
    pod.status.start_time.clone().or_else(|| pod.metadata.creation_timestamp.clone())
}

/// What makes one plan better than another: victims of lower priority, in sum and at the top, fewer of them, and
/// those that started later (preemption.go pickOneNodeForPreemption).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    highest: i64,
    sum: i64,
    count: usize,
    started: std::cmp::Reverse<Option<MetaTime>>,
}

impl Rank {
    fn of(plan: &Plan, node: &NodeInfo, store: &Store) -> Self {
        let priority = |key: &ObjectKey| node.pods.get(key).map_or(0, |claim| i64::from(claim.priority));
        let highest = plan.victims.iter().map(priority).max().unwrap_or(i64::MIN);
        let first = plan.victims.iter().filter(|key| priority(key) == highest).filter_map(|key| started(key, store));
        Rank {
            highest,
            // Priorities may be negative; the sum is shifted so that more victims never look better.
            sum: plan.victims.iter().map(|key| priority(key) + i64::from(i32::MAX) + 1).sum(),
            count: plan.victims.len(),
            started: std::cmp::Reverse(first.min()),
        }
    }
}
