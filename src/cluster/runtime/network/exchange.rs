//! One question and one answer: who is asked, through whom, what is answered and when, as a flow for each leg.

use std::rc::Rc;
use std::time::Duration;

use super::ask::Ask;
use super::{PATIENCE, RESOLVER, Side, WAY, outside};
use crate::api::Pod;
use crate::cluster::Time;
use crate::cluster::network::{Client, Fault, Flow, Found, Party, Protocol, Route, To, is_node, resolve, route};
use crate::cluster::runtime::Runtime;
use crate::cluster::runtime::program::{Question, Reply, Served};
use crate::cluster::world::World;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub party: Party,
    /// The Pod he is in.
    pub pod: Option<Rc<Pod>>,
    pub address: Rc<str>,
    pub node: Rc<str>,
}

impl Asker {
    /// The container of an instance.
    pub fn instance(runtime: &Runtime, uid: &Rc<str>, id: u64) -> Self {
        let entry = runtime.pods.get(uid);
        let view = runtime.view(uid);
        let container = view.instance(id).map(|instance| instance.name.clone()).unwrap_or_default();
        Self {
            party: Party::Container { pod: uid.clone(), container },
            pod: entry.map(|entry| entry.pod.clone()),
            address: view.ready_sandbox().map(|sandbox| sandbox.ip.clone()).unwrap_or_default(),
            node: entry.map(|entry| entry.node.clone()).unwrap_or_default(),
        }
    }

    /// The Pod he is in.
    pub fn uid(&self) -> Option<Rc<str>> {
        match &self.party {
            Party::Container { pod, .. } => Some(pod.clone()),
            _ => None,
        }
    }
}

/// What comes of a question.
#[derive(Debug)]
pub(crate) enum Told {
    /// An answer, so long from now.
    Answer { after: Duration, reply: Reply },
    /// A program takes the connection and reads what comes over it.
    Talks { pod: Rc<str>, listener: Side, flow: Box<Flow> },
    /// The connection is taken, and nothing ever comes.
    Never,
}

/// How many proxies may stand behind one another.
const HOPS: u8 = 8;

/// Carries a question; every leg of its way is noted.
pub(crate) fn exchange(runtime: &mut Runtime, asker: &Asker, ask: &Ask, world: &mut World) -> Told {
    let now = world.now;
    hop(runtime, asker, ask, now, None, HOPS, world)
}

