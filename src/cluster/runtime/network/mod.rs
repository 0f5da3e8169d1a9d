//! Carries what programs ask of the network (`program::machine::network` is the seam) and brings the answers back.
//!
//! A request belongs to an instance (`uid`, `id`) and a ticket of it; the answer is a [`Timer::Reply`] due when it
//! arrives. Where it goes is told by `cluster::network`, what is answered there by `program::servers`. A request and its
//! answer are one [`Flow`]; connections that programs speak over themselves are in [`links`].

pub(super) mod apiserver;
pub(super) mod ask;
mod exchange;
mod links;
mod outside;

use std::rc::Rc;
use std::time::Duration;

pub(crate) use ask::{Ask, http};
pub(crate) use exchange::{Asker, Told, exchange};
use exchange::{echoes, locate};
pub(super) use links::{Links, forget};

use super::program::{HttpAnswer, Question, Reply, Request, Served, Ticket};
use super::{Echo, Runtime, Timer};
use crate::cluster::network::{Answered, Fault, Flow, Party, Protocol, Search, records, resolve};
use crate::cluster::world::{Due, World};

/// How long something takes from one side to the other.
pub(crate) const WAY: Duration = Duration::from_millis(1);
/// How long somebody waits for an address that nobody has, if he says nothing else (Linux: tcp_syn_retries).
const PATIENCE: Duration = Duration::from_secs(127);
/// How long a resolver waits for a server that does not answer.
const RESOLVER: Duration = Duration::from_secs(5);

/// One side of a connection: the instance and its ticket.
pub(super) type Side = (u64, Ticket);

/// Carries the requests of one step of an instance.
pub(super) fn carry(
    runtime: &mut Runtime,
    uid: &Rc<str>,
    id: u64,
    requests: Vec<(Ticket, Request)>,
    world: &mut World,
) {
    for (ticket, request) in requests {
        take(runtime, uid, (id, ticket), request, world);
    }
}

/// Lets a reply arrive.
pub(super) fn answer(pod: &Rc<str>, (id, ticket): Side, after: Duration, reply: Reply, world: &mut World) {
    world.wake(after, Due::Runtime(Timer::Reply { pod: pod.clone(), id, ticket, reply }));
}

/// Does what is asked.
fn take(runtime: &mut Runtime, uid: &Rc<str>, side: Side, request: Request, world: &mut World) {
    match request {
        Request::Resolve { name } => {
            let (after, reply) = look_up(runtime, uid, side.0, &name, None, world);
            answer(uid, side, after, reply, world);
        }
        Request::Records { name, kinds, search } => {
            let (after, reply) = look_up(runtime, uid, side.0, &name, Some((&kinds, search)), world);
            answer(uid, side, after, reply, world);
        }
        Request::Echo { host } => {
            if echoes(runtime, &Asker::instance(runtime, uid, side.0), &host, world) {
                answer(uid, side, WAY, Reply::Connected, world);
            }
        }
        Request::Listen { port, keep } => links::listen(runtime, uid, side, port, keep, world),
        Request::Bind { port } => links::bind(runtime, uid, side, port, world),
        Request::Send { bytes } => links::send(runtime, uid, side, bytes, world),
        Request::Shutdown => links::shut(runtime, side, world),
        Request::Close => links::close(runtime, uid, side, world),
        Request::Connect { host, port, udp, timeout } => {
            let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
            links::connect(runtime, uid, side, Ask { host, port, protocol, timeout, ..Ask::default() }, world);
        }
        Request::Clone { address } => {
            let rest = address.split_once("://").map_or(&*address, |(_, rest)| rest);
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            let ask = Ask {
                host: host.into(),
                port: if address.starts_with("http:") { 80 } else { 443 },
                protocol: Protocol::Git,
                label: format!("clone {address}").into(),
                ..Ask::default()
            };
            ask_for(runtime, uid, side, ask, world);
        }
        Request::Http(mut ask) => {
            if let Some(address) = find(runtime, uid, side.0, &mut ask, world) {
                answer(uid, side, WAY, Reply::At(address), world);
            }
            ask_for(runtime, uid, side, *ask, world);
        }
        Request::Query { host, port, protocol, text, timeout } => {
            let label = if text.is_empty() { "connect".into() } else { first_line(&text) };
            let ask = Ask { host, port, protocol, label, body: text.as_bytes().into(), timeout, ..Ask::default() };
            ask_for(runtime, uid, side, ask, world);
        }
    }
}

