//! What flows: packets on the lines of the picture, and those outside of the Pod at its edge, each with what it got.

use std::rc::Rc;
use std::time::Duration;

use yew::{AttrValue, Html, Properties, component, html, use_memo};

use super::wires::Places;
use crate::cluster::{Fault, Flow, ObjectKey, Party, Protocol, Time};
use crate::trace::scene::{OutsideScene, PodScene, Received};
use crate::trace::{Partner, Scene, Tone, Traffic};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::model::clock::clock;
use crate::ui::model::formats::formats;
use crate::ui::model::packets::{Packet, dwell, edge_id, packet};
use crate::ui::model::wires::{self, Way};
use crate::ui::platform::scroll;
use crate::ui::sender::use_sender;
use crate::ui::session::Session;
use crate::ui::state::{Aside, Msg, Same, Selection, Sheet};
use crate::ui::words::{Words, use_words};

/// How many packets are painted at once.
const PACKETS: usize = 24;

/// How many partners stand at the edge: those met last.
const EDGE: usize = 6;

/// The name of a Pod by its uid.
pub(crate) type PodNames = Rc<Vec<(Rc<str>, ObjectKey)>>;

/// Who a party is, in a word or two.
pub(crate) fn party_words(party: &Party, own: Option<&str>, pods: &[(Rc<str>, ObjectKey)], words: Words) -> AttrValue {
    match party {
        Party::Container { pod, container } if own == Some(&**pod) => container.to_string().into(),
        Party::Container { pod, container } => {
            let name = pods.iter().find(|(uid, _)| uid == pod).map(|(_, key)| key.name.to_string());
            format!("{}/{container}", name.unwrap_or_else(|| "pod".to_owned())).into()
        }
        Party::Kubelet(_) => "kubelet".into(),
        Party::User(who) => who.to_string().into(),
        Party::Outside(host) => host.to_string().into(),
        Party::Dns => words.say("party-dns"),
        Party::Nobody(whom) => words.fill("party-nobody", &[("name", (&**whom).into())]),
    }
}

/// Why a request came to nothing, in words.
pub(crate) fn fault_words(fault: &Fault, words: Words) -> AttrValue {
    let id = match fault {
        Fault::NoSuchName => "fault-no-such-name",
        Fault::NoEndpoints { selected: 0 } => "fault-no-endpoints",
        Fault::NoEndpoints { .. } => "fault-not-ready",
        Fault::NoSuchPort => "fault-no-such-port",
        Fault::NotListening => "fault-not-listening",
        Fault::NoSuchAddress => "fault-no-such-address",
        Fault::SwitchedOff => "fault-switched-off",
        Fault::Hangs => "fault-hangs",
        Fault::Circle => "fault-circle",
    };
    words.say(id)
}

/// An exchange in a line: who asked whom, what, and what came of it.
pub(crate) fn flow_words(flow: &Flow, own: Option<&str>, pods: &[(Rc<str>, ObjectKey)], words: Words) -> String {
    let from = party_words(&flow.from, own, pods, words);
    let named = if flow.port > 0 { format!("{}:{}", flow.host, flow.port) } else { flow.host.to_string() };
    let to = party_words(&flow.to, own, pods, words);
    let through = if named.is_empty() || *named == *to { String::new() } else { format!("{named} → ") };
    let outcome = match &flow.fault {
        Some(fault) => format!("✕ {}", fault_words(fault, words)),
        None if flow.answer.is_empty() => String::new(),
        None => flow.answer.to_string(),
    };
    let times = if flow.count > 1 { format!(" ×{}", flow.count) } else { String::new() };
    let outcome = if outcome.is_empty() { String::new() } else { format!(" ⇒ {outcome}") };
    format!("{from} → {through}{to} · {} {}{times}{outcome}", flow.protocol.name(), flow.label)
}

/// The way of a packet from one party to another, as the picture has it.
fn way(places: &Places, uid: &str, from: &Party, to: &Party) -> Option<Way> {
    let ground = places.ground()?;
    // Each end as a line that leads to localhost.
    let end = |party: &Party| match party {
        Party::Container { pod, container } if **pod == *uid => places.plug(container),
        other => {
            let mut way = wires::leave(&ground, places.get(&format!("o:{}", edge_id(other)))?);
            way.reverse();
            Some(way)
        }
    };
    Some(wires::join(&end(from)?, &end(to)?))
}

#[derive(PartialEq, Properties)]
pub(crate) struct PacketProps {
    pub pod: Same<PodScene>,
    pub places: Places,
    pub session: Session,
    pub at: Time,
    /// Virtual seconds a second.
    pub rate: f64,
}

