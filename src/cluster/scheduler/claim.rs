//! What one Pod takes of its node.

use std::rc::Rc;

use k8s_openapi::Text;

use super::pod_affinity;
use crate::api::quantity::{self, Quantity};
use crate::api::resources::{Amounts, pod_requests};
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
    /// The uid of the Pod's controller.
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
            keeps_apart: pod_affinity::keeps_apart(&pod.spec),
            has_wishes: pod_affinity::has_wishes(&pod.spec),
        }
    }
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
