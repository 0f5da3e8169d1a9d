//! A field for a number: what is typed stays as it is until it is meant.

use web_sys::{FocusEvent, HtmlInputElement, InputEvent};
use yew::{AttrValue, Callback, Html, Properties, TargetCast, component, html, use_state_eq};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub label: AttrValue,
    /// The number as it is, while nobody types another.
    pub value: u32,
    pub most: u32,
    /// Hears of every number on the way.
    #[prop_or_default]
    pub oninput: Callback<u32>,
    /// Hears of the one that was meant: with Enter, or when the field is left.
    pub onchange: Callback<u32>,
}

/// The field. The page is painted while somebody types, and must not write the old number over the new one.
#[component]
pub(crate) fn NumberField(props: &Props) -> Html {
    let draft = use_state_eq(|| None::<String>);
    let oninput = {
        let (draft, told) = (draft.clone(), props.oninput.clone());
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            if let Ok(number) = text.parse() {
                told.emit(number);
            }
            draft.set(Some(text));
        })
    };
    let onchange = {
        let (draft, told) = (draft.clone(), props.onchange.clone());
        Callback::from(move |event: yew::Event| {
            draft.set(None);
            if let Ok(number) = event.target_unchecked_into::<HtmlInputElement>().value().parse() {
                told.emit(number);
            }
        })
    };
    let onblur = {
        let draft = draft.clone();
        Callback::from(move |_: FocusEvent| draft.set(None))
    };
    let value = draft.as_ref().cloned().unwrap_or_else(|| props.value.to_string());
    html! {
        <input class="number" type="number" min="0" max={props.most.to_string()} inputmode="numeric" aria-label={props.label.clone()}
            {value} {oninput} {onchange} {onblur} />
    }
}
