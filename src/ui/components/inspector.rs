//! The selected container in full: what it does and how to say so, how it fared, what it may use and what it is given.

use std::rc::Rc;

use web_sys::{HtmlInputElement, SubmitEvent};
use yew::{AttrValue, Callback, Html, Properties, TargetCast, component, html, use_effect_with, use_state_eq};

use crate::cluster::{ProgramSource, Usage};
use crate::trace::scene::{ContainerScene, PastScene, PodScene};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::bytes::size;
use crate::ui::model::clock::clock;
use crate::ui::model::inspect::{Inspection, ProbeFacts, Variable, shares};
use crate::ui::model::sim::{FIELDS, SimForm};
use crate::ui::state::Same;
use crate::ui::words::{Words, use_words};

/// How many of the instances that ended are listed.
const PAST: usize = 8;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub pod: Same<PodScene>,
    pub container: ContainerScene,
    pub facts: Rc<Inspection>,
    /// What it uses at the moment, where it runs.
    pub usage: Option<Usage>,
    /// Writes the annotation of this container, or takes it away.
    pub annotate: Callback<Option<String>>,
}

fn section(id: &str, words: Words, inside: Html) -> Html {
    html! { <section class="facts-of"><h3>{ words.say(id) }</h3>{ inside }</section> }
}

/// The plain answer to what the container does.
fn answer(props: &Props, words: Words) -> Html {
    let (container, facts) = (&props.container, &props.facts);
    let id = match container.program {
        ProgramSource::Annotation => "does-annotation",
        ProgramSource::Interpreted => "does-interpreted",
        ProgramSource::Catalogue => "does-catalogue",
        ProgramSource::Assumed => "does-assumed",
    };
    html! {
        <>
            <p>{ words.fill(id, &[("image", (&*container.image).into()), ("name", (&*container.name).into())]) }</p>
            if !facts.command.is_empty() { <pre class="command">{ &facts.command }</pre> }
            if let Some(text) = &facts.annotation { <pre class="command">{ format!("podlab.dev/sim.{}: {text}", container.name) }</pre> }
        </>
    }
}

fn attempts(past: &[PastScene], words: Words) -> Html {
    let one = |it: &PastScene| {
        let args = [
            ("number", (it.attempt as usize).into()),
            ("code", i64::from(it.code).into()),
            ("reason", (&*it.reason).into()),
            ("clock", clock(it.at, true).into()),
        ];
        let tone = it.tone();
        html! { <li data-tone={tone.id()} key={it.attempt}><Glyph icon={Icon::Tone(tone)} size={11} />{ words.fill("try-ended", &args) }</li> }
    };
    html! { <ol class="fact-list">{ for past.iter().rev().take(PAST).map(one) }</ol> }
}

fn probes(container: &ContainerScene, facts: &[ProbeFacts], words: Words) -> Html {
    let one = |it: &ProbeFacts| {
        let args = [
            ("period", i64::from(it.period).into()),
            ("timeout", i64::from(it.timeout).into()),
            ("failures", i64::from(it.failures).into()),
        ];
        let last = container.probes.iter().find(|probe| probe.probe == it.name).filter(|probe| probe.ok.is_some());
        html! {
            <li key={it.name}>
                <b>{ it.name }</b>{ " " }<code>{ &it.how }</code>
                <span class="dim">{ words.fill("inspect-probe", &args) }
                    if it.delay > 0 { { words.fill("inspect-probe-delay", &[("delay", i64::from(it.delay).into())]) } }
                </span>
                if let Some(probe) = last.filter(|probe| !probe.message.is_empty()) {
                    <span class={if probe.ok == Some(true) { "dim" } else { "trouble" }}>{ probe.message.to_string() }</span>
                }
            </li>
        }
    };
    html! { <ul class="fact-list">{ for facts.iter().map(one) }</ul> }
}

/// A bar of what is used of what may be used.
fn meter(used: u64, limit: u64) -> Html {
    let share = (used as f64 / limit.max(1) as f64 * 100.0).min(100.0);
    html! { <span class={yew::classes!("gauge", (share > 90.0).then_some("high"))} aria-hidden="true"><i style={format!("width: {share:.1}%")}></i></span> }
}

fn resources(props: &Props, words: Words) -> Html {
    let Inspection { cpu, memory, .. } = *props.facts;
    let bytes = |amount: Option<i64>| amount.and_then(|amount| u64::try_from(amount).ok());
    let none = || words.say("inspect-none").to_string();
    let milli = |amount: Option<i64>| amount.map_or_else(none, |amount| words.cpu(amount).to_string());
    let sized = |amount: Option<i64>| bytes(amount).map_or_else(none, size);
    let using = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let used_memory = props.usage.and_then(|usage| usage.memory).filter(|used| *used > 0);
    let cpu_args = [
        (
            "used",
            using(props.usage.map(|usage| words.cpu(i64::try_from(usage.cpu_millis).unwrap_or(i64::MAX)).to_string()))
                .into(),
        ),
        ("request", milli(cpu.0).into()),
        ("limit", milli(cpu.1).into()),
    ];
    let memory_args = [
        ("used", using(used_memory.map(size)).into()),
        ("request", sized(memory.0).into()),
        ("limit", sized(memory.1).into()),
    ];
    // A container that asks for nothing has the least weight; a limit alone is a request too (defaults of the API).
    let weight = shares(cpu.0.unwrap_or(0));
    html! {
        <ul class="fact-list">
            <li><b>{ "CPU" }</b>{ " " }{ words.fill("inspect-amounts", &cpu_args) }
                <span class="dim">{ words.fill("inspect-shares", &[("shares", weight.into())]) }</span></li>
            <li><b>{ words.say("inspect-memory") }</b>{ " " }{ words.fill("inspect-amounts", &memory_args) }
                { for used_memory.zip(bytes(memory.1)).map(|(used, limit)| meter(used, limit)) }</li>
        </ul>
    }
}

