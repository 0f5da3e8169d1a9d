//! The leases by which kubelets say that they are alive, made of what the nodes say: the simulated kubelets keep none
//! (kubernetes: pkg/kubelet/kubelet.go, component-helpers apimachinery/lease, 1.36).

use serde_json::json;

use crate::api::{Kind, Object, Other, View};
use crate::cluster::Cluster;
use crate::kubectl::resources::Resource;

/// Where they are.
const NAMESPACE: &str = "kube-node-lease";
/// How long one holds, in seconds (kubelet: nodeLeaseDurationSeconds).
const HOLDS: i32 = 40;

/// The leases of a cluster that goes on; none of another resource.
pub(super) fn made(cluster: &Cluster, resource: Resource) -> Vec<Object> {
    if resource.kind != "Lease" || !cluster.is_live() {
        return Vec::new();
    }
    let one = |node: &Object| {
        let value = node.to_json();
        let view = View::new(&value);
        let last = view.at("status.conditions").items().map(|it| it.at("lastHeartbeatTime").str().to_owned()).next();
        let renewed = last.unwrap_or_default().replace('Z', ".000000Z");
        let value = json!({
            "metadata": {
                "name": node.name(), "namespace": NAMESPACE,
                "creationTimestamp": view.at("metadata.creationTimestamp").0,
                "ownerReferences": [{
                    "apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": view.at("metadata.uid").str(),
                }],
            },
            "spec": {"holderIdentity": node.name(), "leaseDurationSeconds": HOLDS, "renewTime": renewed},
        });
        Other::from_json(resource.api_version, resource.kind, value).ok().map(Object::Other)
    };
    cluster.store().list(Kind::Node).filter_map(|(_, node)| one(node)).collect()
}
