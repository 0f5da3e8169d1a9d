//! A ring that runs down, with the seconds that are left in it.

use yew::{Html, Properties, component, html};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// How much is left, in hundredths.
    pub left: u32,
    /// How many seconds that is.
    pub seconds: u64,
}

const RADIUS: f64 = 15.5;

#[component]
pub(crate) fn Ring(props: &Props) -> Html {
    let whole = std::f64::consts::TAU * RADIUS;
    let dash = format!("{:.2} {whole:.2}", whole * f64::from(props.left) / 100.0);
    let radius = RADIUS.to_string();
    html! {
        <span class="ring" aria-hidden="true">
            <svg width="38" height="38" viewBox="0 0 38 38" fill="none" stroke-width="4">
                <circle class="ground" cx="19" cy="19" r={radius.clone()} />
                if props.left > 0 {
                    <circle class="left" cx="19" cy="19" r={radius} stroke-dasharray={dash} />
                }
            </svg>
            <b>{ if props.seconds == 0 { "…".to_owned() } else if props.seconds < 100 { props.seconds.to_string() } else { format!("{}m", props.seconds.div_ceil(60)) } }</b>
        </span>
    }
}
