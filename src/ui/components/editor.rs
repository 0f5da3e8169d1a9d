//! The manifest: the editor, or a plain text area for those who want one.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::{Element, FocusEvent, HtmlTextAreaElement, InputEvent, KeyboardEvent};
use yew::{
    Callback, Html, Properties, TargetCast, component, html, use_effect_with, use_mut_ref, use_node_ref, use_state,
    use_state_eq,
};

use super::diff::{DiffDialog, Preview};
use super::edit_menu::{Ask, Command};
use crate::i18n::Lang;
use crate::manifest;
use crate::text::{Span, TextEdit, apply, byte_offset, utf16_offset};
use crate::ui::judge::Verdict;
use crate::ui::model::assist;
use crate::ui::model::places::lines;
use crate::ui::platform::editor::{Change, Editor, Hooks};
use crate::ui::sender::{Sender, use_sender};
use crate::ui::state::{Doc, Jump, Msg};
use crate::ui::words::{Words, use_words};

/// The editor's own words (CodeMirror's English phrases) and our messages for them.
const PHRASES: [(&str, &str); 23] = [
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
    ("No diagnostics", "editor-no-problems"),
    ("Completions", "editor-completions"),
    ("Fold line", "editor-fold"),
    ("Unfold line", "editor-unfold"),
    ("folded code", "editor-folded"),
    ("unfold", "editor-unfold"),
    ("Folded lines", "editor-folded-lines"),
    ("Unfolded lines", "editor-unfolded-lines"),
    ("to", "editor-to"),
    ("current match", "editor-current-match"),
    ("on line", "editor-on-line"),
];

/// Where the sentences about fields are, relative to the page.
fn docs_file(lang: Lang) -> String {
    format!("fields.{}.txt", lang.tag())
}

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
    /// What was chosen from the menu of the editor.
    pub ask: Option<Ask>,
    /// Passes on a command that was given by its key.
    pub command: Callback<Command>,
}

fn phrases(words: Words) -> Vec<(&'static str, String)> {
    PHRASES.iter().map(|(english, id)| (*english, words.say(id).to_string())).collect()
}

/// The edits as changes of the editor.
fn changes(text: &str, edits: &[TextEdit]) -> Vec<Change> {
    let change = |edit: &TextEdit| Change {
        from: utf16_offset(text, edit.span.start),
        to: utf16_offset(text, edit.span.end),
        insert: edit.replacement.clone(),
    };
    edits.iter().map(change).collect()
}