fn variables(env: &[Variable]) -> Html {
    let one = |(number, it): (usize, &Variable)| {
        html! {
            <li key={number}><code><b>{ &it.name }</b>{ "=" }{ it.value.as_deref().unwrap_or("…").to_owned() }</code>
                if let Some(from) = &it.from { <span class="dim">{ from }</span> }
            </li>
        }
    };
    html! { <ul class="fact-list env">{ for env.iter().enumerate().map(one) }</ul> }
}

#[component]
pub(crate) fn Inspector(props: &Props) -> Html {
    let words = use_words();
    let (container, facts) = (&props.container, &props.facts);
    let title = words.fill("inspect-title", &[("name", (&*container.name).into())]);
    let mounts = props.pod.volumes.iter().flat_map(|volume| {
        volume.mounts.iter().filter(|mount| mount.container == container.name).map(move |mount| (volume, mount))
    });
    let mounts: Vec<Html> = mounts
        .map(|(volume, mount)| {
            html! {
                <li><code>{ mount.path.to_string() }</code><span class="dim">{ format!("{} {}", volume.name, mount.sub_path) }
                    if mount.read_only { { format!(" · {}", words.say("mount-read-only")) } }</span></li>
            }
        })
        .collect();
    html! {
        <section class="inspector" aria-label={title}>
            { section("inspect-does", words, html! { <>
                { answer(props, words) }
                <SimControls annotation={facts.annotation.clone()} name={container.name.clone()} annotate={props.annotate.clone()} open={container.program == ProgramSource::Assumed} />
            </> }) }
            if !container.past.is_empty() { { section("tries", words, attempts(&container.past, words)) } }
            if !facts.probes.is_empty() { { section("inspect-probes", words, probes(container, &facts.probes, words)) } }
            { section("inspect-resources", words, resources(props, words)) }
            if !facts.env.is_empty() { { section("inspect-env", words, variables(&facts.env)) } }
            if !mounts.is_empty() { { section("inspect-mounts", words, html! { <ul class="fact-list">{ mounts }</ul> }) } }
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct ControlProps {
    annotation: Option<String>,
    name: Rc<str>,
    annotate: Callback<Option<String>>,
    open: bool,
}

/// The words of the annotation as fields; they are written into the manifest when that is asked for.
#[component]
fn SimControls(props: &ControlProps) -> Html {
    let words = use_words();
    let form = use_state_eq(SimForm::default);
    {
        let form = form.clone();
        use_effect_with((props.annotation.clone(), props.name.clone()), move |(annotation, _)| {
            form.set(SimForm::read(annotation.as_deref().unwrap_or_default()));
        });
    }
    let faults = form.faults();
    let field = |(key, example): (&'static str, &'static str)| {
        let (label, id) = (words.say(&format!("sim-{key}")), format!("sim-{key}"));
        let oninput = {
            let form = form.clone();
            Callback::from(move |event: yew::InputEvent| {
                if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                    form.set(form.with(key, &input.value()));
                }
            })
        };
        let bad = faults.iter().any(|fault| fault == key);
        html! {
            <label class={yew::classes!("sim-field", bad.then_some("bad"))} for={id.clone()} key={key}>
                <span>{ label }</span>
                <input {id} type="text" autocomplete="off" spellcheck="false" placeholder={example} value={form.value(key).to_owned()}
                    aria-invalid={bad.to_string()} {oninput} />
            </label>
        }
    };
    let text = form.text();
    let changed = text != props.annotation;
    let onsubmit = {
        let (annotate, text, good) = (props.annotate.clone(), text.clone(), faults.is_empty());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if good {
                annotate.emit(text.clone());
            }
        })
    };
    let preview: AttrValue = match &text {
        Some(text) => format!("podlab.dev/sim.{}: {text}", props.name).into(),
        None => words.say("sim-nothing"),
    };
    html! {
        <details class="sim" open={props.open}>
            <summary>{ words.say("sim-say") }</summary>
            <form {onsubmit}>
                <div class="sim-fields">{ for FIELDS.into_iter().map(field) }</div>
                if !faults.is_empty() { <p class="trouble" role="alert">{ words.fill("sim-bad", &[("words", faults.join(", ").into())]) }</p> }
                <pre class="command" aria-live="polite">{ preview }</pre>
                <button class="button small primary" type="submit" disabled={!changed || !faults.is_empty()}>{ words.say("sim-write") }</button>
                <p class="dim">{ words.say("sim-note") }</p>
            </form>
        </details>
    }
}
