//! Several Pods: their owners, then cards, or cells when there are many.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use super::pod::pill;
use crate::trace::Scene;
use crate::trace::scene::{OwnerScene, PodScene};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Selection};
use crate::ui::words::{Words, use_words};

/// From how many Pods on they are cells and not cards.
const CELLS_FROM: usize = 41;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Rc<Scene>,
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
    let (words, sender) = (use_words(), use_sender());
    let scene = &props.scene;
    let select = |pod: &PodScene| sender.on(Msg::Select(Selection { pod: Some(pod.key.clone()), container: None }));
    let card = |pod: &Rc<PodScene>| {
        let cell = |container: &crate::trace::scene::ContainerScene| {
            html! {
                <span class="cell" data-tone={container.tone.id()} key={container.name.to_string()}>
                    <Glyph icon={Icon::Tone(container.tone)} size={10} />{ container.name.to_string() }
                </span>
            }
        };
        html! {
            <button class="card pod-card" type="button" data-tone={pod.tone.id()} data-pod={pod.key.name.to_string()}
                onclick={select(pod)} key={pod.uid.to_string()}>
                <span class="title"><span>{ pod.key.name.to_string() }</span></span>
                <span class="state"><Glyph icon={Icon::Tone(pod.tone)} size={13} /><span>{ pod.word.to_string() }</span></span>
                <span class="more">{ format!("{} {}/{} · {} {} · {}", words.say("fact-ready"), pod.ready, pod.total,
                    words.say("fact-restarts"), pod.restarts, pod.node.as_deref().unwrap_or("–")) }</span>
                <span class="cells">{ for pod.containers().map(cell) }</span>
            </button>
        }
    };
    let cell = |pod: &Rc<PodScene>| {
        let label = format!("{}: {}", pod.key.name, pod.word);
        html! {
            <button class="pod-cell" type="button" data-tone={pod.tone.id()} aria-label={label.clone()} title={label}
                onclick={select(pod)} key={pod.uid.to_string()}>
                <Glyph icon={Icon::Tone(pod.tone)} size={14} />
            </button>
        }
    };
    let many = scene.pods.len() >= CELLS_FROM;
    html! {
        <>
            if !scene.owners.is_empty() {
                <div class="owners">{ for scene.owners.iter().map(|o| owner(o, false, words)) }</div>
            }
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
