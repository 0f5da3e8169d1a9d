//! The live object at the playhead, as `kubectl get -o yaml` has it: named, to be copied, its keys told from its values.

use yew::{Callback, Html, Properties, component, html};

use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::lines::key_of;
use crate::ui::platform::link;
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub yaml: Option<String>,
    /// The object: `pod/web`.
    pub name: Option<String>,
}

#[component]
pub(crate) fn YamlPanel(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Some(yaml) = &props.yaml else {
        return html! { <div class="empty"><p>{ words.say("yaml-none") }</p></div> };
    };
    let copy = {
        let yaml = yaml.clone();
        Callback::from(move |_| {
            let sender = sender.clone();
            link::copy_text(&yaml, move |copied| {
                sender.send(Msg::Notice(Some(if copied { "snippet-copied" } else { "snippet-not-copied" })));
            });
        })
    };
    let line = |line: &str| {
        let (before, key, rest) = key_of(line);
        html! { <>{ before.to_owned() }if !key.is_empty() { <b>{ key.to_owned() }</b> }{ format!("{rest}\n") }</> }
    };
    html! {
        <>
            <div class="bar yaml-bar">
                <h3>{ props.name.clone() }</h3>
                <span class="dim">{ words.say("yaml-live") }</span>
                <span class="grow" />
                <button class="button small" type="button" onclick={copy}><Glyph icon={Icon::Copy} size={13} />{ words.say("yaml-copy") }</button>
            </div>
            <div class="scroll" tabindex="0" role="region" aria-label={words.say("tab-yaml")}><pre class="text yaml">{ for yaml.lines().map(line) }</pre></div>
        </>
    }
}
