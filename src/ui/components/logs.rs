//! What the containers of the selected Pod wrote up to the playhead.

use yew::{Html, Properties, component, html};

use crate::ui::model::clock::clock;
use crate::ui::session::Line;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub lines: Vec<Line>,
}

#[component]
pub(crate) fn Logs(props: &Props) -> Html {
    let words = use_words();
    if props.lines.is_empty() {
        return html! { <div class="empty"><p>{ words.say("logs-none") }</p></div> };
    }
    let line = |line: &Line| {
        html! {
            <div class="log-line">
                <span class="time">{ clock(line.at, true) }</span>
                <span class="from">{ line.container.to_string() }</span>
                <span class="said">{ line.text.to_string() }</span>
            </div>
        }
    };
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={words.say("tab-logs")}>{ for props.lines.iter().map(line) }</div>
    }
}
