//! The editor: CodeMirror behind the small interface of `web/editor.js`; until it is here, a text area that takes the same
//! calls (`web/early.js`).

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use web_sys::Element;

use crate::manifest::Severity;
use crate::ui::model::assist::{Explained, Mark, Offer, Offers};

#[wasm_bindgen(module = "/web/early.js")]
extern "C" {
    #[wasm_bindgen(js_name = openEditor)]
    fn open_editor(parent: &Element, options: &Object, fail: &JsValue) -> Handle;
}

#[wasm_bindgen]
extern "C" {
    /// What `create` of `web/editor.js` returns, or what stands in for it.
    #[wasm_bindgen(js_name = Object)]
    type Handle;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &Handle, text: &str);
    #[wasm_bindgen(method, js_name = setMarks)]
    fn set_marks(this: &Handle, marks: &Array, text: &str);
    #[wasm_bindgen(method, js_name = litLines)]
    fn lit_lines(this: &Handle, from: JsValue, to: JsValue);
    #[wasm_bindgen(method, js_name = goTo)]
    fn go_to(this: &Handle, from: u32, to: u32);
    #[wasm_bindgen(method)]
    fn edit(this: &Handle, edits: &Array);
    #[wasm_bindgen(method, js_name = setTheme)]
    fn set_theme(this: &Handle, dark: bool);
    #[wasm_bindgen(method, js_name = setLabel)]
    fn set_label(this: &Handle, label: &str);
    #[wasm_bindgen(method, js_name = setPhrases)]
    fn set_phrases(this: &Handle, phrases: &Object);
    #[wasm_bindgen(method, js_name = setDocs)]
    fn set_docs(this: &Handle, file: &str);
    #[wasm_bindgen(method, js_name = getCursor)]
    fn get_cursor(this: &Handle) -> u32;
    #[wasm_bindgen(method)]
    fn fold(this: &Handle, all: bool);
    #[wasm_bindgen(method)]
    fn explain(this: &Handle);
    #[wasm_bindgen(method)]
    fn focus(this: &Handle);
    #[wasm_bindgen(method)]
    fn destroy(this: &Handle);
}

/// A change of the text; places in UTF-16 units.
pub(crate) struct Change {
    pub from: usize,
    pub to: usize,
    pub insert: String,
}

/// Answers a question about a text and a place in it.
type Answer<T> = Box<dyn Fn(&str, usize) -> Option<T>>;

