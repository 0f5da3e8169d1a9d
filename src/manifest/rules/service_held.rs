//! What the server has given to Services.

use collections::Set as BTreeSet;

use k8s_openapi::api::core::v1::Service;

use super::go;
use crate::api::NODE_PORTS;

/// The addresses and node ports that Services hold, where the server gives them out for good.
#[derive(Clone, Debug, Default)]
pub struct Held {
    ips: BTreeSet<String>,
    ports: BTreeSet<i32>,
}

impl Held {
    /// What is given out in a cluster's first minute: the address of the Service `kubernetes`.
    pub fn at_first() -> Self {
        Held { ips: ["10.96.0.1".to_owned()].into_iter().collect(), ports: BTreeSet::new() }
    }

    /// What the Service asks for is its own from now on.
    pub fn give(&mut self, service: &Service) {
        let Some(spec) = &service.spec else { return };
        let first = spec.cluster_ip.as_deref().into_iter();
        let ips = first.chain(go::list(&spec.cluster_ips).iter().map(String::as_str));
        self.ips.extend(ips.filter(|ip| !matches!(*ip, "" | "None")).map(str::to_owned));
        self.ports.extend(go::list(&spec.ports).iter().filter_map(|port| port.node_port).filter(|port| *port != 0));
    }

    /// Whether a Service has the address.
    pub fn has_ip(&self, ip: &str) -> bool {
        self.ips.contains(ip)
    }

    /// Why the node port cannot be had (kubernetes: pkg/registry/core/service/portallocator/allocator.go Allocate).
    pub fn refusal(&self, port: i32) -> Option<&'static str> {
        if !NODE_PORTS.contains(&port) {
            return Some("provided port is not in the valid range. The range of valid ports is 30000-32767");
        }
        self.ports.contains(&port).then_some(ALLOCATED)
    }
}

/// What is said of a node port that another has.
pub const ALLOCATED: &str = "provided port is already allocated";
