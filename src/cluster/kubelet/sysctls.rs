//! Kernel parameters that a Pod asks for: the node takes only those that are safe (kubelet: sysctl/allowlist.go,
//! sysctl/safe_sysctls.go, 1.36).

use super::admission::Rejection;
use crate::api::Pod;

/// The one safe parameter that belongs to the namespace of IPC; the others belong to that of the network.
const IPC: &str = "kernel.shm_rmid_forced";
/// What safe parameters of the network begin with.
const NET: &str = "net.ipv4.";
/// And how they go on.
const SAFE: [&str; 11] = [
    "ip_local_port_range",
    "tcp_syncookies",
    "ping_group_range",
    "ip_unprivileged_port_start",
    "ip_local_reserved_ports",
    "tcp_keepalive_time",
    "tcp_fin_timeout",
    "tcp_keepalive_intvl",
    "tcp_keepalive_probes",
    "tcp_rmem",
    "tcp_wmem",
];

/// Why a node does not take `pod` for its kernel parameters, if so (patternAllowlist Admit).
pub(super) fn refusal(pod: &Pod) -> Option<Rejection> {
    let sysctls = pod.spec.security_context.as_ref()?.sysctls.as_ref()?;
    let why = sysctls.iter().find_map(|sysctl| problem(pod, &dotted(&sysctl.name)))?;
    Some(Rejection { reason: "SysctlForbidden", message: format!("forbidden sysctl: {why}") })
}

/// What is wrong with one of them.
fn problem(pod: &Pod, name: &str) -> Option<String> {
    let shared = |shares: Option<bool>, what: &str| {
        (shares == Some(true)).then(|| format!("{name:?} not allowed with host {what} enabled"))
    };
    match name.strip_prefix(NET) {
        _ if name == IPC => shared(pod.spec.host_ipc, "ipc"),
        Some(rest) if SAFE.contains(&rest) => shared(pod.spec.host_network, "net"),
        _ => Some(format!("{name:?} not allowlisted")),
    }
}

/// A name whose parts are separated by slashes with dots instead (component-helpers: node/util/sysctl/sysctl.go
/// ConvertSysctlVariableToDotsSeparator).
fn dotted(name: &str) -> String {
    if name.find(['.', '/']).is_none_or(|at| name.get(at..).is_some_and(|rest| rest.starts_with('.'))) {
        return name.to_owned();
    }
    let other = |letter| match letter {
        '.' => '/',
        '/' => '.',
        letter => letter,
    };
    name.chars().map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};

    fn said(name: &str, more: &str) -> String {
        let mut spec = serde_json::json!({"securityContext": {"sysctls": [{"name": name, "value": "1"}]}});
        spec[more] = true.into();
        let value = serde_json::json!({"metadata": {"name": "p"}, "spec": spec});
        let Object::Pod(pod) = Object::from_json(Kind::Pod, value).unwrap() else { panic!("a Pod") };
        refusal(&pod).map(|rejection| rejection.message).unwrap_or_default()
    }

    #[test]
    fn only_what_is_safe_and_the_pods_own_is_taken() {
        assert_eq!(said("kernel.msgmax", "hostPID"), "forbidden sysctl: \"kernel.msgmax\" not allowlisted");
        assert_eq!(said("net/core/somaxconn", "hostPID"), "forbidden sysctl: \"net.core.somaxconn\" not allowlisted");
        assert_eq!(said("net/ipv4/tcp_syncookies", "hostPID"), "");
        let net = "forbidden sysctl: \"net.ipv4.tcp_rmem\" not allowed with host net enabled";
        assert_eq!(said("net.ipv4.tcp_rmem", "hostNetwork"), net);
        let ipc = "forbidden sysctl: \"kernel.shm_rmid_forced\" not allowed with host ipc enabled";
        assert_eq!(said("kernel.shm_rmid_forced", "hostIPC"), ipc);
        assert_eq!(said("kernel.shm_rmid_forced", "hostNetwork"), "");
    }
}
