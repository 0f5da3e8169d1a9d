//! What all fixes together would change, to accept or to leave: a dialog of the browser.

use std::rc::Rc;

use web_sys::HtmlDialogElement;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_node_ref};

use crate::i18n::Value;
use crate::text::{DiffLine, LineChange, changed_lines, diff_lines};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::platform::focus;
use crate::ui::words::use_words;

/// How many unchanged lines are shown around changed ones.
const AROUND: usize = 2;

/// How many lines are shown at most.
const MOST_LINES: usize = 600;

/// A text and what would become of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Preview {
    pub before: Rc<str>,
    pub fixed: Rc<crate::manifest::FixedText>,
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub preview: Preview,
    /// Told true when it is accepted, false when it is not.
    pub onsettle: Callback<bool>,
}

#[component]
pub(crate) fn DiffDialog(props: &Props) -> Html {
    let words = use_words();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                // A dialog that is not in the document cannot be shown; then there is nothing to show either.
                let _ = dialog.show_modal();
            }
            focus::by_id("diff-accept");
        });
    }
    let Preview { before, fixed } = &props.preview;
    let lines = diff_lines(before, &fixed.text);
    let rows = changed_lines(&lines, AROUND);
    let leave = props.onsettle.reform(|_: web_sys::MouseEvent| false);
    let accept = props.onsettle.reform(|_: web_sys::MouseEvent| true);
    let onclose = props.onsettle.reform(|_: web_sys::Event| false);
    let row = |line: &Option<&DiffLine<'_>>| {
        let Some(line) = line else {
            return html! { <tr class="gap"><td colspan="3">{ "⋯" }</td></tr> };
        };
        let (class, sign, said) = match line.change {
            LineChange::Same => ("same", "", None),
            LineChange::Removed => ("removed", "−", Some("diff-removed")),
            LineChange::Added => ("added", "+", Some("diff-added")),
        };
        let said = said.map(|id| words.say(id));
        html! {
            <tr {class}>
                <td class="num">{ line.number }</td>
                <td class="sign" aria-label={said}>{ sign }</td>
                <td><code>{ line.text.replace('\t', "→   ") }</code></td>
            </tr>
        }
    };
    let mut told: Vec<(String, usize)> = Vec::new();
    for fix in &fixed.fixes {
        let said = words.fill(fix.id, &[("value", Value::from(fix.value.as_str()))]).to_string();
        match told.iter_mut().find(|(known, _)| *known == said) {
            Some((_, count)) => *count += 1,
            None => told.push((said, 1)),
        }
    }
    let fix = |(said, count): &(String, usize)| {
        html! { <li>{ said }if *count > 1 { <span class="dim">{ format!(" × {count}") }</span> }</li> }
    };
    html! {
        <dialog class="diff" ref={node} {onclose} aria-labelledby="diff-title">
            <header>
                <h2 id="diff-title">{ words.fill("diff-title", &[("count", fixed.fixes.len().into())]) }</h2>
                <span class="grow" />
                <button class="button icon" type="button" aria-label={words.say("close")} onclick={leave.clone()}>
                    <Glyph icon={Icon::Close} />
                </button>
            </header>
            <ul class="diff-fixes">{ for told.iter().map(fix) }</ul>
            <div class="diff-lines" tabindex="0" role="region" aria-label={words.say("diff-lines")}>
                <table>
                    <tbody>{ for rows.iter().take(MOST_LINES).map(row) }</tbody>
                </table>
            </div>
            <footer>
                <button class="button" type="button" onclick={leave}>{ words.say("diff-cancel") }</button>
                <button class="button primary" type="button" id="diff-accept" onclick={accept}>{ words.say("diff-accept") }</button>
            </footer>
        </dialog>
    }
}
