//! What is wrong with the manifest, why, where, and the mends to click.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html};

use crate::i18n::Value;
use crate::manifest::{Fix, Severity};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::judge::{Problem, Verdict};
use crate::ui::model::clock::clock;
use crate::ui::sender::{Sender, use_sender};
use crate::ui::state::{Msg, State};
use crate::ui::words::{Words, use_words};

/// How many problems are listed.
const MOST: usize = 100;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub verdict: Rc<Verdict>,
    pub pending: bool,
    /// The problem jumped to last.
    pub current: Option<usize>,
    /// Asks the editor for edits.
    pub mend: Callback<Vec<crate::text::TextEdit>>,
}

pub(crate) fn severity_id(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    }
}

#[component]
pub(crate) fn Problems(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let problems = &props.verdict.problems;
    let row = |(index, problem): (usize, &Problem)| {
        let diagnostic = &problem.diagnostic;
        let severity = severity_id(diagnostic.severity);
        let icon = match diagnostic.severity {
            Severity::Error => Icon::Error,
            Severity::Warning => Icon::Warning,
            Severity::Advice => Icon::Info,
        };
        let explanation = words.explain(problem);
        let place = words.fill("problem-line", &[("line", problem.line.into())]);
        // What a cluster says is told in its own words; advice is Podlab's, in the reader's language.
        let told = diagnostic.severity != Severity::Advice || explanation.is_none();
        let related = diagnostic.related.iter().map(|related| {
            let name = if related.path.is_empty() { "…" } else { &related.path };
            html! {
                <button class="button small quiet" type="button"
                    onclick={sender.on(Msg::GoTo { from: related.span.start, to: related.span.end })}>
                    { words.fill("problem-related", &[("path", Value::from(name))]) }
                </button>
            }
        });
        let fix = |fix: &Fix| {
            let (mend, edits) = (props.mend.clone(), fix.edits.clone());
            let onclick = Callback::from(move |_| mend.emit(edits.clone()));
            html! {
                <button class="button small" type="button" {onclick} disabled={props.pending}>
                    { words.fill(fix.id, &[("value", Value::from(fix.value.as_str()))]) }
                </button>
            }
        };
        html! {
            <li class="problem" data-severity={severity} key={index} data-code={diagnostic.code.to_string()}
                aria-current={(props.current == Some(index)).then_some("true")}>
                <Glyph {icon} size={15} />
                <div class="words">
                    <button type="button" onclick={sender.on(Msg::GoTo { from: diagnostic.span.start, to: diagnostic.span.end })}>
                        <span class="word">{ words.say(&format!("severity-{severity}")) }</span>{ " " }
                        if !diagnostic.path.is_empty() {
                            <span class="path">{ &diagnostic.path }</span>if told { { ": " } }
                        }
                        if told {
                            <span class="message">{ &diagnostic.message }</span>
                        }
                    </button>
                    if let Some(explanation) = explanation {
                        <p class="plain-words">{ explanation }</p>
                    }
                    <p class="where">{ place }</p>
                    if !diagnostic.fixes.is_empty() || !diagnostic.related.is_empty() {
                        <div class="fixes">{ for diagnostic.fixes.iter().map(fix) }{ for related }</div>
                    }
                </div>
            </li>
        }
    };
    let faults = props.verdict.faults();
    let hidden = faults.saturating_sub(MOST);
    let advised = problems.len() - faults;
    html! {
        if !problems.is_empty() {
            <div class="problems" aria-label={words.say("problems")} role="region" tabindex="0">
                <ol>
                    { for problems.iter().enumerate().take(faults.min(MOST)).map(row) }
                    if hidden > 0 {
                        <li class="problem"><span></span>{ words.fill("problems-hidden", &[("count", hidden.into())]) }</li>
                    }
                </ol>
                if advised > 0 {
                    <details class="advice">
                        <summary>{ words.fill("problems-advice", &[("count", advised.into())]) }</summary>
                        <ol>{ for problems.iter().enumerate().skip(faults).take(MOST).map(row) }</ol>
                    </details>
                }
            </div>
        }
    }
}

/// One line that says how the text fares; a screen reader hears it change.
#[component]
pub(crate) fn VerdictLine(props: &VerdictProps) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let count = |severity| props.verdict.problems.iter().filter(|p| p.diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let said = match (errors, props.verdict.accepted) {
        (0, true) if props.verdict.empty => words.say("verdict-empty"),
        (0, true) => match warnings {
            0 => words.say("verdict-accepted"),
            n => words.fill("verdict-warnings", &[("count", n.into())]),
        },
        (n, _) => words.fill("verdict-refused", &[("count", n.into())]),
    };
    // Where nothing is written nothing was accepted either.
    let (tone, icon) = match props.verdict.accepted {
        true if props.verdict.empty => ("waiting", Icon::Info),
        true => ("ready", Icon::Check),
        false => ("failed", Icon::Error),
    };
    let many = props.verdict.faults() > 1;
    html! {
        <div class="verdict" data-tone={tone}>
            <Glyph {icon} size={15} />
            <b id="verdict" role="status">{ said }</b>
            if props.pending {
                <span class="dim">{ words.say(if props.large { "verdict-large" } else { "verdict-pending" }) }</span>
            }
            <span class="grow" />
            if many {
                <button class="button small icon quiet" type="button" onclick={sender.on(Msg::NextProblem(-1))}
                    aria-label={words.say("problem-previous")} title={words.say("problem-previous")}><Glyph icon={Icon::Left} size={13} /></button>
                <button class="button small icon quiet" type="button" onclick={sender.on(Msg::NextProblem(1))}
                    aria-label={words.say("problem-next")} title={format!("{} (F8)", words.say("problem-next"))}><Glyph icon={Icon::Right} size={13} /></button>
            }
        </div>
    }
}

/// The offer to apply the text to the run before, while that makes a difference.
pub(crate) fn run_before(state: &State, words: Words, sender: &Sender) -> Option<Html> {
    let earlier = state.earlier.as_ref().filter(|_| !state.pending && state.accepted == state.doc.text)?;
    let clock = clock(earlier.at(), false);
    Some(html! {
        <div class="run-before">
            <span class="dim">{ words.say("run-anew") }</span>
            <button class="button small" type="button" title={words.say("apply-here-title")} onclick={sender.on(Msg::ApplyHere)}>
                { words.fill("apply-here", &[("clock", clock.into())]) }
            </button>
        </div>
    })
}

#[derive(PartialEq, Properties)]
pub(crate) struct VerdictProps {
    pub verdict: Rc<Verdict>,
    pub pending: bool,
    /// Whether the text is too large to be judged before someone asks.
    pub large: bool,
}
