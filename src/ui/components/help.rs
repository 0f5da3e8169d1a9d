//! The map of keys, in a dialog of the browser (which keeps the focus inside and closes by Escape).

use web_sys::HtmlDialogElement;
use yew::{Html, Properties, component, html, use_effect_with, use_node_ref};

use crate::ui::icon::{Glyph, Icon};
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

/// Keys and the message that says what they do.
type Keys = &'static [(&'static [&'static str], &'static str)];

/// Where keys work, and which.
const KEYS: [(&str, Keys); 4] = [
    (
        "keys-anywhere",
        &[
            (&["Space"], "key-play"),
            (&["→", "."], "key-step-on"),
            (&["←", ","], "key-step-back"),
            (&["Home"], "key-start"),
            (&["+", "-"], "key-zoom"),
            (&["Ctrl/⌘ Enter"], "key-apply"),
            (&["F8", "Shift F8"], "key-problems"),
            (&["Esc"], "key-away"),
            (&["?"], "key-help"),
        ],
    ),
    (
        "keys-editor",
        &[
            (&["Ctrl Space"], "key-complete"),
            (&["F1"], "key-explain"),
            (&["Shift Alt M"], "key-fixes"),
            (&["Shift Alt F"], "key-format"),
            (&["Shift Alt L"], "key-list"),
            (&["Ctrl/⌘ Z"], "key-undo"),
            (&["Ctrl/⌘ F"], "key-find"),
            (&["Esc", "Tab"], "key-leave"),
        ],
    ),
    (
        "keys-terminal",
        &[
            (&["Tab"], "key-complete-line"),
            (&["↑", "↓"], "key-recall"),
            (&["Ctrl R"], "key-search"),
            (&["Shift Enter"], "key-new-line"),
            (&["Ctrl C"], "key-stop"),
            (&["Ctrl D"], "key-leave-shell"),
            (&["Ctrl L"], "key-clear"),
            (&["Esc", "Tab"], "key-leave"),
        ],
    ),
    (
        "keys-within",
        &[
            (&["←", "→"], "key-tabs"),
            (&["↑", "↓", "Home", "End"], "key-menu"),
            (&["←", "→", "Page Up", "Page Down"], "key-playhead"),
            (&["←", "→", "↑", "↓", "Enter"], "key-crowd"),
        ],
    ),
];

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub open: bool,
}

#[component]
pub(crate) fn Help(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.open, move |open| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                match (*open, dialog.open()) {
                    // A dialog that is not in the document cannot be shown; then there is nothing to show either.
                    (true, false) => drop(dialog.show_modal()),
                    (false, true) => dialog.close(),
                    _ => {}
                }
            }
        });
    }
    let row = |(keys, id): &(&'static [&'static str], &'static str)| {
        html! {
            <>
                <dt>{ for keys.iter().map(|key| html! { <kbd>{ *key }</kbd> }) }</dt>
                <dd>{ words.say(id) }</dd>
            </>
        }
    };
    let group = |(title, keys): &(&'static str, Keys)| {
        html! {
            <section>
                <h3>{ words.say(title) }</h3>
                <dl class="keys">{ for keys.iter().map(row) }</dl>
            </section>
        }
    };
    html! {
        <dialog ref={node} class="help" onclose={sender.on(Msg::Help(false))} aria-labelledby="help-title">
            <header>
                <h2 id="help-title">{ words.say("help") }</h2>
                <span class="grow" />
                <button class="button icon" type="button" aria-label={words.say("close")} onclick={sender.on(Msg::Help(false))}>
                    <Glyph icon={Icon::Close} />
                </button>
            </header>
            <div class="help-keys">{ for KEYS.iter().map(group) }</div>
            <p class="dim about">{ words.say("help-about") }</p>
        </dialog>
    }
}
