//! The live object at the playhead, as `kubectl get -o yaml` has it.

use yew::{Html, Properties, component, html};

use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub yaml: Option<String>,
}

#[component]
pub(crate) fn YamlPanel(props: &Props) -> Html {
    let words = use_words();
    match &props.yaml {
        Some(yaml) => html! {
            <div class="scroll" tabindex="0" role="region" aria-label={words.say("tab-yaml")}><pre class="text">{ yaml }</pre></div>
        },
        None => html! { <div class="empty"><p>{ words.say("yaml-none") }</p></div> },
    }
}
