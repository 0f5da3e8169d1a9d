//! A container's card.

use std::rc::Rc;

use yew::{Html, Properties, component, html};

use super::ring::Ring;
use crate::cluster::{ObjectKey, ProgramSource, Time};
use crate::trace::Tone;
use crate::trace::scene::{ContainerScene, Mount, ProbeScene, Role, Timer, TimerKind};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Selection};
use crate::ui::words::{Words, use_words};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub container: ContainerScene,
    pub pod: ObjectKey,
    pub at: Time,
    pub selected: bool,
    /// The volumes it mounts: name and mount.
    #[prop_or_default]
    pub mounts: Vec<(Rc<str>, Mount)>,
    /// Its place in the init list, from 1.
    #[prop_or_default]
    pub number: Option<usize>,
}

/// A word that may be broken where a new part of it begins, as `CrashLoopBackOff` may.
pub(crate) fn breakable(word: &str) -> Html {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut last = ' ';
    for (at, c) in word.char_indices() {
        if (c.is_ascii_uppercase() && last.is_ascii_lowercase()) || last == ':' {
            parts.push(word.get(from..at).unwrap_or_default());
            from = at;
        }
        last = c;
    }
    parts.push(word.get(from..).unwrap_or_default());
    html! { <>{ for parts.into_iter().enumerate().map(|(n, part)| html! { <>if n > 0 { <wbr /> }{ part.to_owned() }</> }) }</> }
}

/// What runs down, in words: `back-off, 13 s left`.
fn timer_words(timer: &Timer, at: Time, words: Words) -> yew::AttrValue {
    let id = match timer.kind {
        TimerKind::CrashBackOff | TimerKind::ImageBackOff => "timer-back-off",
        TimerKind::Grace => "timer-grace",
    };
    words.fill(id, &[("left", clock::left(at, timer.until, words.0).into())])
}

/// The line under the state: how long, which attempt, what the kubelet says.
pub(crate) fn story(container: &ContainerScene, at: Time, words: Words) -> String {
    let mut parts = Vec::new();
    if let Some(timer) = &container.timer {
        parts.push(timer_words(timer, at, words).to_string());
    } else if matches!(container.tone, Tone::Running | Tone::Ready) {
        let length = clock::duration(at.since(container.since).as_micros() as u64 / 1_000_000 * 1_000_000, words.0);
        parts.push(words.fill("state-for", &[("span", length.into())]).to_string());
    }
    if container.program == ProgramSource::Assumed && matches!(container.tone, Tone::Running | Tone::Ready) {
        parts.push(words.say("state-assumed").to_string());
    }
    match container.exit_code {
        // That it completed says the code; another code is told in the reader's language.
        Some(code) if container.timer.is_none() && container.tone != Tone::Done => {
            parts.push(words.fill("state-exit", &[("code", i64::from(code).into())]).to_string());
        }
        _ => {}
    }
    if !container.detail.is_empty() && !container.detail.starts_with("exit code ") {
        parts.push(container.detail.to_string());
    }
    if container.attempt > 1 {
        let attempt = (container.attempt as usize).into();
        parts.push(words.fill("state-attempt", &[("number", attempt)]).to_string());
    }
    parts.join(" · ")
}

fn probe_chip(probe: &ProbeScene, words: Words) -> Html {
    let class = match probe.ok {
        Some(true) => "chip good",
        Some(false) => "chip bad",
        None => "chip",
    };
    let (icon, verdict) = match probe.ok {
        Some(true) => (Icon::Tone(Tone::Done), words.say("probe-ok")),
        Some(false) => {
            let args = [
                ("failures", (probe.in_a_row as usize).into()),
                ("threshold", i64::from(probe.failure_threshold).into()),
            ];
            (Icon::Tone(Tone::Failed), words.fill("probe-failed", &args))
        }
        None => (Icon::Tone(Tone::Waiting), words.say("probe-none")),
    };
    html! {
        <span {class} key={probe.probe} title={probe.message.to_string()}>
            <Glyph {icon} size={11} />{ format!("{} {verdict}", probe.probe) }
        </span>
    }
}

#[component]
pub(crate) fn ContainerCard(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let container = &props.container;
    let selection = Selection { pod: Some(props.pod.clone()), container: Some(container.name.clone()) };
    let busy = matches!(container.tone, Tone::Pulling | Tone::Running);
    let state = match &container.timer {
        Some(timer) => {
            let left = ((1.0 - timer.passed(props.at)) * 100.0).ceil() as u32;
            html! { <Ring {left} /> }
        }
        None => {
            html! { <span class={busy.then_some("pulse")}><Glyph icon={Icon::Tone(container.tone)} size={14} /></span> }
        }
    };
    let more = story(container, props.at, words);
    let ports = container.ports.iter().map(|port| format!(" · :{}", port.number)).collect::<String>();
    let rail = container.role == Role::Sidecar;
    let who = html! {
        <>
            <span class="title">
                if let Some(number) = props.number {
                    <span class="no">{ number }</span>
                }
                <span>{ &*container.name }</span>
            </span>
            <span class="image">{ &*container.image }{ ports }</span>
        </>
    };
    html! {
        <button class="card" type="button" data-tone={container.tone.id()} data-container={container.name.to_string()}
            aria-pressed={props.selected.to_string()} onclick={sender.on(Msg::Select(selection))}>
            if rail {
                <span class="who">{ who }</span>
            } else {
                { who }
            }
            <span class="state">{ state }<span class="word">{ breakable(&words.state(&container.word)) }</span>
                if !more.is_empty() {
                    <span class="more" title={more.clone()}>{ more }</span>
                }
            </span>
            if !container.probes.is_empty() || container.hook.is_some() || container.signal.is_some() || !props.mounts.is_empty() {
            <span class="chips">
                { for container.probes.iter().map(|probe| probe_chip(probe, words)) }
                if let Some(hook) = &container.hook {
                    <span class="chip busy"><Glyph icon={Icon::Tone(Tone::BackOff)} size={11} />{ hook.hook }</span>
                }
                if let Some(signal) = &container.signal {
                    <span class="chip signal"><Glyph icon={Icon::Mark(crate::trace::MarkKind::Signal)} size={11} />{ format!("SIG{}", signal.name) }</span>
                }
                { for props.mounts.iter().map(|(volume, mount)| html! {
                    <span class="chip" key={format!("{volume}{}", mount.path)} title={format!("{volume} → {}", mount.path)}>
                        <Glyph icon={Icon::Volume} size={11} />{ volume.to_string() }
                    </span>
                }) }
            </span>
            }
        </button>
    }
}
