//! A probe as a pulse: its last verdicts, the newest one in words, and when it asks again.

use yew::{Html, html};

use crate::cluster::Time;
use crate::trace::Tone;
use crate::trace::scene::{ContainerScene, ProbeScene};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock;
use crate::ui::words::Words;

/// How many verdicts are drawn.
const BEATS: usize = 12;

/// The line of `probe` on the card of `container`.
pub(crate) fn view(probe: &ProbeScene, container: &ContainerScene, at: Time, words: Words) -> Html {
    let gated =
        probe.probe != "startup" && container.probes.iter().any(|other| other.probe == "startup") && !container.started;
    let over = probe.probe == "startup" && container.started;
    let (class, icon, verdict) = match probe.ok {
        _ if !container.running() && container.attempt > 0 => ("off", Tone::Waiting, words.say("probe-off")),
        _ if !container.running() => ("off", Tone::Waiting, words.say("probe-none")),
        None if gated => ("off", Tone::Waiting, words.say("probe-gated")),
        None => ("off", Tone::Waiting, words.say("probe-none")),
        Some(true) if over => ("good over", Tone::Done, words.say("probe-passed")),
        Some(true) => ("good", Tone::Done, words.say("probe-ok")),
        Some(false) => {
            let args = [
                ("failures", (probe.in_a_row as usize).into()),
                ("threshold", i64::from(probe.failure_threshold).into()),
            ];
            // Once they count there is no number any more that they go up to.
            let counts = i64::from(probe.in_a_row) >= i64::from(probe.failure_threshold);
            ("bad", Tone::Failed, words.fill(if counts { "probe-fails" } else { "probe-failed" }, &args))
        }
    };
    let next = probe.next.filter(|next| *next >= at).map(|next| {
        let left = clock::left(at, next, words.0);
        words.fill("probe-next", &[("left", left.into())])
    });
    // Verdicts that are still to come are empty places: the newest one moves in from the right.
    let missing = BEATS.saturating_sub(probe.beats.len());
    html! {
        <li class={yew::classes!("probe", class)} key={probe.probe} title={probe.message.to_string()}>
            <Glyph icon={Icon::Tone(icon)} size={11} />
            <span class="name">{ probe.probe }</span>
            <span class="told">{ verdict }</span>
            <span class="beats" aria-hidden="true">
                { for (0..missing).map(|n| html! { <i key={format!("none {n}")}></i> }) }
                { for probe.beats.iter().map(|beat| html! { <i class={if beat.ok { "ok" } else { "no" }} key={beat.at.as_micros()}></i> }) }
            </span>
            // Its room stays when it goes, so that the beats stay where they are.
            <span class="next">{ for next }</span>
        </li>
    }
}
