//! When the program fails in spite of everything: the page says so, and the text is kept.

use gloo::events::EventListener;
use gloo::utils::document;

use crate::i18n::text;
use crate::ui::platform::{link, settings};

/// Installs the hook that runs when the program panics.
pub(crate) fn install() {
    yew::set_custom_panic_hook(Box::new(|info| show(&info.to_string())));
}

/// Puts the message over the page, with what happened in a field that can be selected and copied.
///
/// It uses neither Yew nor the state, which may be what failed. The text is in local storage at every keystroke's end.
fn show(details: &str) {
    let lang = settings::read().lang;
    let Some(body) = document().body() else { return };
    let element = |name: &str, class: &str, content: &str| {
        let element = document().create_element(name).ok()?;
        element.set_class_name(class);
        element.set_text_content(Some(content));
        Some(element)
    };
    let parts = (
        element("section", "mishap", ""),
        element("h2", "", &text(lang, "mishap-title")),
        element("p", "", &text(lang, "mishap-text")),
        element("textarea", "", details),
        element("div", "acts", ""),
        element("button", "button", &text(lang, "mishap-copy")),
        element("a", "button primary", &text(lang, "mishap-reload")),
    );
    let (Some(section), Some(title), Some(words), Some(field), Some(acts), Some(copy), Some(reload)) = parts else {
        return;
    };
    let copied = details.to_owned();
    // It has to outlive this function, and nothing after a panic would drop it.
    EventListener::new(&copy, "click", move |_| link::copy_text(&copied, |_| ())).forget();
    // These cannot fail: the elements are new and the names valid.
    let _ = section.set_attribute("role", "alert");
    let _ = field.set_attribute("readonly", "");
    let _ = field.set_attribute("aria-label", &text(lang, "mishap-details"));
    let _ = reload.set_attribute("href", "");
    let _ = acts.append_child(&copy);
    let _ = acts.append_child(&reload);
    for part in [title, words, field, acts] {
        let _ = section.append_child(&part);
    }
    let _ = body.append_child(&section);
}
