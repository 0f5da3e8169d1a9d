//! The text of a lesson: paragraphs in which code stands between back-quotes. It becomes text and elements of our own,
//! never HTML from the text. A command of kubectl can be pressed: then the terminal runs it.

use yew::{Callback, Html, Properties, component, html};

use crate::ui::sender::{Sender, use_sender};
use crate::ui::state::{Msg, Pane, Tab};
use crate::ui::words::{Words, use_words};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub text: String,
    /// Whether commands can be pressed.
    #[prop_or_default]
    pub commands: bool,
}

/// What is typed in a terminal.
const COMMANDS: [&str; 3] = ["kubectl ", "k ", "sed -i "];

/// Whether it can be run as it stands: behind `-f` stands the name of a file, which the reader has to find.
fn is_command(text: &str) -> bool {
    !text.ends_with(" -f") && COMMANDS.iter().any(|begin| text.starts_with(begin))
}

fn command(text: &str, words: Words, sender: &Sender) -> Html {
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
    // A mark behind a command stays on its line: no line begins with a full stop.
    let mut held = 0;
    let mut pieces = props.text.split('`').enumerate().peekable();
    let mut parts = Vec::new();
    while let Some((index, part)) = pieces.next() {
        parts.push(match index % 2 {
            0 => html! { { part.get(std::mem::take(&mut held)..).unwrap_or_default().to_owned() } },
            _ if props.commands && is_command(part) => {
                let next = pieces.peek().map_or("", |(_, next)| *next);
                let mark = next.chars().next().filter(|mark| "。，；：、！？.,;:!?".contains(*mark));
                held = mark.map_or(0, char::len_utf8);
                html! { <span class="kept">{ command(part, words, &sender) }{ mark.map(String::from) }</span> }
            }
            _ => html! { <code>{ part.to_owned() }</code> },
        });
    }
    html! { <>{ for parts }</> }
}
