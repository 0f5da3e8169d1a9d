//! Play, pause, steps, speed, clock, zoom.

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, Properties, TargetCast, component, html};

use crate::cluster::Time;
use crate::trace::Goal;
use crate::ui::components::menu::{Menu, MenuItem};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::{clock, clock_by};
use crate::ui::model::playback::{LONGEST, Playback, RATES};
use crate::ui::platform::scroll;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Quest, WIDEST};
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub playback: Playback,
    pub quiet: Option<Time>,
    pub zoom: f64,
    /// What the run is computed on for.
    pub quest: Option<Quest>,
    /// How far it has been computed; none without a run.
    pub computed: Option<Time>,
}

#[component]
pub(crate) fn Controls(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Playback { playing, rate, at, horizon, .. } = props.playback;
    let ended = at >= horizon;
    // Without a run, or in a cluster that nobody asked for anything, there is nothing to play.
    let none = props.computed.is_none();
    let computed = props.computed.unwrap_or_default();
    let (icon, id, msg) = match playing {
        true => (Icon::Pause, "pause", Msg::Pause),
        false => (Icon::Play, if ended { "replay" } else { "play" }, Msg::Play),
    };
    let tool = |icon: Icon, id: &str, msg: Msg, class: &'static str, disabled: bool| {
        html! {
            <button class={yew::classes!("button", "icon", class)} type="button" onclick={sender.on(msg)} {disabled}
                aria-label={words.say(id)} title={words.say(id)}><Glyph {icon} size={15} /></button>
        }
    };
    let onchange = {
        let sender = sender.clone();
        Callback::from(move |event: yew::Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().and_then(|select| select.value().parse().ok());
            if let Some(rate) = chosen {
                sender.send(Msg::Rate(rate));
            }
        })
    };
    let rate_option = |option: f64| {
        html! { <option value={option.to_string()} selected={option == rate} key={option.to_string()}>{ format!("{option}×") }</option> }
    };
    let item = |title: &str, note: &str| MenuItem { title: words.say(title), note: words.say(note), checked: None };
    let mut goals: Vec<MenuItem> = Goal::ALL
        .iter()
        .map(|goal| item(&format!("until-{}", goal.id()), &format!("until-{}-note", goal.id())))
        .collect();
    // Where there is no room for their buttons, they are here.
    if !scroll::wide() {
        goals.extend([item("further", "further-note"), item("to-start", "to-start-note")]);
    }
    let onpick = {
        let sender = sender.clone();
        Callback::from(move |index: usize| {
            sender.send(match index.checked_sub(Goal::ALL.len()) {
                None => Msg::RunUntil(Goal::ALL.get(index).copied(), scroll::still()),
                Some(0) => Msg::Further,
                Some(_) => Msg::Seek(Time::ZERO),
            })
        })
    };
    html! {
        <div class="controls" role="group" aria-label={words.say("controls")}>
            <button class="button primary play" type="button" id="play" onclick={sender.on(msg)} disabled={none && !playing} aria-label={words.say(id)}>
                <Glyph {icon} size={14} /><span class="word">{ words.say(id) }</span>
            </button>
            <div class="group">
                { tool(Icon::ToStart, "to-start", Msg::Seek(Time::ZERO), "wide", at == Time::ZERO) }
                { tool(Icon::Back, "step-back", Msg::StepBack, "", at == Time::ZERO) }
                { tool(Icon::On, "step-on", Msg::StepOn, "", none) }
            </div>
            <Menu id="until" label={words.say("until")} items={goals} {onpick} up={true} disabled={none} class="until">
                <Glyph icon={Icon::Until} size={14} /><span class="word">{ words.say("until") }</span><Glyph icon={Icon::Down} size={12} />
            </Menu>
            <span class="clock" role="timer" aria-live="off">{ clock(at, true) }<span>{ format!(" / {}", clock(horizon, false)) }</span></span>
            <span class="select">
                <select {onchange} disabled={none} aria-label={words.say("speed")} title={words.say("speed")}>{ for RATES.into_iter().map(rate_option) }</select>
                <Glyph icon={Icon::Down} size={12} />
            </span>
            if props.quest.is_some() {
                <span class="note" role="status">{ words.fill("until-looking", &[("clock", clock(computed, false).into())]) }</span>
                <button class="button small quiet" type="button" onclick={sender.on(Msg::RunUntil(None, true))}>{ words.say("until-stop") }</button>
            } else if none {
                // A text that was refused: there is nothing to compute.
            } else if computed < horizon && props.quiet.is_none() {
                <span class="computing">
                    <progress max={horizon.as_secs_f64().to_string()} value={computed.as_secs_f64().to_string()} aria-label={words.say("computing")}></progress>
                    <span class="note wide">{ words.fill("computing-to", &[("clock", clock(computed, false).into())]) }</span>
                    <button class="button small quiet" type="button" onclick={sender.on(Msg::Halt)}>{ words.say("computing-stop") }</button>
                </span>
            } else if let Some(last) = props.quiet {
                <span class="note wide">{
                    if at >= last { words.say("nothing-more") } else { words.fill("nothing-more-after", &[("clock", clock_by(last).into())]) }
                }</span>
            } else if horizon < LONGEST {
                <button class="button small quiet wide" type="button" onclick={sender.on(Msg::Further)}>{ words.say("further") }</button>
            }
            <span class="grow" />
            <div class="group wide">
                { tool(Icon::Minus, "zoom-out", Msg::Zoom(props.zoom / 2.0), "quiet", props.zoom <= 1.0) }
                { tool(Icon::Fit, "zoom-fit", Msg::Zoom(1.0), "quiet", props.zoom <= 1.0) }
                { tool(Icon::Plus, "zoom-in", Msg::Zoom(props.zoom * 2.0), "quiet", props.zoom >= WIDEST) }
            </div>
        </div>
    }
}
