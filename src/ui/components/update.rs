//! The offer to take a newer build of the page. It stays until it is answered, and takes nothing from the old one.

use yew::{Callback, Html, component, html, use_effect_with, use_state_eq};

use crate::ui::platform::events;
use crate::ui::words::use_words;

#[component]
pub(crate) fn UpdateOffer() -> Html {
    let words = use_words();
    let offered = use_state_eq(|| false);
    {
        let offered = offered.setter();
        // `web/offline.js` says when a newer build is ready.
        use_effect_with((), move |()| {
            let listener = events::on_document("podlab-update", move |_| offered.set(true));
            move || drop(listener)
        });
    }
    let later = {
        let offered = offered.setter();
        Callback::from(move |_| offered.set(false))
    };
    let reload = Callback::from(|_| events::dispatch("podlab-reload"));
    html! {
        <div role="status">
            if *offered {
                <div class="toast update">
                    <span>{ words.say("update-ready") }</span>
                    <button class="button small" type="button" onclick={reload}>{ words.say("update-reload") }</button>
                    <button class="button small" type="button" onclick={later}>{ words.say("update-later") }</button>
                </div>
            }
        </div>
    }
}
