//! Many Pods from afar: cells on a canvas, in a frame for each node. A hand, the arrow keys or a finger read each of
//! them; pressing one comes near.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::{KeyboardEvent, MouseEvent, PointerEvent};
use yew::{
    AttrValue, Callback, Html, Properties, component, html, use_effect, use_effect_with, use_mut_ref, use_node_ref,
    use_state_eq,
};

use super::node;
use crate::cluster::ObjectKey;
use crate::trace::crowd::{Tally, counted};
use crate::trace::{Scene, Tone};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::floor::{Floor, Frame, Way};
use crate::ui::model::seating::{Cell, QUEUE, Seating, old_groups, tally};
use crate::ui::model::standing::Standing;
use crate::ui::platform::canvas::Painter;
use crate::ui::platform::{pointer, size};
use crate::ui::sender::use_sender;
use crate::ui::session::{MOST_SIMULATED, Session};
use crate::ui::state::{Msg, Same, Selection};
use crate::ui::words::{Words, use_words};

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub scene: Same<Scene>,
    pub session: Session,
    pub standing: Standing,
    pub dark: bool,
    /// The node that alone is looked at.
    pub only: Option<Rc<str>>,
    /// A node is chosen.
    pub onnode: Callback<Rc<str>>,
}

/// What the head of a frame says; painted anew only when that changes.
#[derive(Clone, PartialEq)]
struct Head {
    frame: Frame,
    word: AttrValue,
    tone: Tone,
    count: usize,
}

#[derive(PartialEq, Properties)]
struct HeadsProps {
    heads: Vec<Head>,
    chosen: Option<Rc<str>>,
    onnode: Callback<Rc<str>>,
}

#[component]
fn Heads(props: &HeadsProps) -> Html {
    let words = use_words();
    let head = |it: &Head| {
        let Frame { room, x, y, width, height, .. } = &it.frame;
        let style = format!("left: {x:.1}px; top: {y:.1}px; width: {width:.1}px; height: {height:.1}px");
        let Some(name) = room.name.clone() else {
            let id = if it.count > QUEUE { "crowd-waiting-some" } else { "crowd-waiting" };
            let said = words.fill(id, &[("count", it.count.into()), ("shown", QUEUE.into())]);
            return html! { <div class="frame none" {style} key="-"><span class="frame-head" title={said.clone()}><Glyph icon={Icon::Tone(Tone::Waiting)} size={12} /><span class="what long">{ said }</span><span class="what short" aria-hidden="true">{ it.count }</span></span></div> };
        };
        // Its name begins with what is seen, so that who speaks to the page can call it. Of all that a head says only its
        // number changes with every look at another instant, and stands once: there are hundreds of them.
        let word = words.state(&it.word);
        let more = words.fill("crowd-frame", &[("count", it.count.into()), ("word", word.as_str().into())]);
        let said = words.fill("crowd-node", &[("name", (&*name).into()), ("word", word.as_str().into())]);
        let pressed = (props.chosen.as_ref() == Some(&name)).to_string();
        let (onnode, key) = (props.onnode.clone(), name.to_string());
        let shown = name.to_string();
        let onclick = Callback::from(move |_: MouseEvent| onnode.emit(name.clone()));
        html! {
            <div class="frame" data-tone={it.tone.id()} {style} {key}>
                <button class="frame-head" type="button" aria-pressed={pressed} title={said} {onclick}>
                    if it.tone != Tone::Ready || *width > 104.0 { <Glyph icon={Icon::Tone(it.tone)} size={11} /> }<span class="what">{ shown }</span>{ " " }<span class="dim">{ it.count }</span>{ " " }<span class="unseen">{ more }</span>
                </button>
            </div>
        }
    };
    html! { <>{ for props.heads.iter().map(head) }</> }
}

/// How many Pods look how, in words: the legend of the picture, and all that a screen reader needs of it at once.
fn legend(tally: &Tally, old: usize, full: bool, words: Words) -> Html {
    let count = counted(tally);
    let entry = |(tone, count): (Tone, &u32)| {
        html! {
            <li data-tone={tone.id()} key={tone.id()}><Glyph icon={Icon::Tone(tone)} size={12} />
                <b>{ *count }</b>{ " " }{ words.say(&format!("tone-{}", tone.id())) }</li>
        }
    };
    let shown = Tone::ALL.into_iter().zip(tally).filter(|(_, count)| **count > 0);
    html! {
        <>
        <ul class="legend" aria-label={words.fill("crowd-count", &[("count", count.into())])}>
            <li class="all"><b>{ count }</b>{ " " }{ words.say("crowd-pods") }</li>
            { for shown.map(entry) }
            if old > 0 {
                <li class="old"><span class="cut" aria-hidden="true"></span><b>{ old }</b>{ " " }{ words.say("crowd-old") }</li>
            }
        </ul>
        if full {
            <p class="said" data-tone="back-off">{ words.fill("crowd-full", &[("count", (MOST_SIMULATED as usize).into())]) }</p>
        }
        </>
    }
}

