//! What can happen to the page.

use std::rc::Rc;

use super::{Pane, Selection, Sheet, Tab, Theme, Turn};
use crate::cluster::{Action, ObjectKey, Time};
use crate::i18n::Lang;
use crate::lessons::Example;
use crate::share::Shared;
use crate::trace::Goal;
use crate::ui::model::logs::LogChoice;

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
    /// Apply the text to the run before.
    ApplyHere,
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
    /// Compute no further than has been computed.
    Halt,
    /// Do something to the cluster, now.
    Act(Action),
    /// Take back what was done, by its place.
    Undo(usize),
    /// Show what a link says.
    Linked(Rc<Shared>),
    /// Choose the speed, in virtual seconds a second.
    Rate(f64),
    /// Make the timeline that many times as wide as its window.
    Zoom(f64),
    /// Make it that many times wider than it is.
    ZoomBy(f64),
    /// Look at something.
    Select(Selection),
    /// Lay something over the stage to be read, or take it away.
    Open(Option<Sheet>),
    /// Show a tab of the stage pane.
    ShowTab(Tab),
    /// Something in the lessons.
    Study(Turn),
    /// See other lines of the logs.
    Logs(LogChoice),
    /// Run a line in the terminal.
    Type(Rc<str>),
    /// A line for the shell in a container that the terminal is in.
    TypeInside(Rc<str>),
    /// What `kubectl explain` tells is there.
    Docs(Rc<str>),
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

impl Msg {
    /// That `kubectl rollout` is told `word` (`undo`, `resume`) of the owner of `key`, as if it were typed.
    pub fn rollout(word: &str, key: &ObjectKey) -> Self {
        Msg::Type(format!("kubectl rollout {word} {} -n {}", key.slashed(), key.namespace).into())
    }
}
