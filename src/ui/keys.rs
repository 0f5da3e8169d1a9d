//! What keys mean, wherever they are pressed.

use web_sys::KeyboardEvent;

use super::platform::focus;
use super::state::{Msg, Selection, State};
use crate::cluster::Time;

/// What a key pressed anywhere means; none when it belongs to what has the focus.
pub(super) fn message(event: &KeyboardEvent, state: &State) -> Option<Msg> {
    let command = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "F8" => return Some(Msg::NextProblem(if event.shift_key() { -1 } else { 1 })),
        "Enter" if command => return Some(Msg::Apply { again: true }),
        _ => {}
    }
    if command || event.alt_key() || state.help || focus::is_typing() {
        return None;
    }
    match event.key().as_str() {
        " " if focus::is_pressable() => None,
        " " if state.playback.playing => Some(Msg::Pause),
        " " => Some(Msg::Play),
        "ArrowRight" | "." => Some(Msg::StepOn),
        "ArrowLeft" | "," => Some(Msg::StepBack),
        "Home" => Some(Msg::Seek(Time::ZERO)),
        "+" | "=" => Some(Msg::Zoom(state.zoom * 2.0)),
        "-" => Some(Msg::Zoom(state.zoom / 2.0)),
        "?" => Some(Msg::Help(true)),
        "Escape" if state.sheet.is_some() => Some(Msg::Open(None)),
        "Escape" if state.selection != Selection::All => Some(Msg::Select(Default::default())),
        _ => None,
    }
}
