//! Why: what the selected thing is doing, why, what comes next and when.

use std::time::Duration;

use yew::{Html, Properties, component, html};

use super::stage_pill;
use crate::cluster::Time;
use crate::text::Span;
use crate::trace::{Tone, Why};
use crate::ui::model::clock;
use crate::ui::sender::use_sender;
use crate::ui::state::Msg;
use crate::ui::words::use_words;

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
    html! {
        <section class="why" aria-label={words.say("why")}>
            <p class="ask">{ words.say("why-ask") }</p>
            <h2><span>{ &props.name }</span>{ stage_pill(&props.word, props.tone) }</h2>
            { for why.because.iter().map(|phrase| html! { <p class={QUOTES.contains(&phrase.id).then_some("quote")}>{ words.phrase(phrase) }</p> }) }
            { for next }
            if let (Some(lines), Some(line)) = (props.lines, props.line) {
                <div class="acts">
                    <button class="link" type="button" onclick={sender.on(Msg::GoTo { from: lines.start, to: lines.start })}>
                        { words.fill("why-line", &[("line", line.into())]) }
                    </button>
                </div>
            }
        </section>
    }
}
