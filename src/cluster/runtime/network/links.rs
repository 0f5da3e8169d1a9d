//! Connections that stay open: between two programs, to a server that is asked line by line, to a host outside; and
//! programs that answer a question themselves (`nc -l`).

use collections::{Map as BTreeMap, Table};
use std::rc::Rc;
use std::time::Duration;

use super::exchange::locate;
use super::{Ask, Asker, PATIENCE, RESOLVER, Side, WAY, answer, first_line};
use crate::cluster::network::{Fault, Flow, Party, Protocol, To, is_node};
use crate::cluster::runtime::Runtime;
use crate::cluster::runtime::program::{Question, Reply, Served, servers};
use crate::cluster::world::World;

/// The connections there are, and who waits for one.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Links {
    /// The ports of each Pod that somebody has.
    ports: Table<Rc<str>, Ports>,
    /// What is at the other end of each side.
    peers: BTreeMap<Side, Peer>,
}

/// Who has the ports of a Pod.
#[derive(Clone, Debug, Default)]
struct Ports {
    /// Who listens, with whether it goes on listening after the first connection.
    listeners: BTreeMap<u16, (Side, bool)>,
    /// Which servers have taken ports.
    servers: BTreeMap<u16, Side>,
}

#[derive(Clone, Debug)]
enum Peer {
    /// Another program, of this Pod.
    Program(Rc<str>, Side),
    /// A server that is asked once a question is whole.
    Server { pod: Rc<str>, port: u16, said: Vec<u8> },
    /// A host outside.
    Outside(Rc<str>),
    /// Somebody has asked a question and waits for what this program says: who, the answer so far, the flow.
    Asker(Rc<str>, Side, Vec<u8>, Rc<Flow>),
}

/// The longest answer that is waited for, bytes.
const LONGEST: usize = 1 << 20;

/// A program listens on a port of its Pod.
pub(super) fn listen(runtime: &mut Runtime, uid: &Rc<str>, side: Side, port: u16, keep: bool, world: &mut World) {
    if runtime.links.taken(uid, side, port) || runtime.occupied(uid, side.0, port) {
        answer(uid, side, WAY, Reply::InUse, world);
    } else {
        if let Some(ports) = runtime.links.ports.or_default(uid, Rc::clone) {
            ports.listeners.insert(port, (side, keep));
        }
    }
}

/// A server takes a port of its Pod.
pub(super) fn bind(runtime: &mut Runtime, uid: &Rc<str>, side: Side, port: u16, world: &mut World) {
    if runtime.links.taken(uid, side, port) || runtime.occupied(uid, side.0, port) {
        answer(uid, side, WAY, Reply::InUse, world);
    } else {
        if let Some(ports) = runtime.links.ports.or_default(uid, Rc::clone) {
            ports.servers.insert(port, side);
        }
    }
}

impl Links {
    /// Whether another program of the Pod has the port.
    fn taken(&self, uid: &Rc<str>, side: Side, port: u16) -> bool {
        let Some(ports) = self.ports.get(uid) else { return false };
        let listens = ports.listeners.get(&port).map(|(other, _)| other);
        listens.into_iter().chain(ports.servers.get(&port)).any(|other| *other != side)
    }

    /// The program that waits for a connection to `port` of a Pod, if it is free.
    pub fn waits(&self, uid: &Rc<str>, port: u16) -> Option<Side> {
        let (side, _) = self.ports.get(uid)?.listeners.get(&port)?;
        (!self.peers.contains_key(side)).then_some(*side)
    }

    /// The listener takes a connection; whether it goes on listening.
    fn take(&mut self, uid: &Rc<str>, port: u16) {
        let Some(ports) = self.ports.get_mut(uid) else { return };
        if ports.listeners.get(&port).is_some_and(|(_, keeps)| !keeps) {
            ports.listeners.remove(&port);
        }
    }

    /// Takes the ports of a Pod from the sides that `keep` does not keep.
    fn free(&mut self, uid: &Rc<str>, keep: impl Fn(&Side) -> bool) {
        let Some(ports) = self.ports.get_mut(uid) else { return };
        ports.listeners.retain(|_, (listener, _)| keep(listener));
        ports.servers.retain(|_, server| keep(server));
        if ports.listeners.is_empty() && ports.servers.is_empty() {
            self.ports.remove(uid);
        }
    }