/// What comes of a request that a command makes while it is looked ahead. With `quiet` nobody hears of it: it will be
/// asked again when the command is run.
pub(super) fn preview(
    runtime: &mut Runtime,
    uid: &Rc<str>,
    id: u64,
    request: Request,
    quiet: bool,
    world: &mut World,
) -> Vec<(Duration, Reply)> {
    let before = quiet.then(|| {
        let state = (runtime.pods.clone(), runtime.disks.clone(), world.network.clone(), world.logs.clone());
        (world.journal.len(), state)
    });
    let asker = Asker::instance(runtime, uid, id);
    let mut at = None;
    let told = match request {
        Request::Resolve { name } => {
            let (after, reply) = look_up(runtime, uid, id, &name, None, world);
            Told::Answer { after, reply }
        }
        Request::Records { name, kinds, search } => {
            let (after, reply) = look_up(runtime, uid, id, &name, Some((&kinds, search)), world);
            Told::Answer { after, reply }
        }
        Request::Echo { host } => match echoes(runtime, &asker, &host, world) {
            true => Told::Answer { after: WAY, reply: Reply::Connected },
            false => Told::Never,
        },
        Request::Http(mut ask) => {
            at = find(runtime, uid, id, &mut ask, world);
            exchange(runtime, &asker, &ask, world)
        }
        Request::Query { host, port, protocol, text, timeout } => {
            let body = text.as_bytes().into();
            let label = if text.is_empty() { "connect".into() } else { first_line(&text) };
            let ask = Ask { host, port, protocol, label, body, timeout, ..Ask::default() };
            exchange(runtime, &asker, &ask, world)
        }
        Request::Connect { host, port, timeout, .. } => {
            let mut ask = Ask { host, port, label: "connect".into(), timeout, ..Ask::default() };
            at = find(runtime, uid, id, &mut ask, world);
            exchange(runtime, &asker, &ask, world)
        }
        Request::Clone { .. } => Told::Answer { after: WAY, reply: Reply::Connected },
        // Who is connected hears nothing more.
        Request::Shutdown => Told::Answer { after: WAY, reply: Reply::Closed },
        Request::Listen { .. } | Request::Bind { .. } | Request::Send { .. } | Request::Close => Told::Never,
    };
    if let Some((length, state)) = before {
        world.journal.truncate(length);
        (runtime.pods, runtime.disks, world.network, world.logs) = state;
    }
    let told = match told {
        Told::Answer { after, reply } => Some((after, reply)),
        // What a program would answer is not known ahead of time; that it takes the connection is.
        Told::Talks { .. } => Some((2 * WAY, Reply::Http { status: 200, server: "".into(), body: [].into() })),
        Told::Never => None,
    };
    at.map(|address| (WAY, Reply::At(address))).into_iter().chain(told).collect()
}

/// Looks the host of a question up, before it is asked: the address that it goes to.
fn find(runtime: &Runtime, uid: &Rc<str>, id: u64, ask: &mut Ask, world: &mut World) -> Option<Rc<str>> {
    ask.found = locate(&Asker::instance(runtime, uid, id), &ask.host, world);
    ask.found.as_ref()?.addresses.first().cloned()
}

/// An exchange with one question and one answer.
fn ask_for(runtime: &mut Runtime, uid: &Rc<str>, side: Side, ask: Ask, world: &mut World) {
    let asker = Asker::instance(runtime, uid, side.0);
    match exchange(runtime, &asker, &ask, world) {
        Told::Answer { after, reply } => answer(uid, side, after, reply, world),
        Told::Talks { pod, listener, flow } => links::speak(runtime, uid, side, &ask, (pod, listener), *flow, world),
        Told::Never => {}
    }
}

