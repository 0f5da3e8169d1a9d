//! A slider: what is under the hand is told on the way, and what is meant once.

use gloo::timers::callback::Timeout;
use web_sys::{HtmlInputElement, InputEvent, KeyboardEvent, PointerEvent};
use yew::{AttrValue, Callback, Html, Properties, TargetCast, component, html, use_mut_ref};

/// A slide by keys has ended once no key was pressed for so many milliseconds. A hand says by itself when it lets go; of
/// keys each press is a change, and each change that is meant would be an act of its own.
const RESTS: u32 = 400;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub label: AttrValue,
    pub value: u32,
    pub most: u32,
    /// What a screen reader says in place of the value.
    #[prop_or_default]
    pub text: Option<AttrValue>,
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// Hears of every value on the way.
    pub oninput: Callback<u32>,
    /// Hears of the one that was meant.
    pub onchange: Callback<u32>,
}

fn value(input: Option<HtmlInputElement>) -> Option<u32> {
    input.and_then(|input| input.value().parse().ok())
}

#[component]
pub(crate) fn Slider(props: &Props) -> Html {
    let by_keys = use_mut_ref(|| false);
    // What waits for the next key; another one takes its place.
    let waits = use_mut_ref(|| None::<Timeout>);
    let oninput = {
        let told = props.oninput.clone();
        Callback::from(move |event: InputEvent| value(event.target_dyn_into()).into_iter().for_each(|it| told.emit(it)))
    };
    let onchange = {
        let (told, by_keys) = (props.onchange.clone(), by_keys.clone());
        Callback::from(move |event: yew::Event| {
            let Some(value) = value(event.target_dyn_into()) else { return };
            let told = told.clone();
            *waits.borrow_mut() = match *by_keys.borrow() {
                true => Some(Timeout::new(RESTS, move || told.emit(value))),
                false => {
                    told.emit(value);
                    None
                }
            };
        })
    };
    let onkeydown = {
        let by_keys = by_keys.clone();
        Callback::from(move |_: KeyboardEvent| *by_keys.borrow_mut() = true)
    };
    let onpointerdown = Callback::from(move |_: PointerEvent| *by_keys.borrow_mut() = false);
    html! {
        <input class="slide" type="range" min="0" max={props.most.to_string()} id={props.id.clone()} aria-label={props.label.clone()}
            aria-valuetext={props.text.clone()} value={props.value.to_string()} {oninput} {onchange} {onkeydown} {onpointerdown} />
    }
}