    fn port_of(&self, uid: &Rc<str>, side: Side) -> Option<u16> {
        let mut own = self.ports.get(uid)?.listeners.iter();
        own.find(|(_, (listener, _))| *listener == side).map(|(port, _)| *port)
    }
}

/// The flow of something that goes over a connection.
fn leg(from: Party, to: Party, protocol: Protocol, label: Rc<str>, content: &[u8], world: &mut World) -> Flow {
    Flow {
        id: world.network.next_flow(),
        from,
        to,
        host: "".into(),
        port: 0,
        service: None,
        protocol,
        label,
        answer: "".into(),
        content: String::from_utf8_lossy(content).into(),
        sent: content.len() as u64,
        received: 0,
        count: 1,
        left: world.now,
        arrived: world.now + WAY,
        answered: world.now + WAY,
        fault: None,
        via: None,
    }
}

/// A program opens a connection.
pub(super) fn connect(runtime: &mut Runtime, uid: &Rc<str>, side: Side, ask: Ask, world: &mut World) {
    let asker = Asker::instance(runtime, uid, side.0);
    lead(runtime, (uid, side), &asker, ask, None, HOPS, world);
}

/// How many proxies may stand behind one another.
const HOPS: u8 = 8;

/// Leads a connection that `asker` opens, the program itself or a proxy that it has come to, on to its other end.
fn lead(
    runtime: &mut Runtime,
    (uid, side): (&Rc<str>, Side),
    asker: &Asker,
    ask: Ask,
    via: Option<u64>,
    hops: u8,
    world: &mut World,
) {
    let patience = ask.timeout.unwrap_or(PATIENCE);
    let nobody = Party::Nobody(ask.host.clone());
    let mut flow = leg(asker.party.clone(), nobody, ask.protocol, "connect".into(), &[], world);
    (flow.host, flow.port, flow.via) = (ask.host.clone(), ask.port, via);
    let fails = |mut flow: Flow, fault, reply, after: Duration, world: &mut World| {
        flow.fault = Some(fault);
        flow.answered = flow.left + after;
        world.flow(flow);
        // Who was let in by a proxy already hears that it closes.
        answer(uid, side, after, if via.is_some() { Reply::Closed } else { reply }, world);
    };
    if hops == 0 {
        return fails(flow, Fault::Circle, Reply::Closed, WAY, world);
    }
    let Some(found) = locate(asker, &ask.host, world) else {
        return fails(flow, Fault::NoSuchName, Reply::Unknown, 2 * WAY, world);
    };
    if let (None, Some(address)) = (via, found.addresses.first()) {
        answer(uid, side, WAY, Reply::At(address.clone()), world);
    }
    let way = asker.way(&found, ask.port, world);
    flow.service = way.service;
    let (address, port, own): (Rc<str>, u16, bool) = match way.to {
        To::Own(port) => (asker.address.clone(), port, true),
        To::Address(address, port) => (address, port, false),
        To::Outside(host, _) => {
            flow.to = Party::Outside(host.clone());
            if !world.network.reaches(&host) {
                let named = world.network.is_off() && ask.host.parse::<std::net::IpAddr>().is_err();
                let reply = if named { Reply::Unknown } else { Reply::TimedOut };
                return fails(flow, Fault::SwitchedOff, reply, patience.min(RESOLVER), world);
            }
            flow.answer = "ok".into();
            flow.answered = flow.left + 40 * WAY;
            world.flow(flow);
            runtime.links.peers.insert(side, Peer::Outside(host));
            return answer(uid, side, 40 * WAY, Reply::Connected, world);
        }
        To::Nobody(fault @ Fault::NoEndpoints { .. }) => return fails(flow, fault, Reply::Refused, 2 * WAY, world),
        To::Nobody(fault) => return fails(flow, fault, Reply::TimedOut, patience, world),
    };
    let reached = if own { asker.uid() } else { runtime.holder(&address, port, world.now) };
    let Some(pod) = reached else {
        return match is_node(&address, world) {
            true => fails(flow, Fault::NotListening, Reply::Refused, 2 * WAY, world),
            false => fails(flow, Fault::NoSuchAddress, Reply::TimedOut, patience, world),
        };
    };
    flow.answer = "ok".into();
    flow.answered = flow.left + 2 * WAY;
    if let Some(listener) = runtime.links.waits(&pod, port) {
        runtime.links.take(&pod, port);
        runtime.links.peers.insert(side, Peer::Program(pod.clone(), listener));
        runtime.links.peers.insert(listener, Peer::Program(uid.clone(), side));
        flow.to = Asker::instance(runtime, &pod, listener.0).party;
        world.flow(flow);
        answer(&pod, listener, WAY, Reply::Connected, world);
        return answer(uid, side, 2 * WAY, Reply::Connected, world);
    }
    let Some(container) = runtime.answering(&pod, port, world.now) else {
        flow.answer = "".into();
        return fails(flow, Fault::NotListening, Reply::Refused, 2 * WAY, world);
    };
    flow.to = Party::Container { pod: pod.clone(), container };
    let id = flow.id;
    world.flow(flow);
    // A proxy leads on to where it has been told.
    if let Some((host, port, proxy)) = runtime.forwards(&pod, port, world) {
        let proxy = Asker::instance(runtime, &pod, proxy);
        return lead(runtime, (uid, side), &proxy, Ask { host, port, ..ask }, Some(id), hops - 1, world);
    }
    runtime.links.peers.insert(side, Peer::Server { pod, port, said: Vec::new() });
    answer(uid, side, 2 * WAY, Reply::Connected, world);
}

