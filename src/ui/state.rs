//! All that the page knows, and how it changes: one reducer, no view.
//!
//! [`State`] and its reducer are here; what concerns the run and its playhead is in `flow`, what the panes speak of in
//! `subject`.

mod choices;
mod earlier;
mod flow;
mod late;
mod linked;
mod msg;
mod selection;
mod study;
mod subject;

use std::rc::Rc;

use crate::cluster::{ObjectKey, Time};
use crate::lessons::Example;
use crate::trace::{Goal, Scene};
use crate::ui::judge::Verdict;
use crate::ui::model::embedding::Embedding;
use crate::ui::model::level::Levels;
use crate::ui::model::logs::LogChoice;
use crate::ui::model::playback::{LONGEST, Playback};
use crate::ui::model::story;
use crate::ui::model::study::Study;
use crate::ui::model::terminal::Terminal;
pub use crate::ui::same::{Aside, Same};
use crate::ui::session::Session;
pub use choices::{Pane, Settings, Sheet, Tab, Theme};
pub use earlier::Earlier;
pub use msg::Msg;
pub use selection::Selection;
pub use study::Turn;

/// How many times wider than its window the timeline is at most.
pub const WIDEST: f64 = 64.0;

/// The text in the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Doc {
    /// The text.
    pub text: Rc<str>,
    /// Grows when the text comes from elsewhere than the editor, which then has to take it over.
    pub loaded: u32,
    /// The example it was, until it is reset.
    pub example: Option<&'static Example>,
    /// Whether it came by a link and was not changed since: then it is not the person's own.
    pub foreign: bool,
}

/// A place in the text that the editor is asked to show; each request has a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// Which request it is.
    pub number: u32,
    /// Its first byte in the text.
    pub from: usize,
    /// One past its last byte.
    pub to: usize,
}

/// The whole state.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What stays from visit to visit.
    pub settings: Settings,
    /// How the page stands in another page, if it does.
    pub embedding: Option<Embedding>,
    /// The text in the editor.
    pub doc: Doc,
    /// The person's own text, put away for a link or an example.
    pub own: Option<Rc<str>>,
    /// What was said of the text judged last.
    pub verdict: Same<Verdict>,
    /// Whether the text has changed since.
    pub pending: bool,
    /// The run of the last accepted text.
    pub session: Option<Session>,
    /// The text of that run.
    pub accepted: Rc<str>,
    /// The text that the run began with, where another one was applied to it since.
    begun: Option<Rc<str>>,
    /// The run before this one.
    pub earlier: Option<Earlier>,
    /// The playhead.
    pub playback: Playback,
    /// What the run is computed on for, until it is found or known never to come.
    pub quest: Option<Quest>,
    /// What is done once the cluster is again as it was at the playhead.
    late: Vec<Msg>,
    /// How many seconds that has waited.
    late_for: f64,
    /// The end of the story as it was taken before the run was computed that far: it is fitted then.
    unfitted: Option<Time>,
    /// The picture at the playhead.
    pub scene: Same<Scene>,
    /// How near Pods are seen in it.
    pub levels: Levels,
    /// What the person looks at.
    pub selection: Selection,
    /// What is laid over the stage.
    pub sheet: Option<Sheet>,
    /// What the stage pane shows.
    pub tab: Tab,
    /// What of the logs is wanted.
    pub logs: LogChoice,
    /// The prompt with kubectl.
    pub terminal: Terminal,
    /// The lessons.
    pub study: Study,
    /// What a phone shows.
    pub pane: Pane,
    /// How much wider than the window the timeline is.
    pub zoom: f64,
    /// Whether the map of keys is open.
    pub help: bool,
    /// The message of `locales/*.ftl` that is shown for a moment, and which one it is.
    pub notice: Option<(&'static str, u32)>,
    /// Which problem was jumped to last.
    pub problem: Option<usize>,
    /// Where the editor is asked to go.
    pub jump: Option<Jump>,
}

/// A moment that the run is to be played to.
#[derive(Clone, Debug, PartialEq)]
pub struct Quest {
    /// What is looked for.
    pub goal: Goal,
    /// After which moment.
    pub after: Time,
    /// The Pod it is about, where it is about one.
    pub pod: Option<ObjectKey>,
    /// Whether to be there at once: motion is not wanted.
    pub still: bool,
    /// Up to where it has been looked for.
    seen: Time,
}

/// The text with its lines ended by "\n" alone, as the editor holds it: places are counted alike on both sides.
fn with_plain_breaks(text: Rc<str>) -> Rc<str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text }
}

