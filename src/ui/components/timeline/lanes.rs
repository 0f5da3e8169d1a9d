//! The lanes: a row for each container, its states as bars, its happenings as marks.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use crate::cluster::Time;
use crate::trace::Lane;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::timeline::{Bar, Dot, bars, dots};
use crate::ui::sender::use_sender;
use crate::ui::session;
use crate::ui::state::{Msg, Selection};
use crate::ui::words::{Words, use_words};

/// How near marks may be, as a share of the window's width, before they are one.
const NEAR: f64 = 0.006;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub lanes: Rc<session::Lanes>,
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

#[component]
pub(crate) fn Lanes(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { horizon, zoom, .. } = *props;
    let lanes = &props.lanes.lanes;
    let several = lanes.iter().any(|lane| Some(&lane.uid) != lanes.first().map(|first| &first.uid));
    let mut rows = Vec::new();
    let mut last = None;
    for lane in lanes {
        if several && last != Some(&lane.uid) {
            last = Some(&lane.uid);
            let select = Selection { pod: Some(lane.pod.clone()), container: None };
            rows.push(html! {
                <div class="lane group" key={format!("pod {}", lane.uid)}>
                    <button class="lane-name" type="button" onclick={sender.on(Msg::Select(select))}><span class="what">{ lane.pod.name.to_string() }</span></button>
                </div>
            });
        }
        let selection = Selection { pod: Some(lane.pod.clone()), container: Some(lane.container.clone()) };
        let pressed = props.selection == selection;
        rows.push(html! {
            <div class="lane" key={format!("{} {}", lane.uid, lane.container)}>
                <button class="lane-name" type="button" aria-pressed={pressed.to_string()} title={lane.container.to_string()}
                    onclick={sender.on(Msg::Select(selection))}>
                    <span class="what">{ lane.container.to_string() }</span>
                    <span class="role">{ words.say(&format!("role-{}", lane.role.id())) }</span>
                </button>
                <div class="lane-body" aria-hidden="true">
                    { for bars(lane, horizon).iter().filter_map(|b| bar(lane, b, words)) }
                    { for dots(lane, horizon, NEAR / zoom).iter().filter_map(|d| dot(lane, d)) }
                </div>
            </div>
        });
    }
    let hidden = props.lanes.hidden;
    html! {
        <>
            { for rows }
            if hidden > 0 {
                <p class="lanes-empty">{ words.fill("lanes-hidden", &[("count", hidden.into())]) }</p>
            }
            if lanes.is_empty() {
                <p class="lanes-empty">{ words.say("lanes-empty") }</p>
            }
        </>
    }
}
