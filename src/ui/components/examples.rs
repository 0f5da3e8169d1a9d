//! The menu of examples.

use yew::{Callback, Html, Properties, component, html};

use super::menu::{Menu, MenuItem};
use crate::lessons::EXAMPLES;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::platform::focus;
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The id of the example that is open.
    pub current: Option<&'static str>,
}

#[component]
pub(crate) fn Examples(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let item = |example: &crate::lessons::Example| MenuItem {
        title: words.say(&example.title_id()),
        note: words.say(&example.story_id()),
        checked: Some(props.current == Some(example.id)),
    };
    let onpick = Callback::from(move |index: usize| {
        if let Some(example) = EXAMPLES.get(index) {
            sender.send(Msg::Load(example.yaml.into(), Some(example)));
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
        topics.map(|(index, example)| (index, words.say(&format!("examples-{}", example.topic)))).collect();
    html! {
        <Menu id="examples" label={words.say("examples")} items={EXAMPLES.iter().map(item).collect::<Vec<_>>()} {groups} {onpick}>
            { words.say("examples") }<Glyph icon={Icon::Down} size={14} />
        </Menu>
    }
}