/// With more Pods than this in the cluster the probes of kubelets are not told as flows.
const CROWD: usize = 200;

/// Whether there are so many Pods that a probe which goes well is seen by nobody but the container.
pub(crate) fn is_crowd(world: &World) -> bool {
    world.store.count(crate::api::Kind::Pod) > CROWD
}

/// What the kubelet asks of a Pod at its own address.
fn question<'a>(ask: &'a Ask, address: &'a str) -> Question<'a> {
    Question {
        port: ask.port,
        protocol: ask.protocol,
        method: &ask.method,
        path: &ask.path,
        host: address,
        client: GATEWAY,
        agent: ask.agent,
        body: &[],
    }
}

/// What a request of the kubelet at the Pod's own address, which [`knock`] has just brought there, meets again and again in
/// a crowd of Pods as long as nothing of the Pod changes.
pub(crate) fn echo(runtime: &Runtime, uid: &Rc<str>, ask: &Ask, world: &World) -> Option<Echo> {
    if !ask.host.is_empty() || !is_crowd(world) {
        return None;
    }
    let view = runtime.view(uid);
    runtime.echo(uid, &question(ask, &view.ready_sandbox()?.ip), world.now)
}

/// What a request of the kubelet of `node` meets in a Pod: a probe over HTTP, TCP or gRPC, or a hook. It goes to the
/// Pod itself, unless `ask` names another host.
pub(crate) fn knock(runtime: &mut Runtime, node: &Rc<str>, uid: &Rc<str>, ask: &Ask, world: &mut World) -> HttpAnswer {
    let view = runtime.view(uid);
    let own = view.ready_sandbox().map(|sandbox| sandbox.ip.clone()).unwrap_or_default();
    if !ask.host.is_empty() && ask.host != own {
        let asker = Asker { party: Party::Kubelet(node.clone()), pod: None, address: "".into(), node: node.clone() };
        return match exchange(runtime, &asker, ask, world) {
            Told::Answer { reply: Reply::Http { status, .. }, .. } => HttpAnswer::Status(status),
            Told::Answer { reply: Reply::Connected | Reply::Data(_), .. } | Told::Talks { .. } => {
                HttpAnswer::Status(200)
            }
            Told::Answer { reply: Reply::TimedOut, .. } | Told::Never => HttpAnswer::Hangs,
            Told::Answer { .. } => HttpAnswer::Refused,
        };
    }
    let question = question(ask, &own);
    let (container, answer) = match ask.protocol {
        Protocol::Http => {
            let (container, served) = runtime.serve(uid, &question, world);
            let answer = match served {
                Served::Reply(Reply::Http { status, .. }, _) => HttpAnswer::Status(status),
                Served::Hangs => HttpAnswer::Hangs,
                // A program that reads the connection itself, or passes it on, is believed to answer.
                Served::Talks(_) | Served::Forward { .. } => HttpAnswer::Status(200),
                Served::Refused | Served::Reply(..) => HttpAnswer::Refused,
            };
            (container, answer)
        }
        _ => {
            let listens = runtime.processes(uid).any(|process| process.tcp(ask.port, world.now));
            let container = runtime.answering(uid, ask.port, world.now);
            (container, if listens { HttpAnswer::Status(200) } else { HttpAnswer::Refused })
        }
    };
    if is_crowd(world) {
        return answer;
    }
    let to = match container {
        Some(container) => Party::Container { pod: uid.clone(), container },
        None => Party::Nobody(own.clone()),
    };
    let (text, fault): (Rc<str>, Option<Fault>) = match answer {
        HttpAnswer::Status(status) if ask.protocol == Protocol::Http => (status.to_string().into(), None),
        HttpAnswer::Status(_) => ("ok".into(), None),
        HttpAnswer::Hangs => ("".into(), Some(Fault::Hangs)),
        HttpAnswer::Refused => ("".into(), Some(Fault::NotListening)),
    };
    let flow = Flow {
        id: world.network.next_flow(),
        from: Party::Kubelet(node.clone()),
        to,
        host: own,
        port: ask.port,
        service: None,
        protocol: ask.protocol,
        label: ask.label.clone(),
        answer: text,
        content: "".into(),
        sent: 100,
        received: 200,
        count: 1,
        left: world.now,
        arrived: world.now + WAY,
        answered: world.now + 2 * WAY,
        fault,
        via: None,
    };
    world.flow(flow);
    answer
}

