//! Which Pods a preemption had better spare: those whose PodDisruptionBudget has no room
//! (scheduler: plugins/defaultpreemption filterPodsWithPDBViolation, 1.36).

use std::rc::Rc;

use collections::Set as BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::api::{Kind, Object, Pod, View, labels};
use crate::cluster::{Store, api_server};

/// All budgets as they are now.
pub(super) struct Budgets(Vec<Budget>);

struct Budget {
    namespace: Rc<str>,
    selector: LabelSelector,
    allowed: i64,
    /// The names of Pods that the budget has let go already.
    disrupted: BTreeSet<String>,
}

impl Budgets {
    /// The budgets of all namespaces.
    pub fn of(store: &Store) -> Self {
        let budgets = store.list(Kind::PodDisruptionBudget).filter_map(|(key, object)| {
            let Object::Other(other) = object else { return None };
            let selector = api_server::budget_selector(object).filter(|selector| !labels::is_empty(selector))?;
            let status = View::new(&other.value).at("status");
            let disrupted = status.at("disruptedPods").entries().map(|(name, _)| name.to_owned()).collect();
            let allowed = status.at("disruptionsAllowed").int();
            Some(Budget { namespace: key.namespace.clone(), selector, allowed, disrupted })
        });
        Self(budgets.collect())
    }

    /// For each of the Pods, from the most important down: whether a budget would be broken if it and all before it went.
    pub fn broken_by<'a>(&self, pods: impl Iterator<Item = Option<&'a Pod>>) -> Vec<bool> {
        let mut allowed: Vec<i64> = self.0.iter().map(|budget| budget.allowed).collect();
        let breaks = |pod: Option<&Pod>| {
            let Some(pod) = pod else { return false };
            let mut broken = false;
            for (budget, allowed) in self.0.iter().zip(&mut allowed) {
                let covers = *budget.namespace == *pod.namespace()
                    && pod.metadata.labels.as_ref().is_some_and(|labels| !labels.is_empty())
                    && labels::matches(Some(&budget.selector), pod.metadata.labels.as_ref());
                if covers && !budget.disrupted.contains(pod.name()) {
                    *allowed -= 1;
                    broken |= *allowed < 0;
                }
            }
            broken
        };
        pods.map(breaks).collect()
    }
}
