//! Many Pods in the timeline: a band for each owner and revision, in which what they are lies upon each other.

use yew::{Html, Properties, component, html, use_memo};

use crate::cluster::Time;
use crate::trace::Tone;
use crate::trace::crowd::Band;
use crate::ui::model::curves::areas;
use crate::ui::model::timeline::fraction;
use crate::ui::state::Same;
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub bands: Same<Vec<Band>>,
    /// Up to when they reach.
    pub end: Time,
    pub horizon: Time,
    /// How many owners have none.
    pub hidden: usize,
}

fn most(band: &Band) -> u32 {
    band.tallies.iter().map(|tally| tally.iter().sum()).max().unwrap_or_default()
}

#[component]
pub(crate) fn Bands(props: &Props) -> Html {
    let words = use_words();
    // All on one scale, so that one growing and one shrinking are compared.
    let paths = use_memo(props.bands.clone(), |bands| {
        let whole = bands.iter().map(most).max().unwrap_or(1);
        bands.iter().map(|band| areas(&band.tallies, whole)).collect::<Vec<_>>()
    });
    let width = format!("left: 0; width: {:.3}%", fraction(props.end, props.horizon) * 100.0);
    let area = |(tone, d): &(Tone, String)| {
        let said = words.say(&format!("tone-{}", tone.id()));
        html! {
            <><path class="area" data-tone={tone.id()} d={d.clone()}><title>{ said }</title></path>
            if !matches!(tone, Tone::Ready | Tone::Running) { <path class="hatch" data-tone={tone.id()} d={d.clone()} fill={format!("url(#hatch-{})", if matches!(tone, Tone::Failed | Tone::BackOff) { "b" } else { "a" })} /> }</>
        }
    };
    let row = |(band, paths): (&Band, &Vec<(Tone, String)>)| {
        let (kind, name) = match &band.group.owner {
            Some(owner) => (owner.kind.name().to_owned(), owner.name.to_string()),
            None => (String::new(), words.say("bands-alone").to_string()),
        };
        let key = format!("band {kind} {name} {}", band.group.hash);
        html! {
            <div class="lane band" {key}>
                <span class="lane-name"><span class="stack"><span class="what" title={name.clone()}>{ name.clone() }</span>
                    <small><span class="kind">{ format!("{kind} · ") }</span>{ words.fill("bands-most", &[("count", (most(band) as usize).into())]) }</small></span></span>
                <div class="lane-body" aria-hidden="true">
                    <svg viewBox="0 0 1000 100" preserveAspectRatio="none" style={width.clone()}>{ for paths.iter().map(area) }</svg>
                </div>
            </div>
        }
    };
    html! {
        <>
            <svg width="0" height="0" style="position: absolute" aria-hidden="true">
                <defs>
                    <pattern id="hatch-a" width="12" height="12" patternUnits="userSpaceOnUse"><path d="M0 0V12" stroke="#fff6" stroke-width="6" /></pattern>
                    <pattern id="hatch-b" width="8" height="16" patternUnits="userSpaceOnUse"><path d="M0 0H8" stroke="#0006" stroke-width="10" /></pattern>
                </defs>
            </svg>
            { for props.bands.iter().zip(paths.iter()).map(row) }
            if props.hidden > 0 {
                <p class="lanes-empty">{ words.fill("bands-hidden", &[("count", props.hidden.into())]) }</p>
            }
        </>
    }
}
