//! The nodes: a chip for each, and what can be done to the one that is chosen.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html};

use super::node;
use crate::cluster::Action;
use crate::trace::scene::NodeScene;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::standing::Standing;
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub nodes: Vec<NodeScene>,
    pub standing: Standing,
    /// The chosen node.
    pub chosen: Option<Rc<str>>,
    pub onchoose: Callback<Option<Rc<str>>>,
    /// How many Pods have no node.
    pub waiting: usize,
    /// Whether each node has a chip here; from afar the frames have heads of their own.
    pub chips: bool,
}

/// How many nodes are added at once at most.
const MOST_ADDED: u32 = 150;

#[component]
pub(crate) fn Nodes(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { nodes, standing, chosen, onchoose, .. } = props;
    let choose = |name: Option<Rc<str>>| {
        let onchoose = onchoose.clone();
        Callback::from(move |_: web_sys::MouseEvent| onchoose.emit(name.clone()))
    };
    let chip = |it: &NodeScene| {
        let (word, tone) = node::look(it, standing.lost(&it.name), words);
        let pressed = chosen.as_ref() == Some(&it.name);
        let next = (!pressed).then(|| it.name.clone());
        html! {
            <li key={it.name.to_string()}>
                <button class="node-chip" type="button" aria-pressed={pressed.to_string()} onclick={choose(next)} title={words.fill("node-choose", &[("name", (&*it.name).into())])}>
                    <Glyph icon={Icon::Node} size={13} /><b>{ it.name.to_string() }</b>
                    <span class="node-word" data-tone={tone.id()}><Glyph icon={Icon::Tone(tone)} size={11} />{ word }</span>
                    <span class="dim">{ words.fill("node-pods", &[("count", it.pods.into())]) }</span>
                </button>
            </li>
        }
    };
    let bar = chosen.as_ref().and_then(|name| nodes.iter().find(|node| node.name == *name)).map(|it| {
        let lost = standing.lost(&it.name);
        let (word, tone) = node::look(it, lost, words);
        let name = it.name.clone();
        let act = |id: &str, title: String, msg: Msg| {
            html! { <button class="button small" type="button" {title} onclick={sender.on(msg)}>{ words.say(id) }</button> }
        };
        let cordon = if it.cordoned { "uncordon" } else { "cordon" };
        let drain = format!("kubectl drain {name} --ignore-daemonsets --delete-emptydir-data --force");
        let (wire_id, wire) = match lost {
            true => ("node-up", Action::NodeUp { node: name.clone() }),
            false => ("node-down", Action::NodeDown { node: name.clone() }),
        };
        let args = [
            ("pods", it.pods.into()),
            ("most", (it.max_pods as usize).into()),
            ("cpu", format!("{}", it.cpu_millis as f64 / 1000.0).into()),
            ("memory", format!("{:.1}", it.memory as f64 / f64::from(1_u32 << 30)).into()),
        ];
        html! {
            <div class="node-bar" role="group" aria-label={name.to_string()} data-tone={tone.id()}>
                <Glyph icon={Icon::Node} size={14} /><b>{ name.to_string() }</b>
                <span class="node-word" data-tone={tone.id()}><Glyph icon={Icon::Tone(tone)} size={11} />{ word }</span>
                <span class="dim">{ words.fill("node-room", &args) }</span>
                <span class="grow"></span>
                { act(&format!("node-{cordon}"), format!("kubectl {cordon} {name}"), Msg::Type(format!("kubectl {cordon} {name}").into())) }
                { act("node-drain", drain.clone(), Msg::Type(drain.into())) }
                { act(wire_id, words.say("node-wire-title").to_string(), Msg::Act(wire)) }
                <button class="button small icon quiet" type="button" aria-label={words.say("node-close")} title={words.say("node-close")} onclick={choose(None)}><Glyph icon={Icon::Close} size={12} /></button>
            </div>
        }
    });
    let add = |count: u32| {
        let sender = sender.clone();
        Callback::from(move |_: web_sys::MouseEvent| sender.send(Msg::Act(Action::AddNodes { count })))
    };
    // As many as those without a node need, if the others hold what they can.
    let full = nodes.iter().map(|node| node.pods).max().unwrap_or_default().max(1);
    let more = u32::try_from(props.waiting.div_ceil(full)).unwrap_or(u32::MAX).clamp(10, MOST_ADDED);
    html! {
        <>
            <div class="nodes">
                if props.chips {
                    <ul class="node-chips" aria-label={words.say("nodes")}>{ for nodes.iter().map(chip) }</ul>
                }
                <span class="node-add">
                    <button class="button small quiet" type="button" onclick={add(1)}><Glyph icon={Icon::Plus} size={12} />{ words.say("node-add") }</button>
                    if nodes.len() >= 3 || !props.chips {
                        <button class="button small quiet" type="button" onclick={add(more)}>{ words.fill("node-add-more", &[("count", (more as usize).into())]) }</button>
                    }
                </span>
            </div>
            { for bar }
        </>
    }
}
