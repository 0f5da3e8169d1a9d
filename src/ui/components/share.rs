//! The menu of what can be copied, downloaded and recorded.

use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Html, Properties, component, html, use_state_eq};

use super::menu::{Menu, MenuItem};
use crate::share::{Shared, snippet};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::platform::{export, link};
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Pane, Tab};
use crate::ui::words::use_words;

/// What there is to choose, in order; each is part of its messages' ids.
const CHOICES: [&str; 12] = [
    "link",
    "moment",
    "iframe",
    "markdown",
    "element",
    "yaml",
    "text",
    "svg-stage",
    "png-stage",
    "svg-time",
    "png-time",
    "film",
];

/// Asks the page for its state: with the moment, or from the start.
pub(crate) type AskShared = Callback<bool, Shared>;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub shared: AskShared,
    /// The whole run as text.
    pub timeline: Callback<(), String>,
}

/// A name for files: that of the first object.
fn name_of(yaml: &str) -> String {
    let name = yaml.lines().find_map(|line| line.trim().strip_prefix("name:")).unwrap_or_default();
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).take(60).collect();
    if plain.is_empty() { "podlab".to_owned() } else { plain }
}

#[component]
pub(crate) fn Share(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let filming = use_state_eq(|| false);
    let items: Vec<MenuItem> = CHOICES
        .iter()
        .map(|id| MenuItem {
            title: words.say(&format!("share-{id}")),
            note: words.try_say(&format!("share-{id}-note")).unwrap_or_default(),
            checked: None,
        })
        .collect();
    let onpick = {
        let (shared, timeline, sender, filming) =
            (props.shared.clone(), props.timeline.clone(), sender.clone(), filming.clone());
        Callback::from(move |index: usize| {
            let Some(choice) = CHOICES.get(index).copied() else { return };
            let tell = {
                let sender = sender.clone();
                move |id| sender.send(Msg::Notice(Some(id)))
            };
            let state = shared.emit(choice == "moment");
            let name = name_of(&state.yaml);
            let page = link::page();
            let copy = |text: String| {
                let tell = tell.clone();
                link::copy_text(&text, move |copied| {
                    tell(if copied { "snippet-copied" } else { "snippet-not-copied" })
                });
            };
            match choice {
                "link" | "moment" => {
                    let tell = tell.clone();
                    link::copy(&state, move |copied| tell(if copied { "link-copied" } else { "link-in-address" }));
                }
                "iframe" | "element" if !snippet::embeddable(&page) => tell("snippet-local"),
                "iframe" => copy(snippet::iframe(&page, &state)),
                "markdown" => copy(snippet::markdown(&page, &state, &words.say("share-run"))),
                "element" => copy(snippet::element(&page, &state)),
                _ => {
                    let text = match choice {
                        "yaml" => state.yaml,
                        "text" => timeline.emit(()),
                        _ => String::new(),
                    };
                    if choice.ends_with("-stage") || choice == "film" {
                        // What is to be taken has to be there.
                        sender.send(Msg::ShowTab(Tab::Stage));
                        sender.send(Msg::ShowPane(Pane::Stage));
                    }
                    if choice == "film" {
                        filming.set(true);
                        sender.send(Msg::Seek(Default::default()));
                        sender.send(Msg::Play);
                    }
                    let filming = filming.clone();
                    spawn_local(async move {
                        let saved = export::save(choice, &name, &text).await;
                        filming.set(false);
                        tell(if saved { "file-saved" } else { "file-not-saved" });
                    });
                }
            }
        })
    };
    html! {
        <div class="menu-end">
            if *filming {
                <button class="button" type="button" onclick={sender.on(Msg::Pause)}>
                    <span class="filming" aria-hidden="true"></span>{ words.say("film-stop") }
                </button>
            } else {
                <Menu id="share" label={words.say("share-title")} {items} {onpick}>
                    <Glyph icon={Icon::Share} /><span class="wide">{ words.say("share") }</span>
                </Menu>
            }
        </div>
    }
}
