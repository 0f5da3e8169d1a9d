//! The picture as text: Pods, containers and the timeline as tables, for screen readers and for those who like tables.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use super::stage_story;
use crate::cluster::Time;
use crate::trace::scene::{ContainerScene, PodScene};
use crate::trace::{Lane, LaneSpan, Scene};
use crate::ui::model::clock::{clock, duration};
use crate::ui::session;
use crate::ui::words::use_words;

/// How many Pods are told.
const MOST: usize = 100;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Rc<Scene>,
    pub lanes: Rc<session::Lanes>,
    pub at: Time,
}

#[component]
pub(crate) fn Table(props: &Props) -> Html {
    let words = use_words();
    let at = props.at;
    let head = |id: &str| html! { <th scope="col">{ words.say(id) }</th> };
    let word = |word: &str| words.state(word);
    let pod = |pod: &Rc<PodScene>| {
        html! {
            <tr key={pod.uid.to_string()}>
                <td>{ pod.key.name.to_string() }</td>
                <td class="num">{ format!("{}/{}", pod.ready, pod.total) }</td>
                <td>{ pod.word.to_string() }</td>
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
    let span = |lane: &Lane, span: &LaneSpan| {
        html! {
            <tr>
                <td>{ lane.pod.name.to_string() }</td>
                <td>{ lane.container.to_string() }</td>
                <td class="num">{ clock(span.from, true) }</td>
                <td class="num">{ clock(span.to, true) }</td>
                <td>{ word(&span.word) }</td>
                <td>{ span.detail.to_string() }</td>
            </tr>
        }
    };
    let containers = props.scene.pods.iter().take(MOST).flat_map(|p| p.containers().map(move |c| container(p, c)));
    let spans = props.lanes.lanes.iter().flat_map(|lane| lane.spans.iter().map(move |s| span(lane, s)));
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={words.say("tab-table")}>
            <table class="plain" id="table-pods">
                <caption class="events-title">{ words.fill("table-pods", &[("clock", clock(at, true).into())]) }</caption>
                <thead><tr>{ head("column-name") }{ head("fact-ready") }{ head("column-status") }{ head("fact-restarts") }{ head("column-age") }{ head("fact-node") }</tr></thead>
                <tbody>{ for props.scene.pods.iter().take(MOST).map(pod) }</tbody>
            </table>
            <table class="plain" id="table-containers">
                <caption class="events-title">{ words.fill("table-containers", &[("clock", clock(at, true).into())]) }</caption>
                <thead><tr>{ head("column-pod") }{ head("column-container") }{ head("column-role") }{ head("column-state") }{ head("column-detail") }{ head("fact-restarts") }</tr></thead>
                <tbody>{ for containers }</tbody>
            </table>
            <table class="plain" id="table-timeline">
                <caption class="events-title">{ words.say("timeline") }</caption>
                <thead><tr>{ head("column-pod") }{ head("column-container") }{ head("column-from") }{ head("column-to") }{ head("column-state") }{ head("column-detail") }</tr></thead>
                <tbody>{ for spans }</tbody>
            </table>
        </div>
    }
}