/// What is read of one Pod.
struct Read {
    key: ObjectKey,
    word: Rc<str>,
    tone: Tone,
    ready: String,
    node: Option<Rc<str>>,
}

fn read(session: &Session, member: usize) -> Option<Read> {
    session.crowd(|crowd| {
        let look = crowd.look(crowd.state(member))?;
        let it = crowd.members().get(member)?;
        let node = it.seat.filter(|_| look.bound).and_then(|(node, _)| crowd.nodes().get(node)).cloned();
        let ready = format!("{}/{}", look.ready, look.total);
        Some(Read { key: it.key.clone(), word: look.word.clone(), tone: look.tone, ready, node })
    })
}

/// What the hands on the floor look things up in.
#[derive(Default)]
struct Shown {
    floor: Floor,
    cells: Vec<Cell>,
}

impl Shown {
    fn member_at(&self, x: f64, y: f64) -> Option<usize> {
        self.cells.get(self.floor.hit(x, y)?)?.member
    }

    fn cell_of(&self, member: usize) -> Option<usize> {
        self.cells.iter().position(|cell| cell.member == Some(member))
    }

    fn first(&self) -> Option<usize> {
        self.cells.iter().find_map(|cell| cell.member)
    }

    fn go(&self, member: usize, way: Way) -> Option<usize> {
        let taken = |cell: usize| self.cells.get(cell).is_some_and(|cell| cell.member.is_some());
        let from = self.cell_of(member)?;
        self.cells.get(self.floor.go(from, way, taken)?)?.member
    }
}

