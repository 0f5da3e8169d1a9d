//! The editor: CodeMirror behind the small interface of `web/editor.js`.

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

use crate::manifest::Severity;

#[wasm_bindgen(module = "/web/load.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadEditor, catch)]
    async fn load_editor() -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// What `create` of `web/editor.js` returns.
    #[wasm_bindgen(js_name = Object)]
    type Handle;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &Handle, text: &str);
    #[wasm_bindgen(method, js_name = setMarks)]
    fn set_marks(this: &Handle, marks: &Array);
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
    #[wasm_bindgen(method)]
    fn destroy(this: &Handle);
}

/// A problem shown in the text; places in UTF-16 units.
pub(crate) struct Mark {
    pub from: usize,
    pub to: usize,
    pub severity: Severity,
    pub message: String,
}

/// A change of the text; places in UTF-16 units.
pub(crate) struct Change {
    pub from: usize,
    pub to: usize,
    pub insert: String,
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

/// A living editor; it leaves the page when it is dropped.
pub(crate) struct Editor {
    handle: Handle,
    _change: Closure<dyn Fn(String)>,
    _run: Closure<dyn Fn()>,
}

impl Editor {
    /// Fetches the editor's module and puts an editor into `parent`; none when it cannot be fetched.
    pub async fn create(
        parent: Element,
        text: &str,
        dark: bool,
        label: &str,
        on_change: impl Fn(String) + 'static,
        on_run: impl Fn() + 'static,
    ) -> Option<Editor> {
        let module = load_editor().await.ok()?;
        let create: Function = Reflect::get(&module, &"create".into()).ok()?.dyn_into().ok()?;
        let change = Closure::<dyn Fn(String)>::new(on_change);
        let run = Closure::<dyn Fn()>::new(on_run);
        let options = object(&[
            ("text", text.into()),
            ("dark", dark.into()),
            ("label", label.into()),
            ("onChange", change.as_ref().clone()),
            ("onRun", run.as_ref().clone()),
        ]);
        let handle = create.call2(&JsValue::NULL, &parent, &options).ok()?.unchecked_into::<Handle>();
        Some(Editor { handle, _change: change, _run: run })
    }

    /// Replaces the whole text.
    pub fn set_text(&self, text: &str) {
        self.handle.set_text(text);
    }

    /// Shows these problems and no others.
    pub fn set_marks(&self, marks: &[Mark]) {
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
        self.handle.set_marks(&marks.iter().map(mark).collect());
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

    /// Follows the page's language: its name and its own words.
    pub fn set_words(&self, label: &str, phrases: &[(&str, String)]) {
        self.handle.set_label(label);
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
