//! The network of the cluster: names, Services, addresses, the world outside, and what flows between them.
//!
//! Here is what is true of the network as such. How a program's request is carried, and what the server at the other
//! end makes of it, is told by `runtime::network`; whoever sends something notes a [`Flow`] by [`World::flow`].

mod flow;
mod names;
mod records;
mod route;
mod thin;

use collections::{Map as BTreeMap, Set as BTreeSet};
use std::rc::Rc;

pub use flow::{Fault, Flow, Party, Protocol};
pub(crate) use names::{Found, is_node, resolv_conf, resolve};
pub(crate) use records::{Answered, Record, Search, records, reversed};
pub(crate) use route::{Client, Route, To, route};

use super::Rng;
use super::journal::Happening;
use super::world::{Due, World};
use thin::Thinning;

/// The address of the cluster's DNS server.
pub(crate) const DNS_ADDRESS: &str = "10.96.0.10";

/// The annotation by which a manifest names hosts outside of the cluster: names separated by blanks.
const OUTSIDE: &str = "podlab.dev/outside";

/// What the network remembers.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// Which endpoint, which address: the node draws one of several.
    rng: Rng,
    /// Whether nothing outside can be reached.
    off: bool,
    /// The hosts outside that do not answer.
    down: BTreeSet<Rc<str>>,
    /// Hosts outside that manifests name.
    named: BTreeMap<Rc<str>, ()>,
    next_flow: u64,
    thinning: Thinning,
}

impl Network {
    /// The network at the beginning of a run with this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed ^ 0x6E65_7477_6F72_6B73),
            off: false,
            down: BTreeSet::new(),
            named: BTreeMap::new(),
            next_flow: 0,
            thinning: Thinning::default(),
        }
    }

    /// A number drawn for this network.
    pub fn draw(&mut self) -> u64 {
        self.rng.next_u64() >> 16
    }

    /// The number of the next flow.
    pub fn next_flow(&mut self) -> u64 {
        self.next_flow += 1;
        self.next_flow
    }

    /// Switches the world outside, or one host of it, on or off.
    pub fn switch(&mut self, host: Option<&Rc<str>>, on: bool) {
        match host {
            None => self.off = !on,
            Some(host) if on => _ = self.down.remove(host),
            Some(host) => _ = self.down.insert(host.clone()),
        }
    }

    /// Whether `host` outside can be reached.
    pub fn reaches(&self, host: &str) -> bool {
        // What is called by these names is part of the cluster.
        matches!(host, "kube-dns" | "kube-apiserver") || !self.off && !self.down.contains(host)
    }

    /// Whether names of the world outside can be looked up.
    pub fn is_off(&self) -> bool {
        self.off
    }

    /// A manifest names hosts outside.
    pub fn learn(&mut self, annotations: Option<&BTreeMap<String, String>>) {
        let Some(text) = annotations.and_then(|annotations| annotations.get(OUTSIDE)) else { return };
        for name in text.split_whitespace() {
            let name = name.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
            if !name.is_empty() {
                self.named.insert(name.into(), ());
            }
        }
    }

    /// Whether a manifest names this host.
    fn names(&self, host: &str) -> bool {
        self.named.contains_key(host)
    }
}

/// A timer of the network: flows that were held back are told together.
#[derive(Clone, Debug)]
pub(crate) struct Timer(Rc<str>);

impl World {
    /// Notes a flow in the journal, together with others of its kind where there are many.
    pub fn flow(&mut self, flow: Flow) {
        if let Some(flow) = self.network.thinning.take(flow, self.now) {
            match flow {
                thin::Taken::Told(flow) => self.note(Happening::Flow(flow)),
                thin::Taken::Held(key, after) => self.wake(after, Due::Network(Timer(key))),
            }
        }
    }

    /// A timer of the network runs out.
    pub fn network_timer(&mut self, timer: Timer) {
        if let Some(flow) = self.network.thinning.release(&timer.0) {
            self.note(Happening::Flow(Rc::new(flow)));
        }
    }
}

/// The address that a host outside has: always the same for the same name (from a range that is kept for examples).
fn outside_address(name: &str) -> Rc<str> {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return name.into();
    }
    format!("203.0.113.{}", hash(name) % 254 + 1).into()
}

/// A number made of a text (FNV-1a).
fn hash(text: &str) -> u64 {
    let mixed = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |so_far, byte| (so_far ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    mixed ^ (mixed >> 32)
}
