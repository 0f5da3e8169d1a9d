//! What servers answer: files over HTTP, commands of databases, what they pass on; and what they write into their logs
//! about it.

mod databases;
mod http;
mod spoken;

use std::rc::Rc;
use std::time::Duration;

pub(crate) use databases::{Data, stateless};
pub(crate) use spoken::{question, response, spoken, whole_response};

use super::images::Image;
use super::machine::{Cx, Io, Reply, Ticket};
use crate::cluster::network::Protocol;

/// What is asked of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub port: u16,
    pub protocol: Protocol,
    pub method: &'a str,
    /// The path with its query.
    pub path: &'a str,
    /// The host as the client named it.
    pub host: &'a str,
    /// The address of the client.
    pub client: &'a str,
    /// What the client calls itself.
    pub agent: &'a str,
    pub body: &'a [u8],
}

impl Question<'_> {
    /// Somebody opens a connection to `port`.
    pub fn connection(port: u16) -> Self {
        Question { port, protocol: Protocol::Tcp, method: "", path: "", host: "", client: "", agent: "", body: &[] }
    }
}

/// What comes of it.
#[derive(Clone, Debug)]
pub(crate) enum Served {
    /// Nobody listens.
    Refused,
    /// The connection is taken and nothing comes.
    Hangs,
    /// A program reads the connection itself: the instance and its ticket.
    Talks((u64, Ticket)),
    /// This is answered, after so long.
    Reply(Reply, Duration),
    /// The instance `id` passes it on.
    Forward { host: Rc<str>, port: u16, id: u64 },
}

/// What a server is and serves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Site {
    /// What is known of it.
    pub image: Option<Image>,
    /// The way it answers (`nginx`, `redis`); empty: it says that it is there.
    pub style: Rc<str>,
    /// The folder whose files it serves, or the text it answers.
    pub root: Rc<str>,
    /// What it passes on: the port it listens on, and to whom.
    pub forwards: Rc<[(u16, Rc<str>, u16)]>,
    /// What it keeps.
    pub data: Data,
}

/// How long a server thinks.
const THINKS: Duration = Duration::from_millis(1);

impl Site {
    /// What the server of a well-known image serves.
    pub fn of(image: Image) -> Self {
        let (style, root) = image.serves();
        Self { image: Some(image), style: style.into(), root: root.into(), ..Self::default() }
    }

    /// Where it passes on what comes to `port`.
    pub fn forward(&self, port: u16) -> Option<(Rc<str>, u16)> {
        self.forwards.iter().find(|(own, ..)| *own == port).map(|(_, host, to)| (host.clone(), *to))
    }

    /// What it answers; what it writes about it goes to its descriptors or its log files.
    pub fn serve(&mut self, question: &Question, io: &mut Io, cx: &mut Cx) -> Served {
        if let Some((host, port)) = self.forward(question.port) {
            return Served::Forward { host, port, id: 0 };
        }
        let text = || String::from_utf8_lossy(question.body).into_owned();
        let reply = match question.protocol {
            Protocol::Http => http::answer(self, question, io, cx),
            Protocol::Redis | Protocol::Postgres | Protocol::Mysql => {
                let speaks = match &*self.style {
                    "redis" => Protocol::Redis,
                    "postgres" => Protocol::Postgres,
                    "mysql" => Protocol::Mysql,
                    // Of a server that nobody knows it is believed that it is the one that is meant.
                    "" => question.protocol,
                    _ => return Served::Reply(Reply::Closed, THINKS),
                };
                if speaks != question.protocol {
                    return Served::Reply(Reply::Closed, THINKS);
                }
                Reply::Data(self.data.answer(speaks, &text()).into_bytes())
            }
            _ => Reply::Connected,
        };
        Served::Reply(reply, THINKS)
    }
}
