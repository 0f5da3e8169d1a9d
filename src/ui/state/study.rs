//! Lessons: a step takes the editor, its goals are held against the run, and leaving gives the person's text back.

use std::rc::Rc;

use super::{Msg, Pane, Selection, State, Tab};
use crate::cluster::Time;
use crate::i18n::Lang;
use crate::lessons::{Facts, Lesson, Step};
use crate::ui::model::study::{CHALLENGES, Done, Own, Place, Progress, Shelf, StopWatch};
use crate::ui::session::Session;

/// How many due things are done at once to see whether goals last.
const LASTING_STEPS: usize = 100_000;

/// What happens to the lessons.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Show a step, or the table of contents.
    Show(Option<Place>),
    /// The texts have come; none when they could not be fetched.
    Texts(Lang, Option<Rc<str>>),
    /// Fetch them once more.
    Fetch,
    /// Begin the step anew.
    Again,
    /// Guess what will happen.
    Guess(usize),
    /// Show the hint, or hide it.
    Hint(bool),
    /// Time the challenges, or do not.
    Timed(bool),
    /// The wall clock says so many seconds.
    Tick(f64),
    /// Forget which steps were done.
    Forget,
    /// Close the lessons.
    Leave,
}

impl State {
    /// Does what `turn` says.
    pub(super) fn study(&mut self, turn: Turn) {
        let study = &mut self.study;
        match turn {
            Turn::Show(place) => {
                (study.open, study.place) = (true, place);
                // What was said of the last step says nothing of this one.
                self.notice = None;
                self.pane = Pane::Lesson;
                self.enter(false);
            }
            Turn::Texts(lang, text) => {
                let lessons = text.and_then(|text| Lesson::parse_all(&text));
                study.shelf = lessons.map_or(Shelf::Failed, |lessons| Shelf::Here(lang, lessons.into()));
                self.enter(false);
            }
            Turn::Fetch => study.shelf = Shelf::Empty,
            Turn::Again => self.enter(true),
            Turn::Guess(choice) => study.guess = Some(choice),
            Turn::Hint(shown) => study.hint = shown,
            Turn::Timed(timed) => study.watch = timed.then(StopWatch::default),
            Turn::Tick(now) => {
                if let Some(watch) = study.watch.as_mut().filter(|_| !study.done) {
                    (watch.began, watch.now) = (watch.began.or(Some(now)), now);
                }
            }
            Turn::Forget => study.progress = Progress::default(),
            Turn::Leave => self.leave(),
        }
    }

    /// Gives the editor to the step that is shown, unless it has it already.
    fn enter(&mut self, again: bool) {
        let study = &mut self.study;
        let Some(place) = study.place.filter(|place| again || study.entered != Some(*place)) else { return };
        let Some(step) = study.step(place) else {
            // A link to a step that is not there leads to the table of contents.
            study.place = study.place.filter(|_| study.lessons().is_empty());
            return;
        };
        let text = step.manifest.clone();
        study.entered = Some(place);
        (study.done, study.hint, study.guess, study.seen) = (false, false, None, false);
        study.watch = study.watch.map(|_| StopWatch::default());
        study.met.clear();
        study.typed.clear();
        study.own.get_or_insert_with(|| Own {
            text: self.doc.text.clone(),
            example: self.doc.example,
            foreign: self.doc.foreign,
        });
        self.load(text, None);
        self.begin();
        // First it is read, then run.
        self.playback.stop();
        self.pane = Pane::Lesson;
    }

    /// Begins with the text as if nothing had run before.
    fn begin(&mut self) {
        self.selection = Selection::default();
        self.tab = Tab::Stage;
        self.session = None;
        self.quest = None;
        self.scene = Default::default();
        self.playback.seek(Time::ZERO);
        self.judge(true);
    }

    /// Closes the lessons; the editor has what it had before.
    pub(super) fn end_lesson(&mut self) -> bool {
        let study = &mut self.study;
        (study.open, study.place) = (false, None);
        let own = study.own.take().filter(|_| study.entered.take().is_some());
        if let Some(own) = &own {
            self.load(own.text.clone(), own.example);
            self.doc.foreign = own.foreign;
        }
        own.is_some()
    }

    fn leave(&mut self) {
        self.pane = Pane::Stage;
        if self.end_lesson() {
            self.begin();
        }
    }

    /// The run with what the step lets happen by itself.
    pub(super) fn with_lesson(&self, session: Session) -> Session {
        let acts = self.study.entered.and_then(|place| self.study.step(place)).map(|step| step.acts.as_slice());
        match acts.unwrap_or_default() {
            [] => session,
            acts => session.with_deeds(acts),
        }
    }

    /// Holds the goals of the step against the run at the playhead.
    pub(super) fn hold_goals(&mut self) {
        let (Some(place), true) = (self.study.entered, self.study.open) else { return };
        let Some(session) = self.session.clone().filter(|_| self.verdict.accepted) else {
            self.study.met.clear();
            return;
        };
        let at = self.playback.at;
        self.study.seen |= at >= self.playback.horizon && !self.playback.playing;
        let after = session.with_run(|run| run.records_between(Time::ZERO, at).len());
        let looked = Some((session.clone(), after, self.study.typed.len()));
        if self.study.looked == looked {
            return;
        }
        let (typed, text) = (self.study.typed.clone(), self.accepted.clone());
        let Some(step) = self.study.step(place).cloned() else { return };
        let met = session.with_run(|run| step.goals_met(Facts { run, at, typed: &typed, text: &text }));
        let hold = !met.is_empty() && met.iter().all(|met| *met);
        let done = hold && !self.study.done && {
            session.advance(Step::lasting(at), LASTING_STEPS);
            session.computed_to(Step::lasting(at))
                && session.with_run(|run| step.done(Facts { run, at, typed: &typed, text: &text }))
        };
        self.study.met = met;
        self.study.looked = looked;
        if done {
            let timed = self.study.watch.filter(|_| place.lesson == CHALLENGES);
            self.study.progress.add(Done { place, seconds: timed.map(|watch| watch.seconds()) });
            (self.study.done, self.study.seen) = (true, true);
            // On a phone the lesson is out of sight while it runs.
            if self.pane != Pane::Lesson {
                self.apply(Msg::Notice(Some("lesson-met")));
            }
        }
    }
}
