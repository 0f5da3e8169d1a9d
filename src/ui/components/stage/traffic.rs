//! Users: how many requests come to whom, what becomes of them, and the same owner with one Pod, five, or as many as
//! an autoscaler wants.

use std::time::Duration;

use yew::{AttrValue, Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

use crate::cluster::{Action, Curve, Load, LoadSample, ObjectKey, Propagation, Time};
use crate::ui::components::number::NumberField;
use crate::ui::components::select::select;
use crate::ui::components::slider::Slider;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::curves::short;
use crate::ui::model::standing::Standing;
use crate::ui::model::traffic::{Target, autoscaler, nearest, share, step};
use crate::ui::platform::scroll;
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::Msg;
use crate::ui::words::{Words, use_words};

/// How long a curve takes, seconds.
const OVERS: [u64; 5] = [30, 60, 120, 300, 600];

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub session: Session,
    pub standing: Standing,
    pub at: Time,
}

/// What became of the requests of the last second, in words.
fn told(sample: &LoadSample, words: Words) -> Html {
    let seconds = sample.seconds().max(1e-6);
    // Of those that came to an end in this second: who waits now may have come before.
    let good = share(sample.answered, sample.answered + sample.errors());
    let ms = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{} ms", short(value * 1000.0)));
    let fact = |id: &str, value: String| html! { <span>{ words.say(id) }{ " " }<b>{ value }</b></span> };
    let tone = match good {
        good if good >= 99.5 => "ready",
        good if good >= 90.0 => "back-off",
        _ => "failed",
    };
    let icon = if good >= 99.5 { Icon::Check } else { Icon::Warning };
    html! {
        <div class="facts traffic-facts">
            { fact("traffic-come", format!("{}/s", short(sample.requests / seconds))) }
            <span class="node-word" data-tone={tone}><Glyph {icon} size={12} />{ words.fill("traffic-good", &[("share", format!("{}%", short(good)).into())]) }</span>
            { fact("traffic-half", ms(sample.latency_p50)) }
            { fact("traffic-most", ms(sample.latency_p95)) }
            if sample.refused > 0.5 { { fact("traffic-refused", format!("{}/s", short(sample.refused / seconds))) } }
            if sample.timed_out > 0.5 { { fact("traffic-late", format!("{}/s", short(sample.timed_out / seconds))) } }
            { fact("traffic-pods", format!("{}/{}", sample.listening, sample.receivers)) }
            { fact("traffic-each", format!("{}/s", short(sample.requests / seconds / f64::from(sample.receivers.max(1))))) }
        </div>
    }
}

/// The same in a few words.
fn summary(sample: &LoadSample, words: Words) -> AttrValue {
    let rate = short(sample.requests / sample.seconds().max(1e-6));
    let good = format!("{}%", short(share(sample.answered, sample.requests)));
    words.fill("traffic-summary", &[("rate", rate.into()), ("share", good.into())])
}

/// The acts that bring the owner behind a target to `replicas` fixed Pods, or under an autoscaler.
fn variant(target: &Target, replicas: Option<i32>) -> Vec<Action> {
    let Some(owner) = &target.owner else { return Vec::new() };
    let mut acts = Vec::new();
    match (replicas, &target.autoscaler) {
        (Some(replicas), known) => {
            if let Some(key) = known {
                let propagation = Propagation::Background;
                acts.push(Action::Delete { key: key.clone(), grace: None, propagation });
            }
            acts.push(Action::Scale { key: owner.clone(), replicas });
        }
        (None, None) => {
            acts.push(Action::Scale { key: owner.clone(), replicas: 1 });
            acts.extend(autoscaler(owner).map(Action::Create));
        }
        (None, Some(_)) => {}
    }
    acts
}

