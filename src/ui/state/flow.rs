//! The run and the playhead: what starts, plays, branches and looks for a moment.

use super::{Msg, Pane, Quest, Same, Selection, State};
use crate::cluster::{Action, Time};
use crate::trace::Goal;
use crate::trace::scene::OwnerScene;
use crate::ui::judge::judge;
use crate::ui::model::embedding::Embedding;
use crate::ui::model::level::Levels;
use crate::ui::model::playback::{LONGEST, Playback, horizon_for, rate_for};
use crate::ui::session::Session;

/// How many due things are done before an embedded run shows the moment that it is asked to begin at.
const BEGIN_STEPS: usize = 200_000;

impl State {
    pub(super) fn judge(&mut self, again: bool) {
        let (verdict, objects) = judge(&self.doc.text);
        self.pending = false;
        self.problem = None;
        let accepted = verdict.accepted;
        self.verdict = verdict.into();
        // Where one pane is seen at a time, it is the one that says why nothing runs.
        if !accepted && (again || self.session.is_none()) {
            self.pane = Pane::Manifest;
        }
        // What was accepted before and runs already is not started anew by a space that came and went.
        if !accepted || (!again && self.session.is_some() && self.accepted == self.doc.text) {
            return;
        }
        self.keep_run();
        let session = self.with_lesson(Session::new(objects));
        let horizon = session.first_look(Time::ZERO);
        self.unfitted = (!session.computed_to(horizon)).then_some(horizon);
        self.accepted = self.doc.text.clone();
        self.begun = None;
        let Embedding { paused, at, speed, .. } = self.embedding.unwrap_or_default();
        let begin = at.unwrap_or(Time::ZERO);
        if begin > horizon {
            session.advance(begin, BEGIN_STEPS);
        }
        let horizon = horizon.max(begin);
        let rate = speed.unwrap_or_else(|| rate_for(horizon));
        // A page that embeds this one sends its text in a moment, and means that with what it asks for.
        let playing = !paused && (!session.is_empty() || self.embedding.is_some());
        self.playback = Playback { playing, rate, at: begin.min(session.computed()), horizon, dash: None };
        self.quest = None;
        self.session = Some(session);
        self.terminal.restart();
        self.zoom = 1.0;
        self.look();
    }

    pub(super) fn frame(&mut self, elapsed: f64) {
        self.catch_up(elapsed);
        let Some(session) = &self.session else { return };
        let flowed = self.playback.playing;
        self.playback.tick(elapsed, session.computed());
        // A run of many Pods was shown before it was known how long its story is.
        if let Some(most) = self.unfitted
            && session.computed_to(most)
        {
            self.unfitted = None;
            if self.playback.horizon == most {
                self.playback.horizon = session.fit(most).max(self.playback.at);
            }
        }
        self.look();
        self.quest();
        if flowed && !self.playback.playing && self.awaited() && self.playback.horizon < LONGEST {
            self.play_on();
        }
    }

    /// Lets time flow, where there is something for it to flow through.
    pub(super) fn play(&mut self) {
        // Where nobody asked for anything, nothing would ever be seen to happen.
        if self.session.as_ref().is_some_and(|session| !session.is_empty()) {
            self.playback.play();
            self.look();
        }
    }

    pub(super) fn run_until(&mut self, goal: Option<Goal>, still: bool) {
        // Without a run it would be looked for for ever.
        if self.session.is_none() {
            return;
        }
        let (after, pod) = (self.playback.at, self.selection.pod().cloned());
        self.playback.stop();
        self.quest = goal.map(|goal| Quest { goal, after, pod, still, seen: Time::ZERO });
        self.quest();
    }

    /// Looks for the moment in what has been computed since; tells when it never comes.
    fn quest(&mut self) {
        let (Some(quest), Some(session)) = (&mut self.quest, &self.session) else { return };
        let end = session.computed();
        let over = session.quiet() || session.computed_to(LONGEST);
        if quest.seen == end && !over {
            return;
        }
        quest.seen = end;
        match session.reach(quest.after, quest.goal, quest.pod.as_ref()) {
            Some(found) if quest.goal != Goal::End || found > quest.after => {
                self.playback.horizon = self.playback.horizon.max(horizon_for(found, LONGEST));
                self.playback.run_to(found, quest.still);
                self.quest = None;
                self.look();
            }
            // The end lies behind: nothing new comes.
            Some(_) => self.give_up("never-more"),
            None if over => {
                let id = match quest.goal {
                    Goal::Ready => "never-ready",
                    Goal::Restart => "never-restart",
                    Goal::Error => "never-error",
                    Goal::End => "never-end",
                };
                self.give_up(id);
            }
            None => {}
        }
    }

