//! The stage: the picture at the playhead, near or from afar.

mod container;
mod many;
mod pod;
mod ring;

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use crate::cluster::Time;
use crate::trace::Scene;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Selection};
use crate::ui::words::use_words;
use many::Many;
use pod::PodView;

pub(crate) use container::story;
pub(crate) use pod::pill;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Rc<Scene>,
    pub at: Time,
    pub playing: bool,
    pub selection: Selection,
    /// Whether there is a run to show.
    pub started: bool,
}

#[component]
pub(crate) fn Stage(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let scene = &props.scene;
    let near = match (scene.pods.as_slice(), &props.selection.pod) {
        ([only], _) if scene.owners.is_empty() => Some(only),
        (_, Some(key)) => scene.pod(key),
        _ => None,
    };
    let alone = scene.pods.len() == 1 && scene.owners.is_empty();
    let class = yew::classes!("stage", (!props.playing).then_some("paused"));
    let content = match near {
        Some(pod) => html! {
            <>
                if !alone {
                    <button class="button small quiet back" type="button" onclick={sender.on(Msg::Select(Selection::default()))}>
                        <Glyph icon={Icon::Left} size={13} />{ words.say("stage-all") }
                    </button>
                }
                <PodView pod={pod.clone()} at={props.at} selected={props.selection.container.clone()} />
            </>
        },
        None if scene.pods.is_empty() && scene.owners.is_empty() => {
            let id = if props.started { "stage-nothing-yet" } else { "stage-nothing" };
            html! { <div class="empty"><Glyph icon={Icon::Pod} size={44} /><p>{ words.say(id) }</p></div> }
        }
        None => html! { <Many scene={scene.clone()} /> },
    };
    html! { <div {class}>{ content }</div> }
}
