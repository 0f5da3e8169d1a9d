//! What the scheduler knows of the nodes: room, labels, taints, and the Pods on them.

use collections::{Map as BTreeMap, Set as BTreeSet, Table};
use std::rc::Rc;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Node, Taint};

use super::pod_affinity::has_anti_affinity;
use crate::api::labels::Labels;
use crate::api::quantity::{self, Quantity};
use crate::api::resources::{Amounts, pod_requests};
use crate::api::{Object, Pod, controller_of};
use crate::cluster::{ObjectKey, Store};

/// What a container without requests counts as when nodes are scored, never when they are filtered
/// (scheduler: util/pod_resources.go).
const DEFAULT_CPU_MILLIS: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 << 20;

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
}

/// What one Pod takes of a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    pub requests: Amounts,
    pub load: (i64, i64),
    pub priority: i32,
    /// The uid of the Pod's controller.
    pub owner: Option<Rc<str>>,
    /// Host ports: address, protocol, number.
    pub ports: Vec<(Text, Text, i32)>,
}

impl Claim {
    /// What `pod` takes.
    pub fn of(pod: &Pod) -> Self {
        let requests = pod_requests(&pod.spec);
        let mut load = (0_i64, 0_i64);
        for container in &pod.spec.containers {
            let asked = |name: &str| {
                let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
                requests.and_then(|requests| requests.get(name)).map(quantity::of)
            };
            load.0 = load.0.saturating_add(asked("cpu").map_or(DEFAULT_CPU_MILLIS, Quantity::milli_value));
            load.1 = load.1.saturating_add(asked("memory").map_or(DEFAULT_MEMORY, Quantity::value));
        }
        let owner = controller_of(&pod.metadata);
        Claim {
            requests,
            load,
            priority: pod.spec.priority.unwrap_or(0),
            owner: owner.map(|owner| owner.uid.to_shared()),
            ports: host_ports(pod),
        }
    }
}

/// The ports of its node that a Pod takes: address, protocol, number.
pub(super) fn host_ports(pod: &Pod) -> Vec<(Text, Text, i32)> {
    let sidecars = pod.spec.init_containers.iter().flatten();
    let sidecars = sidecars.filter(|container| container.restart_policy.as_deref() == Some("Always"));
    let ports = pod.spec.containers.iter().chain(sidecars).flat_map(|container| container.ports.iter().flatten());
    ports
        .filter_map(|port| {
            let number = port.host_port.filter(|number| *number > 0)?;
            let address = port.host_ip.clone().filter(|ip| !ip.is_empty()).unwrap_or(Text::constant("0.0.0.0"));
            Some((address, port.protocol.clone().unwrap_or(Text::constant("TCP")), number))
        })
        .collect()
}

/// All nodes by name, and where each Pod is.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    pub by_name: BTreeMap<String, NodeInfo>,
    place: Table<ObjectKey, String>,
    /// The placed Pods that ask to be kept from others.
    pub with_anti_affinity: BTreeSet<ObjectKey>,
    changes: u64,
}

impl Nodes {
    /// Takes in the present state of a node; true when it may now take what it did not take before.
    pub fn set(&mut self, node: &Node) -> bool {
        let name = node.metadata.name.clone().unwrap_or_default();
        let known = self.by_name.contains_key(name.as_str());
        let info = self.by_name.entry(name.to_string()).or_default();
        let labels = node.metadata.labels.clone().unwrap_or_default();
        let spec = node.spec.clone().unwrap_or_default();
        let taints = spec.taints.unwrap_or_default();
        let unschedulable = spec.unschedulable.unwrap_or(false);
        let status = node.status.as_ref();
        let mut allocatable = Stock::default();
        for (name, field) in status.and_then(|status| status.allocatable.as_ref()).into_iter().flatten() {
            allocatable.set(name, quantity::of(field));
        }
        self.changes += 1;
        let changed = info.labels != labels
            || info.taints != taints
            || info.unschedulable != unschedulable
            || info.allocatable != allocatable;
        (info.labels, info.taints, info.unschedulable) = (labels, taints, unschedulable);
        info.most_pods = allocatable.of("pods").value();
        info.room = (allocatable.of("cpu").milli_value(), allocatable.of("memory").value());
        info.allocatable = allocatable;
        changed || !known
    }

    /// Forgets a node; its Pods stay known until they are gone themselves.
    pub fn remove(&mut self, name: &str) {
        self.changes += 1;
        self.by_name.remove(name);
        self.place.retain(|_, node| node != name);
    }

    /// Puts `pod` on its node; true when anything about that is new.
    pub fn place(&mut self, key: &ObjectKey, node: &str, pod: &Pod, claim: Rc<Claim>) -> bool {
        let placed = self.assign(key, node, claim);
        if has_anti_affinity(&pod.spec) {
            self.with_anti_affinity.insert(key.clone());
        }
        placed
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
        self.changes += 1;
        *info.priorities.entry(claim.priority).or_default() += 1;
        info.pods.insert(key.clone(), claim);
        self.place.insert(key.clone(), node.to_owned());
        true
    }

    /// Takes a Pod off its node; true when it was on one.
    pub fn free(&mut self, key: &ObjectKey) -> bool {
        let Some(node) = self.place.remove(key) else { return false };
        self.with_anti_affinity.remove(key);
        self.changes += 1;
        if let Some(info) = self.by_name.get_mut(&node) {
            info.free(key);
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