/// The address that a node has in the network of its Pods: requests of the kubelet come from there.
const GATEWAY: &str = "10.88.0.1";

/// Somebody outside of the cluster asks for a page of it, and what comes of that is nobody's business but the server's.
pub(crate) fn visit(runtime: &mut Runtime, url: &str, world: &mut World) {
    let party = Party::User("users".into());
    let asker = Asker { party, pod: None, address: VISITOR.into(), node: "".into() };
    let ask = Ask { agent: "Mozilla/5.0", ..http("GET", url, [].into(), Some(PATIENCE)) };
    let _told = exchange(runtime, &asker, &ask, world);
}

/// Where visitors come from.
const VISITOR: &str = "203.0.113.7";

/// Looks a name up, for a program that wants its addresses or the records of these types: how long that takes, and what
/// is answered.
fn look_up(
    runtime: &Runtime,
    uid: &Rc<str>,
    id: u64,
    name: &Rc<str>,
    wanted: Option<(&[&'static str], Search)>,
    world: &mut World,
) -> (Duration, Reply) {
    let asker = Asker::instance(runtime, uid, id);
    let pod = asker.pod.as_deref();
    let (reply, own) = match wanted {
        Some((kinds, search)) => {
            let all = records(name, kinds, search, pod, world);
            let own = all.iter().any(|it| it.own);
            (if all.is_empty() { Reply::TimedOut } else { Reply::Records(all) }, own)
        }
        None => match resolve(name, pod, &asker.address, world) {
            Some(found) => (Reply::Addresses { name: found.name, addresses: found.addresses }, found.outside.is_none()),
            None => (Reply::Unknown, false),
        },
    };
    // Nobody outside answers the cluster's server, whatever it is asked for.
    let silent = !own && world.network.is_off() && name.contains('.');
    let reply = if silent { Reply::TimedOut } else { reply };
    let addresses: Option<Vec<Rc<str>>> = match &reply {
        Reply::Addresses { addresses, .. } => Some(addresses.clone()),
        Reply::Records(all) => {
            let found = all.iter().any(|it| it.records.is_some());
            found.then(|| all.iter().flat_map(Answered::addresses).collect())
        }
        _ => None,
    };
    let after = if reply == Reply::TimedOut { RESOLVER } else { 2 * WAY };
    let (text, received, fault): (Rc<str>, u64, _) = match addresses {
        Some(all) => (all.first().cloned().unwrap_or_default(), 60 + 16 * all.len() as u64, None),
        None if reply == Reply::TimedOut => ("".into(), 0, Some(Fault::SwitchedOff)),
        None => ("NXDOMAIN".into(), 120, Some(Fault::NoSuchName)),
    };
    let flow = Flow {
        id: world.network.next_flow(),
        from: asker.party,
        to: Party::Dns,
        host: name.clone(),
        port: 53,
        service: None,
        protocol: Protocol::Dns,
        label: name.clone(),
        answer: text,
        content: "".into(),
        sent: 30 + name.len() as u64,
        received,
        count: 1,
        left: world.now,
        arrived: world.now + WAY,
        answered: world.now + after,
        fault,
        via: None,
    };
    world.flow(flow);
    (after, reply)
}

/// A line that says what bytes are about.
pub(super) fn first_line(text: &str) -> Rc<str> {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    super::cut(line, 120).into()
}
