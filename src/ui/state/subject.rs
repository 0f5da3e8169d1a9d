//! What the panes speak of: what is selected, or else what is most worth explaining.

use std::rc::Rc;

use super::{Selection, State};
use crate::api::sim::ANNOTATION_PREFIX;
use crate::cluster::ObjectKey;
use crate::manifest::annotate;
use crate::text::TextEdit;
use crate::trace::scene::{NodeScene, PodScene};
use crate::trace::{Origin, Tone};

impl State {
    /// What is explained: what is selected, else what is most worth explaining.
    pub fn subject(&self) -> Option<Selection> {
        if self.selection.pod.is_some() {
            return Some(self.selection.clone());
        }
        let pod = self.scene.pods.iter().min_by_key(|pod| self.urgency(pod))?;
        let worst = pod.containers().min_by_key(|container| container.tone.urgency());
        let container = worst.filter(|container| container.tone.urgency() == 0).map(|container| container.name.clone());
        Some(Selection { pod: Some(pod.key.clone()), container })
    }

    /// How much a Pod needs to be explained, the least first: the worst of it counts, and a lost node above all.
    fn urgency(&self, pod: &PodScene) -> u8 {
        let on = |node: &&NodeScene| Some(&node.name) == pod.node.as_ref();
        if self.scene.nodes.iter().find(on).is_some_and(|node| node.tone == Tone::Failed) {
            return 0;
        }
        let worst = pod.containers().map(|container| container.tone.urgency()).fold(pod.tone.urgency(), u8::min);
        // One that has done its work is asked about after those that still run.
        if pod.tone == Tone::Done { worst.saturating_add(1) } else { worst }
    }

    /// The Pod of the subject.
    pub fn subject_pod(&self) -> Option<&Rc<PodScene>> {
        let key = self.subject()?.pod?;
        self.scene.pod(&key)
    }

    /// Every Pod there is at the playhead.
    pub fn pod_keys(&self) -> Vec<ObjectKey> {
        self.scene.pods.iter().map(|pod| pod.key.clone()).collect()
    }

    /// The name and the tone of a subject.
    pub fn subject_look(&self, subject: &Selection) -> (String, Tone) {
        let pod = subject.pod.as_ref().and_then(|key| self.scene.pod(key));
        let container = pod.zip(subject.container.as_ref()).and_then(|(pod, name)| pod.container(name));
        match (container, pod) {
            (Some(container), _) => (container.name.to_string(), container.tone),
            (None, Some(pod)) => (format!("pod/{}", pod.key.name), pod.tone),
            (None, None) => (String::new(), Tone::Waiting),
        }
    }

    /// The live YAML of the subject's Pod.
    pub fn subject_yaml(&self) -> Option<String> {
        let key = self.subject()?.pod?;
        self.session.as_ref()?.yaml(self.playback.at, &key)
    }

    /// Where the manifest speaks of what is selected.
    pub fn selected_origin(&self) -> Option<Origin> {
        let pod = self.scene.pod(self.selection.pod.as_ref()?)?;
        match &self.selection.container {
            Some(name) => pod.container(name)?.origin.clone(),
            None => pod.origin.clone(),
        }
    }

    /// What makes the manifest say of the selected container's program what `value` says; or the message why it cannot.
    ///
    /// # Errors
    /// The id of a message: the text has changed since it ran, the Pod is not in it, or it is written too oddly.
    pub fn annotate(&self, value: Option<&str>) -> Result<Vec<TextEdit>, &'static str> {
        let pod = self.selection.pod.as_ref().and_then(|key| self.scene.pod(key));
        let (Some(pod), Some(container)) = (pod, &self.selection.container) else { return Err("annotate-elsewhere") };
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