/// Bytes go over a connection.
pub(super) fn send(runtime: &mut Runtime, uid: &Rc<str>, side: Side, bytes: Vec<u8>, world: &mut World) {
    let Some(peer) = runtime.links.peers.get_mut(&side) else { return };
    let label = first_line(&String::from_utf8_lossy(&bytes));
    match peer {
        Peer::Program(pod, other) => {
            let (pod, other) = (pod.clone(), *other);
            let (from, to) =
                (Asker::instance(runtime, uid, side.0).party, Asker::instance(runtime, &pod, other.0).party);
            let flow = leg(from, to, Protocol::Tcp, label, &bytes, world);
            world.flow(flow);
            answer(&pod, other, WAY, Reply::Data(bytes), world);
        }
        Peer::Outside(host) => {
            let to = Party::Outside(host.clone());
            let from = Asker::instance(runtime, uid, side.0).party;
            let mut flow = leg(from, to, Protocol::Tcp, label, &bytes, world);
            flow.arrived = flow.left + 20 * WAY;
            flow.answered = flow.arrived;
            world.flow(flow);
        }
        Peer::Asker(_, _, so_far, _) => {
            so_far.extend_from_slice(&bytes);
            if so_far.len() > LONGEST || servers::whole_response(so_far) {
                tell_asker(runtime, side, world);
            }
        }
        Peer::Server { pod, port, said } => {
            said.extend_from_slice(&bytes);
            let (pod, port, said) = (pod.clone(), *port, said.clone());
            let Some((used, ask)) = servers::question(&said) else { return };
            if let Some(Peer::Server { said, .. }) = runtime.links.peers.get_mut(&side) {
                said.drain(..used.min(said.len()));
            }
            let asker = Asker::instance(runtime, uid, side.0);
            let question = Question {
                port,
                protocol: ask.protocol,
                method: &ask.method,
                path: &ask.path,
                host: "",
                client: &asker.address,
                agent: "",
                body: &ask.body,
            };
            let (container, served) = runtime.serve(&pod, &question, world);
            let to = match container {
                Some(container) => Party::Container { pod, container },
                None => Party::Nobody("".into()),
            };
            let mut flow = leg(asker.party, to, ask.protocol, ask.label.clone(), &said, world);
            if let Served::Reply(mut reply, takes) = served {
                if let (Reply::Http { body, .. }, "HEAD") = (&mut reply, &*ask.method) {
                    *body = [].into();
                }
                flow.answered = flow.left + 2 * WAY + takes;
                let (bytes, closes) = servers::spoken(reply);
                flow.answer = first_line(&String::from_utf8_lossy(&bytes));
                flow.received = bytes.len() as u64;
                answer(uid, side, 2 * WAY + takes, Reply::Data(bytes), world);
                if closes {
                    runtime.links.peers.remove(&side);
                    answer(uid, side, 2 * WAY + takes, Reply::Closed, world);
                }
            }
            world.flow(flow);
        }
    }
}