/// What the editor tells and asks.
pub(crate) struct Hooks {
    /// The text and the cursor after each change; returns the marks to show at once, if any.
    pub change: Box<dyn Fn(String, usize) -> Option<Vec<Mark>>>,
    pub run: Box<dyn Fn()>,
    /// The editor's module cannot be had.
    pub fail: Box<dyn Fn()>,
    /// A command by its name.
    pub command: Box<dyn Fn(String)>,
    pub complete: Answer<Offers>,
    pub explain: Answer<Explained>,
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // A plain object takes every field.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

fn units(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn marks_value(marks: &[Mark]) -> Array {
    let severity = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "info",
    };
    let mark = |mark: &Mark| {
        JsValue::from(object(&[
            ("from", units(mark.from).into()),
            ("to", units(mark.to).into()),
            ("severity", severity(mark.severity).into()),
            ("message", mark.message.as_str().into()),
        ]))
    };
    marks.iter().map(mark).collect()
}

fn offers_value(found: Offers) -> JsValue {
    let offer = |offer: &Offer| {
        JsValue::from(object(&[
            ("label", offer.label.as_str().into()),
            ("detail", offer.detail.as_str().into()),
            ("type", offer.kind.into()),
            ("required", offer.required.into()),
            ("doc", offer.doc.as_str().into()),
            ("insert", offer.insert.as_str().into()),
            ("again", offer.again.into()),
        ]))
    };
    let offers: Array = found.offers.iter().map(offer).collect();
    object(&[("from", units(found.from).into()), ("options", offers.into())]).into()
}

fn explained_value(found: Explained) -> JsValue {
    let notes: Array = found.notes.iter().map(|note| JsValue::from_str(note)).collect();
    object(&[
        ("from", units(found.from).into()),
        ("to", units(found.to).into()),
        ("path", found.path.as_str().into()),
        ("kind", found.kind.as_str().into()),
        ("notes", notes.into()),
        ("doc", found.doc.as_str().into()),
    ])
    .into()
}

/// A question of the editor about a place of the text.
type Question = Closure<dyn Fn(String, u32) -> JsValue>;

/// A living editor; it leaves the page when it is dropped.
pub(crate) struct Editor {
    handle: Handle,
    _questions: [Question; 3],
    _command: Closure<dyn Fn(String)>,
    _signals: [Closure<dyn Fn()>; 2],
}

impl Editor {
    /// Puts an editor into `parent`.
    pub fn create(parent: &Element, label: &str, text: &str, dark: bool, hooks: Hooks) -> Editor {
        let Hooks { change, run, fail, command, complete, explain } = hooks;
        let change = Question::new(move |text: String, cursor: u32| {
            change(text, cursor as usize).map_or(JsValue::UNDEFINED, |marks| marks_value(&marks).into())
        });
        let complete = Question::new(move |text: String, cursor: u32| {
            complete(&text, cursor as usize).map_or(JsValue::NULL, offers_value)
        });
        let explain = Question::new(move |text: String, cursor: u32| {
            explain(&text, cursor as usize).map_or(JsValue::NULL, explained_value)
        });
        let (run, fail) = (Closure::<dyn Fn()>::new(run), Closure::<dyn Fn()>::new(fail));
        let command = Closure::<dyn Fn(String)>::new(command);
        let options = object(&[
            ("text", text.into()),
            ("label", label.into()),
            ("dark", dark.into()),
            ("onChange", change.as_ref().clone()),
            ("onRun", run.as_ref().clone()),
            ("onCommand", command.as_ref().clone()),
            ("complete", complete.as_ref().clone()),
            ("explain", explain.as_ref().clone()),
        ]);
        let handle = open_editor(parent, &options, fail.as_ref());
        Editor { handle, _questions: [change, complete, explain], _command: command, _signals: [run, fail] }
    }

    /// Replaces the whole text.
    pub fn set_text(&self, text: &str) {
        self.handle.set_text(text);
    }

    /// Shows these problems of `text` and no others, unless the text has changed meanwhile.
    pub fn set_marks(&self, marks: &[Mark], text: &str) {
        self.handle.set_marks(&marks_value(marks), text);
    }

    /// Where the cursor is, in UTF-16 units.
    pub fn cursor(&self) -> usize {
        self.handle.get_cursor() as usize
    }

    /// Folds everything, or unfolds it.
    pub fn fold(&self, all: bool) {
        self.handle.fold(all);
    }

    /// Explains the field at the cursor.
    pub fn explain(&self) {
        self.handle.explain();
    }

    /// Takes the focus.
    pub fn focus(&self) {
        self.handle.focus();
    }

    /// Lights the lines from one to another, counted from 1; or none.
    pub fn light(&self, lines: Option<(usize, usize)>) {
        match lines {
            Some((from, to)) => self.handle.lit_lines(units(from).into(), units(to).into()),
            None => self.handle.lit_lines(JsValue::UNDEFINED, JsValue::UNDEFINED),
        }
    }

    /// Selects a place, shows it and takes the focus.
    pub fn go_to(&self, from: usize, to: usize) {
        self.handle.go_to(units(from), units(to));
    }

    /// Changes the text as one step that can be undone.
    pub fn edit(&self, changes: &[Change]) {
        let change = |change: &Change| {
            JsValue::from(object(&[
                ("from", units(change.from).into()),
                ("to", units(change.to).into()),
                ("insert", change.insert.as_str().into()),
            ]))
        };
        self.handle.edit(&changes.iter().map(change).collect());
    }

    /// Follows the page's theme.
    pub fn set_theme(&self, dark: bool) {
        self.handle.set_theme(dark);
    }

    /// Follows the page's language: its name, its own words, and the file with the sentences about fields.
    pub fn set_words(&self, label: &str, phrases: &[(&str, String)], docs: &str) {
        self.handle.set_label(label);
        self.handle.set_docs(docs);
        let phrases: Vec<(&str, JsValue)> =
            phrases.iter().map(|(english, said)| (*english, JsValue::from_str(said))).collect();
        self.handle.set_phrases(&object(&phrases));
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.handle.destroy();
    }
}
