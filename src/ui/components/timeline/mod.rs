//! The timeline: controls, ruler, lanes, and the playhead over them.

mod bands;
pub(crate) mod charts;
mod controls;
mod lanes;
mod ruler;

use yew::{Callback, Html, Properties, component, html, use_effect_with, use_mut_ref, use_state_eq};

use crate::cluster::Time;
use crate::trace::Chart;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::playback::Playback;
use crate::ui::model::timeline::{fraction, last_gone, settled};
use crate::ui::platform::{scroll, zoom};
use crate::ui::sender::use_sender;
use crate::ui::session::{self, Deed};
use crate::ui::state::{Msg, Quest, Same, Selection};
use crate::ui::words::use_words;
use charts::Charts;
use controls::Controls;
use lanes::Lanes;
use ruler::Ruler;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub playback: Playback,
    /// How far the run has been computed; none without one, and where nobody asked for anything.
    pub computed: Option<Time>,
    /// When the last new thing happened, where nothing more is to be expected after what has been computed.
    pub quiet: Option<Time>,
    pub lanes: Same<session::Lanes>,
    pub charts: Same<Vec<Chart>>,
    pub deeds: Same<Vec<Deed>>,
    /// Whether there ever were several Pods.
    pub several: bool,
    pub zoom: f64,
    pub selection: Selection,
    pub quest: Option<Quest>,
}

#[component]
pub(crate) fn Timeline(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Playback { at, horizon, playing, .. } = props.playback;
    let computed = props.computed.unwrap_or_default();
    // What is under the hand that zooms stays under it: a share of the whole, and where it is on the screen.
    let held = use_mut_ref(|| None::<(f64, f64)>);
    {
        let (held, sender) = (held.clone(), sender.clone());
        use_effect_with((), move |()| {
            let listeners = zoom::listen("track", move |factor, x| {
                if let Some(share) = zoom::share("scale", x) {
                    *held.borrow_mut() = Some((share, x));
                    sender.send(Msg::ZoomBy(factor));
                }
            });
            move || drop(listeners)
        });
    }
    use_effect_with((at, props.zoom), move |(_, zoomed)| {
        match held.borrow_mut().take() {
            Some((share, x)) => zoom::hold("track", "scale", share, x),
            // Where the timeline is wider than its window, the playhead stays in sight.
            None if *zoomed > 1.0 => scroll::keep_in_sight("track", "knob"),
            None => {}
        }
    });
    let by = use_mut_ref(|| Time::ZERO);
    let last_gone = {
        let mut by = by.borrow_mut();
        *by = settled(*by, at, playing);
        last_gone(&props.lanes.lanes, *by)
    };
    let open = use_state_eq(scroll::wide);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: web_sys::MouseEvent| open.set(!*open))
    };
    let now = format!("left: {:.3}%", fraction(at, horizon) * 100.0);
    html! {
        <section class="panel pane-time" aria-label={words.say("timeline")}>
            <Controls playback={props.playback} quiet={props.quiet} zoom={props.zoom} quest={props.quest.clone()} computed={props.computed} />
            <div class="track" id="track">
                <div class="canvas" style={format!("--zoom: {:.4}", props.zoom)}>
                    <Ruler {at} {horizon} {computed} zoom={props.zoom} />
                    <Lanes lanes={props.lanes.clone()} {last_gone} deeds={props.deeds.clone()} several={props.several} {horizon} zoom={props.zoom} selection={props.selection.clone()} />
                    if !props.charts.is_empty() {
                        <button class="charts-toggle" type="button" aria-expanded={open.to_string()} onclick={toggle}><Glyph icon={Icon::Down} size={11} />{ words.say("charts") }</button>
                        if *open { <Charts charts={props.charts.clone()} {horizon} end={computed} {at} /> }
                    }
                    <div class="over" aria-hidden="true">
                        <div class="future" style={now.clone()}></div>
                        <div class="playhead" style={now}></div>
                    </div>
                </div>
            </div>
        </section>
    }
}