#[component]
pub(crate) fn Crowd(props: &Props) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let (floor_ref, canvas, palette) = (use_node_ref(), use_node_ref(), use_node_ref());
    let room = use_state_eq(|| (0.0_f64, 0.0_f64));
    // The Pod that is read, and whether by a hand or by keys.
    let read_now = use_state_eq(|| None::<(usize, bool)>);
    let touched = use_mut_ref(|| false);
    let painter = use_mut_ref(Painter::default);
    let shown: Rc<RefCell<Shown>> = use_mut_ref(Shown::default);
    {
        let (room, floor_ref) = (room.clone(), floor_ref.clone());
        use_effect_with((), move |()| {
            let watch = size::watch(&floor_ref, ".stage", move |width, left| room.set((width.floor(), left.floor())));
            move || drop(watch)
        });
    }
    let (width, left) = *room;
    let (heads, old, tally) = props.session.crowd(|crowd| {
        let seating = Seating::new(crowd, &props.scene.nodes, props.only.as_deref());
        let floor = Floor::new(&seating.rooms, width.max(80.0), (left - 14.0).max(240.0));
        let old = old_groups(crowd, &props.scene.owners);
        let cells = seating.cells(crowd, &floor, &old);
        let nodes = &props.scene.nodes;
        let head = |frame: &Frame| {
            let name = frame.room.name.as_deref();
            let it = name.and_then(|name| nodes.get(nodes.binary_search_by(|node| (*node.name).cmp(name)).ok()?));
            let (word, tone) = match it {
                Some(it) => node::look(it, props.standing.lost(&it.name), words),
                None => (words.say("node-gone"), Tone::Failed),
            };
            let count = name.map_or(crowd.count().saturating_sub(crowd.bound()), |name| crowd.held(name));
            Head { frame: frame.clone(), word, tone, count }
        };
        let heads: Vec<Head> = floor.frames.iter().map(head).collect();
        // Of a node that alone is looked at every Pod has a cell.
        let tally = if props.only.is_some() { tally(&cells) } else { props.scene.tally };
        let of_old = cells.iter().filter(|cell| cell.member.is_some() && cell.old).count();
        *shown.borrow_mut() = Shown { floor, cells };
        (heads, of_old, tally)
    });
    {
        let (shown, canvas, palette, dark) = (shown.clone(), canvas.clone(), palette.clone(), props.dark);
        use_effect(move || {
            let shown = shown.borrow();
            if width > 0.0 {
                painter.borrow_mut().paint(&canvas, &palette, u32::from(dark), &shown.floor, &shown.cells);
            }
        });
    }
    let near = {
        let (sender, session) = (sender.clone(), props.session.clone());
        move |member: usize| {
            if let Some(it) = read(&session, member) {
                sender.send(Msg::Select(Selection::Pod(it.key)));
            }
        }
    };
    let under = {
        let (shown, floor_ref) = (shown.clone(), floor_ref.clone());
        move |event: &MouseEvent| {
            let (x, y) = pointer::within(event, &floor_ref)?;
            shown.borrow().member_at(x, y)
        }
    };
    let onpointermove = {
        let (under, read_now) = (under.clone(), read_now.clone());
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                read_now.set(under(&event).map(|member| (member, false)));
            }
        })
    };
    let onpointerdown = {
        let touched = touched.clone();
        Callback::from(move |event: PointerEvent| *touched.borrow_mut() = event.pointer_type() == "touch")
    };
    let onpointerleave = {
        let read_now = read_now.clone();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() != "touch" {
                read_now.set(None);
            }
        })
    };
    // A finger reads first and comes near when it presses again.
    let onclick = {
        let (under, near, read_now) = (under.clone(), near.clone(), read_now.clone());
        Callback::from(move |event: MouseEvent| match under(&event) {
            Some(member) if !*touched.borrow() || read_now.is_some_and(|(known, _)| known == member) => near(member),
            found => read_now.set(found.map(|member| (member, false))),
        })
    };
    let onkeydown = {
        let (shown, read_now, near) = (shown.clone(), read_now.clone(), near.clone());
        Callback::from(move |event: KeyboardEvent| {
            let shown = shown.borrow();
            let at = read_now.map(|(member, _)| member).or_else(|| shown.first());
            let Some(at) = at else { return };
            let way = match event.key().as_str() {
                "ArrowLeft" => Way::Back,
                "ArrowRight" => Way::On,
                "ArrowUp" => Way::Up,
                "ArrowDown" => Way::Down,
                "Enter" | " " => {
                    event.prevent_default();
                    return near(at);
                }
                "Escape" if read_now.is_some() => {
                    event.prevent_default();
                    return read_now.set(None);
                }
                _ => return,
            };
            event.prevent_default();
            let next = if read_now.is_some() { shown.go(at, way).unwrap_or(at) } else { at };
            read_now.set(Some((next, true)));
        })
    };
    let onfocus = {
        let (shown, read_now) = (shown.clone(), read_now.clone());
        Callback::from(move |_: web_sys::FocusEvent| {
            if read_now.is_none()
                && let Some(first) = shown.borrow().first()
            {
                read_now.set(Some((first, true)));
            }
        })
    };
    let here = read_now.and_then(|(member, by_keys)| {
        let shown = shown.borrow();
        let cell = shown.cell_of(member)?;
        Some((read(&props.session, member)?, shown.floor.place(cell)?, shown.cells.get(cell)?.old, by_keys, member))
    });
    let floor = &shown.borrow().floor;
    let readout = here.map(|(it, (x, y), old, by_keys, member)| {
        let pitch = floor.pitch;
        let frame = format!("left: {x:.1}px; top: {y:.1}px; width: {pitch:.1}px; height: {pitch:.1}px");
        let from_left = (x + pitch / 2.0 - 120.0).clamp(0.0, (floor.width - 240.0).max(0.0));
        let style = if y > 96.0 {
            format!("left: {from_left:.1}px; bottom: {:.1}px", floor.height - y + 6.0)
        } else {
            format!("left: {from_left:.1}px; top: {:.1}px", y + pitch + 6.0)
        };
        let node = it.node.as_deref().map_or_else(|| words.say("node-none"), |name| name.into());
        let said = format!("{}: {}, {} {}, {node}", it.key.name, it.word, it.ready, words.say("tone-ready"));
        let near = near.clone();
        let come = Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            near(member);
        });
        html! {
            <>
                <div class={yew::classes!("cursor", by_keys.then_some("keys"))} style={frame} aria-hidden="true"></div>
                <div class="readout" {style} data-tone={it.tone.id()}>
                    <b>{ it.key.name.to_string() }</b>
                    <span class="state"><Glyph icon={Icon::Tone(it.tone)} size={12} />{ it.word.to_string() }{ " · " }{ it.ready }</span>
                    <span class="dim">{ node }if old { { " · " }{ words.say("owner-old") } }</span>
                    <button class="link" type="button" tabindex="-1" onclick={come}>{ words.say("crowd-near") }</button>
                </div>
                <span class="unseen" role="option" aria-selected="true" id="crowd-cell">{ said }</span>
            </>
        }
    });
    let label = words.fill("crowd-label", &[("count", counted(&tally).into())]);
    let size = format!("width: {:.1}px; height: {:.1}px", floor.width, floor.height);
    html! {
        <section class="crowd">
            { legend(&tally, old, props.scene.count() >= MOST_SIMULATED as usize, words) }
            <div class="floor" ref={floor_ref} style={format!("height: {:.1}px", floor.height)}
                {onpointermove} {onpointerdown} {onpointerleave} {onclick}>
                <canvas ref={canvas} style={size} aria-hidden="true"></canvas>
                <Heads {heads} chosen={props.only.clone()} onnode={props.onnode.clone()} />
                <div class="cells-list" role="listbox" tabindex="0" aria-label={label} aria-activedescendant={readout.is_some().then_some("crowd-cell")} {onkeydown} {onfocus} id="crowd">
                    { for readout }
                </div>
            </div>
            <div ref={palette} hidden={true} class="palette">
                { for Tone::ALL.iter().map(|tone| html! { <i data-tone={tone.id()}></i> }) }
            </div>
        </section>
    }
}
