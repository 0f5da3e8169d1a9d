//! Why a Pod is as it is when its node has fallen silent: nobody knows, and the API shows what it last said.

use std::rc::Rc;

use k8s_openapi::api::core::v1::Taint;

use super::Case;
use crate::api::{Kind, Object};
use crate::cluster::{Action, ObjectKey, Patience, Time};
use crate::trace::{Next, Phrase, Remedy, Run, Why};

/// A node that nothing is heard of, and what becomes of it and of a Pod on it.
pub(super) struct Silent {
    node: Rc<str>,
    /// Whether the node is marked as not ready already.
    lost: bool,
    /// When it will be.
    marked: Option<Time>,
    /// When the Pod will be marked for deletion.
    evicted: Option<Time>,
    /// Whether every node is lost: then nobody is marked
    /// (kubernetes: pkg/controller/nodelifecycle, FullDisruption).
    all: bool,
}

impl Silent {
    /// The node of the Pod of `key`, where it is silent at `at`.
    pub(super) fn find(run: &Run, at: Time, key: &ObjectKey, node: Option<&str>) -> Option<Silent> {
        let node = node?;
        let down = run.acts().iter().take_while(|act| act.at <= at).fold(false, |down, act| match &*act.action {
            Action::NodeDown { node: name } if **name == *node => true,
            Action::NodeUp { node: name } if **name == *node => false,
            _ => down,
        });
        if !down {
            return None;
        }
        let of = ObjectKey::new(Kind::Node, "", node);
        let is_lost = |object: &Object| match object {
            Object::Node(node) => {
                let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
                conditions.any(|condition| condition.type_ == "Ready" && condition.status != "True")
            }
            _ => false,
        };
        let later = |key: &ObjectKey, fits: &dyn Fn(&Object) -> bool| {
            let mut changes = run.chronicle().changes(key);
            changes.find(|(time, change)| *time > at && fits(&change.object)).map(|(time, _)| time)
        };
        Some(Silent {
            node: node.into(),
            lost: run.object_at(&of, at).is_some_and(is_lost),
            marked: later(&of, &is_lost),
            all: run.objects_at(Kind::Node, at).all(|(_, node)| is_lost(node)),
            evicted: later(key, &|object| object.metadata().deletion_timestamp.is_some())
                .or_else(|| evicted(run, at, key, &of)),
        })
    }
}

/// When the Pod of `key` will be marked for deletion by what taints its node, as far as the run does not tell yet.
fn evicted(run: &Run, at: Time, key: &ObjectKey, node: &ObjectKey) -> Option<Time> {
    let (Object::Pod(pod), Object::Node(node)) = (run.object_at(key, at)?, run.object_at(node, at)?) else {
        return None;
    };
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    let taints: Vec<Taint> = taints.filter(|taint| taint.effect == "NoExecute").cloned().collect();
    let since = taints.iter().filter_map(|taint| taint.time_added.as_ref()).map(|added| added.0).max()?;
    match Patience::of(pod, &taints) {
        Patience::For(time) => Some(Time::of_timestamp(since, run.config().epoch) + time).filter(|gone| *gone > at),
        Patience::None | Patience::Endless => None,
    }
}

impl Case<'_> {
    /// What can be said of a Pod on a silent node.
    pub(super) fn on_silent_node(&self, word: &Rc<str>) -> Option<Why> {
        let Silent { node, lost, marked, evicted, all } = self.silent.as_ref()?;
        let id = match (self.track.deleted.is_some(), lost) {
            (true, _) => "why-node-holds",
            (false, true) => "why-node-lost",
            (false, false) => "why-node-silent",
        };
        let next = match (self.track.deleted.is_some(), marked.filter(|_| !lost), evicted) {
            (true, ..) => None,
            (false, Some(at), _) => {
                Some(Next { at: Some(at), what: Phrase::new("next-node-lost").with("node", &**node) })
            }
            (false, None, Some(at)) => Some(Next { at: Some(*at), what: Phrase::new("next-evicted") }),
            (false, None, None) => None,
        };
        let mut why = self.why(word.clone(), [Phrase::new(id).with("node", &**node)], next, None);
        if *all && self.track.deleted.is_none() {
            why.because.push(Phrase::new("why-all-nodes-lost"));
        }
        why.remedies.push(Remedy::BringBack(node.clone()));
        Some(why)
    }
}
