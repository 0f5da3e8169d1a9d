//! What hosts outside of the cluster answer: plausible, and always the same.

use std::time::Duration;

use super::{Ask, Asker, WAY, apiserver};
use crate::cluster::network::Protocol;
use crate::cluster::runtime::program::{Reply, servers};

/// How long something takes to a host outside.
const FAR: Duration = Duration::from_millis(20);

/// What `host` answers on `port`, and how long that takes there and back.
pub(super) fn answer(host: &str, port: u16, ask: &Ask, asker: &Asker) -> (Duration, Reply) {
    match host {
        "kube-dns" => return (2 * WAY, Reply::Connected),
        "kube-apiserver" if ask.protocol == Protocol::Http => return (5 * WAY, apiserver::answer(ask, asker)),
        "kube-apiserver" => return (2 * WAY, Reply::Connected),
        _ => {}
    }
    let reply = match ask.protocol {
        Protocol::Http if &*ask.method == "GET" || &*ask.method == "HEAD" => {
            let path = &ask.path;
            let body = format!("<!DOCTYPE html>\n<title>{host}</title>\n<h1>{host}</h1>\n<p>{path} port {port}</p>\n");
            Reply::Http { status: 200, server: "".into(), body: body.into_bytes().into() }
        }
        Protocol::Http => Reply::Http { status: 201, server: "".into(), body: b"accepted\n"[..].into() },
        Protocol::Redis | Protocol::Postgres | Protocol::Mysql => {
            Reply::Data(servers::stateless(ask.protocol, &String::from_utf8_lossy(&ask.body)).into_bytes())
        }
        _ => Reply::Connected,
    };
    (2 * FAR, reply)
}
