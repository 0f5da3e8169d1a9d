//! Break it: what a person can do to a container, its Pod and its node, at the playhead.

use std::rc::Rc;

use web_sys::{HtmlInputElement, SubmitEvent};
use yew::{Callback, Html, Properties, component, html, use_node_ref, use_state_eq};

use crate::cluster::{Action, ObjectKey, Propagation};
use crate::trace::scene::PodScene;
use crate::ui::components::deeds::Deeds;
use crate::ui::components::select::select;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::standing::Standing;
use crate::ui::sender::use_sender;
use crate::ui::session::Deed;
use crate::ui::state::{Msg, Same, Selection};
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The Pod it is about.
    pub pod: Option<Same<PodScene>>,
    /// The container it is about.
    pub container: Option<Rc<str>>,
    /// Every Pod there is, to choose from.
    pub pods: Vec<ObjectKey>,
    pub deeds: Same<Vec<Deed>>,
    /// What holds at the playhead of what was done.
    pub standing: Standing,
    /// Whether it begins open.
    pub open: bool,
}

#[component]
pub(crate) fn Dock(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let open = use_state_eq(|| props.open);
    let code = use_node_ref();
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(!*open))
    };
    let key = props.pod.as_ref().map(|pod| pod.key.clone());
    let container = props.pod.as_ref().zip(props.container.as_ref()).and_then(|(pod, name)| pod.container(name));

    let pick_pod = (props.pods.len() > 1).then(|| {
        let entries = props.pods.iter().map(|key| (key.name.to_string(), key.name.to_string().into())).collect();
        let (pods, sender) = (props.pods.clone(), sender.clone());
        let onchange = Callback::from(move |name: String| {
            let pod = pods.iter().find(|key| *key.name == *name).cloned();
            sender.send(Msg::Select(Selection { pod, container: None }));
        });
        select(words.say("break-pod"), entries, key.as_ref().map_or("", |key| &*key.name), onchange)
    });
    let pick_container = props.pod.as_ref().zip(container).map(|(pod, it)| {
        let entries = pod.containers().map(|it| (it.name.to_string(), it.name.to_string().into())).collect();
        let (sender, pod) = (sender.clone(), key.clone());
        let onchange = Callback::from(move |name: String| {
            let container = Some(name.into());
            sender.send(Msg::Select(Selection { pod: pod.clone(), container }));
        });
        select(words.say("break-container"), entries, &it.name, onchange)
    });
    let kill = key.clone().zip(container).map(|(pod, it)| {
        let (sender, name, code_of) = (sender.clone(), it.name.clone(), code.clone());
        let onsubmit = Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let value = code_of.cast::<HtmlInputElement>().and_then(|input| input.value().parse().ok());
            let (pod, container) = (pod.clone(), name.clone());
            sender.send(Msg::Act(Action::KillContainer { pod, container, exit_code: value.unwrap_or(137) }));
        });
        let alive = it.running();
        html! {
            <form class="kill" {onsubmit}>
                <button class="button small" type="submit" disabled={!alive}><Glyph icon={Icon::Close} size={12} />{ words.say("break-kill") }</button>
                <input ref={code.clone()} aria-label={words.say("break-exit-code")} title={words.say("break-exit-code")} type="number" min="0" max="255" value="137" inputmode="numeric" />
            </form>
        }
    });
    let probes = key.clone().zip(container).map(|(pod, it)| {
        let one = |probe: &'static str| {
            let said = |id: &str| words.fill(id, &[("probe", probe.into())]);
            let entries = vec![
                ("own".to_owned(), said("break-probe-own")),
                ("fail".to_owned(), said("break-probe-fail")),
                ("pass".to_owned(), said("break-probe-pass")),
            ];
            let value = match props.standing.forced(&pod, &it.name, probe) {
                Some(true) => "pass",
                Some(false) => "fail",
                None => "own",
            };
            let (sender, pod, container) = (sender.clone(), pod.clone(), it.name.clone());
            let onchange = Callback::from(move |said: String| {
                let passes = match said.as_str() {
                    "pass" => Some(true),
                    "fail" => Some(false),
                    _ => None,
                };
                let (pod, container) = (pod.clone(), container.clone());
                sender.send(Msg::Act(Action::ForceProbe { pod, container, probe: probe.into(), passes }));
            });
            select(words.fill("break-probe", &[("probe", probe.into())]), entries, value, onchange)
        };
        html! { <>{ for it.probes.iter().map(|probe| one(probe.probe)) }</> }
    });
    let image = container.map(|it| {
        let missing = props.standing.missing(&it.image);
        let act = Action::SetImage { image: it.image.clone(), available: missing };
        let id = if missing { "break-image-on" } else { "break-image-off" };
        let title = words.fill("break-image-title", &[("name", (&*it.image).into())]);
        html! { <button class="button small" type="button" {title} onclick={sender.on(Msg::Act(act))}>{ words.say(id) }</button> }
    });
    let delete = key.clone().map(|key| {
        let act = |grace| Msg::Act(Action::Delete { key: key.clone(), grace, propagation: Propagation::Background });
        let going = props.pod.as_ref().is_some_and(|pod| pod.termination.is_some());
        html! {
            <>
                <button class="button small" type="button" disabled={going} title={words.say("break-delete-title")} onclick={sender.on(act(None))}>{ words.say("break-delete") }</button>
                <button class="button small" type="button" title={words.say("break-delete-now-title")} onclick={sender.on(act(Some(0)))}>{ words.say("break-delete-now") }</button>
                <button class="button small" type="button" disabled={going} title={words.say("break-evict-title")}
                    onclick={sender.on(Msg::Act(Action::Evict { key: key.clone(), grace: None }))}>{ words.say("break-evict") }</button>
            </>
        }
    });
    let node = props.pod.as_ref().and_then(|pod| pod.node.clone()).map(|node| {
        let lost = props.standing.lost(&node);
        let (id, act) = match lost {
            true => ("break-node-up", Action::NodeUp { node: node.clone() }),
            false => ("break-node-down", Action::NodeDown { node: node.clone() }),
        };
        html! { <button class="button small" type="button" onclick={sender.on(Msg::Act(act))}>{ words.fill(id, &[("name", (&*node).into())]) }</button> }
    });
    let group = |id: &str, inside: Html| {
        html! { <div class="group" role="group" aria-label={words.say(id)}>{ inside }</div> }
    };
    html! {
        <section class="dock" aria-label={words.say("break-it")}>
            <div class="dock-row">
                <button class="button small bolt" type="button" aria-expanded={open.to_string()} onclick={toggle} title={words.say("break-title")}>
                    <Glyph icon={Icon::Bolt} size={13} />{ words.say("break-it") }
                </button>
                if *open && props.pod.is_some() {
                    <div class="dock-acts">
                        { group("break-container", html! { <>{ for pick_pod }{ for pick_container }{ for kill }{ for probes }{ for image }</> }) }
                        { group("break-pod", html! { <>{ for delete }</> }) }
                        { for node.map(|node| group("fact-node", node)) }
                    </div>
                } else if *open {
                    <span class="dim">{ words.say("break-nothing") }</span>
                }
            </div>
            if !props.deeds.is_empty() {
                <Deeds deeds={props.deeds.clone()} />
            }
        </section>
    }
}
