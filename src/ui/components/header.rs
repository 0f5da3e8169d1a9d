//! The top of the page: its name, examples, sharing, language, theme, help.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html};

use super::examples::Examples;
use super::share::{AskShared, Share};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::platform::link;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Settings, Theme, Turn};
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub settings: Settings,
    pub example: Option<&'static str>,
    /// Whether the lessons are open.
    pub lessons: bool,
    /// The text that was put away.
    pub own: Option<Rc<str>>,
    /// What a link would say.
    pub shared: AskShared,
    /// The run as text.
    pub timeline: Callback<(), String>,
}

#[component]
pub(crate) fn Header(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { settings, .. } = *props;
    let dark = settings.dark();
    let theme = if dark { Theme::Light } else { Theme::Dark };
    let theme_word = words.say(if dark { "theme-to-light" } else { "theme-to-dark" });
    let other = settings.lang.other();
    html! {
        <header class="top">
            <div class="brand">
                <Glyph icon={Icon::Hexagon} size={22} />
                <h1>{ "Podlab" }</h1>
                <span class="tag">{ words.say("tagline") }</span>
            </div>
            <Examples current={props.example} own={props.own.clone()} />
            <button class="button" type="button" id="lessons-button" aria-pressed={props.lessons.to_string()}
                onclick={sender.on(Msg::Study(if props.lessons { Turn::Leave } else { Turn::Show(None) }))}>
                <Glyph icon={Icon::Book} /><span class="wide">{ words.say("lessons") }</span>
                <span class="unseen">{ words.say("lessons") }</span>
            </button>
            <span class="grow" />
            <Share shared={props.shared.clone()} timeline={props.timeline.clone()} />
            <button class="button" type="button" lang={other.tag()} onclick={sender.on(Msg::SetLang(other))}
                aria-label={words.say("language-switch")} title={words.say("language-switch")}>
                { words.say("language-other") }
            </button>
            <button class="button icon" type="button" onclick={sender.on(Msg::SetTheme(theme))}
                aria-label={&theme_word} title={theme_word.clone()}>
                <Glyph icon={if dark { Icon::Sun } else { Icon::Moon }} />
            </button>
            <button class="button icon wide" type="button" onclick={sender.on(Msg::Help(true))}
                aria-label={words.say("help")} title={words.say("help")}>
                <Glyph icon={Icon::Question} />
            </button>
        </header>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct EmbedProps {
    /// What a link would say.
    pub shared: AskShared,
}

/// What an embedded page has in place of the header: its name, and the way to a page of its own.
#[component]
pub(crate) fn EmbedHead(props: &EmbedProps) -> Html {
    let words = use_words();
    let shared = props.shared.clone();
    let open = Callback::from(move |_| link::open_alone(&shared.emit(true)));
    html! {
        <header class="top embed-top">
            <div class="brand">
                <Glyph icon={Icon::Hexagon} size={16} />
                <h1>{ "Podlab" }</h1>
            </div>
            <span class="grow" />
            <button class="button small quiet" type="button" onclick={open} title={words.say("embed-open-title")}>
                { words.say("embed-open") }
            </button>
        </header>
    }
}
