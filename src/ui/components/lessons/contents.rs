//! The table of contents: every lesson with how far the reader is, and the challenges one by one.

use yew::{Callback, Html, Properties, component, html, use_state_eq};

use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::study::{CHALLENGES, Place, Study};
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Turn};
use crate::ui::words::use_words;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub study: Study,
}

/// Seconds as people read a stop watch.
pub(super) fn clock(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[component]
pub(crate) fn Contents(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let sure = use_state_eq(|| false);
    let study = &props.study;
    let go = |place| sender.on(Msg::Study(Turn::Show(Some(place))));
    let lesson = |(lesson, text): (usize, &crate::lessons::Lesson)| {
        let (done, all) = (study.progress.count(lesson).min(text.steps.len()), text.steps.len());
        // A lesson that was begun goes on where it was left.
        let first = (0..all).find(|step| study.progress.of(Place { lesson, step: *step }).is_none()).unwrap_or(0);
        html! {
            <li key={lesson}>
                <button class="lesson-row" type="button" onclick={go(Place { lesson, step: first })}>
                    <span class="lesson-mark" data-tone={if done == all { "ready" } else { "waiting" }}>
                        if done == all { <Glyph icon={Icon::Check} size={17} /> } else { { lesson + 1 } }
                    </span>
                    <span class="grow">{ &text.title }</span>
                    <span class="dim">{ words.fill("lesson-steps", &[("done", done.into()), ("all", all.into())]) }</span>
                </button>
            </li>
        }
    };
    let challenge = |(step, text): (usize, &crate::lessons::Step)| {
        let place = Place { lesson: CHALLENGES, step };
        let done = study.progress.of(place);
        let best = done.and_then(|done| done.seconds).map(clock);
        html! {
            <li key={step}>
                <button class="lesson-row" type="button" onclick={go(place)}>
                    <span class="lesson-mark" data-tone={if done.is_some() { "ready" } else { "waiting" }}>
                        if done.is_some() {
                            <Glyph icon={Icon::Check} size={17} /><span class="unseen">{ words.say("lesson-done") }</span>
                        } else {
                            { step + 1 }
                        }
                    </span>
                    <span class="grow">{ &text.title }</span>
                    if let Some(best) = best {
                        <span class="dim num">{ best }</span>
                    }
                </button>
            </li>
        }
    };
    let lessons = study.lessons();
    let challenges = lessons.get(CHALLENGES);
    let timed = study.watch.is_some();
    let count = study.progress.count(CHALLENGES);
    let forget = {
        let (sure, sender) = (sure.clone(), sender.clone());
        Callback::from(move |_| {
            if *sure {
                sender.send(Msg::Study(Turn::Forget));
            }
            sure.set(!*sure);
        })
    };
    html! {
        <div class="lesson-scroll">
            <h3 id="lesson-title" tabindex="-1">{ words.say("lessons-welcome") }</h3>
            <p class="dim">{ words.say("lessons-how") }</p>
            <ol class="lesson-list">{ for lessons.iter().take(CHALLENGES).enumerate().map(lesson) }</ol>
            if let Some(challenges) = challenges {
                <div class="lesson-challenges">
                    <h3>{ &challenges.title }</h3>
                    <span class="dim">{ words.fill("lesson-steps", &[("done", count.into()), ("all", challenges.steps.len().into())]) }</span>
                    <span class="grow" />
                    <label class="check">
                        <input type="checkbox" checked={timed} onchange={sender.on(Msg::Study(Turn::Timed(!timed)))} />
                        { words.say("lesson-timed") }
                    </label>
                </div>
                <p class="dim">{ words.say("challenges-how") }</p>
                <ol class="lesson-list">{ for challenges.steps.iter().enumerate().map(challenge) }</ol>
            }
            if !study.progress.is_empty() {
                <p><button class="button small quiet" type="button" onclick={forget}>
                    { words.say(if *sure { "lesson-forget-sure" } else { "lesson-forget" }) }
                </button></p>
            }
        </div>
    }
}
