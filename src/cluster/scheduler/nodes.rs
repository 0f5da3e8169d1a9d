//! What the scheduler knows of the nodes: room, labels, taints, and the Pods on them.

use collections::{Map as BTreeMap, Set as BTreeSet, Table};
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, Taint};

use super::claim::Claim;
use crate::api::labels::Labels;
use crate::api::quantity::{self, Quantity};
use crate::api::resources::Amounts;
use crate::api::{Object, Pod};
use crate::cluster::{ObjectKey, Store};

/// Amounts by resource. What every Pod is weighed by, on every node, has a place of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stock {
    cpu: Quantity,
    memory: Quantity,
    others: Amounts,
}

impl Stock {
    /// The amount of a resource; none of it is zero.
    pub fn of(&self, name: &str) -> Quantity {
        match name {
            "cpu" => self.cpu,
            "memory" => self.memory,
            other => self.others.get(other).copied().unwrap_or_default(),
        }
    }

    /// Sets the amount of a resource.
    fn set(&mut self, name: &str, amount: Quantity) {
        match name {
            "cpu" => self.cpu = amount,
            "memory" => self.memory = amount,
            other => _ = self.others.insert(other.to_owned(), amount),
        }
    }

    /// Puts amounts to it.
    fn add(&mut self, amounts: &Amounts) {
        amounts.iter().for_each(|(name, amount)| self.set(name, self.of(name) + *amount));
    }

    /// Takes amounts from it.
    fn take(&mut self, amounts: &Amounts) {
        amounts.iter().for_each(|(name, amount)| self.set(name, self.of(name) - *amount));
    }
}

/// One node and what is on it.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeInfo {
    pub labels: Labels,
    pub taints: Vec<Taint>,
    pub unschedulable: bool,
    pub allocatable: Stock,
    /// How many Pods it takes.
    pub most_pods: i64,
    /// Its CPU in millicores and its memory in bytes.
    pub room: (i64, i64),
    /// What the Pods on it request.
    pub requested: Stock,
    /// CPU in millicores and memory in bytes with the defaults for those who request nothing.
    pub load: (i64, i64),
    /// How many Pods of each owner are on it, by the owner's uid.
    pub owners: BTreeMap<Rc<str>, usize>,
    /// How many Pods of each priority are on it.
    priorities: BTreeMap<i32, usize>,
    /// The Pods on it, in no order that means anything, with what each of them requests.
    pub pods: Table<ObjectKey, Rc<Claim>>,
    /// Tells this state of the node from every other one, of this node or of another: [`Nodes::changes`] when it came about.
    pub version: u64,
}

/// All nodes by name, and where each Pod is.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    pub by_name: BTreeMap<String, NodeInfo>,
    place: Table<ObjectKey, String>,
    /// The placed Pods that ask to be kept from others.
    pub keep_apart: BTreeSet<ObjectKey>,
    /// The placed Pods that have a say in where others had better go.
    pub with_wishes: BTreeSet<ObjectKey>,
    changes: u64,
}

/// What of a node is new to the scheduler.
pub(super) enum Seen {
    /// Nothing that matters to it.
    Same,
    /// The node.
    New,
    /// What it was before, without its Pods.
    Changed(Box<NodeInfo>),
}

impl Nodes {
    /// Takes in the present state of a node.
    pub fn set(&mut self, node: &Node) -> Seen {
        let name = node.metadata.name.clone().unwrap_or_default();
        let known = self.by_name.contains_key(name.as_str());
        let info = self.by_name.entry(name.to_string()).or_default();
        let labels = node.metadata.labels.clone().unwrap_or_default();
        let spec = node.spec.clone().unwrap_or_default();
        let status = node.status.as_ref();
        let mut allocatable = Stock::default();
        for (name, field) in status.and_then(|status| status.allocatable.as_ref()).into_iter().flatten() {
            allocatable.set(name, quantity::of(field));
        }
        let mut now = NodeInfo {
            labels,
            taints: spec.taints.unwrap_or_default(),
            unschedulable: spec.unschedulable.unwrap_or(false),
            most_pods: allocatable.of("pods").value(),
            room: (allocatable.of("cpu").milli_value(), allocatable.of("memory").value()),
            allocatable,
            ..NodeInfo::default()
        };
        self.changes += 1;
        let same = info.labels == now.labels
            && info.taints == now.taints
            && info.unschedulable == now.unschedulable
            && info.allocatable == now.allocatable;
        if known && same {
            return Seen::Same;
        }
        std::mem::swap(&mut info.labels, &mut now.labels);
        std::mem::swap(&mut info.taints, &mut now.taints);
        std::mem::swap(&mut info.unschedulable, &mut now.unschedulable);
        std::mem::swap(&mut info.allocatable, &mut now.allocatable);
        std::mem::swap(&mut info.most_pods, &mut now.most_pods);
        std::mem::swap(&mut info.room, &mut now.room);
        info.version = self.changes;
        if known { Seen::Changed(Box::new(now)) } else { Seen::New }
    }

