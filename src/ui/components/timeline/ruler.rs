//! The ruler: time in round numbers, and the knob of the playhead (ARIA: slider), moved by pointer and keys.

use web_sys::{KeyboardEvent, PointerEvent};
use yew::{Callback, Html, Properties, component, html, use_node_ref};

use crate::cluster::Time;
use crate::ui::model::clock::clock;
use crate::ui::model::timeline::{Tick, fraction, ticks};
use crate::ui::platform::pointer;
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub at: Time,
    pub horizon: Time,
    pub computed: Time,
    pub zoom: f64,
}

#[derive(PartialEq, Properties)]
struct TickProps {
    horizon: Time,
    zoom: f64,
}

/// The lines of the ruler, which stand still while the playhead moves.
#[component]
fn Ticks(props: &TickProps) -> Html {
    let tick = |tick: &Tick| {
        let class = yew::classes!("tick", (tick.at == 0.0).then_some("first"));
        html! { <span {class} style={format!("--from: {:.5}", tick.at)} key={tick.time.as_micros()}><span>{ clock(tick.time, !tick.time.as_micros().is_multiple_of(1_000_000)) }</span></span> }
    };
    html! { <>{ for ticks(props.horizon, (10.0 * props.zoom) as usize).iter().map(tick) }</> }
}

#[component]
pub(crate) fn Ruler(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { at, horizon, zoom, .. } = *props;
    let scale = use_node_ref();
    let seek = {
        let (scale, sender) = (scale.clone(), sender.clone());
        move |event: &PointerEvent| {
            if let Some(share) = pointer::share_of_width(event, &scale) {
                sender.send(Msg::Seek(Time::from_secs_f64(share * horizon.as_secs_f64())));
            }
        }
    };
    let onpointerdown = {
        let (scale, seek, sender) = (scale.clone(), seek.clone(), sender.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() == 0 {
                sender.send(Msg::Pause);
                pointer::capture(&event, &scale);
                seek(&event);
            }
        })
    };
    let onpointermove = {
        let scale = scale.clone();
        Callback::from(move |event: PointerEvent| {
            if pointer::has_capture(&event, &scale) {
                seek(&event);
            }
        })
    };
    let onkeydown = {
        let sender = sender.clone();
        Callback::from(move |event: KeyboardEvent| {
            let second = (horizon.as_secs_f64() / 100.0).max(0.1);
            let to = |seconds: f64| Msg::Seek(Time::from_secs_f64(at.as_secs_f64() + seconds));
            let msg = match event.key().as_str() {
                "ArrowRight" | "ArrowUp" => to(second),
                "ArrowLeft" | "ArrowDown" => to(-second),
                "PageUp" => to(second * 10.0),
                "PageDown" => to(-second * 10.0),
                "Home" => Msg::Seek(Time::ZERO),
                "End" => Msg::Seek(horizon),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            sender.send(msg);
        })
    };
    let place = |time: Time| fraction(time, horizon) * 100.0;
    html! {
        <div class="lane ruler" {onpointerdown} {onpointermove}>
            <div class="corner"></div>
            <div class="scale" ref={scale} id="scale" style={format!("--at: {:.5}", fraction(at, horizon))}>
                <div class="reached" aria-hidden="true" style={format!("width: {:.3}%", place(props.computed))}></div>
                <Ticks {horizon} {zoom} />
                <div class="knob" role="slider" tabindex="0" id="knob" aria-label={words.say("playhead")} {onkeydown}
                    aria-valuemin="0" aria-valuemax={format!("{:.1}", horizon.as_secs_f64())}
                    aria-valuenow={format!("{:.1}", at.as_secs_f64())} aria-valuetext={clock(at, true)}><span class="flag-time">{ clock(at, true) }</span></div>
            </div>
        </div>
    }
}
