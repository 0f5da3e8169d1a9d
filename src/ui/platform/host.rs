//! The page that embeds ours: what it says to us, and what we tell it. docs/embedding.md describes the messages.

use gloo::events::EventListener;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Window};

use crate::ui::model::embedding::{Embedding, Request};

/// The longest manifest that is taken from a host page, in UTF-16 units: more would only freeze the reader's tab.
const LONGEST: u32 = 2 << 20;

/// What the address asks for, when another page holds ours.
pub(crate) fn embedding() -> Option<Embedding> {
    Embedding::read(&gloo::utils::window().location().search().ok()?)
}

fn host() -> Option<Window> {
    let window = gloo::utils::window();
    window.parent().ok().flatten().filter(|parent| *parent != window)
}

fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Calls `heard` with each request of the host page, until the listener is dropped.
pub(crate) fn listen(heard: impl Fn(Request<'_>) + 'static) -> EventListener {
    EventListener::new(&gloo::utils::window(), "message", move |event| {
        let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
        let from = event.source().map(JsValue::from);
        let data = event.data();
        // Only the page around us may speak, and only in this version's form.
        if from.is_none() || from != host().map(JsValue::from) || field(&data, "podlab").as_f64() != Some(1.0) {
            return;
        }
        let text = |name: &str| {
            let value = field(&data, name).dyn_into::<js_sys::JsString>().ok()?;
            (value.length() <= LONGEST).then(|| String::from(value))
        };
        let number = |name: &str| field(&data, name).as_f64();
        let Some(kind) = text("type") else { return };
        match kind.as_str() {
            "load" => text("yaml").iter().for_each(|yaml| heard(Request::Load(yaml))),
            "seek" => number("at").into_iter().for_each(|at| heard(Request::Seek(at))),
            "play" => heard(Request::Play(number("speed"))),
            "pause" => heard(Request::Pause),
            "theme" => text("theme").iter().for_each(|theme| heard(Request::Theme(theme))),
            "lang" => text("lang").iter().for_each(|lang| heard(Request::Lang(lang))),
            _ => {}
        }
    })
}

/// A plain object with these fields.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A plain object takes every field.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// Tells the host page, when there is one, that something of this kind happened.
pub(crate) fn tell(kind: &str, fields: &[(&str, JsValue)]) {
    let Some(host) = host() else { return };
    let message = object(fields);
    let _ = Reflect::set(&message, &"podlab".into(), &1.into());
    let _ = Reflect::set(&message, &"type".into(), &kind.into());
    // To whoever holds us: nothing in it is secret from a page that could read our address anyway.
    let _ = host.post_message(&message, "*");
}
