//! The lines under the tabs that say what of the manifest is not in the cluster.

use yew::{Html, html};

use crate::ui::model::absent::Absent;
use crate::ui::words::Words;

/// What of the manifest is not in the cluster, in words: a refusal is the server's, the rest is Podlab's own limit.
pub(crate) fn absent_lines(absent: &Absent, words: Words) -> Html {
    let names = &absent.not_simulated;
    let args = [("names", names.join(", ").into())];
    html! {
        <>
            if let Some(text) = absent.refused.first() {
                <p class="stale">{ words.fill("refused-create", &[("message", text.to_string().into())]) }</p>
            }
            if !names.is_empty() { <p class="stale aside">{ words.fill("not-simulated", &args) }</p> }
        </>
    }
}
