//! The run that a new text ended. A text that is changed begins a run of its own; whoever meant to change what ran, as
//! `kubectl apply` does, has the run before again, and the text is applied to it.

use std::rc::Rc;

use super::{Msg, State, Tab};
use crate::cluster::Time;
use crate::ui::model::playback::Playback;
use crate::ui::model::terminal::MANIFEST;
use crate::ui::session::Session;

/// A run of more Pods is not kept beside another one: it would fill the memory.
const MOST_PODS: usize = 1_000;

/// A run, as it was when a new text took its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    session: Session,
    playback: Playback,
    /// The text it began with.
    text: Rc<str>,
}

impl Earlier {
    /// Where its playhead stood.
    pub fn at(&self) -> Time {
        self.playback.at
    }
}

impl State {
    /// Keeps the run that is about to end, where somebody watched it. Those that a text began while it was still being
    /// written are not wanted back: they are left before their end, and nobody did anything in them.
    pub(super) fn keep_run(&mut self) {
        let Some(session) = &self.session else { return };
        // To apply the same text again changes nothing, and in a lesson each step has its own run.
        let watched = self.playback.at > Time::ZERO && self.accepted != self.doc.text && self.study.entered.is_none();
        let wanted = self.earlier.is_none() || self.playback.at >= self.playback.horizon || !session.deeds().is_empty();
        if watched && wanted && session.pod_count() <= MOST_PODS {
            let text = self.begun.clone().unwrap_or_else(|| self.accepted.clone());
            self.earlier = Some(Earlier { session: session.clone(), playback: self.playback, text });
        }
    }

    /// Has the run before again, where it was left, and applies the text to it.
    pub(super) fn apply_here(&mut self) {
        let Some(Earlier { session, playback, text }) = self.earlier.take() else { return };
        self.session = Some(session);
        self.playback = playback;
        self.begun = Some(text);
        (self.quest, self.unfitted) = (None, None);
        self.terminal.restart();
        self.look();
        self.apply(Msg::Type(format!("kubectl apply -f {MANIFEST}").into()));
        self.apply(Msg::Play);
        // What could not be changed is told there.
        if self.terminal.failed() {
            self.tab = Tab::Terminal;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Action;
    use crate::ui::state::Settings;

    fn deployment(image: &str) -> String {
        format!(
            "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: {image}}}]}}
"
        )
    }

    fn open(text: &str) -> State {
        let mut state = State::open(Settings::default(), None, text.into(), None);
        for _ in 0..200 {
            state.session.as_ref().unwrap().advance(Time::from_secs_f64(8.0), 100);
        }
        state.apply(Msg::Seek(Time::from_secs_f64(5.0)));
        state
    }

    fn write(state: &mut State, text: String) {
        state.apply(Msg::Edited(text.into()));
        state.apply(Msg::Apply { again: false });
    }

    fn replica_sets(state: &State) -> usize {
        state.scene.owners.iter().map(|deployment| deployment.owners.len()).sum()
    }

    #[test]
    fn a_changed_text_is_applied_to_the_run_before() {
        let mut state = open(&deployment("nginx:1"));
        write(&mut state, deployment("nginx:2"));
        assert_eq!(state.playback.at, Time::ZERO, "the run begins anew");
        // What is written in two steps leads back to the same run.
        state.playback.at = Time::from_secs_f64(0.5);
        write(&mut state, deployment("nginx:3"));
        assert_eq!(state.earlier.as_ref().map(Earlier::at), Some(Time::from_secs_f64(5.0)));
        state.apply(Msg::ApplyHere);
        assert!(state.playback.at >= Time::from_secs_f64(5.0) && state.playback.playing);
        assert!(state.earlier.is_none());
        assert_eq!(state.shared(false).yaml, deployment("nginx:1"), "a link leads the same way");
        assert!(!state.shared(false).acts.is_empty());
        state.session.as_ref().unwrap().advance(Time::from_secs_f64(8.0), 100_000);
        state.apply(Msg::Seek(Time::from_secs_f64(7.0)));
        assert_eq!(replica_sets(&state), 2, "a rolling update");
    }

    #[test]
    fn what_was_done_stays_with_its_run() {
        let mut state = open(&deployment("nginx:1"));
        write(&mut state, deployment("nginx:2"));
        state.playback.at = Time::from_secs_f64(0.5);
        let nodes = Action::AddNodes { count: 1 };
        state.apply(Msg::Act(nodes));
        write(&mut state, deployment("nginx:3"));
        assert_eq!(state.earlier.as_ref().map(Earlier::at), Some(Time::from_secs_f64(0.5)));
        state.apply(Msg::Load(deployment("nginx:4").into(), None));
        assert!(state.earlier.is_none());
    }

    #[test]
    fn what_cannot_be_applied_is_told_in_the_terminal() {
        let mut state = open(&deployment("nginx:1"));
        write(&mut state, deployment("nginx:1").replace("app: web", "app: other"));
        state.apply(Msg::ApplyHere);
        assert_eq!(state.tab, Tab::Terminal);
    }
}
