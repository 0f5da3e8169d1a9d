//! The lanes: a row for each container, its states as bars, its happenings as marks.

use yew::{Html, Properties, component, html};

use super::bands::Bands;
use crate::cluster::Time;
use crate::trace::Lane;
use crate::ui::components::deeds::deed_words;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::names;
use crate::ui::model::timeline::{Bar, Dot, bars, dots, fraction, ordered};
use crate::ui::sender::{Sender, use_sender};
use crate::ui::session::{self, Deed};
use crate::ui::state::{Msg, Same, Selection};
use crate::ui::words::{Words, use_words};

/// How near marks may be, as a share of the window's width, before they are one.
const NEAR: f64 = 0.006;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub lanes: Same<session::Lanes>,
    /// When the last of those was gone that stand below.
    pub last_gone: Option<Time>,
    pub deeds: Same<Vec<Deed>>,
    /// Whether there ever were several Pods.
    pub several: bool,
    pub horizon: Time,
    pub zoom: f64,
    pub selection: Selection,
}

fn bar(lane: &Lane, bar: &Bar, words: Words) -> Option<Html> {
    let span = lane.spans.get(bar.span)?;
    let said = words.state(&span.word);
    let title = match span.detail.is_empty() {
        true => format!("{} – {} {said}", clock(span.from, true), clock(span.to, true)),
        false => format!("{} – {} {said}: {}", clock(span.from, true), clock(span.to, true), span.detail),
    };
    let style = format!("--from: {:.5}; --length: {:.5}", bar.from, bar.length);
    Some(html! {
        <div class="span" data-tone={bar.tone.id()} {style} {title} key={format!("span {}", bar.span)}>
            <Glyph icon={Icon::Tone(bar.tone)} size={11} /><b>{ said }</b>
        </div>
    })
}

fn dot(lane: &Lane, dot: &Dot) -> Option<Html> {
    let mark = lane.marks.get(dot.mark)?;
    let more = if dot.count > 1 { format!(" (×{})", dot.count) } else { String::new() };
    let title = format!("{} {}{more}", clock(mark.at, true), mark.text);
    Some(html! {
        <span class="mark" data-kind={dot.kind.id()} style={format!("--from: {:.5}", dot.at)} {title} key={format!("mark {}", dot.mark)}>
            <Glyph icon={Icon::Mark(dot.kind)} size={9} />
        </span>
    })
}

/// A lane of what the person did; each word has the room up to the next.
fn deeds(Props { deeds, horizon, several, .. }: &Props, words: Words, sender: &Sender) -> Html {
    let horizon = *horizon;
    let place = |deed: &Deed| fraction(deed.act.at, horizon);
    let chip = |(index, deed): (usize, &Deed)| {
        let from = place(deed);
        let length = deeds.get(index + 1).map_or(1.0, place) - from;
        let what = deed_words(words, deed, *several);
        let title = format!("{} {what}", clock(deed.act.at, true));
        html! {
            <button class="did" type="button" style={format!("--from: {from:.5}; --length: {length:.5}")} key={deed.place}
                aria-label={title.clone()} {title} onclick={sender.on(Msg::Seek(deed.act.at))}>
                <Glyph icon={Icon::Bolt} size={11} /><b>{ what }</b>
            </button>
        }
    };
    html! {
        <div class="lane deeds-lane" key="deeds" role="group" aria-label={words.say("deeds")}>
            <span class="lane-name"><span class="what">{ words.say("deeds-lane") }</span></span>
            <div class="lane-body">{ for deeds.iter().enumerate().filter(|(_, deed)| deed.act.at <= horizon).map(chip) }</div>
        </div>
    }
}

/// The name of the Pod: where there is no room for all of it, the end tells Pods of one owner apart.
fn pod_name(lane: &Lane) -> Html {
    let (start, end) = names::parts(&lane.pod.name);
    html! { <><span class="what">{ start.to_owned() }</span><span class="tail">{ end.to_owned() }</span></> }
}

#[component]
pub(crate) fn Lanes(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { horizon, zoom, .. } = *props;
    let lanes = &props.lanes.lanes;
    let several = lanes.iter().any(|lane| Some(&lane.uid) != lanes.first().map(|first| &first.uid));
    let mut rows = Vec::new();
    let mut last = None;
    if !props.deeds.is_empty() {
        rows.push(deeds(props, words, &sender));
    }
    for lane in ordered(lanes, props.last_gone) {
        // Of a Pod with one container the lane is the Pod's.
        let only = several && lanes.iter().filter(|other| other.uid == lane.uid).nth(1).is_none();
        if several && !only && last != Some(&lane.uid) {
            last = Some(&lane.uid);
            let select = Selection::Pod(lane.pod.clone());
            rows.push(html! {
                <div class="lane group" key={format!("pod {}", lane.uid)}>
                    <button class="lane-name" type="button" title={lane.pod.name.to_string()} onclick={sender.on(Msg::Select(select))}>
                        { pod_name(lane) }
                    </button>
                </div>
            });
        }
        let selection = Selection::Container(lane.pod.clone(), lane.container.clone());
        let pressed = props.selection == selection;
        let title = if only { format!("{} · {}", lane.pod.name, lane.container) } else { lane.container.to_string() };
        rows.push(html! {
            <div class="lane" key={format!("{} {}", lane.uid, lane.container)}>
                <button class="lane-name" type="button" aria-pressed={pressed.to_string()} {title} onclick={sender.on(Msg::Select(selection))}>
                    if only {
                        { pod_name(lane) }
                    } else {
                        <span class="what">{ lane.container.to_string() }</span>
                        <span class="role">{ words.say(&format!("role-{}", lane.role.id())) }</span>
                    }
                </button>
                <div class="lane-body" aria-hidden="true">
                    { for bars(lane, horizon).iter().filter_map(|b| bar(lane, b, words)) }
                    { for dots(lane, horizon, NEAR / zoom).iter().filter_map(|d| dot(lane, d)) }
                </div>
            </div>
        });
    }
    let session::Lanes { bands, end, no_band, .. } = &*props.lanes;
    html! {
        <>
            { for rows }
            if !bands.is_empty() {
                <Bands bands={bands.clone()} end={*end} {horizon} hidden={*no_band} />
            } else if lanes.is_empty() {
                <p class="lanes-empty">{ words.say("lanes-empty") }</p>
            }
        </>
    }
}