    /// Forgets a node; its Pods stay known until they are gone themselves.
    pub fn remove(&mut self, name: &str) -> Option<NodeInfo> {
        self.changes += 1;
        self.place.retain(|_, node| node != name);
        self.by_name.remove(name)
    }

    /// Nothing but the one node.
    pub fn only(&self, name: &str) -> Nodes {
        let node = self.by_name.get(name).map(|info| (name.to_owned(), info.clone()));
        Nodes { by_name: node.into_iter().collect(), ..Nodes::default() }
    }

    /// Takes up the claim of a Pod on its node; true when it was not there before.
    pub fn assign(&mut self, key: &ObjectKey, node: &str, claim: Rc<Claim>) -> bool {
        if let Some(present) = self.place.get(key) {
            let same = self.by_name.get(present).and_then(|info| info.pods.get(key));
            if present == node && same.is_some_and(|present| Rc::ptr_eq(present, &claim) || *present == claim) {
                return false;
            }
            self.free(key);
        }
        let Some(info) = self.by_name.get_mut(node) else { return false };
        info.requested.add(&claim.requests);
        info.load.0 = info.load.0.saturating_add(claim.load.0);
        info.load.1 = info.load.1.saturating_add(claim.load.1);
        if let Some(owner) = &claim.owner {
            *info.owners.entry(owner.clone()).or_default() += 1;
        }
        if claim.keeps_apart {
            self.keep_apart.insert(key.clone());
        }
        if claim.has_wishes {
            self.with_wishes.insert(key.clone());
        }
        self.changes += 1;
        info.version = self.changes;
        *info.priorities.entry(claim.priority).or_default() += 1;
        info.pods.insert(key.clone(), claim);
        self.place.insert(key.clone(), node.to_owned());
        true
    }

    /// Takes a Pod off its node; true when it was on one.
    pub fn free(&mut self, key: &ObjectKey) -> bool {
        self.keep_apart.remove(key);
        self.with_wishes.remove(key);
        let Some(node) = self.place.remove(key) else { return false };
        self.changes += 1;
        if let Some(info) = self.by_name.get_mut(&node) {
            info.free(key);
            info.version = self.changes;
        }
        true
    }

    /// Tells one state of the nodes and of who is on them from another.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// How many Pods are on nodes.
    pub fn placed(&self) -> usize {
        self.place.len()
    }

    /// The node that the Pod is on.
    pub fn node_of(&self, key: &ObjectKey) -> Option<&NodeInfo> {
        self.place.get(key).and_then(|node| self.by_name.get(node))
    }

    /// Whether the Pod is known to be on a node.
    pub fn knows(&self, key: &ObjectKey) -> bool {
        self.place.contains_key(key)
    }
}

impl NodeInfo {
    /// Takes a Pod off.
    pub fn free(&mut self, key: &ObjectKey) {
        let Some(claim) = self.pods.remove(key) else { return };
        self.requested.take(&claim.requests);
        if let Some(owner) = &claim.owner
            && let Some(count) = self.owners.get_mut(owner)
        {
            *count -= 1;
            if *count == 0 {
                self.owners.remove(owner);
            }
        }
        if let Some(count) = self.priorities.get_mut(&claim.priority) {
            *count -= 1;
            if *count == 0 {
                self.priorities.remove(&claim.priority);
            }
        }
        self.load.0 = self.load.0.saturating_sub(claim.load.0);
        self.load.1 = self.load.1.saturating_sub(claim.load.1);
    }

    /// The Pods on it that are less important than `priority`, in no order. Mostly there are none, and nobody has to
    /// look at all of them: of ten thousand Pods that wait for room each asks that of every node.
    pub fn below(&self, priority: i32) -> impl Iterator<Item = (&ObjectKey, &Rc<Claim>)> {
        let any = self.priorities.keys().next().is_some_and(|lowest| *lowest < priority);
        any.then(|| self.pods.iter()).into_iter().flatten().filter(move |(_, claim)| claim.priority < priority)
    }

    /// The Pods on it, as the store has them, in no order that means anything.
    pub fn pods<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = &'a Pod> {
        self.pods.iter().filter_map(|(key, _)| store.get(key).and_then(Object::as_pod))
    }
}
