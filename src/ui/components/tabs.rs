//! A row of tabs (ARIA: tablist), moved through by the arrow keys.

use web_sys::KeyboardEvent;
use yew::{AttrValue, Callback, Html, Properties, component, html};

use crate::ui::platform::focus;

/// One tab.
#[derive(Clone, PartialEq)]
pub(crate) struct TabItem {
    /// Part of the ids of the tab and its panel.
    pub id: &'static str,
    pub label: AttrValue,
    /// How many things are behind it, where that is worth telling.
    pub count: Option<usize>,
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub label: AttrValue,
    /// Keeps the ids of several tab lists apart.
    pub prefix: &'static str,
    pub items: Vec<TabItem>,
    pub current: usize,
    pub onchange: Callback<usize>,
    #[prop_or_default]
    pub class: &'static str,
}

/// Where an arrow key leads from `current`, of `count` places in a ring.
pub(crate) fn arrow(key: &str, current: usize, count: usize) -> Option<usize> {
    match key {
        "ArrowRight" | "ArrowDown" => Some((current + 1) % count.max(1)),
        "ArrowLeft" | "ArrowUp" => Some(current.checked_sub(1).unwrap_or(count.saturating_sub(1))),
        "Home" => Some(0),
        "End" => Some(count.saturating_sub(1)),
        _ => None,
    }
}

#[component]
pub(crate) fn Tabs(props: &Props) -> Html {
    let Props { prefix, current, .. } = *props;
    let onkeydown = {
        let (onchange, ids) = (props.onchange.clone(), props.items.iter().map(|item| item.id).collect::<Vec<_>>());
        Callback::from(move |event: KeyboardEvent| {
            if let Some(next) = arrow(&event.key(), current, ids.len()) {
                event.prevent_default();
                event.stop_propagation();
                onchange.emit(next);
                if let Some(id) = ids.get(next) {
                    focus::by_id(&format!("{prefix}-tab-{id}"));
                }
            }
        })
    };
    let tab = |(index, item): (usize, &TabItem)| {
        let selected = index == current;
        let onclick = props.onchange.reform(move |_| index);
        html! {
            <button class="tab" role="tab" type="button" {onclick} key={item.id}
                id={format!("{prefix}-tab-{}", item.id)} aria-controls={format!("{prefix}-{}", item.id)}
                aria-selected={selected.to_string()} tabindex={if selected { "0" } else { "-1" }}>
                { &item.label }
                if let Some(count) = item.count.filter(|count| *count > 0) {
                    <span class="count">{ count }</span>
                }
            </button>
        }
    };
    html! {
        <div class={yew::classes!("tabs", props.class)} role="tablist" aria-label={&props.label} {onkeydown}>
            { for props.items.iter().enumerate().map(tab) }
        </div>
    }
}
