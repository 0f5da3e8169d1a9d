//! Preemption: whom to remove so that a more important Pod fits
//! (scheduler: framework/preemption, plugins/defaultpreemption, 1.36).

use std::borrow::Cow;
use std::cell::OnceCell;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

use super::budgets::Budgets;
use super::filter::{Asking, filter};
use super::nodes::{NodeInfo, Nodes};
use super::rejection::Rejection;
use super::tell::explain;
use crate::api::Object;
use crate::cluster::{ObjectKey, Store};

const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// A node and who has to leave it, from the most important down.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub node: String,
    pub victims: Vec<ObjectKey>,
    /// How many of them leave against their PodDisruptionBudget.
    broken: usize,
}

/// That nobody is removed.
#[derive(Clone, Debug)]
pub(super) struct NoPlan {
    /// Why, as the event says it.
    pub why: String,
    /// Whether it was tried and would help nowhere, not even on the node that the Pod was promised.
    pub hopeless: bool,
}

/// The best node to make room on.
///
/// # Errors
/// Why there is none.
pub(super) fn preempt(
    asking: &Asking<'_>,
    rejections: &[(&str, Rejection)],
    nodes: &Nodes,
    store: &Store,
) -> Result<Plan, NoPlan> {
    let not_eligible = |why: &str| Err(NoPlan { why: format!("not eligible due to {why}."), hopeless: false });
    if asking.pod.spec.preemption_policy.as_deref() == Some("Never") {
        return not_eligible("preemptionPolicy=Never");
    }
    if waits_for_victims(asking, rejections, nodes, store) {
        return not_eligible("a terminating pod on the nominated node");
    }
    let mut reasons: Vec<Cow<'static, str>> = Vec::new();
    // Mostly there is nobody to remove, and nobody asks for them.
    let budgets = OnceCell::new();
    let mut rejections = rejections.iter().peekable();
    let mut plans: Vec<(Rank, Plan)> = Vec::new();
    for (name, node) in &nodes.by_name {
        // Both are in the order of the nodes' names.
        let rejection = rejections.next_if(|(rejected, _)| rejected == name);
        if !rejection.is_some_and(|(_, rejection)| rejection.resolvable) {
            reasons.push(NOT_HELPFUL.into());
            continue;
        }
        match plan(asking, name, nodes, &budgets, store) {
            Ok(plan) => plans.push((Rank::of(&plan, node, store), plan)),
            Err(more) => reasons.extend(more),
        }
    }
    let best = plans.into_iter().min_by(|(a, _), (b, _)| a.cmp(b));
    best.map(|(_, plan)| plan).ok_or_else(|| NoPlan { why: explain(nodes.by_name.len(), &reasons), hopeless: true })
}

/// Whether victims of an earlier attempt are still on their way out of the nominated node; one that would not take the
/// Pod even so is given up.
fn waits_for_victims(asking: &Asking<'_>, rejections: &[(&str, Rejection)], nodes: &Nodes, store: &Store) -> bool {
    let Some(name) = asking.pod.status.nominated_node_name.as_deref() else { return false };
    if rejections.iter().any(|(rejected, rejection)| *rejected == name && !rejection.resolvable) {
        return false;
    }
    nodes.by_name.get(name).is_some_and(|node| {
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

/// Who has to leave the node: first all that are less important, then as many as possible are spared, those with a
/// budget that has no room before the others, the most important first.
fn plan(
    asking: &Asking<'_>,
    name: &str,
    nodes: &Nodes,
    budgets: &OnceCell<Budgets>,
    store: &Store,
) -> Result<Plan, Vec<Cow<'static, str>>> {
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
    let budgets = budgets.get_or_init(|| Budgets::of(store));
    let breaks = budgets.broken_by(potential.iter().map(|(key, _)| store.get(key).and_then(Object::as_pod)));
    let mut order: Vec<(bool, usize)> = breaks.into_iter().zip(0..).collect();
    collections::sort_by_key(&mut order, |(breaks, place)| (!*breaks, *place));
    let mut leaving: Vec<(usize, ObjectKey)> = Vec::new();
    let mut broken = 0;
    for (breaks, place) in order {
        let Some((key, _)) = potential.get(place) else { continue };
        let Some(claim) = node.pods.get(*key) else { continue };
        without.assign(key, name, claim.clone());
        if judge(asking, name, &without, store).is_err() {
            without.free(key);
            leaving.push((place, (*key).clone()));
            broken += usize::from(breaks);
        }
    }
    collections::sort_by_key(&mut leaving, |(place, _)| *place);
    let victims = leaving.into_iter().map(|(_, key)| key).collect();
    Ok(Plan { node: name.to_owned(), victims, broken })
}

/// Filters one node as if it and its neighbours were as in `nodes`.
fn judge(asking: &Asking<'_>, name: &str, nodes: &Nodes, store: &Store) -> Result<(), Rejection> {
    let Some(node) = nodes.by_name.get(name) else { return Ok(()) };
    filter(&Asking::of(asking.pod, asking.claim, None, nodes, store), name, node)
}

fn started(key: &ObjectKey, store: &Store) -> Option<MetaTime> {
    let pod = store.get(key).and_then(Object::as_pod)?;
    pod.status.start_time.clone().or_else(|| pod.metadata.creation_timestamp.clone())
}

/// What makes one plan better than another: fewer broken budgets, then victims of lower priority, in sum and at the top, fewer of them, and
/// those that started later (preemption.go pickOneNodeForPreemption).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    broken: usize,
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
            broken: plan.broken,
            highest,
            // Priorities may be negative; the sum is shifted so that more victims never look better.
            sum: plan.victims.iter().map(|key| priority(key) + i64::from(i32::MAX) + 1).sum(),
            count: plan.victims.len(),
            started: std::cmp::Reverse(first.min()),
        }
    }
}