/// The leg that leaves `asker` at `left`.
fn hop(
    runtime: &mut Runtime,
    asker: &Asker,
    ask: &Ask,
    left: Time,
    via: Option<u64>,
    hops: u8,
    world: &mut World,
) -> Told {
    let mut flow = Flow {
        id: world.network.next_flow(),
        from: asker.party.clone(),
        to: Party::Nobody(ask.host.clone()),
        host: ask.host.clone(),
        port: ask.port,
        service: None,
        protocol: ask.protocol,
        label: ask.label.clone(),
        answer: "".into(),
        content: String::from_utf8_lossy(ask.body.get(..CONTENT).unwrap_or(&ask.body)).into(),
        sent: 64 + ask.label.len() as u64 + ask.body.len() as u64,
        received: 0,
        count: 1,
        left,
        arrived: left + WAY,
        answered: left + 2 * WAY,
        fault: None,
        via,
    };
    let (now, patience) = (world.now, ask.timeout.unwrap_or(PATIENCE));
    let ends = move |mut flow: Flow, fault: Fault, reply: Reply, takes: Duration, world: &mut World| {
        flow.fault = Some(fault);
        flow.answered = left + takes;
        let after = flow.answered.since(now);
        world.flow(flow);
        Told::Answer { after, reply }
    };
    if hops == 0 {
        return ends(flow, Fault::Circle, Reply::Closed, WAY, world);
    }
    let Some(found) = ask.found.clone().or_else(|| locate(asker, &ask.host, world)) else {
        let off = world.network.is_off() && ask.host.contains('.');
        let (fault, takes) = if off { (Fault::SwitchedOff, RESOLVER) } else { (Fault::NoSuchName, 2 * WAY) };
        return ends(flow, fault, Reply::Unknown, takes, world);
    };
    let way = asker.way(&found, ask.port, world);
    flow.service = way.service;
    let (address, port, own): (Rc<str>, u16, bool) = match way.to {
        To::Own(port) => (asker.address.clone(), port, true),
        To::Address(address, port) => (address, port, false),
        To::Outside(host, port) => {
            flow.to = Party::Outside(host.clone());
            if !world.network.reaches(&host) {
                return match world.network.is_off() && ask.host.parse::<std::net::IpAddr>().is_err() {
                    true => ends(flow, Fault::SwitchedOff, Reply::Unknown, RESOLVER, world),
                    false => ends(flow, Fault::SwitchedOff, Reply::TimedOut, patience, world),
                };
            }
            let (takes, reply) = outside::answer(&host, port, ask, asker);
            finish(&mut flow, &reply, takes);
            let after = flow.answered.since(now);
            world.flow(flow);
            return Told::Answer { after, reply };
        }
        To::Nobody(fault) => {
            let (reply, takes) = match fault {
                Fault::NoEndpoints { .. } => (Reply::Refused, 2 * WAY),
                _ => (Reply::TimedOut, patience),
            };
            return ends(flow, fault, reply, takes, world);
        }
    };
    let uid = if own { asker.uid() } else { None }.or_else(|| runtime.holder(&address, port, world.now));
    let Some(uid) = uid else {
        // A node is there even where nobody listens on it.
        return match is_node(&address, world) {
            true => ends(flow, Fault::NotListening, Reply::Refused, 2 * WAY, world),
            false => ends(flow, Fault::NoSuchAddress, Reply::TimedOut, patience, world),
        };
    };
    let authority = ask.authority();
    let question = Question {
        port,
        protocol: ask.protocol,
        method: &ask.method,
        path: &ask.path,
        host: &authority,
        client: &asker.address,
        agent: ask.agent,
        body: &ask.body,
    };
    let (container, served) = runtime.serve(&uid, &question, world);
    if let Some(container) = container {
        flow.to = Party::Container { pod: uid.clone(), container };
    }
    match served {
        Served::Refused => ends(flow, Fault::NotListening, Reply::Refused, 2 * WAY, world),
        Served::Hangs => match ask.timeout {
            Some(timeout) => ends(flow, Fault::Hangs, Reply::TimedOut, timeout, world),
            None => {
                flow.fault = Some(Fault::Hangs);
                flow.answered = left + PATIENCE;
                world.flow(flow);
                Told::Never
            }
        },
        Served::Talks(listener) => Told::Talks { pod: uid, listener, flow: Box::new(flow) },
        Served::Reply(reply, takes) => {
            finish(&mut flow, &reply, 2 * WAY + takes);
            let after = flow.answered.since(now);
            world.flow(flow);
            Told::Answer { after, reply }
        }
        Served::Forward { host, port, id } => {
            let proxy = Asker::instance(runtime, &uid, id);
            let next = Ask { host, port, found: None, ..ask.clone() };
            let told = hop(runtime, &proxy, &next, flow.arrived, Some(flow.id), hops - 1, world);
            match told {
                Told::Answer { after, reply } => {
                    // Who cannot go on himself says so in his own words.
                    let reply = match reply {
                        Reply::Refused | Reply::TimedOut | Reply::Unknown if ask.protocol == Protocol::Http => {
                            Reply::Http { status: 502, server: "".into(), body: b"Bad Gateway\n"[..].into() }
                        }
                        Reply::Refused | Reply::TimedOut | Reply::Unknown => Reply::Closed,
                        reply => reply,
                    };
                    let takes = (now + after).since(left) + WAY;
                    if let Reply::Http { status, body, .. } = &reply {
                        runtime.passed(&uid, id, &question, (*status, body.len()), world);
                    }
                    finish(&mut flow, &reply, takes);
                    let after = flow.answered.since(now);
                    world.flow(flow);
                    Told::Answer { after, reply }
                }
                Told::Talks { pod, listener, flow: last } => {
                    world.flow(flow);
                    Told::Talks { pod, listener, flow: last }
                }
                Told::Never => {
                    flow.fault = Some(Fault::Hangs);
                    flow.answered = left + PATIENCE;
                    world.flow(flow);
                    Told::Never
                }
            }
        }
    }
}

/// What is kept of what is sent, bytes.
const CONTENT: usize = 16 << 10;

/// Notes the answer.
fn finish(flow: &mut Flow, reply: &Reply, takes: Duration) {
    flow.answered = flow.left + takes;
    (flow.answer, flow.received) = match reply {
        // What was asked with HEAD has a length and does not come.
        Reply::Http { status, .. } if flow.label.starts_with("HEAD ") => (status.to_string().into(), 150),
        Reply::Http { status, body, .. } => (status.to_string().into(), 150 + body.len() as u64),
        Reply::Data(bytes) => (super::first_line(&String::from_utf8_lossy(bytes)), bytes.len() as u64),
        Reply::Connected => ("ok".into(), 0),
        _ => ("".into(), 0),
    };
}

/// What a host's name leads to: one of its addresses, which the node draws.
pub(super) fn locate(asker: &Asker, host: &str, world: &mut World) -> Option<Found> {
    let mut found = resolve(host, asker.pod.as_deref(), &asker.address, world)?;
    if found.outside.is_none() {
        let turn = usize::try_from(world.network.draw()).unwrap_or(0) % found.addresses.len().max(1);
        found.addresses = found.addresses.drain(..).skip(turn).take(1).collect();
    }
    Some(found)
}

impl Asker {
    /// Where what was found and a port lead.
    pub(super) fn way(&self, found: &Found, port: u16, world: &mut World) -> Route {
        route(found, port, Client { address: &self.address, node: &self.node }, world)
    }
}

/// Whether a host answers to a ping: a Pod, a node, a host outside, and never the address of a Service.
pub(super) fn echoes(runtime: &Runtime, asker: &Asker, host: &str, world: &mut World) -> bool {
    let Some(found) = locate(asker, host, world) else { return false };
    match asker.way(&found, 0, world).to {
        To::Own(_) => true,
        To::Address(address, _) => runtime.addresses.contains_key(&*address) || is_node(&address, world),
        To::Outside(host, _) => world.network.reaches(&host),
        To::Nobody(_) => false,
    }
}
