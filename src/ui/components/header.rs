//! The top of the page: its name, examples, sharing, language, theme, help.

use yew::{Callback, Html, Properties, component, html};

use super::examples::Examples;
use crate::cluster::Time;
use crate::share::Shared;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::platform::link;
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::{Msg, Settings, Theme, Turn};
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub settings: Settings,
    pub example: Option<&'static str>,
    /// Whether the lessons are open.
    pub lessons: bool,
    pub text: std::rc::Rc<str>,
    /// The run, for what was done to it.
    pub session: Option<Session>,
    /// The moment that a link should show.
    pub moment: Option<Time>,
}

#[component]
pub(crate) fn Header(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { settings, .. } = *props;
    let dark = settings.dark();
    let share = {
        let (sender, text, session) = (sender.clone(), props.text.clone(), props.session.clone());
        let at = props.moment.map(Time::as_secs_f64);
        Callback::from(move |_| {
            let sender = sender.clone();
            let acts = session.as_ref().map(Session::deed_lines).unwrap_or_default();
            link::copy(&Shared { yaml: text.to_string(), at, acts }, move |copied| {
                sender.send(Msg::Notice(Some(if copied { "link-copied" } else { "link-in-address" })));
            });
        })
    };
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
            <Examples current={props.example} />
            <button class="button" type="button" id="lessons-button" aria-pressed={props.lessons.to_string()}
                onclick={sender.on(Msg::Study(if props.lessons { Turn::Leave } else { Turn::Show(None) }))}>
                <Glyph icon={Icon::Book} /><span class="wide">{ words.say("lessons") }</span>
                <span class="unseen">{ words.say("lessons") }</span>
            </button>
            <span class="grow" />
            <button class="button" type="button" onclick={share} title={words.say("share-title")}>
                <Glyph icon={Icon::Share} /><span class="wide">{ words.say("share") }</span>
                <span class="unseen">{ words.say("share-title") }</span>
            </button>
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
    pub text: std::rc::Rc<str>,
}

/// What an embedded page has in place of the header: its name, and the way to a page of its own.
#[component]
pub(crate) fn EmbedHead(props: &EmbedProps) -> Html {
    let words = use_words();
    let text = props.text.clone();
    let open = Callback::from(move |_| link::open_alone(&text));
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
