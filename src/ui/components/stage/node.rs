//! The node as the ground a Pod stands on.

use std::rc::Rc;

use yew::{Children, Html, Properties, component, html};

use crate::trace::Tone;
use crate::trace::scene::NodeScene;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::words::{Words, use_words};

/// The words of a node's state and what they look like: what a person took away says nothing for itself.
pub(crate) fn look(node: &NodeScene, lost: bool, words: Words) -> (yew::AttrValue, Tone) {
    match lost && node.tone == Tone::Ready {
        true => (words.fill("node-lost", &[("word", words.state(&node.word).as_str().into())]), Tone::Failed),
        false => (words.state(&node.word), node.tone),
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub node: Option<NodeScene>,
    /// The name of the node that the Pod is bound to.
    pub name: Option<Rc<str>>,
    pub lost: bool,
    pub children: Children,
}

/// A frame around what runs on a node; dashed before the scheduler has chosen one, broken when it is lost.
#[component]
pub(crate) fn Host(props: &Props) -> Html {
    let words = use_words();
    let (class, head) = match (&props.name, &props.node) {
        (None, _) => ("host none", html! { <span>{ words.say("node-none") }</span> }),
        (Some(name), node) => {
            let state = node.as_ref().map(|node| {
                let (word, tone) = look(node, props.lost, words);
                html! { <span class="node-word" data-tone={tone.id()}><Glyph icon={Icon::Tone(tone)} size={11} />{ word }</span> }
            });
            let head = html! {
                <><Glyph icon={Icon::Node} size={14} /><span><span class="word">{ words.say("fact-node") }{ " " }</span><b>{ name.to_string() }</b></span>{ for state }</>
            };
            (if props.lost { "host lost" } else { "host" }, head)
        }
    };
    html! { <div {class}><p class="host-head">{ head }</p>{ props.children.clone() }</div> }
}
