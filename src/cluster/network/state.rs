//! What the network remembers: the hosts outside, and what was told of the flows.

use collections::{Map as BTreeMap, Set as BTreeSet};
use std::rc::Rc;

use super::thin::Thinning;
use crate::cluster::Rng;

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
    pub(super) thinning: Thinning,
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
    pub(super) fn names(&self, host: &str) -> bool {
        self.named.contains_key(host)
    }
}
