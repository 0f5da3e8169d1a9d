//! The page as a whole: composes the panes, and runs the effects that bind state and browser.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::{
    Callback, ContextProvider, Html, component, html, use_effect_with, use_memo, use_mut_ref, use_reducer_eq, use_state,
};

use super::components::absent::absent_lines;
use super::components::edit_menu::{Ask, EditMenu};
use super::components::edit_pane::EditPane;
use super::components::editor::{ManifestEditor, Mend};
use super::components::events::{BESIDE, Events, IN_A_FLOOD, IN_TABLE};
use super::components::header::{EmbedHead, Header};
use super::components::help::Help;
use super::components::host::Host;
use super::components::inspector::Inspector;
use super::components::lessons::Lessons;
use super::components::logs::Logs;
use super::components::problems::{Problems, VerdictLine, run_before};
use super::components::stage::{Stage, departed_words};
use super::components::table::Table;
use super::components::tabs::{TabItem, Tabs};
use super::components::terminal::TerminalPanel;
use super::components::timeline::Timeline;
use super::components::toast::Toast;
use super::components::update::UpdateOffer;
use super::components::why::{WhyBox, WhySlot};
use super::components::yaml::YamlPanel;
use super::course::use_course;
use super::icon::{Glyph, Icon};
use super::keys;
use super::model::story;
use super::opening::{open, said, settings_now};
use super::platform::{self, events, host, later, link, mishap, settings, speech};
use super::sender::{Sender, Store};
use super::state::{Msg, Pane, Same, Selection, Tab};
use super::words::Words;
use crate::cluster::Time;
use crate::lessons::EXAMPLES;
use crate::trace::Tone;

/// How long to wait after an edit before the text is judged, in milliseconds.
const PAUSE: u32 = 350;

/// From how many bytes on the pause grows, and from how many on the text is judged only when asked.
const LARGE: usize = 200_000;
const TOO_LARGE: usize = 1_500_000;

/// Puts the page into the document's body: at once for a first visit, else when the whole program is there.
pub fn mount() {
    later::begin();
    mishap::install();
    spawn_local(async {
        let lang = settings_now().lang;
        if !speech::bring(lang).await {
            wasm_bindgen::throw_str("its words cannot be loaded");
        }
        // Settings too are brought: an editor of another kind, say.
        let brought = !link::fragment().is_empty() || host::embedding().is_some() || settings::are_kept();
        if brought {
            later::fetch().await;
        }
        yew::Renderer::<Page>::new().render();
        events::dispatch("podlab-started");
        if !brought {
            later::follow(lang);
        }
    });
}

