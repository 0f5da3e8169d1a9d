//! A ring that runs down: back-off, grace.

use yew::{Html, Properties, component, html};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// How much is left, in hundredths.
    pub left: u32,
}

const RADIUS: f64 = 5.6;

#[component]
pub(crate) fn Ring(props: &Props) -> Html {
    let whole = std::f64::consts::TAU * RADIUS;
    let dash = format!("{:.2} {whole:.2}", whole * f64::from(props.left) / 100.0);
    let radius = RADIUS.to_string();
    html! {
        <svg class="ring" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke-width="3.2" aria-hidden="true">
            <circle class="ground" cx="8" cy="8" r={radius.clone()} />
            if props.left > 0 {
                <circle class="left" cx="8" cy="8" r={radius} stroke-dasharray={dash} />
            }
        </svg>
    }
}