/// Somebody's question goes to a program that listens; it is told the question, and what it says is the answer.
pub(super) fn speak(
    runtime: &mut Runtime,
    uid: &Rc<str>,
    side: Side,
    ask: &Ask,
    (pod, listener): (Rc<str>, Side),
    mut flow: Flow,
    world: &mut World,
) {
    if let Some(port) = runtime.links.port_of(&pod, listener) {
        runtime.links.take(&pod, port);
    }
    flow.to = Asker::instance(runtime, &pod, listener.0).party;
    answer(&pod, listener, WAY, Reply::Connected, world);
    let text = match ask.protocol {
        Protocol::Http => [ask.head().as_bytes(), &ask.body].concat(),
        _ => ask.body.to_vec(),
    };
    answer(&pod, listener, WAY, Reply::Data(text), world);
    if ask.protocol == Protocol::Logs {
        flow.answer = "ok".into();
        flow.answered = flow.left + 2 * WAY;
        world.flow(flow);
        answer(&pod, listener, WAY, Reply::Closed, world);
        return answer(uid, side, 2 * WAY, Reply::Connected, world);
    }
    runtime.links.peers.insert(listener, Peer::Asker(uid.clone(), side, Vec::new(), Rc::new(flow)));
}

/// The program has said all it says to a question.
fn tell_asker(runtime: &mut Runtime, side: Side, world: &mut World) {
    let Some(Peer::Asker(uid, asker, said, flow)) = runtime.links.peers.remove(&side) else { return };
    let reply = match flow.protocol {
        Protocol::Http => servers::response(&said),
        _ if said.is_empty() => Reply::Closed,
        _ => Reply::Data(said.clone()),
    };
    let mut flow = Rc::unwrap_or_clone(flow);
    flow.answered = world.now + WAY;
    flow.received = said.len() as u64;
    flow.answer = match &reply {
        Reply::Http { status, .. } => status.to_string().into(),
        _ => first_line(&String::from_utf8_lossy(&said)),
    };
    if let Party::Container { pod, .. } = &flow.to {
        answer(&pod.clone(), side, WAY, Reply::Closed, world);
    }
    world.flow(flow);
    answer(&uid, asker, WAY, reply, world);
}

/// A side says nothing more, and still listens.
pub(super) fn shut(runtime: &mut Runtime, side: Side, world: &mut World) {
    match runtime.links.peers.get(&side) {
        Some(Peer::Program(pod, other)) => answer(&pod.clone(), *other, WAY, Reply::Closed, world),
        Some(Peer::Asker(..)) => tell_asker(runtime, side, world),
        Some(Peer::Outside(_) | Peer::Server { .. }) => {
            if let Some(uid) = runtime.pod_of(side.0) {
                answer(&uid, side, 40 * WAY, Reply::Closed, world);
            }
        }
        None => {}
    }
}

/// A side closes its connection, or listens no longer.
pub(super) fn close(runtime: &mut Runtime, uid: &Rc<str>, side: Side, world: &mut World) {
    runtime.links.free(uid, |own| *own != side);
    match runtime.links.peers.get(&side) {
        Some(Peer::Asker(..)) => tell_asker(runtime, side, world),
        Some(Peer::Program(pod, other)) => {
            let (pod, other) = (pod.clone(), *other);
            runtime.links.peers.remove(&side);
            runtime.links.peers.remove(&other);
            answer(&pod, other, WAY, Reply::Closed, world);
        }
        Some(_) => _ = runtime.links.peers.remove(&side),
        None => {}
    }
}

/// An instance has ended: all its connections close.
pub(in super::super) fn forget(runtime: &mut Runtime, uid: &Rc<str>, id: u64, world: &mut World) {
    runtime.links.free(uid, |own| own.0 != id);
    let sides: Vec<Side> =
        runtime.links.peers.range((id, 0)..).map(|(side, _)| *side).take_while(|side| side.0 == id).collect();
    for side in sides {
        close(runtime, uid, side, world);
    }
}
