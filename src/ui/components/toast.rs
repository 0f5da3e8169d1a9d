//! A short message that goes away by itself.

use yew::{Html, Properties, component, html, use_effect_with};

use crate::ui::icon::{Glyph, Icon};
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

/// How long it stays, in milliseconds.
const STAYS: u32 = 5000;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub notice: Option<(&'static str, u32)>,
}

#[component]
pub(crate) fn Toast(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    {
        let sender = sender.clone();
        use_effect_with(props.notice, move |notice| {
            let timer =
                notice.map(|_| gloo::timers::callback::Timeout::new(STAYS, move || sender.send(Msg::Notice(None))));
            move || drop(timer)
        });
    }
    html! {
        <div role="status">
            if let Some((id, number)) = props.notice {
                <div class="toast" key={number}>
                    <span>{ words.say(id) }</span>
                    <button class="button icon small" type="button" aria-label={words.say("close")}
                        onclick={sender.on(Msg::Notice(None))}>
                        <Glyph icon={Icon::Close} size={13} />
                    </button>
                </div>
            }
        </div>
    }
}