/// The packets at the playhead. Where nothing is to move the lines they run along are lit instead.
#[component]
pub(crate) fn Packets(props: &PacketProps) -> Html {
    let (pod, at) = (&props.pod, props.at);
    let seen = dwell(props.rate);
    let flows = props.session.flows(at, seen);
    let own = |party: &Party| matches!(party, Party::Container { pod: uid, .. } if *uid == pod.uid);
    let ours = |flow: &&Rc<Flow>| {
        (own(&flow.from) || own(&flow.to))
            && !matches!(flow.from, Party::Kubelet(_))
            && !matches!(flow.to, Party::Kubelet(_))
    };
    let still = scroll::still();
    let paint = |it: Packet| {
        let way = way(&props.places, &pod.uid, &it.flow.from, &it.flow.to)?;
        let tone = if it.flow.fault.is_some() { Tone::Failed } else { Tone::Done };
        let lit = html! { <path class="flow" data-tone={tone.id()} d={wires::path(&way)} /> };
        if still {
            return Some(html! { <g key={it.flow.id}>{ lit }</g> });
        }
        let (share, class) = match it.back {
            Some(back) => (1.0 - back, "packet back"),
            None if it.out >= 1.0 && it.flow.fault.is_some() => (1.0, "packet lost"),
            None => (it.out, "packet"),
        };
        let (x, y) = wires::along(&way, share)?;
        let point = format!("translate({x:.1} {y:.1})");
        let big = if it.flow.count > 1 { "6.5" } else { "5" };
        Some(html! {
            <g key={it.flow.id}>{ lit }
                <g {class} transform={point} data-tone={tone.id()}>
                    if class == "packet lost" {
                        <path d="M-4 -4L4 4M4 -4L-4 4" />
                    } else {
                        <circle r={big} />
                    }
                </g>
            </g>
        })
    };
    let packets: Vec<Packet> = flows.iter().filter(ours).filter_map(|flow| packet(flow, at, seen)).collect();
    let skip = packets.len().saturating_sub(PACKETS);
    html! { <svg class="packets" aria-hidden="true">{ for packets.into_iter().skip(skip).filter_map(paint) }</svg> }
}

#[derive(PartialEq, Properties)]
pub(crate) struct Props {
    pub pod: Same<PodScene>,
    pub traffic: Same<Traffic>,
    /// The picture, of which the hosts outside of the cluster are told here.
    pub scene: Aside<Rc<Scene>>,
    pub pods: PodNames,
    pub session: Session,
    /// The moment, as coarse as what is told here needs it.
    pub at: Time,
}

