//! A list to choose from.

use web_sys::HtmlSelectElement;
use yew::{AttrValue, Callback, Html, TargetCast, html};

use crate::cluster::ObjectKey;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::names::shortened;
use crate::ui::sender::Sender;
use crate::ui::state::{Msg, Selection};

/// How many characters of a Pod's name a list has room for.
const NAME: usize = 16;

/// A list to choose from: what is said of it, then value and words of each entry; the value that is chosen is told.
pub(crate) fn select(
    label: AttrValue,
    entries: Vec<(String, AttrValue)>,
    value: &str,
    chosen: Callback<String>,
) -> Html {
    list(label.clone(), label, entries, value, chosen)
}

/// A list of the Pods to choose one of them to be looked at: their ends tell them apart, and all of the name of the one
/// that is chosen shows under the hand.
pub(crate) fn select_pod(label: AttrValue, pods: &[ObjectKey], chosen: &str, sender: &Sender) -> Html {
    let entry = |key: &ObjectKey| (key.name.to_string(), shortened(&key.name, NAME).into());
    let (all, sender) = (pods.to_vec(), sender.clone());
    let onchange = Callback::from(move |name: String| {
        let pod = all.iter().find(|key| *key.name == *name).cloned();
        sender.send(Msg::Select(pod.map(Selection::Pod).unwrap_or_default()));
    });
    list(label, chosen.to_owned().into(), pods.iter().map(entry).collect(), chosen, onchange)
}

fn list(
    label: AttrValue,
    title: AttrValue,
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
            <select aria-label={label} {title} {onchange}>{ for entries.into_iter().map(option) }</select>
            <Glyph icon={Icon::Down} size={11} />
        </span>
    }
}
