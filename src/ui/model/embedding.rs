//! How the page stands inside another page: what `web/embed.js` asks for in the address, and what the host page may
//! say later. Both are input of strangers: what is not understood is left out.

use crate::cluster::Time;
use crate::i18n::Lang;
use crate::ui::model::playback::LONGEST;
use crate::ui::state::{Msg, Theme};

/// What of the page is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The editor, the stage and the timeline.
    #[default]
    Split,
    /// The stage and the timeline.
    Stage,
    /// The timeline.
    Timeline,
}

impl View {
    /// Its name, in the address and for style sheets.
    pub fn id(self) -> &'static str {
        match self {
            View::Split => "split",
            View::Stage => "stage",
            View::Timeline => "timeline",
        }
    }
}

/// What the address asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Embedding {
    /// What is shown.
    pub view: View,
    /// Whether time waits for the reader.
    pub paused: bool,
    /// Where the playhead begins.
    pub at: Option<Time>,
    /// Virtual seconds a second.
    pub speed: Option<f64>,
    /// Light or dark, as the host page is.
    pub theme: Option<Theme>,
    /// The host page's language.
    pub lang: Option<Lang>,
}

impl Embedding {
    /// Reads the query of an address (with or without its `?`); none when the page is not embedded.
    pub fn read(query: &str) -> Option<Embedding> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let value = |name: &str| {
            let pair =
                |pair: &'_ str| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
            query.split('&').find_map(pair)
        };
        value("embed").filter(|embed| embed == "1")?;
        Some(Embedding {
            view: match value("view").as_deref() {
                Some("stage") => View::Stage,
                Some("timeline") => View::Timeline,
                _ => View::Split,
            },
            paused: value("paused").is_some(),
            at: value("at").and_then(|at| at.parse().ok()).and_then(moment),
            speed: value("speed").and_then(|speed| speed.parse().ok()).and_then(speed_of),
            theme: value("theme").and_then(|theme| theme_of(&theme)),
            lang: value("lang").and_then(|lang| Lang::from_tag(&lang)),
        })
    }
}

/// What a host page may ask for: the type of its message, and what goes with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Request<'a> {
    /// `load`: another manifest.
    Load(&'a str),
    /// `seek`: the playhead to this virtual second.
    Seek(f64),
    /// `play`: let time flow, at so many virtual seconds a second.
    Play(Option<f64>),
    /// `pause`: stop time.
    Pause,
    /// `theme`: `light` or `dark`.
    Theme(&'a str),
    /// `lang`: a BCP 47 tag.
    Lang(&'a str),
}

impl Request<'_> {
    /// What the page does about it; nothing when a number is none or a word is not known.
    pub fn messages(&self) -> Vec<Msg> {
        let one = |msg: Option<Msg>| msg.into_iter().collect();
        match *self {
            Request::Load(yaml) => vec![Msg::Load(yaml.into(), None)],
            Request::Seek(at) => one(moment(at).map(Msg::Seek)),
            Request::Play(speed) => speed.and_then(speed_of).map(Msg::Rate).into_iter().chain([Msg::Play]).collect(),
            Request::Pause => vec![Msg::Pause],
            Request::Theme(theme) => one(theme_of(theme).map(Msg::SetTheme)),
            Request::Lang(tag) => one(Lang::from_tag(tag).map(Msg::SetLang)),
        }
    }
}

/// The virtual second `at`, within what a run is played; none where it is no number.
pub fn moment(at: f64) -> Option<Time> {
    at.is_finite().then(|| Time::from_secs_f64(at.clamp(0.0, LONGEST.as_secs_f64())))
}

/// A speed in virtual seconds a second, within what is sensible; none where it is no number.
pub fn speed_of(speed: f64) -> Option<f64> {
    speed.is_finite().then(|| speed.clamp(0.1, 1000.0))
}

fn theme_of(theme: &str) -> Option<Theme> {
    match theme {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_the_page_is_embedded() {
        assert_eq!(Embedding::read(""), None);
        assert_eq!(Embedding::read("?view=stage"), None);
        assert_eq!(Embedding::read("?embed=1"), Some(Embedding::default()));
        let all = Embedding::read("?embed=1&view=stage&lang=zh-TW&theme=dark&paused=1&at=12.5&speed=10");
        let expected = Embedding {
            view: View::Stage,
            paused: true,
            at: Some(Time::from_secs_f64(12.5)),
            speed: Some(10.0),
            theme: Some(Theme::Dark),
            lang: Some(Lang::ZhCn),
        };
        assert_eq!(all, Some(expected));
    }

    #[test]
    fn nonsense_of_a_host_is_left_out() {
        let odd = Embedding::read("?embed=1&view=%00&at=-5&speed=inf&theme=pink&lang=xx&&=&at=1").unwrap();
        assert_eq!(odd, Embedding { at: Some(Time::ZERO), ..Embedding::default() });
        assert!(Request::Seek(f64::NAN).messages().is_empty());
        assert_eq!(Request::Seek(1e300).messages(), [Msg::Seek(LONGEST)]);
        assert_eq!(Request::Play(Some(f64::INFINITY)).messages(), [Msg::Play]);
        assert!(Request::Theme("x").messages().is_empty() && Request::Lang("").messages().is_empty());
    }
}
