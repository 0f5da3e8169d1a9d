//! All that the page knows, and how it changes: one reducer, no view.

use std::rc::Rc;

use crate::cluster::{Action, ObjectKey, Time};
use crate::i18n::Lang;
use crate::lessons::Example;
use crate::trace::scene::PodScene;
use crate::trace::{Goal, Origin, Scene, Tone};
use crate::ui::judge::{Verdict, judge};
use crate::ui::model::embedding::Embedding;
use crate::ui::model::playback::{LONGEST, Playback, horizon_for, rate_for};
use crate::ui::model::terminal::Terminal;
pub use crate::ui::same::Same;
use crate::ui::session::{Line, Session};

/// How many due things are done before an embedded run shows the moment that it is asked to begin at.
const BEGIN_STEPS: usize = 200_000;

/// How many times wider than its window the timeline is at most.
pub const WIDEST: f64 = 64.0;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light, whatever the system has.
    Light,
    /// Dark, whatever the system has.
    Dark,
}

/// What the stage pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The picture.
    #[default]
    Stage,
    /// Every event so far.
    Events,
    /// The selected object as it is.
    Yaml,
    /// What containers wrote.
    Logs,
    /// The picture as text.
    Table,
    /// A prompt with kubectl.
    Terminal,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Tab; 6] = [Tab::Stage, Tab::Terminal, Tab::Events, Tab::Yaml, Tab::Logs, Tab::Table];

    /// Its name in ids of elements and messages.
    pub fn id(self) -> &'static str {
        match self {
            Tab::Stage => "stage",
            Tab::Events => "events",
            Tab::Yaml => "yaml",
            Tab::Logs => "logs",
            Tab::Table => "table",
            Tab::Terminal => "terminal",
        }
    }
}

/// The one pane that a phone shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The editor and the problems.
    Manifest,
    /// The stage and its other tabs.
    #[default]
    Stage,
    /// The explanation and the events.
    Why,
}

impl Pane {
    /// Every pane, in order.
    pub const ALL: [Pane; 3] = [Pane::Manifest, Pane::Stage, Pane::Why];

    /// Its name in ids of elements and messages.
    pub fn id(self) -> &'static str {
        match self {
            Pane::Manifest => "manifest",
            Pane::Stage => "stage",
            Pane::Why => "why",
        }
    }
}

/// What stays from visit to visit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// The language.
    pub lang: Lang,
    /// Light or dark.
    pub theme: Theme,
    /// Whether the system is dark, for [`Theme::System`].
    pub system_dark: bool,
    /// A plain text area in place of the editor.
    pub simple_editor: bool,
}

impl Settings {
    /// Whether the page is dark.
    pub fn dark(&self) -> bool {
        match self.theme {
            Theme::System => self.system_dark,
            Theme::Light => false,
            Theme::Dark => true,
        }
    }
}

/// The text in the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Doc {
    /// The text.
    pub text: Rc<str>,
    /// Grows when the text comes from elsewhere than the editor, which then has to take it over.
    pub loaded: u32,
    /// The example it was, until it is reset.
    pub example: Option<&'static Example>,
}

/// What the person looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// A Pod.
    pub pod: Option<ObjectKey>,
    /// A container of it.
    pub container: Option<Rc<str>>,
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
    /// What was said of the text judged last.
    pub verdict: Same<Verdict>,
    /// Whether the text has changed since.
    pub pending: bool,
    /// The run of the last accepted text.
    pub session: Option<Session>,
    /// The text of that run.
    pub accepted: Rc<str>,
    /// The playhead.
    pub playback: Playback,
    /// What the run is computed on for, until it is found or known never to come.
    pub quest: Option<Quest>,
    /// The picture at the playhead.
    pub scene: Same<Scene>,
    /// What the person looks at.
    pub selection: Selection,
    /// What the stage pane shows.
    pub tab: Tab,
    /// The prompt with kubectl.
    pub terminal: Terminal,
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

