//! Why: what the selected thing is doing, why, what comes next and when.

use std::time::Duration;

use web_sys::MouseEvent;
use yew::{Callback, Html, Properties, component, html};

use super::stage_pill;
use crate::cluster::{Action, Time};
use crate::text::Span;
use crate::trace::{Remedy, Tone, Why};
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
            { for why.because.iter().map(|phrase| html! { <p class={QUOTES.contains(&phrase.id).then_some("quote")}>{ words.phrase(phrase) }</p> }) }
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