impl State {
    /// The page as it opens: the text judged and, when accepted, running.
    pub fn open(
        settings: Settings,
        embedding: Option<Embedding>,
        text: Rc<str>,
        example: Option<&'static Example>,
    ) -> State {
        let mut state = State {
            settings,
            embedding,
            doc: Doc { text: with_plain_breaks(text), loaded: 0, example, foreign: false },
            own: None,
            verdict: Same::default(),
            pending: true,
            session: None,
            accepted: "".into(),
            begun: None,
            earlier: None,
            playback: Playback::default(),
            quest: None,
            late: Vec::new(),
            late_for: 0.0,
            unfitted: None,
            scene: Same::default(),
            levels: Levels::default(),
            selection: Selection::default(),
            sheet: None,
            tab: Tab::default(),
            logs: LogChoice::default(),
            terminal: Terminal::default(),
            study: Study::default(),
            pane: Pane::default(),
            zoom: 1.0,
            help: false,
            notice: None,
            problem: None,
            jump: None,
        };
        state.judge(false);
        state
    }

    /// Whether the stage shows another text than the editor.
    pub fn stale(&self) -> bool {
        self.session.is_some() && !self.verdict.accepted
    }

    /// Whether frames are needed: time flows, or something is still to be computed.
    pub fn busy(&self) -> bool {
        self.late().is_some()
            || self.playback.playing
            || self.session.as_ref().is_some_and(|session| !session.computed_to(self.target()))
    }

    /// The moment a link should show: none while time flows, or where it stands at an end.
    pub fn moment(&self) -> Option<Time> {
        let Playback { playing, at, horizon, .. } = self.playback;
        (!playing && at > Time::ZERO && at < horizon).then_some(at)
    }

    /// Up to when the run is to be computed.
    pub fn target(&self) -> Time {
        if self.quest.is_some() { LONGEST } else { self.playback.horizon }
    }

    /// Puts another text into the editor. What ran before was of the text that goes, and says nothing of this one.
    fn load(&mut self, text: Rc<str>, example: Option<&'static Example>) {
        self.session = None;
        self.accepted = "".into();
        (self.begun, self.earlier) = (None, None);
        self.scene = Same::default();
        self.levels = Levels::default();
        self.playback = Playback::default();
        self.quest = None;
        self.late = Vec::new();
        self.unfitted = None;
        self.doc = Doc { text: with_plain_breaks(text), loaded: self.doc.loaded + 1, example, foreign: false };
        self.selection = Selection::default();
        self.sheet = None;
    }

    /// Keeps the person's own text before another one takes its place.
    fn put_away(&mut self) {
        self.end_lesson();
        let Doc { text, example, foreign, .. } = &self.doc;
        let own =
            !foreign && !text.trim().is_empty() && example.is_none_or(|example| !story::is_untouched(example, text));
        if own && self.embedding.is_none() {
            self.own = Some(text.clone());
        }
    }

    /// Does what `msg` says, or, where that takes long to prepare, does it as soon as it can.
    pub fn apply(&mut self, msg: Msg) {
        if let Some(msg) = self.unless_late(msg) {
            self.obey(msg);
        }
    }

