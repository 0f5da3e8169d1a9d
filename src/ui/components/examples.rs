//! The menu of examples.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html};

use super::menu::{Menu, MenuItem};
use crate::lessons::EXAMPLES;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::story;
use crate::ui::platform::focus;
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The id of the example that is open.
    pub current: Option<&'static str>,
    /// The person's own text, when it was put away.
    pub own: Option<Rc<str>>,
}

#[component]
pub(crate) fn Examples(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let item = |example: &crate::lessons::Example| MenuItem {
        title: words.say(&example.title_id()),
        note: words.say(&example.story_id()),
        checked: Some(props.current == Some(example.id)),
    };
    let back = props.own.as_ref().map(|_| MenuItem {
        title: words.say("own-text"),
        note: words.say("own-text-note"),
        checked: Some(false),
    });
    let (own, shift) = (props.own.clone(), usize::from(props.own.is_some()));
    let onpick = Callback::from(move |index: usize| {
        let index = match &own {
            Some(own) if index == 0 => return sender.send(Msg::Load(own.clone(), None)),
            _ => index - shift,
        };
        if let Some(example) = EXAMPLES.get(index) {
            sender.send(Msg::Load(story::text(example, words.0), Some(example)));
            // What one does next is to stop or to play it.
            focus::by_id("play");
        }
    });
    // Where another topic begins stands its name.
    let begins = |index: usize, topic: &str| {
        index.checked_sub(1).and_then(|before| EXAMPLES.get(before)).is_none_or(|before| before.topic != topic)
    };
    let topics = EXAMPLES.iter().enumerate().filter(|(index, example)| begins(*index, example.topic));
    let groups: Vec<(usize, yew::AttrValue)> =
        topics.map(|(index, example)| (index + shift, words.say(&format!("examples-{}", example.topic)))).collect();
    html! {
        <Menu id="examples" label={words.say("examples")} items={back.into_iter().chain(EXAMPLES.iter().map(item)).collect::<Vec<_>>()} {groups} {onpick}>
            { words.say("examples") }<Glyph icon={Icon::Down} size={14} />
        </Menu>
    }
}
