//! What a name leads to: the hosts file of a Pod, the records of the cluster's DNS server with the search path, and the
//! world outside (kubernetes: pkg/kubelet/network/dns/dns.go; CoreDNS: plugin/kubernetes). What the server says to those
//! who ask it for records stands in [`super::records`].

use std::rc::Rc;

use super::found::Found;
use super::hostname::host_and_domain;
use super::state::Network;
use crate::api::{Kind, Object, Pod};
use crate::cluster::world::World;
use crate::cluster::{Endpoint, ObjectKey};

/// The domain of the cluster.
pub(super) const DOMAIN: &str = "cluster.local";
/// The server that a node asks, which its Pods ask where they do not ask the cluster's.
const NODE_SERVER: &str = "172.20.0.1";
/// So many servers are asked at most (kubernetes: validation.MaxDNSNameservers).
const SERVERS: usize = 3;
/// The search path is so long at most (kubelet: MaxDNSSearchPaths).
const SEARCHES: usize = 32;

/// Ends of names that everybody can register under, or nearly.
const PUBLIC: &str = " com org net io dev app edu gov mil int info biz co ai cloud me tv cc xyz tech online site page sh \
                      run tools cn de uk fr jp us eu nl ch at it es pl se no fi dk be br in ru au ca kr tw hk sg nz za \
                      mx ar cl tr cz pt gr hu ie ro ua il id th vn my ph example ";

/// Looks up `name` for a program in `pod`, whose address is `own`; without a Pod, as the node does.
pub(crate) fn resolve(name: &str, pod: Option<&Pod>, own: &str, world: &World) -> Option<Found> {
    let (absolute, name) = (name.ends_with('.'), name.trim_end_matches('.').to_ascii_lowercase());
    if name.parse::<std::net::IpAddr>().is_ok() {
        return Some(Found::at(&name, &name));
    }
    if name == "localhost" || name.ends_with(".localhost") {
        return Some(Found::at(&name, "127.0.0.1"));
    }
    if let Some(pod) = pod {
        let hostname = host_and_domain(pod).0;
        if name == hostname && !own.is_empty() {
            return Some(Found::at(&name, own));
        }
        if !own.is_empty() && host_and_domain(pod).1.is_some_and(|domain| name == format!("{hostname}.{domain}")) {
            return Some(Found::at(&name, own));
        }
        for alias in pod.spec.host_aliases.iter().flatten() {
            if alias.hostnames.iter().flatten().any(|known| *known == name) {
                return Some(Found::at(&name, &alias.ip));
            }
        }
    }
    let dns = pod.map_or_else(Dns::default, Dns::of);
    if pod.is_some() && dns.servers.is_empty() {
        return None;
    }
    let name = if absolute { format!("{name}.") } else { name };
    dns.candidates(&name).iter().find_map(|full| dns.ask(full, world, 0))
}

/// The address of a node.
fn node_address(node: &Object) -> Option<&str> {
    let Object::Node(node) = node else { return None };
    let addresses = node.status.as_ref()?.addresses.as_deref()?;
    Some(&addresses.iter().find(|it| it.type_ == "InternalIP")?.address)
}

/// Whether a node has this address.
pub(crate) fn is_node(address: &str, world: &World) -> bool {
    world.store.list(Kind::Node).any(|(_, node)| node_address(node) == Some(address))
}

/// The options of a resolver by name, with their values.
type Options = Vec<(String, Option<String>)>;

/// How a Pod asks for names (kubelet: network/dns/dns.go GetPodDNS).
#[derive(Default)]
pub(super) struct Dns {
    pub servers: Vec<String>,
    pub searches: Vec<String>,
    options: Options,
}

impl Dns {
    /// A Pod of policy None that names no server has none.
    pub fn of(pod: &Pod) -> Dns {
        let policy = pod.spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
        let mut dns = Dns::default();
        // On the network of its node a Pod has the node's DNS, unless it says otherwise (dns.go getPodDNSType).
        let cluster = match policy {
            "ClusterFirst" => pod.spec.host_network != Some(true),
            "ClusterFirstWithHostNet" => true,
            _ => false,
        };
        if cluster {
            let namespace = pod.namespace();
            dns.servers = vec![super::DNS_ADDRESS.to_owned()];
            dns.searches = vec![format!("{namespace}.svc.{DOMAIN}"), format!("svc.{DOMAIN}"), DOMAIN.to_owned()];
            dns.options = vec![("ndots".to_owned(), Some("5".to_owned()))];
        } else if policy != "None" {
            dns.servers = vec![NODE_SERVER.to_owned()];
        }
        if let Some(config) = &pod.spec.dns_config {
            append(&mut dns.servers, config.nameservers.iter().flatten().map(|server| &**server), SERVERS);
            append(&mut dns.searches, config.searches.iter().flatten().map(|domain| &**domain), SEARCHES);
            for option in config.options.iter().flatten() {
                let name = option.name.as_deref().unwrap_or_default();
                let value = option.value.as_deref().filter(|value| !value.is_empty()).map(str::to_owned);
                match dns.options.iter_mut().find(|(known, _)| known == name) {
                    Some(known) => known.1 = value,
                    None => dns.options.push((name.to_owned(), value)),
                }
            }
        }
        dns
    }

    /// A name with fewer dots is looked up in the search path first.
    fn ndots(&self) -> usize {
        let said = self.options.iter().find(|(name, _)| name == "ndots").and_then(|(_, value)| value.as_deref());
        said.and_then(|value| value.parse().ok()).unwrap_or(1)
    }

