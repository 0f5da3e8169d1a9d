//! The menu of what can be done to the text (ARIA: menu button).

use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, component, html, use_effect_with, use_state_eq};

use super::tabs::arrow;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::platform::{events, focus};
use crate::ui::words::use_words;

/// Something that can be done to the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Look at what all fixes together would change.
    Fixes,
    /// Make the indentation even.
    Format,
    /// Write the list at the cursor in its other form.
    List,
    /// Explain the field at the cursor.
    Explain,
    /// Fold everything.
    FoldAll,
    /// Unfold everything.
    UnfoldAll,
}

impl Command {
    /// Every command, in the order of the menu.
    pub const ALL: [Command; 6] =
        [Command::Fixes, Command::Format, Command::List, Command::Explain, Command::FoldAll, Command::UnfoldAll];

    /// Its name in ids of messages, and what `web/editor.js` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Command::Fixes => "fixes",
            Command::Format => "format",
            Command::List => "list",
            Command::Explain => "explain",
            Command::FoldAll => "fold-all",
            Command::UnfoldAll => "unfold-all",
        }
    }

    /// Its key in the editor.
    pub fn key(self) -> &'static str {
        match self {
            Command::Fixes => "Shift Alt M",
            Command::Format => "Shift Alt F",
            Command::List => "Shift Alt L",
            Command::Explain => "F1",
            Command::FoldAll => "Ctrl Alt [",
            Command::UnfoldAll => "Ctrl Alt ]",
        }
    }

    /// Whether a plain text area can do it too.
    fn is_plain(self) -> bool {
        matches!(self, Command::Fixes | Command::Format | Command::List)
    }
}

/// A command that was given; each has a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub number: u32,
    pub command: Command,
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    /// Whether the text is in a plain text area.
    pub simple: bool,
    pub onchoose: Callback<Command>,
}

#[component]
pub(crate) fn EditMenu(props: &Props) -> Html {
    let words = use_words();
    let commands: Vec<Command> = Command::ALL.into_iter().filter(|it| !props.simple || it.is_plain()).collect();
    // The item that has the focus while the menu is open.
    let open = use_state_eq(|| None::<usize>);
    use_effect_with(*open, |at| {
        if let Some(at) = *at {
            focus::by_id(&format!("edit-{at}"));
        }
    });
    // A press elsewhere closes it.
    {
        let open = open.clone();
        use_effect_with(open.is_some(), move |is_open| {
            let listener = is_open.then(|| {
                events::on_document("pointerdown", move |event| {
                    if !events::inside(&event, ".edit-menu") {
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
        let (open, count) = (open.clone(), commands.len());
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            match (*open, event.key().as_str()) {
                (Some(_), "Escape") => {
                    open.set(None);
                    focus::by_id("edit-button");
                }
                (Some(_), "Tab") => open.set(None),
                (at, key) => {
                    let next = match at {
                        Some(at) => arrow(key, at, count),
                        None => matches!(key, "ArrowDown").then_some(0),
                    };
                    if next.is_some() {
                        event.prevent_default();
                        open.set(next);
                    }
                }
            }
        })
    };
    let item = |(index, command): (usize, Command)| {
        let (open, choose) = (open.clone(), props.onchoose.clone());
        let onclick = Callback::from(move |_| {
            open.set(None);
            focus::by_id("edit-button");
            choose.emit(command);
        });
        html! {
            <button class="menu-item with-key" role="menuitem" type="button" id={format!("edit-{index}")} tabindex="-1"
                {onclick} key={command.name()}>
                <b>{ words.say(&format!("edit-{}", command.name())) }</b>
                <small>{ words.say(&format!("edit-{}-what", command.name())) }</small>
                if !props.simple {
                    <kbd>{ command.key() }</kbd>
                }
            </button>
        }
    };
    html! {
        <div class="menu edit-menu" {onkeydown}>
            <button class="button small quiet" type="button" id="edit-button" onclick={toggle} aria-haspopup="menu"
                aria-expanded={open.is_some().to_string()}>
                { words.say("edit") }<Glyph icon={Icon::Down} size={13} />
            </button>
            if open.is_some() {
                <div class="menu-list" role="menu" aria-label={words.say("edit")}>
                    { for commands.into_iter().enumerate().map(item) }
                </div>
            }
        </div>
    }
}
