//! The Pod lifecycle event generator: what changed between two looks at the runtime (kubelet: pleg/generic.go).

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::Cx;
use crate::cluster::runtime::{PodView, State};

/// What a comparison found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// A container or a sandbox has begun to run.
    pub started: bool,
    /// One has ended.
    pub died: bool,
}

/// Compares what was told of before with what is there now.
pub(super) fn compare(old: &Rc<PodView>, new: &Rc<PodView>) -> Seen {
    let mut seen = Seen::default();
    if Rc::ptr_eq(old, new) {
        return seen;
    }
    for instance in &new.instances {
        let before = old.instance(instance.id).map(|instance| instance.state);
        match instance.state {
            State::Running => seen.started |= before != Some(State::Running),
            State::Exited => seen.died |= before != Some(State::Exited),
            State::Created => {}
        }
    }
    seen.died |= old.running().any(|instance| new.instance(instance.id).is_none());
    for sandbox in &new.sandboxes {
        let before = old.sandboxes.iter().find(|other| other.attempt == sandbox.attempt).map(|other| other.ready);
        if sandbox.ready {
            seen.started |= before != Some(true);
        } else {
            seen.died |= before != Some(false);
        }
    }
    seen
}

/// Of each container one dead instance is kept, the newest (kubelet: pod_container_deletor.go).
pub(super) fn remove_older_dead(uid: &Rc<str>, view: &PodView, cx: &mut Cx) {
    let mut kept: BTreeMap<&str, u64> = BTreeMap::new();
    let mut dirty = false;
    for instance in view.instances.iter().filter(|instance| instance.state == State::Exited) {
        let first = *kept.entry(&instance.name).or_insert(instance.id);
        if first != instance.id {
            cx.runtime.remove(uid, instance.id, false, cx.world);
            dirty = true;
        }
    }
    if dirty {
        cx.dirty(uid);
    }
}
