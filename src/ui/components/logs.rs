//! What the containers of a Pod wrote up to the playhead, merged by time. However long it is, only the rows in sight
//! are painted.

use std::rc::Rc;

use web_sys::{Element, HtmlInputElement};
use yew::{Callback, Html, Properties, TargetCast, component, html, use_effect_with, use_node_ref, use_state_eq};

use super::select::{select, select_pod};
use crate::cluster::{LogLine, ObjectKey, Time};
use crate::trace::scene::PodScene;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::logs::{Instances, LogChoice, found, window};
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::{Msg, Same};
use crate::ui::words::{Words, use_words};

/// How high a row is, in pixels; the style sheet says the same.
const ROW: i32 = 20;

/// How many rows are taken to be in sight before that is known.
const SEEN: usize = 40;

/// How many rows can be scrolled through: a browser draws nothing higher. The newest are kept.
const MOST: usize = 500_000;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The Pod whose logs they are.
    pub pod: Option<Same<PodScene>>,
    /// Every Pod, to choose from.
    pub pods: Vec<ObjectKey>,
    pub session: Option<Session>,
    pub choice: LogChoice,
    pub at: Time,
}

/// The colour of a container among those of its Pod.
fn colour(pod: &PodScene, name: &str) -> String {
    let place = pod.containers().position(|container| &*container.name == name).unwrap_or_default();
    (place % 8).to_string()
}

fn row(pod: &PodScene, (at, line): &(Time, LogLine), choice: &LogChoice, number: usize) -> Html {
    let part = |(text, hit): (&str, bool)| match hit {
        true => html! { <mark>{ text.to_owned() }</mark> },
        false => html! { { text.to_owned() } },
    };
    html! {
        <div class={yew::classes!("log-line", line.stderr.then_some("err"))} key={number}>
            if choice.times { <span class="time">{ clock(*at, true) }</span> }
            <span class="from" data-colour={colour(pod, &line.container)}>{ line.container.to_string() }
                if line.attempt > 0 { <sup>{ line.attempt + 1 }</sup> }
            </span>
            <span class="wrote">{ for found(&line.text, &choice.search).into_iter().map(part) }</span>
        </div>
    }
}

/// The containers, each a switch.
fn containers(pod: &PodScene, choice: &LogChoice, send: &Callback<LogChoice>) -> Html {
    let one = |name: &Rc<str>| {
        let shown = !choice.hidden.contains(name);
        let (choice, send, own) = (choice.clone(), send.clone(), name.clone());
        let onclick = Callback::from(move |_| {
            let mut hidden = choice.hidden.clone();
            hidden.retain(|other| *other != own);
            if shown {
                hidden.push(own.clone());
            }
            send.emit(LogChoice { hidden, ..choice.clone() });
        });
        html! {
            <button class="log-source" type="button" aria-pressed={shown.to_string()} data-colour={colour(pod, name)} {onclick}
                key={name.to_string()}><i aria-hidden="true"></i>{ name.to_string() }</button>
        }
    };
    html! { <>{ for pod.containers().map(|container| one(&container.name)) }</> }
}

