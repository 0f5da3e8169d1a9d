//! Moving the focus.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Focuses the element of this id, where there is one.
pub(crate) fn by_id(id: &str) {
    let element = gloo::utils::document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Gives the focus back to what has it now, once it is dropped, if nothing else has taken it by then.
pub(crate) struct Lent(Option<HtmlElement>);

impl Lent {
    /// Remembers what has the focus.
    pub fn now() -> Self {
        Self(gloo::utils::document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok()))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(element) = self.0.take() else { return };
        // What goes away with this may have the focus still: whether it is free is known when that is gone.
        wasm_bindgen_futures::spawn_local(async move {
            if gloo::utils::document().active_element().is_none_or(|element| element.tag_name() == "BODY") {
                // What is gone cannot take it.
                let _ = element.focus();
            }
        });
    }
}

/// Whether the focus is where typing belongs to: a text field, the editor, a list to choose from.
pub(crate) fn is_typing() -> bool {
    let Some(element) = gloo::utils::document().active_element() else { return false };
    // An invalid selector would be our own mistake; this one is valid.
    element.closest("input, textarea, select, [contenteditable=true], .cm-editor").ok().flatten().is_some()
}

/// Whether what has the focus got it from a mouse: no keyboard is in use, and none comes up on the screen.
pub(crate) fn came_by_mouse() -> bool {
    let Some(element) = gloo::utils::document().active_element() else { return false };
    let fine = gloo::utils::window().match_media("(pointer: fine)").ok().flatten();
    fine.is_some_and(|query| query.matches()) && !element.matches(":focus-visible").unwrap_or(true)
}

/// Whether the focus is on something that the space bar presses.
pub(crate) fn is_pressable() -> bool {
    let Some(element) = gloo::utils::document().active_element() else { return false };
    element.closest("button, a, [role=menuitemradio], [role=tab]").ok().flatten().is_some()
}
