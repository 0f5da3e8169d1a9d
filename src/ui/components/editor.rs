//! The manifest: the editor, or a plain text area for those who want one.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::{Element, HtmlTextAreaElement, InputEvent};
use yew::{
    Callback, Html, Properties, TargetCast, component, html, use_effect_with, use_mut_ref, use_node_ref, use_state_eq,
};

use crate::text::{Span, TextEdit, apply, utf16_offset};
use crate::ui::judge::Verdict;
use crate::ui::model::places::lines;
use crate::ui::platform::editor::{Change, Editor, Mark};
use crate::ui::sender::use_sender;
use crate::ui::state::{Doc, Jump, Msg};
use crate::ui::words::{Words, use_words};

/// How many problems are marked in the text; the list holds all of them.
const MOST_MARKS: usize = 200;

/// The editor's own words (CodeMirror's English phrases) and our messages for them.
const PHRASES: [(&str, &str); 12] = [
    ("Find", "editor-find"),
    ("Replace", "editor-replace"),
    ("next", "editor-next"),
    ("previous", "editor-previous"),
    ("all", "editor-all"),
    ("match case", "editor-match-case"),
    ("by word", "editor-by-word"),
    ("regexp", "editor-regexp"),
    ("replace", "editor-replace-one"),
    ("replace all", "editor-replace-all"),
    ("close", "close"),
    ("Diagnostics", "problems"),
];

/// Edits that the editor is asked to make; each request has a number of its own.
#[derive(Clone, PartialEq)]
pub(crate) struct Mend {
    pub number: u32,
    pub edits: Vec<TextEdit>,
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub doc: Doc,
    pub verdict: Rc<Verdict>,
    /// Whether the text has changed since the verdict: its marks no longer fit.
    pub pending: bool,
    pub dark: bool,
    pub simple: bool,
    /// The lines of what is selected.
    pub lit: Option<Span>,
    pub jump: Option<Jump>,
    pub mend: Option<Mend>,
}

fn marks(verdict: &Verdict, text: &str, words: Words) -> Vec<Mark> {
    let mark = |problem: &crate::ui::judge::Problem| {
        let diagnostic = &problem.diagnostic;
        let reason = words.explain(problem);
        let message = match reason {
            Some(reason) => format!("{}\n{reason}", diagnostic.message),
            None => diagnostic.message.clone(),
        };
        let from = utf16_offset(text, diagnostic.span.start);
        Mark { from, to: utf16_offset(text, diagnostic.span.end), severity: diagnostic.severity, message }
    };
    verdict.problems.iter().take(MOST_MARKS).map(mark).collect()
}

fn phrases(words: Words) -> Vec<(&'static str, String)> {
    PHRASES.iter().map(|(english, id)| (*english, words.say(id).to_string())).collect()
}

#[component]
pub(crate) fn ManifestEditor(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let host = use_node_ref();
    let area = use_node_ref();
    let editor = use_mut_ref(|| None::<Editor>);
    // Counts editors that came up, so that the effects below reach a new one.
    let up = use_state_eq(|| 0_u32);
    let failed = use_state_eq(|| false);
    let simple = props.simple || *failed;
    // The newest text, for an editor that comes up late.
    let newest = use_mut_ref(|| props.doc.text.clone());
    *newest.borrow_mut() = props.doc.text.clone();
    let dark = props.dark;

    {
        let (host, editor, up, failed, sender) =
            (host.clone(), editor.clone(), up.clone(), failed.clone(), sender.clone());
        use_effect_with(simple, move |simple| {
            let alive = Rc::new(RefCell::new(true));
            if !simple && let Some(parent) = host.cast::<Element>() {
                let (slot, alive) = (editor.clone(), alive.clone());
                yew::platform::spawn_local(async move {
                    let (edit, run) = (sender.clone(), sender);
                    let text = newest.borrow().clone();
                    let made = Editor::create(
                        parent,
                        &text,
                        dark,
                        "",
                        move |text| edit.send(Msg::Edited(text.into())),
                        move || run.send(Msg::Apply { again: true }),
                    );
                    match made.await {
                        Some(made) if *alive.borrow() => {
                            let latest = newest.borrow().clone();
                            made.set_text(&latest);
                            *slot.borrow_mut() = Some(made);
                            up.set(*up + 1);
                        }
                        Some(_) => {}
                        None => failed.set(true),
                    }
                });
            }
            move || {
                *alive.borrow_mut() = false;
                editor.borrow_mut().take();
            }
        });
    }
    {
        let (editor, text) = (editor.clone(), props.doc.text.clone());
        use_effect_with((props.doc.loaded, *up), move |_| {
            if let Some(editor) = &*editor.borrow() {
                editor.set_text(&text);
            }
        });
    }
    {
        let editor = editor.clone();
        use_effect_with((dark, *up), move |(dark, _)| {
            if let Some(editor) = &*editor.borrow() {
                editor.set_theme(*dark);
            }
        });
    }
    {
        let editor = editor.clone();
        use_effect_with((words, *up), move |(words, _)| {
            if let Some(editor) = &*editor.borrow() {
                editor.set_words(&words.say("manifest"), &phrases(*words));
            }
        });
    }
    {
        let (editor, text) = (editor.clone(), props.doc.text.clone());
        use_effect_with((props.verdict.clone(), props.pending, words, *up), move |(verdict, pending, words, _)| {
            // While a verdict is on its way the old marks move with the text.
            if !pending && let Some(editor) = &*editor.borrow() {
                editor.set_marks(&marks(verdict, &text, *words));
            }
        });
    }
    {
        let (editor, text) = (editor.clone(), props.doc.text.clone());
        use_effect_with((props.lit, *up), move |(lit, _)| {
            if let Some(editor) = &*editor.borrow() {
                editor.light(lit.and_then(|span| lines(&text, span)));
            }
        });
    }
    {
        let (editor, area, text) = (editor.clone(), area.clone(), props.doc.text.clone());
        use_effect_with(props.jump, move |jump| {
            let Some(jump) = jump else { return };
            let (from, to) = (utf16_offset(&text, jump.from), utf16_offset(&text, jump.to));
            if let Some(editor) = &*editor.borrow() {
                editor.go_to(from, to);
            } else if let Some(area) = area.cast::<HtmlTextAreaElement>() {
                let unit = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                // A place beyond the text is moved to its end by the browser.
                let _ = (area.focus(), area.set_selection_range(unit(from), unit(to)));
            }
        });
    }
    {
        let (editor, text, sender) = (editor.clone(), props.doc.text.clone(), sender.clone());
        use_effect_with(props.mend.clone(), move |mend| {
            let Some(mend) = mend else { return };
            if let Some(editor) = &*editor.borrow() {
                let change = |edit: &TextEdit| Change {
                    from: utf16_offset(&text, edit.span.start),
                    to: utf16_offset(&text, edit.span.end),
                    insert: edit.replacement.clone(),
                };
                editor.edit(&mend.edits.iter().map(change).collect::<Vec<_>>());
            } else {
                sender.send(Msg::Edited(apply(&text, &mend.edits).into()));
            }
            sender.send(Msg::Apply { again: false });
        });
    }
    let oninput = {
        let sender = sender.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                sender.send(Msg::Edited(area.value().into()));
            }
        })
    };
    html! {
        <div class="editor" id="editor">
            if simple {
                <textarea ref={area} aria-label={words.say("manifest")} spellcheck="false" autocapitalize="off"
                    autocomplete="off" wrap="off" value={props.doc.text.to_string()} {oninput} />
            } else {
                <div class="cm" ref={host}></div>
            }
        </div>
    }
}