    /// Whether it asks the cluster's server.
    pub fn cluster(&self) -> bool {
        self.servers.iter().any(|server| server == super::DNS_ADDRESS)
    }

    /// The full names that a name may stand for, in the order in which they are asked for (resolv.conf(5): ndots).
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(absolute) = name.strip_suffix('.') {
            return vec![absolute.to_owned()];
        }
        let full = |domain: &String| format!("{name}.{}", domain.trim_end_matches('.'));
        let mut all: Vec<String> = self.searches.iter().map(full).collect();
        let at = if name.matches('.').count() < self.ndots() { all.len() } else { 0 };
        all.insert(at, name.to_owned());
        all
    }

    /// What the server answers for a full name.
    pub fn ask(&self, full: &str, world: &World, depth: usize) -> Option<Found> {
        if full == DOMAIN || full.ends_with(".cluster.local") {
            return if self.cluster() { self.record(full, world, depth) } else { None };
        }
        // The name of a node is known to whoever runs the nodes.
        let node = world.store.get(&ObjectKey::new(Kind::Node, "", full)).and_then(node_address);
        node.map(|address| Found::at(full, address)).or_else(|| outside(full, &world.network))
    }

    /// A record of the cluster's own zone.
    fn record(&self, full: &str, world: &World, depth: usize) -> Option<Found> {
        let labels: Vec<&str> = full.strip_suffix(DOMAIN)?.trim_end_matches('.').split('.').collect();
        let (host, name, namespace) = match labels[..] {
            [name, namespace, "svc"] => (None, name, namespace),
            [host, name, namespace, "svc"] => (Some(host), name, namespace),
            // Of a Pod its address is its name (CoreDNS: pods insecure).
            [address, _, "pod"] => {
                let address = address.replace('-', ".");
                return address.parse::<std::net::Ipv4Addr>().is_ok().then(|| Found::at(full, &address));
            }
            _ => return None,
        };
        let key = ObjectKey::new(Kind::Service, namespace, name);
        let Some(Object::Service(service)) = world.store.get(&key) else { return None };
        let spec = service.spec.as_ref()?;
        if spec.type_.as_deref() == Some("ExternalName") {
            let target = spec.external_name.as_deref()?.trim_end_matches('.').to_ascii_lowercase();
            // A name that leads to itself leads nowhere.
            let found = if depth < 8 { self.ask(&target, world, depth + 1) } else { None };
            let own = target.ends_with(DOMAIN);
            return found.or_else(|| (!own).then(|| Found::outside(&target)));
        }
        let address = spec.cluster_ip.as_deref().unwrap_or_default();
        if address != "None" && host.is_none() {
            return (!address.is_empty()).then(|| Found::at(full, address));
        }
        let pods = world.endpoints.of(namespace, name).filter(|endpoint| endpoint.ready);
        let named =
            |endpoint: &&Endpoint| host.is_none_or(|host| host_of(endpoint, name, world).as_deref() == Some(host));
        let mut addresses: Vec<Rc<str>> = pods.filter(named).map(|endpoint| endpoint.ip.clone()).collect();
        addresses.extend(super::route::written(&key, world).into_iter().map(|(address, _)| address));
        (!addresses.is_empty()).then(|| Found { name: full.into(), addresses, outside: None })
    }
}

/// Adds what is not there yet, up to `most`.
fn append<'a>(list: &mut Vec<String>, more: impl Iterator<Item = &'a str>, most: usize) {
    for one in more {
        if !list.iter().any(|known| known == one) {
            list.push(one.to_owned());
        }
    }
    list.truncate(most);
}

/// The text of `/etc/resolv.conf` in the containers of `pod` (containerd:
/// internal/cri/server/podsandbox/sandbox_run_linux.go parseDNSOptions).
pub(crate) fn resolv_conf(pod: &Pod) -> String {
    let dns = Dns::of(pod);
    let options = dns.options.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}:{value}"),
        None => name.clone(),
    });
    let options: Vec<String> = options.collect();
    let mut text = String::new();
    for (word, values, between) in
        [("search", &dns.searches, " "), ("nameserver", &dns.servers, "\nnameserver "), ("options", &options, " ")]
    {
        if !values.is_empty() {
            text.push_str(&format!("{word} {}\n", values.join(between)));
        }
    }
    text
}

/// The name of a Pod under its headless Service (endpointslice: utils.go podToEndpoint, GetPodHostnames): its hostname
/// where its subdomain is the Service, else its address.
pub(super) fn host_of(endpoint: &Endpoint, service: &str, world: &World) -> Option<String> {
    let pod = world.store.get(&endpoint.pod).and_then(Object::as_pod)?;
    match (&pod.spec.hostname, &pod.spec.subdomain) {
        (Some(hostname), Some(subdomain)) if subdomain == service => Some(hostname.to_string()),
        _ => Some(endpoint.ip.replace('.', "-")),
    }
}

/// A host outside of the cluster: one under a public domain, or one that a manifest names.
fn outside(name: &str, network: &Network) -> Option<Found> {
    let (before, last) = name.rsplit_once('.').unwrap_or(("", name));
    let fine =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let public = !before.is_empty()
        && before.split('.').all(fine)
        && PUBLIC.split(' ').any(|known| !known.is_empty() && known == last);
    (public || network.names(name)).then(|| Found::outside(name))
}