/// Something that happens to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The person changed the text.
    Edited(Rc<str>),
    /// Another text takes its place.
    Load(Rc<str>, Option<&'static Example>),
    /// The pause after an edit is over, or Ctrl-Enter: judge the text, and run it when it is accepted.
    Apply {
        /// Run it even when it runs already.
        again: bool,
    },
    /// A frame: so many seconds of wall time have passed, and more may have been computed.
    Frame(f64),
    /// Let time flow.
    Play,
    /// Stop time.
    Pause,
    /// Put the playhead there.
    Seek(Time),
    /// To the happening before.
    StepBack,
    /// To the next happening.
    StepOn,
    /// Show more of the run.
    Further,
    /// Play on to a moment, at once where the second says so; or look for it no longer.
    RunUntil(Option<Goal>, bool),
    /// Do something to the cluster, now.
    Act(Action),
    /// Take back what was done, by its place.
    Undo(usize),
    /// What a link says beside the text: what was done, and the moment to show.
    Linked(Vec<String>, Option<Time>),
    /// Choose the speed, in virtual seconds a second.
    Rate(f64),
    /// Make the timeline that many times as wide as its window.
    Zoom(f64),
    /// Make it that many times wider than it is.
    ZoomBy(f64),
    /// Look at something.
    Select(Selection),
    /// Show a tab of the stage pane.
    ShowTab(Tab),
    /// Run a line in the terminal.
    Type(Rc<str>),
    /// End what goes on in the terminal.
    Interrupt,
    /// Clear the terminal.
    ClearTerminal,
    /// The editor that `kubectl edit` opened is closed: with a text, or without saving.
    EditDone(Option<Rc<str>>),
    /// Show a pane, on a phone.
    ShowPane(Pane),
    /// Choose the language.
    SetLang(Lang),
    /// Choose light or dark.
    SetTheme(Theme),
    /// The system has turned dark, or light.
    SystemDark(bool),
    /// Choose the plain text area.
    SimpleEditor(bool),
    /// Open or close the map of keys.
    Help(bool),
    /// Show a message for a moment, or none.
    Notice(Option<&'static str>),
    /// Jump to the next (+1) or previous (-1) problem.
    NextProblem(isize),
    /// Show a place in the text.
    GoTo {
        /// Its first byte.
        from: usize,
        /// One past its last byte.
        to: usize,
    },
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
            doc: Doc { text: with_plain_breaks(text), loaded: 0, example },
            verdict: Same::default(),
            pending: true,
            session: None,
            accepted: "".into(),
            playback: Playback::default(),
            quest: None,
            scene: Same::default(),
            selection: Selection::default(),
            tab: Tab::default(),
            terminal: Terminal::default(),
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
        self.playback.playing || self.session.as_ref().is_some_and(|session| !session.computed_to(self.target()))
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

    /// Does what `msg` says.
    pub fn apply(&mut self, msg: Msg) {
        match msg {
            Msg::Edited(text) => {
                self.pending = text != self.doc.text || self.pending;
                self.doc.text = text;
            }
            Msg::Load(text, example) => {
                self.doc = Doc { text: with_plain_breaks(text), loaded: self.doc.loaded + 1, example };
                self.selection = Selection::default();
                self.judge(true);
            }
            Msg::Apply { again } => {
                if self.pending || again {
                    self.judge(again);
                }
            }
            Msg::Frame(elapsed) => self.frame(elapsed),
            Msg::Play => {
                self.playback.play();
                self.look();
            }
            Msg::Pause => {
                self.playback.stop();
                self.quest = None;
            }
            Msg::Seek(at) => self.seek(at),
            Msg::StepOn => self.step(|session, at| session.next_happening(at)),
            Msg::StepBack => self.step(|session, at| session.previous_happening(at)),
            Msg::Further => self.further(),
            Msg::RunUntil(goal, still) => self.run_until(goal, still),
            Msg::Act(action) => self.act(action),
            Msg::Undo(place) => self.undo(place),
            Msg::Linked(lines, at) => self.linked(&lines, at),
            Msg::Rate(rate) => self.playback.rate = rate,
            Msg::Zoom(zoom) => self.zoom = zoom.clamp(1.0, WIDEST),
            Msg::ZoomBy(factor) => self.zoom = (self.zoom * factor).clamp(1.0, WIDEST),
            Msg::Select(selection) => {
                self.selection = selection;
                // From afar only the chosen Pod has a picture.
                if self.scene.afar() {
                    self.look();
                }
            }
            Msg::ShowTab(tab) => self.tab = tab,
            Msg::Type(line) => self.in_terminal(|terminal, text, session, at| terminal.enter(&line, text, session, at)),
            Msg::EditDone(text) => {
                self.in_terminal(|terminal, _, session, at| terminal.edited(text.as_deref(), session, at))
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
            self.session = Some(session.again());
            self.look();
        }
        if self.awaited() {
            self.play_on();
        }
    }

    /// Whether a command in the terminal waits for what happens next.
    fn awaited(&self) -> bool {
        self.terminal.is_running() && self.terminal.editing().is_none()
    }

    /// Lets time flow from where the playhead is, beyond what was to be shown.
    fn play_on(&mut self) {
        if self.playback.at >= self.playback.horizon {
            self.further();
        }
        self.playback.playing = true;
    }

    fn judge(&mut self, again: bool) {
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
        let session = Session::new(objects);
        let horizon = session.first_look(Time::ZERO);
        self.accepted = self.doc.text.clone();
        let Embedding { paused, at, speed, .. } = self.embedding.unwrap_or_default();
        let begin = at.unwrap_or(Time::ZERO);
        if begin > horizon {
            session.advance(begin, BEGIN_STEPS);
        }
        let horizon = horizon.max(begin);
        let rate = speed.unwrap_or_else(|| rate_for(horizon));
        self.playback = Playback { playing: !paused, rate, at: begin.min(session.computed()), horizon, dash: None };
        self.quest = None;
        self.session = Some(session);
        self.terminal.restart();
        self.zoom = 1.0;
        self.look();
    }

    fn frame(&mut self, elapsed: f64) {
        let Some(session) = &self.session else { return };
        let flowed = self.playback.playing;
        self.playback.tick(elapsed, session.computed());
        self.look();
        self.quest();
        if flowed && !self.playback.playing && self.awaited() && self.playback.horizon < LONGEST {
            self.play_on();
        }
    }

    fn run_until(&mut self, goal: Option<Goal>, still: bool) {
        let (after, pod) = (self.playback.at, self.selection.pod.clone());
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
    fn branch(&mut self, session: Session, at: Time) {
        let horizon = session.first_look(at);
        self.playback.horizon = self.playback.horizon.max(horizon);
        self.playback.seek(at);
        self.session = Some(session);
        self.quest = None;
        self.look();
    }

    fn act(&mut self, action: Action) {
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

    fn undo(&mut self, place: usize) {
        let Some(session) = &self.session else { return };
        let Some(deed) = session.deeds().into_iter().find(|deed| deed.place == place) else { return };
        let session = session.undo(place);
        let at = self.playback.at;
        self.branch(session, at.min(deed.act.at));
        self.playback.stop();
    }

    fn linked(&mut self, lines: &[String], at: Option<Time>) {
        let Some(session) = &self.session else { return };
        let session = session.with_deeds(lines);
        let last = session.deeds().last().map_or(Time::ZERO, |deed| deed.act.at);
        if last > Time::ZERO {
            self.branch(session, last);
        }
        self.playback.rate = rate_for(self.playback.horizon);
        self.playback.seek(Time::ZERO);
        if let Some(at) = at.map(|at| at.min(LONGEST)) {
            self.playback.horizon = self.playback.horizon.max(horizon_for(at, LONGEST));
            self.playback.at = at;
            self.playback.stop();
        }
        self.look();
    }

    /// Takes the picture at the playhead.
    fn look(&mut self) {
        let Some(session) = &self.session else { return };
        if self.terminal.hear(session, self.playback.at) {
            self.playback.at = self.playback.at.max(session.computed());
        }
        self.scene = Same(session.scene(self.playback.at, self.selection.pod.as_ref()));
        let gone = self.selection.pod.as_ref().is_some_and(|key| self.scene.pod(key).is_none());
        if gone && self.playback.at > Time::ZERO {
            self.selection = Selection::default();
        }
    }

    fn seek(&mut self, at: Time) {
        if let Some(session) = &self.session {
            self.playback.seek(at.min(session.computed()));
        }
        self.look();
    }

    fn step(&mut self, find: impl Fn(&Session, Time) -> Option<Time>) {
        self.playback.stop();
        self.quest = None;
        let Some(session) = &self.session else { return };
        if let Some(at) = find(session, self.playback.at) {
            self.playback.horizon = self.playback.horizon.max(at);
            self.playback.at = at;
        }
        self.look();
    }

    fn further(&mut self) {
        let more = Time::from_micros(self.playback.horizon.as_micros().saturating_mul(2));
        self.playback.horizon = more.min(LONGEST);
        self.playback.rate = self.playback.rate.max(rate_for(self.playback.horizon));
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

/// What the panes speak of.
impl State {
    /// What is explained: what is selected, else what is most worth explaining.
    pub fn subject(&self) -> Option<Selection> {
        if self.selection.pod.is_some() {
            return Some(self.selection.clone());
        }
        let pod = self.scene.pods.iter().min_by_key(|pod| pod.tone.urgency())?;
        let worst = pod.containers().min_by_key(|container| container.tone.urgency());
        let container = worst.filter(|container| container.tone.urgency() == 0).map(|container| container.name.clone());
        Some(Selection { pod: Some(pod.key.clone()), container })
    }

    fn subject_pod(&self) -> Option<&Rc<PodScene>> {
        let key = self.subject()?.pod?;
        self.scene.pod(&key)
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

    /// What the subject's Pod (or the selected container of it) wrote.
    pub fn subject_logs(&self) -> Vec<Line> {
        let (Some(pod), Some(session)) = (self.subject_pod(), &self.session) else { return Vec::new() };
        let containers: Vec<Rc<str>> = match &self.selection.container {
            Some(name) => vec![name.clone()],
            None => pod.containers().map(|container| container.name.clone()).collect(),
        };
        session.logs(self.playback.at, &pod.uid, &containers)
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
