//! A button with a menu (ARIA: menu button), moved through by the arrow keys.

use web_sys::KeyboardEvent;
use yew::{AttrValue, Callback, Children, Html, Properties, component, html, use_effect_with, use_state_eq};

use super::tabs::arrow;
use crate::ui::platform::{events, focus};

/// One entry of a menu.
#[derive(Clone, PartialEq)]
pub(crate) struct MenuItem {
    pub title: AttrValue,
    pub note: AttrValue,
    /// Whether it is the one of several that holds; none where entries are acts.
    pub checked: Option<bool>,
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// Begins the ids of its parts.
    pub id: &'static str,
    pub label: AttrValue,
    pub items: Vec<MenuItem>,
    pub onpick: Callback<usize>,
    /// Headings, each with the number of the item that it stands before.
    #[prop_or_default]
    pub groups: Vec<(usize, AttrValue)>,
    /// What the button shows.
    pub children: Children,
    #[prop_or_default]
    pub class: &'static str,
    /// Whether it opens upwards.
    #[prop_or_default]
    pub up: bool,
    /// Whether there is nothing to choose now.
    #[prop_or_default]
    pub disabled: bool,
}

#[component]
pub(crate) fn Menu(props: &Props) -> Html {
    // The item that has the focus while the menu is open.
    let open = use_state_eq(|| None::<usize>);
    let (prefix, count) = (props.id, props.items.len());

    use_effect_with(*open, move |at| {
        if let Some(at) = *at {
            focus::by_id(&format!("{prefix}-{at}"));
        }
    });
    // A press elsewhere closes it.
    {
        let open = open.clone();
        use_effect_with(open.is_some(), move |is_open| {
            let listener = is_open.then(|| {
                events::on_document("pointerdown", move |event| {
                    if !events::inside(&event, &format!("#{prefix}-menu")) {
                        open.set(None);
                    }
                })
            });
            move || drop(listener)
        });
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_| open.set(if open.is_some() { None } else { Some(0) }))
    };
    let onkeydown = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            // While it is closed its button is one like any other: what it does not need is the page's.
            if open.is_some() {
                event.stop_propagation();
            }
            match (*open, event.key().as_str()) {
                (Some(_), "Escape") => {
                    open.set(None);
                    focus::by_id(&format!("{prefix}-button"));
                }
                (Some(_), "Tab") => open.set(None),
                (at, key) => {
                    let next = match at {
                        Some(at) => arrow(key, at, count),
                        None => matches!(key, "ArrowDown" | "ArrowUp").then_some(0),
                    };
                    if next.is_some() {
                        event.prevent_default();
                        event.stop_propagation();
                        open.set(next);
                    }
                }
            }
        })
    };
    let item = |(index, item): (usize, &MenuItem)| {
        let (onpick, open) = (props.onpick.clone(), open.clone());
        let onclick = Callback::from(move |_| {
            open.set(None);
            focus::by_id(&format!("{prefix}-button"));
            onpick.emit(index);
        });
        let role = if item.checked.is_some() { "menuitemradio" } else { "menuitem" };
        let heading = props.groups.iter().find(|(first, _)| *first == index).map(|(_, heading)| {
            html! { <p class="menu-group" role="presentation">{ heading }</p> }
        });
        html! {
            <>
            { for heading }
            <button class="menu-item" {role} type="button" id={format!("{prefix}-{index}")} tabindex="-1"
                aria-checked={item.checked.map(|checked| checked.to_string())} {onclick}>
                <b>{ &item.title }</b>
                <small>{ &item.note }</small>
            </button>
            </>
        }
    };
    html! {
        <div class={yew::classes!("menu", props.up.then_some("up"))} id={format!("{prefix}-menu")} {onkeydown}>
            <button class={yew::classes!("button", props.class)} type="button" id={format!("{prefix}-button")} onclick={toggle} disabled={props.disabled}
                aria-label={&props.label} aria-haspopup="menu" aria-expanded={open.is_some().to_string()}>{ props.children.clone() }</button>
            if open.is_some() {
                <div class="menu-list" role="menu" aria-label={&props.label}>{ for props.items.iter().enumerate().map(item) }</div>
            }
        </div>
    }
}
