//! Images: which the nodes have, and how pulling the others goes.

use collections::{Map as BTreeMap, Set as BTreeSet, Table};
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::Text;

use super::program::PullRule;
use crate::api::image;
use crate::cluster::Config;
use crate::cluster::fnv::fnv1a;

/// How a pull will go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pull {
    /// How long it takes.
    pub takes: Duration,
    /// The runtime's error, where it fails.
    pub error: Option<String>,
}

/// The images of all nodes and of the registries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images {
    /// The nodes that have each image.
    present: BTreeMap<Rc<str>, BTreeSet<Rc<str>>>,
    unavailable: BTreeSet<Rc<str>>,
    /// Those that a person has made available, whatever a Pod says of them.
    given: BTreeSet<Rc<str>>,
    /// What containers were made of: the full names of those images, and their ids.
    identities: BTreeMap<Rc<str>, Rc<(Text, Text)>>,
    /// How often each Pod has pulled each image.
    pulls: Table<Rc<str>, BTreeMap<Rc<str>, u32>>,
}

/// The first three quarters of every digest here.
const ZEROS: &str = "000000000000000000000000000000000000000000000000";

/// How long a pull that fails takes.
const FAILING: Duration = Duration::from_millis(500);

/// The size of an image nobody says more of, bytes.
const SIZE: u64 = 31_457_280;

/// The size of an image, bytes.
pub(crate) fn image_size(image: &str) -> u64 {
    super::program::images::find(image).and_then(|known| known.size()).unwrap_or(SIZE)
}

impl Images {
    /// Whether `node` has `image`.
    pub fn present(&self, node: &str, image: &str, config: &Config) -> bool {
        (config.sim_variables && image.starts_with("present/"))
            || self.present.get(image).is_some_and(|nodes| nodes.contains(node))
    }

    /// The full name of `image`, and its id: the containers of a thousand Pods have the same few.
    pub fn identity(&mut self, image: &Rc<str>) -> Rc<(Text, Text)> {
        let of = || {
            let full = image::normalise(image);
            let id = format!("{}@sha256:{ZEROS}{:016x}", image::split(&full).repository, fnv1a(full.bytes()));
            Rc::new((full.into(), id.into()))
        };
        self.identities.entry(image.clone()).or_insert_with(of).clone()
    }

    /// `node` has `image` from now on.
    pub fn add(&mut self, node: &str, image: &str) {
        if !self.present.contains_key(image) {
            self.present.insert(image.into(), BTreeSet::new());
        }
        if let Some(nodes) = self.present.get_mut(image) {
            nodes.insert(node.into());
        }
    }

    /// Makes `image` available or not, whatever the Pods' annotations say of it: who does it looks at a run that goes on by
    /// them. What is not available is also taken from the nodes, so that it is missed.
    pub fn set(&mut self, image: &str, available: bool) {
        if available {
            self.unavailable.remove(image);
            self.given.insert(image.into());
        } else {
            self.given.remove(image);
            self.unavailable.insert(image.into());
            self.present.remove(image);
        }
    }

    /// How the pull of `image` for the Pod `uid` that begins now will go; `rule` is what the Pod's annotation says.
    pub fn pull(&mut self, uid: &Rc<str>, image: &str, rule: Option<PullRule>, config: &Config) -> Pull {
        let mut before = 0;
        // Only the images of the recordings ask how often they were pulled.
        if config.sim_variables
            && let Some(pulls) = self.pulls.or_default(uid, Rc::clone)
        {
            let count = pulls.entry(image.into()).or_default();
            before = *count;
            *count = count.saturating_add(1);
        }
        let missing = |takes| Pull { takes, error: Some(not_found(image)) };
        let takes = |takes| Pull { takes, error: None };
        if self.unavailable.contains(image) {
            return missing(FAILING);
        }
        match rule {
            Some(PullRule::Takes(duration)) => return takes(duration),
            Some(PullRule::Fails) if !self.given.contains(image) => return missing(FAILING),
            Some(PullRule::Fails) | None => {}
        }
        if config.sim_variables {
            let (path, rest) = image.split_once('/').unwrap_or((image, ""));
            match path {
                "fail" => {
                    let seconds = seconds_after(rest, "slow").unwrap_or(FAILING);
                    return missing(seconds);
                }
                "fail2x" if before < 2 => return missing(FAILING),
                "sim" => return takes(seconds_after(rest, "slow").unwrap_or(config.latencies.pull)),
                _ => {}
            }
        }
        takes(config.latencies.pull)
    }

    /// Forgets the counts of the Pod `uid`.
    pub fn forget(&mut self, uid: &Rc<str>) {
        self.pulls.remove(uid);
    }
}

fn seconds_after(name: &str, prefix: &str) -> Option<Duration> {
    let digits: String = name.strip_prefix(prefix)?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Duration::from_secs)
}

/// What containerd says of an image that no registry has.
fn not_found(name: &str) -> String {
    let full = image::normalise(name);
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \
         \"{full}\": {full}: not found"
    )
}
