//! The stage: the picture at the playhead, near or from afar.

mod container;
mod crowd;
mod dock;
pub(crate) mod flow;
mod many;
mod node;
mod nodes;
mod owners;
mod pod;
mod probes;
mod ring;
mod stop;
mod traffic;
pub(crate) mod vessel;
mod wires;

use yew::{Html, Properties, component, html};

use super::received::ReceivedSheet;
use super::sheet::{self, VolumeSheet};
use crate::cluster::{ObjectKey, Time};
use crate::trace::Scene;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::level::Level;
use crate::ui::model::standing::Standing;
use crate::ui::sender::use_sender;
use crate::ui::session::{Deed, Session};
use crate::ui::state::{Aside, Msg, Same, Selection, Sheet};
use crate::ui::words::{Words, use_words};
use dock::Dock;
use flow::PodNames;
use many::Many;
use pod::PodView;
use traffic::Traffic;

pub(crate) use container::story;
pub(crate) use pod::pill;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Same<Scene>,
    pub at: Time,
    pub playing: bool,
    pub selection: Selection,
    /// The Pod, and maybe its container, that is at hand.
    pub at_hand: Option<Selection>,
    pub deeds: Same<Vec<Deed>>,
    /// The run to show, if there is one.
    pub session: Option<Session>,
    /// What is laid over the stage.
    pub sheet: Option<Sheet>,
    /// Every Pod there ever was, by its uid.
    pub pods: PodNames,
    /// Virtual seconds a second.
    pub rate: f64,
    /// Whether there is room for everything.
    pub wide: bool,
    /// How near several Pods are seen.
    pub level: Level,
    pub dark: bool,
}

/// That a Pod is no more, and that nobody makes it again.
pub(crate) fn departed_words(pod: &ObjectKey, gone: Time, words: Words) -> yew::AttrValue {
    words.fill("stage-departed", &[("pod", (&*pod.name).into()), ("clock", clock(gone, false).into())])
}

#[component]
pub(crate) fn Stage(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let scene = &props.scene;
    let alone = scene.count() == 1 && scene.owners.is_empty();
    let near = match (scene.pods.as_slice(), props.selection.pod()) {
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
                    if alone {
                        { for props.session.iter().map(|session| html! {
                            <Traffic session={session.clone()} standing={standing.clone()} at={props.at} />
                        }) }
                    }
                    <PodView pod={Same(pod.clone())} node={node.cloned()} {lost} at={props.at} selected={props.selection.container().cloned()}
                        session={props.session.clone()} sheet={props.sheet.clone()} scene={Aside(scene.0.clone())} pods={props.pods.clone()} rate={props.rate} />
                </>
            }
        }
        None if scene.count() == 0 && scene.owners.is_empty() => {
            let id = match &props.session {
                None => "stage-nothing",
                Some(session) if session.is_empty() => "stage-empty",
                Some(session) if session.quiet_since().is_some_and(|last| props.at >= last) => "stage-nothing-runs",
                Some(_) => "stage-nothing-yet",
            };
            let departed = scene.departed.as_ref();
            let said = departed.map_or_else(|| words.say(id), |(pod, gone)| departed_words(pod, *gone, words));
            html! { <div class="empty"><Glyph icon={Icon::Pod} size={44} /><p>{ said }</p></div> }
        }
        None => html! {
            { for props.session.iter().map(|session| html! {
                <Many scene={scene.clone()} session={session.clone()} standing={standing.clone()} at={props.at} wide={props.wide} level={props.level} dark={props.dark}
            selected={props.selection.owner().cloned()} sheet={props.sheet.clone()} names={props.pods.clone()} rate={props.rate} />
            }) }
        },
    };
    // Who can be broken: the container at hand, else the first app container.
    let at_hand = props.at_hand.as_ref();
    let pod = at_hand.and_then(|it| scene.pod(it.pod()?)).cloned();
    let container = at_hand.and_then(|it| it.container().cloned()).or_else(|| {
        let pod = pod.as_ref()?;
        Some(pod.apps.first()?.name.clone())
    });
    let sheet = props.sheet.as_ref().zip(props.session.as_ref()).and_then(|(sheet, session)| match sheet {
        Sheet::Volume { pod: key, volume, file } => {
            let pod = scene.pod(key)?;
            let volume = sheet::volume_of(pod, key, volume)?.clone();
            Some(html! { <VolumeSheet pod={Same(pod.clone())} {volume} file={file.clone()} session={session.clone()} at={props.at} /> })
        }
        Sheet::Outside { host } => {
            let host = scene.outside.iter().find(|it| it.name == *host)?.clone();
            Some(html! { <ReceivedSheet {host} pods={props.pods.clone()} at={props.at} /> })
        }
    });
    html! {
        <>
            <div class="stage-wrap"><div {class}>{ content }</div>{ for sheet }</div>
            if props.session.as_ref().is_some_and(|session| !session.is_empty()) {
                <Dock pod={pod.map(Same)} {container} pods={scene.pods.iter().map(|pod| pod.key.clone()).collect::<Vec<_>>()}
                    deeds={props.deeds.clone()} several={props.pods.len() > 1} {standing} open={props.wide && near.is_some()} />
            }
        </>
    }
}
