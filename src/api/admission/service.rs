//! What a Service gets besides its addresses.

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Service, ServiceStatus};

/// Address families of a cluster that has IPv4 only, and the two spellings of the cluster IP kept alike
/// (kubernetes: pkg/registry/core/service/storage/alloc.go initIPFamilyFields).
pub(super) fn complete(service: &mut Service) {
    service.status = Some(ServiceStatus { load_balancer: Some(Default::default()), ..ServiceStatus::default() });
    let Some(spec) = service.spec.as_mut() else { return };
    if spec.type_.as_deref() == Some("ExternalName") {
        return;
    }
    let headless = spec.cluster_ip.as_deref() == Some("None");
    let selects = spec.selector.as_ref().is_some_and(|selector| !selector.is_empty());
    if spec.ip_family_policy.is_none() {
        let policy = if headless && !selects { "RequireDualStack" } else { "SingleStack" };
        spec.ip_family_policy = Some(policy.into());
    }
    if spec.ip_families.as_ref().is_none_or(Vec::is_empty) {
        let both = headless && !selects && spec.ip_family_policy.as_deref() != Some("SingleStack");
        let families: &[&str] = if both { &["IPv4", "IPv6"] } else { &["IPv4"] };
        spec.ip_families = Some(families.iter().map(|family| (*family).to_owned()).collect());
    }
    match (&spec.cluster_ip, &spec.cluster_ips) {
        (Some(ip), None) if !ip.is_empty() => spec.cluster_ips = Some(vec![ip.to_string()]),
        (None, Some(ips)) => spec.cluster_ip = ips.first().map(Text::from),
        _ => {}
    }
}
