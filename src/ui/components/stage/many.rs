//! Several Pods: their owners, then cards, or cells when there are many.

use yew::{Html, Properties, component, html};

use super::{node, pod::pill};
use crate::trace::Scene;
use crate::trace::scene::{NodeScene, OwnerScene, PodScene};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::standing::Standing;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Same, Selection};
use crate::ui::words::{Words, use_words};

/// From how many Pods on they are cells and not cards.
const CELLS_FROM: usize = 41;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Same<Scene>,
    pub standing: Standing,
}

#[derive(PartialEq, Properties)]
struct PodProps {
    pod: Same<PodScene>,
}

/// A Pod from afar: painted anew only when something happened to it.
#[component]
fn PodCard(props: &PodProps) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let pod = &props.pod;
    let select = Selection { pod: Some(pod.key.clone()), container: None };
    let cell = |container: &crate::trace::scene::ContainerScene| {
        html! {
            <span class="cell" data-tone={container.tone.id()} title={words.state(&container.word)} key={container.name.to_string()}>
                <Glyph icon={Icon::Tone(container.tone)} size={10} />{ container.name.to_string() }
            </span>
        }
    };
    html! {
        <button class="card pod-card" type="button" data-tone={pod.tone.id()} data-pod={pod.key.name.to_string()} onclick={sender.on(Msg::Select(select))}>
            <span class="title"><span>{ pod.key.name.to_string() }</span></span>
            <span class="state"><Glyph icon={Icon::Tone(pod.tone)} size={13} /><span>{ pod.word.to_string() }</span></span>
            <span class="more">{ format!("{} {}/{} · {} {} · {}", words.say("fact-ready"), pod.ready, pod.total,
                words.say("fact-restarts"), pod.restarts, pod.node.as_deref().unwrap_or("–")) }</span>
            <span class="cells">{ for pod.containers().map(cell) }</span>
        </button>
    }
}

/// A Pod from very far.
#[component]
fn PodCell(props: &PodProps) -> Html {
    let sender = use_sender();
    let pod = &props.pod;
    let label = format!("{}: {}", pod.key.name, pod.word);
    let select = Selection { pod: Some(pod.key.clone()), container: None };
    html! {
        <button class="pod-cell" type="button" data-tone={pod.tone.id()} aria-label={label.clone()} title={label} onclick={sender.on(Msg::Select(select))}>
            <Glyph icon={Icon::Tone(pod.tone)} size={14} />
        </button>
    }
}

fn owner(owner: &OwnerScene, child: bool, words: Words) -> Html {
    let whole = owner.desired.max(owner.current).max(1);
    let share = format!("width: {:.1}%", f64::from(owner.ready.max(0)) / f64::from(whole) * 100.0);
    let args = [
        ("ready", i64::from(owner.ready).into()),
        ("current", i64::from(owner.current).into()),
        ("desired", i64::from(owner.desired).into()),
    ];
    // A ReplicaSet of an old revision that wants and has nothing says no more.
    let spent = child && owner.desired == 0 && owner.current == 0;
    html! {
        <>
            <div class={yew::classes!("owner", child.then_some("child"))} key={owner.uid.to_string()}>
                <Glyph icon={Icon::Stack} />
                <span><span class="kind">{ format!("{} ", owner.key.kind.name()) }</span><span class="name">{ owner.key.name.to_string() }</span></span>
                { pill(&words.state(&owner.word), owner.tone) }
                if !spent {
                    <span class="meter" aria-hidden="true"><i style={share}></i></span>
                    <span class="facts">{ words.fill("owner-counts", &args) }</span>
                }
                if let Some(revision) = &owner.revision {
                    <span class="facts">{ words.fill("owner-revision", &[("revision", revision.to_string().into())]) }</span>
                }
            </div>
            { for owner.owners.iter().map(|inner| self::owner(inner, true, words)) }
        </>
    }
}

#[component]
pub(crate) fn Many(props: &Props) -> Html {
    let words = use_words();
    let scene = &props.scene;
    let node = |it: &NodeScene| {
        let (word, tone) = node::look(it, props.standing.lost(&it.name), words);
        html! {
            <li class="node-chip" key={it.name.to_string()}>
                <Glyph icon={Icon::Node} size={13} /><b>{ it.name.to_string() }</b>
                <span class="node-word" data-tone={tone.id()}><Glyph icon={Icon::Tone(tone)} size={11} />{ word }</span>
                <span class="dim">{ words.fill("node-pods", &[("count", it.pods.into())]) }</span>
            </li>
        }
    };
    let card = |pod: &std::rc::Rc<PodScene>| html! { <PodCard pod={Same(pod.clone())} key={pod.uid.to_string()} /> };
    let cell = |pod: &std::rc::Rc<PodScene>| html! { <PodCell pod={Same(pod.clone())} key={pod.uid.to_string()} /> };
    let many = scene.pods.len() >= CELLS_FROM;
    html! {
        <>
            if !scene.owners.is_empty() {
                <div class="owners">{ for scene.owners.iter().map(|o| owner(o, false, words)) }</div>
            }
            <ul class="nodes" aria-label={words.say("nodes")}>{ for scene.nodes.iter().map(node) }</ul>
            <div class={yew::classes!("pods", many.then_some("many"))}>
                if many {
                    { for scene.pods.iter().map(cell) }
                } else {
                    { for scene.pods.iter().map(card) }
                }
            </div>
        </>
    }
}
