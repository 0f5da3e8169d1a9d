//! What the page opens with: what was kept of the last visit, what a host page asks for, and what the address says.

use super::model::embedding::Embedding;
use super::model::story;
use super::model::study::Place;
use super::model::terminal::Terminal;
use super::platform::settings::Kept;
use super::platform::{host, link, settings};
use super::state::{Msg, Settings, State, Turn};
use crate::lessons::{EXAMPLES, Example};
use crate::share;

/// The settings of the last visit, and what the host page of an embedded one asks for.
pub(super) fn settings_now() -> Settings {
    let settings = settings::read();
    let Some(Embedding { theme, lang, .. }) = host::embedding() else { return settings };
    Settings { theme: theme.unwrap_or(settings.theme), lang: lang.unwrap_or(settings.lang), ..settings }
}

/// The state that the page opens with: the text of the last visit or the first example, and what a link says.
pub(super) fn open() -> State {
    let (settings, embedding) = (settings_now(), host::embedding());
    let first = EXAMPLES.first();
    let (text, example) = match settings::text() {
        // A host page brings its own text: what the person wrote elsewhere is theirs.
        _ if embedding.is_some() => ("".into(), None),
        Kept { text: Some(text), example } => (text.into(), example.and_then(|id| Example::find(&id))),
        Kept { text: None, example } => {
            let example = example.and_then(|id| Example::find(&id)).or(first);
            (example.map_or_else(|| "".into(), |example| story::text(example, settings.lang)), example)
        }
    };
    let mut state = State::open(settings, embedding, text, example);
    state.terminal = Terminal::new(settings::history());
    state.study.progress = settings::progress();
    state.own = settings::own().map(Into::into);
    if let Some(msg) = said(&link::fragment(), embedding.is_some()) {
        state.apply(msg);
    }
    state
}

/// What the fragment of the address says: nothing, a place in the lessons, or a link, which may be a bad one.
pub(super) fn said(fragment: &str, embedded: bool) -> Option<Msg> {
    if fragment.trim_start_matches('#').is_empty() {
        return None;
    }
    if let Some(place) = Place::read(fragment).filter(|_| !embedded) {
        return Some(Msg::Study(Turn::Show(place)));
    }
    Some(match share::decode(fragment) {
        Ok(shared) => Msg::Linked(shared.into()),
        Err(error) => Msg::Notice(Some(error.message_id())),
    })
}
