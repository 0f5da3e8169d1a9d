//! Who a container is, and what it finds in `/etc` about names (kubelet: kubelet_pods.go GeneratePodHostNameAndDomain,
//! managedHostsFileContent; containerd: internal/cri/server/podsandbox/sandbox_run_linux.go, 1.36).

use std::rc::Rc;

use crate::api::Pod;
use crate::cluster::network::{self, host_and_domain};

/// What the kubelet and the runtime write into `/etc` of a container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Etc {
    /// What the container takes for its name, as it is in `/etc/hostname`.
    pub hostname: Rc<str>,
    /// `/etc/hosts`
    pub hosts: String,
    /// `/etc/resolv.conf`
    pub resolv: String,
}

impl Etc {
    /// What a container of `pod`, which has `address`, finds.
    pub fn of(pod: &Pod, address: &str) -> Self {
        let (host, domain) = host_and_domain(pod);
        let on_node = pod.spec.host_network == Some(true);
        let hostname: Rc<str> = match &domain {
            _ if on_node => pod.spec.node_name.as_deref().unwrap_or_default().into(),
            Some(domain) if pod.spec.set_hostname_as_fqdn == Some(true) => format!("{host}.{domain}").into(),
            _ => host.into(),
        };
        let mut hosts = match (on_node, domain) {
            (true, _) => format!("{NODE}{address}\t{hostname}\n"),
            (false, Some(domain)) => format!("{MANAGED}{address}\t{host}.{domain}\t{host}\n"),
            (false, None) => format!("{MANAGED}{address}\t{host}\n"),
        };
        let aliases = pod.spec.host_aliases.as_deref().unwrap_or_default();
        if !aliases.is_empty() {
            hosts.push_str("\n# Entries added by HostAliases.\n");
        }
        for alias in aliases {
            let names: Vec<&str> = alias.hostnames.iter().flatten().map(|name| &**name).collect();
            hosts.push_str(&format!("{}\t{}\n", alias.ip, names.join("\t")));
        }
        Self { hostname, hosts, resolv: network::resolv_conf(pod) }
    }
}

/// The beginning of the file that the kubelet writes.
const MANAGED: &str = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n\
                       ::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\n\
                       fe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n";

/// The beginning of a node's own file, as its Pods see it.
const NODE: &str = "# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n\
                    ::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n\
                    ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};

    fn of(spec: serde_json::Value) -> Etc {
        let value = serde_json::json!({"metadata": {"name": "p", "namespace": "shop"}, "spec": spec});
        let Object::Pod(pod) = Object::from_json(Kind::Pod, value).unwrap() else { panic!("a Pod") };
        Etc::of(&pod, "10.88.0.9")
    }

    #[test]
    fn a_pod_finds_itself_and_its_aliases_in_its_hosts_file() {
        let aliases = serde_json::json!([{"ip": "1.2.3.4", "hostnames": ["foo.local", "bar.local"]}]);
        let etc = of(serde_json::json!({"subdomain": "web", "hostAliases": aliases}));
        let tail = "10.88.0.9\tp.web.shop.svc.cluster.local\tp\n\n# Entries added by HostAliases.\n\
                    1.2.3.4\tfoo.local\tbar.local\n";
        assert_eq!(etc.hosts, format!("{MANAGED}{tail}"));
        assert_eq!(&*etc.hostname, "p");
        let full = of(serde_json::json!({"subdomain": "web", "hostname": "a", "setHostnameAsFQDN": true}));
        assert_eq!(&*full.hostname, "a.web.shop.svc.cluster.local");
        assert!(of(serde_json::json!({})).hosts.ends_with("ip6-allrouters\n10.88.0.9\tp\n"));
        let node = of(serde_json::json!({"hostNetwork": true, "nodeName": "node-1"}));
        assert_eq!(&*node.hostname, "node-1");
        assert!(node.hosts.starts_with("# Kubernetes-managed hosts file (host network).\n"));
    }

    #[test]
    fn the_resolver_is_told_what_the_policy_and_the_config_say() {
        let resolv = |spec: serde_json::Value| of(spec).resolv;
        let cluster = "search shop.svc.cluster.local svc.cluster.local cluster.local";
        assert_eq!(resolv(serde_json::json!({})), format!("{cluster}\nnameserver 10.96.0.10\noptions ndots:5\n"));
        let config = serde_json::json!({
            "nameservers": ["1.1.1.1"], "searches": ["my.dns"],
            "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
        });
        assert_eq!(
            resolv(serde_json::json!({"dnsConfig": config})),
            format!("{cluster} my.dns\nnameserver 10.96.0.10\nnameserver 1.1.1.1\noptions ndots:2 edns0\n")
        );
        let own = "search my.dns\nnameserver 1.1.1.1\noptions ndots:2 edns0\n";
        assert_eq!(resolv(serde_json::json!({"dnsPolicy": "None", "dnsConfig": config})), own);
        let node = resolv(serde_json::json!({"dnsPolicy": "Default"}));
        assert!(!node.contains("cluster.local"), "{node}");
        assert_eq!(resolv(serde_json::json!({"hostNetwork": true})), node);
    }
}
