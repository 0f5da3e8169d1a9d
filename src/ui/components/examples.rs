//! The menu of examples.

use std::rc::Rc;

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
    let own = props.own.clone();
    let onpick = Callback::from(move |index: usize| {
        let index = match &own {
            Some(own) if index == 0 => return sender.send(Msg::Load(own.clone(), None)),
            own => index - usize::from(own.is_some()),
        };
        if let Some(example) = EXAMPLES.get(index) {
            sender.send(Msg::Load(example.yaml.into(), Some(example)));
            // What one does next is to stop or to play it.
            focus::by_id("play");
        }
    });
    html! {
        <Menu id="examples" label={words.say("examples")} items={back.into_iter().chain(EXAMPLES.iter().map(item)).collect::<Vec<_>>()} {onpick}>
            { words.say("examples") }<Glyph icon={Icon::Down} size={14} />
        </Menu>
    }
}
