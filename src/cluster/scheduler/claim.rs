//! What one Pod takes of its node.

use std::rc::Rc;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::PodSpec;

use super::pod_terms;
use crate::api::quantity::Quantity;
use crate::api::resources::{Amounts, is_pod_level, pod_requests, pod_requests_or};
use crate::api::{Pod, containers, controller_of};

/// What a container without requests counts as when nodes are scored, never when they are filtered
/// (scheduler: util/pod_resources.go).
const DEFAULT_CPU_MILLIS: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 << 20;

/// What one Pod takes of a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    pub requests: Amounts,
    pub load: (i64, i64),
    pub priority: i32,
    /// The uid of the Pod's controller, where that has its Pods spread over the nodes.
    pub owner: Option<Rc<str>>,
    /// Host ports: address, protocol, number.
    pub ports: Vec<(Text, Text, i32)>,
    /// Whether it must be kept from other Pods.
    pub keeps_apart: bool,
    /// Whether it has a say in where Pods that come after it had better go.
    pub has_wishes: bool,
}

impl Claim {
    /// What `pod` takes.
    pub fn of(pod: &Pod) -> Self {
        let requests = pod_requests(&pod.spec);
        let load = load(&pod.spec, &requests);
        let owner = spread_owner(pod);
        Claim {
            requests,
            load,
            priority: pod.spec.priority.unwrap_or(0),
            owner: owner.map(Text::to_shared),
            ports: host_ports(pod),
            keeps_apart: pod_terms::keeps_apart(&pod.spec),
            has_wishes: pod_terms::has_wishes(&pod.spec),
        }
    }
}

/// What a Pod counts as when nodes are scored: its requests, with those of a container that has none filled in; where the
/// Pod has requests of its own only what neither it nor any container asks for
/// (scheduler: framework/types.go CalculateResource, getNonMissingContainerRequests).
fn load(spec: &PodSpec, requests: &Amounts) -> (i64, i64) {
    let defaults =
        [("cpu", Quantity::from_milli(DEFAULT_CPU_MILLIS)), ("memory", Quantity::from_bytes(DEFAULT_MEMORY))];
    let own = spec.resources.as_deref().and_then(|resources| resources.requests.as_ref());
    let is_set = own.is_some_and(|own| own.keys().any(|name| is_pod_level(name)));
    let missing: Amounts = defaults
        .into_iter()
        .filter(|(name, _)| !is_set || !requests.contains_key(*name))
        .map(|(name, amount)| (name.to_owned(), amount))
        .collect();
    let filled = pod_requests_or(spec, &missing);
    let amount = |name: &str| filled.get(name).copied().unwrap_or_default();
    (amount("cpu").milli_value(), amount("memory").value())
}

/// The uid of the controller whose other Pods a Pod is kept apart from where it says nothing of that itself: only those of
/// these kinds count (scheduler: plugins/helper/spread.go DefaultSelector).
pub(super) fn spread_owner(pod: &Pod) -> Option<&Text> {
    let spreads = |kind: &str| matches!(kind, "ReplicaSet" | "ReplicationController" | "StatefulSet");
    controller_of(&pod.metadata).filter(|owner| spreads(&owner.kind)).map(|owner| &owner.uid)
}

/// The ports of its node that a Pod takes: address, protocol, number.
pub(super) fn host_ports(pod: &Pod) -> Vec<(Text, Text, i32)> {
    containers::ports(&pod.spec)
        .filter_map(|port| {
            let number = port.host_port.filter(|number| *number > 0)?;
            let address = port.host_ip.clone().filter(|ip| !ip.is_empty()).unwrap_or(Text::constant("0.0.0.0"));
            Some((address, port.protocol.clone().unwrap_or(Text::constant("TCP")), number))
        })
        .collect()
}
