//! One Pod in full: the init chain, sidecars as rails that outlive it, app containers, and the ground they share.

use std::rc::Rc;

use yew::{AttrValue, Html, Properties, component, html, use_node_ref};

use super::container::{ContainerCard, breakable, coarse};
use super::flow::{Edge, Packets, PodNames};
use super::node::Host;
use super::vessel::Vessel;
use super::wires::{Wires, use_places};
use crate::cluster::Time;
use crate::i18n::Lang;
use crate::trace::scene::{ConditionScene, ContainerScene, Mount, NodeScene, PodScene, Role, VolumeScene};
use crate::trace::{Scene, Tone};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock;
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::{Aside, Msg, Same, Selection, Sheet};
use crate::ui::words::{Words, use_words};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub pod: Same<PodScene>,
    /// Its node, once it has one, and whether a person took that away.
    pub node: Option<NodeScene>,
    #[prop_or_default]
    pub lost: bool,
    pub at: Time,
    /// The selected container.
    pub selected: Option<Rc<str>>,
    /// The run, for what is in volumes.
    pub session: Option<Session>,
    /// What is laid over the stage.
    pub sheet: Option<Sheet>,
    /// The whole picture, for the hosts outside of the cluster.
    pub scene: Aside<Rc<Scene>>,
    pub pods: PodNames,
    /// Virtual seconds a second.
    pub rate: f64,
}

fn mounts(pod: &PodScene, container: &str) -> Vec<(usize, Rc<str>, Mount)> {
    let of = |(hue, volume): (usize, &VolumeScene)| {
        let mounts = volume.mounts.iter().filter(|mount| &*mount.container == container);
        mounts.map(|mount| (hue, volume.name.clone(), mount.clone())).collect::<Vec<_>>()
    };
    pod.volumes.iter().enumerate().flat_map(of).collect()
}

/// The words of a Pod's state, with its shape and colour.
pub(crate) fn pill(word: &str, tone: Tone) -> Html {
    html! { <span class="pill" data-tone={tone.id()}><Glyph icon={Icon::Tone(tone)} size={12} />{ breakable(word) }</span> }
}

fn head(pod: &PodScene, lost: bool, at: Time, words: Words, select: yew::Callback<yew::MouseEvent>) -> Html {
    let fact = |name: &str, value: String| html! { <span>{ words.say(name) }{ " " }<b>{ value }</b></span> };
    let state = words.pod(pod);
    html! {
        <header class="pod-head">
            <h2><button type="button" onclick={select}><Glyph icon={Icon::Pod} size={18} />{ format!("pod/{}", pod.key.name) }</button></h2>
            // Of a node that is silent nobody knows more than what it said last.
            if lost {
                { pill(&words.fill("pod-last-heard", &[("word", state.as_str().into())]), Tone::Waiting) }
            } else {
                { pill(&state, pod.look()) }
            }
            <div class="facts">
                // What kubectl says is in English.
                if *state != *pod.word { { fact("fact-status", pod.word.to_string()) } }
                { fact("fact-ready", format!("{}/{}", pod.ready, pod.total)) }
                { fact("fact-restarts", pod.restarts.to_string()) }
                if let Some(ip) = &pod.ip { { fact("fact-ip", ip.to_string()) } }
            </div>
            if let Some(end) = &pod.termination {
                <p class="said ending" data-tone="terminating">
                    { words.fill("pod-grace", &[("grace", end.grace_seconds.into()), ("left", clock::left(at, end.until, words.0).into())]) }
                    <span class="grace" aria-hidden="true"><i class="gone" style={format!("width: {:.1}%", passed(end.since, end.until, at))}></i></span>
                </p>
            }
            if let Some(message) = pod.message.as_ref().filter(|message| !message.is_empty()) {
                <p class="said" data-tone={pod.tone.id()}>
                    if let Some(reason) = &pod.reason { <b>{ format!("{reason}: ") }</b> }
                    { message.to_string() }
                </p>
            }
        </header>
    }
}

/// How much of the time from `from` to `until` has passed, in hundredths.
fn passed(from: Time, until: Time, at: Time) -> f64 {
    let whole = until.since(from).as_secs_f64().max(0.001);
    (at.since(from).as_secs_f64() / whole).clamp(0.0, 1.0) * 100.0
}