#[component]
fn Page() -> Html {
    let store = use_reducer_eq(|| Store(open()));
    let sender = Sender(Some(store.dispatcher()));
    let state = &store.0;
    let words = Words(state.settings.lang);

    // Settings: onto the document at once, into storage when they change.
    let before = use_mut_ref(|| None);
    let embedded = state.embedding.is_some();
    {
        use_effect_with(state.settings, move |now| {
            settings::write(now, before.borrow().as_ref());
            // Embedded, the host page chooses, and what the person chose elsewhere stays.
            *before.borrow_mut() = (!embedded).then_some(*now);
        });
    }
    {
        let sender = sender.clone();
        use_effect_with((), move |()| {
            let listener = settings::on_system_theme(move |dark| sender.send(Msg::SystemDark(dark)));
            move || drop(listener)
        });
    }
    // A link that is put into the address of this tab.
    {
        let sender = sender.clone();
        use_effect_with((), move |()| {
            let listener = events::on_address(move |fragment| {
                said(fragment, embedded).into_iter().for_each(|msg| sender.send(msg))
            });
            move || drop(listener)
        });
    }
    // What the button above the text brings back; written once, and not at every frame.
    let example = state.doc.example.or_else(|| EXAMPLES.first().filter(|_| !embedded));
    let lang = state.settings.lang;
    let original = use_memo((example.map(|example| example.id), lang), |_| example.map(|it| story::text(it, lang)));
    // The text: judged after a pause, and kept.
    {
        let sender = sender.clone();
        // In a lesson the text is the lesson's; what is kept is the person's own.
        let own = state.study.own.as_ref().filter(|_| state.study.entered.is_some());
        let (text, example) = own.map_or((&state.doc.text, state.doc.example), |own| (&own.text, own.example));
        let text = text.clone();
        let size = state.doc.text.len();
        let put_away = state.own.clone();
        let warned = use_mut_ref(|| false);
        let original = original.clone();
        use_effect_with((state.doc.text.clone(), state.pending), move |(_, pending)| {
            let pending = *pending;
            let pause = if size > LARGE { PAUSE * 4 } else { PAUSE };
            let timer = Timeout::new(pause, move || {
                if !embedded {
                    let as_it_is = |example| (*original).as_ref() == Some(&text) || story::is_untouched(example, &text);
                    let changed = !example.is_some_and(as_it_is);
                    let kept = settings::keep_text(changed.then_some(&*text), example.map(|example| example.id));
                    // Said once: whoever goes on writing knows it.
                    if changed && !kept && !warned.replace(true) {
                        sender.send(Msg::Notice(Some("text-not-kept")));
                    }
                    settings::keep_own(put_away.as_deref());
                }
                if pending && size <= TOO_LARGE {
                    sender.send(Msg::Apply { again: false });
                }
            });
            move || drop(timer)
        });
    }
    use_course(state, &sender);
    // Keys that work anywhere.
    let latest = use_mut_ref(|| state.clone());
    *latest.borrow_mut() = state.clone();
    let latest_state = latest.clone();
    {
        let (sender, latest) = (sender.clone(), latest.clone());
        use_effect_with((), move |()| {
            let listener = events::on_key(move |event| {
                let msg = if event.default_prevented() { None } else { keys::message(event, &latest.borrow()) };
                if let Some(msg) = msg {
                    event.prevent_default();
                    sender.send(msg);
                }
            });
            move || drop(listener)
        });
    }

    // What is shared is asked for when somebody shares it.
    let shared = {
        let latest = latest.clone();
        use_memo((), |()| Callback::from(move |with_moment| latest.borrow().shared(with_moment))).as_ref().clone()
    };
    let timeline = use_memo((), |()| {
        Callback::from(move |()| {
            let session = latest.borrow().session.clone();
            session.map(|session| session.with_run(crate::trace::timeline)).unwrap_or_default()
        })
    });
    let timeline = timeline.as_ref().clone();

    let mend = use_state(|| None::<Mend>);
    let ask_mend = {
        let mend = mend.clone();
        Callback::from(move |edits| {
            let number = mend.as_ref().map_or(0, |mend| mend.number + 1);
            mend.set(Some(Mend { number, edits }));
        })
    };

    let ask = use_state(|| None::<Ask>);
    // Counted beside the state: the editor keeps the callback of the first paint.
    let asked = use_mut_ref(|| 0_u32);
    let ask_command = {
        let ask = ask.clone();
        Callback::from(move |command| {
            *asked.borrow_mut() += 1;
            ask.set(Some(Ask { number: *asked.borrow(), command }));
        })
    };

    // What is told about the moment changes only when something happens.
    let at = state.playback.at;
    // While time flows words change ten times a second at most: nobody reads faster.
    let step = if state.playback.playing { (state.playback.rate * 100_000.0) as u64 } else { 1 };
    let read = Time::from_micros(at.as_micros() / step.max(1) * step.max(1));
    let moment =
        state.session.as_ref().map(|session| session.previous_happening(read + std::time::Duration::from_micros(1)));
    let most = match state.tab {
        Tab::Events => IN_TABLE,
        _ if state.scene.afar() => IN_A_FLOOD,
        _ => BESIDE,
    };
    let told = use_memo((state.session.clone(), moment, most), |(session, _, most)| {
        Rc::new(session.as_ref().map(|session| session.events(read, *most)).unwrap_or_default())
    });
    let subject = state.subject();
    // What comes next is known better once everything has been computed.
    let whole = state.session.as_ref().is_some_and(|session| session.computed_to(state.target()));
    let scene = state.scene.0.clone();
    let why = use_memo((state.session.clone(), moment, subject.clone(), whole), |(session, _, subject, _)| {
        let (subject, session) = (subject.as_ref()?, session.as_ref()?);
        match subject.owner() {
            Some(owner) => session.why_owner(&scene, owner),
            None => session.why(read, subject.pod()?, subject.container().map(|name| &**name)),
        }
    });
    let lanes = Same(
        state
            .session
            .as_ref()
            .map(|session| session.lanes(state.selection.pod(), state.playback.horizon))
            .unwrap_or_default(),
    );
    let charts = Same(state.session.as_ref().map(|session| session.charts()).unwrap_or_default());
    let deeds = use_memo(state.session.clone(), |session| {
        Rc::new(session.as_ref().map(|session| session.deeds()).unwrap_or_default())
    });
    let deeds = Same(deeds.as_ref().clone());
    let told = Same(told.as_ref().clone());
    let origin_span = |origin: &Option<crate::trace::Origin>| {
        // The spans are those of the accepted text: once it has changed they no longer fit.
        let origin = origin.as_ref().filter(|_| state.accepted == state.doc.text)?;
        state.verdict.span(&state.accepted, origin)
    };
    // What is chosen is lit: the lines that cause its state, or else all of its lines.
    let cause = why.as_ref().as_ref().and_then(|why| why.origin.clone()).filter(|_| state.selection != Selection::All);
    let lit = cause.or_else(|| state.selected_origin()).and_then(|origin| origin_span(&Some(origin)));

    let known = state.session.as_ref().map_or(0, |session| session.pod_count());
    let pod_names = use_memo((state.session.clone(), known), |(session, _)| {
        session.as_ref().map(|session| session.pod_names()).unwrap_or_default()
    });
    // What a running container uses is found out once a second while time flows: that takes a look into the cluster.
    let slow = if state.playback.playing { (state.playback.rate * 1_000_000.0) as u64 } else { 1 };
    let slowly = Time::from_micros(at.as_micros() / slow.max(1) * slow.max(1));
    let inspected = state.selection.pod().and_then(|key| {
        let uid = state.scene.pod(key)?.uid.clone();
        Some((key.clone(), uid, state.selection.container()?.clone()))
    });
    let usage = use_memo((state.session.clone(), inspected.clone(), slowly), |(session, inspected, at)| {
        let (_, uid, container) = inspected.as_ref()?;
        session.as_ref()?.usage(*at, uid, container)
    });
    let facts = use_memo((state.session.clone(), moment, inspected), |(session, _, inspected)| {
        let (key, _, container) = inspected.as_ref()?;
        session.as_ref()?.inspect(read, key, container).map(Rc::new)
    });
    let inspector = state.selection.pod().and_then(|key| state.scene.pod(key)).and_then(|pod| {
        let container = pod.container(state.selection.container()?)?.clone();
        let facts = (*facts).clone()?;
        let (latest, sender, mend) = (latest_state.clone(), sender.clone(), ask_mend.clone());
        let annotate = Callback::from(move |value: Option<String>| match latest.borrow().annotate(value.as_deref()) {
            Ok(edits) => mend.emit(edits),
            Err(notice) => sender.send(Msg::Notice(Some(notice))),
        });
        Some(html! { <Inspector pod={Same(pod.clone())} {container} {facts} usage={*usage} {annotate} /> })
    });

    let why_pane = {
        let why_box = subject.as_ref().zip(why.as_ref().clone()).map(|(subject, why)| {
            let (name, tone) = state.subject_look(subject);
            let lines = origin_span(&why.origin);
            let line = lines.and_then(|span| Some(state.doc.text.get(..span.start)?.matches('\n').count() + 1));
            let word = match subject {
                _ if tone == Tone::BackOff && &*why.word == "Running" => words.say("word-not-ready"),
                Selection::Pod(_) => words.pod_state(&why.word),
                _ => words.state(&why.word),
            };
            html! { <WhyBox {name} {word} {tone} {why} {at} {lines} {line} /> }
        });
        let refused = state.session.is_none() && !state.verdict.accepted && !state.doc.text.trim().is_empty();
        let unasked = if refused { "why-refused" } else { "why-nothing" };
        // The Pod that was asked about may be no more.
        let departed = state.scene.departed.as_ref();
        let nothing = departed.map_or_else(|| words.say(unasked), |(pod, gone)| departed_words(pod, *gone, words));
        html! {
            <aside class="panel pane-why" aria-label={words.say("why")} id="pane-why">
                <div class="why-scroll" tabindex="0" role="group" aria-label={words.say("why")}>
                    <WhySlot run={state.accepted.clone()} why={why.clone()}>
                        if let Some(why_box) = why_box {
                            { why_box }
                        } else {
                            <section class="why"><p>{ nothing }</p></section>
                        }
                    </WhySlot>
                    { for inspector }
                    <h2 class="events-title">{ words.say("events-title") }</h2>
                    <Events rows={told.clone()} full={false} afar={state.scene.afar()} />
                </div>
            </aside>
        }
    };

    let tab_items: Vec<TabItem> = Tab::ALL
        .iter()
        .map(|tab| TabItem {
            id: tab.id(),
            label: words.say(&format!("tab-{}", tab.id())),
            count: (*tab == Tab::Events).then_some(told.0.1),
        })
        .collect();
    let tab_index = Tab::ALL.iter().position(|tab| *tab == state.tab).unwrap_or(0);
    let on_tab = {
        let sender = sender.clone();
        Callback::from(move |index: usize| {
            if let Some(tab) = Tab::ALL.get(index) {
                sender.send(Msg::ShowTab(*tab));
            }
        })
    };
    // A moment that is still being computed is seen as far as it is known: what paints it is painted anew as more comes.
    let seen = state.session.as_ref().map_or(at, |session| at.min(session.computed()));
    let content = match state.tab {
        Tab::Stage => html! {
            <Stage scene={state.scene.clone()} at={seen} playing={state.playback.playing} selection={state.selection.clone()}
                at_hand={state.at_hand()} deeds={deeds.clone()} session={state.session.clone()} sheet={state.sheet.clone()}
                pods={pod_names.clone()} rate={state.playback.rate} wide={platform::scroll::wide()} level={state.levels.on(platform::scroll::wide())} dark={state.settings.dark()} />
        },
        Tab::Events => html! { <Events rows={told.clone()} full={true} /> },
        Tab::Yaml => {
            html! { <YamlPanel yaml={state.subject_yaml()} name={state.subject().and_then(|subject| Some(subject.object()?.slashed()))} /> }
        }
        Tab::Logs => html! {
            <Logs pod={state.pod_at_hand().cloned().map(Same)} pods={state.pod_keys()} session={state.session.clone()}
                choice={state.logs.clone()} at={seen} />
        },
        Tab::Terminal => html! {
            <TerminalPanel terminal={state.terminal.clone()} session={state.session.clone()} {at} edits_here={embedded} />
        },
        Tab::Table => {
            let flows = state.session.as_ref().map(|session| session.newest_flows(seen, 60)).unwrap_or_default();
            html! {
                <Table scene={state.scene.clone()} lanes={lanes.clone()} charts={charts.clone()} deeds={deeds.clone()} at={seen} {flows}
                    pods={pod_names.clone()} />
            }
        }
    };
    let panes: Vec<Pane> = Pane::ALL.into_iter().filter(|pane| *pane != Pane::Lesson || state.study.open).collect();
    let pane_items: Vec<TabItem> = panes
        .iter()
        .map(|pane| TabItem {
            id: pane.id(),
            label: words.say(&format!("pane-{}", pane.id())),
            count: (*pane == Pane::Manifest).then(|| state.verdict.faults()),
        })
        .collect();
    let pane_index = panes.iter().position(|pane| *pane == state.pane).unwrap_or(0);
    let on_pane = {
        let sender = sender.clone();
        Callback::from(move |index: usize| {
            if let Some(pane) = panes.get(index) {
                sender.send(Msg::ShowPane(*pane));
            }
        })
    };
    // Where the manifest's pane is, `kubectl edit` opens there.
    let editing = state.terminal.editing().filter(|_| !embedded).map(str::to_owned);
    let simple = state.settings.simple_editor;
    let reset = example
        .zip((*original).clone())
        .filter(|(_, text)| state.doc.example.is_none() || **text != *state.doc.text)
        // A lesson has a way of its own to begin anew.
        .filter(|_| state.study.entered.is_none());
    html! {
        <ContextProvider<Words> context={words}>
        <ContextProvider<Sender> context={sender.clone()}>
            <div class="page" data-embed={state.embedding.map(|embedding| embedding.view.id())}>
                if embedded {
                    <EmbedHead {shared} />
                } else {
                <Header settings={state.settings} example={state.doc.example.map(|example| example.id)} own={state.own.clone()}
                    lessons={state.study.open} {shared} {timeline} />
                }
                <Tabs class="pane-tabs" label={words.say("panes")} prefix="pane" items={pane_items} current={pane_index} onchange={on_pane} />
                <main class="panes" data-pane={state.pane.id()} data-playing={state.playback.playing.to_string()} data-study={state.study.open.then_some("")}>
                    if !embedded {
                        <Lessons study={state.study.clone()} lang={state.settings.lang} started={state.session.is_some()}
                            playing={state.playback.playing} />
                    }
                    <section class="panel pane-manifest" aria-label={words.say("manifest")} id="pane-manifest" data-edit={editing.is_some().then_some("")}>
                        if let Some(text) = editing {
                            <EditPane {text} />
                        }
                        <div class="panel-head">
                            <h2 class="name">{ words.say("manifest") }</h2>
                            <span class="grow" />
                            if let Some((example, text)) = reset {
                                <button class="button small quiet" type="button" title={words.say("reset-title")}
                                    onclick={sender.on(Msg::Load(text, Some(example)))}>
                                    <Glyph icon={Icon::Undo} size={13} />{ words.say("reset") }
                                </button>
                            }
                            <EditMenu {simple} onchoose={ask_command.clone()} />
                            <button class="button small quiet" type="button" title={words.say("simple-editor-title")}
                                onclick={sender.on(Msg::SimpleEditor(!simple))}>
                                { words.say(if simple { "full-editor" } else { "simple-editor" }) }
                            </button>
                        </div>
                        <ManifestEditor doc={state.doc.clone()} verdict={state.verdict.0.clone()} pending={state.pending}
                            dark={state.settings.dark()} {simple} {lit} jump={state.jump} mend={(*mend).clone()}
                            ask={*ask} command={ask_command} />
                        <VerdictLine verdict={state.verdict.0.clone()} pending={state.pending} large={state.doc.text.len() > TOO_LARGE} />
                        // In one place whether it is there or not: the editor before it stays what it is.
                        { run_before(state, words, &sender).unwrap_or_default() }
                        <Problems verdict={state.verdict.0.clone()} pending={state.pending} current={state.problem} mend={ask_mend} />
                    </section>
                    <section class="panel pane-stage" aria-label={words.say("pane-stage")} id="pane-stage">
                        <div class="panel-head">
                            <Tabs label={words.say("tabs-stage")} prefix="show" items={tab_items} current={tab_index} onchange={on_tab} />
                        </div>
                        if state.stale() {
                            <p class="stale" role="status"><Glyph icon={Icon::Warning} size={15} />{ words.say("stale") }</p>
                        }
                        { for state.session.as_ref().map(|session| absent_lines(session.absent(), words)) }
                        <div class="show" role="tabpanel" id={format!("show-{}", state.tab.id())}
                            aria-labelledby={format!("show-tab-{}", state.tab.id())}>{ content }</div>
                    </section>
                    { why_pane }
                    <Timeline playback={state.playback} {lanes} charts={charts.clone()} {deeds} several={known > 1} zoom={state.zoom} selection={state.selection.clone()} quest={state.quest.clone()}
                        computed={state.session.as_ref().filter(|session| !session.is_empty()).map(|session| session.computed())}
                        quiet={state.session.as_ref().and_then(|session| session.quiet_since())} />
                </main>
                <Toast notice={state.notice} />
                if embedded {
                    <Host verdict={state.verdict.0.clone()} scene={state.scene.0.clone()} playing={state.playback.playing}
                        {at} moment={moment.flatten()} />
                } else {
                    <UpdateOffer />
                }
                <Help open={state.help} />
            </div>
        </ContextProvider<Sender>>
        </ContextProvider<Words>>
    }
}
