//! Floor 6: the page. The only room that may use web-sys, gloo and wasm-bindgen.

use yew::{Html, component, html};

/// The whole page.
#[component]
fn Page() -> Html {
    html! { <main><h1>{ "Podlab" }</h1></main> }
}

/// Puts the page into the document's body.
pub fn mount() {
    yew::Renderer::<Page>::new().render();
}
