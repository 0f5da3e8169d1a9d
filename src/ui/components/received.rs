//! What a host outside of the cluster received, in order: the log that a central server has merged, the statements a
//! database was sent.

use std::rc::Rc;

use yew::{Html, Properties, component, html, use_effect_with, use_node_ref};

use super::stage_flow::{PodNames, is_log, party_words};
use crate::cluster::{Action, Time};
use crate::trace::scene::{OutsideScene, Received};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::formats::{Format, formats};
use crate::ui::platform::{focus, scroll};
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

/// How many lines are shown: the newest.
const MOST: usize = 400;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub host: OutsideScene,
    pub pods: PodNames,
    pub at: Time,
}

/// The lines of one thing that was received.
fn lines(it: &Received) -> Vec<String> {
    let all: Vec<String> = it.content.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    match it.content.is_empty() {
        true => vec![it.label.to_string()],
        false => all,
    }
}

#[component]
pub(crate) fn ReceivedSheet(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let host = &props.host;
    let end = use_node_ref();
    use_effect_with((), |()| {
        let lent = focus::Lent::now();
        move || drop(lent)
    });
    use_effect_with(host.name.clone(), |_| focus::by_id("sheet-close"));
    {
        let end = end.clone();
        use_effect_with(host.exchanges, move |_| scroll::to_end(&end));
    }
    let mut rows: Vec<(Time, &Received, String, bool)> = Vec::new();
    // Where contents are told, that a connection was made is no news.
    let told = host.received.iter().any(|it| !it.content.is_empty());
    for it in host.received.iter().filter(|it| !told || !it.content.is_empty()) {
        for (n, line) in lines(it).into_iter().enumerate() {
            rows.push((it.at, it, line, n == 0));
        }
    }
    let kinds = formats(rows.iter().filter(|(_, it, ..)| is_log(it)).map(|(.., line, _)| line.as_str()));
    let skip = rows.len().saturating_sub(MOST);
    let mut senders: Vec<String> = Vec::new();
    let row = |(number, (at, it, line, first)): (usize, (Time, &Received, String, bool))| {
        let from = party_words(&it.from, None, &props.pods, words).to_string();
        let hue = senders.iter().position(|known| *known == from).unwrap_or_else(|| {
            senders.push(from.clone());
            senders.len() - 1
        });
        let kind = Format::of(&line);
        let answer = if first && it.content.is_empty() && !it.answer.is_empty() {
            format!(" ⇒ {}", it.answer)
        } else {
            String::new()
        };
        html! {
            <div class="log-line" key={number}>
                <span class="time">{ clock(at, true) }</span>
                <span class="from" data-colour={(hue % 8).to_string()}>{ from }</span>
                <span class="wrote">{ line }{ answer }</span>
                if is_log(it) { <span class="kind">{ words.say(&format!("format-{}", kind.id())) }</span> }
            </div>
        }
    };
    let painted: Vec<Html> = rows.into_iter().skip(skip).enumerate().map(row).collect();
    let switch = Action::SetNetwork { host: Some(host.name.clone()), on: !host.on };
    let list = kinds.iter().map(|kind| words.say(&format!("format-{}", kind.id())).to_string()).collect::<Vec<_>>();
    let names: Rc<str> = list.join(", ").into();
    html! {
        <section class="sheet" id="sheet" aria-label={words.fill("received-title", &[("name", (&*host.name).into())])}>
            <header>
                <Glyph icon={Icon::Globe} />
                <h3>{ host.name.to_string() }</h3>
                <span class="dim">{ words.fill("edge-count", &[("count", (host.exchanges as usize).into())]) }</span>
                if !kinds.is_empty() {
                    <span class={yew::classes!("formats", (kinds.len() > 1).then_some("several"))}>{ words.fill("edge-formats", &[("count", kinds.len().into()), ("list", (&*names).into())]) }</span>
                }
                <span class="sheet-acts">
                <button class="button small" type="button" onclick={sender.on(Msg::Act(switch))}>{ words.say(if host.on { "received-cut" } else { "received-back" }) }</button>
                <button class="button small icon quiet" type="button" id="sheet-close" onclick={sender.on(Msg::Open(None))}
                    aria-label={words.say("close")} title={words.say("close")}><Glyph icon={Icon::Close} size={13} /></button>
                </span>
            </header>
            <div class="scroll received" tabindex="0" role="log" aria-live="off" aria-label={words.fill("received-title", &[("name", (&*host.name).into())])}>
                if painted.is_empty() { <p class="none">{ words.say("received-none") }</p> }
                { painted }<span ref={end}></span>
            </div>
        </section>
    }
}