#[component]
pub(crate) fn Traffic(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let targets = props.session.targets(props.at);
    let chosen = use_state_eq(|| None::<ObjectKey>);
    // Until somebody says otherwise it is open where there are users, or have been.
    let open = use_state_eq(|| None::<bool>);
    let target =
        targets.iter().find(|target| chosen.as_ref() == Some(&target.key)).or_else(|| targets.first()).cloned();
    let load = target.as_ref().and_then(|target| props.standing.load(&target.key)).unwrap_or(Load::NONE);
    // What is under the hand that slides, until it lets go.
    let meant = use_state_eq(|| load.per_second);
    {
        let meant = meant.clone();
        use_effect_with((load, target.as_ref().map(|it| it.key.clone())), move |(load, _)| meant.set(load.per_second));
    }
    let Some(target) = target else { return Html::default() };
    let send = {
        let (sender, key) = (sender.clone(), target.key.clone());
        move |load: Load| sender.send(Msg::Act(Action::SetLoad { target: key.clone(), load }))
    };
    let oninput = {
        let meant = meant.clone();
        Callback::from(move |place: u32| meant.set(step(place as usize)))
    };
    let onslide = {
        let send = send.clone();
        Callback::from(move |place: u32| send(Load { per_second: step(place as usize), ..load }))
    };
    let ontyped = {
        let meant = meant.clone();
        Callback::from(move |per_second: u32| meant.set(per_second))
    };
    let onnumber = {
        let send = send.clone();
        Callback::from(move |per_second: u32| send(Load { per_second, ..load }))
    };
    let over = load.curve.over().unwrap_or(Duration::from_secs(60));
    let oncurve = {
        let send = send.clone();
        Callback::from(move |name: String| {
            if let Some(curve) = Curve::named(&name, over) {
                send(Load { curve, ..load });
            }
        })
    };
    let onover = {
        let send = send.clone();
        Callback::from(move |seconds: String| {
            let over = Duration::from_secs(seconds.parse().unwrap_or(60));
            if let Some(curve) = Curve::named(load.curve.name(), over) {
                send(Load { curve, ..load });
            }
        })
    };
    let ontarget = {
        let (chosen, all) = (chosen.clone(), targets.clone());
        Callback::from(move |name: String| {
            chosen.set(all.iter().find(|target| target.id() == name).map(|target| target.key.clone()));
        })
    };
    let curves: Vec<(String, AttrValue)> =
        ["steady", "ramp", "spike", "day"].map(|name| (name.to_owned(), words.say(&format!("curve-{name}")))).into();
    let overs = OVERS.map(|seconds| {
        let said = if seconds < 60 {
            words.fill("span-seconds", &[("s", (seconds as usize).into())])
        } else {
            words.fill("traffic-minutes", &[("min", (seconds as usize / 60).into())])
        };
        (seconds.to_string(), said)
    });
    let names: Vec<(String, AttrValue)> = targets.iter().map(|target| (target.id(), target.id().into())).collect();
    let label = words.fill("traffic-label", &[("name", (&*target.key.name).into())]);
    let compare = |id: &str, replicas: Option<i32>, pressed: bool| {
        let (sender, acts) = (sender.clone(), variant(&target, replicas));
        let disabled = acts.is_empty() && !pressed;
        let onclick = Callback::from(move |_: web_sys::MouseEvent| {
            acts.iter().for_each(|act| sender.send(Msg::Act(act.clone())));
        });
        html! { <button class="button small" type="button" aria-pressed={pressed.to_string()} {disabled} {onclick}>{ words.say(id) }</button> }
    };
    let sample = props.session.load_at(&target.key, props.at);
    let fixed = target.autoscaler.is_none();
    // Where there is little room it is folded to a line.
    let wide = scroll::wide();
    let shown = open.unwrap_or(wide && (load.per_second > 0 || sample.is_some()));
    let toggle = Callback::from(move |_: web_sys::MouseEvent| open.set(Some(!shown)));
    html! {
        <section class={yew::classes!("traffic", shown.then_some("shown"))} aria-label={words.say("traffic")}>
            <div class="traffic-row">
                <button class={yew::classes!("button", "small", "traffic-name", shown.then_some("quiet"))} type="button" aria-expanded={shown.to_string()} onclick={toggle}>
                    <Glyph icon={Icon::Users} size={14} />{ words.say("traffic") }
                    if let Some(sample) = sample.as_ref().filter(|_| !shown && !wide) {
                        <span class="dim summary">{ summary(sample, words) }</span>
                    } else if !shown && load.per_second > 0 { <span class="dim">{ load.per_second }{ " " }{ words.say("unit-per-second") }</span> }
                </button>
                if shown {
                    if names.len() > 1 {
                        { select(words.say("traffic-to"), names, &target.id(), ontarget) }
                    } else {
                        <span class="dim">{ target.id() }</span>
                    }
                    <Slider id="traffic-slide" label={label.clone()} value={nearest(*meant) as u32} most={nearest(u32::MAX) as u32}
                        text={meant.to_string()} {oninput} onchange={onslide} />
                    <NumberField {label} value={*meant} most={1_000_000} oninput={ontyped} onchange={onnumber} />
                    <span class="dim">{ words.say("unit-per-second") }</span>
                    { select(words.say("traffic-curve"), curves, load.curve.name(), oncurve) }
                    if load.curve.over().is_some() {
                        { select(words.say("traffic-over"), overs.to_vec(), &over.as_secs().to_string(), onover) }
                    }
                }
            </div>
            if shown && target.owner.is_some() {
                <div class="traffic-row" role="group" aria-label={words.say("compare")}>
                    <span class="dim">{ words.say("compare") }</span>
                    { compare("compare-one", Some(1), fixed && target.replicas == 1) }
                    { compare("compare-five", Some(5), fixed && target.replicas == 5) }
                    { compare("compare-auto", None, !fixed) }
                    if !fixed && !target.asks_cpu { <span class="dim">{ words.say("compare-no-request") }</span> }
                </div>
            }
            if let Some(sample) = sample.filter(|_| shown || wide) { { told(&sample, words) } }
        </section>
    }
}
