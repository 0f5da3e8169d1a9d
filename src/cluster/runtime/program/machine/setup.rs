//! What an instance of a container is started with.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::images::Image;
use crate::cluster::runtime::files::{Layer, Mount};

/// A variable of the environment or of a shell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Variable {
    /// None: it is known (exported, local) and has no value.
    pub value: Option<Rc<str>>,
    pub exported: bool,
    pub read_only: bool,
}

/// Variables by name; shared until written.
pub(crate) type Variables = Rc<BTreeMap<Rc<str>, Variable>>;

/// What does not change while a container runs.
#[derive(Debug)]
pub(crate) struct Setup {
    /// What the catalogue says of its image.
    pub image: Option<Image>,
    /// Its tag.
    pub tag: Rc<str>,
    pub environment: Vec<(String, String)>,
    pub mounts: Vec<Mount>,
    /// The files of the image.
    pub layer: Rc<Layer>,
    pub folder: Rc<str>,
    pub hostname: Rc<str>,
    pub user: u32,
    /// The first is its own, the others are supplementary.
    pub groups: Vec<u32>,
    pub read_only_root: bool,
    /// Whether root may give files to others (`CAP_CHOWN`).
    pub may_own: bool,
    /// Bytes.
    pub memory_limit: Option<u64>,
    /// What the clock shows when the run begins, seconds since 1970.
    pub epoch: i64,
    /// Whether its first process ignores signals that it has no handler for.
    pub first_process: bool,
    /// Where it leaves its last words.
    pub message_path: Rc<str>,
}

impl Setup {
    /// The environment as variables.
    pub fn variables(&self) -> Variables {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let home = if self.user == 0 { "/root" } else { "/" };
        let usual = [("PATH", path), ("HOME", home), ("HOSTNAME", &*self.hostname)];
        let given = self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all = usual.into_iter().chain(given);
        let variable = |value: &str| Variable { value: Some(value.into()), exported: true, read_only: false };
        Rc::new(all.map(|(name, value)| (name.into(), variable(value))).collect())
    }
}
