//! What a person chooses of the page: language and look, and what its panes show.

use std::rc::Rc;

use crate::cluster::ObjectKey;
use crate::i18n::Lang;

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
    /// The lessons, while they are open.
    Lesson,
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
    pub const ALL: [Pane; 4] = [Pane::Lesson, Pane::Manifest, Pane::Stage, Pane::Why];

    /// Its name in ids of elements and messages.
    pub fn id(self) -> &'static str {
        match self {
            Pane::Lesson => "lesson",
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

/// What is laid over the stage to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The files of a volume.
    Volume {
        /// The Pod.
        pod: ObjectKey,
        /// The volume's name in it.
        volume: Rc<str>,
        /// The file that is read.
        file: Option<Rc<str>>,
    },
    /// What a host outside of the cluster received.
    Outside {
        /// Its name.
        host: Rc<str>,
    },
}
