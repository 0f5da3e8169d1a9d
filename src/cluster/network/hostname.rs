//! What a Pod is called as a host (kubelet: kubelet_pods.go GeneratePodHostNameAndDomain, 1.36).

use crate::api::Pod;

/// A host's name is so long at most (kubelet: util.go truncatePodHostnameIfNeeded).
const LONGEST: usize = 63;

/// The name of a Pod as a host, and its domain under a headless Service.
pub(crate) fn host_and_domain(pod: &Pod) -> (&str, Option<String>) {
    let given = |name: &str| !name.is_empty();
    if let Some(name) = pod.spec.hostname_override.as_deref().filter(|name| given(name)) {
        return (name, None);
    }
    let name = pod.spec.hostname.as_deref().filter(|name| given(name)).unwrap_or_else(|| pod.name());
    let cut = name.get(..LONGEST).map_or(name, |cut| cut.trim_end_matches(['-', '.']));
    let subdomain = pod.spec.subdomain.as_deref().filter(|name| given(name));
    (cut, subdomain.map(|subdomain| format!("{subdomain}.{}.svc.cluster.local", pod.namespace())))
}
