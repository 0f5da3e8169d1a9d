//! The editor that `kubectl edit` opens: the object in the manifest's pane, with save and close.

use web_sys::{HtmlTextAreaElement, KeyboardEvent};
use yew::{
    Callback, Html, InputEvent, NodeRef, Properties, TargetCast as _, component, html, use_effect_with, use_node_ref,
    use_state,
};

use crate::ui::platform::focus;
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The object as kubectl wrote it, with its comments.
    pub text: String,
}

#[component]
pub(crate) fn EditPane(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let area: NodeRef = use_node_ref();
    let typed = use_state(|| props.text.clone());
    {
        let (area, typed) = (area.clone(), typed.clone());
        use_effect_with(props.text.clone(), move |text| {
            typed.set(text.clone());
            if let Some(area) = area.cast::<HtmlTextAreaElement>() {
                // An element that is shown can be focused; why an edit was refused stands at its beginning.
                let _ = area.set_selection_range(0, 0);
                let _ = area.focus();
                area.set_scroll_top(0);
            }
        });
    }
    // Whoever closes it goes on in the terminal.
    use_effect_with((), |()| || focus::by_id("terminal-input"));
    let save = {
        let (sender, typed) = (sender.clone(), typed.clone());
        Callback::from(move |()| sender.send(Msg::EditDone(Some(typed.as_str().into()))))
    };
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                typed.set(area.value());
            }
        })
    };
    let onkeydown = {
        let save = save.clone();
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                save.emit(());
            }
        })
    };
    html! {
        <div class="edit-pane">
            <p class="stale">{ words.say("terminal-edit-note") }</p>
            <textarea ref={area} aria-label={words.say("terminal-edit")} spellcheck="false" wrap="off" {onkeydown} {oninput}
                value={typed.to_string()} />
            <div class="edit-acts">
                <button class="button small" type="button" title="Ctrl+Enter" onclick={save.reform(|_| ())}>{ words.say("terminal-save") }</button>
                <button class="button small quiet" type="button" onclick={sender.on(Msg::EditDone(None))}>{ words.say("terminal-cancel") }</button>
            </div>
        </div>
    }
}
