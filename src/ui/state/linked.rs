//! The state as a link, and a link as the state.

use super::{Msg, Selection, State, Tab};
use crate::cluster::Time;
use crate::share::Shared;
use crate::ui::model::embedding::{moment, speed_of};
use crate::ui::model::playback::{LONGEST, horizon_for, rate_for};
use crate::ui::model::terminal::MANIFEST;
use crate::ui::session::Session;

/// How many bytes of the terminal's files a link carries: a link has to fit into a message.
const MOST_FILES: usize = 20_000;

impl State {
    /// All that a link says of the page; with the playhead where it stands, or from the start.
    pub fn shared(&self, with_moment: bool) -> Shared {
        let mut left = MOST_FILES;
        let files = self.terminal.prompt.files.iter().filter(|(name, text)| {
            let fits = *name != MANIFEST && text.len() <= left;
            left -= if fits { text.len() } else { 0 };
            fits
        });
        let usual = rate_for(self.playback.horizon);
        Shared {
            yaml: self.begun.as_ref().unwrap_or(&self.doc.text).to_string(),
            at: with_moment.then_some(self.playback.at.as_secs_f64()),
            acts: self.session.as_ref().map(Session::deed_lines).unwrap_or_default(),
            select: self.selection.to_link(),
            tab: (self.tab != Tab::default()).then(|| self.tab.id().to_owned()),
            speed: Some(self.playback.rate).filter(|rate| *rate != usual),
            files: files.map(|(name, text)| (name.clone(), text.clone())).collect(),
        }
    }

    /// Shows what a link says. The person's own text is put away, never lost.
    pub(super) fn linked(&mut self, shared: &Shared) {
        self.put_away();
        self.load(shared.yaml.as_str().into(), None);
        self.doc.foreign = true;
        self.judge(true);
        if self.own.is_some() {
            self.apply(Msg::Notice(Some("link-own-kept")));
        }
        let tab = shared.tab.as_deref().and_then(|id| Tab::ALL.into_iter().find(|tab| tab.id() == id));
        self.tab = tab.unwrap_or_default();
        self.terminal.put_files(&shared.files);
        // A refused text has no run: there is nothing more to show.
        let Some(session) = self.session.clone().filter(|_| self.verdict.accepted) else { return };
        let session = session.with_deeds(&shared.acts);
        let last = session.deeds().last().map_or(Time::ZERO, |deed| deed.act.at);
        if !session.deeds().is_empty() {
            self.branch(session, last);
            self.playback.playing = !self.embedding.is_some_and(|embedding| embedding.paused);
        }
        let asked = self.embedding.and_then(|embedding| embedding.speed);
        let speed = asked.or_else(|| shared.speed.and_then(speed_of));
        self.playback.rate = speed.unwrap_or_else(|| rate_for(self.playback.horizon));
        // What an embedding page asks for comes before what the link says.
        let begin = self.embedding.and_then(|embedding| embedding.at);
        match begin.or_else(|| shared.at.and_then(moment)) {
            Some(at) => {
                self.playback.horizon = self.playback.horizon.max(horizon_for(at, LONGEST));
                self.playback.at = at;
                if begin.is_none() {
                    self.playback.stop();
                }
            }
            None => self.playback.seek(Time::ZERO),
        }
        if let Some(selection) = shared.select.as_deref().and_then(Selection::from_link) {
            self.selection = selection;
        }
        self.look();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share::{decode, encode};
    use crate::ui::state::Settings;

    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: app, image: nginx}\n";

    fn opened(text: &str) -> State {
        State::open(Settings::default(), None, text.into(), None)
    }

    #[test]
    fn the_whole_state_goes_through_a_link() {
        let mut state = opened(POD);
        state.apply(Msg::Seek(Time::from_secs_f64(9.0)));
        state.apply(Msg::Type("kubectl create configmap a --from-literal=b=c; echo hello > note.txt".into()));
        state.apply(Msg::ShowTab(Tab::Logs));
        state.apply(Msg::Rate(50.0));
        state.apply(Msg::Select(Selection::from_link("default/web/app").unwrap()));
        state.apply(Msg::Pause);
        let shared = state.shared(true);
        assert_eq!(decode(&encode(&shared)).unwrap(), shared);
        let mut other = opened("kind: Mine\n");
        other.apply(Msg::Linked(shared.clone().into()));
        assert_eq!(other.shared(true), shared);
        assert_eq!(*other.scene.0, *state.scene.0);
        assert!(!other.playback.playing);
        assert_eq!(other.own.as_deref(), Some("kind: Mine\n"), "the own text is put away");
        // What came by a link is not the person's own, and does not push that out.
        other.apply(Msg::Linked(Shared { yaml: "a: b\n".to_owned(), ..Shared::default() }.into()));
        assert_eq!(other.own.as_deref(), Some("kind: Mine\n"));
        other.apply(Msg::Edited("a: c\n".into()));
        other.apply(Msg::Load(POD.into(), None));
        assert_eq!(other.own.as_deref(), Some("a: c\n"));
    }

    #[test]
    fn nonsense_in_a_link_is_left_out() {
        let shared = Shared {
            yaml: POD.to_owned(),
            at: Some(-1e300),
            acts: vec!["x".to_owned(), "99999999999999999999 node a down".to_owned()],
            select: Some("nothing".to_owned()),
            tab: Some("nonsense".to_owned()),
            speed: Some(1e300),
            ..Shared::default()
        };
        let mut state = opened("");
        state.apply(Msg::Linked(shared.into()));
        assert_eq!((state.playback.at, state.tab, state.playback.rate), (Time::ZERO, Tab::Stage, 1000.0));
        assert_eq!(state.selection, Selection::default());
    }
}
