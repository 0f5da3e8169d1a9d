//! Why a node does not take a Pod.

use std::borrow::Cow;

/// The plugin that turned a node down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plugin {
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeAffinity,
    NodePorts,
    NodeResourcesFit,
    VolumeRestrictions,
    VolumeBinding,
    PodTopologySpread,
    InterPodAffinity,
}

/// Why a node does not take a Pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rejection {
    pub plugin: Plugin,
    pub reasons: Vec<Cow<'static, str>>,
    /// Whether it could help to remove Pods from the node.
    pub resolvable: bool,
}

impl Rejection {
    pub fn new(plugin: Plugin, reason: &'static str, resolvable: bool) -> Self {
        Self { plugin, reasons: vec![Cow::Borrowed(reason)], resolvable }
    }
}