/// Those with whom the Pod exchanges something, at its edge; and its newest exchange in words.
#[component]
pub(crate) fn Edge(props: &Props) -> Html {
    let words = use_words();
    let traffic = &props.traffic;
    let Some(last) = &traffic.last else { return html! {} };
    let hidden = traffic.partners.len().saturating_sub(EDGE);
    // Who is lost from sight are those that were silent longest; the others keep their places.
    let mut newest: Vec<(Time, usize)> = traffic.partners.iter().enumerate().map(|(n, it)| (it.last.left, n)).collect();
    collections::sort_by_key(&mut newest, |(at, _)| std::cmp::Reverse(*at));
    newest.truncate(EDGE);
    let mut shown: Vec<usize> = newest.into_iter().map(|(_, n)| n).collect();
    collections::sort(&mut shown);
    let partner = |n: usize| {
        let partner = traffic.partners.get(n)?.clone();
        let host = match &partner.party {
            Party::Outside(host) => props.scene.0.outside.iter().find(|it| it.name == *host).cloned(),
            _ => None,
        };
        let key = edge_id(&partner.party);
        Some(
            html! { <PartnerCard {key} pod={props.pod.clone()} {partner} {host} pods={props.pods.clone()} session={props.session.clone()} at={props.at} newest={last.left} /> },
        )
    };
    html! {
        <section class="edge" aria-label={words.say("edge")}>
            <p class="caption"><span class="last"><b class="time">{ clock(last.left, true) }</b>{ " " }{ flow_words(last, Some(&props.pod.uid), &props.pods, words) }</span></p>
            if !traffic.partners.is_empty() {
                <div class="partners">{ for shown.into_iter().filter_map(partner) }
                    if hidden > 0 { <span class="dim">{ words.fill("edge-more", &[("count", hidden.into())]) }</span> }
                </div>
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct PartnerProps {
    pod: Same<PodScene>,
    partner: Partner,
    host: Option<OutsideScene>,
    pods: PodNames,
    session: Session,
    at: Time,
    /// When anything flowed last.
    newest: Time,
}

/// How long after its last exchange somebody counts as past.
const QUIET: Duration = Duration::from_secs(10);

/// Whether something that was received is of a log: lines that nobody answers.
pub(crate) fn is_log(it: &Received) -> bool {
    !it.content.is_empty() && matches!(it.protocol, Protocol::Logs | Protocol::Tcp | Protocol::Udp)
}

/// The variables of the container `container` that name `host`, or a part of its name: why it is this host.
fn because(session: &Session, at: Time, pod: &ObjectKey, container: &str, host: &str) -> Vec<String> {
    let Some(facts) = session.inspect(at, pod, container) else { return Vec::new() };
    let part = |value: &str| {
        value.len() >= 2
            && (value.contains(host) || host.split(['.', '-']).any(|part| part.eq_ignore_ascii_case(value)))
    };
    let named = facts.env.iter().filter(|variable| variable.value.as_deref().is_some_and(part));
    named.take(2).map(|it| format!("{}={}", it.name, it.value.as_deref().unwrap_or_default())).collect()
}

/// Somebody at the edge.
#[component]
fn PartnerCard(props: &PartnerProps) -> Html {
    let (words, sender) = (use_words(), use_sender());
    let Partner { party, service, count, failed, last, .. } = &props.partner;
    let name = party_words(party, None, &props.pods, words);
    // The container of this Pod that spoke last, and the host it chose.
    let speaker = match (&last.from, party) {
        (Party::Container { pod, container }, Party::Outside(_)) if *pod == props.pod.uid => Some(container.clone()),
        _ => None,
    };
    let why = use_memo((props.session.clone(), speaker.clone(), name.clone(), props.pod.key.clone()), {
        let at = props.at;
        move |(session, speaker, name, key)| {
            speaker.as_ref().map(|container| because(session, at, key, container, name)).unwrap_or_default()
        }
    });
    let title = match service {
        Some(service) => format!("svc/{} → {name}", service.name),
        None => name.to_string(),
    };
    let wrong = last.fault.is_some();
    let off = props.host.as_ref().is_some_and(|host| !host.on);
    let lines = props.host.iter().flat_map(|host| host.received.iter()).filter(|it| is_log(it));
    let kinds = formats(lines.flat_map(|it| it.content.lines()));
    // What is over for a while, while others are talked to, is told more quietly.
    let past = props.at.since(last.left) > QUIET && props.newest > last.left;
    let reasons = use_memo((props.session.clone(), Same(last.clone())), {
        let at = props.at;
        move |(session, flow)| session.why_flow(at, flow).because
    });
    let told = match (&last.fault, kinds.as_slice()) {
        (Some(fault), _) => reasons.first().map_or_else(|| fault_words(fault, words), |phrase| words.phrase(phrase)),
        (None, []) if last.answer.is_empty() => format!("{} {}", last.protocol.name(), last.label).into(),
        (None, []) => format!("{} {} ⇒ {}", last.protocol.name(), last.label, last.answer).into(),
        (None, kinds) => {
            let list =
                kinds.iter().map(|kind| words.say(&format!("format-{}", kind.id())).to_string()).collect::<Vec<_>>();
            words.fill("edge-formats", &[("count", kinds.len().into()), ("list", list.join(", ").into())])
        }
    };
    let onclick = match party {
        Party::Outside(host) => sender.on(Msg::Open(Some(Sheet::Outside { host: host.clone() }))),
        Party::Container { pod, .. } => {
            let key = props.pods.iter().find(|(uid, _)| uid == pod).map(|(_, key)| key.clone());
            sender.on(Msg::Select(key.map(Selection::Pod).unwrap_or_default()))
        }
        _ => sender.on(Msg::ShowTab(crate::ui::state::Tab::Table)),
    };
    let icon = match party {
        Party::Outside(_) => Icon::Globe,
        Party::Container { .. } => Icon::Pod,
        Party::User(_) => Icon::Person,
        Party::Nobody(_) => Icon::Question,
        _ => Icon::Node,
    };
    html! {
        <button class={yew::classes!("partner", wrong.then_some("wrong"), off.then_some("off"), past.then_some("past"))} type="button" {onclick}
            data-wire={format!("o:{}", edge_id(party))} data-party={name.to_string()}>
            <span class="who"><Glyph {icon} size={14} /><b>{ title }</b>
                <span class="dim">{ words.fill("edge-count", &[("count", (*count as usize).into())]) }
                    { " " }
                    if *failed > 0 { <span class="trouble">{ words.fill("edge-failed", &[("count", (*failed as usize).into())]) }</span> }
                </span>
            </span>
            <span class={if wrong { "told trouble" } else { "told" }}>{ told }</span>
            { for reasons.iter().skip(1).map(|phrase| html! { <span class="told">{ words.phrase(phrase) }</span> }) }
            if off { <span class="told trouble">{ words.say("edge-off") }</span> }
            if !why.is_empty() {
                <span class="told because">{ words.fill("edge-because", &[("name", speaker.as_deref().unwrap_or_default().into()), ("variables", why.join(", ").into())]) }</span>
            }
        </button>
    }
}
