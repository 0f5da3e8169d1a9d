//! Break it: what a person can do to a container, its Pod and its node, at the playhead.

use std::rc::Rc;

use web_sys::{HtmlInputElement, SubmitEvent};
use yew::{AttrValue, Callback, Html, Properties, component, html, use_node_ref, use_state_eq};

use crate::cluster::{Action, ObjectKey, Propagation};
use crate::trace::scene::PodScene;
use crate::ui::components::deeds::Deeds;
use crate::ui::components::menu::{Menu, MenuItem};
use crate::ui::components::select::{select, select_pod};
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
    /// Whether there ever were several Pods.
    pub several: bool,
    /// What holds at the playhead of what was done.
    pub standing: Standing,
    /// Whether it begins open.
    pub open: bool,
}

#[component]
pub(crate) fn Dock(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    // As the person left it; until then as there is room.
    let left = use_state_eq(|| None::<bool>);
    let open = left.unwrap_or(props.open);
    let code = use_node_ref();
    let toggle = {
        let left = left.clone();
        Callback::from(move |_| left.set(Some(!open)))
    };
    let key = props.pod.as_ref().map(|pod| pod.key.clone());
    let container = props.pod.as_ref().zip(props.container.as_ref()).and_then(|(pod, name)| pod.container(name));

    let pick_pod = (props.pods.len() > 1)
        .then(|| select_pod(words.say("break-pod"), &props.pods, key.as_ref().map_or("", |key| &*key.name), &sender));
    let pick_container = props.pod.as_ref().zip(container).map(|(pod, it)| {
        let entries = pod.containers().map(|it| (it.name.to_string(), it.name.to_string().into())).collect();
        let (sender, pod) = (sender.clone(), key.clone());
        let onchange = Callback::from(move |name: String| {
            let container = pod.clone().map(|pod| Selection::Container(pod, name.into()));
            sender.send(Msg::Select(container.unwrap_or_default()));
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
    // What concerns the image, the Pod and its node is behind a button: the row stays one row.
    let mut deeds: Vec<(MenuItem, Msg)> = Vec::new();
    let mut offer = |title: AttrValue, note: AttrValue, action: Action| {
        deeds.push((MenuItem { title, note, checked: None }, Msg::Act(action)));
    };
    if let Some(key) = &key {
        let delete = |grace| Action::Delete { key: key.clone(), grace, propagation: Propagation::Background };
        let going = props.pod.as_ref().is_some_and(|pod| pod.termination.is_some());
        if !going {
            offer(words.say("break-delete"), words.say("break-delete-title"), delete(None));
        }
        offer(words.say("break-delete-now"), words.say("break-delete-now-title"), delete(Some(0)));
        if !going {
            let evict = Action::Evict { key: key.clone(), grace: None };
            offer(words.say("break-evict"), words.say("break-evict-title"), evict);
        }
    }
    if let Some(it) = container {
        let missing = props.standing.missing(&it.image);
        let id = if missing { "break-image-on" } else { "break-image-off" };
        let title = words.fill("break-image-title", &[("name", (&*it.image).into())]);
        offer(words.say(id), title, Action::SetImage { image: it.image.clone(), available: missing });
    }
    if let Some(node) = props.pod.as_ref().and_then(|pod| pod.node.clone()) {
        let (id, note, act) = match props.standing.lost(&node) {
            true => ("break-node-up", "break-node-up-title", Action::NodeUp { node: node.clone() }),
            false => ("break-node-down", "break-node-down-title", Action::NodeDown { node: node.clone() }),
        };
        offer(words.fill(id, &[("name", (&*node).into())]), words.say(note), act);
    }
    let (items, acts): (Vec<MenuItem>, Vec<Msg>) = deeds.into_iter().unzip();
    let onpick = {
        let sender = sender.clone();
        Callback::from(move |index: usize| acts.get(index).iter().for_each(|msg| sender.send((*msg).clone())))
    };
    html! {
        <section class="dock" aria-label={words.say("break-it")}>
            <div class="dock-row">
                <button class="button small bolt" type="button" aria-expanded={open.to_string()} onclick={toggle.clone()} title={words.say("break-title")}>
                    <Glyph icon={Icon::Bolt} size={13} />{ words.say("break-it") }
                </button>
                if open && props.pod.is_some() {
                    <div class="dock-acts">
                        { for pick_pod }{ for pick_container }{ for kill }{ for probes }
                        <Menu id="break" class="small" up={true} label={words.say("break-more")} {items} {onpick}>
                            { words.say("break-more") }<Glyph icon={Icon::Down} size={12} />
                        </Menu>
                    </div>
                } else if !open && props.deeds.len() >= 3 {
                    <button class="button small quiet" type="button" onclick={toggle}>{ words.fill("deeds-count", &[("count", props.deeds.len().into())]) }</button>
                } else if open {
                    <span class="dim">{ words.say("break-nothing") }</span>
                }
            </div>
            if !props.deeds.is_empty() && (open || props.deeds.len() < 3) {
                <Deeds deeds={props.deeds.clone()} several={props.several} />
            }
        </section>
    }
}