    fn obey(&mut self, msg: Msg) {
        match msg {
            Msg::Edited(text) => {
                self.pending = text != self.doc.text || self.pending;
                self.doc.foreign &= text == self.doc.text;
                self.doc.text = text;
            }
            Msg::Load(text, example) => {
                self.put_away();
                self.load(text, example);
                self.judge(true);
            }
            Msg::Apply { again } => {
                if self.pending || again {
                    self.judge(again);
                }
            }
            Msg::ApplyHere => self.apply_here(),
            Msg::Frame(elapsed) => self.frame(elapsed),
            Msg::Play => self.play(),
            Msg::Pause => {
                self.playback.stop();
                self.quest = None;
            }
            Msg::Seek(at) => self.seek(at),
            Msg::StepOn => self.step(|session, at| session.next_happening(at)),
            Msg::StepBack => self.step(|session, at| session.previous_happening(at)),
            Msg::Further => self.further(),
            Msg::Halt => self.halt(),
            Msg::RunUntil(goal, still) => self.run_until(goal, still),
            Msg::Act(action) => self.act(action),
            Msg::Undo(place) => self.undo(place),
            Msg::Linked(shared) => self.linked(&shared),
            Msg::Rate(rate) => self.playback.rate = rate,
            Msg::Zoom(zoom) => self.zoom = zoom.clamp(1.0, WIDEST),
            Msg::ZoomBy(factor) => self.zoom = (self.zoom * factor).clamp(1.0, WIDEST),
            Msg::Select(selection) => {
                // An owner is asked why; where one pane is seen at a time, that is another one.
                if selection.owner().is_some() && self.pane == Pane::Stage {
                    self.pane = Pane::Why;
                }
                self.selection = selection;
                // From afar only the chosen Pod has a picture.
                if self.scene.afar() {
                    self.look();
                }
            }
            Msg::Open(sheet) => self.sheet = sheet,
            Msg::ShowTab(tab) => self.tab = tab,
            Msg::Study(turn) => self.study(turn),
            Msg::Logs(choice) => self.logs = choice,
            Msg::Type(line) => {
                self.study.typed.push(line.clone());
                self.in_terminal(|terminal, text, session, at| terminal.enter(&line, text, session, at));
                if self.terminal.editing().is_some() && self.embedding.is_none() {
                    self.pane = Pane::Manifest;
                }
                self.hold_goals();
            }
            Msg::TypeInside(line) => {
                self.in_terminal(|terminal, _, session, at| terminal.type_inside(&line, session, at));
                self.hold_goals();
            }
            Msg::Docs(docs) => self.terminal.learn(docs),
            Msg::EditDone(text) => {
                self.in_terminal(|terminal, _, session, at| terminal.edited(text.as_deref(), session, at));
                if self.terminal.editing().is_none() && self.embedding.is_none() {
                    self.pane = Pane::Stage;
                }
            }
            Msg::Interrupt => self.terminal.interrupt(),
            Msg::ClearTerminal => self.terminal.clear(),
            Msg::ShowPane(pane) => self.pane = pane,
            Msg::SetLang(lang) => self.settings.lang = lang,
            Msg::SetTheme(theme) => self.settings.theme = theme,
            Msg::SystemDark(dark) => self.settings.system_dark = dark,
            Msg::SimpleEditor(simple) => self.settings.simple_editor = simple,
            Msg::Help(open) => self.help = open,
            Msg::Notice(id) => {
                let number = self.notice.map_or(0, |(_, number)| number + 1);
                self.notice = id.map(|id| (id, number));
            }
            Msg::NextProblem(by) => self.next_problem(by),
            Msg::GoTo { from, to } => self.go_to(from, to),
        }
    }

    /// Lets the terminal do something at the playhead. A command that goes on needs time to flow.
    fn in_terminal(&mut self, what: impl FnOnce(&mut Terminal, &str, &Session, Time) -> bool) {
        let session = self.session.get_or_insert_with(|| Session::new(Vec::new()));
        let acted = what(&mut self.terminal, &self.doc.text, session, self.playback.at);
        if acted {
            // A drain takes its time: the playhead goes where it has ended.
            self.playback.at = self.playback.at.max(session.computed());
            self.playback.horizon = self.playback.horizon.max(self.playback.at);
            // Another way of the run: what was remembered of the old one no longer holds.
            let session = session.again();
            // There is more to see now: the story goes on, and in a lesson it goes on by itself.
            let horizon = session.first_look(self.playback.at);
            self.playback.horizon = self.playback.horizon.max(horizon);
            self.playback.playing |= self.study.entered.is_some();
            self.session = Some(session);
            self.look();
        }
        if self.awaited() {
            self.play_on();
        }
    }

    /// Whether a command in the terminal waits for what happens next.
    fn awaited(&self) -> bool {
        self.terminal.is_running() && self.terminal.editing().is_none() && !self.terminal.takes_lines()
    }

    /// Lets time flow from where the playhead is, beyond what was to be shown.
    fn play_on(&mut self) {
        if self.playback.at >= self.playback.horizon {
            self.further();
        }
        self.playback.playing = true;
    }

    fn next_problem(&mut self, by: isize) {
        let count = self.verdict.faults();
        let Some(last) = count.checked_sub(1) else { return };
        let next = match self.problem {
            None => {
                if by < 0 {
                    last
                } else {
                    0
                }
            }
            Some(at) => at.checked_add_signed(by).map_or(last, |next| if next > last { 0 } else { next }),
        };
        self.problem = Some(next);
        if let Some(problem) = self.verdict.problems.get(next) {
            let span = problem.diagnostic.span;
            self.go_to(span.start, span.end);
        }
    }

    fn go_to(&mut self, from: usize, to: usize) {
        let number = self.jump.map_or(0, |jump| jump.number + 1);
        self.jump = Some(Jump { number, from, to });
        self.pane = Pane::Manifest;
    }
}
