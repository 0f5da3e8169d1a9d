//! A step: read, predict, run, change, see. Its goals are ticked as soon as they hold.

use yew::{Callback, Html, Properties, component, html};

use super::contents::clock;
use super::prose::Prose;
use crate::i18n::Value;
use crate::lessons::{Goal, Question, Step};
use crate::trace::Tone;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::study::{CHALLENGES, Place, Study};
use crate::ui::platform::focus;
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Pane, Turn};
use crate::ui::words::{Words, use_words};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub study: Study,
    pub place: Place,
    pub step: Step,
    pub started: bool,
    pub playing: bool,
}

fn goal(goal: &Goal, met: bool, words: Words) -> Html {
    let (id, args) = goal.phrase();
    let args: Vec<(&str, Value<'_>)> = args.iter().map(|(name, value)| (*name, Value::from(value.as_str()))).collect();
    let (tone, state) = if met { ("ready", "goal-holds") } else { ("waiting", "goal-open") };
    html! {
        <li data-tone={tone}>
            <Glyph icon={Icon::Tone(if met { Tone::Ready } else { Tone::Waiting })} size={16} />
            <span><Prose text={words.fill(id, &args).to_string()} /><span class="unseen">{ words.say(state) }</span></span>
        </li>
    }
}

fn question(question: &Question, study: &Study, words: Words, choose: impl Fn(usize) -> Callback<yew::Event>) -> Html {
    let shown = study.seen && study.guess.is_some();
    let choice = |(index, text): (usize, &String)| {
        let right = shown && index == question.right;
        let wrong = shown && !right && study.guess == Some(index);
        let tone = if right { Some("ready") } else { wrong.then_some("failed") };
        html! {
            <label class="check" data-tone={tone}>
                <input type="radio" name="guess" checked={study.guess == Some(index)} disabled={shown} onchange={choose(index)} />
                <span><Prose text={text.clone()} /></span>
                if right { <b>{ words.say("guess-right") }</b> }
                if wrong { <b>{ words.say("guess-wrong") }</b> }
            </label>
        }
    };
    html! {
        <fieldset class="lesson-guess">
            <legend>{ words.say("lesson-predict") }<Prose text={question.text.clone()} /></legend>
            { for question.choices.iter().enumerate().map(choice) }
            if study.guess.is_some() && !shown {
                <p class="dim">{ words.say("guess-made") }</p>
            }
        </fieldset>
    }
}

#[component]
pub(crate) fn StepView(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { study, place, step, .. } = props;
    let Some(lesson) = study.lessons().get(place.lesson) else { return Html::default() };
    let challenge = place.lesson == CHALLENGES;
    let show = |place: Place| sender.on(Msg::Study(Turn::Show(Some(place))));
    let choose = |index| sender.on(Msg::Study(Turn::Guess(index)));
    let run = {
        let sender = sender.clone();
        Callback::from(move |_| {
            sender.send(Msg::Play);
            sender.send(Msg::ShowPane(Pane::Stage));
            focus::by_id("play");
        })
    };
    let numbers = [("step", (place.step + 1).into()), ("all", lesson.steps.len().into())];
    let met = |index: usize| study.met.get(index).copied().unwrap_or(false);
    let reached = if study.done { step.goals.len() } else { (0..step.goals.len()).filter(|&index| met(index)).count() };
    let next = study.after(*place);
    let kept = study.progress.of(*place).filter(|_| !study.done);
    html! {
        <div class="lesson-scroll" key={format!("{}-{}", place.lesson, place.step)}>
            <p class="lesson-where dim">
                { &lesson.title }{ " · " }{ words.fill("lesson-step", &numbers) }
                if let Some(watch) = study.watch.filter(|_| challenge) {
                    <span class="grow" /><span class="num" role="timer">{ clock(watch.seconds()) }</span>
                }
            </p>
            <h3 id="lesson-title" tabindex="-1">{ &step.title }</h3>
            { for step.paragraphs.iter().map(|text| html! { <p><Prose text={text.clone()} commands={true} /></p> }) }
            if let Some(asked) = &step.question {
                { question(asked, study, words, choose) }
            }
            <h4>{ words.say("lesson-goals") }</h4>
            <ul class="lesson-goals">{ for step.goals.iter().enumerate().map(|(index, one)| goal(one, study.done || met(index), words)) }</ul>
            <div class="lesson-acts">
                <button class="button quiet" type="button" onclick={sender.on(Msg::Study(Turn::Again))} title={words.say("lesson-again-title")}>
                    <Glyph icon={Icon::Undo} size={14} />{ words.say("lesson-again") }
                </button>
            </div>
            if let Some(hint) = &step.hint {
                <button class="link" type="button" aria-expanded={study.hint.to_string()} onclick={sender.on(Msg::Study(Turn::Hint(!study.hint)))}>
                    { words.say(if study.hint { "lesson-hide-hint" } else { "lesson-hint" }) }
                </button>
                if study.hint {
                    <p class="lesson-hint"><Prose text={hint.clone()} commands={true} /></p>
                }
            }
            <div role="status">
                if study.done {
                    <p class="lesson-done" data-tone="ready"><Glyph icon={Icon::Check} size={18} />{ words.say("lesson-met") }</p>
                } else if kept.is_some() {
                    <p class="dim">{ words.say("lesson-met-before") }</p>
                }
            </div>
            <nav class="lesson-acts" aria-label={words.say("lesson-steps-nav")}>
                if let Some(before) = study.before(*place) {
                    <button class="button" type="button" onclick={show(before)}>{ words.say("lesson-previous") }</button>
                }
                <button class={yew::classes!("button", (!study.done).then_some("primary"))} type="button" onclick={run} disabled={!props.started || props.playing}>
                    <Glyph icon={Icon::Play} size={14} />{ words.say("lesson-run") }
                </button>
                <span class="grow" />
                // The goals may be below the fold: how many are reached is always in sight.
                <span class="goal-count" data-tone={if study.done { "ready" } else { "waiting" }} title={words.say("lesson-goals")} aria-hidden="true">
                    <Glyph icon={Icon::Tone(if study.done { Tone::Ready } else { Tone::Waiting })} size={14} />
                    { words.fill("lesson-goals-met", &[("met", reached.into()), ("all", step.goals.len().into())]) }
                </span>
                if let Some(next) = next {
                    <button class={yew::classes!("button", study.done.then_some("primary"))} type="button" onclick={show(next)}>
                        { words.say(if next.lesson == place.lesson { "lesson-next" } else { "lesson-next-lesson" }) }
                    </button>
                }
            </nav>
        </div>
    }
}
