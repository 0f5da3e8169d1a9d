//! The menu of examples (ARIA: menu button).

use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

use super::tabs::arrow;
use crate::lessons::{EXAMPLES, Example};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::platform::{events, focus};
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The id of the example that is open.
    pub current: Option<&'static str>,
}

#[component]
pub(crate) fn Examples(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    // The item that has the focus while the menu is open.
    let open = use_state_eq(|| None::<usize>);

    use_effect_with(*open, |at| {
        if let Some(at) = *at {
            focus::by_id(&format!("example-{at}"));
        }
    });
    // A press elsewhere closes it.
    {
        let open = open.clone();
        use_effect_with(open.is_some(), move |is_open| {
            let listener = is_open.then(|| {
                events::on_document("pointerdown", move |event| {
                    if !events::inside(&event, ".menu") {
                        open.set(None);
                    }
                })
            });
            move || drop(listener)
        });
    }
    let close = {
        let open = open.clone();
        move || {
            open.set(None);
            focus::by_id("examples-button");
        }
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(if open.is_some() { None } else { Some(0) }))
    };
    let onkeydown = {
        let (open, close) = (open.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            match (*open, event.key().as_str()) {
                (Some(_), "Escape") => close(),
                (Some(_), "Tab") => open.set(None),
                (at, key) => {
                    let next = match at {
                        Some(at) => arrow(key, at, EXAMPLES.len()),
                        None => matches!(key, "ArrowDown").then_some(0),
                    };
                    if next.is_some() {
                        event.prevent_default();
                        open.set(next);
                    }
                }
            }
        })
    };
    let item = |(index, example): (usize, &'static Example)| {
        let (sender, open) = (sender.clone(), open.clone());
        let onclick = Callback::from(move |_| {
            sender.send(Msg::Load(example.yaml.into(), Some(example)));
            open.set(None);
            // What one does next is to stop or to play it.
            focus::by_id("play");
        });
        let checked = props.current == Some(example.id);
        html! {
            <button class="menu-item" role="menuitemradio" type="button" id={format!("example-{index}")} tabindex="-1"
                aria-checked={checked.to_string()} {onclick} key={example.id}>
                <b>{ words.say(&example.title_id()) }</b>
                <small>{ words.say(&example.story_id()) }</small>
            </button>
        }
    };
    html! {
        <div class="menu" {onkeydown}>
            <button class="button" type="button" id="examples-button" onclick={toggle} aria-haspopup="menu"
                aria-expanded={open.is_some().to_string()}>
                { words.say("examples") }<Glyph icon={Icon::Down} size={14} />
            </button>
            if open.is_some() {
                <div class="menu-list" role="menu" aria-label={words.say("examples")}>
                    { for EXAMPLES.iter().enumerate().map(item) }
                </div>
            }
        </div>
    }
}
