//! The text of a lesson: paragraphs in which code stands between back-quotes. It becomes text and elements of our own,
//! never HTML from the text. A command of kubectl can be pressed: then the terminal runs it.

use yew::{Callback, Html, Properties, component, html};

use crate::ui::sender::{Sender, use_sender};
use crate::ui::state::{Msg, Pane, Tab};
use crate::ui::words::{Words, use_words};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub text: String,
}

fn code(text: &str, words: Words, sender: &Sender) -> Html {
    if !(text.starts_with("kubectl ") || text.starts_with("k ")) {
        return html! { <code>{ text.to_owned() }</code> };
    }
    let onclick = {
        let (sender, line) = (sender.clone(), text.to_owned());
        Callback::from(move |_| {
            sender.send(Msg::ShowTab(Tab::Terminal));
            sender.send(Msg::ShowPane(Pane::Stage));
            sender.send(Msg::Type(line.as_str().into()));
        })
    };
    html! {
        <button class="command mono" type="button" {onclick} title={words.say("lesson-run-command")}>{ text.to_owned() }</button>
    }
}

#[component]
pub(crate) fn Prose(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let parts = props.text.split('`').enumerate().map(|(index, part)| match index % 2 {
        0 => html! { { part.to_owned() } },
        _ => code(part, words, &sender),
    });
    html! { <>{ for parts }</> }
}