/// The conditions of the Pod as lamps, in the order in which a Pod that fares well passes them.
fn conditions(pod: &PodScene, words: Words) -> Html {
    const ORDER: [&str; 5] = ["PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"];
    let place =
        |condition: &&ConditionScene| ORDER.iter().position(|name| **name == *condition.name).unwrap_or(ORDER.len());
    let mut all: Vec<&ConditionScene> = pod.conditions.iter().collect();
    collections::sort_by_key(&mut all, place);
    let lamp = |condition: &&ConditionScene| {
        let yes = &*condition.status == "True";
        let tone = if yes { Tone::Done } else { Tone::Waiting };
        // The word of the API stays in sight: it is to be learned. What it means is told beside the reason.
        let meaning =
            words.try_say(&format!("condition-{}{}", if yes { "" } else { "no-" }, condition.name)).unwrap_or_default();
        let title = [&*meaning, &*condition.reason, &*condition.message]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
        html! {
            <li class={yew::classes!("lamp", yes.then_some("on"))} {title} key={condition.name.to_string()}>
                <Glyph icon={Icon::Tone(tone)} size={11} />{ breakable(&condition.name) }
                if !yes { <span class="unseen">{ format!(" {}", condition.status) }</span> }
                if words.0 != Lang::En { <span class="meaning">{ meaning }</span> }
            </li>
        }
    };
    html! { <ul class="lamps" aria-label={words.say("conditions")}>{ for all.iter().map(lamp) }</ul> }
}

/// For how long it is seen that a file was written or read, seconds of wall time.
const SEEN: f64 = 0.8;

/// The mounts through which something was written or read a moment before.
fn busy(props: &Props) -> Vec<(usize, Rc<str>)> {
    let Some(session) = &props.session else { return Vec::new() };
    let fresh = |at: Time| props.at.since(at).as_secs_f64() < SEEN * props.rate.max(1.0);
    let touched = props.pod.volumes.iter().enumerate().flat_map(|(place, volume)| {
        let disk = session.disk(props.at, &volume.disk);
        let touches = [disk.wrote.clone(), disk.read.clone()].into_iter().flatten();
        let ours = touches.filter(|touch| touch.by.pod == props.pod.uid && fresh(touch.at));
        ours.map(|touch| (place, touch.by.container)).collect::<Vec<_>>()
    });
    touched.collect()
}

/// The volumes with what is in them.
fn vessels(props: &Props) -> Option<Html> {
    let (pod, session) = (&props.pod, props.session.as_ref()?);
    let vessel = |(hue, volume): (usize, &VolumeScene)| {
        let lit = props.selected.as_ref().is_some_and(|name| volume.mounts.iter().any(|it| it.container == *name));
        let open = match &props.sheet {
            Some(Sheet::Volume { pod: key, volume: name, file }) if *key == pod.key && *name == volume.name => {
                Some(AttrValue::from(file.as_deref().unwrap_or_default().to_owned()))
            }
            _ => None,
        };
        // Painted as often as a file that changed may stop to be lit.
        let at = Time::from_micros(props.at.as_micros() / 250_000 * 250_000);
        let disk = Same(session.disk(props.at, &volume.disk));
        html! { <Vessel pod={pod.key.clone()} volume={volume.clone()} {disk} {hue} {at} {lit} {open} key={volume.name.to_string()} /> }
    };
    let all = pod.volumes.iter().enumerate().map(vessel);
    (!pod.volumes.is_empty()).then(|| html! { <div class="vessels">{ for all }</div> })
}

