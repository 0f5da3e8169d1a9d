//! Objects that the simulated cluster does not hold, made of what it knows when somebody asks for them.

mod endpoints;
mod leases;
mod revisions;

pub(super) use endpoints::suffix;

use super::resources::Resource;
use crate::api::{Object, View, table};
use crate::cluster::Cluster;

/// All objects of `resource` that are made; none of a resource that the cluster holds.
pub(super) fn all(cluster: &Cluster, resource: Resource) -> impl Iterator<Item = Object> {
    let made = match resource.kind {
        "ControllerRevision" => revisions::made(cluster, resource),
        "Lease" => leases::made(cluster, resource),
        _ => endpoints::made(cluster, resource),
    };
    made.into_iter()
}

/// The columns of such a resource's table that stand between the name and the age (kubernetes: printers.go AddHandlers, 1.36).
pub(super) fn columns(resource: Resource) -> &'static [&'static str] {
    match resource.kind {
        "Endpoints" => &["Endpoints"],
        "ControllerRevision" => &["Controller", "Revision"],
        "Lease" => &["Holder"],
        _ => &[],
    }
}

/// The cells of `object` in these [`columns`].
pub(super) fn cells(resource: Resource, object: &Object) -> Vec<String> {
    if columns(resource).is_empty() {
        return Vec::new();
    }
    let value = object.to_json();
    let view = View::new(&value);
    match resource.kind {
        "Endpoints" => vec![addresses(view)],
        "ControllerRevision" => vec![revisions::controller(view), view.at("revision").int().to_string()],
        _ => vec![view.at("spec.holderIdentity").text()],
    }
}

/// The cell ENDPOINTS: `10.0.0.1:80,10.0.0.2:80`. Only where there is no subset at all it says so; Pods that are not ready
/// leave it empty (printers.go formatEndpoints).
fn addresses(endpoints: View<'_>) -> String {
    let subsets = endpoints.at("subsets").items();
    let absent = if subsets.len() == 0 { "<none>" } else { "" };
    let mut all = Vec::new();
    for subset in subsets {
        let ips = || subset.at("addresses").items().map(|it| it.at("ip").text());
        // A headless Service may have no ports.
        if subset.at("ports").items().len() == 0 {
            all.extend(ips());
        }
        for port in subset.at("ports").items() {
            all.extend(ips().map(|ip| format!("{ip}:{}", port.at("port").int())));
        }
    }
    table::first_three(all, absent)
}
