//! A container's card: what it is, what runs down, what its probes and hooks say, and how it ended before.

use std::rc::Rc;

use yew::{AttrValue, Html, Properties, component, html};

use super::ring::Ring;
use super::{probes, stop};
use crate::cluster::{ObjectKey, ProgramSource, Time};
use crate::trace::Tone;
use crate::trace::scene::{ContainerScene, HookScene, Mount, PastScene, Timer, TimerKind};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock;
use crate::ui::model::inspect::shares;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Selection};
use crate::ui::words::{Words, use_words};

/// How many of the instances that ended are drawn.
const TRIES: usize = 7;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub container: ContainerScene,
    pub pod: ObjectKey,
    pub at: Time,
    pub selected: bool,
    /// The volumes it mounts: place among the Pod's volumes, name and mount.
    #[prop_or_default]
    pub mounts: Vec<(usize, Rc<str>, Mount)>,
    /// Its place in the init list, from 1.
    #[prop_or_default]
    pub number: Option<usize>,
}

/// The moment as coarse as a picture of `container` needs it, so that it is not painted anew for nothing.
pub(crate) fn coarse(container: &ContainerScene, at: Time) -> Time {
    let runs = container.timer.is_some()
        || container.stop.is_some()
        || container.pull.is_some()
        || container.ends.is_some()
        || container.probes.iter().any(|probe| probe.next.is_some());
    let step = if runs { 100_000 } else { 1_000_000 };
    Time::from_micros(at.as_micros() / step * step)
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
fn timer_words(timer: &Timer, at: Time, words: Words) -> AttrValue {
    let id = match timer.kind {
        // The kubelet looks again a moment after the back-off is over.
        TimerKind::CrashBackOff | TimerKind::ImageBackOff if at >= timer.until => "timer-any-moment",
        TimerKind::CrashBackOff | TimerKind::ImageBackOff => "timer-back-off",
        TimerKind::Grace => "timer-grace",
    };
    words.fill(id, &[("left", clock::left(at, timer.until, words.0).into())])
}

/// The state in a word or two: what it waits for is named.
pub(crate) fn said(container: &ContainerScene, words: Words) -> AttrValue {
    match container.waits_for.as_deref().filter(|_| !container.running()) {
        Some(other) => words.fill("state-waits", &[("name", other.into())]),
        // Nothing before it is unfinished any more: it is its turn.
        None if &*container.word == "PodInitializing" => words.say("state-next"),
        None if container.falters() && &*container.word == "Running" => words.say("word-not-ready"),
        None => words.state(&container.word),
    }
}

/// The line under the state: how long, which attempt, what the kubelet says.
pub(crate) fn story(container: &ContainerScene, at: Time, words: Words) -> String {
    let mut parts = Vec::new();
    let left = |until| clock::left(at, until, words.0);
    if let Some(timer) = container.timer.as_ref().filter(|timer| timer.kind != TimerKind::Grace) {
        parts.push(timer_words(timer, at, words).to_string());
    } else if let Some(ends) = container.ends.filter(|ends| *ends >= at) {
        parts.push(words.fill("state-ends", &[("left", left(ends).into())]).to_string());
    } else if matches!(container.tone, Tone::Running | Tone::Ready) {
        let length = clock::duration(at.since(container.since).as_micros() as u64 / 1_000_000 * 1_000_000, words.0);
        parts.push(words.fill("state-for", &[("span", length.into())]).to_string());
    }
    if let Some(until) = container.pull.as_ref().and_then(|pull| pull.until).filter(|until| *until >= at) {
        parts.push(words.fill("state-left", &[("left", left(until).into())]).to_string());
    }
    if let Some(other) = container.waits_for.as_deref().filter(|_| container.running()) {
        parts.push(words.fill("state-stops-after", &[("name", other.replace(' ', ", ").into())]).to_string());
    }
    if container.program == ProgramSource::Assumed && matches!(container.tone, Tone::Running | Tone::Ready) {
        parts.push(words.say("state-assumed").to_string());
    }
    // Of one that ended with its node nobody has heard how.
    match container.exit_code.filter(|_| &*container.word != "Unknown") {
        // That it completed says the code; another code is told in the reader's language.
        Some(code) if container.tone != Tone::Done => {
            parts.push(words.fill("state-exit", &[("code", i64::from(code).into())]).to_string());
        }
        _ => {}
    }
    let told = container.detail.starts_with("exit code ") || container.detail.starts_with("SIG");
    if !container.detail.is_empty() && !told && container.exit_code.is_none() {
        parts.push(container.detail.to_string());
    }
    if container.attempt > 1 {
        let attempt = (container.attempt as usize).into();
        parts.push(words.fill("state-attempt", &[("number", attempt)]).to_string());
    }
    parts.join(" · ")
}

/// The instances that ended, each a square with its exit code, and the one that is there now.
fn tries(container: &ContainerScene, words: Words) -> Option<Html> {
    // The first try needs no list: the state says how it ended.
    if container.attempt < 2 {
        return None;
    }
    let hidden = container.past.len().saturating_sub(TRIES);
    let one = |past: &PastScene| {
        let args = [
            ("number", (past.attempt as usize).into()),
            ("code", i64::from(past.code).into()),
            ("reason", (&*past.reason).into()),
            ("clock", clock::clock(past.at, true).into()),
        ];
        let title = words.fill("try-ended", &args);
        let tone = past.tone();
        html! {
            <li data-tone={tone.id()} title={title.clone()} key={past.attempt}>
                <Glyph icon={Icon::Tone(tone)} size={9} /><span aria-hidden="true">{ past.code }</span><span class="unseen">{ title }</span>
            </li>
        }
    };
    html! {
        <ol class="tries" aria-label={words.say("tries")}>
            if hidden > 0 { <li class="more">{ format!("+{hidden}") }</li> }
            { for container.past.iter().skip(hidden).map(one) }
            if container.running() {
                <li class="now" data-tone={container.look().id()} key={container.attempt}><Glyph icon={Icon::Tone(container.look())} size={9} /></li>
            }
        </ol>
    }
    .into()
}

/// What is known to end: a pull, an init container's work.
fn progress(container: &ContainerScene, at: Time) -> Option<Html> {
    let (from, until) = match &container.pull {
        Some(pull) => (pull.since, pull.until),
        None => (container.since, Some(container.ends?)),
    };
    let Some(until) = until else {
        return Some(html! { <span class="progress unknown" aria-hidden="true"><i></i></span> });
    };
    let whole = until.since(from).as_secs_f64().max(0.001);
    let share = (at.since(from).as_secs_f64() / whole).clamp(0.0, 1.0);
    let style = format!("width: {:.1}%", share * 100.0);
    Some(html! { <span class="progress" aria-hidden="true"><i {style}></i></span> })
}

/// A mount in words: `logs → /var/log, read-only`.
fn mount_words(volume: &str, mount: &Mount, words: Words) -> String {
    let only =
        if mount.read_only { format!("{}{}", words.say("comma"), words.say("mount-read-only")) } else { String::new() };
    format!("{volume} → {}{only}", mount.path)
}

fn hook(hook: &HookScene, words: Words) -> Html {
    let (class, icon, id) = match hook.ended {
        None => ("chip busy", Icon::Mark(crate::trace::MarkKind::Hook), "hook-running"),
        Some((_, true)) => ("chip good", Icon::Tone(Tone::Done), "hook-done"),
        Some((_, false)) => ("chip bad", Icon::Tone(Tone::Failed), "hook-failed"),
    };
    html! { <span {class} key={hook.hook}><Glyph {icon} size={11} />{ words.fill(id, &[("hook", hook.hook.into())]) }</span> }
}

#[component]
pub(crate) fn ContainerCard(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let container = &props.container;
    let at = props.at;
    let selection = Selection::Container(props.pod.clone(), container.name.clone());
    let busy = matches!(container.tone, Tone::Pulling | Tone::Running);
    let state = match container.timer.as_ref().filter(|timer| timer.kind != TimerKind::Grace) {
        Some(timer) => {
            let left = ((1.0 - timer.passed(at)) * 100.0).ceil() as u32;
            let seconds = timer.until.as_micros().saturating_sub(at.as_micros()).div_ceil(1_000_000);
            html! { <Ring {left} {seconds} /> }
        }
        None => {
            html! { <span class={busy.then_some("pulse")}><Glyph icon={Icon::Tone(container.look())} size={14} /></span> }
        }
    };
    let more = story(container, at, words);
    let ports = container.ports.iter().map(|port| format!(" · :{}", port.number)).collect::<String>();
    let chips = !container.hooks.is_empty()
        || !props.mounts.is_empty()
        || container.cpu.is_some()
        || (container.stop.is_none() && !container.signals.is_empty());
    html! {
        <div class="card" data-tone={container.look().id()} data-container={container.name.to_string()}
            data-wire={format!("c:{}", container.name)} data-role={container.role.id()}>
            <button class="hit" type="button" aria-pressed={props.selected.to_string()} onclick={sender.on(Msg::Select(selection))}>
                <span class="title">
                    if let Some(number) = props.number {
                        <span class="no">{ number }</span>
                    }
                    <span>{ &*container.name }</span>
                </span>
                <span class="image">{ &*container.image }{ ports }</span>
            </button>
            <div class="state">{ state }<span class="words"><span class="word">{ breakable(&said(container, words)) }</span>
                if !more.is_empty() {
                    { " " }<span class="more" title={more.clone()}>{ more }</span>
                }
            </span></div>
            { for progress(container, at) }
            { for tries(container, words) }
            { for stop::view(container, at, words) }
            if container.tone != Tone::Done && !container.probes.is_empty() {
                <ul class="probes">{ for container.probes.iter().map(|probe| probes::view(probe, container, at, words)) }</ul>
            }
            if chips {
                <span class="chips">
                    { for container.hooks.iter().map(|it| hook(it, words)) }
                    if container.stop.is_none() {
                        { for container.signals.iter().map(|signal| html! {
                            <span class="chip signal" data-signal={signal.name} key={signal.name}><Glyph icon={Icon::Mark(crate::trace::MarkKind::Signal)} size={11} />
                                { words.fill("signal-at", &[("name", signal.name.into()), ("clock", clock::clock(signal.at, true).into())]) }</span>
                        }) }
                    }
                    { for container.cpu.map(|milli| html! {
                        <span class="chip" title={words.fill("inspect-shares", &[("shares", shares(milli).into())])}>{ "CPU " }{ words.cpu(milli) }</span>
                    }) }
                    { for props.mounts.iter().map(|(hue, volume, mount)| html! {
                        <span class="chip mount" data-colour={(hue % 8).to_string()} key={format!("{volume}{}", mount.path)} title={mount_words(volume, mount, words)}>
                            <Glyph icon={Icon::Volume} size={11} /><span class="unseen">{ format!("{volume} ") }</span>{ mount.path.to_string() }
                            if mount.read_only { <Glyph icon={Icon::Lock} size={10} /><span class="unseen">{ words.say("mount-read-only") }</span> }
                        </span>
                    }) }
                </span>
            }
        </div>
    }
}
