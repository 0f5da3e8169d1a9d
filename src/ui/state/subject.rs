//! What the panes speak of: what is selected, or else what is most worth explaining.

use std::rc::Rc;

use super::{Selection, State};
use crate::cluster::ObjectKey;
use crate::trace::scene::PodScene;
use crate::trace::{Origin, Tone};

impl State {
    /// What is explained: what is selected, else what is most worth explaining.
    pub fn subject(&self) -> Option<Selection> {
        if self.selection.pod.is_some() {
            return Some(self.selection.clone());
        }
        let urgency = |tone: Tone| match tone {
            Tone::Failed | Tone::BackOff => 0,
            Tone::Terminating => 1,
            Tone::Pulling | Tone::Waiting => 2,
            Tone::Running => 3,
            Tone::Ready | Tone::Done => 4,
        };
        let pod = self.scene.pods.iter().min_by_key(|pod| urgency(pod.tone))?;
        let worst = pod.containers().min_by_key(|container| urgency(container.tone));
        let container = worst.filter(|container| urgency(container.tone) == 0).map(|container| container.name.clone());
        Some(Selection { pod: Some(pod.key.clone()), container })
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
}
