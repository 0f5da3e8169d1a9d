//! What is done in the past of a long run: the cluster has to become again what it was then, which takes time, and the page
//! answers meanwhile.

use super::{Msg, State};
use crate::cluster::Time;

/// So many due things happen again at once, before what is done has to wait.
const AT_ONCE: usize = 2_000;

/// After so many seconds the page says that something waits: what is done sooner needs no words.
const PATIENCE: f64 = 0.5;

/// Whether `msg` needs the cluster as it is at the playhead.
fn acts(msg: &Msg) -> bool {
    matches!(msg, Msg::Act(_) | Msg::Type(_) | Msg::TypeInside(_) | Msg::EditDone(_))
}

/// Whether somebody who has said `msg` wants something else than what waits.
fn turns_away(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::Load(..)
            | Msg::Seek(_)
            | Msg::StepOn
            | Msg::StepBack
            | Msg::Undo(_)
            | Msg::Linked(_)
            | Msg::ApplyHere
            | Msg::Interrupt
    )
}

impl State {
    /// The moment at which something waits to be done, where something does.
    pub fn late(&self) -> Option<Time> {
        (!self.late.is_empty()).then_some(self.playback.at)
    }

    /// `msg`, if it can be done now. What cannot waits, and time with it.
    pub(super) fn unless_late(&mut self, msg: Msg) -> Option<Msg> {
        if turns_away(&msg) {
            self.late.clear();
        }
        // To play or to pause comes after what waits: whoever moves a slider and then presses Play wants both.
        if !self.late.is_empty() && matches!(msg, Msg::Play | Msg::Pause) {
            self.late.push(msg);
            return None;
        }
        let Some(session) = self.session.as_ref().filter(|_| acts(&msg)) else { return Some(msg) };
        if self.late.is_empty() && session.prepare(self.playback.at, AT_ONCE) {
            return Some(msg);
        }
        if self.late.is_empty() {
            self.playback.stop();
            self.late_for = 0.0;
        }
        self.late.push(msg);
        None
    }

    /// Does what waited, once the cluster is there.
    pub(super) fn catch_up(&mut self, elapsed: f64) {
        let there = |state: &State| state.session.as_ref().is_none_or(|session| session.prepare(state.playback.at, 1));
        while !self.late.is_empty() && there(self) {
            let msg = self.late.remove(0);
            self.obey(msg);
        }
        if !self.late.is_empty() {
            let before = self.late_for;
            self.late_for += elapsed;
            if before < PATIENCE && self.late_for >= PATIENCE {
                self.obey(Msg::Notice(Some("act-prepares")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::ui::state::Settings;

    const MANY: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: many}
spec:
  replicas: 100
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec: {containers: [{name: web, image: nginx, readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}}]}
";

    #[test]
    fn what_is_done_in_the_past_of_a_long_run_waits_and_is_then_done() {
        let mut state = State::open(Settings::default(), None, MANY.into(), None);
        let session = state.session.clone().unwrap();
        session.advance(Time::from_secs_f64(300.0), usize::MAX);
        state.apply(Msg::Seek(Time::from_secs_f64(120.0)));
        let scale: Rc<str> = "kubectl scale deployment many --replicas=3".into();
        state.apply(Msg::Type(scale.clone()));
        assert_eq!(state.late(), Some(Time::from_secs_f64(120.0)));
        assert!(state.busy() && state.session.as_ref().unwrap().deeds().is_empty());
        let mut frames = 0;
        while state.late().is_some() {
            state.session.as_ref().unwrap().prepare(Time::from_secs_f64(120.0), 1_000);
            state.apply(Msg::Frame(0.016));
            frames += 1;
        }
        assert!(frames > 1, "{frames} frames");
        assert_eq!(state.session.as_ref().unwrap().deeds().len(), 1);
        // Whoever presses Play or Pause meanwhile wants that too.
        for (press, playing, at) in [(Msg::Play, true, 119.0), (Msg::Pause, false, 110.0)] {
            let at = Time::from_secs_f64(at);
            state.session.as_ref().unwrap().advance(Time::from_secs_f64(400.0), usize::MAX);
            state.apply(Msg::Seek(at));
            state.apply(Msg::Type(scale.clone()));
            assert!(state.late().is_some());
            state.apply(press);
            while state.late().is_some() {
                state.session.as_ref().unwrap().prepare(at, 1_000);
                state.apply(Msg::Frame(0.016));
            }
            assert_eq!(state.playback.playing, playing);
            assert_eq!(state.session.as_ref().unwrap().deeds().len(), 1);
        }
        // Whoever goes elsewhere meanwhile has thought better of it.
        state.session.as_ref().unwrap().advance(Time::from_secs_f64(400.0), usize::MAX);
        state.apply(Msg::Seek(Time::from_secs_f64(109.0)));
        state.apply(Msg::Type(scale));
        assert!(state.late().is_some());
        state.apply(Msg::Seek(Time::from_secs_f64(10.0)));
        assert_eq!((state.late(), state.session.as_ref().unwrap().deeds().len()), (None, 1));
    }
}
