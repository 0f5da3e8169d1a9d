//! Several Pods: their owners and nodes, then each in full, as a card, or as a cell, by how many there are.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_state_eq};

use super::crowd::Crowd;
use super::flow::PodNames;
use super::nodes::Nodes;
use super::owners::Owner;
use super::pod::PodView;
use super::traffic::Traffic;
use crate::cluster::{ObjectKey, Time};
use crate::trace::Scene;
use crate::trace::scene::{OwnerScene, PodScene};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::level::Level;
use crate::ui::model::names;
use crate::ui::model::standing::Standing;
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::{Aside, Msg, Same, Selection, Sheet};
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Same<Scene>,
    pub session: Session,
    pub standing: Standing,
    pub at: Time,
    pub wide: bool,
    /// How near the Pods are seen.
    pub level: Level,
    pub dark: bool,
    /// The owner that is selected.
    pub selected: Option<ObjectKey>,
    /// What is laid over the stage.
    pub sheet: Option<Sheet>,
    /// Every Pod there ever was, by its uid.
    pub names: PodNames,
    /// Virtual seconds a second.
    pub rate: f64,
}

#[derive(PartialEq, Properties)]
struct PodProps {
    pod: Same<PodScene>,
    /// Whether it is of a revision that its owner has left.
    old: bool,
}

/// A Pod from afar: painted anew only when something happened to it.
#[component]
fn PodCard(props: &PodProps) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let pod = &props.pod;
    let select = Selection::Pod(pod.key.clone());
    let (start, end) = names::parts(&pod.key.name);
    let cell = |container: &crate::trace::scene::ContainerScene| {
        html! {
            <span class="cell" data-tone={container.look().id()} title={words.state(&container.word)} key={container.name.to_string()}>
                <Glyph icon={Icon::Tone(container.look())} size={10} />{ container.name.to_string() }
            </span>
        }
    };
    html! {
        <button class={yew::classes!("card", "pod-card", props.old.then_some("old"))} type="button" data-tone={pod.look().id()}
            data-pod={pod.key.name.to_string()} onclick={sender.on(Msg::Select(select))}>
            <span class="title" title={pod.key.name.to_string()}><span><span class="start">{ start.to_owned() }</span><span class="end">{ end.to_owned() }</span></span>if props.old { <span class="badge old">{ words.say("owner-old") }</span> }</span>
            <span class="state" title={pod.word.to_string()}><Glyph icon={Icon::Tone(pod.look())} size={13} /><span>{ words.pod(pod) }</span></span>
            <span class="more">{ format!("{} {}/{} · {} {} · {}", words.say("fact-ready"), pod.ready, pod.total,
                words.say("fact-restarts"), pod.restarts, pod.node.as_deref().unwrap_or("–")) }</span>
            <span class="cells">{ for pod.containers().map(cell) }</span>
        </button>
    }
}

#[component]
pub(crate) fn Many(props: &Props) -> Html {
    let words = use_words();
    let Props { scene, standing, at, level, .. } = props;
    let level = *level;
    let chosen = use_state_eq(|| None::<Rc<str>>);
    let onchoose = {
        let chosen = chosen.clone();
        Callback::from(move |name| chosen.set(name))
    };
    let waiting = scene.count().saturating_sub(scene.nodes.iter().map(|node| node.pods).sum());
    let is_old = |pod: &PodScene| {
        let owner = pod.owner.as_ref().and_then(|key| OwnerScene::find(&scene.owners, key));
        owner.is_some_and(|owner| owner.is_old(&pod.hash))
    };
    // The new ones come first, as their ReplicaSet does; where few are in sight at once, before them those in trouble.
    let mut pods: Vec<(bool, &Rc<PodScene>)> = scene.pods.iter().map(|pod| (is_old(pod), pod)).collect();
    collections::sort_by_key(&mut pods, |(old, pod)| (props.wide || pod.look().urgency() > 0, *old));
    let full = |(_, pod): &(bool, &Rc<PodScene>)| {
        let node = scene.nodes.iter().find(|node| Some(&node.name) == pod.node.as_ref());
        let lost = pod.node.as_ref().is_some_and(|node| standing.lost(node));
        html! { <PodView pod={Same((*pod).clone())} node={node.cloned()} {lost} at={*at} selected={None::<Rc<str>>}
        session={props.session.clone()} sheet={props.sheet.clone()} scene={Aside(scene.0.clone())} pods={props.names.clone()} rate={props.rate} key={pod.uid.to_string()} /> }
    };
    let card = |(old, pod): &(bool, &Rc<PodScene>)| {
        html! { <PodCard pod={Same((*pod).clone())} old={*old} key={pod.uid.to_string()} /> }
    };
    let second = Time::from_micros(at.as_micros() / 1_000_000 * 1_000_000);
    let back = (level == Level::Cells && chosen.is_some()).then(|| {
        let onchoose = onchoose.clone();
        html! {
            <button class="button small quiet back" type="button" onclick={Callback::from(move |_| onchoose.emit(None))}>
                <Glyph icon={Icon::Left} size={13} />{ words.say("node-all") }
            </button>
        }
    });
    let onnode = {
        let (chosen, onchoose) = (chosen.clone(), onchoose.clone());
        Callback::from(move |name: Rc<str>| onchoose.emit((chosen.as_ref() != Some(&name)).then_some(name)))
    };
    html! {
        <>
            if !scene.owners.is_empty() {
                <div class="owners">{ for scene.owners.iter().map(|owner| html! { <Owner owner={owner.clone()} selected={props.selected.clone()} {second} key={owner.uid.to_string()} /> }) }</div>
            }
            <Traffic session={props.session.clone()} standing={standing.clone()} at={*at} />
            <Nodes nodes={scene.nodes.clone()} standing={standing.clone()} chosen={(*chosen).clone()} {onchoose} {waiting} chips={level != Level::Cells} />
            { for back }
            <div class={yew::classes!("depth", level.id())} key={level.id()}>
                { match level {
                    Level::Full => html! { <div class="fulls">{ for pods.iter().map(full) }</div> },
                    Level::Roomy | Level::Cards => html! { <div class={yew::classes!("pods", (level == Level::Cards).then_some("dense"))}>{ for pods.iter().map(card) }</div> },
                    Level::Cells => html! {
                        <Crowd scene={scene.clone()} session={props.session.clone()} standing={standing.clone()} dark={props.dark}
                            only={(*chosen).clone()} {onnode} />
                    },
                } }
            </div>
        </>
    }
}
