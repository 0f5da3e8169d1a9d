//! What the panes speak of: what is selected, or else what is most worth explaining.

use std::rc::Rc;

use super::{Selection, State};
use crate::api::FieldPath;
use crate::api::sim::ANNOTATION_PREFIX;
use crate::cluster::ObjectKey;
use crate::manifest::annotate;
use crate::text::TextEdit;
use crate::trace::scene::{NodeScene, OwnerScene, PodScene};
use crate::trace::{Origin, Tone};

impl State {
    /// What is explained: what is selected, else what is most worth explaining. Of several Pods that is the one in trouble,
    /// and while none is, what keeps them.
    pub fn subject(&self) -> Option<Selection> {
        if self.selection != Selection::All {
            return Some(self.selection.clone());
        }
        let roots = &self.scene.owners;
        let Some(pod) = self.worst() else { return roots.first().map(|owner| Selection::Owner(owner.key.clone())) };
        let calm = self.scene.count() > 1 && self.urgency(pod) > 0;
        let keeper = pod.owner.as_ref().filter(|_| calm).and_then(|key| roots.iter().find(|root| root.keeps(key)));
        Some(keeper.map_or_else(|| worst_of(pod), |owner| Selection::Owner(owner.key.clone())))
    }

    /// The Pod that is most worth looking at: of the owner that is selected, where one is.
    fn worst(&self) -> Option<&Rc<PodScene>> {
        let owner = self.selection.owner().and_then(|key| OwnerScene::find(&self.scene.owners, key));
        let ours =
            |pod: &&Rc<PodScene>| owner.is_none_or(|owner| pod.owner.as_ref().is_some_and(|key| owner.keeps(key)));
        self.scene.pods.iter().filter(ours).min_by_key(|pod| self.urgency(pod))
    }

    /// How much a Pod needs to be explained, the least first: the worst of it counts, and a lost node above all.
    fn urgency(&self, pod: &PodScene) -> u8 {
        let on = |node: &&NodeScene| Some(&node.name) == pod.node.as_ref();
        let lost = self.scene.nodes.iter().find(on).is_some_and(|node| node.tone == Tone::Failed);
        if lost { 0 } else { pod.urgency() }
    }

    /// The Pod, and maybe its container, that is at hand: what is selected, else the one most worth looking at.
    pub fn at_hand(&self) -> Option<Selection> {
        let selected = Some(&self.selection).filter(|selection| selection.pod().is_some());
        selected.cloned().or_else(|| self.worst().map(worst_of))
    }

    /// The Pod at hand.
    pub fn pod_at_hand(&self) -> Option<&Rc<PodScene>> {
        self.scene.pod(self.at_hand()?.pod()?)
    }

    /// Every Pod there is at the playhead.
    pub fn pod_keys(&self) -> Vec<ObjectKey> {
        self.scene.pods.iter().map(|pod| pod.key.clone()).collect()
    }

    /// The name and the tone of a subject.
    pub fn subject_look(&self, subject: &Selection) -> (String, Tone) {
        if let Some(owner) = subject.owner().and_then(|key| OwnerScene::find(&self.scene.owners, key)) {
            return (owner.key.slashed(), owner.tone);
        }
        let pod = subject.pod().and_then(|key| self.scene.pod(key));
        let container = pod.zip(subject.container()).and_then(|(pod, name)| pod.container(name));
        match (container, pod) {
            (Some(container), _) => (container.name.to_string(), container.look()),
            (None, Some(pod)) => (pod.key.slashed(), pod.look()),
            (None, None) => (String::new(), Tone::Waiting),
        }
    }

    /// The live YAML of the subject: of an owner, or of a Pod.
    pub fn subject_yaml(&self) -> Option<String> {
        self.session.as_ref()?.yaml(self.playback.at, self.subject()?.object()?)
    }

    /// Where the manifest speaks of what is selected.
    pub fn selected_origin(&self) -> Option<Origin> {
        if let Some(owner) = self.selection.owner() {
            return Some(Origin { object: owner.clone(), path: FieldPath(Vec::new()) });
        }
        let pod = self.scene.pod(self.selection.pod()?)?;
        match self.selection.container() {
            Some(name) => pod.container(name)?.origin.clone(),
            None => pod.origin.clone(),
        }
    }

    /// What makes the manifest say of the selected container's program what `value` says; or the message why it cannot.
    ///
    /// # Errors
    /// The id of a message: the text has changed since it ran, the Pod is not in it, or it is written too oddly.
    pub fn annotate(&self, value: Option<&str>) -> Result<Vec<TextEdit>, &'static str> {
        let pod = self.selection.pod().and_then(|key| self.scene.pod(key));
        let (Some(pod), Some(container)) = (pod, self.selection.container()) else { return Err("annotate-elsewhere") };
        if self.accepted != self.doc.text {
            return Err("annotate-stale");
        }
        // The origin is the Pod's spec: what is above it has the metadata.
        let Some(mut origin) = pod.origin.clone() else { return Err("annotate-elsewhere") };
        origin.path.0.pop();
        let Some(document) = self.verdict.document(&origin.object) else { return Err("annotate-elsewhere") };
        let key = format!("{ANNOTATION_PREFIX}{container}");
        annotate(&self.doc.text, document, &origin.path, &key, value).ok_or("annotate-refused")
    }
}

/// A Pod, and the container of it that is in trouble, where one is.
fn worst_of(pod: &Rc<PodScene>) -> Selection {
    // What ended as a whole is told as a whole: how a sidecar ended that was stopped says nothing of it.
    if pod.tone == Tone::Done || matches!(pod.reason.as_deref(), Some("Evicted" | "DeadlineExceeded")) {
        return Selection::Pod(pod.key.clone());
    }
    let worst = pod.containers().min_by_key(|container| container.tone.urgency());
    match worst.filter(|container| container.tone.urgency() == 0) {
        Some(container) => Selection::Container(pod.key.clone(), container.name.clone()),
        None => Selection::Pod(pod.key.clone()),
    }
}
