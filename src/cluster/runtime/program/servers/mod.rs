//! What servers answer: files over HTTP, commands of databases, what they pass on; and what they write into their logs
//! about it.

mod agnhost;
mod databases;
mod desk;
mod http;
pub(super) mod proxy;
mod spoken;

use std::rc::Rc;
use std::time::Duration;

pub(crate) use databases::{Data, stateless};
pub(crate) use desk::{Bare, Desk};
pub(crate) use http::Access;
pub(crate) use spoken::{question, response, spoken, whole_response};

use super::images::Image;
use super::machine::{Reply, Ticket};
use crate::cluster::Time;
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
    /// What it does with requests over HTTP, by port and path.
    pub rules: Rc<[Rule]>,
    /// Counts what it has passed on.
    pub turn: usize,
    /// What it keeps.
    pub data: Data,
    /// When it began.
    pub began: Time,
}

/// What a web server does with some of its requests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub port: u16,
    /// The beginning of the path.
    pub prefix: Rc<str>,
    pub what: What,
}

/// See [`Rule`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// It passes them on.
    Pass(Rc<str>, u16),
    /// It says this, with this status.
    Say(u16, Rc<str>),
    /// It serves the files of this folder.
    Files(Rc<str>),
}

/// How long a server thinks.
const THINKS: Duration = Duration::from_millis(1);

impl Site {
    /// What the server of a well-known image serves.
    pub fn of(image: Image) -> Self {
        let (style, root) = image.serves();
        Self { image: Some(image), style: style.into(), root: root.into(), ..Self::default() }
    }

    /// Where it passes on what comes to `port`: to one after another.
    pub fn forward(&mut self, port: u16) -> Option<(Rc<str>, u16)> {
        let count = self.forwards.iter().filter(|(own, ..)| *own == port).count();
        let turn = self.turn % count.max(1);
        self.turn = self.turn.wrapping_add(1);
        self.forwards.iter().filter(|(own, ..)| *own == port).nth(turn).map(|(_, host, to)| (host.clone(), *to))
    }

    /// What it does with a path: the longest beginning counts.
    pub fn rule(&self, port: u16, path: &str) -> Option<&What> {
        let fits = |rule: &&Rule| rule.port == port && path.starts_with(&*rule.prefix);
        self.rules.iter().filter(fits).max_by_key(|rule| rule.prefix.len()).map(|rule| &rule.what)
    }

    /// What it answers; what it writes about it goes to its descriptors or its log files.
    pub fn serve(&mut self, question: &Question, desk: &mut Desk) -> Served {
        if let Some((host, port)) = self.forward(question.port) {
            return Served::Forward { host, port, id: 0 };
        }
        let text = || String::from_utf8_lossy(question.body).into_owned();
        if question.protocol == Protocol::Http
            && let Some(What::Pass(host, port)) = self.rule(question.port, question.path)
        {
            return Served::Forward { host: host.clone(), port: *port, id: 0 };
        }
        let reply = match question.protocol {
            Protocol::Http => http::answer(self, question, desk),
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

    /// The status of its answer to a request over HTTP that it answers itself, and what it writes about it; both are the
    /// same each time, but for the time.
    pub fn echo(&self, question: &Question, desk: Bare) -> Option<(u16, Option<Access>)> {
        let alone = self.forwards.is_empty() && self.rules.is_empty() && question.protocol == Protocol::Http;
        alone.then(|| http::echo(self, question, &mut Desk::Image(desk)))?
    }

    /// A request that it has passed on was answered: the line of its access log.
    pub fn passed(&self, question: &Question, status: u16, size: usize, desk: &mut Desk) {
        if question.protocol == Protocol::Http {
            http::access(self, question, status, size, desk);
        }
    }

    /// Whether it looks at files.
    pub fn has_files(&self) -> bool {
        matches!(&*self.style, "nginx" | "apache" | "files" | "httpd")
    }
}
