//! The stage: the picture at the playhead, near or from afar.

mod container;
mod crowd;
mod dock;
mod many;
mod node;
mod nodes;
mod owners;
mod pod;
mod probes;
mod ring;
mod stop;
mod traffic;

use yew::{Html, Properties, component, html};

use crate::cluster::Time;
use crate::trace::Scene;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::standing::Standing;
use crate::ui::sender::use_sender;
use crate::ui::session::{Deed, Session};
use crate::ui::state::{Msg, Same, Selection};
use crate::ui::words::use_words;
use dock::Dock;
use many::Many;
use pod::PodView;

pub(crate) use container::story;
pub(crate) use pod::pill;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Same<Scene>,
    pub at: Time,
    pub playing: bool,
    pub selection: Selection,
    /// What is explained: what is selected, or what is most worth it.
    pub subject: Option<Selection>,
    pub deeds: Same<Vec<Deed>>,
    /// The run to show, if there is one.
    pub session: Option<Session>,
    /// Whether there is room for everything.
    pub wide: bool,
    pub dark: bool,
}

#[component]
pub(crate) fn Stage(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let scene = &props.scene;
    let alone = scene.count() == 1 && scene.owners.is_empty();
    let near = match (scene.pods.as_slice(), &props.selection.pod) {
        ([only], _) if alone => Some(only),
        (_, Some(key)) => scene.pod(key),
        _ => None,
    };
    let standing = Standing::at(&props.deeds, props.at);
    let class = yew::classes!("stage", (!props.playing).then_some("paused"));
    let content = match near {
        Some(pod) => {
            let node = scene.nodes.iter().find(|node| Some(&node.name) == pod.node.as_ref());
            let lost = pod.node.as_ref().is_some_and(|node| standing.lost(node));
            html! {
                <>
                    if !alone {
                        <button class="button small quiet back" type="button" onclick={sender.on(Msg::Select(Selection::default()))}>
                            <Glyph icon={Icon::Left} size={13} />{ words.say("stage-all") }
                        </button>
                    }
                    <PodView pod={Same(pod.clone())} node={node.cloned()} {lost} at={props.at} selected={props.selection.container.clone()} />
                </>
            }
        }
        None if scene.count() == 0 && scene.owners.is_empty() => {
            let id = if props.session.is_some() { "stage-nothing-yet" } else { "stage-nothing" };
            html! { <div class="empty"><Glyph icon={Icon::Pod} size={44} /><p>{ words.say(id) }</p></div> }
        }
        None => html! {
            { for props.session.iter().map(|session| html! {
                <Many scene={scene.clone()} session={session.clone()} standing={standing.clone()} at={props.at} wide={props.wide} dark={props.dark} />
            }) }
        },
    };
    // Who can be broken: the chosen container, else the one that is explained, else the first app container.
    let subject = props.subject.as_ref();
    let pod = subject.and_then(|subject| scene.pod(subject.pod.as_ref()?)).cloned();
    let container = subject.and_then(|subject| subject.container.clone()).or_else(|| {
        let pod = pod.as_ref()?;
        Some(pod.apps.first()?.name.clone())
    });
    html! {
        <>
            <div {class}>{ content }</div>
            if props.session.is_some() {
                <Dock pod={pod.map(Same)} {container} pods={scene.pods.iter().map(|pod| pod.key.clone()).collect::<Vec<_>>()}
                    deeds={props.deeds.clone()} {standing} open={props.wide && near.is_some()} />
            }
        </>
    }
}
