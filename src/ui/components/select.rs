//! A list to choose from.

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Html, TargetCast, html};

use crate::ui::icon::{Glyph, Icon};

/// A list to choose from: what is said of it, then value and words of each entry; the value that is chosen is told.
pub(crate) fn select(
    label: AttrValue,
    entries: Vec<(String, AttrValue)>,
    value: &str,
    chosen: Callback<String>,
) -> Html {
    let onchange = Callback::from(move |event: yew::Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            chosen.emit(select.value());
        }
    });
    let option = |(own, said): (String, AttrValue)| {
        let selected = own == value;
        html! { <option value={own} {selected}>{ said }</option> }
    };
    html! {
        <span class="select">
            <select aria-label={&label} title={label.clone()} {onchange}>{ for entries.into_iter().map(option) }</select>
            <Glyph icon={Icon::Down} size={11} />
        </span>
    }
}