/// Makes the edits: in the editor, where they can be undone, or in the plain text.
fn make(editor: &Option<Editor>, sender: &Sender, text: &str, edits: &[TextEdit]) {
    match editor {
        Some(editor) => editor.edit(&changes(text, edits)),
        None => sender.send(Msg::Edited(apply(text, edits).into())),
    }
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
    let dark = props.dark;

    // The newest words, for the questions of an editor that lives through a change of language.
    let spoken = use_mut_ref(|| Rc::new(Cell::new(words))).borrow().clone();
    spoken.set(words);
    {
        let (host, editor, up, failed, sender) =
            (host.clone(), editor.clone(), up.clone(), failed.clone(), sender.clone());
        let (command, text) = (props.command.clone(), props.doc.text.clone());
        use_effect_with(simple, move |simple| {
            if !simple && let Some(parent) = host.cast::<Element>() {
                let hooks = hooks(&sender, command, &spoken, move || failed.set(true));
                *editor.borrow_mut() = Some(Editor::create(&parent, &words.say("manifest"), &text, dark, hooks));
                up.set(*up + 1);
            }
            move || drop(editor.borrow_mut().take())
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
                editor.set_words(&words.say("manifest"), &phrases(*words), &docs_file(words.0));
            }
        });
    }
    {
        let (editor, text) = (editor.clone(), props.doc.text.clone());
        use_effect_with((props.verdict.clone(), props.pending, words, *up), move |(verdict, pending, words, _)| {
            // While a verdict is on its way the old marks move with the text.
            if !pending && let Some(editor) = &*editor.borrow() {
                editor.set_marks(&assist::marks(verdict, &text, words.0), &text);
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
            make(&editor.borrow(), &sender, &text, &mend.edits);
            sender.send(Msg::Apply { again: false });
        });
    }
    // A command of the menu or of a key.
    let preview = use_state(|| None::<Preview>);
    {
        let (editor, area, text, sender) = (editor.clone(), area.clone(), props.doc.text.clone(), sender.clone());
        let preview = preview.clone();
        use_effect_with(props.ask, move |ask| {
            let Some(ask) = ask else { return };
            let editor = editor.borrow();
            let cursor = match (&*editor, area.cast::<HtmlTextAreaElement>()) {
                (Some(editor), _) => editor.cursor(),
                (None, area) => area.and_then(|area| area.selection_start().ok().flatten()).unwrap_or(0) as usize,
            };
            let edits = match ask.command {
                Command::Format => manifest::format(&text).ok_or("format-refused"),
                Command::List => {
                    let found = manifest::convert_list(&text, byte_offset(&text, cursor));
                    found.map(|(_, edit)| vec![edit]).ok_or("list-refused")
                }
                Command::Fixes => {
                    let fixed = crate::manifest::fix_all(&text);
                    if !fixed.edits.is_empty() {
                        preview.set(Some(Preview { before: text.clone(), fixed: Rc::new(fixed) }));
                        return;
                    }
                    Err("fixes-none")
                }
                Command::Explain | Command::FoldAll | Command::UnfoldAll => {
                    match (&*editor, ask.command) {
                        (Some(editor), Command::Explain) => editor.explain(),
                        (Some(editor), command) => editor.fold(command == Command::FoldAll),
                        (None, _) => {}
                    }
                    return;
                }
            };
            match edits {
                Ok(edits) if edits.is_empty() => sender.send(Msg::Notice(Some("format-done"))),
                Ok(edits) => make(&editor, &sender, &text, &edits),
                Err(notice) => sender.send(Msg::Notice(Some(notice))),
            }
            if let Some(editor) = &*editor {
                editor.focus();
            }
        });
    }
    let settle = {
        let (editor, sender, preview) = (editor.clone(), sender.clone(), preview.clone());
        Callback::from(move |accepted: bool| {
            if let Some(Preview { before, fixed }) = preview.as_ref().filter(|_| accepted) {
                make(&editor.borrow(), &sender, before, &fixed.edits);
                sender.send(Msg::Apply { again: false });
            }
            preview.set(None);
        })
    };
    // Once the dialog is gone the editor has the focus again; before, nothing behind it can have it.
    {
        let editor = editor.clone();
        use_effect_with(preview.is_some(), move |open| {
            let open = *open;
            move || {
                if let (true, Some(editor)) = (open, &*editor.borrow()) {
                    editor.focus();
                }
            }
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
    // The key that brings one here indents here: who presses it is told the way out, until the focus is elsewhere.
    let tabbed = use_state_eq(|| false);
    let onkeyup = {
        let tabbed = tabbed.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Tab" if !simple => tabbed.set(true),
            _ => {}
        })
    };
    let onfocusout = {
        let tabbed = tabbed.clone();
        Callback::from(move |_: FocusEvent| tabbed.set(false))
    };
    html! {
        <div class="editor" id="editor" {onkeyup} {onfocusout}>
            if simple {
                <textarea ref={area} aria-label={words.say("manifest")} spellcheck="false" autocapitalize="off"
                    autocomplete="off" wrap="off" value={props.doc.text.to_string()} {oninput} />
            } else {
                <div class="cm" ref={host}></div>
            }
            <p class="leave" role="status">if *tabbed { { words.say("editor-leave") } }</p>
            if let Some(preview) = &*preview {
                <DiffDialog preview={preview.clone()} onsettle={settle} />
            }
        </div>
    }
}

/// What the editor tells and asks, answered in the words of the moment.
fn hooks(sender: &Sender, command: Callback<Command>, spoken: &Rc<Cell<Words>>, fail: impl Fn() + 'static) -> Hooks {
    let (edit, run) = (sender.clone(), sender.clone());
    let words = || {
        let spoken = spoken.clone();
        move || spoken.get().0
    };
    let (now, offer, explain) = (words(), words(), words());
    Hooks {
        change: Box::new(move |text, cursor| {
            let marks = assist::marks_at_once(&text, cursor, now());
            edit.send(Msg::Edited(text.into()));
            marks
        }),
        run: Box::new(move || run.send(Msg::Apply { again: true })),
        fail: Box::new(fail),
        command: Box::new(move |name| {
            if let Some(found) = Command::ALL.iter().find(|it| it.name() == name) {
                command.emit(*found);
            }
        }),
        complete: Box::new(move |text, cursor| assist::offers(text, cursor, offer())),
        explain: Box::new(move |text, cursor| assist::explained(text, cursor, explain())),
    }
}
