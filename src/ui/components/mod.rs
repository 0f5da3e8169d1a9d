//! The parts of the page. Each paints what it is given and sends messages; none holds state that matters elsewhere.

pub(crate) mod absent;
pub(crate) mod deeds;
pub(crate) mod diff;
pub(crate) mod edit_menu;
pub(crate) mod edit_pane;
pub(crate) mod editor;
pub(crate) mod events;
pub(crate) mod examples;
pub(crate) mod header;
pub(crate) mod help;
pub(crate) mod host;
pub(crate) mod inspector;
pub(crate) mod lessons;
pub(crate) mod logs;
pub(crate) mod menu;
pub(crate) mod number;
pub(crate) mod problems;
pub(crate) mod received;
pub(crate) mod select;
pub(crate) mod share;
pub(crate) mod sheet;
pub(crate) mod slider;
pub(crate) mod stage;
pub(crate) mod table;
pub(crate) mod tabs;
pub(crate) mod terminal;
pub(crate) mod timeline;
pub(crate) mod toast;
pub(crate) mod update;
pub(crate) mod why;
pub(crate) mod yaml;

pub(crate) use stage::{flow as stage_flow, pill as stage_pill, story as stage_story, vessel as stage_vessel};
