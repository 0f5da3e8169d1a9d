//! What the DNS server answers to those who ask it for records: `nslookup`, `dig`, `host` (CoreDNS: plugin/kubernetes
//! kubernetes.go, reverse.go; plugin/backend_lookup.go).

use std::rc::Rc;

use super::answer::{Answered, Record, Search};
use super::names::{DOMAIN, Dns, host_of};
use super::route::target;
use crate::api::{Kind, Object, Pod};
use crate::cluster::world::World;
use crate::cluster::{Endpoint, ObjectKey};

/// The name under which an address is looked up.
pub(crate) fn reversed(address: &str) -> String {
    let parts: Vec<&str> = address.rsplit('.').collect();
    format!("{}.in-addr.arpa", parts.join("."))
}

/// What the server says of `name`, for each of `kinds`. PTR of a name that is none of an address asks for the names of
/// the addresses that were found.
pub(crate) fn records(
    name: &str,
    kinds: &[&'static str],
    search: Search,
    pod: Option<&Pod>,
    world: &World,
) -> Vec<Answered> {
    let Some(dns) = pod.map(Dns::of).filter(|dns| !dns.servers.is_empty()) else { return Vec::new() };
    let name = name.to_ascii_lowercase();
    let ask = |full: &str, kind: &'static str| Answered {
        name: full.into(),
        kind,
        records: dns.records(full, kind, world),
        own: full == DOMAIN || full.ends_with(".cluster.local") || full.ends_with(".in-addr.arpa"),
    };
    let own = name.trim_end_matches('.');
    let names: Vec<String> = match search {
        _ if own.ends_with(".in-addr.arpa") => vec![own.to_owned()],
        Search::Each if !name.contains('.') && !dns.searches.is_empty() => {
            dns.searches.iter().map(|domain| format!("{own}.{domain}")).collect()
        }
        Search::Exact | Search::Each => vec![own.to_owned()],
        Search::First => {
            let found = dns.candidates(&name).into_iter().find(|full| dns.records(full, "A", world).is_some());
            vec![found.unwrap_or_else(|| own.to_owned())]
        }
    };
    let mut all: Vec<Answered> = Vec::new();
    for kind in kinds {
        match *kind {
            "PTR" if search != Search::Exact => {
                let found: Vec<Rc<str>> = all.iter().flat_map(Answered::addresses).collect();
                all.extend(found.iter().map(|address| ask(&reversed(address), "PTR")));
            }
            kind => all.extend(names.iter().map(|full| ask(full, kind))),
        }
    }
    all
}

impl Answered {
    /// The addresses among the records.
    pub fn addresses(&self) -> impl Iterator<Item = Rc<str>> + use<'_> {
        self.records.iter().flatten().filter(|it| it.kind == "A").map(|it| it.data.clone())
    }
}

impl Dns {
    fn records(&self, full: &str, kind: &'static str, world: &World) -> Option<Vec<Record>> {
        let record = |owner: &str, kind, data: &str| Record { owner: owner.into(), kind, data: data.into() };
        if let Some(address) = full.strip_suffix(".in-addr.arpa") {
            let parts: Vec<&str> = address.rsplit('.').collect();
            let names = if self.cluster() { names_of(&parts.join("."), world) } else { Vec::new() };
            return (!names.is_empty()).then(|| names.iter().map(|name| record(full, "PTR", name)).collect());
        }
        if self.cluster() && (kind == "SRV" || full.starts_with('_')) {
            let found = services(full, world)?;
            let wanted = found.iter().filter(|_| kind == "SRV");
            return Some(wanted.map(|data| record(full, "SRV", data)).collect());
        }
        let found = self.ask(full, world, 0)?;
        let alias = (*found.name != *full).then(|| record(full, "CNAME", &found.name));
        let addresses = found.addresses.iter().filter(|_| kind == "A").map(|it| record(&found.name, "A", it));
        Some(alias.into_iter().chain(addresses).collect())
    }
}

/// The endpoints of a Service that are ready.
fn ready<'a>(key: &'a ObjectKey, world: &'a World) -> impl Iterator<Item = &'a Endpoint> {
    world.endpoints.of(&key.namespace, &key.name).filter(|endpoint| endpoint.ready)
}

/// The names of an address inside of the cluster: of the Service that has it, or of the endpoint that has it in each.
fn names_of(address: &str, world: &World) -> Vec<String> {
    if address == super::DNS_ADDRESS {
        return vec!["kube-dns.kube-system.svc.cluster.local".to_owned()];
    }
    let mut names = Vec::new();
    for (key, object) in world.store.list(Kind::Service) {
        let Object::Service(service) = object else { continue };
        let base = format!("{}.{}.svc.{DOMAIN}", key.name, key.namespace);
        if service.spec.as_ref().is_some_and(|spec| spec.cluster_ip.as_deref() == Some(address)) {
            return vec![base];
        }
        let own = ready(key, world).filter(|endpoint| &*endpoint.ip == address);
        names.extend(own.filter_map(|it| Some(format!("{}.{base}", host_of(it, &key.name, world)?))));
    }
    names
}

/// What SRV records say of the ports of a Service: all, or the one that `_port._protocol` before its name names.
fn services(full: &str, world: &World) -> Option<Vec<String>> {
    let mut parts = full.splitn(3, '.');
    let labels = (parts.next().and_then(|it| it.strip_prefix('_')), parts.next().and_then(|it| it.strip_prefix('_')));
    let (wanted, base) = match (labels, parts.next()) {
        ((Some(port), Some(protocol)), Some(base)) => (Some((port, protocol)), base),
        _ => (None, full),
    };
    let (name, namespace) = base.strip_suffix(".svc.cluster.local")?.split_once('.')?;
    let key = ObjectKey::new(Kind::Service, namespace, name);
    let Some(Object::Service(service)) = world.store.get(&key) else { return None };
    let spec = service.spec.as_ref()?;
    let ports = spec.ports.iter().flatten().filter(|port| {
        wanted.is_none_or(|(name, protocol)| {
            port.name.as_deref() == Some(name)
                && port.protocol.as_deref().unwrap_or("TCP").eq_ignore_ascii_case(protocol)
        })
    });
    let mut found: Vec<(u16, String)> = Vec::new();
    for port in ports {
        if spec.cluster_ip.as_deref() != Some("None") {
            found.push((u16::try_from(port.port).ok()?, base.to_owned()));
            continue;
        }
        found.extend(ready(&key, world).filter_map(|endpoint| {
            Some((target(port, endpoint, world)?, format!("{}.{base}", host_of(endpoint, name, world)?)))
        }));
    }
    let weight = 100 / found.len().max(1);
    let text = found.into_iter().map(|(port, host)| format!("0 {weight} {port} {host}"));
    Some(text.collect::<Vec<_>>()).filter(|all| !all.is_empty())
}
