//! The terminal: a prompt with kubectl against the cluster at the playhead.

use web_sys::{HtmlTextAreaElement, KeyboardEvent};
use yew::{
    Callback, Html, Properties, TargetCast as _, classes, component, html, use_effect_with, use_mut_ref, use_node_ref,
    use_state,
};

use super::edit_pane::EditPane;
use crate::cluster::Time;
use crate::kubectl::prompt;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::terminal::{Block, Stream, Terminal};
use crate::ui::platform::{docs, focus, scroll, settings};
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::Msg;
use crate::ui::words::{Words, use_words};

/// What an empty terminal offers to run.
const TRY: [&str; 4] = ["kubectl get pods -o wide", "kubectl describe pods", "kubectl apply -f manifest.yaml", "help"];

/// How many candidates are listed.
const MOST_LISTED: usize = 60;

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub terminal: Terminal,
    pub session: Option<Session>,
    pub at: Time,
    /// Whether `kubectl edit` opens in here, because no other pane is there for it.
    pub edits_here: bool,
}

/// Where in the history the line comes from, and what it has to contain.
#[derive(Clone, Default, PartialEq)]
struct Recall {
    place: Option<usize>,
    needle: Option<String>,
    draft: String,
}

#[component]
pub(crate) fn TerminalPanel(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let line = use_state(String::new);
    let offered = use_state(Vec::<String>::new);
    let recall = use_mut_ref(Recall::default);
    let leaving = use_mut_ref(|| false);
    let (input, end) = (use_node_ref(), use_node_ref());
    let running = props.terminal.is_running();
    let in_shell = props.terminal.shell().is_some();
    let takes_lines = props.terminal.takes_lines();
    let forwards = props.terminal.shell().is_some_and(|shell| shell.forwards());

    {
        let (sender, there) = (sender.clone(), props.terminal.prompt.docs.is_some());
        use_effect_with((), move |()| {
            if !there {
                docs::fetch(move |text| sender.send(Msg::Docs(text.into())));
            }
        });
    }
    // Whoever opens the terminal with a mouse means to type; with the keyboard one is still among the tabs.
    use_effect_with((), |()| {
        if focus::came_by_mouse() {
            focus::by_id("terminal-input");
        }
    });
    {
        let end = end.clone();
        use_effect_with((props.terminal.clone(), offered.len()), move |_| scroll::to_end(&end));
    }
    {
        use_effect_with(props.terminal.prompt.history.len(), {
            let history = props.terminal.prompt.history.clone();
            move |_| settings::keep_history(&history)
        });
    }

    let put = {
        let (line, offered) = (line.clone(), offered.clone());
        Callback::from(move |text: String| {
            line.set(text);
            offered.set(Vec::new());
        })
    };
    let submit = {
        let (line, put, sender, recall) = (line.clone(), put.clone(), sender.clone(), recall.clone());
        Callback::from(move |()| {
            let text = line.to_string();
            if !takes_lines {
                return;
            }
            if !in_shell && prompt::is_unfinished(&text) {
                put.emit(text + "\n");
                return;
            }
            *recall.borrow_mut() = Recall::default();
            sender.send(if in_shell { Msg::TypeInside(text.into()) } else { Msg::Type(text.into()) });
            put.emit(String::new());
        })
    };
    let complete = {
        let (line, offered) = (line.clone(), offered.clone());
        let (terminal, session, at) = (props.terminal.clone(), props.session.clone(), props.at);
        Callback::from(move |()| {
            let Some(session) = session.as_ref().filter(|_| !in_shell) else { return };
            let text = line.to_string();
            let (found, _) = session.beside(at, |cluster| prompt::complete(&terminal.prompt, cluster, &text));
            let mut text = text;
            let shared = found.shared().to_owned();
            if !found.words.is_empty() {
                text.truncate(found.from);
                text.push_str(&shared);
            }
            if let [only] = found.words.as_slice()
                && !only.ends_with(['=', '/'])
            {
                text.push(' ');
            }
            line.set(text);
            offered.set(if found.words.len() > 1 { found.words } else { Vec::new() });
        })
    };
    let older = {
        let (line, put, recall, terminal) = (line.clone(), put.clone(), recall.clone(), props.terminal.clone());
        Callback::from(move |by: isize| {
            let mut recall = recall.borrow_mut();
            if recall.place.is_none() {
                recall.draft = line.to_string();
            }
            let history = &terminal.prompt.history;
            let fits = |text: &String| recall.needle.as_ref().is_none_or(|needle| text.contains(needle.as_str()));
            let from = recall.place.unwrap_or(history.len());
            let found = match by < 0 {
                true => (0..from).rev().find(|at| history.get(*at).is_some_and(fits)),
                false => (from + 1..history.len()).find(|at| history.get(*at).is_some_and(fits)),
            };
            match found.and_then(|at| history.get(at)) {
                Some(text) => {
                    recall.place = found;
                    put.emit(text.clone());
                }
                None if by > 0 => {
                    recall.place = None;
                    put.emit(recall.draft.clone());
                }
                None => {}
            }
        })
    };
    let search = {
        let (line, older, recall) = (line.clone(), older.clone(), recall.clone());
        Callback::from(move |()| {
            if recall.borrow().needle.is_none() {
                recall.borrow_mut().needle = Some(line.to_string());
            }
            older.emit(-1);
        })
    };
    let leave_shell = {
        let (put, sender) = (put.clone(), sender.clone());
        Callback::from(move |()| {
            sender.send(Msg::TypeInside("exit".into()));
            put.emit(String::new());
        })
    };
    let stop = {
        let (put, sender) = (put.clone(), sender.clone());
        Callback::from(move |()| {
            // In a shell that waits for a line it only drops what was typed.
            if running && (forwards || !(in_shell && takes_lines)) {
                sender.send(Msg::Interrupt);
            }
            put.emit(String::new());
        })
    };
    let onkeydown = {
        let (complete, older, search, stop, submit, sender, recall) = (
            complete.clone(),
            older.clone(),
            search.clone(),
            stop.clone(),
            submit.clone(),
            sender.clone(),
            recall.clone(),
        );
        let (line, leave_shell) = (line.clone(), leave_shell.clone());
        Callback::from(move |event: KeyboardEvent| {
            // What is typed here is not for the page's keys.
            event.stop_propagation();
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            let selected = area.selection_start() != area.selection_end();
            let leave = leaving.replace(event.key() == "Escape");
            let one_line = !line.contains('\n');
            let control = event.ctrl_key() && !event.alt_key();
            match event.key().as_str() {
                "Enter" if !event.shift_key() && !event.is_composing() => submit.emit(()),
                "Tab" if !leave && !event.shift_key() => complete.emit(()),
                "ArrowUp" if one_line => older.emit(-1),
                "ArrowDown" if one_line => older.emit(1),
                "r" if control => search.emit(()),
                "l" if control => sender.send(Msg::ClearTerminal),
                "c" if control && !selected => stop.emit(()),
                "d" if control && line.is_empty() && in_shell => leave_shell.emit(()),
                "Escape" => {
                    *recall.borrow_mut() = Recall::default();
                    return;
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    let oninput = {
        let (put, recall) = (put.clone(), recall.clone());
        Callback::from(move |event: yew::InputEvent| {
            *recall.borrow_mut() = Recall::default();
            put.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value());
        })
    };
    let press = |callback: &Callback<()>| {
        let (callback, input) = (callback.clone(), input.clone());
        Callback::from(move |_| {
            callback.emit(());
            if let Some(area) = input.cast::<HtmlTextAreaElement>() {
                // An element that is shown can be focused.
                let _ = area.focus();
            }
        })
    };
    let try_it = |line: &&'static str| {
        let (sender, line) = (sender.clone(), *line);
        let run = Callback::from(move |()| sender.send(Msg::Type(line.into())));
        html! { <button class="button small mono" type="button" onclick={press(&run)} title={words.say("terminal-run")}>{ line }</button> }
    };
    let (up, down) = (older.reform(|()| -1), older.reform(|()| 1));
    let sign = match props.terminal.shell() {
        Some(shell) if takes_lines => shell.sign(),
        _ => if running { "…" } else { "$" }.to_owned(),
    };
    let rows = line.matches('\n').count() + 1;
    html! {
        <div class="terminal">
            <div class="terminal-screen" role="log" aria-live="polite" aria-label={words.say("terminal-output")} tabindex="0">
                if props.terminal.blocks.is_empty() {
                    <p class="terminal-hint">{ words.say("terminal-hint") }</p>
                    <p class="terminal-try">{ for TRY.iter().map(try_it) }</p>
                }
                { for props.terminal.blocks.iter().map(|block| shown(block, words)) }
                if !offered.is_empty() {
                    <p class="terminal-offer" aria-live="polite">
                        { for offered.iter().take(MOST_LISTED).map(|word| html! { <span>{ word.clone() }</span> }) }
                    </p>
                }
                <div ref={end} />
            </div>
            if let Some(text) = props.terminal.editing() {
                if props.edits_here {
                    <EditPane text={text.to_owned()} />
                } else {
                    <p class="terminal-hint" role="status">{ words.say("terminal-edit-there") }</p>
                }
            } else {
                if let Some((pod, local, port)) = props.terminal.shell().and_then(|shell| shell.forwarded()) {
                    <h3 id="request-head" class="request-head" role="status">
                        <Glyph icon={Icon::Users} size={14} />
                        { words.fill("request-head", &[("pod", pod.into()), ("local", local.to_string().into()), ("port", port.to_string().into())]) }
                    </h3>
                }
                <div class="terminal-line" role="group" aria-labelledby={forwards.then_some("request-head")}>
                    <label class="terminal-sign" for="terminal-input">
                        <span class="time">{ clock(props.at, true) }</span>{ sign }
                        <span class="unseen">{ words.say("terminal-input") }</span>
                    </label>
                    <textarea id="terminal-input" ref={input.clone()} rows={rows.min(10).to_string()} value={line.to_string()}
                        spellcheck="false" autocomplete="off" autocapitalize="off" {onkeydown} {oninput}
                        aria-describedby="terminal-keys" placeholder={match (in_shell, running) {
                            _ if forwards => words.say("terminal-forward"),
                            (true, _) => words.say("terminal-shell"),
                            (_, true) => words.say("terminal-running"),
                            _ => "kubectl get pods".into(),
                        }} />
                    <div class="terminal-keys">
                        <button class="button small quiet" type="button" onclick={press(&complete)}>{ "Tab" }</button>
                        <button class="button small quiet" type="button" title={words.say("terminal-older")} aria-label={words.say("terminal-older")} onclick={press(&up)}>{ "↑" }</button>
                        <button class="button small quiet" type="button" title={words.say("terminal-newer")} aria-label={words.say("terminal-newer")} onclick={press(&down)}>{ "↓" }</button>
                        if forwards {
                            <button class="button small" type="button" onclick={press(&stop)}>{ "Ctrl-C" }</button>
                        } else if in_shell {
                            <button class="button small quiet" type="button" title={words.say("terminal-leave")} onclick={press(&leave_shell)}>{ "Ctrl-D" }</button>
                        }
                        if running && !takes_lines {
                            <button class="button small" type="button" onclick={press(&stop)}>{ "Ctrl-C" }</button>
                        } else {
                            <button class="button small" type="button" onclick={press(&submit)}>{ words.say(if forwards { "request-send" } else { "terminal-run" }) }</button>
                        }
                    </div>
                </div>
                <p id="terminal-keys" class="unseen">{ words.say("terminal-keys") }</p>
            }
        </div>
    }
}

/// A command and what it printed.
fn shown(block: &Block, words: Words) -> Html {
    let part = |(stream, text): &(Stream, String)| match stream {
        Stream::Out => html! { <span>{ text.clone() }</span> },
        Stream::Err => html! { <span class="terminal-err">{ text.clone() }</span> },
        Stream::Told(id) => html! { <span class="terminal-told">{ words.say(id) }{ "\n" }</span> },
        Stream::Note(id) => html! { <span class="terminal-note">{ words.say(id) }{ "\n" }</span> },
    };
    let failed = block.exit_code.is_some_and(|code| code != 0);
    html! {
        <div class={classes!("terminal-block", failed.then_some("failed"))}>
            <pre class="terminal-typed"><span class="time">{ clock(block.at, true) }</span>{ format!(" {} {}", block.sign, block.line) }</pre>
            if !block.parts.is_empty() {
                <pre>{ for block.parts.iter().map(part) }</pre>
            }
        </div>
    }
}
