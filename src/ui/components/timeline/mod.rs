//! The timeline: controls, ruler, lanes, and the playhead over them.

mod controls;
mod lanes;
mod ruler;

use std::rc::Rc;

use yew::{Html, Properties, component, html, use_effect_with};

use crate::cluster::Time;
use crate::ui::model::playback::Playback;
use crate::ui::model::timeline::fraction;
use crate::ui::platform::scroll;
use crate::ui::session;
use crate::ui::state::Selection;
use crate::ui::words::use_words;
use controls::Controls;
use lanes::Lanes;
use ruler::Ruler;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub playback: Playback,
    /// How far the run has been computed.
    pub computed: Time,
    /// Whether nothing more happens after what has been computed.
    pub quiet: bool,
    pub lanes: Rc<session::Lanes>,
    pub zoom: f64,
    pub selection: Selection,
}

#[component]
pub(crate) fn Timeline(props: &Props) -> Html {
    let words = use_words();
    let Playback { at, horizon, .. } = props.playback;
    let share = fraction(at, horizon);
    // Where the timeline is wider than its window, the playhead stays in sight.
    use_effect_with((at, props.zoom), move |(_, zoom)| {
        if *zoom > 1.0 {
            scroll::keep_in_sight("track", "knob");
        }
    });
    let now = format!("--now: {:.5}; --reached: {:.5}", share, fraction(props.computed, horizon));
    html! {
        <section class="panel pane-time" aria-label={words.say("timeline")}>
            <Controls playback={props.playback} quiet={props.quiet} zoom={props.zoom} />
            <div class="track" id="track">
                <div class="canvas" style={format!("--zoom: {}; {now}", props.zoom)}>
                    <Ruler {at} {horizon} computed={props.computed} zoom={props.zoom} />
                    <Lanes lanes={props.lanes.clone()} {horizon} zoom={props.zoom} selection={props.selection.clone()} />
                    <div class="over" aria-hidden="true">
                        <div class="future"></div>
                        <div class="playhead"></div>
                    </div>
                </div>
            </div>
        </section>
    }
}