#[component]
pub(crate) fn Logs(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let scroll = use_node_ref();
    let top = use_state_eq(|| 0_usize);
    let seen = use_state_eq(|| SEEN);
    let choice = &props.choice;
    let send = {
        let sender = sender.clone();
        Callback::from(move |choice| sender.send(Msg::Logs(choice)))
    };
    let found = props.pod.as_ref().zip(props.session.as_ref()).map(|(pod, session)| {
        let mut hidden = 0;
        let (count, lines) = session.log(props.at, &pod.uid, &choice.filter(pod), |count| {
            hidden = count.saturating_sub(MOST);
            let rows = window(count - hidden, *top, *seen, choice.follow);
            rows.start + hidden..rows.end + hidden
        });
        (pod, window(count - hidden, *top, *seen, choice.follow).start, count - hidden, lines)
    });
    let total = found.as_ref().map_or(0, |(.., total, _)| *total);
    // The end is kept in sight; how much is in sight is measured.
    {
        let (scroll, seen) = (scroll.clone(), seen.clone());
        use_effect_with((total, choice.follow), move |(_, follow)| {
            if let Some(element) = scroll.cast::<Element>() {
                seen.set(rows(element.client_height()).max(1));
                if *follow {
                    element.set_scroll_top(element.scroll_height());
                }
            }
        });
    }
    let onscroll = {
        let (top, seen, choice, send) = (top.clone(), seen.clone(), choice.clone(), send.clone());
        Callback::from(move |event: yew::Event| {
            let Some(element) = event.target_dyn_into::<Element>() else { return };
            top.set(rows(element.scroll_top()));
            seen.set(rows(element.client_height()).max(1));
            let left = element.scroll_height() - element.client_height() - element.scroll_top();
            // Whoever scrolls up wants to read; at the end the newest line is followed again.
            let follow = left <= ROW;
            if choice.follow != follow && left >= 0 {
                send.emit(LogChoice { follow, ..choice.clone() });
            }
        })
    };
    let bar = props.pod.as_ref().map(|pod| bar(props, pod, total, &send, &sender, words));
    let height = format!("height: {}px", i64::from(ROW) * i64::try_from(total).unwrap_or_default());
    let body = match &found {
        Some((pod, first, total, lines)) if *total > 0 => {
            let place =
                format!("transform: translateY({}px)", i64::from(ROW) * i64::try_from(*first).unwrap_or_default());
            html! {
                <div class="log-all" style={height}>
                    <div class="log-rows" style={place}>{ for lines.iter().enumerate().map(|(n, line)| row(pod, line, choice, first + n)) }</div>
                </div>
            }
        }
        _ => {
            let none = if choice.search.is_empty() && choice.instances != Instances::Previous {
                "logs-none"
            } else {
                "logs-no-match"
            };
            html! { <div class="empty"><p>{ words.say(none) }</p></div> }
        }
    };
    html! {
        <>
            { for bar }
            <div class="scroll log" tabindex="0" role="log" aria-live="off" aria-label={words.say("tab-logs")} ref={scroll} {onscroll}>{ body }</div>
        </>
    }
}

/// So many rows fit into so many pixels.
fn rows(pixels: i32) -> usize {
    usize::try_from(pixels / ROW).unwrap_or_default()
}

fn bar(
    props: &Props,
    pod: &PodScene,
    total: usize,
    send: &Callback<LogChoice>,
    sender: &crate::ui::sender::Sender,
    words: Words,
) -> Html {
    let choice = &props.choice;
    let pick_pod =
        (props.pods.len() > 1).then(|| select_pod(words.say("break-pod"), &props.pods, &pod.key.name, sender));
    let oninput = {
        let (choice, send) = (choice.clone(), send.clone());
        Callback::from(move |event: yew::InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                send.emit(LogChoice { search: input.value().into(), ..choice.clone() });
            }
        })
    };
    let instances = {
        let entries =
            Instances::ALL.iter().map(|it| (it.id().to_owned(), words.say(&format!("logs-{}", it.id())))).collect();
        let (held, send) = (choice.clone(), send.clone());
        let onchange = Callback::from(move |id: String| {
            let instances = Instances::ALL.into_iter().find(|it| it.id() == id).unwrap_or_default();
            send.emit(LogChoice { instances, ..held.clone() });
        });
        select(words.say("logs-instances"), entries, choice.instances.id(), onchange)
    };
    let switch = |id: &str, on: bool, turned: LogChoice| {
        let send = send.clone();
        let onclick = Callback::from(move |_| send.emit(turned.clone()));
        html! { <button class="button small toggle" type="button" aria-pressed={on.to_string()} {onclick}>{ words.say(id) }</button> }
    };
    html! {
        <div class="bar log-bar">
            { for pick_pod }
            <span class="log-sources" role="group" aria-label={words.say("logs-containers")}>{ containers(pod, choice, send) }</span>
            <span class="search"><Glyph icon={Icon::Search} size={13} />
                <input type="search" value={choice.search.to_string()} placeholder={words.say("logs-search")} aria-label={words.say("logs-search")} {oninput} />
            </span>
            { instances }
            { switch("logs-times", choice.times, LogChoice { times: !choice.times, ..choice.clone() }) }
            { switch("logs-follow", choice.follow, LogChoice { follow: !choice.follow, ..choice.clone() }) }
            <span class="dim" role="status">{ words.fill("logs-count", &[("count", total.into())]) }</span>
        </div>
    }
}
