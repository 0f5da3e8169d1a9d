//! Carries what programs ask of the network (`program::machine::network` is the seam) and brings the answers back.
//!
//! A request belongs to an instance (`uid`, `id`) and a ticket of it; the answer is a [`Timer::Reply`] due when it
//! arrives. Localhost and the Pod's own address reach whatever listens in the Pod; names are looked up among Services.

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::program::{HttpAnswer, Reply, Request, Ticket};
use super::{Runtime, Timer};
use crate::api::{Kind, Object};
use crate::cluster::world::{Due, World};

/// How long an answer takes on the node.
const NEAR: Duration = Duration::from_millis(2);

/// One side of a connection: the instance and its ticket.
type Side = (u64, Ticket);

/// The connections there are, and who waits for one.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    /// Who listens: by Pod and port, with whether it goes on listening after the first connection.
    listeners: BTreeMap<(Rc<str>, u16), (Side, bool)>,
    /// The other side of each side, with its Pod.
    links: BTreeMap<Side, (Rc<str>, Side)>,
}

/// Carries the requests of one step of an instance.
pub(super) fn carry(
    runtime: &mut Runtime,
    uid: &Rc<str>,
    id: u64,
    requests: Vec<(Ticket, Request)>,
    world: &mut World,
) {
    for (ticket, request) in requests {
        for (pod, (id, ticket), reply) in answer(runtime, uid, (id, ticket), request, world) {
            world.wake(NEAR, Due::Runtime(Timer::Reply { pod, id, ticket, reply }));
        }
    }
}

/// What a request leads to: replies, for whoever asked or for the other side.
fn answer(
    runtime: &mut Runtime,
    uid: &Rc<str>,
    side: Side,
    request: Request,
    world: &World,
) -> Vec<(Rc<str>, Side, Reply)> {
    let own = |reply| vec![(uid.clone(), side, reply)];
    match request {
        Request::Resolve { name } => match addresses(&name, world) {
            addresses if addresses.is_empty() => own(Reply::Unknown),
            addresses => own(Reply::Addresses { name, addresses }),
        },
        Request::Http { url, .. } => {
            let rest = url.split_once("://").map_or(&*url, |(_, rest)| rest);
            let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
            let (host, port) = match authority.rsplit_once(':') {
                Some((host, port)) => (host, port.parse().unwrap_or(80)),
                None => (authority, if url.starts_with("https") { 443 } else { 80 }),
            };
            if !is_local(host, runtime, uid) {
                return own(outside(host, world));
            }
            let mut answers = runtime.processes(uid).map(|process| process.http(port, path, world.now));
            match answers.find(|answer| *answer != HttpAnswer::Refused) {
                Some(HttpAnswer::Status(status)) => own(Reply::Http { status, server: "".into(), body: [].into() }),
                Some(HttpAnswer::Hangs) => Vec::new(),
                _ => own(Reply::Refused),
            }
        }
        Request::Connect { host, port, .. } => {
            if !is_local(&host, runtime, uid) {
                return own(outside(&host, world));
            }
            let key = (uid.clone(), port);
            if let Some((other, keeps)) = runtime.network.listeners.get(&key).copied() {
                let free = !runtime.network.links.contains_key(&other);
                if !keeps {
                    runtime.network.listeners.remove(&key);
                }
                if free {
                    runtime.network.links.insert(side, (uid.clone(), other));
                    runtime.network.links.insert(other, (uid.clone(), side));
                    return vec![(uid.clone(), other, Reply::Connected), (uid.clone(), side, Reply::Connected)];
                }
            }
            let listens = runtime.processes(uid).any(|process| process.tcp(port, world.now));
            own(if listens { Reply::Connected } else { Reply::Refused })
        }
        Request::Clone { .. } => own(Reply::Connected),
        Request::Listen { port, keep } => {
            let key = (uid.clone(), port);
            if runtime.network.listeners.contains_key(&key) {
                return own(Reply::InUse);
            }
            runtime.network.listeners.insert(key, (side, keep));
            Vec::new()
        }
        Request::Send { bytes } => {
            let other = runtime.network.links.get(&side).cloned();
            other.into_iter().map(|(pod, other)| (pod, other, Reply::Data(bytes.clone()))).collect()
        }
        Request::Close => {
            runtime.network.listeners.retain(|_, (listener, _)| *listener != side);
            let Some((pod, other)) = runtime.network.links.remove(&side) else { return Vec::new() };
            runtime.network.links.remove(&other);
            vec![(pod, other, Reply::Closed)]
        }
    }
}

/// Whether `host` is the Pod itself.
fn is_local(host: &str, runtime: &Runtime, uid: &str) -> bool {
    let view = runtime.view(uid);
    host == "localhost" || host.starts_with("127.") || view.ready_sandbox().is_some_and(|sandbox| &*sandbox.ip == host)
}

/// What a host outside the Pod answers: a name nobody knows is unknown.
fn outside(host: &str, world: &World) -> Reply {
    let known = host.starts_with(|c: char| c.is_ascii_digit()) || !addresses(host, world).is_empty();
    if known { Reply::Refused } else { Reply::Unknown }
}

/// The addresses of a name: of the Service it names, or of the world outside.
fn addresses(name: &str, world: &World) -> Vec<Rc<str>> {
    let first = name.split('.').next().unwrap_or_default();
    let inside = !name.contains('.') || name.ends_with(".local") || name.contains(".svc");
    if !inside {
        return vec!["203.0.113.10".into()];
    }
    let found = world.store.list(Kind::Service).find(|(key, _)| &*key.name == first);
    match found.map(|(_, object)| object) {
        Some(Object::Service(service)) => {
            let spec = service.spec.as_ref();
            spec.and_then(|spec| spec.cluster_ip.as_deref()).map(Rc::from).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
