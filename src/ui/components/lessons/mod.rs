//! The lessons beside the playground: a table of contents, or a step. Their texts are fetched when the panel opens.

mod contents;
mod prose;
mod step;

use gloo::timers::callback::Interval;
use wasm_bindgen_futures::spawn_local;
use yew::{Html, Properties, component, html, use_effect_with, use_mut_ref};

use crate::i18n::Lang;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::study::{CHALLENGES, Place, Shelf, Study};
use crate::ui::platform::{focus, frames, link, load, settings};
use crate::ui::sender::use_sender;
use crate::ui::state::{Msg, Turn};
use crate::ui::words::use_words;
use contents::Contents;
use step::StepView;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub study: Study,
    pub lang: Lang,
    /// Whether the manifest of the step is running, or has run.
    pub started: bool,
    pub playing: bool,
}

#[component]
pub(crate) fn Lessons(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let study = &props.study;
    {
        let sender = sender.clone();
        use_effect_with((study.wants(props.lang), props.lang), move |(wanted, lang)| {
            let lang = *lang;
            if *wanted {
                spawn_local(async move {
                    let text = load::text(&format!("lessons.{}.txt", lang.tag())).await;
                    sender.send(Msg::Study(Turn::Texts(lang, text.map(Into::into))));
                });
            }
        });
    }
    // The address says where the reader is, so that it can be kept and sent; the heading has the focus there.
    let was_open = use_mut_ref(|| false);
    use_effect_with((study.open, study.place), move |(open, place)| {
        if *open {
            link::show_fragment(&Place::address(*place));
        } else if *was_open.borrow() {
            link::show_fragment("");
            focus::by_id("lessons-button");
        }
        *was_open.borrow_mut() = *open;
    });
    use_effect_with((study.open, study.place, study.lessons().is_empty()), move |(open, _, empty)| {
        if *open && !empty {
            focus::by_id("lesson-title");
        }
    });
    let kept = use_mut_ref(|| study.progress.clone());
    use_effect_with(study.progress.clone(), move |progress| {
        let before = kept.replace(progress.clone());
        if before != *progress {
            settings::keep_progress(progress);
        }
    });
    let challenge = study.entered.is_some_and(|place| place.lesson == CHALLENGES) && study.place == study.entered;
    {
        let sender = sender.clone();
        use_effect_with(study.watch.is_some() && challenge && !study.done, move |ticks| {
            let tick = move || sender.send(Msg::Study(Turn::Tick(frames::now() / 1000.0)));
            let clock = ticks.then(|| {
                tick();
                Interval::new(1000, tick)
            });
            move || drop(clock)
        });
    }
    if !study.open {
        return Html::default();
    }
    let place = study.place.and_then(|place| Some((place, study.step(place)?.clone())));
    let content = match (&study.shelf, place) {
        (Shelf::Failed, _) => html! {
            <div class="empty" role="alert">
                <p>{ words.say("lesson-failed") }</p>
                <button class="button" type="button" onclick={sender.on(Msg::Study(Turn::Fetch))}>{ words.say("lesson-fetch") }</button>
            </div>
        },
        (Shelf::Empty, _) => html! { <p class="empty" role="status">{ words.say("lesson-coming") }</p> },
        (Shelf::Here(..), Some((place, step))) => html! {
            <StepView study={study.clone()} {place} {step} started={props.started} playing={props.playing} />
        },
        (Shelf::Here(..), None) => html! { <Contents study={study.clone()} /> },
    };
    html! {
        <section class="panel pane-lesson" aria-label={words.say("lessons")} id="pane-lesson">
            <div class="panel-head">
                if study.place.is_some() {
                    <button class="button small quiet" type="button" onclick={sender.on(Msg::Study(Turn::Show(None)))}>
                        <Glyph icon={Icon::Left} size={14} />{ words.say("lessons-all") }
                    </button>
                } else {
                    <h2 class="name">{ words.say("lessons") }</h2>
                }
                <span class="grow" />
                <button class="button small quiet" type="button" onclick={sender.on(Msg::Study(Turn::Leave))} title={words.say("lesson-leave-title")}>
                    { words.say("lesson-leave") }<Glyph icon={Icon::Close} size={13} />
                </button>
            </div>
            { content }
        </section>
    }
}
