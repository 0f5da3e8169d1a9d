//! Events up to the playhead, the newest first.

use yew::{Html, Properties, component, html, use_mut_ref};

use crate::api::Kind;
use crate::cluster::ObjectKey;
use crate::i18n::Lang;
use crate::trace::EventRow;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::state::Same;
use crate::ui::words::use_words;

/// How many are shown beside the stage, and how many in the table.
pub(crate) const BESIDE: usize = 60;
pub(crate) const IN_TABLE: usize = 200;

/// From how many new ones at once on they do not fade in one by one: each that does is a layer of its own to the browser.
const FLOOD: usize = 12;

/// So many of a flood, or of a crowd of Pods, are shown: more than are seen at once, and no more is laid out for each picture.
pub(crate) const IN_A_FLOOD: usize = 10;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// The newest ones, and how many there are in all.
    pub rows: Same<(Vec<EventRow>, usize)>,
    /// In full, with source and object, as a table.
    pub full: bool,
    /// They are those of a crowd of Pods, where they come and go all the time; beside the stage that makes a difference.
    #[prop_or_default]
    pub afar: bool,
}

/// What an event is about: the object, where that is to be said, and the container.
fn about(object: Option<String>, row: &EventRow) -> Option<String> {
    match (object, row.container()) {
        (Some(object), Some(container)) => Some(format!("{object} · {container}")),
        (object, container) => object.or_else(|| container.map(Into::into)),
    }
}

#[component]
pub(crate) fn Events(props: &Props) -> Html {
    let words = use_words();
    let known = use_mut_ref(|| 0);
    let (rows, count) = (&props.rows.0.0, props.rows.0.1);
    let flood = count.abs_diff(known.replace(count)) >= FLOOD || props.afar;
    if rows.is_empty() {
        return html! { <div class="empty"><p>{ words.say("events-none") }</p></div> };
    }
    let kind = |row: &EventRow| if row.warning { "Warning" } else { "Normal" };
    // The messages are English, as the cluster writes them; in another language the reason is told as well.
    let meaning = |row: &EventRow| words.try_say(&format!("event-{}", row.reason));
    let told = |row: &EventRow| {
        let text = meaning(row).filter(|_| words.0 != Lang::En)?;
        Some(html! { <span class="event-meaning">{ text }</span> })
    };
    let sign = |row: &EventRow| row.warning.then(|| html! { <Glyph icon={Icon::Warning} size={13} /> });
    let times = |row: &EventRow| if row.count > 1 { format!(" ×{}", row.count) } else { String::new() };
    if props.full {
        let line = |row: &EventRow| {
            html! {
                <tr class={row.warning.then_some("warning")}>
                    <td class="num">{ clock(row.last, false) }</td>
                    <td class="keep">{ kind(row) }if words.0 != Lang::En { <span class="event-meaning">{ words.say(if row.warning { "mark-warning" } else { "event-normal" }) }</span> }</td>
                    <td class="keep"><b title={meaning(row)}>{ for sign(row) }{ row.reason.to_string() }</b>{ times(row) }{ for told(row) }</td>
                    <td>{ about(row.object.as_ref().map(ObjectKey::slashed), row).unwrap_or_default() }</td>
                    <td>{ row.message.to_string() }</td>
                </tr>
            }
        };
        let head = |id: &str| html! { <th scope="col">{ words.say(id) }</th> };
        return html! {
            <div class="scroll" tabindex="0" role="region" aria-label={words.say("tab-events")}>
                <table class="plain events-full">
                    <thead><tr>{ head("column-time") }{ head("column-type") }{ head("column-reason") }{ head("column-object") }{ head("column-message") }</tr></thead>
                    <tbody>{ for rows.iter().map(line) }</tbody>
                </table>
            </div>
        };
    }
    // The newest comes first: counted from the end, an event keeps its number, and only new ones fade in. In a flood hardly one
    // stays: its row is written over.
    let most = if flood { IN_A_FLOOD } else { BESIDE };
    // Where all are about the same object its name says nothing.
    let several = rows.windows(2).any(|pair| matches!(pair, [a, b] if a.object != b.object));
    let class = yew::classes!("event-about", several.then_some("own-line"));
    // There is little room, and most are about Pods.
    let short = |key: &ObjectKey| if key.kind == Kind::Pod { key.name.to_string() } else { key.slashed() };
    let about = |row: &EventRow| {
        let about = about(row.object.as_ref().filter(|_| several).map(short), row)?;
        Some(html! { <span class={class.clone()}>{ about }</span> })
    };
    let item = |(index, row): (usize, &EventRow)| {
        let key = if flood { index } else { count - index };
        html! {
            <li class={yew::classes!("event", row.warning.then_some("warning"))} {key}>
                <span class="time">{ clock(row.last, false) }</span>
                <div>
                    <b title={meaning(row)}>if row.warning { { for sign(row) }<span class="unseen">{ "Warning " }</span> }{ row.reason.to_string() }{ times(row) }</b>
                    { for about(row) }
                    { for told(row) }
                    <p>{ row.message.to_string() }</p>
                </div>
            </li>
        }
    };
    html! { <ul class={flood.then_some("flood")}>{ for rows.iter().take(most).enumerate().map(item) }</ul> }
}
