//! Why: what the selected thing is doing, why, what comes next and when.

use std::rc::Rc;
use std::time::Duration;

use web_sys::{Element, MouseEvent};
use yew::{Callback, Children, Html, Properties, component, html, use_effect_with, use_mut_ref, use_node_ref};

use super::stage_pill;
use crate::cluster::{Action, Time};
use crate::text::Span;
use crate::trace::{Phrase, Remedy, Tone, Why};
use crate::ui::model::clock;
use crate::ui::sender::{Sender, use_sender};
use crate::ui::state::{Msg, Pane, Selection, Tab};
use crate::ui::words::{Words, use_words};

/// Phrases that quote the cluster or a program: they stand back behind what is said in plain words.
const QUOTES: [&str; 2] = ["why-cluster-says", "why-last-words"];

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// What it is about: `pod/web`, `wait-db`.
    pub name: String,
    /// Its state in one word.
    pub word: yew::AttrValue,
    pub tone: Tone,
    pub why: Why,
    pub at: Time,
    /// The lines of the manifest that cause it.
    #[prop_or_default]
    pub lines: Option<Span>,
    /// The number of the first of them.
    #[prop_or_default]
    pub line: Option<usize>,
}

#[component]
pub(crate) fn WhyBox(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Props { why, at, .. } = props;
    let next = why.next.as_ref().map(|next| {
        let what = words.phrase(&next.what).to_string();
        let said = match next.at.filter(|time| time >= at) {
            Some(time) => {
                let soon = time.since(*at) < Duration::from_secs(1);
                let left = if soon { words.say("why-soon").to_string() } else { clock::left(*at, time, words.0) };
                // A number and its unit stay together.
                let left = left.replace(' ', "\u{a0}");
                let clock = clock::clock_by(time);
                words.fill("why-next-at", &[("what", what.into()), ("clock", clock.into()), ("left", left.into())])
            }
            None => words.fill("why-next", &[("what", what.into())]),
        };
        html! { <p class="next">{ said }</p> }
    });
    let line = props.lines.zip(props.line).map(|(lines, line)| {
        html! {
            <button class="link" type="button" onclick={sender.on(Msg::GoTo { from: lines.start, to: lines.start })}>
                { words.fill("why-line", &[("line", line.into())]) }
            </button>
        }
    });
    html! {
        <section class="why" aria-label={words.say("why")}>
            <p class="ask">{ words.say("why-ask") }</p>
            <h2><span>{ &props.name }</span>{ stage_pill(&props.word, props.tone) }</h2>
            { for why.because.iter().map(|phrase| said(phrase, words)) }
            { for next }
            if line.is_some() || !why.remedies.is_empty() {
                <div class="acts">
                    { for line }
                    { for why.remedies.iter().map(|remedy| offer(remedy, words, &sender)) }
                </div>
            }
        </section>
    }
}

/// A phrase; one that quotes may be cut where it is long, and is told in full to whoever points at it.
fn said(phrase: &Phrase, words: Words) -> Html {
    let said = words.phrase(phrase);
    match QUOTES.contains(&phrase.id) {
        true => html! { <p class="quote" title={said.clone()}>{ said }</p> },
        false => html! { <p>{ said }</p> },
    }
}

/// A button for what a person can do about it.
fn offer(remedy: &Remedy, words: Words, sender: &Sender) -> Html {
    let (said, msgs) = match remedy {
        Remedy::ReadLog { pod, container } => {
            let select = Selection::Container(pod.clone(), container.clone());
            (words.say("remedy-log"), vec![Msg::Select(select), Msg::ShowTab(Tab::Logs), Msg::ShowPane(Pane::Stage)])
        }
        Remedy::LetPull(image) => {
            (words.say("remedy-pull"), vec![Msg::Act(Action::SetImage { image: image.clone(), available: true })])
        }
        Remedy::AddNode => (words.say("node-add"), vec![Msg::Act(Action::AddNodes { count: 1 })]),
        Remedy::BringBack(node) => (
            words.fill("break-node-up", &[("name", (&**node).into())]),
            vec![Msg::Act(Action::NodeUp { node: node.clone() })],
        ),
        Remedy::Undo(key) => (words.say("remedy-undo"), vec![Msg::rollout("undo", key)]),
        Remedy::Resume(key) => (words.say("remedy-resume"), vec![Msg::rollout("resume", key)]),
    };
    let sender = sender.clone();
    let onclick = Callback::from(move |_: MouseEvent| msgs.iter().for_each(|msg| sender.send(msg.clone())));
    html! { <button class="button small" type="button" {onclick}>{ said }</button> }
}

#[derive(PartialEq, Properties)]
pub(crate) struct SlotProps {
    /// The text that runs.
    pub run: Rc<str>,
    /// What is said in it.
    pub why: Rc<Option<Why>>,
    pub children: Children,
}

/// The place of what is said: as high as the highest of it was in this run, so that what stands below does not jump.
#[component]
pub(crate) fn WhySlot(props: &SlotProps) -> Html {
    let slot = use_node_ref();
    let most = use_mut_ref(|| (Rc::<str>::default(), 0.0_f64));
    {
        let slot = slot.clone();
        use_effect_with((props.run.clone(), props.why.clone()), move |(run, _)| {
            let element = slot.cast::<Element>();
            let said = element.as_ref().and_then(Element::first_element_child);
            let (Some(element), Some(said)) = (element, said) else { return };
            let mut most = most.borrow_mut();
            let (of, before) = &*most;
            let before = if of == run { *before } else { 0.0 };
            let height = said.get_bounding_client_rect().height();
            // In a pane that is not shown there is nothing to measure.
            if height > before || of != run {
                *most = (run.clone(), height.max(before));
                // A style of ours is valid.
                let _ = element.set_attribute("style", &format!("--most: {:.0}px", height.max(before)));
            }
        });
    }
    html! { <div class="why-slot" ref={slot}>{ props.children.clone() }</div> }
}