#[component]
pub(crate) fn PodView(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let pod = &*props.pod;
    let selected = props.selected.as_deref();
    let origin = use_node_ref();
    let traffic = Same(props.session.as_ref().map(|session| session.traffic(props.at, &pod.uid)).unwrap_or_default());
    let parts = pod.containers().count() + pod.volumes.len() + traffic.partners.len() * 100;
    let places = use_places(&origin, &props.pod.0, parts);
    let card = |container: &ContainerScene, number: Option<usize>| {
        html! {
            <ContainerCard container={container.clone()} pod={pod.key.clone()} at={coarse(container, props.at)} {number}
                selected={selected == Some(&*container.name)} mounts={mounts(pod, &container.name)} />
        }
    };
    // Steps stand side by side; a sidecar's rail lies above them, from the step that comes after it to the end.
    let steps = pod.init.iter().filter(|container| container.role == Role::Init).count();
    let rails = pod.init.len() - steps;
    // An arrow leads to a step when something comes before it; it is open once all before it let it pass.
    let entry = |(index, container): (usize, &ContainerScene)| {
        let before = pod.init.get(..index).unwrap_or_default();
        let open = before.iter().all(|c| match c.role {
            Role::Sidecar => c.started,
            _ => c.tone == Tone::Done,
        });
        let steps_before = before.iter().filter(|c| c.role == Role::Init).count();
        let (class, at, row) = match container.role {
            Role::Sidecar => {
                let last = steps > 0 && steps_before == steps;
                (
                    yew::classes!("rail", last.then_some("last")),
                    steps_before.min(steps.max(1) - 1),
                    index - steps_before,
                )
            }
            _ => {
                let links = yew::classes!((index > 0).then_some("linked"), (steps_before > 0).then_some("next"));
                (yew::classes!("step", links, open.then_some("open")), steps_before, rails)
            }
        };
        let style = format!("--at: {}; --row: {}", at + 1, row + 1);
        html! {
            <div {class} {style} key={container.name.to_string()}>{ card(container, Some(index + 1)) }</div>
        }
    };
    let edge = props.session.as_ref().map(|session| {
        let at = Time::from_micros(props.at.as_micros() / 250_000 * 250_000);
        html! { <Edge pod={props.pod.clone()} traffic={traffic.clone()} scene={props.scene.clone()} pods={props.pods.clone()} session={session.clone()} {at} /> }
    });
    let caption = |id: &str| html! { <p class="caption">{ words.say(id) }</p> };
    let init_caption = match (pod.init.iter().any(|c| c.role == Role::Init), pod.sidecars().next().is_some()) {
        (true, true) => "stage-init-and-sidecars",
        (true, false) => "stage-init",
        _ => "stage-sidecars",
    };
    let apps_caption = if !pod.init.is_empty() { "stage-apps-after" } else { "stage-apps" };
    let ports = pod.containers().flat_map(|container| {
        let open = matches!(container.tone, Tone::Running | Tone::Ready);
        container.ports.iter().map(move |port| (open, port.number, container.name.clone()))
    });
    let label: AttrValue = format!("pod/{}", pod.key.name).into();
    let live = pod.containers().any(|container| matches!(container.tone, Tone::Running | Tone::Ready));
    let select = Selection::Pod(pod.key.clone());
    html! {
        <div class="near" ref={origin}>
        <Wires pod={props.pod.clone()} places={places.clone()} selected={props.selected.clone()} busy={busy(props)} />
        { for props.session.as_ref().map(|session| html! {
            <Packets pod={props.pod.clone()} {places} session={session.clone()} at={props.at} rate={props.rate} />
        }) }
        <Host node={props.node.clone()} name={pod.node.clone()} lost={props.lost}>
        <section class="pod" aria-label={label}>
            { head(pod, props.lost, props.at, words, sender.on(Msg::Select(select))) }
            { conditions(pod, words) }
            if !pod.init.is_empty() {
                <div>
                    { caption(init_caption) }
                    <div class="chain" style={format!("--steps: {}", steps.max(1))}>{ for pod.init.iter().enumerate().map(entry) }</div>
                </div>
            }
            <div>
                { caption(apps_caption) }
                <div class="apps" data-wire="inner">{ for pod.apps.iter().map(|container| html! { <div key={container.name.to_string()}>{ card(container, None) }</div> }) }</div>
            </div>
            if !pod.ephemeral.is_empty() {
                <div>
                    { caption("stage-ephemeral") }
                    <div class="apps">{ for pod.ephemeral.iter().map(|container| card(container, None)) }</div>
                </div>
            }
            <div class="ground">
                <div class="bus">
                    <span>{ "localhost" }</span>
                    <span class={yew::classes!("wire", live.then_some("live"))} data-wire="bus"></span>
                    { for ports.map(|(open, number, name)| html! {
                        <span class={yew::classes!("port", open.then_some("open"))}>{ format!(":{number} {name}") }</span>
                    }) }
                    <span>{ match traffic.inside {
                        0 => words.say("stage-network"),
                        count => words.fill("stage-network-busy", &[("count", (count as usize).into())]),
                    } }</span>
                </div>
                { for vessels(props) }
            </div>
        </section>
        </Host>
        { for edge }
        </div>
    }
}
