//! The picture as text: Pods, containers and the timeline as tables, for screen readers and for those who like tables.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use super::deeds::Deeds;
use super::stage_flow::{PodNames, fault_words, party_words};
use super::stage_story;
use crate::cluster::{Flow, Time};
use crate::trace::scene::{ContainerScene, NodeScene, PodScene};
use crate::trace::{Chart, Lane, Scene, Series, Tone};
use crate::ui::components::timeline::charts;
use crate::ui::model::clock::{clock, duration};
use crate::ui::session::{self, Deed};
use crate::ui::state::Same;
use crate::ui::words::use_words;

/// How many Pods are told.
const MOST: usize = 100;

/// How many marks of a lane are told.
const MOST_MARKS: usize = 200;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Same<Scene>,
    pub lanes: Same<session::Lanes>,
    pub charts: Same<Vec<Chart>>,
    pub deeds: Same<Vec<Deed>>,
    pub at: Time,
    /// What flowed, the newest first.
    pub flows: Vec<Rc<Flow>>,
    pub pods: PodNames,
}

#[component]
pub(crate) fn Table(props: &Props) -> Html {
    let words = use_words();
    let at = props.at;
    let head = |id: &str| html! { <th scope="col">{ words.say(id) }</th> };
    let number = |id: &str| html! { <th scope="col" class="num">{ words.say(id) }</th> };
    let word = |word: &str| words.state(word);
    let pod = |pod: &Rc<PodScene>| {
        html! {
            <tr key={pod.uid.to_string()}>
                <td>{ pod.key.name.to_string() }</td>
                <td class="num">{ format!("{}/{}", pod.ready, pod.total) }</td>
                <td title={pod.word.to_string()}>{ words.pod(pod) }</td>
                <td class="num">{ pod.restarts }</td>
                <td class="num">{ duration(at.since(pod.created).as_micros() as u64 / 1_000_000 * 1_000_000, words.0) }</td>
                <td>{ pod.node.as_deref().unwrap_or("–").to_owned() }</td>
            </tr>
        }
    };
    let container = |pod: &PodScene, container: &ContainerScene| {
        html! {
            <tr>
                <td>{ pod.key.name.to_string() }</td>
                <td>{ container.name.to_string() }</td>
                <td>{ words.say(&format!("role-{}", container.role.id())) }</td>
                <td>{ word(&container.word) }</td>
                <td>{ stage_story(container, at, words) }</td>
                <td class="num">{ container.restarts }</td>
            </tr>
        }
    };
    let line = |lane: &Lane, from: Time, to: Option<Time>, word: yew::AttrValue, detail: yew::AttrValue| {
        html! {
            <tr>
                <td>{ lane.pod.name.to_string() }</td>
                <td>{ lane.container.to_string() }</td>
                <td class="num">{ clock(from, true) }</td>
                <td class="num">{ to.map(|to| clock(to, true)).unwrap_or_default() }</td>
                <td>{ word }</td>
                <td>{ detail }</td>
            </tr>
        }
    };
    // States and marks of a lane in order of time, a state before what happened in it.
    let life = |lane: &Lane| {
        let states = lane
            .spans
            .iter()
            .map(|it| (it.from, line(lane, it.from, Some(it.to), word(&it.word), words.detail(&it.detail))));
        let marks = lane.marks.iter().take(MOST_MARKS).map(|mark| {
            let kind = words.say(&format!("mark-{}", mark.kind.id()));
            (mark.at, line(lane, mark.at, None, kind, words.detail(&mark.text)))
        });
        let mut rows: Vec<(Time, Html)> = states.chain(marks).collect();
        collections::sort_by_key(&mut rows, |(at, _)| *at);
        rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>()
    };
    let flow = |(number, flow): (usize, &Rc<Flow>)| {
        let name = |party| party_words(party, None, &props.pods, words);
        let asked = if flow.port > 0 { format!("{}:{}", flow.host, flow.port) } else { flow.host.to_string() };
        let through = flow.service.as_ref().map(|key| format!(" (svc/{})", key.name)).unwrap_or_default();
        let times = if flow.count > 1 { format!(" ×{}", flow.count) } else { String::new() };
        html! {
            <tr key={number}>
                <td class="num">{ clock(flow.left, true) }</td>
                <td>{ name(&flow.from) }</td>
                <td>{ asked }{ through }</td>
                <td>{ name(&flow.to) }</td>
                <td>{ format!("{} {}{times}", flow.protocol.name(), flow.label) }</td>
                <td>{ flow.fault.as_ref().map_or_else(|| flow.answer.to_string().into(), |fault| fault_words(fault, words)) }</td>
            </tr>
        }
    };
    // Each curve at a few moments spread over what has been computed, and at the playhead.
    let end = props.lanes.end;
    let moments: Vec<Time> = (1..=8).map(|part| Time::from_micros(end.as_micros() / 8 * part)).collect();
    let curve = |chart: &Chart, series: &Series| {
        let (title, factor, of) = charts::unit(chart.topic);
        let cell = |at: Time| html! { <td class="num">{ charts::value(series, at, factor) }</td> };
        html! {
            <tr>
                <td>{ words.fill(title, &[("name", (&*chart.of.name).into())]) }</td>
                <td>{ words.say(&charts::name(series)) }{ words.say("comma") }{ words.say(of) }</td>
                { for moments.iter().map(|at| cell(*at)) }
                { cell(at) }
            </tr>
        }
    };
    let node = |node: &NodeScene| {
        html! {
            <tr key={node.name.to_string()}>
                <td>{ node.name.to_string() }</td><td>{ words.state(&node.word) }</td><td class="num">{ node.pods }</td><td class="num">{ node.max_pods }</td>
            </tr>
        }
    };
    let tally = |(tone, count): (Tone, &u32)| html! { <tr><td>{ words.say(&format!("tone-{}", tone.id())) }</td><td class="num">{ *count }</td></tr> };
    let containers = props.scene.pods.iter().take(MOST).flat_map(|p| p.containers().map(move |c| container(p, c)));
    let lives = props.lanes.lanes.iter().flat_map(life);
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={words.say("tab-table")}>
            if props.scene.count() > 1 {
                <table class="plain" id="table-tally">
                    <caption class="events-title">{ words.fill("crowd-count", &[("count", props.scene.count().into())]) }</caption>
                    <thead><tr>{ head("column-state") }{ number("tab-stage-pods") }</tr></thead>
                    <tbody>{ for Tone::ALL.into_iter().zip(&props.scene.tally).filter(|(_, count)| **count > 0).map(tally) }</tbody>
                </table>
                <table class="plain" id="table-nodes">
                    <caption class="events-title">{ words.say("nodes") }</caption>
                    <thead><tr>{ head("column-name") }{ head("column-status") }{ number("tab-stage-pods") }{ number("node-takes") }</tr></thead>
                    <tbody>{ for props.scene.nodes.iter().map(node) }</tbody>
                </table>
            }
            <table class="plain" id="table-pods">
                <caption class="events-title">{ words.fill("table-pods", &[("clock", clock(at, true).into())]) }</caption>
                <thead><tr>{ head("column-name") }{ number("fact-ready") }{ head("column-status") }{ number("fact-restarts") }{ number("column-age") }{ head("fact-node") }</tr></thead>
                <tbody>{ for props.scene.pods.iter().take(MOST).map(pod) }</tbody>
            </table>
            <table class="plain" id="table-containers">
                <caption class="events-title">{ words.fill("table-containers", &[("clock", clock(at, true).into())]) }</caption>
                <thead><tr>{ head("column-pod") }{ head("column-container") }{ head("column-role") }{ head("column-state") }{ head("column-detail") }{ number("fact-restarts") }</tr></thead>
                <tbody>{ for containers }</tbody>
            </table>
            if !props.deeds.is_empty() {
                <p class="events-title">{ words.say("deeds") }</p>
                <Deeds deeds={props.deeds.clone()} several={props.pods.len() > 1} />
            }
            if !props.flows.is_empty() {
                <table class="plain" id="table-traffic">
                    <caption class="events-title">{ words.fill("table-traffic", &[("clock", clock(at, true).into())]) }</caption>
                    <thead><tr>{ head("column-time") }{ head("column-sender") }{ head("column-asked") }{ head("column-reached") }{ head("column-what") }{ head("column-answer") }</tr></thead>
                    <tbody>{ for props.flows.iter().enumerate().map(flow) }</tbody>
                </table>
            }
            if !props.charts.is_empty() {
                <table class="plain" id="table-charts">
                    <caption class="events-title">{ words.say("charts") }</caption>
                    <thead><tr>{ head("column-object") }{ head("column-detail") }{ for moments.iter().map(|at| html! { <th scope="col" class="num">{ clock(*at, false) }</th> }) }<th scope="col" class="num">{ clock(at, true) }</th></tr></thead>
                    <tbody>{ for props.charts.iter().flat_map(|chart| chart.series.iter().map(|series| curve(chart, series))) }</tbody>
                </table>
            }
            <table class="plain" id="table-timeline">
                <caption class="events-title">{ words.say("timeline") }</caption>
                <thead><tr>{ head("column-pod") }{ head("column-container") }{ number("column-from") }{ number("column-to") }{ head("column-state") }{ head("column-detail") }</tr></thead>
                <tbody>{ for lives }</tbody>
            </table>
        </div>
    }
}