    fn give_up(&mut self, id: &'static str) {
        self.quest = None;
        self.apply(Msg::Notice(Some(id)));
    }

    /// The run goes on another way from `at` on.
    pub(super) fn branch(&mut self, session: Session, at: Time) {
        let horizon = session.first_look(at);
        self.unfitted = (!session.computed_to(horizon) && horizon > self.playback.horizon).then_some(horizon);
        self.playback.horizon = self.playback.horizon.max(horizon);
        self.playback.seek(at);
        self.session = Some(session);
        self.quest = None;
        self.look();
    }

    pub(super) fn act(&mut self, action: Action) {
        let Some(session) = &self.session else { return };
        let at = self.playback.at;
        let later = session.deeds().iter().any(|deed| deed.act.at > at);
        let (session, done) = session.act(at, action);
        self.branch(session, at);
        self.playback.playing = true;
        match done {
            Err(_) => self.apply(Msg::Notice(Some("act-refused"))),
            Ok(()) if later => self.apply(Msg::Notice(Some("act-branched"))),
            Ok(()) => {}
        }
    }

    pub(super) fn undo(&mut self, place: usize) {
        let Some(session) = &self.session else { return };
        let Some(deed) = session.deeds().into_iter().find(|deed| deed.place == place) else { return };
        let session = session.undo(place);
        let at = self.playback.at;
        self.branch(session, at.min(deed.act.at));
        self.playback.stop();
    }

    /// Takes the picture at the playhead.
    pub(super) fn look(&mut self) {
        let Some(session) = &self.session else { return };
        if self.terminal.hear(session, self.playback.at) {
            self.playback.at = self.playback.at.max(session.computed());
        }
        self.scene = Same(session.scene(self.playback.at, self.selection.pod()));
        self.levels = self.levels.after(self.scene.count());
        let gone = match &self.selection {
            Selection::All => false,
            Selection::Owner(key) => OwnerScene::find(&self.scene.owners, key).is_none(),
            Selection::Pod(key) | Selection::Container(key, _) => self.scene.pod(key).is_none(),
        };
        if gone && self.playback.at > Time::ZERO {
            self.selection = Selection::default();
        }
        self.hold_goals();
    }

    /// The story ends where it has been told to: nothing more is computed until somebody asks for more.
    pub(super) fn halt(&mut self) {
        let Some(session) = &self.session else { return };
        self.quest = None;
        self.playback.horizon = session.computed().max(self.playback.at);
    }

    pub(super) fn seek(&mut self, at: Time) {
        if let Some(session) = &self.session {
            self.playback.seek(at.min(session.computed()));
        }
        self.look();
        // Who jumps sees a moment as it is by itself, wherever they come from.
        self.levels = Levels::of(self.scene.count());
    }

    pub(super) fn step(&mut self, find: impl Fn(&Session, Time) -> Option<Time>) {
        self.playback.stop();
        self.quest = None;
        let Some(session) = &self.session else { return };
        if let Some(at) = find(session, self.playback.at) {
            self.playback.horizon = self.playback.horizon.max(at);
            self.playback.at = at;
        }
        self.look();
    }

    pub(super) fn further(&mut self) {
        let more = Time::from_micros(self.playback.horizon.as_micros().saturating_mul(2));
        self.playback.horizon = more.min(LONGEST);
        self.playback.rate = self.playback.rate.max(rate_for(self.playback.horizon));
        self.playback.playing = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::state::Settings;

    #[test]
    fn without_a_run_nothing_plays_and_nothing_is_looked_for() {
        let mut state = State::open(Settings::default(), None, "a: [".into(), None);
        assert!(state.session.is_none());
        for msg in [Msg::Play, Msg::RunUntil(Some(Goal::Ready), true), Msg::StepOn, Msg::Frame(0.016)] {
            state.apply(msg);
        }
        assert_eq!((state.quest.is_none(), state.playback.playing, state.busy()), (true, false, false));
    }
}
